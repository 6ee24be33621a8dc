/* What a letter means for its instance. */
#include "engine/run/decide.h"
#include "engine/base/mutant.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/advance.h"
#include "engine/core/migrate.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/dice.h"
#include "engine/sys/fault.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"
#include "engine/sys/stats.h"

enum {
    TIMER_PAUSE = 1000000 /* µs until a timer that is due, and means nothing, is looked at
                             again */
};

static void settle_refused(struct decided *out, const struct resident *resident,
                           const struct letter *letter, enum err_code code,
                           const char *problem, const char *pointer);
static void settle_nothing(struct decided *out, const struct resident *resident,
                           const struct letter *letter, const struct instance *inst,
                           int64_t now, bool event_taken);
static void settle_quarantined(struct decided *out, const struct resident *resident,
                               const struct letter *letter);
static bool calls_are_known(struct engine *engine, const struct instance *inst);
static bool has_image(struct resident *resident, const struct instance *inst,
                      struct decided *out);
static void take_next(struct engine *engine, struct resident *resident,
                      const struct letter *letter, const struct shelf *shelf,
                      struct decided *out);

static struct instance *unpack(struct arena *turn, const struct resident *resident,
                               struct shelf *shelf, struct err *err)
{
    const struct ir *ir = resident->program->ir;
    shelf_init(shelf, turn);
    hoard_shelve(&resident->hoard, shelf);
    if (resident->row.rev > 0)
        return instance_unpack(turn, ir, resident->row.snapshot, shelf, err);
    struct instance *inst = instance_new(turn, ir, resident->id);
    inst->key = resident->row.key;
    inst->parent = resident->row.parent;
    inst->is_owned = resident->row.is_owned;
    return inst;
}

static void fill(struct stimulus *stimulus, const struct letter *letter,
                 const json_t *data, char message[ID_TEXT_BYTES])
{
    *stimulus = (struct stimulus){.kind = letter->kind,
                                  .now = clock_now(),
                                  .dice = dice_u32(),
                                  .child = letter->message,
                                  .event = letter->event,
                                  .task = letter->task,
                                  .verb = letter->verb,
                                  .step = letter->step,
                                  .actor = letter->actor,
                                  .reason = letter->reason,
                                  .data = data};
    if (!id_is_none(letter->message))
        stimulus->message = id_print(letter->message, message);
    if (letter->flight != NULL) {
        stimulus->call = letter->flight->number;
        stimulus->outcome = letter->flight->outcome;
    }
}

/* By which its next row is written. */
static struct program *program_after(const struct resident *resident,
                                     const struct decision *decision)
{
    return decision->left != NULL ? resident->goes_to : resident->program;
}

static void ask_the_heart(struct engine *engine, struct arena *turn,
                          struct resident *resident, const struct letter *letter,
                          struct instance *inst, const json_t *data, struct shelf *shelf,
                          struct decided *out)
{
    char message[ID_TEXT_BYTES];
    struct stimulus stimulus;
    fill(&stimulus, letter, data, message);
    const struct ir *ir = resident->program->ir;
    const struct environment *environment = &engine->bindings.environment;
    struct decision *decision =
        letter->kind == STIMULUS_MIGRATE
            ? advance_move(turn, ir, resident->goes_to->ir, inst, environment, &stimulus)
            : advance_own(turn, ir, inst, environment, &stimulus);
    if (decision->refused != ERR_OK) {
        settle_refused(out, resident, letter, decision->refused,
                       arena_printf(turn, "%s", decision->refusal),
                       arena_printf(turn, "%s", decision->refusal_pointer));
        decision_done(decision);
        return;
    }
    if (decision->is_nothing) {
        settle_nothing(out, resident, letter, inst, stimulus.now, decision->event_taken);
        decision_done(decision);
        return;
    }
    struct store_mail mail = {.seq = letter->mail,
                              .instance = letter->instance,
                              .kind = letter->kind,
                              .message = letter->message};
    out->verdict = VERDICT_MOVES;
    out->decision = decision;
    out->transition =
        store_transition_of(turn, program_after(resident, decision)->ir, &resident->row,
                            &stimulus, letter->mail == 0 ? NULL : &mail, decision, shelf);
    take_next(engine, resident, letter, shelf, out);
}

void decide(struct engine *engine, struct arena *turn, struct resident *resident,
            struct letter *letter, struct decided *out)
{
    *out = (struct decided){.verdict = VERDICT_NOTHING};
    struct err err = {0};
    if (!resident->row.is_there) {
        settle_nothing(out, resident, letter, NULL, 0, true);
        return;
    }
    if (resident->row.status == STATUS_QUARANTINED) {
        settle_quarantined(out, resident, letter);
        return;
    }
    fault_at_of(DECIDE_BEFORE, resident->row.key);
    bool is_start = letter->kind == STIMULUS_START;
    if (resident->row.rev == 0 && !is_start) {
        out->verdict = VERDICT_WAITS; /* its start comes first */
        return;
    }
    struct shelf shelf;
    struct instance *inst = unpack(turn, resident, &shelf, &err);
    scoped_json json_t *data = letter->data.n == 0 ? NULL : json_read(letter->data, &err);
    if (inst == NULL || (data == NULL && letter->data.n > 0)) {
        log_error("stimulus cannot be decided", LOG_ID("instance", resident->id),
                  LOG_ERR(&err));
        settle_refused(out, resident, letter, err.code,
                       arena_printf(turn, "%s", err.what), "");
        return;
    }
    if (is_start && resident->row.rev > 0) {
        settle_nothing(out, resident, letter, inst, 0, true);
        return;
    }
    if (letter->kind == STIMULUS_RECOVER &&
        (calls_are_known(engine, inst) || MUTANT(ALL_FLIGHTS_ARE_KNOWN)))
        return;
    if (letter->kind == STIMULUS_MIGRATE && !has_image(resident, inst, out)) {
        if (out->verdict == VERDICT_NOTHING)
            settle_nothing(out, resident, letter, inst, 0, true);
        return;
    }
    ask_the_heart(engine, turn, resident, letter, inst, data, &shelf, out);
}

