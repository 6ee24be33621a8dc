/* The rows of a batch: which statements it needs, and their columns. */
#include "engine/store/pg_commit.h"

typedef const struct store_transition *const *batch_t;

static uint32_t shard(const struct store_transition *t)
{
    return store_shard_of(t->id);
}

static void add_move(struct pg_store *pg, struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_move);
    uint32_t mask = 0;
    for (uint32_t i = 0; i < n; i++)
        mask |= UINT32_C(1) << shard(batch[i]);
    pg_add_fence(pg, job, p, mask);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *revs = pg_column(p, PG_INT4), *statuses = pg_column(p, PG_INT2),
                    *in_flight = pg_column(p, PG_BOOL), *states = pg_column(p, PG_TEXT),
                    *since = pg_column(p, PG_INSTANT),
                    *started = pg_column(p, PG_INSTANT),
                    *ended = pg_column(p, PG_INSTANT), *timers = pg_column(p, PG_INSTANT),
                    *snapshots = pg_column(p, PG_BYTEA), *at = pg_column(p, PG_INSTANT),
                    *stimuli = pg_column(p, PG_INT2), *entries = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++) {
        const struct store_transition *t = batch[i];
        pg_add_int(shards, shard(t));
        pg_add_id(ids, t->id);
        pg_add_int(revs, t->rev);
        pg_add_int(statuses, t->status);
        pg_add_bool(in_flight, t->in_flight);
        pg_add_text_or_null(states, t->state);
        pg_add_instant(since, t->since);
        pg_add_instant(started, t->started_at);
        pg_add_instant(ended, t->ended_at);
        pg_add_instant(timers, store_timer_after(t));
        pg_add_text(snapshots, t->snapshot);
        pg_add_instant(at, t->at);
        pg_add_int(stimuli, t->stimulus);
        pg_add_text(entries, t->entries);
    }
}

static void add_mail(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_take_mail);
    struct pg_param *shards = pg_column(p, PG_INT2), *seqs = pg_column(p, PG_INT8),
                    *back = pg_column(p, PG_BOOL), *problems = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++) {
        if (batch[i]->mail == 0)
            continue;
        pg_add_int(shards, shard(batch[i]));
        pg_add_int(seqs, (int64_t)batch[i]->mail);
        pg_add_bool(back, batch[i]->event_given_back);
        pg_add_null(problems);
    }
}

static bool drops_timer(const struct store_transition *t)
{
    return t->timer_at != 0 && store_timer_after(t) != t->timer_at;
}

static bool adds_timer(const struct store_transition *t)
{
    return store_timer_after(t) != 0 && store_timer_after(t) != t->timer_at;
}

static void add_timers(struct pg_job *job, enum pg_statement statement,
                       bool (*wants)(const struct store_transition *), batch_t batch,
                       uint32_t n)
{
    struct pg_params *p = pg_job_add(job, statement);
    struct pg_param *shards = pg_column(p, PG_INT2), *at = pg_column(p, PG_INSTANT),
                    *ids = pg_column(p, PG_UUID);
    for (uint32_t i = 0; i < n; i++) {
        if (!wants(batch[i]))
            continue;
        pg_add_int(shards, shard(batch[i]));
        pg_add_instant(at, statement == PG_drop_timers ? batch[i]->timer_at
                                                       : store_timer_after(batch[i]));
        pg_add_id(ids, batch[i]->id);
    }
}

static void add_keys(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_release_keys);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID);
    for (uint32_t i = 0; i < n; i++) {
        if (!instance_status_is_ended(batch[i]->status))
            continue;
        pg_add_int(shards, shard(batch[i]));
        pg_add_id(ids, batch[i]->id);
    }
}

static void add_counts(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_count_moves);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *was = pg_column(p, PG_INT2), *now = pg_column(p, PG_INT2);
    for (uint32_t i = 0; i < n; i++) {
        if (batch[i]->status == batch[i]->status_was)
            continue;
        pg_add_int(shards, shard(batch[i]));
        pg_add_id(ids, batch[i]->id);
        pg_add_int(was, batch[i]->status_was);
        pg_add_int(now, batch[i]->status);
    }
}

