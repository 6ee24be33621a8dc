/* flowc check: what is wrong with flows and bindings. */
#include <string.h>

#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"
#include "tools/published.h"

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

int flowc_check(struct cli *cli)
{
    struct err err = {0};
    struct sources sources;
    int status;
    const char *warnings = cli_option(cli, "warnings"),
               *bindings = cli_option(cli, "bindings");
    if (warnings != NULL && strcmp(warnings, "error") != 0)
        return cli_misused(cli, "-W knows -Werror only");
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    if (!flowc_sources(cli, compile, 0, &sources, &err) ||
        (bindings != NULL && !sources_add(&sources, bindings, &err)))
        return cli_fail(cli, &err);
    struct compile_request request = sources_request(&sources);
    request.lints = cli_has(cli, "lint");
    struct compiled *compiled = compile_all(compile, &request);
    if (!hold_against(cli, compiled, &status))
        return status;
    if (cli_has(cli, "json")) {
        struct buf out;
        buf_init(&out, compile);
        diags_json(&out, &compiled->diags, cli_has(cli, "lint"));
        flowc_write(buf_done(&out));
    } else {
        sources_complain(cli, &compiled->diags, cli_has(cli, "lint"));
    }
    return verdict(&compiled->diags, warnings != NULL);
}
