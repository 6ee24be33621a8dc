/* One run of a flow, as a value: new, copied, and when it is due. */
#include "engine/core/instance.h"

static const struct {
    enum instance_status status;
    const char *name;
} statuses[] = {
#define STATUS(name, number, text, is_ended, sentence) {STATUS_##name, text},
#include "engine/core/instance_status.def"
#undef STATUS
};

const char *instance_status_name(enum instance_status status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return "unknown";
}

bool instance_status_of(struct text name, enum instance_status *out)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (text_is_chars(name, statuses[i].name)) {
            *out = statuses[i].status;
            return true;
        }
    return false;
}

struct instance *instance_new(struct arena *arena, const struct ir *ir, struct id id)
{
    struct instance *inst = arena_new_of(arena, struct instance);
    inst->id = id;
    inst->key = TEXT("");
    inst->status = STATUS_RUNNING;
    inst->state = IR_NONE;
    inst->next_number = 1;
    inst->error = TEXT("");
    inst->visits_n = ir->states_n;
    inst->timers_n = ir->handlers_n;
    inst->places = arena_array(arena, struct value, ir->slots_n);
    inst->visits = arena_array(arena, struct state_visit, ir->states_n);
    inst->timers = arena_array(arena, struct handler_timer, ir->handlers_n);
    return inst;
}

/* ---- copying: the hot half of a transition ---- */

static struct value *copy_values(struct arena *arena, const struct value *from,
                                 uint32_t n)
{
    if (from == NULL)
        return NULL;
    struct value *values = arena_copy(arena, from, n * sizeof *values);
    for (uint32_t i = 0; i < n; i++)
        if (values[i].kind == VALUE_TEXT || values[i].kind >= VALUE_LIST)
            values[i] = value_copy(arena, values[i]);
    return values;
}

static struct text copy_text(struct arena *arena, struct text t)
{
    return t.n > 0 ? text_dup(arena, t) : TEXT("");
}

static void copy_fibre(struct arena *arena, const struct ir *ir, struct fibre *f)
{
    f->call.args = value_copy(arena, f->call.args);
    f->call.problem = copy_text(arena, f->call.problem);
    f->frame = copy_values(arena, f->frame, ir->flow.frame_slots);
    f->problem_kind = copy_text(arena, f->problem_kind);
    f->problem_message = copy_text(arena, f->problem_message);
    f->problem_data = value_copy(arena, f->problem_data);
    f->cause_kind = copy_text(arena, f->cause_kind);
    f->cause_message = copy_text(arena, f->cause_message);
    f->cause_data = value_copy(arena, f->cause_data);
}

static void copy_record(struct arena *arena, const struct ir *ir, struct undo_record *r)
{
    r->name = copy_text(arena, r->name);
    r->which = copy_text(arena, r->which);
    r->args = value_copy(arena, r->args);
    r->undo_args = value_copy(arena, r->undo_args);
    r->frame = copy_values(arena, r->frame, ir->flow.frame_slots);
}

static void copy_task(struct arena *arena, struct task *task)
{
    task->role = copy_text(arena, task->role);
    task->question = copy_text(arena, task->question);
}

/* Room for one more beside what is there: most transitions add at most one. */
#define copy_vec(arena, vec)                                                             \
    ((vec)->at =                                                                         \
         copy_items((arena), (vec)->at, (vec)->n, &(vec)->room, sizeof *(vec)->at))

static void *copy_items(struct arena *arena, const void *from, uint32_t n, uint32_t *room,
                        size_t item_bytes)
{
    *room = n > 0 ? n + 1 : 0;
    return n == 0 ? NULL
                  : arena_copy_wider(arena, from, n * item_bytes, *room * item_bytes);
}

