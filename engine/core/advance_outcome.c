/* What comes of a call: its outcome against the declared types, and what that leads to.
 */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

/* The record of the effect that this call is: of a forward step, or of one in doubt whose
 * fate is being learned before it is undone. NULL for a call that undoes. */
static struct undo_record *own_record(const struct turn *turn, const struct fibre *f)
{
    struct undo_record *record = undo_find(turn, f->call.record);
    if (f->wait == FIBRE_UNDOING && !call_is_resolving(f, record))
        return NULL;
    return record;
}

/* Whether an earlier attempt may have happened after all. */
static bool is_still_in_doubt(const struct turn *turn, const struct fibre *f)
{
    const struct undo_record *record = own_record(turn, f);
    return record != NULL ? record->state == UNDO_IN_DOUBT
                          : f->call.problem_kind == OUTCOME_IN_DOUBT;
}

/* ---- what comes of it ---- */

/* Ends the call: the step goes on, or its trouble looks for an answer. */
void call_ended(struct turn *turn, struct fibre *f, struct call_end end)
{
    if (f->wait == FIBRE_UNDOING) {
        undo_call_ended(turn, f, end);
        return;
    }
    if (f->stopping) {
        fibre_end(turn, f);
        return;
    }
    f->call.number = 0;
    if (end.kind == CALL_HAPPENED) {
        f->call = (struct wait_call){0};
        fibre_go_on(turn, f, f->pc + 1);
        return;
    }
    const struct ir_site *site = &turn->ir->sites[turn->ir->code[f->pc].b];
    end.trouble.attempts = f->call.attempt;
    struct entry *entry =
        turn_entry(turn, ENTRY_FAILED_STEP, f,
                   end.trouble.message.n > 0
                       ? note(turn, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(end.trouble.name),
                              TEXT_ARG(end.trouble.message))
                       : end.trouble.name);
    entry->data = NULL;
    if (!raise_to_whens(turn, f, site->whens, &end.trouble))
        raise_trouble(turn, f, end.trouble);
}

void call_failed(struct turn *turn, struct fibre *f, const char *name,
                 struct text message)
{
    call_ended(
        turn, f,
        (struct call_end){.kind = CALL_FAILED, .trouble = trouble_of(name, message)});
}

void call_late(struct turn *turn, struct fibre *f)
{
    turn_entry(turn, ENTRY_LATE, f, TEXT("the limit of the call ran out"));
    call_failed(turn, f, "late", TEXT("the limit of the call ran out"));
}

/* When the next try may be: the policy's pause, spread by the dice; 0: there is none. */
static int64_t next_try_at(const struct turn *turn, const struct wait_call *c,
                           enum ir_only why, int64_t retry_after)
{
    if (c->policy == IR_NONE)
        return 0;
    const struct ir_policy *p = &turn->ir->policies[c->policy];
    if ((p->only & why) == 0 || (c->tries >= p->tries && !MUTANT(TRIES_ARE_NOT_COUNTED)))
        return 0;
    int64_t pause = p->pause;
    for (uint32_t i = 1; p->doubling && i < c->tries && pause < p->pause_max; i++)
        pause *= 2;
    if (p->doubling && pause > p->pause_max)
        pause = p->pause_max;
    if (p->spread > 0) {
        uint32_t dice = (turn->stimulus->dice ^ c->number * 2654435761U) >> 3;
        pause += pause / 1000 * ((int64_t)(dice % (2 * p->spread + 1)) - p->spread);
    }
    if (pause < retry_after)
        pause = retry_after;
    int64_t at = turn->now + (MUTANT(NO_PAUSE) ? 0 : pause);
    return p->within > 0 && at > c->began_at + p->within ? 0 : at;
}

/* Waits for the next try; false: there is none. */
static bool pause_for(struct turn *turn, struct fibre *f, enum call_phase phase,
                      enum ir_only why, int64_t retry_after)
{
    struct wait_call *c = &f->call;
    int64_t at = next_try_at(turn, c, why, retry_after);
    if (at == 0)
        return false;
    if (c->limit_at != 0 && at >= c->limit_at && retry_after > 0) {
        call_late(turn, f);
        return true;
    }
    c->phase = phase;
    c->next_at = c->limit_at != 0 && at > c->limit_at ? c->limit_at : at;
    turn_entry(turn, ENTRY_TRIED, f, c->problem);
    return true;
}

