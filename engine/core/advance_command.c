/* What operators may do: cancel, pause and resume, retry, say what became of an effect or
 * of an undo. Going over to another version is migrate_ask.c. */
#include "engine/core/advance_turn.h"

void command_entry(struct turn *turn, const struct fibre *f)
{
    const struct stimulus *s = turn->stimulus;
    struct entry *entry = turn_entry(turn, ENTRY_COMMANDED, f, s->verb);
    if (s->reason.n == 0)
        return;
    entry->data = json_object();
    json_object_set_new(entry->data, "reason", json_text(s->reason));
}

/* ---- cancel ---- */

static uint32_t cancel_handler(const struct turn *turn)
{
    const struct ir *ir = turn->ir;
    for (uint32_t s = turn->inst->state;; s = ir->states[s].parent) {
        for (uint32_t i = 0; i < ir->handlers_n; i++)
            if (ir->handlers[i].kind == IR_HANDLER_CANCEL && ir->handlers[i].state == s)
                return i;
        if (s == IR_NONE)
            return IR_NONE;
    }
}

void command_cancel_now(struct turn *turn, struct fibre *f)
{
    f->call = (struct wait_call){0};
    f->wait = FIBRE_SETTLING;
    f->target = TARGET_CANCEL;
    f->since = turn->now;
    turn_entry(turn, ENTRY_UNDO_BEGAN, f, TEXT("all, since the flow is cancelled"));
}

/* Whatever becomes of `on cancel`, the flow ends cancelled. */
bool command_cancel_goes_on(struct turn *turn)
{
    if (!turn->inst->is_cancelling)
        return false;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++)
        if (turn->inst->fibres.at[i].number != 0)
            return false;
    command_cancel_now(turn, fibre_add(turn, FIBRE_FLOW, IR_NONE, IR_NONE));
    return true;
}

static bool is_failing(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *f = &turn->inst->fibres.at[i];
        if ((f->wait == FIBRE_SETTLING || f->wait == FIBRE_UNDOING ||
             f->wait == FIBRE_PARKED) &&
            f->target == TARGET_FAIL)
            return true;
    }
    return false;
}

static bool cancel(struct turn *turn)
{
    if (turn->inst->is_cancelling)
        return turn_refuse(turn, ERR_CONFLICT, "it is being cancelled already");
    if (is_failing(turn))
        return turn_refuse(turn, ERR_CONFLICT,
                           "it is failing: its effects are being undone");
    command_entry(turn, NULL);
    return command_cancel(turn);
}

bool command_cancel(struct turn *turn)
{
    uint32_t handler = cancel_handler(turn);
    if (turn->inst->is_cancelling || is_failing(turn))
        return false;
    turn->inst->is_cancelling = true;
    turn->inst->is_paused = false;
    if (handler == IR_NONE) {
        struct fibre *f = fibre_add(turn, FIBRE_FLOW, IR_NONE, IR_NONE);
        command_cancel_now(turn, f);
        state_stop_others(turn, f, IR_NONE);
        return true;
    }
    const struct ir_handler *h = &turn->ir->handlers[handler];
    struct fibre *f = fibre_add(turn, FIBRE_HANDLER, handler, h->body);
    turn->inst->timers[handler].runs++;
    if (h->place != IR_NONE && (h->place & IR_FRAME) == 0)
        place_set(turn, f, h->place,
                  people_problem(turn, turn->ir->slots[h->place].type, f, NULL));
    f->wait = FIBRE_SETTLING;
    f->target = TARGET_BODY;
    state_stop_others(turn, f, IR_NONE);
    return true;
}

/* ---- pause ---- */

static bool pause_it(struct turn *turn)
{
    if (turn->inst->is_paused)
        return turn_refuse(turn, ERR_CONFLICT, "it is paused already");
    command_entry(turn, NULL);
    turn->inst->is_paused = true;
    return true;
}

