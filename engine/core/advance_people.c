/* People: questions, dead letters, and what they answer.
 *
 * A parked fibre keeps its pc at the operation that failed, or that referred it. While a
 * choice of its dead letter runs, the choice is a fibre of its own beside it. A choice
 * made by a person takes the task away; one made by a limit or by `after` leaves it, and
 * falling through leaves everything as it is. */
#include "engine/core/advance_turn.h"

/* ---- tasks ---- */

struct task *people_task(const struct turn *turn, uint32_t number)
{
    for (uint32_t i = 0; number != 0 && i < turn->inst->tasks.n; i++)
        if (turn->inst->tasks.at[i].number == number)
            return &turn->inst->tasks.at[i];
    return NULL;
}

void people_task_drop(struct turn *turn, uint32_t number)
{
    struct instance *inst = turn->inst;
    struct task *task = people_task(turn, number);
    if (task == NULL)
        return;
    struct task_change change = {.change = CHANGE_DROP, .task = *task};
    struct fibre *f = fibre_find(turn, task->fibre);
    if (f != NULL)
        f->task = 0;
    vec_push(turn->arena, &turn->decision->tasks, change);
    uint32_t i = (uint32_t)(task - inst->tasks.at);
    inst->tasks.n--;
    memmove(task, task + 1, (inst->tasks.n - i) * sizeof *task);
}

/* The record type a block ends with; IR_NONE. */
static uint32_t type_of_block(const struct ir *ir, uint32_t block)
{
    uint32_t pc = block;
    while (pc < ir->code_n && ir->code[pc].code != IR_RETURN)
        pc++;
    return pc > 0 && pc < ir->code_n && ir->code[pc - 1].code == IR_RECORD
               ? ir->code[pc - 1].b
               : IR_NONE;
}

static json_t *showing_json(struct turn *turn, const struct fibre *f,
                            const struct task *task)
{
    const struct ir *ir = turn->ir;
    struct value shown;
    if (task->what == IR_NONE)
        return NULL;
    uint32_t block = task->is_dead_letter ? ir->dead_letters[task->what].showing
                                          : ir->questions[task->what].showing;
    uint32_t type = block != IR_NONE ? type_of_block(ir, block) : IR_NONE;
    if (type == IR_NONE || !turn_eval(turn, f, block, NULL, 0, &shown))
        return NULL;
    return wire_write(ir, type, shown, WIRE_MASK_PRIVATE);
}

/* Tells the store of the task: new, or changed (the same number). */
static void tell(struct turn *turn, struct fibre *f, const struct task *task)
{
    struct task_change change = {.change = CHANGE_ADD, .task = *task};
    if (turn_is_read(turn)) {
        change.outcomes = answer_outcomes(turn, f, task);
        change.showing = showing_json(turn, f, task);
    }
    vec_push(turn->arena, &turn->decision->tasks, change);
}

static struct ir_range escalations_of(const struct ir *ir, const struct task *task)
{
    if (task->what == IR_NONE)
        return (struct ir_range){0, 0};
    return task->is_dead_letter ? ir->dead_letters[task->what].afters
                                : ir->questions[task->what].escalations;
}

/* Each counts from when the question was asked. */
static int64_t next_escalation(struct turn *turn, const struct fibre *f,
                               const struct task *task)
{
    struct ir_range all = escalations_of(turn->ir, task);
    struct value after;
    int64_t at;
    if (task->escalated >= all.n ||
        !turn_eval(turn, f, turn->ir->escalations[all.first + task->escalated].after,
                   NULL, 0, &after) ||
        !moment_from(turn, task->since, after, &at))
        return 0;
    return at;
}

static void add_task(struct turn *turn, struct fibre *f, struct task task)
{
    task.number = turn->inst->next_number++;
    task.fibre = f->number;
    task.since = turn->now;
    task.next_at = next_escalation(turn, f, &task);
    f->task = task.number;
    vec_push(turn->arena, &turn->inst->tasks, task);
    tell(turn, f, &task);
}

/* ---- questions ---- */

void people_ask(struct turn *turn, struct fibre *f)
{
    const struct ir *ir = turn->ir;
    uint32_t what = ir->code[f->pc].b;
    const struct ir_question *q = &ir->questions[what];
    struct value question;
    if (!turn_eval(turn, f, q->question, NULL, 0, &question) ||
        !limit_of(turn, f, q->limit, &f->until)) {
        raise_problem(turn, f);
        return;
    }
    f->wait = FIBRE_PERSON;
    f->since = turn->now;
    add_task(turn, f,
             (struct task){.what = what,
                           .role = ir_text(ir, q->role),
                           .question = value_text_of(question),
                           .until = f->until});
    turn_entry(turn, ENTRY_ASKED, f, ir_text(ir, q->role));
}