static void add_repins(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_repin);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *images = pg_column(p, PG_BYTEA), *statuses = pg_column(p, PG_INT2);
    for (uint32_t i = 0; i < n; i++) {
        if (!batch[i]->goes_over)
            continue;
        pg_add_int(shards, shard(batch[i]));
        pg_add_id(ids, batch[i]->id);
        pg_add_digest(images, &batch[i]->image);
        pg_add_int(statuses, batch[i]->status);
    }
}

static void add_subscriptions(struct pg_job *job, bool drop, batch_t batch, uint32_t n)
{
    struct pg_params *p =
        pg_job_add(job, drop ? PG_drop_subscriptions : PG_add_subscriptions);
    struct pg_param *shards = pg_column(p, PG_INT2), *keys = pg_column(p, PG_INT8),
                    *fields = pg_column(p, PG_INT4), *ids = pg_column(p, PG_UUID),
                    *numbers = pg_column(p, PG_INT4);
    struct pg_param *events = drop ? NULL : pg_column(p, PG_TEXT);
    struct pg_param *fresh = drop ? NULL : pg_column(p, PG_BOOL);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->subscriptions_n; k++) {
            const struct store_subscription *s = &batch[i]->subscriptions[k];
            if (s->drop != drop)
                continue;
            pg_add_int(shards, store_shard_of_event(s->event));
            pg_add_int(keys, (int64_t)s->key);
            pg_add_int(fields, s->fields);
            pg_add_id(ids, batch[i]->id);
            pg_add_int(numbers, s->number);
            if (!drop) {
                pg_add_text(events, s->event);
                pg_add_bool(fresh, s->is_held);
            }
        }
}

static void add_tasks(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_put_tasks);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *numbers = pg_column(p, PG_INT4), *dead = pg_column(p, PG_BOOL),
                    *what = pg_column(p, PG_TEXT), *roles = pg_column(p, PG_TEXT),
                    *questions = pg_column(p, PG_TEXT), *outcomes = pg_column(p, PG_TEXT),
                    *showing = pg_column(p, PG_TEXT), *since = pg_column(p, PG_INSTANT),
                    *until = pg_column(p, PG_INSTANT);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->tasks_n; k++) {
            const struct store_task *task = &batch[i]->tasks[k];
            if (task->drop)
                continue;
            pg_add_int(shards, shard(batch[i]));
            pg_add_id(ids, batch[i]->id);
            pg_add_int(numbers, task->number);
            pg_add_bool(dead, task->is_dead_letter);
            pg_add_text_or_null(what, task->what);
            pg_add_text(roles, task->role);
            pg_add_text(questions, task->question);
            pg_add_text(outcomes, task->outcomes.n == 0 ? TEXT("[]") : task->outcomes);
            pg_add_text_or_null(showing, task->showing);
            pg_add_instant(since, task->since);
            pg_add_instant(until, task->until);
        }
}

static void add_task_drops(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_drop_tasks);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *numbers = pg_column(p, PG_INT4);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->tasks_n; k++) {
            if (!batch[i]->tasks[k].drop)
                continue;
            pg_add_int(shards, shard(batch[i]));
            pg_add_id(ids, batch[i]->id);
            pg_add_int(numbers, batch[i]->tasks[k].number);
        }
}

static void add_events(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_emit);
    struct pg_param *shards = pg_column(p, PG_INT2), *events = pg_column(p, PG_TEXT),
                    *bodies = pg_column(p, PG_TEXT), *held = pg_column(p, PG_INT8),
                    *digests = pg_column(p, PG_BYTEA), *at = pg_column(p, PG_INSTANT),
                    *ids = pg_column(p, PG_UUID), *unclaimed = pg_column(p, PG_BOOL);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->events_n; k++) {
            const struct store_event_out *e = &batch[i]->events[k];
            pg_add_int(shards, store_shard_of_event(e->event));
            pg_add_text(events, e->event);
            pg_add_text(bodies, e->body);
            pg_add_int(held, e->held);
            if (e->has_unique)
                pg_add_digest(digests, &e->unique);
            else
                pg_add_null(digests);
            pg_add_instant(at, batch[i]->at);
            pg_add_id(ids, batch[i]->id);
            pg_add_bool(unclaimed, e->is_unclaimed);
        }
}

