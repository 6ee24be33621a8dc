/* Calls: how an attempt is begun, sent again, asked after, and taken up after a crash.
 *
 * The record of an effect is armed in the transition that sends it. While an attempt is
 * in doubt its record stays so through every later attempt, since a later one that did
 * not happen says nothing of the earlier. */
#include "engine/base/mutant.h"
#include "engine/core/advance_turn.h"

const struct ir_operation *call_operation(const struct turn *turn,
                                          const struct wait_call *c)
{
    return &turn->ir->operations[c->operation];
}

bool call_is_effect(const struct turn *turn, const struct wait_call *c)
{
    return call_operation(turn, c)->class_of != IR_CLASS_READ;
}

bool call_is_in_flight(const struct fibre *f)
{
    return f->number != 0 && fibre_has_call(f);
}

/* ---- a forward step ---- */

/* The step's own limit, else the operation's. */
static bool limit_at(struct turn *turn, struct fibre *f, const struct ir_site *site,
                     int64_t *at)
{
    const struct ir_operation *op = &turn->ir->operations[site->operation];
    struct value v;
    if (site->limit != IR_NONE)
        return limit_of(turn, f, site->limit, at);
    *at = 0;
    if (op->within == IR_NONE)
        return true;
    if (!turn_eval(turn, f, op->within, f->call.args.items, f->call.args.n, &v))
        return false;
    return moment_of(turn, v, at);
}

/* Goes on with an effect that a retry finds in doubt: it is asked after, or sent again as
 * it was. */
static bool take_up(struct turn *turn, struct fibre *f, const struct wait_call *earlier)
{
    const struct ir_operation *op = call_operation(turn, &f->call);
    struct undo_record *record = undo_find(turn, earlier->record);
    if (record == NULL || record->state != UNDO_IN_DOUBT ||
        (op->found_by == IR_NONE && op->key_kind == IR_KEY_NONE))
        return false;
    f->call.args = earlier->args;
    f->call.key = earlier->key;
    f->call.record = earlier->record;
    f->call.sent_at = record->at;
    f->call.problem_kind = OUTCOME_IN_DOUBT;
    if (op->found_by != IR_NONE)
        call_ask(turn, f);
    else
        call_send(turn, f);
    return true;
}

static struct value record_of(const struct turn *turn, const struct value *args,
                              uint32_t n)
{
    return value_record(n > 0 ? arena_copy(turn->arena, args, n * sizeof *args) : NULL,
                        n);
}

void call_begin(struct turn *turn, struct fibre *f, const struct value *args)
{
    const struct ir *ir = turn->ir;
    const struct ir_site *site = &ir->sites[ir->code[f->pc].b];
    const struct ir_operation *op = &ir->operations[site->operation];
    struct wait_call earlier = f->call; /* an operator's retry counts its attempts on */
    bool is_known;
    if (earlier.operation != site->operation)
        earlier = (struct wait_call){0};
    f->call = (struct wait_call){.operation = site->operation,
                                 .policy = site->policy,
                                 .attempt = earlier.attempt + 1,
                                 .tries = 1,
                                 .began_at = turn->now,
                                 .args = record_of(turn, args, op->params.n)};
    f->call.key = key_of_call(turn, f, site->operation, ir_text(ir, site->step),
                              f->call.args, &is_known);
    if (!is_known || !limit_at(turn, f, site, &f->call.limit_at)) {
        raise_problem(turn, f);
        return;
    }
    f->wait = FIBRE_CALL;
    f->since = turn->now;
    if (!take_up(turn, f, &earlier))
        call_send(turn, f);
}

/* ---- an undo record ---- */

