/* A session: the lines typed so far as one test, compiled and played from its beginning
 * whenever a line is added or taken back. Nothing is kept in between, so that what is
 * shown is what the saved test will do. */
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/simulate/simulate_in.h"

enum { PLAYED_BYTES_MAX = 256 << 20 };

static const char session_name[] = "what was tried by hand";

static void forget(struct session *session)
{
    if (session->played == NULL)
        return;
    test_close(&session->run);
    json_decref(session->settings);
    arena_free(session->played);
    session->played = NULL;
    session->possible.at = NULL;
    session->possible.n = session->possible.room = 0;
}

/* ---- the test ---- */

static void write_test(struct buf *out, struct session *session, struct text name,
                       struct text more)
{
    buf_printf(out, "test \"" TEXT_FMT "\" for " TEXT_FMT " {\n", TEXT_ARG(name),
               TEXT_ARG(session->flow));
    for (uint32_t i = 0; i < session->lines.n; i++)
        buf_text(out, session->lines.at[i].steps);
    buf_text(out, more);
    buf_chars(out, "}\n");
}

struct text session_test(struct session *session, struct text name)
{
    struct buf out;
    const struct instance *inst = session->run.play->inst;
    char *expected = arena_printf(session->arena, "%s", "");
    buf_init(&out, session->arena);
    if (session_has_begun(session) && inst->state != IR_NONE &&
        inst->status != STATUS_CANCELLED && inst->status != STATUS_FAILED)
        expected =
            arena_printf(session->arena, "    expect state " TEXT_FMT "\n",
                         TEXT_ARG(ir_text(session->run.ir,
                                          session->run.ir->states[inst->state].path)));
    write_test(&out, session, name, text_of(expected));
    return buf_done(&out);
}

bool session_has_begun(const struct session *session)
{
    return session->played != NULL && session->run.play->inst->rev > 0;
}

/* ---- playing it ---- */

/* A flow of that name, and the session as the last of its tests. */
static const struct compiled_tests *tests_of(const struct compiled *compiled,
                                             struct text flow)
{
    for (uint32_t i = 0; i < compiled->tests_n; i++) {
        const struct ir *ir = compiled->tests[i].image;
        if (text_is(ir_text(ir, ir->flow.name), flow))
            return &compiled->tests[i];
    }
    return NULL;
}

static struct compiled *compile_session(struct session *session, struct arena *arena,
                                        struct text more)
{
    struct buf whole;
    struct compile_request request = sources_request(&session->sources);
    struct compile_input *inputs =
        arena_copy(arena, request.inputs, request.inputs_n * sizeof *inputs);
    buf_init(&whole, arena);
    buf_printf(&whole, TEXT_FMT "\n", TEXT_ARG(session->file));
    write_test(&whole, session, text_of(session_name), more);
    inputs[0].text = buf_done(&whole);
    request.inputs = inputs;
    return compile_tests(arena, &request);
}

static void say_frame(const struct session *session, struct arena *arena,
                      const struct diag *diag)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "  no: " TEXT_FMT "\n", TEXT_ARG(diag->primary.label));
    (void)session;
    flowc_write(buf_done(&out));
}

static bool play(struct session *session, struct arena *arena, struct compiled *compiled,
                 struct test_run *run, json_t *settings)
{
    const struct compiled_tests *tests = tests_of(compiled, session->flow);
    const struct compiled_test *test = &tests->tests[tests->tests_n - 1];
    struct test_cover *cover = test_cover_new(arena, tests->image);
    test_open(run, arena, tests, test, settings, cover);
    for (uint32_t i = 0; i < test->steps_n; i++) {
        run->step = &test->steps[i];
        if (!test_do(run, run->step))
            return false;
    }
    return true;
}

/* Plays the lines so far, and `more` behind them. */
static bool replay(struct session *session, struct text more)
{
    struct arena *arena = arena_new("simulation", PLAYED_BYTES_MAX);
    struct test_run run;
    struct compiled *compiled = compile_session(session, arena, more);
    if (sources_complain(session->start->cli, &compiled->diags, false)) {
        arena_free(arena);
        return false;
    }
    json_t *settings = flowc_settings(compiled);
    if (!play(session, arena, compiled, &run, settings)) {
        say_frame(session, arena, &run.diag);
        test_close(&run);
        json_decref(settings);
        arena_free(arena);
        return false;
    }
    forget(session);
    session->played = arena;
    session->compiled = compiled;
    session->tests = tests_of(compiled, session->flow);
    session->settings = settings;
    session->run = run;
    return true;
}

static uint32_t told_so_far(const struct session *session)
{
    return session->played != NULL ? session->run.told.n : 0;
}

static void tell_from(const struct session *session, uint32_t from)
{
    for (uint32_t i = from; i < session->run.told.n; i++)
        printf("  " TEXT_FMT "\n", TEXT_ARG(session->run.told.at[i]));
}

bool session_do(struct session *session, struct text steps)
{
    struct simulated line = {.told = told_so_far(session)};
    if (!replay(session, steps))
        return false;
    line.steps = text_dup(session->arena, steps);
    vec_push(session->arena, &session->lines, line);
    tell_from(session, line.told);
    return true;
}

bool session_back(struct session *session)
{
    if (session->lines.n == 0)
        return false;
    session->lines.n--;
    return replay(session, TEXT(""));
}

/* ---- open and close ---- */

/* The first flow of the file, or the one that was named. */
static bool find_flow(struct session *session, struct err *err)
{
    scoped_arena struct arena *arena = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compile_request request = sources_request(&session->sources);
    struct compiled *compiled = compile_all(arena, &request);
    if (sources_complain(session->start->cli, &compiled->diags, false))
        return err_set(err, ERR_BAD_FLOW, "the flow has errors");
    for (uint32_t i = 0; i < compiled->flows_n; i++) {
        struct text name = compiled->flows[i].node->name;
        if (session->flow.n == 0 || text_is(session->flow, name)) {
            session->flow = text_dup(session->arena, name);
            return true;
        }
    }
    return session->flow.n > 0
               ? err_set(err, ERR_NOT_FOUND, "there is no flow " TEXT_FMT " in %s",
                         TEXT_ARG(session->flow), session->start->flow_file)
               : err_set(err, ERR_NOT_FOUND, "there is no flow in %s",
                         session->start->flow_file);
}

bool session_open(struct session *session, const struct simulation_start *start,
                  struct err *err)
{
    *session =
        (struct session){.start = start, .arena = start->arena, .flow = start->flow};
    sources_init(&session->sources, start->arena, start->folders);
    if (!sources_add(&session->sources, start->flow_file, err) ||
        (start->bindings != NULL &&
         !sources_add(&session->sources, start->bindings, err)))
        return false;
    session->file = session->sources.inputs.at[0].text;
    return find_flow(session, err) && (replay(session, TEXT("")) ||
                                       err_set(err, ERR_BAD_FLOW, "the flow has errors"));
}

void session_close(struct session *session)
{
    forget(session);
}
