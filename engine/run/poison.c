/* Instances whose work brings the engine down. */
#include "engine/run/poison.h"

#include "engine/run/parts.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    CAREFUL_FROM = 2,            /* deaths in a row: one may be anybody's fault */
    CAREFUL_FOR = 600 * 1000000, /* µs; as long as the store remembers the deaths */
    ALONE_AFTER = 5 * 1000000,   /* µs of a life before the worst suspects' turn */
    WORK_LONGEST = 5 * 1000000,  /* µs: who does no harm for so long does none */
    TURN_WITHIN = 1000000,       /* µs a suspect waits for others who come first */
    JUDGE_PAUSE = 500 * 1000     /* µs after a judgement that failed */
};

/* How many are worked on beside each other, by the deaths that stand against them. */
static const uint32_t beside[SUSPECT_LEVELS] = {LIMIT_SUSPECTS, LIMIT_SUSPECTS_AGAIN, 1,
                                                1};

static void suspect_free(struct poison *poison, struct suspect *suspect);
static void level_again(struct poison *poison);

void poison_init(struct poison *poison, struct engine *engine)
{
    *poison = (struct poison){.engine = engine};
    for (uint32_t i = 0; i < SUSPECT_LEVELS; i++)
        TAILQ_INIT(&poison->waiting[i]);
    TAILQ_INIT(&poison->noted);
    TAILQ_INIT(&poison->working);
    TAILQ_INIT(&poison->cleared);
    TAILQ_INIT(&poison->condemned);
    blame_init(&poison->blame);
    poison->noting.poison = poison->clearing.poison = poison->condemning.poison = poison;
}

void poison_deinit(struct poison *poison)
{
    poison_forget_all(poison);
    blame_deinit(&poison->blame);
    table_deinit(&poison->by_id);
}

/* ---- who is known ---- */

static struct suspect *suspect_find(const struct poison *poison, struct id id)
{
    if (poison->by_id.n == 0)
        return NULL;
    struct table_node *node = table_first(&poison->by_id, id_hash(id));
    for (; node != NULL; node = table_next(node)) {
        struct suspect *suspect = table_item(node, struct suspect, by_id);
        if (id_is(suspect->id, id))
            return suspect;
    }
    return NULL;
}

static struct suspect *suspect_get(struct poison *poison, struct id id)
{
    struct suspect *suspect = suspect_find(poison, id);
    if (suspect != NULL)
        return suspect;
    suspect = keep_new_of(struct suspect);
    suspect->id = id;
    table_add(&poison->by_id, &suspect->by_id, id_hash(id));
    return suspect;
}

static struct suspect_line *line_of(struct poison *poison, const struct suspect *suspect)
{
    switch (suspect->phase) {
    case SUSPECT_KNOWN:
        break;
    case SUSPECT_WAITS:
        return &poison->waiting[suspect->level];
    case SUSPECT_NOTED:
        return &poison->noted;
    case SUSPECT_WORKS:
        return &poison->working;
    case SUSPECT_CLEARED:
        return &poison->cleared;
    case SUSPECT_CONDEMNED:
        return &poison->condemned;
    }
    return NULL;
}

static bool is_at_work(const struct suspect *suspect)
{
    return suspect->phase == SUSPECT_NOTED || suspect->phase == SUSPECT_WORKS;
}

static uint32_t level_of(const struct poison *poison, const struct suspect *suspect)
{
    uint32_t own = suspect->deaths < SUSPECT_ALONE ? suspect->deaths : SUSPECT_ALONE;
    uint32_t its = blame_level(&poison->blame, &suspect->version);
    return own > its ? own : its;
}

/* From line to line; `level` stays while it is in one. Against whom something stands
 * comes before those who are only of the same version: one of them it was. */
static void move(struct poison *poison, struct suspect *suspect, enum suspect_phase phase)
{
    struct suspect_line *line = line_of(poison, suspect);
    if (line != NULL)
        TAILQ_REMOVE(line, suspect, in_line);
    if (is_at_work(suspect))
        poison->at_work[suspect->level]--;
    suspect->phase = phase;
    suspect->since = loop_now(poison->engine->loop);
    if (phase == SUSPECT_WAITS)
        suspect->level = level_of(poison, suspect);
    if (is_at_work(suspect))
        poison->at_work[suspect->level]++;
    line = line_of(poison, suspect);
    if (line != NULL && phase == SUSPECT_WAITS && suspect->deaths > 0)
        TAILQ_INSERT_HEAD(line, suspect, in_line);
    else if (line != NULL)
        TAILQ_INSERT_TAIL(line, suspect, in_line);
}

