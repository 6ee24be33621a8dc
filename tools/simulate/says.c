/* What can be said in a simulation: the steps of a test, and the words of says.def. */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/base/when.h"
#include "engine/core/view.h"
#include "tools/explore/literal.h"
#include "tools/simulate/simulate_in.h"
#include "tools/test_begins.h"

#define SAY(word, function, usage, sentence)                                             \
    static void function(struct session *session, struct text rest);
#include "tools/simulate/says.def"
#undef SAY

static const struct say {
    const char *word;
    void (*function)(struct session *session, struct text rest);
    const char *usage;
    const char *sentence;
} says[] = {
#define SAY(word, function, usage, sentence) {word, function, usage, sentence},
#include "tools/simulate/says.def"
#undef SAY
};

enum { SAYS_N = sizeof says / sizeof *says };

/* Steps of a test that are typed as they are. */
static const char *const steps[] = {"let",     "mock",   "send",  "answer",
                                    "advance", "cancel", "expect"};

enum { STEPS_N = sizeof steps / sizeof *steps };

static struct text first_word(struct text *rest)
{
    size_t n = 0;
    while (n < rest->n &&
           ((rest->chars[n] >= 'a' && rest->chars[n] <= 'z') || rest->chars[n] == '_'))
        n++;
    struct text word = text_cut(*rest, 0, n);
    *rest = text_trim(text_cut(*rest, n, rest->n));
    return word;
}

static struct text step_of(struct session *session, const char *format, ...)
    PRINTF_LIKE(2, 3);