/* It did not happen, for technical reasons. */
static void unavailable(struct turn *turn, struct fibre *f, struct text message,
                        int64_t retry_after)
{
    struct wait_call *c = &f->call;
    c->problem = message;
    c->problem_kind = OUTCOME_UNAVAILABLE;
    if (f->wait == FIBRE_CALL) {
        undo_drop(turn, c->record);
        c->record = 0;
    }
    if (f->stopping)
        call_ended(turn, f, (struct call_end){.kind = CALL_FAILED});
    else if (c->limit_passed)
        call_late(turn, f);
    else if (!pause_for(turn, f, CALL_PAUSED, IR_ONLY_UNAVAILABLE, retry_after))
        call_failed(turn, f, "unavailable", message);
}

/* It may have happened. Whoever can be asked is asked at once. */
void call_in_doubt(struct turn *turn, struct fibre *f, struct text message)
{
    struct wait_call *c = &f->call;
    const struct ir_operation *op = call_operation(turn, c);
    struct undo_record *record = own_record(turn, f);
    c->problem = message;
    c->problem_kind = OUTCOME_IN_DOUBT;
    if (record != NULL && record->state == UNDO_ARMED)
        undo_in_doubt(turn, record);
    turn_entry(turn, ENTRY_IN_DOUBT, f, message);
    if (f->stopping)
        call_ended(turn, f, (struct call_end){.kind = CALL_FAILED});
    else if (c->limit_passed)
        call_late(turn, f);
    else if (op->found_by != IR_NONE)
        call_ask(turn, f);
    else if (op->key_kind == IR_KEY_NONE ||
             !pause_for(turn, f, CALL_PAUSED, IR_ONLY_IN_DOUBT, 0))
        call_failed(turn, f, "in_doubt", message);
}

/* It happened: the undo is fixed then and there, with what the step binds already bound.
 */
static void happened(struct turn *turn, struct fibre *f, struct value result)
{
    struct wait_call *c = &f->call;
    struct undo_record *record = own_record(turn, f);
    turn_entry(turn, ENTRY_ANSWERED, f, call_noted(turn, c->operation));
    if (f->wait == FIBRE_CALL) {
        const struct ir_site *site = &turn->ir->sites[turn->ir->code[f->pc].b];
        place_set(turn, f, site->place,
                  result.kind == VALUE_UNSET ? value_none() : result);
    }
    if (record != NULL && record->state != UNDO_ARMED && record->state != UNDO_IN_DOUBT)
        record = NULL; /* an unwinding learned it first, and perhaps put it back */
    if (record != NULL)
        undo_settle_done(turn, f, record, result);
    if (record != NULL && f->wait == FIBRE_UNDOING)
        f->call = (struct wait_call){0}; /* now it can be undone */
    else
        call_ended(turn, f, (struct call_end){.kind = CALL_HAPPENED, .value = result});
}

void call_enter_result(struct turn *turn, struct fibre *f, struct value v)
{
    f->wait = FIBRE_CALL;
    happened(turn, f, v);
}

/* A declared error says that it did not happen. */
static void refused(struct turn *turn, struct fibre *f, struct trouble trouble)
{
    turn_entry(turn, ENTRY_REFUSED, f, trouble.name);
    if (f->wait == FIBRE_CALL) {
        undo_drop(turn, f->call.record);
        f->call.record = 0;
    }
    call_ended(turn, f, (struct call_end){.kind = CALL_DECLARED, .trouble = trouble});
}

static void broken(struct turn *turn, struct fibre *f, struct text message)
{
    f->call.problem = message;
    f->call.problem_kind = OUTCOME_BROKEN;
    if (f->wait == FIBRE_CALL && !is_still_in_doubt(turn, f)) {
        undo_drop(turn, f->call.record);
        f->call.record = 0;
    }
    call_failed(turn, f, "broken", message);
}

/* ---- the data that came back ---- */

