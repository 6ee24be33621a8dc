/* Committing transitions: one transaction a batch, and what to do when one of the batch
 * cannot be.
 *
 * `move` (sql/lane.sql) moves the state and writes the journal; the statements after it,
 * in the same transaction, write whatever else the batch needs, and are left out when
 * nothing does. When somebody lost a race the whole transaction is given up, DETAIL says
 * who did not, and the others are sent again. When the database refuses the batch for
 * what is in it, it is cut in halves until the one that cannot be stands alone: one bad
 * instance never stops the others. A lost connection leaves everything in doubt, and the
 * caller reloads. */
#include "engine/store/pg_commit.h"

#include "engine/sys/keep.h"

enum {
    RANGES_MAX = 32, /* halving 5,000 takes 13 */
    ATTEMPTS_MAX = 5 /* a deadlock is broken by the server; a second one is bad luck */
};

struct range { /* of `order` */
    uint32_t first, n;
};

struct commit {
    struct arena *arena;
    struct pg_store *pg;
    uint32_t lane;
    struct store_transition *all;
    struct store_moved *moved;
    uint32_t n;
    uint32_t *order;
    struct range ranges[RANGES_MAX]; /* still to be sent */
    uint32_t ranges_n;
    struct range now; /* under way */
    uint32_t attempts;
    struct store_commits reply;
    struct err err;
    store_commits_done *done;
    void *owner;
};

static void commit_next(struct commit *c);
static void commit_done(struct pg_job *job);
static void commit_ended(struct commit *c);

bool pg_lane_is_free(const struct store *store, uint32_t lane)
{
    return ((const struct pg_store *)store)->lanes[lane].commit == NULL;
}

void pg_commit_free(struct commit *c)
{
    if (c != NULL)
        arena_free(c->arena);
}

void pg_commit(struct store *store, uint32_t lane, const struct store_transition *all,
               uint32_t n, store_commits_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct arena *arena = arena_new("commit", LIMIT_TURN_BYTES);
    struct commit *c = arena_new_of(arena, struct commit);
    *c = (struct commit){
        .arena = arena, .pg = pg, .lane = lane, .n = n, .done = done, .owner = owner};
    c->all = store_transitions_copy(arena, all, n);
    c->moved = arena_array(arena, struct store_moved, n);
    c->order = arena_array(arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        c->order[i] = i;
    c->ranges[c->ranges_n++] = (struct range){0, n};
    pg->lanes[lane].commit = c;
    commit_next(c);
}

static void commit_next(struct commit *c)
{
    if (c->ranges_n == 0) {
        commit_ended(c);
        return;
    }
    c->now = c->ranges[--c->ranges_n];
    struct pg_job *job = pg_ask(c->pg, commit_done, NULL, NULL);
    job->self = c;
    const struct store_transition **batch =
        arena_array(job->arena, const struct store_transition *, c->now.n);
    for (uint32_t i = 0; i < c->now.n; i++)
        batch[i] = &c->all[c->order[c->now.first + i]];
    pg_commit_rows(c->pg, job, batch, c->now.n);
    pg_link_send(c->pg->lanes[c->lane].link, job);
}

/* The lane is free before anybody is told: the answer may begin the next commit. */
static void commit_ended(struct commit *c)
{
    c->pg->lanes[c->lane].commit = NULL;
    c->reply.err = c->err.code == ERR_OK ? NULL : &c->err;
    c->reply.items = c->moved;
    c->reply.n = c->n;
    c->done(c->owner, &c->reply);
    pg_commit_free(c);
}

/* ---- what came of it ---- */

static struct store_transition *one(struct commit *c, uint32_t i)
{
    return &c->all[c->order[c->now.first + i]];
}

static struct store_moved *fate(struct commit *c, uint32_t i)
{
    return &c->moved[c->order[c->now.first + i]];
}

static void take_generations(struct commit *c, const PGresult *rows)
{
    int row = 0;
    for (uint32_t i = 0; i < c->now.n; i++) {
        struct store_transition *t = one(c, i);
        uint32_t *all = arena_array(c->arena, uint32_t, t->asked_n);
        for (uint32_t k = 0; k < t->asked_n; k++)
            all[k] = (uint32_t)pg_get_int(rows, row++, 0);
        fate(c, i)->generations = all;
    }
}

static void commit_moved(struct commit *c, const struct pg_job *job)
{
    c->reply.now = pg_get_instant(job->results[0], 0, 0);
    for (uint32_t i = 0; i < job->n; i++)
        if (job->statements[i] == PG_ask_generations)
            take_generations(c, job->results[i]);
    for (uint32_t i = 0; i < c->now.n; i++) {
        const struct store_transition *t = one(c, i);
        fate(c, i)->fate = STORE_MOVED;
        fate(c, i)->timer_at = store_timer_after(t);
        c->reply.spoke |= t->children_n > 0 || t->words_n > 0;
        c->reply.emitted |= t->events_n > 0 || t->event_given_back;
        for (uint32_t k = 0; k < t->subscriptions_n; k++)
            c->reply.subscribed |=
                !t->subscriptions[k].drop && t->subscriptions[k].is_held;
    }
}

/* Whether DETAIL, a list separated by commas, names `word`. */
static bool names(struct text list, struct text word)
{
    while (list.n > 0)
        if (text_is(text_split(&list, ','), word))
            return true;
    return false;
}

static void lose(struct commit *c, struct range range, bool is_fenced)
{
    for (uint32_t i = 0; i < range.n; i++) {
        struct store_moved *moved = &c->moved[c->order[range.first + i]];
        moved->fate = STORE_LOST;
        moved->is_fenced = is_fenced;
    }
}

/* Those who may go on: `stays` of each. The others have lost. */
static void commit_without(struct commit *c,
                           bool (*stays)(struct commit *, uint32_t, struct text),
                           struct text detail)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->now.n; i++) {
        if (!stays(c, i, detail)) {
            fate(c, i)->fate = STORE_LOST;
            continue;
        }
        uint32_t index = c->order[c->now.first + i];
        c->order[c->now.first + i] = c->order[c->now.first + kept];
        c->order[c->now.first + kept++] = index;
    }
    if (kept == c->now.n) /* it named everybody: then nobody knows who it was */
        lose(c, c->now, false);
    else if (kept > 0)
        c->ranges[c->ranges_n++] = (struct range){c->now.first, kept};
}