static void add_children(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_begin_children);
    struct pg_param *parents = pg_column(p, PG_UUID), *ids = pg_column(p, PG_UUID),
                    *flows = pg_column(p, PG_TEXT), *signatures = pg_column(p, PG_TEXT),
                    *keys = pg_column(p, PG_TEXT), *args = pg_column(p, PG_TEXT),
                    *owned = pg_column(p, PG_BOOL);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->children_n; k++) {
            const struct store_child *c = &batch[i]->children[k];
            char hex[DIGEST_HEX_BYTES];
            pg_add_id(parents, batch[i]->id);
            pg_add_id(ids, c->id);
            pg_add_text(flows, c->flow);
            pg_add_text(signatures, digest_hex(&c->signature, hex));
            pg_add_text(keys, c->key);
            pg_add_text(args, c->args);
            pg_add_bool(owned, c->is_owned);
        }
}

static void add_words(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_say);
    struct pg_param *from = pg_column(p, PG_UUID), *to = pg_column(p, PG_UUID),
                    *kinds = pg_column(p, PG_INT2), *verbs = pg_column(p, PG_TEXT),
                    *actors = pg_column(p, PG_TEXT), *reasons = pg_column(p, PG_TEXT),
                    *data = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->words_n; k++) {
            const struct store_word *w = &batch[i]->words[k];
            pg_add_id(from, batch[i]->id);
            pg_add_id(to, w->to);
            pg_add_int(kinds, w->kind);
            pg_add_text_or_null(verbs, w->verb);
            pg_add_text_or_null(actors, w->actor);
            pg_add_text_or_null(reasons, w->reason);
            pg_add_text_or_null(data, w->data);
        }
}

static void add_measured(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_measure);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *measures = pg_column(p, PG_TEXT), *at = pg_column(p, PG_INSTANT),
                    *values = pg_column(p, PG_TEXT), *units = pg_column(p, PG_TEXT),
                    *met = pg_column(p, PG_BOOL), *goals = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->measured_n; k++) {
            const struct store_measured *m = &batch[i]->measured[k];
            pg_add_int(shards, shard(batch[i]));
            pg_add_id(ids, batch[i]->id);
            pg_add_text(measures, m->measure);
            pg_add_instant(at, batch[i]->at);
            pg_add_text(values, m->value);
            pg_add_text(units, m->unit);
            if (m->met == MEASURED_NO_GOAL)
                pg_add_null(met);
            else
                pg_add_bool(met, m->met == MEASURED_MET);
            pg_add_text_or_null(goals, m->goal);
        }
}

static void add_generations(struct pg_job *job, enum pg_statement statement,
                            batch_t batch, uint32_t n)
{
    bool raise = statement == PG_raise_generations;
    struct pg_param *keys = pg_column(pg_job_add(job, statement), PG_BYTEA);
    for (uint32_t i = 0; i < n; i++) {
        const struct digest *all = raise ? batch[i]->raised : batch[i]->asked;
        uint32_t all_n = raise ? batch[i]->raised_n : batch[i]->asked_n;
        for (uint32_t k = 0; k < all_n; k++)
            pg_add_digest(keys, &all[k]);
    }
}

/* ---- large values ---- */

static bool changes_values(const struct store_transition *t)
{
    return t->held_n > 0 || t->dropped_n > 0;
}

static void add_held(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_hold_values);
    struct pg_param *shards = pg_column(p, PG_INT2), *hashes = pg_column(p, PG_BYTEA),
                    *bytes = pg_column(p, PG_BYTEA);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->held_n; k++) {
            pg_add_int(shards, shard(batch[i]));
            pg_add_digest(hashes, &batch[i]->held[k].hash);
            pg_add_text(bytes, batch[i]->held[k].bytes);
        }
}

