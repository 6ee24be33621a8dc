/* What may happen next. */
#include "engine/core/instance_due.h"
#include "tools/explore/explore_in.h"

void offer_choice(struct offer *o, enum choice_kind kind, bool is_fault, uint32_t what,
                  uint32_t detail)
{
    if (is_fault && o->node->faults >= o->world->faults_max)
        return;
    struct choice choice = {(uint8_t)kind, is_fault, what, detail};
    vec_push(o->arena, &o->all, choice);
}

static void offer_errors(struct offer *o, const struct ir_operation *op, uint32_t fibre,
                         const struct world_answer *usual)
{
    const struct ir *ir = o->world->ir;
    for (uint32_t i = 0; i < op->errors.n; i++) {
        uint32_t use = op->errors.first + i;
        struct text name = ir_text(ir, ir->errors[ir->error_uses[use]].name);
        if (usual == NULL || usual->kind != OUTCOME_REFUSED ||
            !text_is(usual->name, name))
            offer_choice(o, CHOICE_REFUSED, true, fibre, use);
    }
}

static void offer_answers(struct offer *o, const struct fibre *f)
{
    const struct world *world = o->world;
    uint32_t fibre = (uint32_t)(f - o->node->inst->fibres.at);
    uint32_t operation = world_operation_called(world, f);
    const struct ir_operation *op = &world->ir->operations[operation];
    if (node_asks(f) && world->mocks[operation].asks) {
        offer_choice(o, CHOICE_FOUND, false, fibre, 0);
        offer_choice(o, CHOICE_ABSENT, false, fibre, 0);
        return;
    }
    const struct world_answer *usual = world_answer_due(world, o->node, operation);
    offer_choice(o, CHOICE_ANSWER, false, fibre, 0);
    if (node_asks(f) || !world->allows_failures)
        return;
    offer_errors(o, op, fibre, usual);
    if (o->node->persists_n < WORLD_PERSISTS_MAX)
        offer_choice(o, CHOICE_UNAVAILABLE, true, fibre, 0);
    if (op->class_of == IR_CLASS_READ)
        return;
    if (op->found_by != IR_NONE || op->key_kind != IR_KEY_NONE)
        offer_choice(o, CHOICE_DOUBT, true, fibre, 0);
    if (o->node->persists_n < WORLD_PERSISTS_MAX)
        offer_choice(o, CHOICE_DOUBT_ALWAYS, true, fibre, 0);
}

/* Would a test's `answer` go to this task? It goes to the newest that could give it. */
static bool is_newest_for(const struct offer *o, uint32_t task, struct text outcome)
{
    const struct ir *ir = o->world->ir;
    const struct instance *inst = o->node->inst;
    for (uint32_t i = task + 1; i < inst->tasks.n; i++) {
        const struct task *newer = &inst->tasks.at[i];
        if (newer->what == IR_NONE || !text_is(newer->role, inst->tasks.at[task].role))
            continue;
        struct ir_range whens = newer->is_dead_letter
                                    ? ir->dead_letters[newer->what].whens
                                    : ir->questions[newer->what].whens;
        for (uint32_t k = 0; k < whens.n; k++)
            if (text_is(ir_text(ir, ir->whens[whens.first + k].name), outcome))
                return false;
    }
    return true;
}

static void offer_people(struct offer *o)
{
    const struct ir *ir = o->world->ir;
    for (uint32_t i = 0; i < o->node->inst->tasks.n; i++) {
        const struct task *task = &o->node->inst->tasks.at[i];
        if (task->what == IR_NONE)
            continue; /* what operators do to a stuck flow is theirs */
        struct ir_range whens = task->is_dead_letter ? ir->dead_letters[task->what].whens
                                                     : ir->questions[task->what].whens;
        for (uint32_t k = whens.first; k < whens.first + whens.n; k++) {
            struct text name = ir_text(ir, ir->whens[k].name);
            if (!text_is_chars(name, "late") && is_newest_for(o, i, name))
                offer_choice(o, CHOICE_PERSON, false, i, k);
        }
    }
}

/* One that nobody hears and nobody holds may as well come later. False: the exploration
 * itself sends one now. */
static bool offer_events(struct offer *o)
{
    const struct world *world = o->world;
    for (uint32_t i = 0; i < world->events_n; i++)
        if (world->events[i].is_sent && (o->node->sent >> i & 1) == 0) {
            offer_choice(o, CHOICE_EVENT, false, i, 0);
            return false;
        }
    for (uint32_t i = 0; i < world->events_n; i++) {
        const struct world_event *event = &world->events[i];
        bool has_come = (o->node->sent >> i & 1) != 0;
        if (!has_come && (!event->is_constant || world_is_heard(event, o->node->inst) ||
                          world->ir->events[event->step->what].held > 0))
            offer_choice(o, CHOICE_EVENT, false, i, 0);
    }
    return true;
}