static void suspect_free(struct poison *poison, struct suspect *suspect)
{
    move(poison, suspect, SUSPECT_KNOWN);
    table_remove(&poison->by_id, &suspect->by_id);
    keep_free(suspect);
}

/* ---- from the lease ---- */

static void learn(struct poison *poison, const struct store_suspect *known)
{
    struct suspect *suspect = suspect_get(poison, known->instance);
    if (suspect->phase != SUSPECT_KNOWN)
        return;
    suspect->deaths = known->deaths;
    suspect->version = known->version;
    if (suspect->deaths >= LIMIT_SUSPECT_DEATHS)
        move(poison, suspect, SUSPECT_CONDEMNED);
}

void poison_taken(struct poison *poison, const struct store_claim *claim)
{
    int64_t now = loop_now(poison->engine->loop);
    bool is_new = false;
    for (uint32_t i = 0; i < claim->n; i++) {
        uint32_t shard = claim->shards[i];
        poison->is_careful[shard] = claim->deaths[i] >= CAREFUL_FROM;
        poison->careful_since[shard] = now;
        is_new |= poison->is_careful[shard];
    }
    if (poison->works_since == 0)
        poison->works_since = now;
    if (is_new)
        log_warn("owners of shards keep dying; this node works with care",
                 LOG_INT("suspects", claim->suspects_n));
    blame_learn(&poison->blame, claim);
    for (uint32_t i = 0; i < claim->suspects_n; i++)
        learn(poison, &claim->suspects[i]);
    level_again(poison);
}

struct forgetting {
    struct poison *poison;
    uint32_t shard; /* STORE_SHARDS: all */
};

static void forget_node(struct table_node *node, void *owner)
{
    const struct forgetting *forgetting = owner;
    struct suspect *suspect = table_item(node, struct suspect, by_id);
    if (forgetting->shard == STORE_SHARDS ||
        store_shard_of(suspect->id) == forgetting->shard)
        suspect_free(forgetting->poison, suspect);
}

void poison_forget_all(struct poison *poison)
{
    struct forgetting forgetting = {poison, STORE_SHARDS};
    table_walk(&poison->by_id, forget_node, &forgetting);
    for (uint32_t i = 0; i < STORE_SHARDS; i++) {
        blame_forget_shard(&poison->blame, i);
        poison->is_careful[i] = false;
    }
}

void poison_forget_shard(struct poison *poison, uint32_t shard)
{
    struct forgetting forgetting = {poison, shard};
    table_walk(&poison->by_id, forget_node, &forgetting);
    blame_forget_shard(&poison->blame, shard);
    poison->is_careful[shard] = false;
}

struct of_version {
    struct poison *poison;
    uint32_t shard;
    const struct digest *version;
    uint32_t n; /* against whom something stands */
};

static void forget_of_version(struct table_node *node, void *owner)
{
    const struct of_version *of = owner;
    struct suspect *suspect = table_item(node, struct suspect, by_id);
    if (digest_is(&suspect->version, of->version))
        suspect_free(of->poison, suspect);
}

void poison_forget_version(struct poison *poison, const struct digest *version)
{
    struct of_version of = {.poison = poison, .version = version};
    table_walk(&poison->by_id, forget_of_version, &of);
    blame_forget_version(&poison->blame, version);
}

/* ---- from the mailbox and dispatch ---- */

bool poison_lets_begin(struct poison *poison, const struct resident *resident)
{
    uint32_t shard = store_shard_of(resident->id);
    struct suspect *suspect = suspect_find(poison, resident->id);
    if (resident->row.status == STATUS_QUARANTINED)
        return true; /* nothing of it is looked at */
    if (suspect == NULL && !poison->is_careful[shard])
        return true;
    suspect = suspect_get(poison, resident->id);
    suspect->version = resident->row.hash;
    switch (suspect->phase) {
    case SUSPECT_KNOWN:
        move(poison, suspect, SUSPECT_WAITS);
        return false;
    case SUSPECT_WORKS:
        return true;
    case SUSPECT_CLEARED:
        suspect->again = true;
        return false;
    case SUSPECT_WAITS:
    case SUSPECT_NOTED:
    case SUSPECT_CONDEMNED:
        return false;
    }
    return false;
}

bool poison_call_begins(struct poison *poison, struct id instance)
{
    struct suspect *suspect = suspect_find(poison, instance);
    if (suspect == NULL)
        return false;
    suspect->calls++;
    return true;
}

void poison_call_is_over(struct poison *poison, struct id instance)
{
    struct suspect *suspect = suspect_find(poison, instance);
    if (suspect != NULL && suspect->calls > 0)
        suspect->calls--;
}