void people_late(struct turn *turn, struct fibre *f)
{
    const struct ir_question *q = &turn->ir->questions[turn->ir->code[f->pc].b];
    struct trouble late = trouble_of("late", TEXT("nobody answered in time"));
    f->until = 0;
    people_task_drop(turn, f->task);
    turn_entry(turn, ENTRY_LATE, f, late.message);
    if (!raise_to_whens(turn, f, q->whens, &late))
        raise_trouble(turn, f, late);
}

/* ---- dead letters ---- */

static struct text stopped_text(struct turn *turn, const struct fibre *f)
{
    struct text step = fibre_step(turn, f);
    if (f->problem_kind.n == 0)
        return say(turn, TEXT_FMT " waits for a decision", TEXT_ARG(step));
    return say(turn, TEXT_FMT " stopped: " TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(step),
               TEXT_ARG(f->problem_kind), f->problem_message.n > 0 ? ": " : "",
               TEXT_ARG(f->problem_message));
}

static struct task dead_letter_task(struct turn *turn, struct fibre *f)
{
    const struct ir *ir = turn->ir;
    struct value question;
    struct task task = {.is_dead_letter = true,
                        .what = f->dead_letter,
                        .role = TEXT("operator"),
                        .question = stopped_text(turn, f)};
    if (f->dead_letter == IR_NONE)
        return task;
    const struct ir_dead_letter *d = &ir->dead_letters[f->dead_letter];
    task.role = ir_text(ir, d->role);
    if (turn_eval(turn, f, d->question, NULL, 0, &question))
        task.question = value_text_of(question);
    if (!limit_of(turn, f, d->limit, &task.until))
        task.until = 0;
    return task;
}

void people_tell(struct turn *turn, struct fibre *f, struct task *task)
{
    struct value question;
    if (task->is_dead_letter) {
        struct task fresh = dead_letter_task(turn, f);
        task->role = fresh.role;
        task->question = fresh.question;
    } else if (turn_eval(turn, f, turn->ir->questions[task->what].question, NULL, 0,
                         &question)) {
        task->question = value_text_of(question);
    }
    tell(turn, f, task);
}

static json_t *problem_json(const struct turn *turn, const struct fibre *f)
{
    json_t *data = json_object();
    struct text letter =
        f->dead_letter == IR_NONE
            ? TEXT("stuck")
            : ir_text(turn->ir, turn->ir->dead_letters[f->dead_letter].name);
    json_object_set_new(data, "dead_letter", json_text(letter));
    if (f->problem_kind.n == 0)
        return data;
    json_object_set_new(data, "kind", json_text(f->problem_kind));
    json_object_set_new(data, "message", json_text(f->problem_message));
    json_object_set_new(data, "attempts", json_integer(f->problem_attempts));
    return data;
}

static void forget_problem(struct fibre *f)
{
    f->problem_kind = f->problem_message = TEXT("");
    f->problem_attempts = 0;
    f->problem_data = (struct value){.kind = VALUE_UNSET};
}

static void park(struct turn *turn, struct fibre *f, uint32_t dead_letter)
{
    if (f->wait == FIBRE_EVENT)
        turn->listens_anew = true;
    f->wait = FIBRE_PARKED;
    f->until = 0;
    f->since = turn->now;
    f->dead_letter = dead_letter;
    struct entry *entry = turn_entry(turn, ENTRY_PARKED, f, f->problem_message);
    if (turn_is_read(turn))
        entry->data = problem_json(turn, f);
    add_task(turn, f, dead_letter_task(turn, f));
}

void people_park(struct turn *turn, struct fibre *f, uint32_t dead_letter,
                 const struct trouble *trouble)
{
    if (trouble != NULL)
        raise_remember(f, trouble);
    else
        forget_problem(f);
    struct fibre *parked =
        f->kind == FIBRE_CHOICE && trouble == NULL ? fibre_find(turn, f->parked) : NULL;
    if (parked == NULL) {
        park(turn, f, dead_letter);
        return;
    }
    people_task_drop(turn, parked->task); /* the choice was: to whom else it may go */
    fibre_end(turn, f);
    park(turn, parked, dead_letter);
}

/* A person's word ends what a limit or `after` had begun for the same fibre, and choices
 * for it that got stuck themselves. */
void people_stop_choices(struct turn *turn, uint32_t parked)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->kind != FIBRE_CHOICE || f->parked != parked)
            continue;
        people_stop_choices(turn, f->number);
        state_stop(turn, f);
    }
}

struct fibre *people_begin_choice(struct turn *turn, const struct fibre *parked,
                                  uint32_t pc)
{
    uint32_t number = parked->number, home = fibre_home(turn, parked);
    struct fibre *choice = fibre_add(turn, FIBRE_CHOICE, home, pc);
    choice->parked = number;
    return choice;
}

