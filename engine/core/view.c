/* An instance as JSON for people: show and ladder (contract §4). */
#include "engine/core/view.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/core/view_parts.h"

static const char *const undo_states[] = {
    [UNDO_ARMED] = "armed", [UNDO_DONE] = "done",     [UNDO_IN_DOUBT] = "in_doubt",
    [UNDO_KEPT] = "kept",   [UNDO_UNDONE] = "undone", [UNDO_STUCK] = "stuck",
    [UNDO_LEFT] = "kept", /* left standing: for good */
};

static void set(json_t *object, const char *name, json_t *json)
{
    json_object_set_new_nocheck(object, name, json);
}

static json_t *vars(const struct view *view)
{
    const struct ir *ir = view->ir;
    json_t *object = json_object();
    for (uint32_t i = 0; i < ir->slots_n; i++) {
        const struct ir_slot *slot = &ir->slots[i];
        if (slot->kind != IR_SLOT_PARAM && slot->kind != IR_SLOT_VAR)
            continue;
        struct text name = ir_text(ir, slot->name);
        if (name.n == 0 || slot->type == IR_NONE)
            continue;
        json_object_setn_new_nocheck(
            object, name.chars, name.n,
            wire_write(ir, slot->type, view->inst->places[i], view->private));
    }
    return object;
}

static json_t *parked(const struct view *view)
{
    const struct ir *ir = view->ir;
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->inst->fibres.n; i++) {
        const struct fibre *f = &view->inst->fibres.at[i];
        const struct task *task = view_task(view, f->task);
        if (f->wait != FIBRE_PARKED)
            continue;
        json_t *row = json_object(), *problem = json_object();
        set(row, "step", json_text(view_step(view, f)));
        set(row, "dead_letter",
            json_text(f->dead_letter < ir->dead_letters_n
                          ? ir_text(ir, ir->dead_letters[f->dead_letter].name)
                          : TEXT("stuck")));
        set(row, "owner", json_text(task != NULL ? task->role : TEXT("operator")));
        set(problem, "kind", view_text(f->problem_kind));
        set(problem, "message", view_text(f->problem_message));
        set(problem, "attempts", json_integer(f->problem_attempts));
        set(row, "problem", problem);
        set(row, "since", view_instant(f->since));
        json_array_append_new(list, row);
    }
    return list;
}

/* What puts it back: an operation, or the call's own block; null where it stays. */
static json_t *undone_by(const struct view *view, const struct undo_record *record)
{
    const struct ir *ir = view->ir;
    if (record->stays)
        return json_null();
    if (record_is_child(record))
        return json_string("its own unwinding");
    if (record->site < ir->sites_n && ir->sites[record->site].undo_block != IR_NONE)
        return json_string("its own block");
    return view_text(view_operation(
        view, record->undo_by != IR_NONE ? record->undo_by
                                         : ir->operations[record->operation].undone_by));
}

static json_t *record(const struct view *view, const struct undo_record *u)
{
    json_t *row = json_object();
    set(row, "effect", json_text(view_effect(view, u)));
    set(row, "name",
        json_text(
            view_say(view, TEXT_FMT TEXT_FMT, TEXT_ARG(u->name), TEXT_ARG(u->which))));
    set(row, "state", json_string(undo_states[u->state]));
    set(row, "undone_by", undone_by(view, u));
    return row;
}

static json_t *undo(const struct view *view)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->inst->undo.n; i++)
        json_array_append_new(list, record(view, &view->inst->undo.at[i]));
    return list;
}

/* What it has run, with the instances' ids; what it started and let go is not its. */
static json_t *children(const struct view *view)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->inst->undo.n; i++) {
        const struct undo_record *u = &view->inst->undo.at[i];
        char id[ID_TEXT_BYTES];
        if (!record_is_child(u))
            continue;
        json_t *row = json_object();
        set(row, "id", json_text(id_print(u->child, id)));
        set(row, "flow", json_text(ir_text(view->ir, view->ir->children[u->site].flow)));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *marks(const struct instance *inst)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < inst->marks.n; i++)
        json_object_setn_new_nocheck(object, inst->marks.at[i].name.chars,
                                     inst->marks.at[i].name.n,
                                     view_instant(inst->marks.at[i].at));
    return object;
}

