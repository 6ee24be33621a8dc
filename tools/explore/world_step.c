/* What may happen next, and what comes of it. */
#include "engine/core/instance_due.h"
#include "tools/explore/explore_in.h"

static void settle(struct world *world, struct arena *arena, struct node *node);

/* ---- looking ---- */

bool node_has_ended(const struct node *node)
{
    return instance_status_is_ended(node->inst->status);
}

bool node_is_parked(const struct node *node)
{
    for (uint32_t i = 0; i < node->inst->fibres.n; i++)
        if (node->inst->fibres.at[i].wait == FIBRE_PARKED)
            return true;
    return false;
}

struct fibre *node_call(const struct node *node)
{
    struct fibre *first = NULL;
    for (uint32_t i = 0; i < node->inst->fibres.n; i++) {
        struct fibre *f = &node->inst->fibres.at[i];
        if (fibre_has_call(f) && (first == NULL || f->call.number < first->call.number))
            first = f;
    }
    return first;
}

bool node_is_at_rest(const struct node *node)
{
    return node_call(node) == NULL;
}

static bool is_asking(const struct fibre *f)
{
    return f->call.phase == CALL_ASKING;
}

/* What is called: of one that is asked after, what it is asked by. */
static uint32_t operation_called(const struct world *world, const struct fibre *f)
{
    return is_asking(f) ? world->ir->operations[f->call.operation].found_by
                        : f->call.operation;
}

static struct persist *persist_of(struct node *node, const struct fibre *f)
{
    for (uint32_t i = 0; i < node->persists_n; i++)
        if (node->persists[i].fibre == f->number)
            return &node->persists[i];
    return NULL;
}

/* ---- mocks ---- */

const struct world_answer *world_answer_due(const struct world *world,
                                            const struct node *node, uint32_t mock)
{
    const struct test_step *step = world->mocks[mock].step;
    uint32_t counted = world->counted_of[mock];
    if (step == NULL)
        return NULL;
    if (counted == IR_NONE)
        return &world->mocks[mock].answers[0];
    int64_t used = node->mocks[counted];
    for (uint32_t i = 0; i < step->answers_n; i++) {
        int64_t times = step->answers[i].times;
        if (times == 0 || used < times)
            return &world->mocks[mock].answers[i];
        used -= times;
    }
    return NULL;
}

void world_answer_used(const struct world *world, struct node *node, uint32_t mock,
                       const struct world_answer *answer)
{
    if (answer != NULL && world->counted_of[mock] != IR_NONE && answer->said->times > 0)
        node->mocks[world->counted_of[mock]]++;
}

/* ---- what may happen ---- */

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
    uint32_t operation = operation_called(world, f);
    const struct ir_operation *op = &world->ir->operations[operation];
    if (is_asking(f) && world->mocks[operation].asks) {
        offer_choice(o, CHOICE_FOUND, false, fibre, 0);
        offer_choice(o, CHOICE_ABSENT, false, fibre, 0);
        return;
    }
    const struct world_answer *usual = world_answer_due(world, o->node, operation);
    offer_choice(o, CHOICE_ANSWER, false, fibre, 0);
    if (is_asking(f) || !world->allows_failures)
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

static bool is_heard(const struct world_event *event, const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->subscriptions.n; i++)
        for (uint32_t k = 0; k < event->hashes_n; k++)
            if (inst->subscriptions.at[i].event == event->step->what &&
                inst->subscriptions.at[i].key == event->hashes[k].key &&
                inst->subscriptions.at[i].fields == event->hashes[k].fields)
                return true;
    return false;
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
        if (!has_come && (!event->is_constant || is_heard(event, o->node->inst) ||
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
    if (offer_events(&o)) {
        kin_offer(&o);
        offer_people(&o);
        offer_time(&o);
    }
    return o.all;
}

/* ---- one transition ---- */

/* A call that was given up, or came out after all, fails no more. */
static void forget_persists(struct node *node)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < node->persists_n; i++) {
        const struct persist *p = &node->persists[i];
        const struct wait_call *c = NULL;
        for (uint32_t k = 0; k < node->inst->fibres.n; k++)
            if (node->inst->fibres.at[k].number == p->fibre)
                c = &node->inst->fibres.at[k].call;
        if (c != NULL && c->number != 0 && c->began_at == p->began_at &&
            (c->tries > p->tries || (c->tries == p->tries && c->attempt == p->attempt)))
            node->persists[n++] = *p;
    }
    node->persists_n = n;
}

