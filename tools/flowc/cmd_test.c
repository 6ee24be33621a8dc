/* flowc test: plays the tests of flows and says which do not hold. */
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/flowc/flowc.h"
#include "tools/test_run.h"

enum { TEST_BYTES_MAX = 256 << 20 }; /* what one test may remember */

struct testing {
    struct cli *cli;
    struct arena *arena;
    struct text filter; /* "" for all */
    const json_t *settings;
    struct buf out;
    struct buf junit;
    uint32_t passed;
    uint32_t failed;
};

static void junit_text(struct buf *out, struct text text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.chars[i];
        if (c == '<' || c == '>' || c == '&' || c == '"')
            buf_chars(out, c == '<'   ? "&lt;"
                           : c == '>' ? "&gt;"
                           : c == '&' ? "&amp;"
                                      : "&quot;");
        else if (c == '\n' || c == '\t') /* attributes would lose them */
            buf_chars(out, c == '\n' ? "&#10;" : "&#9;");
        else if ((unsigned char)c >= 0x20 &&
                 c != 0x7f) /* no other is a character of XML */
            buf_char(out, c);
    }
}

static void junit_case(struct testing *t, struct text flow,
                       const struct compiled_test *test,
                       const struct test_verdict *verdict, struct text frame)
{
    buf_chars(&t->junit, "    <testcase classname=\"");
    junit_text(&t->junit, flow);
    buf_chars(&t->junit, "\" name=\"");
    junit_text(&t->junit, test->name);
    buf_chars(&t->junit, "\" file=\"");
    junit_text(&t->junit, test->span.source->path);
    buf_printf(&t->junit, "\" line=\"%u\"", test->span.line);
    if (verdict->passed) {
        buf_chars(&t->junit, "/>\n");
        return;
    }
    buf_chars(&t->junit, ">\n      <failure message=\"");
    junit_text(&t->junit, verdict->diag.primary.label);
    buf_chars(&t->junit, "\">");
    junit_text(&t->junit, frame);
    buf_chars(&t->junit, "</failure>\n    </testcase>\n");
}

static bool is_wanted(const struct testing *t, const struct compiled_test *test)
{
    return text_has(test->name, t->filter);
}

static void run_one(struct testing *t, const struct compiled_tests *tests,
                    const struct compiled_test *test, struct test_cover *cover)
{
    struct buf frame;
    scoped_arena struct arena *arena = arena_new("test", TEST_BYTES_MAX);
    struct test_verdict verdict = test_run(arena, tests, test, t->settings, cover);
    buf_init(&frame, arena);
    if (!verdict.passed)
        diag_draw_frame(&frame, &verdict.diag, false);
    junit_case(t, ir_text(tests->image, tests->image->flow.name), test, &verdict,
               buf_done(&frame));
    t->passed += verdict.passed;
    t->failed += !verdict.passed;
    buf_printf(&t->out, "%s " TEXT_FMT "\n", verdict.passed ? "ok    " : "not ok",
               TEXT_ARG(test->name));
    if (!verdict.passed)
        diag_draw_frame(&t->out, &verdict.diag, cli_colour(t->cli, stdout));
}

static uint32_t wanted_of(const struct testing *t, const struct compiled_tests *tests)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tests->tests_n; i++)
        n += is_wanted(t, &tests->tests[i]);
    return n;
}

static void run_all(struct testing *t, const struct compiled *compiled)
{
    struct buf coverage;
    buf_init(&coverage, t->arena);
    for (uint32_t i = 0; i < compiled->tests_n; i++) {
        const struct compiled_tests *tests = &compiled->tests[i];
        struct test_cover *cover = test_cover_new(t->arena, tests->image);
        if (wanted_of(t, tests) == 0)
            continue;
        for (uint32_t k = 0; k < tests->tests_n; k++)
            if (is_wanted(t, &tests->tests[k]))
                run_one(t, tests, &tests->tests[k], cover);
        test_cover_print(&coverage, cover, cli_has(t->cli, "coverage"));
    }
    buf_text(&t->out, buf_done(&coverage));
    buf_printf(&t->out, "%u passed, %u failed\n", t->passed, t->failed);
}

static bool write_junit(struct testing *t, const char *path, struct err *err)
{
    struct buf whole;
    buf_init(&whole, t->arena);
    buf_printf(&whole,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
               "  <testsuite name=\"flowc test\" tests=\"%u\" failures=\"%u\">\n",
               t->passed + t->failed, t->failed);
    buf_text(&whole, buf_done(&t->junit));
    buf_chars(&whole, "  </testsuite>\n</testsuites>\n");
    return file_write(path, buf_done(&whole), 0644, err);
}

int flowc_test(struct cli *cli)
{
    struct err err = {0};
    const char *junit = cli_option(cli, "junit");
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct compiled *compiled;
    int status = flowc_tests(cli, compile, &compiled);
    if (status != CLI_OK)
        return status;
    scoped_json json_t *settings = flowc_settings(compiled);
    struct testing t = {.cli = cli,
                        .arena = compile,
                        .filter = text_of(cli_option(cli, "filter")),
                        .settings = settings};
    buf_init(&t.out, compile);
    buf_init(&t.junit, compile);
    run_all(&t, compiled);
    flowc_write(buf_done(&t.out));
    if (junit != NULL && !write_junit(&t, junit, &err))
        return cli_fail(cli, &err);
    return t.failed > 0 ? CLI_FAILED : CLI_OK;
}