static bool resume(struct turn *turn)
{
    if (!turn->inst->is_paused)
        return turn_refuse(turn, ERR_CONFLICT, "it is not paused");
    command_entry(turn, NULL);
    turn->inst->is_paused = false;
    turn->fires = true; /* what has come due meanwhile */
    return true;
}

/* ---- parked steps ---- */

/* By its name; without "[2]" it is that step of every iteration. */
static bool is_of_step(const struct turn *turn, const struct fibre *f)
{
    struct text step = turn->stimulus->step;
    if (f->number == 0 || f->wait != FIBRE_PARKED || f->task == 0)
        return false;
    struct text its = fibre_step(turn, f);
    return step.n == 0 || text_is(its, step) ||
           (text_starts(its, step) && its.chars[step.n] == '[');
}

static bool retry(struct turn *turn)
{
    uint32_t found = 0, n = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (!is_of_step(turn, f))
            continue;
        found++;
        if (f->problem_kind.n == 0)
            continue;
        command_entry(turn, f);
        people_retry(turn, f);
        n++;
    }
    if (n > 0)
        return true;
    if (found == 0 && turn->stimulus->step.n > 0)
        return turn_refuse(turn, ERR_CONFLICT, "step " TEXT_FMT " is not parked",
                           TEXT_ARG(turn->stimulus->step));
    return turn_refuse(turn, ERR_CONFLICT, "no step is parked because it failed");
}

/* An undo may be about to learn what became of the step's effect: two may not say it. */
static bool is_being_resolved(const struct turn *turn, uint32_t record)
{
    for (uint32_t i = 0; record != 0 && i < turn->inst->fibres.n; i++) {
        const struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->wait == FIBRE_UNDOING && f->call.number != 0 &&
            f->call.record == record)
            return true;
    }
    return false;
}

/* The one parked fibre the command names; NULL: refused. */
static struct fibre *parked_step(struct turn *turn)
{
    struct fibre *found = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        if (!is_of_step(turn, &turn->inst->fibres.at[i]))
            continue;
        found = found == NULL ? &turn->inst->fibres.at[i] : found;
        n++;
    }
    if (n > 1 && turn->stimulus->step.n > 0) {
        turn_refuse(turn, ERR_CONFLICT,
                    "step " TEXT_FMT
                    " is parked in %u iterations: say which, as " TEXT_FMT,
                    TEXT_ARG(turn->stimulus->step), n, TEXT_ARG(fibre_step(turn, found)));
        return NULL;
    }
    if (found != NULL)
        return found;
    turn_refuse(turn, ERR_CONFLICT, "step " TEXT_FMT " is not parked",
                TEXT_ARG(turn->stimulus->step));
    return NULL;
}

/* The same; where that is a choice that got stuck over an undo that failed, the fibre
 * that unwinds: a letter whose choices lead nowhere does not keep it from operators. */
static struct fibre *parked_or_stuck(struct turn *turn)
{
    struct fibre *f = parked_step(turn), *stuck = f;
    if (f != NULL && undo_find(turn, f->call.record) != NULL)
        return f;
    while (stuck != NULL && undo_stuck_record(turn, stuck) == NULL)
        stuck = people_decided(turn, stuck);
    return stuck != NULL ? stuck : f;
}

/* ---- what became of an effect ---- */

static bool read_result(struct turn *turn, struct fibre *f, uint32_t operation,
                        struct value *v)
{
    uint32_t gives = turn->ir->operations[operation].gives;
    struct eval_scope scope = turn_scope(turn, f);
    struct err err = {0};
    scoped_json json_t *null = json_null();
    *v = (struct value){.kind = VALUE_UNSET};
    if (gives == IR_NONE)
        return true;
    if (wire_read(turn->arena, &scope, gives,
                  turn->stimulus->data != NULL ? turn->stimulus->data : null,
                  WIRE_REFUSE_UNKNOWN, v, &err))
        return true;
    memcpy(turn->decision->refusal_pointer, err.pointer, sizeof err.pointer);
    return turn_refuse(turn, err.code, "%s", err.what);
}

