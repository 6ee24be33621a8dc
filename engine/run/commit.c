/* Decide, commit, act. */
#include "engine/run/commit.h"
#include "engine/base/mutant.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/run/decide.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum { BATCH_FIRST = 16 }; /* letters of a quiet engine */

static void commit_lane(struct commit *commit, uint32_t lane);
static void begin_calls(struct engine *engine, struct resident *resident,
                        const struct store_moved *moved);
static void send_settlements(struct commit *commit, uint32_t lane);
static void committed(void *owner, const struct store_commits *commits);
static void settled(void *owner, const struct store_pulse *pulse);

void commit_init(struct commit *commit, struct engine *engine)
{
    *commit = (struct commit){.engine = engine};
}

void commit_start(struct commit *commit)
{
    struct engine *engine = commit->engine;
    commit->lanes = store_lanes(engine->store);
    for (uint32_t i = 0; i < commit->lanes; i++) {
        commit->batches[i] = keep_new_of(struct batch);
        commit->batches[i]->engine = engine;
        commit->batches[i]->lane = i;
        commit->settlings[i] = keep_new_of(struct settling);
        commit->settlings[i]->engine = engine;
    }
}

/* What was under way is forgotten: nothing will be told of it any more. */
static void batch_free(struct mailbox *mailbox, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->n; i++) {
        letter_forget(mailbox, batch->all[i].letter);
        resident_doom_done(mailbox, batch->all[i].resident);
    }
    keep_free(batch->all);
    keep_free(batch->transitions);
    keep_free(batch);
}

void commit_deinit(struct commit *commit)
{
    struct mailbox *mailbox = &commit->engine->mailbox;
    for (uint32_t i = 0; i < commit->lanes; i++) {
        struct settling *settling = commit->settlings[i];
        batch_free(mailbox, commit->batches[i]);
        for (uint32_t j = 0; j < settling->n; j++)
            letter_forget(mailbox, settling->letters[j]);
        keep_free(settling);
    }
}

bool commit_is_idle(const struct commit *commit)
{
    for (uint32_t i = 0; i < commit->lanes; i++)
        if (commit->batches[i]->n > 0 || commit->settlings[i]->n > 0)
            return false;
    return true;
}

void commit_turn(struct commit *commit)
{
    for (uint32_t lane = 0; lane < commit->lanes; lane++) {
        send_settlements(commit, lane);
        commit_lane(commit, lane);
        send_settlements(commit, lane);
    }
}

/* ---- decide ---- */

/* Room for one more decision on the turn's arena, whatever it needs. */
static bool has_room(struct arena *turn)
{
    return arena_left(turn) > 2 * (size_t)LIMIT_EVAL_BYTES + 4 * LIMIT_SNAPSHOT_BYTES +
                                  2 * (size_t)LIMIT_INSTANCE_BYTES;
}

static bool settling_is_full(const struct settling *settling)
{
    return settling->is_under_way || settling->n == SETTLE_MAX;
}

static void settle(struct settling *settling, const struct decided *decided,
                   struct letter *letter)
{
    uint32_t i = settling->n++;
    settling->items[i] = decided->settlement;
    settling->letters[i] = letter;
    char *problem = settling->problems[i];
    size_t room = sizeof settling->problems[i];
    int n = snprintf(problem, room, TEXT_FMT, TEXT_ARG(decided->settlement.problem));
    size_t used = (size_t)n < room ? (size_t)n : room - 1;
    settling->items[i].problem = (struct text){problem, used};
    if (used + 1 < room) {
        snprintf(problem + used + 1, room - used - 1, TEXT_FMT,
                 TEXT_ARG(decided->settlement.pointer));
        settling->items[i].pointer = text_of(problem + used + 1);
    }
}

static void batch_add(struct batch *batch, struct resident *resident,
                      struct letter *letter, const struct decided *decided)
{
    unsigned room = batch->room;
    if (batch->n == room) {
        batch->all = keep_grow(batch->all, &room, BATCH_FIRST, sizeof *batch->all);
        batch->transitions = keep_grow(batch->transitions, &batch->room, BATCH_FIRST,
                                       sizeof *batch->transitions);
    }
    batch->all[batch->n] = (struct batched){resident, letter, decided->decision};
    batch->transitions[batch->n++] = decided->transition;
    batch->has_outcome |= letter->kind == STIMULUS_OUTCOME;
    resident->phase = RESIDENT_DECIDED;
}

