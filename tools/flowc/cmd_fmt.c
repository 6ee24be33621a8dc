/* flowc fmt: the one layout, in place. */
#include <string.h>

#include "dsl/fmt.h"
#include "engine/base/limits.h"
#include "engine/sys/file.h"
#include "tools/flowc/flowc.h"

enum outcome { SAME, CHANGED, UNREADABLE, NOT_DONE };

static enum outcome one_file(struct cli *cli, struct arena *compile, const char *path, bool only_check)
{
    struct diags diags;
    diags_init(&diags, compile);
    struct err err = {0};
    struct text text;
    if (!cli_read(compile, path, LIMIT_SOURCE_BYTES + 1, &text, &err)) {
        cli_fail(cli, &err);
        return NOT_DONE;
    }
    bool is_stdin = strcmp(path, "-") == 0;
    struct module *module =
        compile_parse(compile, &diags, text_of(is_stdin ? "standard input" : path), text);
    if (diags_count(&diags, DIAG_ERROR) > 0) {
        diags_sort(&diags);
        flowc_report(cli, &diags, false);
        return UNREADABLE;
    }
    struct text laid_out = fmt_module(compile, module);
    bool is_same = text_is(text, laid_out);
    if (is_stdin && !only_check) {
        cli_write(stdout, laid_out);
        return SAME;
    }
    if (is_same)
        return SAME;
    if (only_check) {
        printf("%s\n", path);
        return CHANGED;
    }
    if (!file_write(path, laid_out, 0644, &err)) {
        cli_fail(cli, &err);
        return NOT_DONE;
    }
    return CHANGED;
}

int flowc_fmt(struct cli *cli, struct arena *compile, int argc, char **argv)
{
    struct cli_option options[] = {
        FLOWC_OPTIONS,
        {"check", 0, false, NULL, NULL, 0, "changes nothing; lists files laid out otherwise"},
        {0}};
    struct err err = {0};
    if (!cli_parse(cli, options, argc, argv, &err))
        return cli_fail(cli, &err);
    if (cli->args_n == 0) {
        err_set(&err, ERR_USAGE, "no file is given");
        err_hint(&err, "flowc fmt - lays out standard input");
        return cli_fail(cli, &err);
    }
    bool only_check = cli_option(options, "check")->value != NULL;
    int code = FLOWC_OK;
    for (unsigned i = 0; i < cli->args_n; i++)
        switch (one_file(cli, compile, cli->args[i], only_check)) {
        case SAME:
            break;
        case CHANGED:
            if (only_check && code == FLOWC_OK)
                code = FLOWC_DIFFERENT;
            break;
        case UNREADABLE:
            code = FLOWC_ERRORS;
            break;
        case NOT_DONE:
            code = 1;
            break;
        }
    return code;
}