void call_undo(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    const struct ir *ir = turn->ir;
    uint32_t operation = record->undo_by != IR_NONE
                             ? record->undo_by
                             : ir->operations[record->operation].undone_by;
    const struct ir_operation *op = &ir->operations[operation];
    bool is_known;
    struct value args = record->undo_args;
    f->call = (struct wait_call){
        .operation = operation,
        .policy = op->policy != IR_NONE ? op->policy : ir->sites[record->site].policy,
        .attempt = 1,
        .tries = 1,
        .began_at = turn->now,
        .args = args,
        .record = record->number};
    f->call.key = key_of_undo(turn, operation, record, args, &is_known);
    if (!is_known)
        undo_call_ended(
            turn, f,
            (struct call_end){.kind = CALL_FAILED,
                              .trouble = trouble_of(
                                  "bad_value", say(turn, "%s", turn->problem.message))});
    else
        call_send(turn, f);
}

/* Learns what became of an effect in doubt before it is undone: asks, else sends it
 * again. */
void call_resolve(struct turn *turn, struct fibre *f, struct undo_record *record)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = &ir->operations[record->operation];
    f->call = (struct wait_call){.operation = record->operation,
                                 .policy = ir->sites[record->site].policy,
                                 .attempt = 1,
                                 .tries = 1,
                                 .began_at = turn->now,
                                 .sent_at = record->at,
                                 .args = record->args,
                                 .key = record->key,
                                 .record = record->number};
    if (op->found_by != IR_NONE)
        call_ask(turn, f);
    else
        call_send(turn, f);
}

bool call_is_resolving(const struct fibre *f, const struct undo_record *record)
{
    return record != NULL && f->wait == FIBRE_UNDOING &&
           f->call.operation == record->operation &&
           digest_is(&f->call.key, &record->key);
}

/* ---- sending ---- */

int64_t call_each_within(const struct turn *turn, const struct wait_call *c)
{
    int64_t each = c->policy == IR_NONE ? 0 : turn->ir->policies[c->policy].each_within;
    return each > 0 ? each : 20 * WHEN_SECOND;
}

struct text call_operation_name(const struct turn *turn, uint32_t operation)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = &ir->operations[operation];
    struct text adapter = ir_text(ir, ir->adapters[op->adapter].name);
    struct text name = ir_text(ir, op->name);
    char *chars = arena_alloc(turn->arena, adapter.n + 1 + name.n + 1);
    memcpy(chars, adapter.chars, adapter.n);
    chars[adapter.n] = '.';
    memcpy(chars + adapter.n + 1, name.chars, name.n);
    return (struct text){chars, adapter.n + 1 + name.n};
}

struct text call_noted(const struct turn *turn, uint32_t operation)
{
    return turn_is_read(turn) ? call_operation_name(turn, operation) : TEXT("");
}

static bool hold(struct turn *turn, struct fibre *f, uint32_t operation,
                 enum call_phase phase);

static void order(struct turn *turn, struct fibre *f, uint32_t operation,
                  struct value args)
{
    const struct ir *ir = turn->ir;
    const struct ir_operation *op = &ir->operations[operation];
    struct wait_call *c = &f->call;
    bool is_asking = c->phase == CALL_ASKING;
    c->number = turn->inst->next_number++;
    struct call_order out = {.number = c->number,
                             .operation = operation,
                             .adapter = ir_text(ir, ir->adapters[op->adapter].name),
                             .operation_name = ir_text(ir, op->name),
                             .is_effect = op->class_of != IR_CLASS_READ,
                             .args = args,
                             .step = fibre_step(turn, f),
                             .attempt = c->attempt,
                             .has_key = !is_asking && op->class_of != IR_CLASS_READ &&
                                        op->key_kind != IR_KEY_NONE,
                             .limit_at = c->limit_passed ? 0 : c->limit_at,
                             .deadline = turn->now + call_each_within(turn, c)};
    if (out.has_key) {
        out.key = c->key;
        if (MUTANT(KEY_PER_ATTEMPT))
            out.key.bytes[0] ^= (uint8_t)c->attempt;
        out.key_has_generation = op->key_kind == IR_KEY_VALUE;
    }
    if (c->limit_at != 0 && c->limit_at < out.deadline && c->limit_at > turn->now)
        out.deadline = c->limit_at;
    vec_push(turn->arena, &turn->decision->calls, out);
    turn_entry(turn, ENTRY_CALLED, f,
               c->attempt > 1
                   ? note(turn, TEXT_FMT ", attempt %u",
                          TEXT_ARG(call_operation_name(turn, operation)), c->attempt)
                   : call_noted(turn, operation));
}

