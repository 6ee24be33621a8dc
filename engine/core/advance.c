/* From one stimulus to one decision: the entry, the loop, and what is settled at the end.
 */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"
#include "engine/core/migrate.h"
#include "engine/core/shelf.h"

#include <stdarg.h>

static bool apply(struct turn *turn);
static void run_all(struct turn *turn);
static void finish(struct turn *turn);

struct decision *advance(struct arena *arena, const struct ir *ir,
                         const struct instance *inst,
                         const struct environment *environment,
                         const struct stimulus *stimulus)
{
    return advance_own(arena, ir, instance_copy(arena, ir, inst), environment, stimulus);
}

struct decision *advance_own(struct arena *arena, const struct ir *ir,
                             struct instance *inst, const struct environment *environment,
                             const struct stimulus *stimulus)
{
    struct turn turn;
    turn_open(&turn, arena, ir, inst, environment, stimulus);
    if (!apply(&turn)) {
        turn.decision->is_nothing = turn.decision->refused == ERR_OK;
        return turn.decision;
    }
    turn_settle(&turn);
    return turn.decision;
}

void turn_open(struct turn *turn, struct arena *arena, const struct ir *ir,
               struct instance *inst, const struct environment *environment,
               const struct stimulus *stimulus)
{
    *turn =
        (struct turn){.arena = arena,
                      .ir = ir,
                      .environment = environment,
                      .stimulus = stimulus,
                      .inst = inst,
                      .decision = arena_new_of(arena, struct decision),
                      .now = stimulus->now,
                      .settings = advance_settings(arena, ir, environment, stimulus->now),
                      .calendar = advance_calendar(ir, environment),
                      .fires = stimulus->kind == STIMULUS_TIMER};
    turn->decision->after = turn->inst;
    turn->decision->event_taken = true;
}

void turn_settle(struct turn *turn)
{
    run_all(turn);
    finish(turn);
    turn->inst->rev++;
}

/* ---- the stimulus ---- */

static bool start(struct turn *turn);
static bool outcome(struct turn *turn);
static bool event(struct turn *turn);
static bool recover(struct turn *turn);
static bool came_to_the_ended(struct turn *turn);

/* False: refused, or nothing at all. */
static bool apply(struct turn *turn)
{
    if (instance_status_is_ended(turn->inst->status))
        return came_to_the_ended(turn);
    switch (turn->stimulus->kind) {
    case STIMULUS_START:
        return start(turn);
    case STIMULUS_OUTCOME:
        return outcome(turn);
    case STIMULUS_EVENT:
        return event(turn);
    case STIMULUS_TIMER:
        return !turn->inst->is_paused && (due_fire(turn) || call_let_go(turn));
    case STIMULUS_ANSWER:
        return people_answer(turn);
    case STIMULUS_COMMAND:
        return command_do(turn);
    case STIMULUS_RECOVER:
        return recover(turn);
    case STIMULUS_CHILD_END:
        return kin_ended(turn);
    case STIMULUS_UNWIND:
        return kin_unwinds(turn);
    case STIMULUS_MIGRATE:
        return false; /* advance_move() takes both versions */
    }
    return false;
}

/* Only its parent can still move it. */
static bool came_to_the_ended(struct turn *turn)
{
    turn->decision->event_taken = false;
    if (turn->stimulus->kind == STIMULUS_ANSWER ||
        turn->stimulus->kind == STIMULUS_COMMAND)
        return turn_refuse(turn, ERR_CONFLICT, "it has ended: %s",
                           instance_status_name(turn->inst->status));
    return turn->stimulus->kind == STIMULUS_UNWIND && kin_unwinds(turn);
}

static bool start(struct turn *turn)
{
    const struct ir *ir = turn->ir;
    if (turn->inst->rev > 0)
        return false;
    struct eval_scope scope = turn_scope(turn, NULL);
    struct value args;
    struct err err = {0};
    scoped_json json_t *none = json_object();
    const json_t *given = turn->stimulus->data != NULL ? turn->stimulus->data : none;
    if (!wire_read(turn->arena, &scope, ir->flow.params, given, WIRE_REFUSE_UNKNOWN,
                   &args, &err)) {
        memcpy(turn->decision->refusal_pointer, err.pointer, sizeof err.pointer);
        return turn_refuse(turn, err.code, "%s", err.what);
    }
    for (uint32_t i = 0; i < args.n; i++)
        turn->inst->places[i] = args.items[i];
    turn->inst->started_at = turn->now;
    turn->inst->since = turn->now;
    struct entry *entry = turn_entry(turn, ENTRY_STARTED, NULL, turn->inst->key);
    if (turn_is_read(turn))
        entry->data = wire_write(ir, ir->flow.params, args, WIRE_MASK_PRIVATE);
    state_begin_flow(turn);
    return true;
}