/* ---- what a choice leads to ---- */

/* The failed step again, its attempts forgotten; a stuck undo goes on where it stopped.
 */
void people_retry(struct turn *turn, struct fibre *parked)
{
    struct undo_record *stuck = undo_stuck_record(turn, parked);
    people_task_drop(turn, parked->task);
    people_stop_choices(turn, parked->number);
    forget_problem(parked);
    if (turn->inst->unwinding == parked->number || parked->target == TARGET_FAIL ||
        parked->target == TARGET_CANCEL) {
        if (stuck != NULL && stuck->state == UNDO_STUCK)
            stuck->state = UNDO_DONE;
        parked->call = (struct wait_call){0};
        parked->wait = FIBRE_UNDOING;
    } else if (parked->pc == IR_NONE) {
        state_rearm_limit(turn, fibre_home(turn, parked));
        fibre_end(turn, parked);
    } else {
        fibre_again(turn, parked);
    }
}

/* Dismissed: what it did is given up; a limit starts anew. */
static void dismiss(struct turn *turn, struct fibre *parked)
{
    const bool is_handler = parked->kind == FIBRE_HANDLER;
    const uint32_t kind = is_handler ? turn->ir->handlers[parked->owner].kind : IR_NONE;
    if (kind == IR_HANDLER_CANCEL || parked->target == TARGET_CANCEL) {
        people_task_drop(turn, parked->task);
        command_cancel_now(turn, parked);
        return;
    }
    if (is_handler ? kind == IR_HANDLER_LATE : parked->pc == IR_NONE)
        state_rearm_limit(turn, fibre_home(turn, parked));
    fibre_end(turn, parked);
}

/* Behind the step at which it is parked. An expression that failed is no step: it is
 * computed again, since the choice may have mended what it needs. */
static void go_on_behind(struct turn *turn, struct fibre *parked)
{
    const struct ir *ir = turn->ir;
    const struct ir_op *op = parked->pc == IR_NONE ? NULL : &ir->code[parked->pc];
    if (op == NULL || op->code == IR_GO_TO)
        fibre_end(turn, parked); /* what lies behind is nothing */
    else if (op->code == IR_FORK)
        fork_join(turn, parked);
    else if (op->code == IR_ATTEMPT)
        fibre_go_on(turn, parked, ir->attempts[op->b].to_pc + 1);
    else if (op->code >= IR_SET)
        fibre_go_on(turn, parked, parked->pc + 1);
    else
        fibre_go_on(turn, parked, parked->pc);
}

/* The flow carries on behind the step. */
static void carry_on(struct turn *turn, struct fibre *parked)
{
    struct undo_record *stuck = undo_stuck_record(turn, parked);
    if (parked->target == TARGET_FAIL) {
        people_retry(turn, parked); /* behind the end of a flow that fails lies nothing */
        return;
    }
    if (stuck != NULL && stuck->state == UNDO_STUCK)
        stuck->state = UNDO_DONE;
    if (turn->inst->unwinding == parked->number)
        turn->inst->unwinding = 0;
    forget_problem(parked);
    parked->call = (struct wait_call){0};
    go_on_behind(turn, parked);
}

struct fibre *people_decided(const struct turn *turn, const struct fibre *choice)
{
    return choice->kind == FIBRE_CHOICE ? fibre_find(turn, choice->parked) : NULL;
}

/* What has been decided is over; and where that was a choice which got stuck, so is what
 * that one was to decide. */
static void end_decided(struct turn *turn, struct fibre *parked)
{
    while (parked != NULL && parked->wait == FIBRE_PARKED) {
        struct fibre *outer = people_decided(turn, parked);
        fibre_end(turn, parked);
        parked = outer;
    }
}

void people_choice_ended(struct turn *turn, struct fibre *f, enum ir_op_code how)
{
    struct fibre *parked = fibre_find(turn, f->parked);
    if (parked != NULL && parked->wait != FIBRE_PARKED)
        parked = NULL; /* it has gone on without */
    bool is_persons = parked != NULL && parked->task == 0;
    if (how == IR_GO_TO || how == IR_FAIL) { /* the choice itself goes on */
        end_decided(turn, parked);
        return;
    }
    fibre_end(turn, f);
    if (parked == NULL)
        return;
    if (how == IR_RETRY)
        people_retry(turn, parked);
    else if (is_persons && how == IR_STAY)
        dismiss(turn, parked);
    else if (is_persons)
        carry_on(turn, parked);
}

static bool is_being_decided(const struct turn *turn, const struct fibre *parked)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        const struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number != 0 && f->kind == FIBRE_CHOICE && f->parked == parked->number)
            return true;
    }
    return false;
}

/* A choice may come to nothing (its `go to` came too late): then it is to be made again.
 */
