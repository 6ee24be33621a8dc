/* What people answer: which choice is meant, and whether the answer fits it.
 *
 * A choice that cannot be made now is not offered; one whose `where` looks at the answer
 * is judged when that has come. Several choices may have one name: the first that takes
 * the answer is meant. */
#include "engine/core/advance_turn.h"

/* ---- what is offered ---- */

static struct ir_range whens_of(const struct ir *ir, const struct task *task)
{
    if (task->what == IR_NONE)
        return (struct ir_range){0, 0};
    return task->is_dead_letter ? ir->dead_letters[task->what].whens
                                : ir->questions[task->what].whens;
}

/* Does a `where` look at the answer itself? */
static bool looks_at_answer(const struct ir *ir, const struct ir_when *when)
{
    for (uint32_t pc = when->where; when->place != IR_NONE && pc < ir->code_n; pc++) {
        if (ir->code[pc].code == IR_RETURN)
            return false;
        if (ir->code[pc].code == IR_LOAD && ir->code[pc].b == when->place)
            return true;
    }
    return false;
}

/* `retry` is hidden where nothing failed, `go to` in a final state; a `where` hides what
 * it refuses, unless it looks at the answer itself. */
static bool is_offered(struct turn *turn, struct fibre *f, const struct ir_when *when)
{
    struct value holds;
    if (text_is(ir_text(turn->ir, when->name), TEXT("late")))
        return false;
    if (fibre_first_op(turn->ir, when->pc)->code == IR_RETRY && f->problem_kind.n == 0)
        return false;
    if (f->wait == FIBRE_PARKED && state_forbids(turn, when->pc))
        return false;
    if (when->where == IR_NONE || looks_at_answer(turn->ir, when))
        return true;
    return turn_eval(turn, f, when->where, NULL, 0, &holds) && holds.yes;
}

static json_t *form_json(struct turn *turn, uint32_t form)
{
    const struct ir *ir = turn->ir;
    if (form == IR_NONE)
        return json_null();
    json_t *fields = json_object();
    const struct ir_range *parts = &ir->types[form].parts;
    for (uint32_t i = 0; i < parts->n; i++) {
        const struct ir_field *field = &ir->fields[parts->first + i];
        struct text name = ir_text(ir, field->name);
        json_object_setn_new(fields, name.chars, name.n,
                             json_text(wire_type_name(turn->arena, ir, field->type)));
    }
    return fields;
}

/* Once, where several choices of one name ask for the same. */
static void add_outcome(json_t *outcomes, struct text name, json_t *form)
{
    json_t *outcome = json_object(), *before;
    size_t i;
    json_object_set_new(outcome, "name", json_text(name));
    json_object_set_new(outcome, "form", form);
    json_array_foreach(outcomes, i, before)
    {
        if (json_equal(before, outcome)) {
            json_decref(outcome);
            return;
        }
    }
    json_array_append_new(outcomes, outcome);
}

json_t *answer_outcomes(struct turn *turn, struct fibre *f, const struct task *task)
{
    json_t *outcomes = json_array();
    struct ir_range whens = whens_of(turn->ir, task);
    for (uint32_t i = 0; i < whens.n; i++) {
        const struct ir_when *when = &turn->ir->whens[whens.first + i];
        if (is_offered(turn, f, when))
            add_outcome(outcomes, ir_text(turn->ir, when->name),
                        form_json(turn, when->form));
    }
    if (task->what == IR_NONE && f->problem_kind.n > 0)
        add_outcome(outcomes, TEXT("retry"), json_null());
    return outcomes;
}

/* ---- answers ---- */

static bool read_form(struct turn *turn, struct fibre *f, const struct ir_when *when,
                      struct value *form, struct err *err)
{
    struct eval_scope scope = turn_scope(turn, f);
    const json_t *given = turn->stimulus->data;
    *form = value_none();
    if (when->form == IR_NONE) {
        if (given != NULL && !json_is_null(given) && json_object_size(given) > 0)
            return err_set(err, ERR_BAD_DATA, "\"" TEXT_FMT "\" asks for no data",
                           TEXT_ARG(turn->stimulus->verb));
        return true;
    }
    if (turn->stimulus->made != NULL) {
        *form = *turn->stimulus->made;
        return true;
    }
    scoped_json json_t *empty = json_object();
    return wire_read(turn->arena, &scope, when->form, given != NULL ? given : empty,
                     WIRE_REFUSE_UNKNOWN, form, err);
}

