/* How long what has ended is kept, flow by flow. */
#include <string.h>

#include "engine/base/when.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

static int list(struct kit *kit)
{
    static const char sql[] =
        "SELECT json_build_object('flow', flow, 'keep', coalesce(keep::text, 'for ever'),"
        " 'ended', ended, 'set_at', " KIT_INSTANT(
            "set_at") ","
                      " 'set_by', set_by, 'reason', reason) FROM flow.retention ORDER BY "
                      "flow";
    static const struct print_column columns[] = {
        {"flow", "FLOW", PRINT_PLAIN},
        {"keep", "KEPT", PRINT_PLAIN},
        {"ended", "ENDED", PRINT_PLAIN},
        {"set_at", "SINCE", PRINT_SINCE},
        {"set_by", "BY", PRINT_WIDE_ONLY},
        {"reason", "REASON", PRINT_WIDE_ONLY},
        {0},
    };
    struct err err = {0};
    return kit_list(kit, sql, 0, NULL, columns, "no flow is deployed", &err)
               ? CLI_OK
               : cli_fail(kit->cli, &err);
}

/* As PostgreSQL reads an interval; NULL: for ever. */
static bool keep_of(struct cli *cli, const char *said, const char **out, struct err *err)
{
    int64_t span;
    *out = NULL;
    if (strcmp(said, "forever") == 0)
        return true;
    if (!when_duration_parse_short(text_of(said), &span)) {
        err_set(err, ERR_USAGE, "\"%s\" is no span of time", said);
        return err_hint(err, "write it like 90d or 12h, or   forever");
    }
    *out = arena_printf(cli->arena, "%lld microseconds", (long long)span);
    return true;
}

static int retain(struct kit *kit)
{
    struct cli *cli = kit->cli;
    struct err err = {0};
    const char *values[3] = {cli->args[0]};
    bool is_dry = cli_has(cli, "dry-run");
    if (!keep_of(cli, cli->args[1], &values[1], &err) ||
        !kit_reason(kit, &values[2], &err) ||
        !kit_change(kit, "SELECT flow.retain($1, $2::interval, $3)", 3, values, &err))
        return cli_fail(cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s: what has ended %s kept %s%s\n", cli->args[0],
               is_dry ? "could be" : "is", values[1] == NULL ? "" : "for ",
               values[1] == NULL ? "for ever" : cli->args[1]);
    else
        printf("{\"flow\":\"%s\",\"done\":%s}\n", cli->args[0],
               is_dry ? "false" : "true");
    return CLI_OK;
}

int cmd_retention(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 2))
        return CLI_USAGE;
    if (cli->args_n == 1)
        return cli_misused(cli, "say   retention   or   retention FLOW 90d|forever");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    return cli->args_n == 2 ? retain(&kit) : list(&kit);
}