/* The version it is to go over to is in memory. Else it is to be read; or nothing is to
 * be done, since the request was taken back, or that version cannot be read. */
static bool has_image(struct resident *resident, const struct instance *inst,
                      struct decided *out)
{
    bool is_it = resident->goes_to != NULL &&
                 digest_is(&resident->goes_to->hash, &inst->move.image);
    if (is_it || inst->move.to == 0)
        return is_it;
    if (resident->is_unreadable)
        log_error("version to go over to cannot be read",
                  LOG_ID("instance", resident->id), LOG_INT("version", inst->move.to));
    else
        out->verdict = VERDICT_READS;
    resident->is_unreadable = false;
    out->image = inst->move.image;
    return false;
}

/* Is everything that the row says to be in flight in this very process? Then the database
 * was away and nothing else happened: the outcomes come, or are here. */
static bool calls_are_known(struct engine *engine, const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *fibre = &inst->fibres.at[i];
        if (fibre_has_call(fibre) &&
            dispatch_find(&engine->dispatch, inst->id, fibre->call.number) == NULL)
            return false;
    }
    return true;
}

/* An event whose body does not fit the version it goes by now is held for others: the
 * types it was filed by may have been those of another version. */
static void settle_refused(struct decided *out, const struct resident *resident,
                           const struct letter *letter, enum err_code code,
                           const char *problem, const char *pointer)
{
    if (letter->mail == 0)
        return;
    out->has_settlement = true;
    out->ends_resident = letter->kind == STIMULUS_START;
    out->settlement =
        (struct store_settlement){.instance = resident->id,
                                  .mail = letter->mail,
                                  .event_given_back = letter->kind == STIMULUS_EVENT,
                                  .refused = code,
                                  .problem = text_of(problem),
                                  .pointer = text_of(pointer)};
}

/* Its state is not even looked at: `resume` is all there is. What is no command was sent
 * before it was set aside, and stays where it is. */
static void settle_quarantined(struct decided *out, const struct resident *resident,
                               const struct letter *letter)
{
    if (letter->kind != STIMULUS_COMMAND)
        return;
    if (!text_is(letter->verb, TEXT("resume"))) {
        settle_refused(out, resident, letter, ERR_CONFLICT, advance_set_aside, "");
        return;
    }
    out->has_settlement = true;
    out->ends_resident = true;
    out->settlement = (struct store_settlement){
        .instance = resident->id, .mail = letter->mail, .frees = true};
}

static void settle_nothing(struct decided *out, const struct resident *resident,
                           const struct letter *letter, const struct instance *inst,
                           int64_t now, bool event_taken)
{
    stats_add(STAT_STIMULI_STALE, 1);
    out->settlement =
        (struct store_settlement){.instance = resident->id, .mail = letter->mail};
    if (letter->mail != 0) {
        out->has_settlement = true;
        out->settlement.event_given_back = letter->kind == STIMULUS_EVENT && !event_taken;
    }
    if (letter->kind != STIMULUS_TIMER || inst == NULL || resident->row.timer_at == 0)
        return;
    int64_t wake_at = instance_wake_at(inst);
    if (wake_at != 0 && wake_at <= now) {
        log_warn("timer is due and means nothing", LOG_ID("instance", resident->id));
        wake_at = now + TIMER_PAUSE;
    }
    out->has_settlement = true;
    out->settlement.rearm = true;
    out->settlement.timer_at = resident->row.timer_at;
    out->settlement.wake_at = MUTANT(EARLY_TIMER_IS_OVER) ? 0 : wake_at;
}

/* What becomes the row, and the flights, once the transition is committed. */
static void take_next(struct engine *engine, struct resident *resident,
                      const struct letter *letter, const struct shelf *shelf,
                      struct decided *out)
{
    const struct decision *decision = out->decision;
    const struct store_transition *transition = &out->transition;
    resident->next_snapshot = keep_alloc(transition->snapshot.n + 1);
    memcpy(resident->next_snapshot, transition->snapshot.chars, transition->snapshot.n);
    resident->next_snapshot_n = transition->snapshot.n;
    resident->next_hoard = hoard_next(&resident->hoard, shelf);
    resident->next_status = transition->status;
    resident->goes_over = transition->goes_over;
    resident->next_wake = transition->wake_at;
    resident->next_started = transition->started_at;
    for (uint32_t i = 0; i < decision->held.n; i++)
        gate_note(engine, decision->held.at[i], resident->id);
    for (uint32_t i = 0; i < decision->calls.n; i++) {
        struct flight *flight =
            flight_new(engine, program_after(resident, decision), decision->after,
                       &decision->calls.at[i], transition->at);
        flight->kind = resident_kind(resident) + letter_is_due_work(letter);
        TAILQ_INSERT_TAIL(&resident->next_flights, flight, in_line);
    }
}