static void add_dropped(struct pg_job *job, enum pg_statement statement, batch_t batch,
                        uint32_t n)
{
    struct pg_params *p = pg_job_add(job, statement);
    struct pg_param *shards = pg_column(p, PG_INT2), *hashes = pg_column(p, PG_BYTEA);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < batch[i]->dropped_n; k++) {
            pg_add_int(shards, shard(batch[i]));
            pg_add_digest(hashes, &batch[i]->dropped[k]);
        }
}

/* All that each holds now; one row of nothing for who holds nothing any more. */
static void add_holds(struct pg_job *job, batch_t batch, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_note_values);
    struct pg_param *shards = pg_column(p, PG_INT2), *ids = pg_column(p, PG_UUID),
                    *hashes = pg_column(p, PG_BYTEA);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; changes_values(batch[i]) && k <= batch[i]->holds_n; k++) {
            if (k == batch[i]->holds_n && k > 0)
                break;
            pg_add_int(shards, shard(batch[i]));
            pg_add_id(ids, batch[i]->id);
            if (k < batch[i]->holds_n)
                pg_add_digest(hashes, &batch[i]->holds[k]);
            else
                pg_add_null(hashes);
        }
}

static void add_values(struct pg_job *job, batch_t batch, uint32_t n)
{
    bool holds = false, drops = false;
    for (uint32_t i = 0; i < n; i++) {
        holds |= batch[i]->held_n > 0;
        drops |= batch[i]->dropped_n > 0;
    }
    if (holds)
        add_held(job, batch, n);
    if (drops) {
        add_dropped(job, PG_drop_values, batch, n);
        add_dropped(job, PG_forget_values, batch, n);
    }
    if (holds || drops)
        add_holds(job, batch, n);
}

void pg_commit_rows(struct pg_store *pg, struct pg_job *job,
                    const struct store_transition **batch, uint32_t n)
{
    bool mail = false, drop_timers = false, new_timers = false, ended = false,
         counts = false, subscribes = false, unsubscribes = false, asks = false,
         answers = false, emits = false, raises = false, keys = false, begins = false,
         speaks = false, repins = false, measures = false;
    for (uint32_t i = 0; i < n; i++) {
        const struct store_transition *t = batch[i];
        mail |= t->mail != 0;
        drop_timers |= drops_timer(t);
        new_timers |= adds_timer(t);
        ended |= instance_status_is_ended(t->status);
        counts |= t->status != t->status_was;
        for (uint32_t k = 0; k < t->subscriptions_n; k++)
            *(t->subscriptions[k].drop ? &unsubscribes : &subscribes) = true;
        for (uint32_t k = 0; k < t->tasks_n; k++)
            *(t->tasks[k].drop ? &answers : &asks) = true;
        emits |= t->events_n > 0;
        begins |= t->children_n > 0;
        speaks |= t->words_n > 0;
        repins |= t->goes_over;
        measures |= t->measured_n > 0;
        raises |= t->raised_n > 0;
        keys |= t->asked_n > 0;
    }
    add_move(pg, job, batch, n);
    if (mail)
        add_mail(job, batch, n);
    if (drop_timers)
        add_timers(job, PG_drop_timers, drops_timer, batch, n);
    if (new_timers)
        add_timers(job, PG_add_timers, adds_timer, batch, n);
    if (ended)
        add_keys(job, batch, n);
    if (counts)
        add_counts(job, batch, n);
    if (repins)
        add_repins(job, batch, n);
    if (unsubscribes)
        add_subscriptions(job, true, batch, n);
    if (subscribes)
        add_subscriptions(job, false, batch, n);
    if (answers)
        add_task_drops(job, batch, n);
    if (asks)
        add_tasks(job, batch, n);
    if (emits)
        add_events(job, batch, n);
    if (begins)
        add_children(job, batch, n);
    if (speaks)
        add_words(job, batch, n);
    if (measures)
        add_measured(job, batch, n);
    if (raises)
        add_generations(job, PG_raise_generations, batch, n);
    if (keys)
        add_generations(job, PG_ask_generations, batch, n);
    add_values(job, batch, n);
}
