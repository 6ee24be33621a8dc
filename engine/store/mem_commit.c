/* Committing transitions in memory, with the same refusals as in PostgreSQL. */
#include "engine/base/json.h"
#include "engine/base/mutant.h"
#include "engine/store/mem_world.h"
#include "engine/sys/keep.h"

#define REPLY(done) ((void (*)(void))(done))

bool mem_lane_is_free(const struct store *store, uint32_t lane)
{
    return !((const struct mem_store *)store)->lane_busy[lane];
}

struct store_mail *mem_mail_new(struct store_world *world, struct id instance,
                                enum stimulus_kind kind)
{
    struct store_mail *mail = mem_add(&world->mail);
    mail->seq = ++world->next_seq;
    mail->instance = instance;
    mail->kind = kind;
    mail->at = mem_now(world);
    mail->event = mail->verb = mail->step = mail->actor = mail->reason = mail->data =
        (struct text){"", 0};
    return mail;
}

static void given_back(struct store_world *world, struct id message)
{
    for (unsigned i = 0; i < world->inbox.n; i++) {
        struct mem_event *e = &world->inbox.at[i];
        if (!id_is(e->id, message) || e->what != MEM_DELIVERED)
            continue;
        e->refusals++;
        e->is_back = !MUTANT(GIVEN_BACK_IS_LOST);
    }
}

bool mem_mail_take(struct store_world *world, uint64_t seq, bool back,
                   struct text problem, bool only_look)
{
    for (unsigned i = 0; i < world->mail.n; i++) {
        if (world->mail.at[i].seq != seq)
            continue;
        if (only_look)
            return true;
        struct id message = world->mail.at[i].message;
        if (back)
            given_back(world, message);
        for (unsigned k = 0; k < world->requests.n; k++)
            if (id_is(world->requests.at[k].id, message)) {
                world->requests.at[k].done = true;
                world->requests.at[k].problem = mem_keep(world, problem);
            }
        mem_remove(&world->mail, i);
        return true;
    }
    return false;
}

/* ---- what a transition writes ---- */

static void move_instance(struct store_world *world, struct mem_instance *row,
                          const struct store_transition *t, uint64_t by)
{
    row->rev++;
    row->status = t->status;
    row->in_flight = t->in_flight && !MUTANT(FLIGHT_NOT_MARKED);
    row->state = mem_keep(world, t->state);
    row->since = t->since;
    row->started_at = t->started_at;
    row->ended_at = t->ended_at;
    row->timer_at = MUTANT(TIMER_IN_MEMORY) ? 0 : store_timer_after(t);
    row->snapshot = mem_keep(world, t->snapshot);
    for (unsigned i = 0; t->goes_over && i < world->versions.n; i++)
        if (digest_is(&world->versions.at[i].hash, &t->image))
            row->version = i;
    struct mem_journal *entry = mem_add(&world->journal);
    *entry = (struct mem_journal){.instance = row->id,
                                  .rev = row->rev,
                                  .at = t->at,
                                  .stimulus = t->stimulus,
                                  .entries = mem_keep(world, t->entries),
                                  .decided_from = t->rev,
                                  .by = by,
                                  .owner = world->leases[store_shard_of(t->id)].owner};
}

static void change_subscription(struct store_world *world, struct id instance,
                                const struct store_subscription *s)
{
    for (unsigned i = 0; i < world->subscriptions.n; i++)
        if (id_is(world->subscriptions.at[i].instance, instance) &&
            world->subscriptions.at[i].row.number == s->number &&
            world->subscriptions.at[i].row.key == s->key) {
            if (s->drop)
                mem_remove(&world->subscriptions, i);
            return;
        }
    if (s->drop)
        return;
    struct mem_subscription *row = mem_add(&world->subscriptions);
    row->instance = instance;
    row->row = *s;
    row->row.event = mem_keep(world, s->event);
    row->fresh = s->is_held && !MUTANT(EARLY_EVENT_DROPPED);
}

static void change_task(struct store_world *world, struct id instance,
                        const struct store_task *task)
{
    struct mem_task *row = NULL;
    for (unsigned i = 0; i < world->tasks.n && row == NULL; i++)
        if (id_is(world->tasks.at[i].instance, instance) &&
            world->tasks.at[i].row.number == task->number) {
            row = &world->tasks.at[i];
            if (task->drop) {
                mem_remove(&world->tasks, i);
                return;
            }
        }
    if (task->drop)
        return;
    if (row == NULL) {
        row = mem_add(&world->tasks);
        row->id = mem_id(world, (int)store_shard_of(instance));
        row->instance = instance;
        row->row.since = task->since;
    }
    int64_t since = row->row.since;
    row->row = *task;
    row->row.since = since;
    row->row.what = mem_keep(world, task->what);
    row->row.role = mem_keep(world, task->role);
    row->row.question = mem_keep(world, task->question);
    row->row.outcomes =
        mem_keep(world, task->outcomes.n == 0 ? TEXT("[]") : task->outcomes);
    row->row.showing = mem_keep(world, task->showing);
}