void poison_is_freed(struct poison *poison, struct id instance)
{
    struct suspect *suspect = suspect_find(poison, instance);
    if (suspect != NULL)
        suspect_free(poison, suspect);
    stats_add(STAT_FREED, 1);
}

/* ---- judging ---- */

static void pause_judging(struct poison *poison)
{
    poison->not_before = loop_now(poison->engine->loop) + JUDGE_PAUSE;
}

/* How many may be at work while these are. */
static uint32_t room(const struct poison *poison)
{
    for (uint32_t level = SUSPECT_LEVELS; level-- > 0;)
        if (poison->at_work[level] > 0)
            return beside[level];
    return LIMIT_SUSPECTS;
}

static uint32_t at_work(const struct poison *poison)
{
    uint32_t n = 0;
    for (uint32_t level = 0; level < SUSPECT_LEVELS; level++)
        n += poison->at_work[level];
    return n;
}

/* Since when the first of a line waits for its turn; 0: there is none, or its time has
 * not come. */
static int64_t waits_since(const struct poison *poison, uint32_t level, int64_t now)
{
    const struct suspect *first = TAILQ_FIRST(&poison->waiting[level]);
    int64_t since = level < SUSPECT_ALONE ? 0 : poison->works_since + ALONE_AFTER;
    if (first == NULL || now < since)
        return 0;
    if (since < first->since)
        since = first->since;
    return since < poison->turn_at[level] ? poison->turn_at[level] : since;
}

/* The line whose turn it is: those against whom least stands, unless others wait for too
 * long already. */
static struct suspect_line *next_line(struct poison *poison, uint32_t *level)
{
    int64_t now = loop_now(poison->engine->loop);
    struct suspect_line *chosen = NULL;
    for (uint32_t i = 0; i < SUSPECT_LEVELS; i++) {
        int64_t since = waits_since(poison, i, now);
        if (since == 0)
            continue;
        if (chosen == NULL || now - since > TURN_WITHIN) {
            chosen = &poison->waiting[i];
            *level = i;
        }
    }
    return chosen;
}

static void noted(void *owner, const struct store_pulse *pulse)
{
    struct verdicts *verdicts = owner;
    struct poison *poison = verdicts->poison;
    for (uint32_t i = 0; i < verdicts->n; i++) {
        struct suspect *suspect = suspect_find(poison, verdicts->all[i].instance);
        if (suspect == NULL || suspect->phase != SUSPECT_NOTED)
            continue;
        move(poison, suspect, pulse->err == NULL ? SUSPECT_WORKS : SUSPECT_WAITS);
        if (pulse->err == NULL)
            resident_may_begin(&poison->engine->mailbox, suspect->id);
    }
    verdicts->n = 0;
    if (pulse->err != NULL)
        pause_judging(poison);
}

static void note(struct poison *poison)
{
    struct verdicts *noting = &poison->noting;
    struct suspect_line *line;
    uint32_t level;
    if (noting->n > 0)
        return;
    while ((line = next_line(poison, &level)) != NULL && at_work(poison) < room(poison) &&
           at_work(poison) < beside[level]) {
        struct suspect *suspect = TAILQ_FIRST(line);
        poison->turn_at[level] = loop_now(poison->engine->loop);
        noting->all[noting->n++] = (struct store_suspect){
            suspect->id, level < SUSPECT_ALONE ? 0 : SUSPECT_ALONE, suspect->version};
        move(poison, suspect, SUSPECT_NOTED);
    }
    if (noting->n > 0)
        store_judge(poison->engine->store, STORE_SUSPECT, noting->all, noting->n, noted,
                    noting);
}

/* Who waits stands in the line that it belongs to now. */
static void level_again(struct poison *poison)
{
    for (uint32_t level = 0; level < SUSPECT_LEVELS; level++) {
        struct suspect *suspect = TAILQ_FIRST(&poison->waiting[level]), *next;
        for (; suspect != NULL; suspect = next) {
            next = TAILQ_NEXT(suspect, in_line);
            if (level_of(poison, suspect) != level)
                move(poison, suspect, SUSPECT_WAITS);
        }
    }
}

static void count_of_version(struct table_node *node, void *owner)
{
    struct of_version *of = owner;
    const struct suspect *suspect = table_item(node, struct suspect, by_id);
    of->n += suspect->deaths > 0 && store_shard_of(suspect->id) == of->shard &&
             digest_is(&suspect->version, of->version);
}

/* As the store does it with the same judgement. */
static void clear_versions(struct poison *poison, const struct verdicts *verdicts)
{
    bool is_any = false;
    for (uint32_t i = 0; i < verdicts->n; i++) {
        struct of_version of = {.shard = store_shard_of(verdicts->all[i].instance),
                                .version = &verdicts->all[i].version};
        if (blame_find(&poison->blame, of.shard, of.version) == NULL)
            continue;
        table_walk(&poison->by_id, count_of_version, &of);
        is_any |= blame_clear(&poison->blame, of.shard, of.version, of.n > 0);
    }
    if (is_any)
        level_again(poison);
}

