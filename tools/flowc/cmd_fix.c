/* flowc fix: does what the help of diagnostics says, where nobody has to look first. */
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/flowc/flowc.h"

enum { ROUNDS_MAX = 8 }; /* a name that is right again may show the next slip */

struct fixing {
    struct cli *cli;
    const char *path;
    uint32_t done;
    bool has_errors; /* that are left */
};

/* One round over the text as it is on disk (or as it has become); false: it failed. */
static bool fix_once(struct fixing *f, struct arena *compile, struct text *text,
                     uint32_t *done, struct err *err)
{
    struct sources sources;
    if (!flowc_sources(f->cli, compile, f->cli->args_n, &sources, err))
        return false;
    struct compile_input input = {text_of(f->path), *text};
    struct compile_request request = sources_request(&sources);
    request.inputs = &input;
    request.inputs_n = 1;
    request.lints = cli_has(f->cli, "lint");
    struct compiled *compiled = compile_check(compile, &request);
    *text = diags_fixed(&compiled->diags, compiled->asked_modules[0]->source, done);
    f->has_errors = diags_count(&compiled->diags, DIAG_ERROR) > 0;
    if (*done == 0)
        sources_complain(f->cli, &compiled->diags, cli_has(f->cli, "lint"));
    return true;
}

static bool fix_all(struct fixing *f, struct arena *compile, struct text *text,
                    struct err *err)
{
    uint32_t done = 1;
    for (int round = 0; round < ROUNDS_MAX && done > 0; round++) {
        if (!fix_once(f, compile, text, &done, err))
            return false;
        f->done += done;
    }
    return true;
}

static int fix_file(struct cli *cli, const char *path, bool only_check)
{
    struct fixing f = {.cli = cli, .path = path};
    struct err err = {0};
    struct text text, before;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    if (!cli_read(compile, path, LIMIT_SOURCE_BYTES, &text, &err))
        return cli_fail(cli, &err);
    before = text;
    if (!fix_all(&f, compile, &text, &err))
        return cli_fail(cli, &err);
    bool is_same = text_is(text, before), is_stdin = text_is_chars(text_of(path), "-");
    if (is_stdin && !only_check)
        flowc_write(text);
    else if (!is_same && !only_check && !file_write(path, text, 0644, &err))
        return cli_fail(cli, &err);
    if (!is_same && (!is_stdin || only_check))
        printf("%s: %u mended\n", path, f.done);
    if (only_check && !is_same)
        return CLI_DIFFERS;
    return f.has_errors ? CLI_FLOW_ERRORS : CLI_OK;
}

int flowc_fix(struct cli *cli)
{
    int status = CLI_OK;
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    for (uint32_t i = 0; i < cli->args_n; i++) {
        int one = fix_file(cli, cli->args[i], cli_has(cli, "check"));
        status = status == CLI_OK || one != CLI_OK ? one : status;
    }
    return status;
}