static bool fits(struct turn *turn, struct fibre *f, uint32_t type,
                 const struct outcome *outcome, struct value *v, struct text *why)
{
    struct eval_scope scope = turn_scope(turn, f);
    struct err err = {0};
    *v = (struct value){.kind = VALUE_UNSET};
    if (type == IR_NONE)
        return true;
    if (outcome->made != NULL) {
        *v = *outcome->made;
        return true;
    }
    if (outcome->sample) {
        if (outcome->data == NULL || !wire_read(turn->arena, &scope, type, outcome->data,
                                                WIRE_IGNORE_UNKNOWN, v, &err))
            *v = wire_sample(turn->arena, turn->ir, type);
        return true;
    }
    scoped_json json_t *null = json_null();
    if (wire_read(turn->arena, &scope, type, outcome->data != NULL ? outcome->data : null,
                  WIRE_IGNORE_UNKNOWN, v, &err)) {
        if (turn_has_room(turn, value_none(), *v))
            return true;
        *why = TEXT("the answer is larger than what an instance may remember");
        return false;
    }
    *why = err.pointer[0] != '\0'
               ? say(turn, "the answer does not fit at %s: %s", err.pointer, err.what)
               : say(turn, "the answer does not fit: %s", err.what);
    return false;
}

/* The declared error of that name with its record; false: it is not declared, or its
 * parameters do not fit. */
static bool declared(struct turn *turn, struct fibre *f, const struct outcome *outcome,
                     struct trouble *trouble, struct text *why)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = call_operation(turn, &f->call);
    for (uint32_t i = 0; i < op->errors.n; i++) {
        const struct ir_error *error = &ir->errors[ir->error_uses[op->errors.first + i]];
        if (!text_is(ir_text(ir, error->name), outcome->name))
            continue;
        *trouble = (struct trouble){.name = ir_text(ir, error->name),
                                    .message = text_dup(turn->arena, outcome->message)};
        struct outcome given = *outcome;
        scoped_json json_t *empty = json_object();
        if (given.data == NULL)
            given.data = empty;
        return fits(turn, f, error->record, &given, &trouble->data, why);
    }
    *why = say(turn, "an error that is not declared: " TEXT_FMT, TEXT_ARG(outcome->name));
    return false;
}

static struct text message_of(struct turn *turn, const struct outcome *outcome,
                              const char *standard)
{
    if (outcome->message.n == 0)
        return text_of(standard);
    return text_dup(turn->arena, text_cut(outcome->message, 0, LIMIT_PROBLEM_BYTES));
}

/* It was never sent: no attempt was made, and an effect of which nothing was in doubt
 * before has no record. */
static void held(struct turn *turn, struct fibre *f, int64_t look_in)
{
    struct wait_call *c = &f->call;
    enum call_phase phase = c->phase == CALL_ASKING ? CALL_ASK_HELD : CALL_HELD;
    if (phase == CALL_HELD && f->wait == FIBRE_CALL && !is_still_in_doubt(turn, f)) {
        undo_drop(turn, c->record);
        c->record = 0;
    }
    if (f->stopping)
        call_ended(turn, f, (struct call_end){.kind = CALL_FAILED});
    else if (c->limit_passed)
        call_late(turn, f);
    else
        call_hold(turn, f, phase, turn->now + look_in);
}

static void asked(struct turn *turn, struct fibre *f, const struct outcome *outcome);

void call_outcome(struct turn *turn, struct fibre *f, const struct outcome *outcome)
{
    struct text why = TEXT("");
    struct value v;
    struct trouble trouble;
    bool effect = call_is_effect(turn, &f->call);
    if (f->call.phase == CALL_ASKING) {
        asked(turn, f, outcome);
        return;
    }
    switch (outcome->kind) {
    case OUTCOME_VALUE:
        if (fits(turn, f, call_operation(turn, &f->call)->gives, outcome, &v, &why))
            happened(turn, f, v);
        else if (effect)
            call_in_doubt(turn, f, why);
        else
            broken(turn, f, why);
        return;
    case OUTCOME_REFUSED:
        if (declared(turn, f, outcome, &trouble, &why))
            refused(turn, f, trouble);
        else
            broken(turn, f, why);
        return;
    case OUTCOME_UNAVAILABLE:
        why = message_of(turn, outcome, "it cannot be reached");
        if (effect && is_still_in_doubt(turn, f) && !MUTANT(DOUBT_IS_FORGOTTEN))
            call_in_doubt(turn, f, why);
        else
            unavailable(turn, f, why, outcome->retry_after);
        return;
    case OUTCOME_IN_DOUBT:
        why = message_of(turn, outcome, "no answer came");
        if (effect && !MUTANT(DOUBT_IS_FAILURE))
            call_in_doubt(turn, f, why);
        else
            unavailable(turn, f, why, outcome->retry_after);
        return;
    case OUTCOME_BROKEN:
        broken(turn, f, message_of(turn, outcome, "the contract is broken"));
        return;
    case OUTCOME_HELD:
        held(turn, f, outcome->retry_after);
        return;
    }
}

