/* flowc explain: what a diagnostic means. */
#include "tools/flowc/flowc.h"

int flowc_explain(struct cli *cli, struct arena *compile, int argc, char **argv)
{
    (void)compile;
    struct cli_option options[] = {FLOWC_OPTIONS, {0}};
    struct err err = {0};
    if (!cli_parse(cli, options, argc, argv, &err))
        return cli_fail(cli, &err);
    if (cli->args_n == 0) {
        for (int code = 0; code < DIAG_CODES; code++)
            printf("%s  %s\n", diag_name((enum diag_code)code), diag_title((enum diag_code)code));
        return FLOWC_OK;
    }
    for (unsigned i = 0; i < cli->args_n; i++) {
        enum diag_code code;
        if (!diag_find(text_of(cli->args[i]), &code)) {
            err_set(&err, ERR_NOT_FOUND, "there is no diagnostic %s", cli->args[i]);
            err_hint(&err, "`flowc explain` lists them");
            return cli_fail(cli, &err);
        }
        printf("%s%s: %s\n\n%s\n", i > 0 ? "\n" : "", diag_name(code), diag_title(code),
               diag_essay(code));
    }
    return FLOWC_OK;
}
