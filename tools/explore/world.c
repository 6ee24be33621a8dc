/* What an exploration says of the world: its mocks, the events it allows, what may fail.
 *
 * The world answers as a test's does: calls by the mocks, or with a value made from the
 * type, in the order they were made; retries and the pauses before them pass by
 * themselves. Beyond that it may do, at every point, what the exploration allows:
 *
 *   allow failures   a call may come out otherwise: each declared error, `unavailable`
 *                    for good (until the policy gives up), and, for an effect, in doubt:
 *                    this once (asked, it had happened, or had not), or for good
 *   allow lateness   a limit may run out though who would meet it could: a question is
 *                    open, or the event that is waited for may come
 *   allow EVENT      once on each path, whenever everything is at rest; and between an
 *                    attempt in doubt and the next, where it is heard
 *
 * A flow that is run is not walked (explore it by itself): it is under way until, at
 * rest, it ends as its mock says or with a result made from the type; a failure that it
 * declares, and being cancelled by somebody, are faults. Asked to unwind, it does so at
 * once. One that is started is let go.
 *
 * A failure and a lateness are one fault each. A limit that nobody could meet is none,
 * nor is time that passes (`after`, `every`, `wait 5d`, an escalation), an event, or a
 * person's answer: every answer of every open question may be given, those of dead
 * letters too. */
#include "engine/core/begins.h"
#include "tools/explore/explore_in.h"

/* ---- what does not change while the flow goes on ---- */

static bool reads_nothing(const struct ir *ir, uint32_t block)
{
    for (uint32_t pc = block; ir->code[pc].code != IR_RETURN; pc++) {
        switch ((int)ir->code[pc].code) {
        case IR_LOAD:
        case IR_NOW:
        case IR_PROBLEM:
        case IR_NEW_ID:
            return false;
        case IR_CALL_FUNCTION:
            if (!reads_nothing(ir, ir->functions[ir->code[pc].b].block))
                return false;
        }
    }
    return true;
}

static bool is_constant(const struct world *world, uint32_t function)
{
    return reads_nothing(world->ir, world->ir->functions[function].block);
}

static bool are_constant(const struct world *world, const struct test_fields *fields)
{
    bool constant = true;
    for (uint32_t i = 0; i < fields->n; i++)
        constant = constant && is_constant(world, fields->at[i].value);
    return constant;
}

/* ---- mocks ---- */

/* The parameters that are not said are made from their types. */
static bool error_value(struct world *world, const struct test_answer *said,
                        struct value *out)
{
    struct value made = wire_sample(world->arena, world->ir, said->record);
    struct value *items =
        arena_copy(world->arena, made.items, made.n * sizeof(struct value));
    for (uint32_t i = 0; i < said->fields.n; i++)
        if (!test_value(&world->run, said->fields.at[i].value,
                        &items[said->fields.at[i].position]))
            return false;
    *out = value_record(items, made.n);
    return true;
}

static bool read_answer(struct world *world, const struct test_answer *said,
                        struct world_answer *answer)
{
    *answer = (struct world_answer){.said = said, .is_constant = true};
    if (!said->fails) {
        answer->kind = OUTCOME_VALUE;
        answer->is_constant = said->value == IR_NONE || is_constant(world, said->value);
        return said->value == IR_NONE || !answer->is_constant ||
               test_value(&world->run, said->value, &answer->value);
    }
    answer->kind = test_failure_kind(said);
    answer->name = said->name;
    return said->record == IR_NONE || error_value(world, said, &answer->value);
}

static bool read_mock(struct world *world, const struct test_step *step)
{
    uint32_t which = step->flow.n == 0 ? step->what : kin_mock_of(world, step->flow);
    if (which == IR_NONE)
        return true; /* nobody runs it */
    struct world_mock *mock = &world->mocks[which];
    mock->step = step;
    mock->answers = arena_array(world->arena, struct world_answer, step->answers_n + 1);
    for (uint32_t i = 0; i < step->answers_n; i++)
        if (!read_answer(world, &step->answers[i], &mock->answers[i]))
            return false;
    return true;
}