static json_t *result(const struct view *view)
{
    bool has = view->ir->flow.gives != IR_NONE && view->inst->result.kind != VALUE_UNSET;
    return has ? wire_write(view->ir, view->ir->flow.gives, view->inst->result,
                            view->private)
               : json_null();
}

/* The error it ended with was written as JSON by us; anything else is shown as text. */
static json_t *error(const struct instance *inst)
{
    struct err err = {0};
    if (inst->error.n == 0)
        return json_null();
    json_t *json = json_read(inst->error, &err);
    return json != NULL ? json : json_text(inst->error);
}

json_t *view_show(struct arena *turn, const struct ir *ir, const struct instance *inst,
                  const struct environment *environment, enum wire_private private)
{
    struct view view = view_of(turn, ir, inst, environment, private);
    char id[ID_TEXT_BYTES], parent[ID_TEXT_BYTES];
    json_t *show = json_object();
    set(show, "id", json_text(id_print(inst->id, id)));
    set(show, "key", json_text(inst->key.n > 0 ? inst->key : id_print(inst->id, id)));
    set(show, "flow", json_text(ir_text(ir, ir->flow.name)));
    set(show, "version", json_integer(ir->flow.version));
    set(show, "status", json_string(instance_status_name(inst->status)));
    set(show, "state", view_text(view_state(&view)));
    set(show, "since", view_instant(inst->since));
    set(show, "started_at", view_instant(inst->started_at));
    set(show, "ended_at", view_instant(inst->ended_at));
    set(show, "vars", vars(&view));
    set(show, "waiting", view_waiting(&view));
    set(show, "parked", parked(&view));
    set(show, "undo", undo(&view));
    set(show, "marks", marks(inst));
    set(show, "result", result(&view));
    set(show, "error", error(inst));
    set(show, "parent",
        id_is_none(inst->parent) ? json_null()
                                 : json_text(id_print(inst->parent, parent)));
    set(show, "children", children(&view));
    set(show, "move", view_move(&view));
    return show;
}

/* Is it one that an undo would put back? */
static bool would_be_undone(const struct undo_record *u)
{
    return !u->stays && (u->state == UNDO_ARMED || u->state == UNDO_DONE ||
                         u->state == UNDO_IN_DOUBT || u->state == UNDO_STUCK);
}

static int newer_first(const void *a, const void *b)
{
    const struct undo_record *x = *(const struct undo_record *const *)a,
                             *y = *(const struct undo_record *const *)b;
    return (x->order < y->order) - (x->order > y->order);
}

json_t *view_ladder(struct arena *turn, const struct ir *ir, const struct instance *inst,
                    enum wire_private private)
{
    struct view view = {.turn = turn, .ir = ir, .inst = inst, .private = private};
    json_t *list = json_array();
    const struct undo_record **rungs =
        arena_array(turn, const struct undo_record *, inst->undo.n + 1);
    for (uint32_t i = 0; i < inst->undo.n; i++)
        rungs[i] = &inst->undo.at[i];
    qsort(rungs, inst->undo.n, sizeof(*rungs), newer_first);
    for (uint32_t i = 0; i < inst->undo.n; i++) {
        const struct undo_record *u = rungs[i];
        struct ir_range params = {0, 0};
        if (u->operation < ir->operations_n)
            params = ir->operations[u->operation].params;
        if (!would_be_undone(u))
            continue;
        json_t *row = record(&view, u);
        set(row, "args",
            u->args.kind == VALUE_RECORD && u->args.n == params.n
                ? wire_write_fields(ir, params, u->args.items, private)
                : json_null());
        set(row, "at", view_instant(u->at));
        json_array_append_new(list, row);
    }
    return list;
}