/* One resident's letters until one of them moves it, or none is left. */
static void decide_one(struct commit *commit, struct batch *batch,
                       struct settling *settling, struct resident *resident)
{
    struct engine *engine = commit->engine;
    struct mailbox *mailbox = &engine->mailbox;
    struct letter *letter;
    struct decided decided;
    while (!settling_is_full(settling) &&
           (letter = letter_take(mailbox, resident)) != NULL) {
        decide(engine, loop_turn(engine->loop), resident, letter, &decided);
        if (decided.verdict == VERDICT_MOVES) {
            batch_add(batch, resident, letter, &decided);
            return;
        }
        if (decided.verdict == VERDICT_WAITS) {
            letter_forget(mailbox, letter);
            sched_look(&engine->sched);
            continue;
        }
        if (decided.verdict == VERDICT_READS) {
            letter_return(mailbox, resident, letter);
            resident_want(mailbox, resident, decided.image);
            return;
        }
        if (letter->flight != NULL)
            dispatch_done(&engine->dispatch, letter->flight);
        letter->flight = NULL;
        if (!decided.has_settlement) {
            letter_done(mailbox, letter);
            continue;
        }
        settle(settling, &decided, letter);
        if (decided.ends_resident || decided.settlement.rearm) {
            resident->phase = RESIDENT_SETTLING;
            return;
        }
    }
    resident_go_on(mailbox, resident);
}

static void commit_lane(struct commit *commit, uint32_t lane)
{
    struct engine *engine = commit->engine;
    struct batch *batch = commit->batches[lane];
    struct settling *settling = commit->settlings[lane];
    struct turns *ready = &engine->mailbox.ready[lane];
    struct arena *turn = loop_turn(engine->loop);
    uint32_t most = engine->config->commit_batch < STORE_BATCH_MAX
                        ? (uint32_t)engine->config->commit_batch
                        : STORE_BATCH_MAX;
    if (batch->n > 0 || turns_first(ready) == NULL ||
        !store_lane_is_free(engine->store, lane))
        return;
    struct turn *first;
    while (batch->n < most && has_room(turn) && !settling_is_full(settling) &&
           (first = turns_first(ready)) != NULL) {
        struct resident *resident = turn_item(first, struct resident, turn);
        turns_pass(ready);
        turns_remove(ready, first);
        decide_one(commit, batch, settling, resident);
    }
    if (batch->n == 0)
        return;
    fault_at(COMMIT_BEFORE);
    if (batch->has_outcome)
        fault_at(OUTCOME_BEFORE_COMMIT);
    batch->began_at = clock_monotonic();
    store_commit(engine->store, lane, batch->transitions, batch->n, committed, batch);
    for (uint32_t i = 0; i < batch->n && MUTANT(SENT_BEFORE_COMMIT); i++)
        begin_calls(engine, batch->all[i].resident,
                    &(struct store_moved){.generations = (uint32_t[16]){0}});
    for (uint32_t i = 0; i < batch->n; i++)
        decision_done(batch->all[i].decision);
}

/* ---- act ---- */

static void begin_calls(struct engine *engine, struct resident *resident,
                        const struct store_moved *moved)
{
    struct flight *flight;
    uint32_t asked = 0;
    while ((flight = TAILQ_FIRST(&resident->next_flights)) != NULL) {
        TAILQ_REMOVE(&resident->next_flights, flight, in_line);
        uint32_t generation = flight->needs_generation ? moved->generations[asked++] : 0;
        if (resident->phase == RESIDENT_DOOMED)
            flight_free(flight);
        else
            dispatch_begin(&engine->dispatch, flight, generation);
    }
}