static struct text step_of(struct session *session, const char *format, ...)
{
    char said[2 * LIMIT_PROMPT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    return text_of(arena_printf(session->arena, "    %s\n", said));
}

static bool is_step(struct text word)
{
    for (uint32_t i = 0; i < STEPS_N; i++)
        if (text_is_chars(word, steps[i]))
            return true;
    return false;
}

void say_line(struct session *session, struct text line)
{
    line = text_trim(line);
    struct text rest = line, word = first_word(&rest);
    if (line.n == 0 || line.chars[0] == '#')
        return;
    for (uint32_t i = 0; i < SAYS_N; i++)
        if (text_is_chars(word, says[i].word)) {
            says[i].function(session, rest);
            return;
        }
    if (!is_step(word))
        printf("  `" TEXT_FMT "` is nothing that can be said: `help` tells what can\n",
               TEXT_ARG(word.n > 0 ? word : line));
    else if (session_do(session, step_of(session, TEXT_FMT, TEXT_ARG(line))))
        say_status(session);
}

/* ---- what moves it ---- */

/* Arguments made from the types, written as the language would. */
static struct text made_arguments(struct session *session)
{
    struct buf out;
    const struct ir *ir = session->run.ir;
    const struct ir_type *params = &ir->types[ir->flow.params];
    buf_init(&out, session->arena);
    buf_char(&out, '(');
    literal_fields(&out, ir, params->parts,
                   wire_sample(session->arena, ir, ir->flow.params));
    buf_char(&out, ')');
    return buf_done(&out);
}

static void say_start(struct session *session, struct text rest)
{
    struct text args = rest.n > 0 ? rest : made_arguments(session);
    if (session_do(session, step_of(session, "start" TEXT_FMT, TEXT_ARG(args))))
        say_status(session);
}

/* let, mock and start of a test, as they were written. */
static struct text beginning_of(struct session *session, const struct compiled_test *test)
{
    struct buf out;
    buf_init(&out, session->arena);
    for (uint32_t i = 0; i < test->steps_n; i++) {
        const struct test_step *step = &test->steps[i];
        if (step->kind == TEST_LET || step->kind == TEST_MOCK || step->kind == TEST_START)
            buf_printf(&out, "    " TEXT_FMT "\n", TEXT_ARG(span_text(step->span)));
        if (step->kind == TEST_START)
            break;
    }
    return buf_done(&out);
}

static void say_like(struct session *session, struct text rest)
{
    const struct compiled_tests *tests = session->tests;
    const struct compiled_test *like = NULL;
    for (uint32_t i = 0; i < tests->explorations_n; i++)
        if (text_has(tests->explorations[i].name, rest))
            like = &tests->explorations[i];
    for (uint32_t i = tests->tests_n - 1; i-- > 0;) /* the last is the session */
        if (text_has(tests->tests[i].name, rest))
            like = &tests->tests[i];
    if (like == NULL)
        printf("  no test or exploration of " TEXT_FMT " has that in its name\n",
               TEXT_ARG(session->flow));
    else if (session_do(session, beginning_of(session, like)))
        say_status(session);
}

static void say_fail(struct session *session, struct text rest)
{
    struct text operation = text_split(&rest, ' '), error = text_trim(rest);
    if (operation.n == 0) {
        printf("  what is to fail? say   fail erp.create_order unavailable\n");
        return;
    }
    if (error.n == 0)
        error = TEXT("unavailable");
    if (session_do(session,
                   step_of(session, "mock " TEXT_FMT " fails " TEXT_FMT " 1 times",
                           TEXT_ARG(operation), TEXT_ARG(error))))
        printf("  the next call of " TEXT_FMT " fails\n", TEXT_ARG(operation));
}

static void say_next(struct session *session, struct text rest)
{
    char by[WHEN_TEXT_BYTES];
    int64_t wake = session_has_begun(session) ? instance_wake_at(session->run.play->inst)
                                              : test_begins_at(&session->run);
    (void)rest;
    if (wake == 0) {
        printf("  nothing waits for time\n");
        return;
    }
    int64_t wait = wake > session->run.play->now ? wake - session->run.play->now : 0;
    struct text said = when_duration_print_short((wait + 999) / 1000 * 1000, by);
    if (session_do(session, step_of(session, "advance " TEXT_FMT, TEXT_ARG(said))))
        say_status(session);
}

static void say_back(struct session *session, struct text rest)
{
    (void)rest;
    struct text latest =
        session->lines.n > 0 ? text_trim(vec_last(&session->lines).steps) : TEXT("");
    if (!session_back(session)) {
        printf("  nothing has been done yet\n");
        return;
    }
    printf("  taken back: " TEXT_FMT "\n", TEXT_ARG(latest));
    say_status(session);
}

/* ---- what shows it ---- */

static bool has_begun(struct session *session)
{
    if (session_has_begun(session))
        return true;
    printf("  it has not begun: say   start(…)   or   like TEST\n");
    return false;
}

void say_status(struct session *session)
{
    char at[WHEN_TEXT_BYTES];
    const struct instance *inst = session->run.play->inst;
    if (!session_has_begun(session)) {
        printf("  it has not begun\n");
        return;
    }
    struct text state =
        inst->state != IR_NONE
            ? ir_text(session->run.ir, session->run.ir->states[inst->state].path)
            : TEXT("no state");
    struct text now = when_instant_print(session->run.play->now, at);
    printf("= " TEXT_FMT ", %s (" TEXT_FMT ")\n", TEXT_ARG(state),
           instance_status_name(inst->status), TEXT_ARG(text_cut(now, 0, 16)));
}

static struct text json_line(struct session *session, const json_t *json)
{
    if (json_is_string(json))
        return json_text_of(json);
    return json_write(session->played, json);
}

static void say_show(struct session *session, struct text rest)
{
    const char *name;
    json_t *value;
    (void)rest;
    if (!has_begun(session))
        return;
    scoped_json json_t *shown =
        view_show(session->played, session->run.ir, session->run.play->inst,
                  &session->run.play->environment, WIRE_SHOW_PRIVATE);
    say_status(session);
    json_object_foreach(json_object_get(shown, "vars"), name, value)
        printf("  %s: " TEXT_FMT "\n", name, TEXT_ARG(json_line(session, value)));
    if (!json_is_null(json_object_get(shown, "result")))
        printf("  it gives " TEXT_FMT "\n",
               TEXT_ARG(json_line(session, json_object_get(shown, "result"))));
}

static void say_waits(struct session *session, struct text rest)
{
    size_t i;
    json_t *one;
    (void)rest;
    if (!has_begun(session))
        return;
    scoped_json json_t *shown =
        view_show(session->played, session->run.ir, session->run.play->inst,
                  &session->run.play->environment, WIRE_SHOW_PRIVATE);
    json_t *waiting = json_object_get(shown, "waiting");
    json_array_foreach(waiting, i, one)
    {
        struct text until = json_text_of(json_object_get(one, "until"));
        printf("  %s " TEXT_FMT "%s" TEXT_FMT "\n",
               json_string_value(json_object_get(one, "kind")),
               TEXT_ARG(json_text_of(json_object_get(one, "what"))),
               until.n > 0 ? ", until " : "", TEXT_ARG(text_cut(until, 0, 16)));
    }
    if (json_array_size(waiting) == 0)
        printf("  it waits for nothing\n");
}

static void say_ladder(struct session *session, struct text rest)
{
    size_t i;
    json_t *one;
    (void)rest;
    if (!has_begun(session))
        return;
    scoped_json json_t *ladder = view_ladder(session->played, session->run.ir,
                                             session->run.play->inst, WIRE_SHOW_PRIVATE);
    json_array_foreach(ladder, i, one)
    {
        struct text by = json_text_of(json_object_get(one, "undone_by"));
        printf("  " TEXT_FMT " (" TEXT_FMT ")%s" TEXT_FMT "\n",
               TEXT_ARG(json_text_of(json_object_get(one, "effect"))),
               TEXT_ARG(json_text_of(json_object_get(one, "state"))),
               by.n > 0 ? ", put back by " : "", TEXT_ARG(by));
    }
    if (json_array_size(ladder) == 0)
        printf("  nothing would be put back\n");
}

static void say_history(struct session *session, struct text rest)
{
    (void)rest;
    if (!has_begun(session))
        return;
    for (uint32_t i = 0; i < session->run.told.n; i++)
        printf("  " TEXT_FMT "\n", TEXT_ARG(session->run.told.at[i]));
}

/* ---- what could be said ---- */

static void could(struct session *session, const char *format, ...) PRINTF_LIKE(2, 3);
static void could(struct session *session, const char *format, ...)
{
    char said[400];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    for (uint32_t i = 0; i < session->possible.n; i++)
        if (text_is_chars(session->possible.at[i], said))
            return;
    vec_push(session->played, &session->possible,
             text_dup(session->played, text_of(said)));
}

static void could_answer(struct session *session, const struct task *task)
{
    const struct ir *ir = session->run.ir;
    if (task->what == IR_NONE)
        return;
    struct ir_range whens = task->is_dead_letter ? ir->dead_letters[task->what].whens
                                                 : ir->questions[task->what].whens;
    struct text roles = task->role, role = text_trim(text_split(&roles, ','));
    for (uint32_t i = whens.first; i < whens.first + whens.n; i++) {
        struct text name = ir_text(ir, ir->whens[i].name);
        struct buf form;
        if (text_is_chars(name, "late"))
            continue;
        buf_init(&form, session->played);
        if (ir->whens[i].form != IR_NONE) {
            buf_char(&form, '(');
            literal_fields(&form, ir, ir->types[ir->whens[i].form].parts,
                           wire_sample(session->played, ir, ir->whens[i].form));
            buf_char(&form, ')');
        }
        struct text given = buf_done(&form);
        could(session, "answer " TEXT_FMT " with " TEXT_FMT TEXT_FMT, TEXT_ARG(role),
              TEXT_ARG(name), TEXT_ARG(given));
    }
}

/* With fields made from their types: somebody goes on from there. */
static void could_send(struct session *session, uint32_t event)
{
    const struct ir *ir = session->run.ir;
    struct buf fields;
    uint32_t record = ir->events[event].record;
    buf_init(&fields, session->played);
    literal_fields(&fields, ir, ir->types[record].parts,
                   wire_sample(session->played, ir, record));
    struct text given = buf_done(&fields);
    could(session, "send " TEXT_FMT "(" TEXT_FMT ")",
          TEXT_ARG(ir_text(ir, ir->events[event].name)), TEXT_ARG(given));
}

void say_possible(struct session *session)
{
    const struct ir *ir = session->run.ir;
    const struct instance *inst = session->run.play->inst;
    session->possible.n = 0;
    if (!session_has_begun(session)) {
        struct text args = made_arguments(session);
        could(session, "start" TEXT_FMT, TEXT_ARG(args));
        for (uint32_t i = 0; i < ir->starts_on_n; i++)
            could_send(session, ir->matches[ir->starts_on[i].match].event);
        if (test_begins_at(&session->run) != 0)
            could(session, "next");
        for (uint32_t i = 0; i + 1 < session->tests->tests_n; i++)
            could(session, "like " TEXT_FMT, TEXT_ARG(session->tests->tests[i].name));
        for (uint32_t i = 0; i < session->tests->explorations_n; i++)
            could(session, "like " TEXT_FMT,
                  TEXT_ARG(session->tests->explorations[i].name));
        return;
    }
    for (uint32_t i = 0; i < inst->tasks.n; i++)
        could_answer(session, &inst->tasks.at[i]);
    for (uint32_t i = 0; i < inst->subscriptions.n; i++)
        could_send(session, inst->subscriptions.at[i].event);
    if (instance_wake_at(inst) != 0)
        could(session, "next");
    if (!instance_status_is_ended(inst->status))
        could(session, "cancel");
}

static void say_what(struct session *session, struct text rest)
{
    (void)rest;
    say_possible(session);
    for (uint32_t i = 0; i < session->possible.n; i++)
        printf("  " TEXT_FMT "\n", TEXT_ARG(session->possible.at[i]));
    if (session->possible.n == 0)
        printf("  it has ended: `back` takes the latest step back, `quit` ends\n");
}

static void say_help(struct session *session, struct text rest)
{
    (void)session;
    (void)rest;
    printf("  The steps of a test, as they are written there:\n"
           "    let x = …   mock a.b gives … | fails … | succeeds | waits   send E(…)\n"
           "    answer ROLE with CHOICE[(…)]   advance 3d   cancel   expect …\n"
           "  And:\n");
    for (uint32_t i = 0; i < SAYS_N; i++)
        printf("    %-32s %s\n", says[i].usage, says[i].sentence);
}

/* ---- the end ---- */

static void say_save(struct session *session, struct text rest)
{
    if (text_starts(rest, TEXT("as test")))
        rest = text_trim(text_cut(rest, 7, rest.n));
    if (rest.n > 1 && rest.chars[0] == '"' && rest.chars[rest.n - 1] == '"')
        rest = text_cut(rest, 1, rest.n - 2);
    if (rest.n == 0)
        rest = TEXT("what was tried by hand");
    struct text test = session_test(session, rest);
    printf("\n" TEXT_FMT "\n", TEXT_ARG(test));
}

static void say_quit(struct session *session, struct text rest)
{
    if (session->lines.n > 0)
        say_save(session, rest);
    session->is_over = true;
}