/* Does `where` hold of the answer, seen in its place? In a question the place is the
 * fibre's that asks; a choice of a dead letter will have a frame of its own. */
static bool answer_fits(struct turn *turn, struct fibre *f, const struct ir_when *when,
                        struct value form, bool is_dead_letter)
{
    if (when->where == IR_NONE || !looks_at_answer(turn->ir, when))
        return true;
    if (!is_dead_letter)
        return wait_where_holds(turn, f, when->where, when->place, form);
    struct fibre choice = {.kind = FIBRE_CHOICE,
                           .owner = fibre_home(turn, f),
                           .parked = f->number,
                           .pc = when->pc};
    choice.frame = arena_array(turn->arena, struct value, turn->ir->flow.frame_slots + 1);
    return wait_where_holds(turn, &choice, when->where, when->place, form);
}

/* The first of that name whose form and `where` take the answer. NULL: refused. */
static const struct ir_when *when_chosen(struct turn *turn, struct fibre *f,
                                         const struct task *task, struct value *form)
{
    struct err refusal = {0};
    struct ir_range whens = whens_of(turn->ir, task);
    for (uint32_t i = 0; i < whens.n; i++) {
        const struct ir_when *when = &turn->ir->whens[whens.first + i];
        struct err err = {0};
        if (!text_is(ir_text(turn->ir, when->name), turn->stimulus->verb) ||
            !is_offered(turn, f, when))
            continue;
        bool is_read = read_form(turn, f, when, form, &err);
        if (is_read && answer_fits(turn, f, when, *form, task->is_dead_letter))
            return when;
        if (is_read)
            err_set(&err, ERR_BAD_DATA,
                    "\"" TEXT_FMT "\" does not take this answer: its `where` refuses it",
                    TEXT_ARG(turn->stimulus->verb));
        if (is_read || refusal.code == ERR_OK)
            refusal = err;
    }
    if (refusal.code == ERR_OK)
        err_set(&refusal, ERR_CONFLICT, "\"" TEXT_FMT "\" is not among the answers",
                TEXT_ARG(turn->stimulus->verb));
    memcpy(turn->decision->refusal_pointer, refusal.pointer, sizeof refusal.pointer);
    turn_refuse(turn, refusal.code, "%s", refusal.what);
    return NULL;
}

static void entry_decided(struct turn *turn, const struct fibre *f,
                          const struct ir_when *when, struct value form)
{
    const struct stimulus *s = turn->stimulus;
    struct entry *entry = turn_entry(turn, ENTRY_DECIDED, f, s->verb);
    if (!turn_is_read(turn))
        return;
    entry->data = json_object();
    if (s->reason.n > 0)
        json_object_set_new(entry->data, "reason", json_text(s->reason));
    if (when != NULL && when->form != IR_NONE)
        json_object_set_new(entry->data, "form",
                            wire_write(turn->ir, when->form, form, WIRE_MASK_PRIVATE));
}

static void chosen(struct turn *turn, struct fibre *f, const struct ir_when *when,
                   struct value form, bool is_dead_letter)
{
    people_task_drop(turn, f->task);
    if (is_dead_letter)
        people_stop_choices(turn, f->number);
    else
        fibre_go_on(turn, f, when->pc);
    if (is_dead_letter)
        f = people_begin_choice(turn, f, when->pc);
    if (when->place != IR_NONE)
        place_set(turn, f, when->place, form);
}

bool people_answer(struct turn *turn)
{
    struct task *task = people_task(turn, turn->stimulus->task);
    struct fibre *f = task != NULL ? fibre_find(turn, task->fibre) : NULL;
    struct value form;
    if (f == NULL)
        return turn_refuse(turn, ERR_NOT_FOUND, "this task is not open any more");
    if (task->what == IR_NONE && text_is(turn->stimulus->verb, TEXT("retry")) &&
        f->problem_kind.n > 0) {
        entry_decided(turn, f, NULL, value_none());
        people_retry(turn, f);
        return true;
    }
    const struct ir_when *when = when_chosen(turn, f, task, &form);
    if (when == NULL)
        return false;
    entry_decided(turn, f, when, form);
    chosen(turn, f, when, form, task->is_dead_letter);
    return true;
}
