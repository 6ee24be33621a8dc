/* flowc check: what is wrong with flows and bindings. */
#include <poll.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/flowc/flowc.h"
#include "tools/published.h"

enum { WATCH_PAUSE_MS = 300 };

static int verdict(const struct diags *diags, bool warnings_are_errors)
{
    if (diags_count(diags, DIAG_ERROR) > 0)
        return CLI_FLOW_ERRORS;
    if (warnings_are_errors && diags_count(diags, DIAG_WARNING) > 0)
        return CLI_FLOW_WARNINGS;
    return CLI_OK;
}

/* False: what was published cannot be read. */
static bool hold_against(struct cli *cli, struct compiled *compiled, int *status)
{
    const char *path;
    struct published_files files = {.compile = compiled->program.compile};
    const char *const *folders = flowc_folders(cli, files.compile);
    for (uint32_t i = 0; (path = cli_option_at(cli, "against", i)) != NULL; i++)
        if (!published_add(&files, cli, path, folders)) {
            *status = files.status;
            return false;
        }
    check_versions(compiled, files.all.at, files.all.n);
    return true;
}

static void report(struct cli *cli, struct arena *compile, const struct diags *diags)
{
    bool lints = cli_has(cli, "lint");
    struct buf out;
    buf_init(&out, compile);
    if (cli_has(cli, "json"))
        diags_json(&out, diags, lints);
    else if (cli_has(cli, "sarif"))
        diags_sarif(&out, diags, lints);
    else
        sources_complain(cli, diags, lints);
    flowc_write(buf_done(&out));
    fflush(stdout);
}

/* When the files that were read, and those that use them, changed last; as one number. */
static uint64_t stamp(const struct cli *cli, const struct compiled *compiled)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < cli->args_n; i++)
        sum = sum * 31 + file_stamp(cli->args[i]);
    for (uint32_t i = 0; i < compiled->program.modules_n; i++)
        sum =
            sum * 31 + file_stamp(text_chars(compiled->program.compile,
                                             compiled->program.modules[i]->source->path));
    return sum;
}

/* Checks once; with `again`, goes back when one of the files has changed. What cannot be
 * read is not watched any longer. */
static int check_once(struct cli *cli, bool *again)
{
    struct err err = {0};
    struct sources sources;
    int status;
    const char *bindings = cli_option(cli, "bindings");
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    if (!flowc_sources(cli, compile, 0, &sources, &err) ||
        (bindings != NULL && !sources_add(&sources, bindings, &err))) {
        *again = false;
        return cli_fail(cli, &err);
    }
    struct compile_request request = sources_request(&sources);
    request.lints = cli_has(cli, "lint");
    struct compiled *compiled = compile_all(compile, &request);
    if (!hold_against(cli, compiled, &status)) {
        *again = false;
        return status;
    }
    report(cli, compile, &compiled->diags);
    status = verdict(&compiled->diags, cli_option(cli, "warnings") != NULL);
    if (!*again)
        return status;
    cli_say(cli, status == CLI_OK ? "all is well; watching" : "watching");
    uint64_t before = stamp(cli, compiled);
    while (stamp(cli, compiled) == before)
        poll(NULL, 0, WATCH_PAUSE_MS);
    return status;
}

int flowc_check(struct cli *cli)
{
    const char *warnings = cli_option(cli, "warnings");
    bool again = cli_has(cli, "watch");
    int status;
    if (warnings != NULL && strcmp(warnings, "error") != 0)
        return cli_misused(cli, "-W knows -Werror only");
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    do
        status = check_once(cli, &again);
    while (again);
    return status;
}