static void cleared(void *owner, const struct store_pulse *pulse)
{
    struct verdicts *verdicts = owner;
    struct poison *poison = verdicts->poison;
    for (uint32_t i = 0; i < verdicts->n; i++) {
        struct suspect *suspect = suspect_find(poison, verdicts->all[i].instance);
        if (suspect == NULL || suspect->phase != SUSPECT_CLEARED)
            continue;
        if (pulse->err != NULL) {
            move(poison, suspect, SUSPECT_WORKS);
            continue;
        }
        bool again = suspect->again;
        move(poison, suspect, SUSPECT_KNOWN);
        suspect->deaths = 0;
        suspect->again = false;
        if (again)
            move(poison, suspect, SUSPECT_WAITS);
        else
            suspect_free(poison, suspect);
    }
    if (pulse->err == NULL)
        clear_versions(poison, verdicts);
    verdicts->n = 0;
    if (pulse->err != NULL)
        pause_judging(poison);
}

/* It rests, and none of its calls is under way; or it has been at it for long enough. */
static bool has_ended_well(struct poison *poison, const struct suspect *suspect)
{
    const struct resident *resident =
        resident_find(&poison->engine->mailbox, suspect->id);
    bool is_quiet = resident == NULL || resident->phase == RESIDENT_RESTING;
    return (is_quiet && suspect->calls == 0) ||
           loop_now(poison->engine->loop) - suspect->since > WORK_LONGEST;
}

static void clear(struct poison *poison)
{
    struct verdicts *clearing = &poison->clearing;
    struct suspect *suspect = TAILQ_FIRST(&poison->working), *next;
    if (clearing->n > 0)
        return;
    for (; suspect != NULL && clearing->n < LIMIT_SUSPECTS; suspect = next) {
        next = TAILQ_NEXT(suspect, in_line);
        if (!has_ended_well(poison, suspect))
            continue;
        clearing->all[clearing->n++] =
            (struct store_suspect){suspect->id, suspect->deaths, suspect->version};
        move(poison, suspect, SUSPECT_CLEARED);
    }
    if (clearing->n > 0)
        store_judge(poison->engine->store, STORE_ACQUIT, clearing->all, clearing->n,
                    cleared, clearing);
}

static void set_aside(void *owner, const struct store_pulse *pulse)
{
    struct verdicts *verdicts = owner;
    struct poison *poison = verdicts->poison;
    struct mailbox *mailbox = &poison->engine->mailbox;
    for (uint32_t i = 0; i < verdicts->n && pulse->err == NULL; i++) {
        struct id id = verdicts->all[i].instance;
        struct suspect *suspect = suspect_find(poison, id);
        struct resident *resident = resident_find(mailbox, id);
        log_error("instance is set aside: it brought the engine down too often",
                  LOG_ID("instance", id));
        stats_add(STAT_QUARANTINED, 1);
        blame_set_aside(&poison->blame, &verdicts->all[i].version);
        if (suspect != NULL)
            suspect_free(poison, suspect);
        if (resident != NULL)
            resident_forget(mailbox, resident);
    }
    verdicts->n = 0;
    if (pulse->err != NULL)
        pause_judging(poison);
    level_again(poison);
    holds_look(&poison->engine->holds);
}

static void condemn(struct poison *poison)
{
    struct verdicts *condemning = &poison->condemning;
    const struct suspect *suspect;
    if (condemning->n > 0)
        return;
    TAILQ_FOREACH(suspect, &poison->condemned, in_line)
    if (condemning->n < LIMIT_SUSPECTS)
        condemning->all[condemning->n++] =
            (struct store_suspect){suspect->id, suspect->deaths, suspect->version};
    if (condemning->n > 0)
        store_judge(poison->engine->store, STORE_QUARANTINE, condemning->all,
                    condemning->n, set_aside, condemning);
}

static void calm_down(struct poison *poison, int64_t now)
{
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        if (poison->is_careful[i] && now - poison->careful_since[i] > CAREFUL_FOR)
            poison->is_careful[i] = false;
}

void poison_turn(struct poison *poison)
{
    int64_t now = loop_now(poison->engine->loop);
    if (poison->by_id.n == 0 || now < poison->not_before ||
        !lease_is_joined(&poison->engine->lease))
        return;
    calm_down(poison, now);
    condemn(poison);
    clear(poison);
    note(poison);
}
