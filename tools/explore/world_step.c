/* What comes of a choice, and what happens by itself after it. */
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
    return node_call(node) == NULL && !test_is_pausing(node->inst);
}

bool node_asks(const struct fibre *f)
{
    return f->call.phase == CALL_ASKING;
}

/* What is called: of one that is asked after, what it is asked by. */
uint32_t world_operation_called(const struct world *world, const struct fibre *f)
{
    return node_asks(f) ? world->ir->operations[f->call.operation].found_by
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
    uint32_t operation = world_operation_called(world, f);
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
        outcome.kind = node_asks(f) ? OUTCOME_UNAVAILABLE : OUTCOME_IN_DOUBT;
        told.kind = node_asks(f) ? CHOICE_UNAVAILABLE : CHOICE_DOUBT;
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
    case CHOICE_BETWEEN:
    case CHOICE_PERSON:
    case CHOICE_TIME:
    case CHOICE_LATE:
    case CHOICE_NEXT_TRY:
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

bool world_is_heard(const struct world_event *event, const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->subscriptions.n; i++)
        for (uint32_t k = 0; k < event->hashes_n; k++)
            if (inst->subscriptions.at[i].event == event->step->what &&
                inst->subscriptions.at[i].key == event->hashes[k].key &&
                inst->subscriptions.at[i].fields == event->hashes[k].fields)
                return true;
    return false;
}

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
    if (!world_is_heard(event, before))
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
                     uint32_t i, bool is_between)
{
    struct world_event *event = &world->events[i];
    int64_t held = world->ir->events[event->step->what].held;
    if (!make_event(world, arena, node, event))
        return false;
    node->sent |= UINT32_C(1) << i;
    if (world->story != NULL)
        story_sent(world, event, is_between);
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

static bool pass_pause(struct world *world, struct arena *arena, struct node *node)
{
    int64_t before = node->now;
    bool moved = do_time(world, arena, node);
    if (world->story != NULL)
        story_pause(world, node->now - before);
    return moved;
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
    case CHOICE_BETWEEN:
        return do_event(world, arena, node, choice->what, choice->kind == CHOICE_BETWEEN);
    case CHOICE_PERSON:
        return do_person(world, arena, node, choice);
    case CHOICE_TIME:
    case CHOICE_LATE:
        if (!do_time(world, arena, node))
            return false;
        if (world->story != NULL)
            story_time(world, node->now - before, choice->kind == CHOICE_LATE);
        return true;
    case CHOICE_NEXT_TRY:
        return pass_pause(world, arena, node);
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
    return test_is_pausing(node->inst) && !world_rests_between(world, node) &&
           pass_pause(world, arena, node);
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
