/* flowc sequence: one test as a diagram of who asked whom for what. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/sequence.h"

enum { TEST_BYTES_MAX = 256 << 20 }; /* what one test may remember */

struct wanted {
    const struct compiled_tests *tests;
    const struct compiled_test *test;
    uint32_t n; /* how many fit */
};

/* Tests that are called so, else those whose names contain it. "" is all. */
static struct wanted find(const struct compiled *compiled, struct text name, bool whole)
{
    struct wanted found = {0};
    for (uint32_t i = 0; i < compiled->tests_n; i++)
        for (uint32_t k = 0; k < compiled->tests[i].tests_n; k++) {
            const struct compiled_test *test = &compiled->tests[i].tests[k];
            if (whole ? !text_is(test->name, name) : !text_has(test->name, name))
                continue;
            found = (struct wanted){&compiled->tests[i], test, found.n + 1};
        }
    return found;
}

static void hint_names(struct arena *compile, const struct compiled *compiled,
                       struct err *err)
{
    struct buf names;
    buf_init(&names, compile);
    for (uint32_t i = 0; i < compiled->tests_n; i++)
        for (uint32_t k = 0; k < compiled->tests[i].tests_n; k++)
            buf_printf(&names, "%s\"" TEXT_FMT "\"", i + k > 0 ? ", " : "",
                       TEXT_ARG(compiled->tests[i].tests[k].name));
    err_hint(err, "its tests are: %s", buf_done(&names).chars);
}

static int draw(struct cli *cli, struct arena *compile, const struct wanted *wanted,
                const struct compiled *compiled)
{
    struct buf out, frame;
    scoped_arena struct arena *arena = arena_new("test", TEST_BYTES_MAX);
    scoped_json json_t *settings = flowc_settings(compiled);
    buf_init(&out, compile);
    struct test_verdict verdict =
        sequence_draw(&out, arena, wanted->tests, wanted->test, settings);
    flowc_write(buf_done(&out));
    if (verdict.passed)
        return CLI_OK;
    buf_init(&frame, arena);
    diag_draw_frame(&frame, &verdict.diag, cli_colour(cli, stderr));
    struct text drawn = buf_done(&frame);
    fwrite(drawn.chars, 1, drawn.n, stderr);
    return CLI_FAILED;
}

/* "FILE:NAME" is cut where it stands; without a name the file's only test is meant. */
int flowc_sequence(struct cli *cli)
{
    struct err err = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    char *path = arena_printf(compile, "%s", cli->args[0]);
    char *mark = strstr(path, ".flow:");
    struct text name = TEXT("");
    if (mark != NULL) {
        name = text_of(mark + strlen(".flow:"));
        mark[strlen(".flow")] = '\0';
        cli->args[0] = path;
    }
    struct compiled *compiled;
    int status = flowc_tests(cli, compile, &compiled);
    if (status != CLI_OK)
        return status;
    struct wanted wanted = find(compiled, name, true);
    if (wanted.n == 0)
        wanted = find(compiled, name, false);
    if (wanted.n == 1)
        return draw(cli, compile, &wanted, compiled);
    if (name.n == 0)
        err_set(&err, ERR_NOT_FOUND, "which test of %s?", path);
    else
        err_set(&err, ERR_NOT_FOUND, "%s of %s is called \"" TEXT_FMT "\"",
                wanted.n == 0 ? "no test" : "more than one test", path, TEXT_ARG(name));
    hint_names(compile, compiled, &err);
    return cli_fail(cli, &err);
}