/* What asking finds when the effect has happened: what the effect would have given. */
static struct value found_of(const struct world *world, const struct ir_operation *op)
{
    const struct ir *ir = world->ir;
    const struct world_mock *own = &world->mocks[op - ir->operations];
    uint32_t gives = ir->operations[op->found_by].gives;
    if (gives != IR_NONE && ir->types[gives].kind == IR_TYPE_OPTIONAL)
        gives = ir->types[gives].of;
    if (gives == IR_NONE)
        return value_none();
    for (uint32_t i = 0; own->step != NULL && i < own->step->answers_n; i++)
        if (gives == op->gives && own->answers[i].kind == OUTCOME_VALUE &&
            own->answers[i].is_constant && own->answers[i].said->value != IR_NONE)
            return own->answers[i].value;
    return wire_sample(world->arena, ir, gives);
}

/* The answers of such a mock change as they are used. */
static bool is_counted(const struct test_step *mock)
{
    return mock != NULL && (mock->answers_n > 1 || mock->answers[0].times > 0);
}

static void settle_mocks(struct world *world)
{
    const struct ir *ir = world->ir;
    for (uint32_t i = 0; i < ir->operations_n + ir->children_n; i++)
        world->counted_of[i] =
            is_counted(world->mocks[i].step) ? world->counted++ : IR_NONE;
    for (uint32_t i = 0; i < ir->operations_n; i++) {
        const struct ir_operation *op = &ir->operations[i];
        struct world_mock *mock = &world->mocks[i];
        if (op->gives != IR_NONE)
            mock->sample = wire_sample(world->arena, ir, op->gives);
        if (op->found_by == IR_NONE)
            continue;
        mock->found = found_of(world, op);
        world->mocks[op->found_by].asks = world->mocks[op->found_by].step == NULL;
    }
}

/* ---- events ---- */

static bool read_event(struct world *world, const struct test_step *step)
{
    struct err err = {0};
    if (world->events_n == WORLD_EVENTS_MAX)
        return test_fails(&world->run, "an exploration has at most %u events",
                          WORLD_EVENTS_MAX);
    struct world_event *event = &world->events[world->events_n++];
    *event = (struct world_event){.step = step,
                                  .is_sent = step->kind == TEST_SEND,
                                  .is_constant = are_constant(world, &step->fields)};
    if (!event->is_constant)
        return true;
    event->body = test_fields_json(&world->run, &step->fields);
    if (event->body == NULL)
        return false;
    if (!advance_check_event(world->arena, world->ir, &world->environment, step->what,
                             event->body, &event->value, &err))
        return test_fails(&world->run, "it cannot be sent: %s", err.what);
    event->hashes_n = subscribe_keys_of(world->arena, world->ir, step->what, event->value,
                                        &event->hashes);
    return true;
}

/* ---- how it begins ---- */

static bool starts_on(const struct ir *ir, uint32_t event)
{
    for (uint32_t i = 0; i < ir->starts_on_n; i++)
        if (ir->matches[ir->starts_on[i].match].event == event)
            return true;
    return false;
}

/* By `start(…)`; without one by the first event that is sent and begins it; without that
 * by itself, when it does so. NULL: not at all. */
static const struct test_step *beginning_of(struct world *world,
                                            const struct compiled_test *exploration)
{
    const struct test_step *by_event = NULL;
    for (uint32_t i = exploration->steps_n; i-- > 0;) {
        const struct test_step *step = &exploration->steps[i];
        if (step->kind == TEST_START)
            return step;
        if (step->kind == TEST_SEND && starts_on(world->ir, step->what))
            by_event = step;
    }
    if (by_event != NULL || world->ir->starts_every_n == 0)
        return by_event;
    struct test_step *by_itself = arena_new_of(world->arena, struct test_step);
    *by_itself = (struct test_step){.kind = TEST_START, .span = exploration->span};
    world->begins_by_itself = true;
    return by_itself;
}