/* ---- an adapter that takes no calls ---- */

static const struct adapter_hold *hold_of(const struct turn *turn, uint32_t operation)
{
    const struct ir *ir = turn->ir;
    const struct environment *environment = turn->environment;
    struct text name = ir_text(ir, ir->adapters[ir->operations[operation].adapter].name);
    for (uint32_t i = 0; environment != NULL && i < environment->holds_n; i++)
        if (text_is(environment->holds[i].adapter, name))
            return &environment->holds[i];
    return NULL;
}

/* Which operation the fibre waits to send. */
static uint32_t operation_held(const struct turn *turn, const struct wait_call *c)
{
    return c->phase == CALL_ASK_HELD ? call_operation(turn, c)->found_by : c->operation;
}

/* The policy's bound of all attempts; 0: none. */
static int64_t patience_ends(const struct turn *turn, const struct wait_call *c)
{
    int64_t within = c->policy == IR_NONE ? 0 : turn->ir->policies[c->policy].within;
    return within > 0 ? c->began_at + within : 0;
}

static struct text note_held(struct turn *turn, const struct fibre *f)
{
    const struct ir *ir = turn->ir;
    uint32_t adapter = ir->operations[operation_held(turn, &f->call)].adapter;
    struct text name = ir_text(ir, ir->adapters[adapter].name);
    vec_push(turn->arena, &turn->decision->held, name);
    return name;
}

/* Those who wait look again one after another, and none of them past its own bounds. */
void call_hold(struct turn *turn, struct fibre *f, enum call_phase phase, int64_t look_at)
{
    struct wait_call *c = &f->call;
    int64_t ends = patience_ends(turn, c);
    bool is_new = c->phase != (uint32_t)phase || c->number == 0;
    if (c->number == 0)
        c->number = turn->inst->next_number++;
    uint32_t dice = (turn->stimulus->dice ^ c->number * 2654435761U) >> 3;
    c->phase = phase;
    if (look_at <= turn->now)
        look_at = turn->now + WHEN_SECOND;
    c->next_at = look_at + (look_at - turn->now) / 1000 * (dice % 1000);
    if (c->limit_at != 0 && !c->limit_passed && c->limit_at < c->next_at)
        c->next_at = c->limit_at;
    if (ends != 0 && ends < c->next_at)
        c->next_at = ends;
    struct text name = note_held(turn, f);
    if (is_new)
        turn_entry(turn, ENTRY_HELD, f,
                   note(turn, "adapter " TEXT_FMT " takes no calls now", TEXT_ARG(name)));
}

static bool hold(struct turn *turn, struct fibre *f, uint32_t operation,
                 enum call_phase phase)
{
    const struct adapter_hold *held = hold_of(turn, operation);
    if (held != NULL)
        call_hold(turn, f, phase, held->look_at);
    return held != NULL;
}

/* It was its turn, or its time to look. */
static void go_on_held(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    int64_t ends = patience_ends(turn, c);
    bool is_in_doubt = c->phase == CALL_ASK_HELD || c->problem_kind == OUTCOME_IN_DOUBT;
    if (ends != 0 && ends <= turn->now)
        call_failed(turn, f, is_in_doubt ? "in_doubt" : "unavailable",
                    c->problem.n > 0 ? c->problem
                                     : TEXT("its adapter took no calls in that time"));
    else if (c->phase == CALL_ASK_HELD)
        call_ask(turn, f);
    else
        call_send(turn, f);
}

/* The next of them, from `i` on, that is held although its adapter takes calls. */
static struct fibre *may_go(const struct turn *turn, uint32_t i)
{
    for (; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && !f->stopping && fibre_is_held(f) &&
            hold_of(turn, operation_held(turn, &f->call)) == NULL)
            return f;
    }
    return NULL;
}