bool world_go(struct world *world, struct arena *arena, struct node *node,
              struct stimulus stimulus)
{
    stimulus.now = node->now;
    stimulus.is_unread = true;
    struct decision *decision =
        advance_own(arena, world->ir, node->inst, &world->environment, &stimulus);
    bool moved = !decision->is_nothing && decision->refused == ERR_OK;
    kin_note(world, arena, node, decision);
    decision_done(decision);
    world->steps++;
    forget_persists(node);
    return moved;
}

/* ---- calls ---- */

bool world_answer_value(struct world *world, struct arena *arena, const struct node *node,
                        const struct world_answer *answer, struct value *out)
{
    struct test_run *run = &world->run;
    if (answer->is_constant) {
        *out = answer->value;
        return true;
    }
    struct instance *of_play = run->play->inst;
    run->arena = arena;
    run->step = world->start;
    run->play->inst = node->inst;
    run->play->now = node->now;
    bool has_value = test_value(run, answer->said->value, out);
    run->play->inst = of_play;
    run->arena = world->arena;
    run->has_failed = false;
    return has_value;
}

static void usual_answer(struct world *world, struct arena *arena, struct node *node,
                         uint32_t operation, struct outcome *outcome, struct value *value,
                         struct story_answer *told)
{
    const struct world_answer *answer = world_answer_due(world, node, operation);
    world_answer_used(world, node, operation, answer);
    told->mock = answer;
    outcome->kind = OUTCOME_VALUE;
    *value = world->mocks[operation].sample;
    if (answer == NULL ||
        (answer->kind == OUTCOME_VALUE && answer->said->value == IR_NONE))
        return;
    outcome->kind = answer->kind;
    outcome->name = answer->name;
    if (!world_answer_value(world, arena, node, answer, value))
        outcome->kind = OUTCOME_BROKEN;
}

static bool is_late(const struct world_answer *answer)
{
    return answer != NULL && answer->said->fails && answer->said->record == IR_NONE &&
           text_is_chars(answer->said->name, "late");
}

/* No answer comes before the call's limit has run out. False: it is over then. */
static bool outlives_limit(struct world *world, struct arena *arena, struct node *node,
                           const struct fibre *f)
{
    uint32_t call = f->call.number;
    if (f->call.limit_at <= node->now)
        return true;
    node->now = f->call.limit_at;
    (void)world_go(world, arena, node, (struct stimulus){.kind = STIMULUS_TIMER});
    for (uint32_t i = 0; i < node->inst->fibres.n; i++)
        if (node->inst->fibres.at[i].call.number == call &&
            fibre_has_call(&node->inst->fibres.at[i]))
            return true;
    return false;
}

static void answer(struct world *world, struct arena *arena, struct node *node,
                   const struct fibre *f, enum choice_kind kind, uint32_t detail)
{
    const struct ir *ir = world->ir;
    uint32_t operation = operation_called(world, f);
    struct outcome outcome = {.name = TEXT(""), .message = TEXT("")};
    struct value value = {.kind = VALUE_UNSET};
    struct story_answer told = {.operation = operation, .kind = kind, .error = detail};
    switch (kind) {
    case CHOICE_ANSWER:
        usual_answer(world, arena, node, operation, &outcome, &value, &told);
        break;
    case CHOICE_REFUSED:
        outcome.kind = OUTCOME_REFUSED;
        outcome.name = ir_text(ir, ir->errors[ir->error_uses[detail]].name);
        value = wire_sample(arena, ir, ir->errors[ir->error_uses[detail]].record);
        break;
    case CHOICE_UNAVAILABLE:
        outcome.kind = OUTCOME_UNAVAILABLE;
        break;
    case CHOICE_DOUBT:
        outcome.kind = OUTCOME_IN_DOUBT;
        break;
    case CHOICE_DOUBT_ALWAYS:
        outcome.kind = is_asking(f) ? OUTCOME_UNAVAILABLE : OUTCOME_IN_DOUBT;
        told.kind = is_asking(f) ? CHOICE_UNAVAILABLE : CHOICE_DOUBT;
        break;
    case CHOICE_FOUND:
        value = world->mocks[f->call.operation].found;
        break;
    case CHOICE_ABSENT:
        value = value_none();
        break;
    case CHOICE_CHILD:
    case CHOICE_CHILD_FAILS:
    case CHOICE_EVENT:
    case CHOICE_PERSON:
    case CHOICE_TIME:
    case CHOICE_LATE:
        break;
    }
    if (value.kind != VALUE_UNSET)
        outcome.made = &value;
    told.value = value;
    uint32_t call = f->call.number;
    if (world->story != NULL)
        story_answered(world, operation, &told);
    if (is_late(told.mock) && !outlives_limit(world, arena, node, f))
        return;
    must(world_go(
        world, arena, node,
        (struct stimulus){.kind = STIMULUS_OUTCOME, .call = call, .outcome = outcome}));
}

