/* flowc explain: what a diagnostic means. */
#include "tools/flowc/flowc.h"

int flowc_explain(struct cli *cli)
{
    for (int code = 0; cli->args_n == 0 && code < DIAG_CODES; code++)
        printf("%s  %s\n", diag_name((enum diag_code)code),
               diag_title((enum diag_code)code));
    for (uint32_t i = 0; i < cli->args_n; i++) {
        enum diag_code code;
        struct err err = {0};
        if (!diag_find(text_of(cli->args[i]), &code)) {
            err_set(&err, ERR_NOT_FOUND, "there is no diagnostic %s", cli->args[i]);
            err_hint(&err, "`flowc explain` lists them");
            return cli_fail(cli, &err);
        }
        printf("%s%s: %s\n\n%s\n", i > 0 ? "\n" : "", diag_name(code), diag_title(code),
               diag_essay(code));
    }
    return CLI_OK;
}