static void drop_next(struct resident *resident)
{
    struct flight *flight;
    while ((flight = TAILQ_FIRST(&resident->next_flights)) != NULL) {
        TAILQ_REMOVE(&resident->next_flights, flight, in_line);
        flight_free(flight);
    }
    keep_free(resident->next_snapshot);
    resident->next_snapshot = NULL;
    hoard_drop(&resident->next_hoard);
}

static void become_next(struct resident *resident, const struct store_moved *moved)
{
    keep_free(resident->snapshot);
    resident->snapshot = resident->next_snapshot;
    resident->next_snapshot = NULL;
    hoard_drop(&resident->hoard);
    resident->hoard = resident->next_hoard;
    resident->next_hoard = (struct hoard){0};
    resident->row.snapshot = (struct text){resident->snapshot, resident->next_snapshot_n};
    resident->row.rev++;
    resident->row.status = resident->next_status;
    resident->row.started_at = resident->next_started;
    resident->row.timer_at = moved->timer_at;
}

static void count_moved(const struct resident *resident, const struct letter *letter)
{
    stats_add(STAT_TRANSITIONS, 1);
    if (letter->kind == STIMULUS_START)
        stats_add(STAT_STARTED, 1);
    if (letter->kind == STIMULUS_RECOVER)
        stats_add(STAT_RECOVERED, 1);
    if (instance_status_is_ended(resident->next_status))
        stats_add(STAT_ENDED, 1);
}

static void moved(struct engine *engine, struct resident *resident, struct letter *letter,
                  const struct store_moved *item)
{
    struct mailbox *mailbox = &engine->mailbox;
    count_moved(resident, letter);
    if (letter->flight != NULL)
        dispatch_done(&engine->dispatch, letter->flight);
    letter->flight = NULL;
    letter_done(mailbox, letter);
    begin_calls(engine, resident, item);
    if (instance_status_is_ended(resident->next_status))
        watches_tell(&engine->watches, resident->id);
    if (resident->phase == RESIDENT_DOOMED) {
        resident_doom_done(mailbox, resident);
        return;
    }
    sched_timer_set(&engine->sched, item->timer_at);
    if (resident->goes_over)
        resident_went_over(mailbox, resident);
    become_next(resident, item);
    resident_go_on(mailbox, resident);
}

/* Somebody else went on, or nobody knows: what we remember is not the truth any more.
 * Mail may be consumed by now; if it is not, the next page brings it again. */
static void lost(struct engine *engine, struct resident *resident, struct letter *letter)
{
    struct mailbox *mailbox = &engine->mailbox;
    stats_add(STAT_RACES_LOST, 1);
    drop_next(resident);
    bool is_doomed = resident->phase == RESIDENT_DOOMED;
    if (letter->mail != 0 || is_doomed)
        letter_forget(mailbox, letter);
    else
        letter_return(mailbox, resident, letter);
    sched_look(&engine->sched);
    sched_look_at_timers(&engine->sched);
    if (is_doomed) {
        resident_doom_done(mailbox, resident);
        dispatch_post_ended(&engine->dispatch); /* its shard may be ours again by now */
    } else if (!store_holds(engine->store, store_shard_of(resident->id)))
        resident_forget_now(mailbox, resident);
    else if (MUTANT(LOST_IS_NOT_READ_AGAIN))
        resident_go_on(mailbox, resident);
    else
        resident_reload(mailbox, resident);
}

/* The database will never take it: the instance stays where it was, and somebody must
 * look at it. A request is told so; the others of the batch went on. */
static void refused(struct engine *engine, struct resident *resident,
                    struct letter *letter, const struct store_moved *item)
{
    struct mailbox *mailbox = &engine->mailbox;
    log_error("transition was refused by the database", LOG_ID("instance", resident->id),
              LOG_TEXT("problem", item->problem));
    drop_next(resident);
    struct settling *settling =
        engine->commit.settlings[store_lane_of(engine->store, resident->id)];
    struct decided decided = {.settlement = {.instance = resident->id,
                                             .mail = letter->mail,
                                             .refused = ERR_BROKEN,
                                             .problem = item->problem}};
    if (letter->flight != NULL)
        dispatch_done(&engine->dispatch, letter->flight);
    letter->flight = NULL;
    if (letter->mail != 0 && !settling_is_full(settling))
        settle(settling, &decided, letter);
    else
        letter_forget(mailbox, letter);
    if (resident->phase == RESIDENT_DOOMED)
        resident_doom_done(mailbox, resident);
    else
        resident_reload(mailbox, resident);
}