static void begin_to_persist(struct node *node, const struct fibre *f,
                             enum choice_kind kind)
{
    node->persists[node->persists_n++] = (struct persist){.fibre = f->number,
                                                          .attempt = f->call.attempt,
                                                          .tries = f->call.tries,
                                                          .began_at = f->call.began_at,
                                                          .kind = kind};
}

static void do_answer(struct world *world, struct arena *arena, struct node *node,
                      const struct choice *choice)
{
    const struct fibre *f = &node->inst->fibres.at[choice->what];
    if (choice->kind == CHOICE_UNAVAILABLE || choice->kind == CHOICE_DOUBT_ALWAYS)
        begin_to_persist(node, f, (enum choice_kind)choice->kind);
    answer(world, arena, node, f, (enum choice_kind)choice->kind, choice->detail);
}

/* ---- events ---- */

/* One whose fields depend on how the flow stands is made now. */
static bool make_event(struct world *world, struct arena *arena, const struct node *node,
                       struct world_event *event)
{
    struct test_run *run = &world->run;
    struct err err = {0};
    if (event->is_constant)
        return true;
    struct instance *of_play = run->play->inst;
    run->step = event->step;
    run->arena = arena;
    run->play->inst = node->inst;
    run->play->now = node->now;
    json_decref(event->body);
    event->body = test_fields_json(run, &event->step->fields);
    run->play->inst = of_play;
    run->arena = world->arena;
    run->has_failed = false;
    if (event->body == NULL ||
        !advance_check_event(arena, world->ir, &world->environment, event->step->what,
                             event->body, &event->value, &err))
        return false;
    event->hashes_n = subscribe_keys_of(arena, world->ir, event->step->what, event->value,
                                        &event->hashes);
    return true;
}

/* One that a `where` refuses leaves no trace. */
static bool hear(struct world *world, struct arena *arena, struct node *node,
                 struct world_event *event)
{
    struct text name = ir_text(world->ir, world->ir->events[event->step->what].name);
    struct instance *before = node->inst;
    if (!is_heard(event, before))
        return false;
    node->inst = instance_share(arena, world->ir, before);
    if (world_go(world, arena, node,
                 (struct stimulus){
                     .kind = STIMULUS_EVENT, .event = name, .made = &event->value}))
        return true;
    node->inst = before;
    return false;
}

static bool do_event(struct world *world, struct arena *arena, struct node *node,
                     uint32_t i)
{
    struct world_event *event = &world->events[i];
    int64_t held = world->ir->events[event->step->what].held;
    if (!make_event(world, arena, node, event))
        return false;
    node->sent |= UINT32_C(1) << i;
    if (world->story != NULL)
        story_sent(world, event);
    if (hear(world, arena, node, event))
        return true;
    if (held > 0 && event->is_constant)
        node->held_until[i] = node->now + held;
    return event->is_sent || node->held_until[i] != 0;
}

/* What is held is offered again whenever the instance has moved. */
static bool hear_held(struct world *world, struct arena *arena, struct node *node)
{
    for (uint32_t i = 0; i < world->events_n; i++) {
        if (node->held_until[i] == 0)
            continue;
        bool is_taken = hear(world, arena, node, &world->events[i]);
        if (is_taken || node->now >= node->held_until[i])
            node->held_until[i] = 0;
        if (is_taken)
            return true;
    }
    return false;
}

/* ---- people ---- */