static struct mem_generation *generation(struct store_world *world,
                                         const struct digest *key)
{
    for (unsigned i = 0; i < world->generations.n; i++)
        if (digest_is(&world->generations.at[i].key, key))
            return &world->generations.at[i];
    return NULL;
}

static void raise_generation(struct store_world *world, const struct digest *key)
{
    struct mem_generation *row = generation(world, key);
    if (row == NULL) {
        row = mem_add(&world->generations);
        row->key = *key;
    }
    row->n++;
}

/* ---- parents and children ---- */

static struct text keep_json(struct store_world *world, json_t *json)
{
    struct text text = json_write(world->texts, json);
    json_decref(json);
    return text;
}

void mem_refuse_child(struct store_world *world, struct id parent, struct id child,
                      const char *why)
{
    struct store_mail *mail = mem_mail_new(world, parent, STIMULUS_CHILD_END);
    mail->message = child;
    mail->verb = TEXT("refused");
    mail->data = keep_json(world, json_pack("{s:s}", "message", why));
}

/* The newest version that takes and gives what is wanted. */
static const struct mem_version *version_for(const struct store_world *world,
                                             const struct store_child *child)
{
    const struct mem_version *found = NULL;
    char hex[DIGEST_HEX_BYTES];
    struct text wanted = digest_hex(&child->signature, hex);
    for (unsigned i = 0; i < world->versions.n; i++) {
        const struct mem_version *v = &world->versions.at[i];
        if (text_is(v->flow, child->flow) &&
            text_is(json_text_of(json_object_get(v->meta, "signature")), wanted) &&
            (found == NULL || v->number > found->number))
            found = v;
    }
    return found;
}

static void begin_child(struct store_world *world, struct id parent,
                        const struct store_child *child)
{
    const struct mem_version *version = version_for(world, child);
    bool is_living =
        child->key.n > 0 && mem_living(world, child->flow, child->key) != NULL;
    if (version == NULL || is_living) {
        if (child->is_owned)
            mem_refuse_child(world, parent, child->id,
                             is_living ? "its key is living already"
                                       : "no version of it is deployed");
        return;
    }
    char own[ID_TEXT_BYTES];
    struct mem_instance *row = mem_add(&world->instances);
    row->id = child->id;
    row->version = (unsigned)(version - world->versions.at);
    row->has_key = child->key.n > 0;
    row->key = mem_keep(world, row->has_key ? child->key : id_print(child->id, own));
    row->args = mem_keep(world, child->args);
    row->status = STATUS_RUNNING;
    row->since = row->started_at = mem_now(world);
    row->state = row->snapshot = (struct text){"", 0};
    row->parent = parent;
    row->is_owned = child->is_owned;
    struct store_mail *mail = mem_mail_new(world, child->id, STIMULUS_START);
    mail->message = parent;
    mail->data = row->args;
}

static void say(struct store_world *world, struct id from, const struct store_word *word)
{
    if ((MUTANT(CHILD_END_DROPPED) && word->kind == STIMULUS_CHILD_END) ||
        (MUTANT(UNWIND_DROPPED) && word->kind == STIMULUS_UNWIND))
        return;
    struct store_mail *mail = mem_mail_new(world, word->to, word->kind);
    mail->message = from;
    mail->verb = mem_keep(world, word->verb);
    mail->actor = mem_keep(world, word->actor);
    mail->reason = mem_keep(world, word->reason);
    mail->data = mem_keep(world, word->data);
}