bool call_let_go(struct turn *turn)
{
    struct fibre *f = may_go(turn, 0);
    if (f == NULL)
        return false;
    uint32_t at = (uint32_t)(f - turn->inst->fibres.at);
    go_on_held(turn, f);
    struct fibre *next = may_go(turn, at + 1);
    if (next != NULL) /* it waits for its own turn, and must be known to wait */
        note_held(turn, next);
    return true;
}

void call_send(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    bool is_forward = f->wait == FIBRE_CALL && fork_root_kind(f) != FIBRE_UNDO;
    if (hold(turn, f, c->operation, CALL_HELD))
        return;
    c->phase = CALL_SENT;
    c->next_at = 0;
    c->is_recovered = false;
    if (call_is_effect(turn, c) && is_forward && c->record == 0 &&
        undo_arm(turn, f) == NULL) {
        raise_trouble(
            turn, f,
            trouble_of("bad_value", TEXT("more effects than an instance may remember")));
        return;
    }
    c->sent_at = turn->now;
    struct undo_record *record = undo_find(turn, c->record);
    if (record != NULL && (is_forward || call_is_resolving(f, record)))
        record->at = turn->now; /* it may land from now on */
    order(turn, f, c->operation, c->args);
}

void call_ask(struct turn *turn, struct fibre *f)
{
    const struct ir_operation *op = call_operation(turn, &f->call);
    struct value args = value_record(NULL, 0);
    if (hold(turn, f, op->found_by, CALL_ASK_HELD))
        return;
    if (op->found_args != IR_NONE &&
        !turn_eval(turn, f, op->found_args, f->call.args.items, f->call.args.n, &args)) {
        call_failed(turn, f, "in_doubt", say(turn, "%s", turn->problem.message));
        return;
    }
    f->call.phase = CALL_ASKING;
    f->call.next_at = 0;
    order(turn, f, op->found_by, args);
}

/* ---- time, and crashes ---- */

void call_due(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    bool is_paused = c->phase != CALL_SENT && c->phase != CALL_ASKING;
    if (c->limit_at != 0 && c->limit_at <= turn->now && !c->limit_passed) {
        if (is_paused || !call_is_effect(turn, c))
            call_late(turn, f);
        else
            c->limit_passed = true; /* the attempt under way settles first */
        return;
    }
    if (fibre_is_held(f)) {
        go_on_held(turn, f);
        return;
    }
    c->tries++;
    if (c->phase == CALL_ASK_PAUSED) {
        call_ask(turn, f);
        return;
    }
    c->attempt += !MUTANT(RETRY_FORGETS_ATTEMPT);
    call_send(turn, f);
}

/* The node that had it is gone: nobody will hear its answer. It is settled by its
 * protocol, at once; the attempt counts. */
void call_recover(struct turn *turn, struct fibre *f)
{
    struct wait_call *c = &f->call;
    const struct ir_operation *op = call_operation(turn, c);
    struct undo_record *record = undo_find(turn, c->record);
    if (c->phase == CALL_ASKING) {
        call_ask(turn, f);
        return;
    }
    if (record != NULL && MUTANT(RECOVERY_IS_NO_DOUBT)) {
        undo_drop(turn, c->record);
        c->record = 0;
    }
    if (record != NULL && record->state == UNDO_ARMED)
        undo_in_doubt(turn, record);
    c->problem = TEXT("the engine stopped while it was under way");
    c->problem_kind = call_is_effect(turn, c) ? OUTCOME_IN_DOUBT : OUTCOME_UNAVAILABLE;
    if (f->stopping)
        call_ended(turn, f, (struct call_end){.kind = CALL_FAILED});
    else if (!call_is_effect(turn, c) ||
             (op->found_by == IR_NONE && op->key_kind != IR_KEY_NONE)) {
        c->attempt++;
        c->tries++;
        call_send(turn, f);
    } else if (op->found_by != IR_NONE) {
        c->is_recovered = true;
        call_ask(turn, f);
    } else {
        turn_entry(turn, ENTRY_IN_DOUBT, f, c->problem);
        call_failed(turn, f, "in_doubt", c->problem);
    }
}