/* Is what is due next a limit that runs out? Else it is time that passes. */
static bool is_limit(const struct node *node, const struct instance_due *due)
{
    switch (due->what) {
    case DUE_STATE:
    case DUE_LETTER:
        return true;
    case DUE_WAIT:
        return node->inst->fibres.at[due->which].wait != FIBRE_TIME;
    case DUE_CALL:
    case DUE_TASK:
    case DUE_HANDLER:
        break;
    }
    return false;
}

/* In doubt, its next try is waited for. Later pauses of the same call differ only in how
 * many tries are left (docs/adr/0015). */
static bool is_between_tries(const struct node *node)
{
    for (uint32_t i = 0; i < node->inst->fibres.n; i++) {
        const struct fibre *f = &node->inst->fibres.at[i];
        if (f->wait == FIBRE_CALL && f->call.number != 0 && f->call.record != 0 &&
            (f->call.phase == CALL_PAUSED || f->call.phase == CALL_ASK_PAUSED) &&
            f->call.tries == 1)
            return true;
    }
    return false;
}

/* What is heard then may matter to both, the step and its undoing. */
static bool may_come_between(const struct world *world, const struct node *node,
                             uint32_t i)
{
    const struct world_event *event = &world->events[i];
    return (node->sent >> i & 1) == 0 && !event->is_sent &&
           (!event->is_constant || world_is_heard(event, node->inst));
}

bool world_rests_between(const struct world *world, const struct node *node)
{
    if (!is_between_tries(node))
        return false;
    for (uint32_t i = 0; i < world->events_n; i++)
        if (may_come_between(world, node, i))
            return true;
    return false;
}

static void offer_between(struct offer *o)
{
    offer_choice(o, CHOICE_NEXT_TRY, false, 0, 0);
    for (uint32_t i = 0; i < o->world->events_n; i++)
        if (may_come_between(o->world, o->node, i))
            offer_choice(o, CHOICE_BETWEEN, false, i, 0);
}

static bool waits_for(const struct ir *ir, const struct fibre *f, uint32_t event)
{
    struct ir_range matches = ir->waits[ir->code[f->pc].b].matches;
    for (uint32_t i = 0; i < matches.n; i++)
        if (ir->matches[matches.first + i].event == event)
            return true;
    return false;
}

/* Somebody is asked, a flow that was run may end, or the event that is waited for come.
 */
static bool could_be_met(const struct offer *o, const struct instance_due *due)
{
    const struct instance *inst = o->node->inst;
    if (due->what == DUE_LETTER)
        return true;
    for (uint32_t i = 0; i < o->all.n; i++)
        if (o->all.at[i].kind == CHOICE_CHILD)
            return true;
    for (uint32_t i = 0; i < inst->tasks.n; i++)
        if (!inst->tasks.at[i].is_dead_letter)
            return true;
    if (due->what != DUE_WAIT || inst->fibres.at[due->which].wait != FIBRE_EVENT)
        return false;
    for (uint32_t i = 0; i < o->all.n; i++)
        if (o->all.at[i].kind == CHOICE_EVENT &&
            waits_for(o->world->ir, &inst->fibres.at[due->which],
                      o->world->events[o->all.at[i].what].step->what))
            return true;
    return false;
}

static void offer_time(struct offer *o)
{
    struct instance_due due = instance_due_first(o->node->inst);
    if (o->node->inst->is_paused || due.at == 0)
        return;
    if (!is_limit(o->node, &due))
        offer_choice(o, CHOICE_TIME, false, 0, 0);
    else if (o->all.n == 0 || !could_be_met(o, &due))
        offer_choice(o, CHOICE_LATE, false, 0, 0);
    else if (o->world->allows_lateness)
        offer_choice(o, CHOICE_LATE, true, 0, 0);
}

struct choices world_choices(struct world *world, struct arena *arena,
                             const struct node *node)
{
    struct offer o = {.world = world, .arena = arena, .node = node};
    const struct fibre *f;
    if (node_has_ended(node))
        return o.all;
    if ((f = node_call(node)) != NULL) {
        offer_answers(&o, f);
        return o.all;
    }
    if (world_rests_between(world, node)) {
        offer_between(&o);
        return o.all;
    }
    if (offer_events(&o)) {
        kin_offer(&o);
        offer_people(&o);
        offer_time(&o);
    }
    return o.all;
}