static void write_one(struct store_world *world, const struct store_transition *t,
                      uint64_t by, struct store_commits *commits)
{
    move_instance(world, mem_instance(world, t->id), t, by);
    mem_values_change(world, t);
    if (t->mail != 0 && !MUTANT(MAIL_STAYS))
        mem_mail_take(world, t->mail, t->event_given_back, TEXT(""), false);
    for (uint32_t pass = 0; pass < 2; pass++) /* what is dropped makes room first */
        for (uint32_t i = 0; i < t->subscriptions_n; i++)
            if (t->subscriptions[i].drop == (pass == 0)) {
                change_subscription(world, t->id, &t->subscriptions[i]);
                commits->subscribed |= pass == 1 && t->subscriptions[i].is_held;
            }
    for (uint32_t i = 0; i < t->tasks_n; i++)
        change_task(world, t->id, &t->tasks[i]);
    for (uint32_t i = 0; i < t->events_n; i++) {
        const struct store_event_out *e = &t->events[i];
        bool duplicate;
        mem_inbox_add(world, e->event, e->body, e->held,
                      e->has_unique ? &e->unique : NULL, &duplicate);
        if (e->is_unclaimed)
            world->inbox.at[world->inbox.n - 1].what = MEM_UNCLAIMED;
    }
    commits->emitted |= t->events_n > 0 || t->event_given_back;
    for (uint32_t i = 0; i < t->children_n; i++)
        begin_child(world, t->id, &t->children[i]);
    for (uint32_t i = 0; i < t->words_n; i++)
        say(world, t->id, &t->words[i]);
    commits->spoke |= t->children_n > 0 || t->words_n > 0;
    for (uint32_t i = 0; i < t->measured_n; i++)
        mem_measure(world, mem_instance(world, t->id), &t->measured[i]);
    for (uint32_t i = 0; i < t->raised_n && !MUTANT(GENERATION_NOT_RAISED); i++)
        raise_generation(world, &t->raised[i]);
}

static bool may_move(struct store_world *world, const struct mem_ticket *ticket,
                     const struct store_transition *t)
{
    const struct mem_instance *row = mem_instance(world, t->id);
    bool is_open = row != NULL &&
                   (!instance_status_is_ended(row->status) ||
                    (row->status == STATUS_COMPLETED && t->stimulus == STIMULUS_UNWIND));
    return is_open && (row->rev == t->rev || MUTANT(NO_CAS) || MUTANT(NEITHER)) &&
           (mem_is_fenced(world, ticket, store_shard_of(t->id)) || MUTANT(NO_FENCE) ||
            MUTANT(NEITHER)) &&
           (t->mail == 0 || MUTANT(MAIL_NOT_LOOKED_FOR) ||
            mem_mail_take(world, t->mail, false, TEXT(""), true));
}

struct commit_answer {
    struct store_commits commits;
    uint32_t lane;
    bool is_over; /* a shard was not ours any more */
};

static void answer_commit(struct mem_answer *answer)
{
    struct commit_answer *data = answer->data;
    answer->mem->lane_busy[data->lane] = false;
    data->commits.err = mem_answer_err(answer);
    data->commits.now = answer->now;
    if (data->is_over && !mem_answer_is_stale(answer) && !MUTANT(LOST_COUNTS_AS_MOVED)) {
        mem_incarnation_over(answer->mem);
        answer->mem->hooks.over(answer->mem->hooks.owner);
    }
    ((store_commits_done *)answer->reply)(answer->reply_to, &data->commits);
}

static void read_generations(struct store_world *world, struct arena *arena,
                             const struct store_transition *t, struct store_moved *moved)
{
    uint32_t *generations = arena_array(arena, uint32_t, t->asked_n);
    for (uint32_t k = 0; k < t->asked_n; k++) {
        const struct mem_generation *row = generation(world, &t->asked[k]);
        generations[k] = row == NULL ? 0 : row->n;
    }
    moved->generations = generations;
}

static void commit_arrives(struct mem_errand *errand)
{
    struct store_world *world = errand->world;
    struct arena *arena = errand->answer != NULL ? errand->answer->arena : errand->arena;
    struct commit_answer unheard = {.lane = 0};
    struct commit_answer *data = errand->answer != NULL ? errand->answer->data : &unheard;
    const struct store_transition *all = errand->all;
    struct store_moved *moved = arena_array(arena, struct store_moved, errand->n);
    for (uint32_t i = 0; i < errand->n; i++) {
        bool moves = may_move(world, &errand->ticket, &all[i]);
        uint32_t shard = store_shard_of(all[i].id);
        moved[i].fate = moves ? STORE_MOVED : STORE_LOST;
        moved[i].is_fenced = !mem_is_fenced(world, &errand->ticket, shard);
        moved[i].timer_at = moves ? store_timer_after(&all[i]) : 0;
        if (moves)
            write_one(world, &all[i], errand->ticket.nonce, &data->commits);
        data->is_over |=
            errand->ticket.holds[shard] && !mem_is_fenced(world, &errand->ticket, shard);
    }
    for (uint32_t i = 0; i < errand->n; i++)
        read_generations(world, arena, &all[i], &moved[i]);
    data->commits.items = moved;
    data->commits.n = errand->n;
    if (data->commits.emitted || data->commits.subscribed)
        mem_ring(world);
}

