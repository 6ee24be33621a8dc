/* flowc fmt: the one layout, in place. */
#include <string.h>

#include "dsl/fmt.h"
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/flowc/flowc.h"

/* What became of one file, as an exit status. */
static int lay_out(struct cli *cli, struct arena *compile, const char *path,
                   bool only_check)
{
    struct err err = {0};
    struct text text;
    struct diags diags;
    bool is_stdin = strcmp(path, "-") == 0;
    diags_init(&diags, compile);
    if (!cli_read(compile, path, LIMIT_SOURCE_BYTES, &text, &err))
        return cli_fail(cli, &err);
    struct module *module = compile_parse(
        compile, &diags, is_stdin ? sources_said_name(text) : text_of(path), text);
    diags_sort(&diags);
    if (sources_complain(cli, &diags, false))
        return CLI_FLOW_ERRORS;
    struct text laid_out = fmt_module(compile, module);
    bool is_same = text_is(text, laid_out);
    if (only_check && !is_same) {
        printf("%s\n", path);
        return CLI_DIFFERS;
    }
    if (is_stdin && !only_check)
        flowc_write(laid_out);
    else if (!is_same && !file_write(path, laid_out, 0644, &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

int flowc_fmt(struct cli *cli)
{
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    int status = CLI_OK;
    for (uint32_t i = 0; i < cli->args_n; i++) {
        scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
        int one = lay_out(cli, compile, cli->args[i], cli_has(cli, "check"));
        if (status == CLI_OK || status == CLI_DIFFERS)
            status = one == CLI_OK ? status : one;
    }
    return status;
}