/* The effect happened, and this is its result: bound, and its undo registered. */
static bool enter_result(struct turn *turn)
{
    struct fibre *f = parked_step(turn);
    struct value v;
    if (f == NULL)
        return false;
    struct undo_record *record = undo_stuck_record(turn, f);
    if (record != NULL && record->state == UNDO_IN_DOUBT) {
        if (!read_result(turn, f, record->operation, &v))
            return false;
        command_entry(turn, f);
        undo_settle_done(turn, f, record, v);
        people_retry(turn, f);
        return true;
    }
    if (record != NULL || !fibre_is_at(turn, f, IR_CALL) ||
        f->call.args.kind != VALUE_RECORD)
        return turn_refuse(turn, ERR_CONFLICT, "this step has no result to enter");
    if (is_being_resolved(turn, f->call.record))
        return turn_refuse(turn, ERR_CONFLICT, "an undo is learning what became of it");
    if (!read_result(turn, f, f->call.operation, &v))
        return false;
    command_entry(turn, f);
    people_task_drop(turn, f->task);
    people_stop_choices(turn, f->number);
    if (f->call.record == 0 && call_is_effect(turn, &f->call))
        undo_arm(turn, f);
    call_enter_result(turn, f, v);
    return true;
}

/* It did not happen: the record goes, the step stays parked, and retrying is safe. */
static bool absent(struct turn *turn)
{
    struct fibre *f = parked_or_stuck(turn);
    if (f == NULL)
        return false;
    struct undo_record *stuck = undo_stuck_record(turn, f);
    struct undo_record *record = stuck != NULL ? stuck : undo_find(turn, f->call.record);
    if (record == NULL || record->state != UNDO_IN_DOUBT)
        return turn_refuse(turn, ERR_CONFLICT, "nothing of this step is in doubt");
    if (is_being_resolved(turn, record->number))
        return turn_refuse(turn, ERR_CONFLICT, "an undo is learning what became of it");
    command_entry(turn, f);
    undo_drop(turn, record->number);
    if (stuck != NULL) {
        people_retry(turn, f);
        return true;
    }
    f->call.record = 0;
    f->problem_kind = TEXT("unavailable");
    return true;
}

/* An undo that failed: somebody has done it, or it is left as it is. The unwinding goes
 * on where it stopped. */
static bool settle_undo(struct turn *turn, bool is_done)
{
    struct fibre *f = parked_or_stuck(turn);
    if (f == NULL)
        return false;
    struct undo_record *record = undo_stuck_record(turn, f);
    if (record == NULL)
        return turn_refuse(turn, ERR_CONFLICT, "this step is not an undo that failed");
    command_entry(turn, f);
    if (is_done)
        undo_mark_undone(turn, record);
    else
        record->state = UNDO_LEFT;
    people_retry(turn, f);
    return true;
}

static bool done_by_hand(struct turn *turn)
{
    return settle_undo(turn, true);
}

static bool leave_standing(struct turn *turn)
{
    return settle_undo(turn, false);
}

bool command_do(struct turn *turn)
{
    static const struct {
        const char *verb;
        bool (*run)(struct turn *turn);
    } commands[] = {{"cancel", cancel},
                    {"pause", pause_it},
                    {"resume", resume},
                    {"retry", retry},
                    {"result", enter_result},
                    {"absent", absent},
                    {"done-by-hand", done_by_hand},
                    {"leave-standing", leave_standing},
                    {"migrate", migrate_asked},
                    {"stay", migrate_withdrawn}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (text_is_chars(turn->stimulus->verb, commands[i].verb))
            return commands[i].run(turn);
    return turn_refuse(turn, ERR_USAGE, "there is no command \"" TEXT_FMT "\"",
                       TEXT_ARG(turn->stimulus->verb));
}