/* ---- asking what became of it ---- */

static void found(struct turn *turn, struct fibre *f, struct value v)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = call_operation(turn, &f->call);
    struct value result = {.kind = VALUE_UNSET};
    uint32_t from = ir->operations[op->found_by].gives;
    if (from != IR_NONE && ir->types[from].kind == IR_TYPE_OPTIONAL)
        from = ir->types[from].of;
    if (op->gives != IR_NONE && from == op->gives)
        result = v;
    else if (op->gives != IR_NONE) {
        struct eval_scope scope = turn_scope(turn, f);
        if (!eval_convert(turn->arena, &scope, from, op->gives, v, &result,
                          &turn->problem)) {
            call_failed(turn, f, "in_doubt", say(turn, "%s", turn->problem.message));
            return;
        }
    }
    turn_entry(turn, ENTRY_SETTLED, f, TEXT("it had happened"));
    happened(turn, f, result);
}

/* Its node died, and it is sure not to have happened: at once, for nobody refused it. The
 * attempt counts. */
static void send_recovered(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    if (f->wait == FIBRE_CALL) {
        undo_drop(turn, c->record);
        c->record = 0;
    }
    c->attempt++;
    c->tries++;
    call_send(turn, f);
}

/* Absent counts as not having happened, but only once the lost request cannot land any
 * more. */
static void absent(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    int64_t sure_at = c->sent_at + call_each_within(turn, c);
    if (turn->now < sure_at && !MUTANT(ABSENT_AT_ONCE)) {
        c->phase = CALL_ASK_PAUSED;
        c->tries--; /* waiting for that is no try */
        c->next_at = sure_at;
        if (c->limit_at != 0 && c->limit_at < sure_at)
            c->next_at = c->limit_at;
        return;
    }
    turn_entry(turn, ENTRY_SETTLED, f, TEXT("it had not happened"));
    if (f->wait == FIBRE_UNDOING && own_record(turn, f) != NULL)
        call_ended(turn, f, (struct call_end){.kind = CALL_ABSENT});
    else if (c->is_recovered && !f->stopping && !c->limit_passed)
        send_recovered(turn, f);
    else
        unavailable(turn, f, c->problem.n > 0 ? c->problem : TEXT("it had not happened"),
                    0);
}

/* It could not be learned: asked again as the policy says, then left in doubt. */
static void not_learned(struct turn *turn, struct fibre *f, struct text message)
{
    f->call.problem = message;
    if (f->call.limit_passed)
        call_late(turn, f);
    else if (!pause_for(turn, f, CALL_ASK_PAUSED, IR_ONLY_UNAVAILABLE | IR_ONLY_IN_DOUBT,
                        0))
        call_failed(turn, f, "in_doubt", message);
}

static void asked(struct turn *turn, struct fibre *f, const struct outcome *outcome)
{
    uint32_t gives = turn->ir->operations[call_operation(turn, &f->call)->found_by].gives;
    struct text why = TEXT("");
    struct value v;
    switch (outcome->kind) {
    case OUTCOME_VALUE:
        if (!fits(turn, f, gives, outcome, &v, &why))
            call_failed(turn, f, "in_doubt", why);
        else if (v.kind == VALUE_NONE || MUTANT(FOUND_IS_ABSENT))
            absent(turn, f);
        else
            found(turn, f, v);
        return;
    case OUTCOME_UNAVAILABLE:
    case OUTCOME_IN_DOUBT:
        not_learned(turn, f, message_of(turn, outcome, "it could not be asked"));
        return;
    case OUTCOME_REFUSED:
    case OUTCOME_BROKEN:
        call_failed(turn, f, "in_doubt",
                    message_of(turn, outcome, "it could not be asked"));
        return;
    case OUTCOME_HELD:
        held(turn, f, outcome->retry_after);
        return;
    }
}