bool people_ask_again(struct turn *turn)
{
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->wait != FIBRE_PARKED || f->task != 0 ||
            is_being_decided(turn, f))
            continue;
        add_task(turn, f, dead_letter_task(turn, f));
        return true;
    }
    return false;
}

/* ---- time ---- */

static void escalate(struct turn *turn, struct fibre *f, struct task *task)
{
    const struct ir *ir = turn->ir;
    const struct ir_question *q = &ir->questions[task->what];
    struct text role =
        ir_text(ir, ir->escalations[q->escalations.first + task->escalated].role);
    task->escalated++;
    task->role = say(turn, TEXT_FMT ", " TEXT_FMT, TEXT_ARG(task->role), TEXT_ARG(role));
    task->next_at = next_escalation(turn, f, task);
    turn_entry(turn, ENTRY_ESCALATED, f, role);
    tell(turn, f, task);
}

void people_task_next(struct turn *turn, struct task *task)
{
    struct fibre *f = fibre_find(turn, task->fibre);
    if (!task->is_dead_letter) {
        escalate(turn, f, task);
        return;
    }
    const struct ir_dead_letter *d = &turn->ir->dead_letters[task->what];
    uint32_t pc = turn->ir->positions[d->after_bodies.first + task->escalated];
    task->escalated++;
    task->next_at = next_escalation(turn, f, task);
    if (!is_being_decided(turn, f))
        (void)people_begin_choice(turn, f, pc);
}

void people_task_late(struct turn *turn, struct task *task)
{
    const struct ir *ir = turn->ir;
    struct fibre *f = fibre_find(turn, task->fibre);
    const struct ir_dead_letter *d = &ir->dead_letters[task->what];
    if (d->limit_is_moment || !limit_of(turn, f, d->limit, &task->until) ||
        task->until <= turn->now)
        task->until = 0;
    turn_entry(turn, ENTRY_LATE, f, TEXT("the dead letter's limit ran out"));
    if (is_being_decided(turn, f))
        return; /* what the limit before began is not through yet */
    for (uint32_t i = 0; i < d->whens.n; i++) {
        const struct ir_when *when = &ir->whens[d->whens.first + i];
        if (text_is(ir_text(ir, when->name), TEXT("late"))) {
            (void)people_begin_choice(turn, f, when->pc);
            return;
        }
    }
}

/* ---- `problem` ---- */

static bool is_in_doubt(const struct turn *turn, const struct fibre *f)
{
    const struct undo_record *record = undo_stuck_record(turn, f);
    if (record == NULL)
        record = undo_find(turn, f->call.record);
    return record != NULL && record->state == UNDO_IN_DOUBT;
}

static struct text operation_of(const struct turn *turn, const struct fibre *f)
{
    const struct undo_record *record = undo_stuck_record(turn, f);
    if (record != NULL)
        return call_operation_name(turn, record->operation);
    if (!fibre_is_at(turn, f, IR_CALL))
        return TEXT("");
    return call_operation_name(turn, turn->ir->sites[turn->ir->code[f->pc].b].operation);
}

static struct value part_of_problem(const struct turn *turn, const struct fibre *f,
                                    const struct trouble *t, struct text name)
{
    if (text_is(name, TEXT("kind")))
        return value_text(t->name);
    if (text_is(name, TEXT("message")))
        return value_text(t->message);
    if (text_is(name, TEXT("step")))
        return value_text(fibre_step(turn, f));
    if (text_is(name, TEXT("operation"))) {
        struct text operation = operation_of(turn, f);
        return operation.n > 0 ? value_text(operation) : value_none();
    }
    if (text_is(name, TEXT("attempts")))
        return value_int(t->attempts);
    if (text_is(name, TEXT("since")))
        return value_instant(f->since);
    if (text_is(name, TEXT("in_doubt")))
        return value_bool(is_in_doubt(turn, f));
    if (text_is(name, TEXT("by")))
        return value_text(turn->stimulus->actor);
    if (text_is(name, TEXT("reason")))
        return value_text(turn->stimulus->reason);
    return value_none();
}

struct value people_problem(struct turn *turn, uint32_t type, const struct fibre *f,
                            const struct trouble *trouble)
{
    const struct ir *ir = turn->ir;
    struct trouble kept = {.name = f->problem_kind,
                           .message = f->problem_message,
                           .attempts = f->problem_attempts};
    if (type == IR_NONE || ir->types[type].kind != IR_TYPE_RECORD)
        return value_none();
    struct ir_range parts = ir->types[type].parts;
    struct value *items = arena_array(turn->arena, struct value, parts.n + 1);
    for (uint32_t i = 0; i < parts.n; i++)
        items[i] = part_of_problem(turn, f, trouble != NULL ? trouble : &kept,
                                   ir_text(ir, ir->fields[parts.first + i].name));
    return value_record(items, parts.n);
}
