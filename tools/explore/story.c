/* How one path went, for people; and as a test that goes the same way. */
#include <stdarg.h>
#include <stdio.h>

#include "engine/base/when.h"
#include "tools/explore/explore_in.h"

void story_init(struct story *story, struct arena *arena, bool keeps_pauses)
{
    *story = (struct story){.arena = arena, .keeps_pauses = keeps_pauses};
    buf_init(&story->lines, arena);
    buf_init(&story->items, arena);
}

/* ---- as it happens ---- */

static void line(struct story *story, const char *format, ...) PRINTF_LIKE(2, 3);
static void line(struct story *story, const char *format, ...)
{
    char said[400];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    if (text_is_chars(story->latest, said))
        return; /* again and again, until it is given up */
    story->latest = text_dup(story->arena, text_of(said));
    buf_printf(&story->lines, "%s\n", said);
}

static const char *how(const struct world *world, const struct story_answer *answer)
{
    const struct ir *ir = world->ir;
    switch (answer->kind) {
    case CHOICE_ANSWER:
        return answer->mock == NULL || answer->mock->kind == OUTCOME_VALUE
                   ? "answers"
                   : arena_printf(world->arena, "fails: " TEXT_FMT,
                                  TEXT_ARG(answer->mock->said->name));
    case CHOICE_REFUSED:
        return arena_printf(
            world->arena, "fails: " TEXT_FMT,
            TEXT_ARG(ir_text(ir, ir->errors[ir->error_uses[answer->error]].name)));
    case CHOICE_UNAVAILABLE:
        return "is unavailable, and stays so";
    case CHOICE_DOUBT:
    case CHOICE_DOUBT_ALWAYS:
        return "is in doubt: the answer is lost";
    case CHOICE_FOUND:
        return "says that it had happened";
    case CHOICE_ABSENT:
        return "says that it had not happened";
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
    return "";
}

void story_answered(struct world *world, uint32_t operation,
                    const struct story_answer *answer)
{
    vec_push(world->story->arena, &world->story->answers, *answer);
    line(world->story, TEXT_FMT " %s",
         TEXT_ARG(test_operation_name(world->arena, world->ir, operation)),
         how(world, answer));
}

/* `allow E(…)` and `send E(…)` alike. */
static struct text construct_of(const struct world_event *event)
{
    struct text said = span_text(event->step->span);
    text_split(&said, ' ');
    return text_trim(said);
}

void story_sent(struct world *world, const struct world_event *event, bool is_between)
{
    struct story *story = world->story;
    buf_printf(&story->items, "    send " TEXT_FMT "\n", TEXT_ARG(construct_of(event)));
    line(story, TEXT_FMT " comes%s",
         TEXT_ARG(ir_text(world->ir, world->ir->events[event->step->what].name)),
         is_between ? ", before it is tried again" : "");
}

void story_decided(struct world *world, struct text role, struct text outcome,
                   uint32_t form, struct value data)
{
    struct story *story = world->story;
    buf_printf(&story->items, "    answer " TEXT_FMT " with " TEXT_FMT, TEXT_ARG(role),
               TEXT_ARG(outcome));
    if (form != IR_NONE) {
        buf_char(&story->items, '(');
        literal_fields(&story->items, world->ir, world->ir->types[form].parts, data);
        buf_char(&story->items, ')');
    }
    buf_char(&story->items, '\n');
    line(story, TEXT_FMT " answers " TEXT_FMT, TEXT_ARG(role), TEXT_ARG(outcome));
}

static struct text said_advance(struct story *story, int64_t by,
                                char by_text[WHEN_TEXT_BYTES])
{
    int64_t whole = (by + 999) / 1000 * 1000; /* the language counts milliseconds */
    struct text said = when_duration_print_short(whole, by_text);
    buf_printf(&story->items, "    advance " TEXT_FMT "\n", TEXT_ARG(said));
    return said;
}

void story_pause(struct world *world, int64_t by)
{
    char by_text[WHEN_TEXT_BYTES];
    if (world->story->keeps_pauses)
        (void)said_advance(world->story, by, by_text);
}

void story_time(struct world *world, int64_t by, bool is_late)
{
    char by_text[WHEN_TEXT_BYTES];
    struct story *story = world->story;
    struct text said = said_advance(story, by, by_text);
    story->latest = TEXT("");
    line(story, TEXT_FMT " pass%s", TEXT_ARG(said),
         is_late ? ", and a limit runs out" : "");
}

void story_state(struct world *world, const struct node *node)
{
    const struct instance *inst = node->inst;
    struct text state = inst->state != IR_NONE
                            ? ir_text(world->ir, world->ir->states[inst->state].path)
                            : TEXT("no state");
    if (instance_status_is_ended(inst->status) && inst->status != STATUS_COMPLETED)
        line(world->story, "it is %s", instance_status_name(inst->status));
    else
        line(world->story, "it is in " TEXT_FMT "%s", TEXT_ARG(state),
             inst->status == STATUS_PARKED ? ", with a step in a dead letter" : "");
}

/* ---- mocks ---- */

struct run { /* the same answer several times */
    struct text said;
    int64_t times; /* 0: from then on */
};

struct sequence {
    struct arena *arena;
    VEC(struct run) runs;
};

static void add_run(struct sequence *s, struct text said, int64_t times)
{
    if (s->runs.n > 0 && vec_last(&s->runs).times > 0 &&
        text_is(vec_last(&s->runs).said, said)) {
        vec_last(&s->runs).times = times > 0 ? vec_last(&s->runs).times + times : 0;
        return;
    }
    struct run run = {said, times};
    vec_push(s->arena, &s->runs, run);
}

static struct text words_of_mock(const struct world *world,
                                 const struct test_answer *answer)
{
    struct buf out;
    const struct ir *ir = world->ir;
    if (!answer->fails && answer->value == IR_NONE)
        return TEXT("succeeds");
    buf_init(&out, world->arena);
    if (!answer->fails) {
        buf_printf(&out, "gives " TEXT_FMT,
                   TEXT_ARG(ir_text(ir, ir->functions[answer->value].name)));
        return buf_done(&out);
    }
    buf_printf(&out, "fails " TEXT_FMT, TEXT_ARG(answer->name));
    for (uint32_t i = 0; i < answer->fields.n; i++)
        buf_printf(&out, "%s" TEXT_FMT ": " TEXT_FMT, i == 0 ? "(" : ", ",
                   TEXT_ARG(answer->fields.at[i].name),
                   TEXT_ARG(ir_text(ir, ir->functions[answer->fields.at[i].value].name)));
    if (answer->fields.n > 0)
        buf_char(&out, ')');
    return buf_done(&out);
}

static struct text words_of(const struct world *world, const struct story_answer *answer)
{
    struct buf out;
    const struct ir *ir = world->ir;
    buf_init(&out, world->arena);
    switch (answer->kind) {
    case CHOICE_ANSWER:
        if (answer->mock != NULL)
            return words_of_mock(world, answer->mock->said);
        return TEXT("succeeds");
    case CHOICE_REFUSED:
        buf_printf(&out, "fails " TEXT_FMT,
                   TEXT_ARG(ir_text(ir, ir->errors[ir->error_uses[answer->error]].name)));
        return buf_done(&out);
    case CHOICE_UNAVAILABLE:
        return TEXT("fails unavailable");
    case CHOICE_DOUBT:
    case CHOICE_DOUBT_ALWAYS:
        return TEXT("fails in_doubt");
    case CHOICE_FOUND:
        buf_chars(&out, "gives ");
        literal_write(&out, ir, ir->operations[answer->operation].gives, answer->value);
        return buf_done(&out);
    case CHOICE_ABSENT:
        return TEXT("gives none");
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
    return TEXT("");
}

void story_child(struct world *world, uint32_t child, const struct world_answer *answer,
                 struct text error)
{
    struct story *story = world->story;
    struct text flow = ir_text(world->ir, world->ir->children[child].flow);
    struct text said =
        error.n > 0
            ? text_of(arena_printf(story->arena, "fails " TEXT_FMT, TEXT_ARG(error)))
        : answer != NULL ? words_of_mock(world, answer->said)
                         : TEXT("succeeds");
    buf_printf(&story->items, "    mock " TEXT_FMT " " TEXT_FMT " 1 times then waits\n",
               TEXT_ARG(flow), TEXT_ARG(said));
    line(story, "the flow " TEXT_FMT " ends: " TEXT_FMT, TEXT_ARG(flow), TEXT_ARG(said));
}

/* What the exploration's mock would have gone on with. */
static void add_rest(struct sequence *s, const struct world *world,
                     const struct node *node, uint32_t operation)
{
    const struct test_step *mock = world->mocks[operation].step;
    uint32_t counted = world->counted_of[operation];
    int64_t used = counted != IR_NONE ? node->mocks[counted] : 0;
    for (uint32_t i = 0; mock != NULL && i < mock->answers_n; i++) {
        int64_t times = mock->answers[i].times;
        int64_t left = times == 0 ? 0 : times > used ? times - used : -1;
        used = used > times ? used - times : 0;
        if (left >= 0)
            add_run(s, words_of_mock(world, &mock->answers[i]), left);
    }
    while (mock == NULL && s->runs.n > 0 &&
           text_is_chars(vec_last(&s->runs).said, "succeeds"))
        s->runs.n--; /* it would anyway */
}

static void write_mock(struct buf *out, const struct world *world,
                       const struct node *node, uint32_t operation)
{
    const struct story *story = world->story;
    struct sequence s = {.arena = world->arena};
    for (uint32_t i = 0; i < story->answers.n; i++)
        if (story->answers.at[i].operation == operation)
            add_run(&s, words_of(world, &story->answers.at[i]), 1);
    add_rest(&s, world, node, operation);
    if (s.runs.n == 0)
        return;
    buf_printf(out, "    mock " TEXT_FMT,
               TEXT_ARG(test_operation_name(world->arena, world->ir, operation)));
    for (uint32_t i = 0; i < s.runs.n; i++) {
        buf_printf(out, "%s" TEXT_FMT, i == 0 ? " " : " then ",
                   TEXT_ARG(s.runs.at[i].said));
        if (s.runs.at[i].times > 0)
            buf_printf(out, " %lld times", (long long)s.runs.at[i].times);
    }
    buf_char(out, '\n');
}

/* ---- the test ---- */

static void write_state(struct buf *out, const struct world *world, uint32_t state)
{
    buf_printf(out, "    expect state " TEXT_FMT "\n",
               TEXT_ARG(state == IR_NONE
                            ? TEXT("failed")
                            : ir_text(world->ir, world->ir->states[state].path)));
}

static void write_expectation(struct buf *out, const struct world *world,
                              const struct broken *broken)
{
    const struct test_step *step = broken->step;
    if (broken->kind != BROKEN_EXPECT || step->kind == TEST_EXPECT_NO_LETTER) {
        buf_chars(out, "    expect mark ended\n");
        return;
    }
    if (step->kind == TEST_EXPECT_FINAL) {
        if (step->finals_n > 1)
            buf_chars(out, "    # or another that the exploration names\n");
        write_state(out, world, step->finals[0]);
        return;
    }
    write_state(out, world, step->what);
    if (step->value == IR_NONE)
        buf_chars(out, "    expect nothing standing\n");
    else
        buf_printf(out, "    expect " TEXT_FMT "\n",
                   TEXT_ARG(ir_text(world->ir, world->ir->functions[step->value].name)));
}

/* The flows that it runs end when the path says so; those that it lets go do nothing. */
static void write_waits(struct buf *out, const struct world *world)
{
    const struct ir *ir = world->ir;
    for (uint32_t i = 0; i < ir->children_n; i++)
        if (kin_mock(world, i) == ir->operations_n + i)
            buf_printf(out, "    mock " TEXT_FMT " waits\n",
                       TEXT_ARG(ir_text(ir, ir->children[i].flow)));
}

struct text story_as_test(struct world *world, const struct broken *broken,
                          const struct node *node)
{
    struct buf out;
    const struct compiled_test *test = world->run.test;
    buf_init(&out, world->arena);
    buf_chars(&out, "test ");
    literal_write(&out, world->ir, IR_NONE,
                  value_text(text_of(arena_printf(
                      world->arena, TEXT_FMT ": counterexample", TEXT_ARG(test->name)))));
    buf_printf(&out, " for " TEXT_FMT " {\n",
               TEXT_ARG(ir_text(world->ir, world->ir->flow.name)));
    for (uint32_t i = 0; i < test->steps_n; i++)
        if (test->steps[i].kind == TEST_LET)
            buf_printf(&out, "    " TEXT_FMT "\n",
                       TEXT_ARG(span_text(test->steps[i].span)));
    for (uint32_t i = 0; i < world->ir->operations_n; i++)
        write_mock(&out, world, node, i);
    write_waits(&out, world);
    if (world->story->keeps_pauses)
        buf_chars(&out, "    pauses\n");
    buf_printf(&out, "    " TEXT_FMT "\n",
               TEXT_ARG(world->begins_by_itself ? TEXT("start()")
                                                : span_text(world->start->span)));
    buf_text(&out, buf_done(&world->story->items));
    write_expectation(&out, world, broken);
    buf_chars(&out, "}\n");
    return buf_done(&out);
}