struct instance *instance_copy(struct arena *arena, const struct ir *ir,
                               const struct instance *from)
{
    struct instance *inst = arena_copy(arena, from, sizeof *from);
    inst->key = copy_text(arena, from->key);
    inst->error = copy_text(arena, from->error);
    inst->result = value_copy(arena, from->result);
    inst->places = copy_values(arena, from->places, ir->slots_n);
    inst->visits = arena_copy(arena, from->visits, ir->states_n * sizeof *inst->visits);
    inst->timers = arena_copy(arena, from->timers, ir->handlers_n * sizeof *inst->timers);
    copy_vec(arena, &inst->fibres);
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        copy_fibre(arena, ir, &inst->fibres.at[i]);
    copy_vec(arena, &inst->undo);
    for (uint32_t i = 0; i < inst->undo.n; i++)
        copy_record(arena, ir, &inst->undo.at[i]);
    copy_vec(arena, &inst->queues);
    for (uint32_t i = 0; i < inst->queues.n; i++) {
        struct handler_queue *queue = &inst->queues.at[i];
        copy_vec(arena, &queue->events);
        for (uint32_t e = 0; e < queue->events.n; e++)
            queue->events.at[e] = value_copy(arena, queue->events.at[e]);
    }
    copy_vec(arena, &inst->subscriptions);
    copy_vec(arena, &inst->tasks);
    for (uint32_t i = 0; i < inst->tasks.n; i++)
        copy_task(arena, &inst->tasks.at[i]);
    copy_vec(arena, &inst->marks);
    for (uint32_t i = 0; i < inst->marks.n; i++)
        inst->marks.at[i].name = copy_text(arena, inst->marks.at[i].name);
    inst->move.actor = copy_text(arena, from->move.actor);
    inst->move.reason = copy_text(arena, from->move.reason);
    inst->move.stays = copy_text(arena, from->move.stays);
    return inst;
}

static struct value *share_values(struct arena *arena, const struct value *from,
                                  uint32_t n)
{
    return from == NULL ? NULL : arena_copy(arena, from, n * sizeof *from);
}

struct instance *instance_share(struct arena *arena, const struct ir *ir,
                                const struct instance *from)
{
    struct instance *inst = arena_copy(arena, from, sizeof *from);
    inst->places = share_values(arena, from->places, ir->slots_n);
    inst->visits = arena_copy(arena, from->visits, ir->states_n * sizeof *inst->visits);
    inst->timers = arena_copy(arena, from->timers, ir->handlers_n * sizeof *inst->timers);
    copy_vec(arena, &inst->fibres);
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        inst->fibres.at[i].frame =
            share_values(arena, inst->fibres.at[i].frame, ir->flow.frame_slots);
    copy_vec(arena, &inst->undo);
    copy_vec(arena, &inst->queues);
    for (uint32_t i = 0; i < inst->queues.n; i++)
        copy_vec(arena, &inst->queues.at[i].events);
    copy_vec(arena, &inst->subscriptions);
    copy_vec(arena, &inst->tasks);
    copy_vec(arena, &inst->marks);
    return inst;
}

bool fibre_is_held(const struct fibre *f)
{
    return (f->wait == FIBRE_CALL || f->wait == FIBRE_UNDOING) && f->call.number != 0 &&
           (f->call.phase == CALL_HELD || f->call.phase == CALL_ASK_HELD);
}

bool fibre_has_call(const struct fibre *f)
{
    return (f->wait == FIBRE_CALL || f->wait == FIBRE_UNDOING) && f->call.number != 0 &&
           (f->call.phase == CALL_SENT || f->call.phase == CALL_ASKING);
}

bool instance_has_children(const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->undo.n; i++) {
        const struct undo_record *record = &inst->undo.at[i];
        if (record_is_child(record) && (record->state == UNDO_ARMED ||
                                        (record->state == UNDO_DONE && record->is_asked)))
            return true;
    }
    return false;
}

bool instance_has_calls(const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (fibre_has_call(&inst->fibres.at[i]))
            return true;
    return false;
}

static const struct fibre *parent_of(const struct instance *inst, const struct fibre *f)
{
    for (uint32_t i = 0; f->kind == FIBRE_PART && i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number == f->parent)
            return &inst->fibres.at[i];
    return NULL;
}

struct text fibre_which(struct arena *arena, const struct ir *ir,
                        const struct instance *inst, const struct fibre *f)
{
    const struct fibre *parent = parent_of(inst, f);
    if (parent == NULL)
        return TEXT("");
    struct text outer = fibre_which(arena, ir, inst, parent);
    const struct ir_op *op = parent->pc < ir->code_n ? &ir->code[parent->pc] : NULL;
    if (op == NULL || op->code != IR_FORK || ir->forks[op->b].kind != IR_FORK_EACH)
        return outer;
    return text_of(arena_printf(arena, TEXT_FMT "[%u]", TEXT_ARG(outer), f->index));
}

struct text instance_state_path(const struct ir *ir, const struct instance *inst)
{
    if (inst->state < ir->states_n)
        return ir_text(ir, ir->states[inst->state].path);
    bool is_done = ir->states_n == 0 && instance_status_is_ended(inst->status);
    return is_done ? TEXT("done") : TEXT("");
}