/* Of the order that the event begins. */
static json_t *arguments_by_event(struct world *world, const json_t *body,
                                  struct text *key)
{
    struct err err = {0};
    begin_list its = {0};
    struct text event = ir_text(world->ir, world->ir->events[world->start->what].name);
    if (!begins_of_event(world->arena, world->ir, &world->environment, event, body,
                         PLAY_BEGINS, &its, &err) ||
        its.n == 0) {
        test_fails(&world->run, "it begins nothing%s%s", err.what[0] != '\0' ? ": " : "",
                   err.what);
        return NULL;
    }
    *key = its.at[0].key;
    return json_read(its.at[0].args, &err);
}

json_t *world_arguments(struct world *world, struct text *key)
{
    struct err err = {0};
    scoped_json json_t *said = test_fields_json(&world->run, &world->start->fields);
    if (said == NULL)
        return NULL;
    if (world->start->kind == TEST_SEND)
        return arguments_by_event(world, said, key);
    if (advance_check_start(world->arena, world->ir, &world->environment, said, TEXT(""),
                            key, &err))
        return json_incref(said);
    test_fails(&world->run, "it does not begin: %s", err.what);
    return NULL;
}

/* ---- all of it ---- */

static bool read_step(struct world *world, const struct test_step *step)
{
    world->run.step = step;
    switch (step->kind) {
    case TEST_LET:
        return test_let(&world->run, step);
    case TEST_MOCK:
        return read_mock(world, step);
    case TEST_START:
        return true;
    case TEST_SEND:
    case TEST_ALLOW:
        return step == world->start || read_event(world, step);
    case TEST_ALLOW_FAILURES:
        world->allows_failures = true;
        return true;
    case TEST_ALLOW_LATENESS:
        world->allows_lateness = true;
        return true;
    case TEST_FAULTS:
        world->faults_max = (uint32_t)step->times;
        return true;
    case TEST_EXPECT_AT:
    case TEST_EXPECT_FINAL:
    case TEST_EXPECT_NO_LETTER:
    case TEST_ANSWER: /* the rest is of tests */
    case TEST_ADVANCE:
    case TEST_PAUSES:
    case TEST_CANCEL:
    case TEST_EXPECT_STATE:
    case TEST_EXPECT_CALLED:
    case TEST_EXPECT_UNDONE:
    case TEST_EXPECT_EMITTED:
    case TEST_EXPECT_MARK:
    case TEST_EXPECT_STANDING:
    case TEST_EXPECT:
        return true;
    }
    return false;
}

bool world_open(struct world *world, struct arena *arena,
                const struct explore_request *request)
{
    const struct ir *ir = request->tests->image;
    uint32_t mocks_n = ir->operations_n + ir->children_n + 1;
    *world = (struct world){.arena = arena,
                            .ir = ir,
                            .environment = {.settings = request->settings, .version = 1},
                            .scratch = arena_new("expectations", LIMIT_TURN_BYTES),
                            .mocks = arena_array(arena, struct world_mock, mocks_n),
                            .has_run = arena_array(arena, bool, ir->children_n + 1),
                            .counted_of = arena_array(arena, uint32_t, mocks_n),
                            .faults_max = 1};
    test_open(&world->run, arena, request->tests, request->exploration, request->settings,
              NULL);
    world->start = beginning_of(world, request->exploration);
    for (uint32_t i = 0; i < request->exploration->steps_n; i++)
        if (!read_step(world, &request->exploration->steps[i]))
            return false;
    if (request->faults >= 0)
        world->faults_max = (uint32_t)request->faults;
    settle_mocks(world);
    world->run.step = world->start;
    if (world->start != NULL)
        return true;
    world->run.has_failed = true;
    world->run.diag.severity = DIAG_ERROR;
    world->run.diag.primary.span = request->exploration->span;
    world->run.diag.primary.label = TEXT("it begins nothing: say   start(…)");
    return false;
}

void world_close(struct world *world)
{
    for (uint32_t i = 0; i < world->events_n; i++)
        json_decref(world->events[i].body);
    arena_free(world->scratch);
    test_close(&world->run);
}