static bool do_person(struct world *world, struct arena *arena, struct node *node,
                      const struct choice *choice)
{
    const struct task task = node->inst->tasks.at[choice->what];
    const struct ir_when *when = &world->ir->whens[choice->detail];
    struct text outcome = ir_text(world->ir, when->name);
    struct value form = {.kind = VALUE_UNSET};
    scoped_json json_t *data = NULL;
    if (when->form != IR_NONE) {
        form = wire_sample(arena, world->ir, when->form);
        data = wire_write(world->ir, when->form, form, WIRE_WHOLE);
    }
    struct text rest = task.role, role = text_trim(text_split(&rest, ','));
    if (!world_go(world, arena, node,
                  (struct stimulus){.kind = STIMULUS_ANSWER,
                                    .task = task.number,
                                    .verb = outcome,
                                    .actor = role,
                                    .reason = TEXT(""),
                                    .data = data}))
        return false;
    if (world->story != NULL)
        story_decided(world, role, outcome, when->form, form);
    return true;
}

/* ---- time ---- */

static bool do_time(struct world *world, struct arena *arena, struct node *node)
{
    int64_t wake = instance_wake_at(node->inst);
    if (wake == 0)
        return false;
    if (wake > node->now)
        node->now = wake;
    return world_go(world, arena, node, (struct stimulus){.kind = STIMULUS_TIMER});
}

/* ---- a choice, and what follows by itself ---- */

static bool apply(struct world *world, struct arena *arena, struct node *node,
                  const struct choice *choice)
{
    int64_t before = node->now;
    switch ((enum choice_kind)choice->kind) {
    case CHOICE_ANSWER:
    case CHOICE_REFUSED:
    case CHOICE_UNAVAILABLE:
    case CHOICE_DOUBT:
    case CHOICE_DOUBT_ALWAYS:
    case CHOICE_FOUND:
    case CHOICE_ABSENT:
        do_answer(world, arena, node, choice);
        return true;
    case CHOICE_CHILD:
    case CHOICE_CHILD_FAILS:
        kin_end(world, arena, node, choice);
        return true;
    case CHOICE_EVENT:
        return do_event(world, arena, node, choice->what);
    case CHOICE_PERSON:
        return do_person(world, arena, node, choice);
    case CHOICE_TIME:
    case CHOICE_LATE:
        if (!do_time(world, arena, node))
            return false;
        if (world->story != NULL)
            story_time(world, node->now - before, choice->kind == CHOICE_LATE);
        return true;
    }
    return false;
}

/* As a test goes on: calls that are known to fail, events that are held, pauses. */
static bool happens_by_itself(struct world *world, struct arena *arena, struct node *node)
{
    const struct fibre *f = node_call(node);
    if (kin_unwound(world, arena, node))
        return true;
    if (f != NULL) {
        struct persist *persist = persist_of(node, f);
        if (persist == NULL)
            return false;
        persist->attempt = f->call.attempt;
        persist->tries = f->call.tries;
        answer(world, arena, node, f, persist->kind, 0);
        return true;
    }
    if (hear_held(world, arena, node))
        return true;
    return test_is_pausing(node->inst) && do_time(world, arena, node);
}

static void settle(struct world *world, struct arena *arena, struct node *node)
{
    for (uint32_t i = 0; !node_has_ended(node); i++) {
        if (!happens_by_itself(world, arena, node))
            return;
        if (i >= WORLD_ROUNDS_MAX) {
            world->is_restless = true;
            return;
        }
    }
}

bool world_last_resort(const struct node *node, struct choice *choice)
{
    *choice = (struct choice){.kind = CHOICE_LATE};
    return node_is_at_rest(node) && instance_wake_at(node->inst) != 0;
}

bool world_do(struct world *world, struct arena *arena, const struct node *from,
              const struct choice *choice, struct node *to)
{
    *to = *from;
    to->inst = instance_share(arena, world->ir, from->inst);
    to->faults += choice->is_fault;
    if (world->counted > 0)
        to->mocks = arena_copy(arena, from->mocks, world->counted * sizeof *from->mocks);
    world->is_restless = false;
    if (!apply(world, arena, to, choice))
        return false;
    settle(world, arena, to);
    return true;
}

bool world_start(struct world *world, struct arena *arena, struct node *node)
{
    struct text key;
    const struct ir *ir = world->ir;
    world->run.step = world->start;
    scoped_json json_t *args = world_arguments(world, &key);
    if (args == NULL)
        return false;
    *node = (struct node){.inst = instance_new(arena, ir, world->run.play->inst->id),
                          .now = PLAY_BEGINS,
                          .mocks = arena_array(arena, uint32_t, world->counted + 1)};
    node->inst->key = key;
    if (!world_go(world, arena, node,
                  (struct stimulus){.kind = STIMULUS_START, .data = args}))
        return test_fails(&world->run, "it does not begin");
    settle(world, arena, node);
    return true;
}
