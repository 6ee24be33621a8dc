/* flowc check: what is wrong with flows and bindings. */
#include <string.h>

#include "tools/flowc/flowc.h"

/* -Werror is one word, as compilers spell it. */
static bool take_werror(int *argc, char **argv)
{
    bool is_given = false;
    int kept = 0;
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], "-Werror") == 0 || strcmp(argv[i], "--Werror") == 0)
            is_given = true;
        else
            argv[kept++] = argv[i];
    *argc = kept;
    return is_given;
}

int flowc_check(struct cli *cli, struct arena *compile, int argc, char **argv)
{
    bool warnings_are_errors = take_werror(&argc, argv);
    struct cli_option options[] = {
        FLOWC_OPTIONS,
        {"json", 0, false, NULL, NULL, 0, "one JSON array on standard output"},
        {"lint", 0, false, NULL, NULL, 0, "matters of style too"},
        {"bindings", 0, true, NULL, NULL, 0, "an environment to check against"},
        {0}};
    struct compile_request request;
    struct err err = {0};
    if (!cli_parse(cli, options, argc, argv, &err))
        return cli_fail(cli, &err);
    const char *bindings = cli_option(options, "bindings")->value;
    if (bindings != NULL && cli->args_n < CLI_ARGS_MAX)
        cli->args[cli->args_n++] = bindings;
    if (!flowc_request(cli, compile, options, &request, &err))
        return cli_fail(cli, &err);
    struct compiled *compiled = compile_all(compile, &request);
    bool lints = cli_option(options, "lint")->value != NULL;
    if (cli_option(options, "json")->value != NULL) {
        struct buf out;
        buf_init(&out, compile);
        diags_json(&out, &compiled->diags, lints);
        cli_write(stdout, buf_done(&out));
    } else {
        flowc_report(cli, &compiled->diags, lints);
    }
    if (diags_count(&compiled->diags, DIAG_ERROR) > 0)
        return FLOWC_ERRORS;
    return warnings_are_errors && diags_count(&compiled->diags, DIAG_WARNING) > 0
               ? FLOWC_WARNINGS
               : FLOWC_OK;
}
