/* Adapters: which take calls, and an operator's hand on them. */
#include <string.h>

#include "tools/flowctl/adapters.h"
#include "tools/flowctl/commands.h"

#define ROW                                                                              \
    "json_build_object('adapter', adapter, 'over', over, 'state', state,"                \
    " 'since', " KIT_INSTANT("since") ", 'failures', failures, "                         \
                                      "'next_try', " KIT_INSTANT(                        \
                                          "next_try") ", 'problem', problem, "           \
                                                      "'paused_by', paused_by, "         \
                                                      "'reason', reason)"

static int list(struct kit *kit)
{
    static const char sql[] = "SELECT " ROW " FROM flow.adapters ORDER BY adapter";
    static const struct print_column columns[] = {
        {"adapter", "ADAPTER", PRINT_PLAIN},   {"over", "OVER", PRINT_PLAIN},
        {"state", "STATE", PRINT_PLAIN},       {"since", "SINCE", PRINT_SINCE},
        {"failures", "FAILURES", PRINT_PLAIN}, {"next_try", "NEXT TRY", PRINT_PLAIN},
        {"problem", "PROBLEM", PRINT_PLAIN},   {"paused_by", "BY", PRINT_WIDE_ONLY},
        {"reason", "REASON", PRINT_WIDE_ONLY}, {0},
    };
    struct err err = {0};
    return kit_list(kit, sql, 0, NULL, columns, "no adapter is bound", &err)
               ? CLI_OK
               : cli_fail(kit->cli, &err);
}

json_t *adapters_by_name(struct kit *kit)
{
    static const char sql[] =
        "SELECT coalesce(json_object_agg(adapter, " ROW "), '{}') FROM flow.adapters";
    struct err none = {0};
    scoped_reply struct reply reply = {0};
    if (!client_ask(&kit->client, sql, 0, NULL, &reply, &none) || reply.n != 1)
        return NULL;
    return json_read(reply_text(&reply, 0, 0), &none);
}

static const struct {
    const char *verb, *done;
} verbs[] = {{"pause", "paused: it takes no calls until it is resumed"},
             {"resume", "resumed: it takes calls again"},
             {"reset", "reset: its breaker is closed, and it takes calls again"}};
enum { VERBS = sizeof verbs / sizeof *verbs };

static int change(struct kit *kit, size_t verb)
{
    struct cli *cli = kit->cli;
    struct err err = {0};
    const char *values[3] = {cli->args[1], verbs[verb].verb};
    bool is_dry = cli_has(cli, "dry-run");
    if (!kit_reason(kit, &values[2], &err) ||
        !kit_change(kit, "SELECT flow.adapter($1, $2, $3)", 3, values, &err))
        return cli_fail(cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s %s %s\n", cli->args[1], is_dry ? "could be" : "is", verbs[verb].done);
    else
        printf("{\"adapter\":\"%s\",\"done\":%s}\n", cli->args[1],
               is_dry ? "false" : "true");
    return CLI_OK;
}

int cmd_adapters(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    size_t verb = 0;
    if (!cli_args(cli, 0, 2))
        return CLI_USAGE;
    while (cli->args_n == 2 && verb < VERBS &&
           strcmp(cli->args[0], verbs[verb].verb) != 0)
        verb++;
    if (cli->args_n == 1 || verb == VERBS)
        return cli_misused(
            cli, "say   adapters   or   adapters pause|resume|reset NAME --reason TEXT");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    return cli->args_n == 0 ? list(&kit) : change(&kit, verb);
}