static bool has_moved(struct commit *c, uint32_t i, struct text detail)
{
    char id[ID_TEXT_BYTES];
    text_split(&detail, ';');
    return names(detail, id_print(one(c, i)->id, id));
}

static bool has_mail(struct commit *c, uint32_t i, struct text detail)
{
    char seq[24];
    if (one(c, i)->mail == 0)
        return true;
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)one(c, i)->mail);
    return names(detail, text_of(seq));
}

static void commit_lost(struct commit *c, const struct pg_job *job)
{
    if (strcmp(job->sqlstate, "FL002") == 0)
        commit_without(c, has_mail, job->detail);
    else if (pg_has_lost_shards(c->pg, job))
        lose(c, c->now, true);
    else
        commit_without(c, has_moved, job->detail);
}

static void commit_refused(struct commit *c, const struct pg_job *job)
{
    if (c->now.n > 1) {
        uint32_t half = c->now.n / 2;
        must(c->ranges_n + 2 <= RANGES_MAX);
        c->ranges[c->ranges_n++] = (struct range){c->now.first + half, c->now.n - half};
        c->ranges[c->ranges_n++] = (struct range){c->now.first, half};
        return;
    }
    fate(c, 0)->fate = STORE_REFUSED;
    fate(c, 0)->problem = text_dup(c->arena, text_of(job->err.what));
}

static bool starts_with_one_of(const char *sqlstate, const char *const *classes)
{
    for (; *classes != NULL; classes++)
        if (strncmp(sqlstate, *classes, strlen(*classes)) == 0)
            return true;
    return false;
}

static void commit_done(struct pg_job *job)
{
    static const char *const again[] = {"40", "55P03", NULL}; /* deadlock, lock timeout */
    static const char *const lost[] = {"FL", NULL};
    static const char *const about_data[] = {"22", "23", "54", NULL};
    struct commit *c = job->self;
    if (job->err.code == ERR_OK) {
        commit_moved(c, job);
    } else if (job->sqlstate[0] != '\0' && starts_with_one_of(job->sqlstate, lost)) {
        commit_lost(c, job);
    } else if (starts_with_one_of(job->sqlstate, again) && c->attempts < ATTEMPTS_MAX) {
        c->attempts++;
        c->ranges[c->ranges_n++] = c->now;
    } else if (starts_with_one_of(job->sqlstate, about_data)) {
        commit_refused(c, job);
    } else {
        c->err = job->err;
        c->ranges_n = 0;
    }
    if (pg_is_stale(c->pg, job))
        while (c->ranges_n > 0)
            lose(c, c->ranges[--c->ranges_n], true);
    commit_next(c);
}