static void committed(void *owner, const struct store_commits *commits)
{
    struct batch *batch = owner;
    struct engine *engine = batch->engine;
    uint32_t n = batch->n;
    batch->n = 0;
    stats_add(STAT_COMMITS, 1);
    stats_add(STAT_COMMIT_TIME, clock_monotonic() - batch->began_at);
    fault_at(COMMIT_AFTER);
    if (batch->has_outcome)
        fault_at(OUTCOME_AFTER_COMMIT);
    batch->has_outcome = false;
    for (uint32_t i = 0; i < n; i++) {
        struct resident *resident = batch->all[i].resident;
        if (commits->err != NULL && MUTANT(DOUBT_COUNTS_AS_MOVED)) {
            moved(engine, resident, batch->all[i].letter, &(struct store_moved){0});
            continue;
        }
        if (commits->err != NULL) {
            lost(engine, resident, batch->all[i].letter);
            continue;
        }
        const struct store_moved *item = &commits->items[i];
        switch (item->fate) {
        case STORE_MOVED:
            moved(engine, resident, batch->all[i].letter, item);
            break;
        case STORE_LOST:
            if (MUTANT(LOST_COUNTS_AS_MOVED)) {
                moved(engine, resident, batch->all[i].letter, item);
                break;
            }
            stats_add(STAT_FENCED, item->is_fenced);
            lost(engine, resident, batch->all[i].letter);
            break;
        case STORE_REFUSED:
            refused(engine, resident, batch->all[i].letter, item);
            break;
        }
    }
    if (commits->err == NULL && commits->spoke)
        sched_look(&engine->sched);
    if (commits->err == NULL && commits->subscribed && !MUTANT(NEVER_MATCHES))
        inbox_match(&engine->inbox);
    if (commits->err == NULL && commits->emitted)
        inbox_look(&engine->inbox);
}

/* ---- settle ---- */

static void send_settlements(struct commit *commit, uint32_t lane)
{
    struct engine *engine = commit->engine;
    struct settling *settling = commit->settlings[lane];
    if (settling->n == 0 || settling->is_under_way || MUTANT(SETTLEMENT_DROPPED) ||
        commit->batches[lane]->n > 0 || !store_lane_is_free(engine->store, lane))
        return;
    settling->is_under_way = true;
    store_settle(engine->store, lane, settling->items, settling->n, settled, settling);
}

static void settled_one(struct engine *engine, const struct store_settlement *item,
                        struct letter *letter, bool ok)
{
    struct mailbox *mailbox = &engine->mailbox;
    struct resident *resident = resident_find(mailbox, item->instance);
    bool is_start = letter->kind == STIMULUS_START;
    if (ok)
        letter_done(mailbox, letter);
    else
        letter_forget(mailbox, letter);
    if (resident == NULL || resident->phase != RESIDENT_SETTLING ||
        !(item->rearm || item->frees || (is_start && item->refused != ERR_OK)))
        return;
    if (ok && item->frees) {
        poison_is_freed(&engine->poison, item->instance);
        resident_reload(mailbox, resident);
        mailbox_post_recover(mailbox, item->instance);
        return;
    }
    if (!ok || !item->rearm) {
        resident_reload(mailbox, resident);
        return;
    }
    resident->row.timer_at = item->wake_at;
    sched_timer_set(&engine->sched, item->wake_at);
    resident_go_on(mailbox, resident);
}

static void settled(void *owner, const struct store_pulse *pulse)
{
    struct settling *settling = owner;
    struct engine *engine = settling->engine;
    uint32_t n = settling->n;
    settling->is_under_way = false;
    settling->n = 0;
    for (uint32_t i = 0; i < n; i++)
        settled_one(engine, &settling->items[i], settling->letters[i],
                    pulse->err == NULL);
    if (pulse->err != NULL)
        sched_look(&engine->sched);
}