static bool outcome(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (call_is_in_flight(f) &&
            (f->call.number == turn->stimulus->call || MUTANT(STALE_OUTCOME_TAKEN))) {
            call_outcome(turn, f, &turn->stimulus->outcome);
            return true;
        }
    }
    return false;
}

static bool event(struct turn *turn)
{
    struct value body;
    struct err err = {0};
    uint32_t what = ir_find_event(turn->ir, turn->stimulus->event);
    turn->decision->event_taken = false;
    if (what == IR_NONE)
        return false;
    if (turn->stimulus->made != NULL) {
        body = *turn->stimulus->made;
    } else if (!advance_check_event(turn->arena, turn->ir, turn->environment, what,
                                    turn->stimulus->data, &body, &err)) {
        memcpy(turn->decision->refusal_pointer, err.pointer, sizeof err.pointer);
        return turn_refuse(turn, err.code, "%s", err.what);
    }
    turn->decision->event_taken = wait_event(turn, what, body);
    return turn->decision->event_taken;
}

static bool recover(struct turn *turn)
{
    bool any = false;
    uint32_t n = turn->inst->fibres.n;
    for (uint32_t i = 0; i < n; i++)
        any = any || call_is_in_flight(&turn->inst->fibres.at[i]);
    if (!any)
        return false;
    turn_entry(turn, ENTRY_RECOVERED, NULL, TEXT("calls in flight are settled"));
    for (uint32_t i = 0; i < n; i++)
        if (call_is_in_flight(&turn->inst->fibres.at[i]))
            call_recover(turn, &turn->inst->fibres.at[i]);
    return true;
}

/* ---- the loop ---- */

static struct fibre *first_ready(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_READY)
            return f;
    }
    return NULL;
}

static bool run_one(struct turn *turn)
{
    struct fibre *f = first_ready(turn);
    if (f != NULL)
        fibre_run(turn, f);
    return f != NULL;
}

static void run_all(struct turn *turn)
{
    while (!instance_status_is_ended(turn->inst->status) && !turn->inst->is_paused) {
        if (run_one(turn) || fork_pump(turn) || state_settle(turn) || undo_pump(turn) ||
            wait_queues(turn) || wait_conditions(turn) || people_ask_again(turn))
            continue;
        if (!(turn->fires && due_fire(turn)) && !command_cancel_goes_on(turn))
            return;
    }
}

/* ---- the end of it ---- */

static void fibres_sweep(struct instance *inst);
static void status_settle(struct turn *turn);
static bool can_move(const struct turn *turn);

/* Whoever answers errors is asked first; where that has moved nothing, a person is. */
static void stuck(struct turn *turn, bool is_answered)
{
    struct trouble trouble =
        trouble_of("stuck", TEXT("nothing can move the flow any more"));
    if (is_answered)
        raise_to_person(turn, turn->inst->state, trouble);
    else
        raise_in_state(turn, turn->inst->state, trouble);
    run_all(turn);
    fibres_sweep(turn->inst);
    wait_subscribe(turn);
}

static void finish(struct turn *turn)
{
    struct instance *inst = turn->inst;
    fibres_sweep(inst);
    wait_subscribe(turn);
    if (instance_status_is_ended(inst->status)) {
        inst->move = (struct instance_move){0};
        return;
    }
    for (bool is_answered = false;
         !instance_status_is_ended(inst->status) && !can_move(turn); is_answered = true)
        stuck(turn, is_answered);
    status_settle(turn);
    must(instance_status_is_ended(inst->status) || can_move(turn));
    turn->decision->goes_over = inst->move.to != 0 && migrate_rests(inst);
}

static void fibres_sweep(struct instance *inst)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number != 0)
            inst->fibres.at[n++] = inst->fibres.at[i];
    inst->fibres.n = n;
}

/* Nothing sleeps without an alarm: a call, a child, a moment, an event, a person, an
 * operator. */
static bool can_move(const struct turn *turn)
{
    const struct instance *inst = turn->inst;
    return inst->is_paused || inst->tasks.n > 0 || inst->subscriptions.n > 0 ||
           instance_has_calls(inst) || instance_has_children(inst) ||
           instance_wake_at(inst) != 0;
}