void mem_commit(struct store *store, uint32_t lane, const struct store_transition *all,
                uint32_t n, store_commits_done *done, void *owner)
{
    struct mem_store *mem = mem_of(store);
    struct mem_answer *answer = mem_answer_new(mem, answer_commit, REPLY(done), owner);
    struct commit_answer *data = arena_new_of(answer->arena, struct commit_answer);
    data->lane = lane;
    answer->link = MEM_LANES;
    answer->data = data;
    mem->lane_busy[lane] = true;
    if (mem->is_up && mem->breaks != MEM_BREAKS_BEFORE) {
        struct mem_errand *errand = mem_errand_new(answer, commit_arrives);
        errand->all = store_transitions_copy(errand->arena, all, n);
        errand->n = n;
        mem_errand_send(errand);
    } else {
        mem_answer_send(answer);
    }
    if (mem->is_up && mem->breaks != MEM_WHOLE) {
        mem_answer_lost(answer);
        mem_break_now(mem);
    }
}

/* ---- settling ---- */

static void answer_settle(struct mem_answer *answer)
{
    struct store_pulse pulse = {.err = mem_answer_err(answer), .now = answer->now};
    ((store_pulse_done *)answer->reply)(answer->reply_to, &pulse);
}

static void refuse_start(struct store_world *world, const struct store_settlement *s)
{
    struct text data = {"", 0};
    for (unsigned i = 0; i < world->mail.n; i++)
        if (world->mail.at[i].seq == s->mail) {
            if (world->mail.at[i].kind != STIMULUS_START)
                return;
            data = world->mail.at[i].data;
        }
    for (unsigned i = 0; i < world->instances.n; i++) {
        const struct mem_instance *row = &world->instances.at[i];
        if (!id_is(row->id, s->instance) || row->rev != 0)
            continue;
        struct mem_event *kept = mem_add(&world->inbox);
        kept->id = row->id;
        kept->event =
            text_of(arena_printf(world->texts, "start " TEXT_FMT,
                                 TEXT_ARG(world->versions.at[row->version].flow)));
        kept->body = data;
        kept->at = mem_now(world);
        kept->what = MEM_REFUSED;
        kept->problem = mem_keep(world, s->problem);
        kept->pointer = mem_keep(world, s->pointer);
        if (row->is_owned)
            mem_refuse_child(world, row->parent, row->id,
                             text_chars(world->texts, s->problem));
        mem_remove(&world->instances, i);
        return;
    }
}

static bool may_settle(struct store_world *world, const struct mem_errand *errand)
{
    const struct store_settlement *all = errand->all;
    for (uint32_t i = 0; i < errand->n; i++)
        if (!mem_is_fenced(world, &errand->ticket, store_shard_of(all[i].instance)) ||
            (all[i].mail != 0 &&
             !mem_mail_take(world, all[i].mail, false, TEXT(""), true)))
            return false;
    return true;
}

static void settle_arrives(struct mem_errand *errand)
{
    struct store_world *world = errand->world;
    const struct store_settlement *all = errand->all;
    if (!may_settle(world, errand)) {
        if (errand->answer != NULL)
            err_set(&errand->answer->err, ERR_CONFLICT, "somebody else went on");
        return;
    }
    for (uint32_t i = 0; i < errand->n; i++) {
        const struct store_settlement *s = &all[i];
        if (s->refused != ERR_OK)
            refuse_start(world, s);
        if (s->mail != 0)
            mem_mail_take(world, s->mail, s->event_given_back, s->problem, false);
        struct mem_instance *row = s->rearm ? mem_instance(world, s->instance) : NULL;
        if (row != NULL && row->timer_at == s->timer_at)
            row->timer_at = s->wake_at;
    }
}

static struct store_settlement *
settlements_copy(struct arena *arena, const struct store_settlement *all, uint32_t n)
{
    struct store_settlement *copies = arena_copy(arena, all, n * sizeof *all);
    for (uint32_t i = 0; i < n; i++) {
        copies[i].problem = text_dup(arena, all[i].problem);
        copies[i].pointer = text_dup(arena, all[i].pointer);
    }
    return copies;
}

void mem_settle(struct store *store, uint32_t lane, const struct store_settlement *all,
                uint32_t n, store_pulse_done *done, void *owner)
{
    (void)lane;
    struct mem_store *mem = mem_of(store);
    struct mem_answer *answer = mem_answer_new(mem, answer_settle, REPLY(done), owner);
    answer->link = MEM_LANES;
    if (!mem->is_up) {
        mem_answer_send(answer);
        return;
    }
    struct mem_errand *errand = mem_errand_new(answer, settle_arrives);
    errand->all = settlements_copy(errand->arena, all, n);
    errand->n = n;
    mem_errand_send(errand);
}