static void status_settle(struct turn *turn)
{
    struct instance *inst = turn->inst;
    bool is_parked = false, is_in_hand = false, is_undoing = inst->unwinding != 0;
    if (instance_status_is_ended(inst->status))
        return;
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *f = &inst->fibres.at[i];
        is_parked = is_parked || (f->wait == FIBRE_PARKED && f->task != 0);
        is_in_hand = is_in_hand || (f->wait == FIBRE_CALL && !fibre_is_held(f)) ||
                     (f->stopping && call_is_in_flight(f));
        is_undoing = is_undoing || f->wait == FIBRE_UNDOING;
    }
    inst->status = inst->is_paused ? STATUS_PAUSED
                   : is_parked     ? STATUS_PARKED
                   : is_undoing    ? STATUS_UNDOING
                   : is_in_hand    ? STATUS_RUNNING
                                   : STATUS_WAITING;
}

/* ---- what everybody uses ---- */

struct text say(const struct turn *turn, const char *format, ...)
{
    struct buf buf;
    char chars[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(chars, sizeof chars, format, args);
    va_end(args);
    buf_init(&buf, turn->arena);
    buf_add(&buf, chars,
            n < 0                       ? 0
            : (size_t)n >= sizeof chars ? sizeof chars - 1
                                        : (size_t)n);
    return buf_done(&buf);
}

struct entry *turn_entry(struct turn *turn, enum entry_kind kind, const struct fibre *f,
                         struct text text)
{
    struct entry entry = {.kind = kind, .state = turn->inst->state, .text = text};
    if (f != NULL && turn_is_read(turn)) {
        uint32_t home = fibre_home(turn, f);
        entry.step = fibre_step(turn, f);
        entry.line = fibre_line(turn, f);
        if (home != IR_NONE)
            entry.state = home;
    }
    if (turn->stimulus->kind == STIMULUS_ANSWER ||
        turn->stimulus->kind == STIMULUS_COMMAND ||
        turn->stimulus->kind == STIMULUS_MIGRATE)
        entry.actor = turn->stimulus->actor;
    vec_push(turn->arena, &turn->decision->entries, entry);
    return &vec_last(&turn->decision->entries);
}

struct trouble trouble_of(const char *name, struct text message)
{
    return (struct trouble){.name = text_of(name), .message = message};
}

static void weigh(struct turn_weight *weight, struct value v)
{
    weight->all += sizeof v + value_weight(v);
    weight->snapshot += shelf_leaves(v);
}

static struct turn_weight weight_of(const struct turn *turn)
{
    const struct instance *inst = turn->inst;
    struct turn_weight weight = {0};
    for (uint32_t i = 0; i < turn->ir->slots_n; i++)
        weigh(&weight, inst->places[i]);
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        for (uint32_t k = 0;
             inst->fibres.at[i].frame != NULL && k < turn->ir->flow.frame_slots; k++)
            weigh(&weight, inst->fibres.at[i].frame[k]);
    for (uint32_t i = 0; i < inst->undo.n; i++) {
        weigh(&weight, inst->undo.at[i].args);
        weigh(&weight, inst->undo.at[i].undo_args);
    }
    for (uint32_t i = 0; i < inst->queues.n; i++)
        for (uint32_t e = 0; e < inst->queues.at[i].events.n; e++)
            weigh(&weight, inst->queues.at[i].events.at[e]);
    return weight;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? 0 : a - b;
}

bool turn_has_room(struct turn *turn, struct value before, struct value v)
{
    if (turn->weight.all == 0)
        turn->weight = weight_of(turn);
    struct turn_weight weight = turn->weight, goes = {0};
    weigh(&weight, v);
    if (weight.all > LIMIT_INSTANCE_BYTES || weight.snapshot > LIMIT_SNAPSHOT_BYTES)
        return false;
    weigh(&goes, before);
    turn->weight.all = less(weight.all, goes.all);
    turn->weight.snapshot = less(weight.snapshot, goes.snapshot);
    return true;
}

struct text turn_too_large(const struct turn *turn)
{
    return say(turn,
               "more than an instance may remember: %d MiB, %d MiB of them in values of "
               "less than %d KiB each",
               LIMIT_INSTANCE_BYTES >> 20, LIMIT_SNAPSHOT_BYTES >> 20,
               LIMIT_SHELF_LEAST >> 10);
}

bool turn_refuse(struct turn *turn, enum err_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    turn->decision->refused = code;
    vsnprintf(turn->decision->refusal, sizeof turn->decision->refusal, format, args);
    va_end(args);
    return false;
}
