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

static const char *const verbs[] = {"pause", "resume", "reset"};
enum { VERBS = sizeof verbs / sizeof *verbs };

/* What comes of a verb goes by what the adapter is then: a breaker that is open stays so
 * when it is resumed, and one that is paused stays so when it is reset. */
static const struct {
    const char *verb, *state, *done;
    const char *then; /* the verb that it takes to have it called; NULL: none */
} outcomes[] = {
    {"pause", "paused", "paused: it takes no calls until it is resumed", NULL},
    {"resume", "closed", "resumed: it takes calls again", NULL},
    {"resume", "open", "resumed: paused no more, but its breaker is open until", "reset"},
    {"resume", "trying",
     "resumed: paused no more, but one call tries whether its breaker may close",
     "reset"},
    {"reset", "closed", "reset: its breaker is closed, and it takes calls again", NULL},
    {"reset", "paused",
     "reset: its breaker is closed, but it takes no calls, for it is paused", "resume"},
};

static void say_outcome(const struct cli *cli, const char *verb, const struct reply *now)
{
    const char *name = cli->args[1];
    size_t i = 0;
    while (strcmp(outcomes[i].verb, verb) != 0 ||
           !text_is_chars(reply_text(now, 0, 0), outcomes[i].state)) {
        i++;
        must(i < sizeof outcomes / sizeof *outcomes);
    }
    printf("%s %s %s", name, cli_has(cli, "dry-run") ? "could be" : "is",
           outcomes[i].done);
    if (!reply_is_null(now, 0, 1))
        printf(" " TEXT_FMT, TEXT_ARG(reply_text(now, 0, 1)));
    if (outcomes[i].then != NULL)
        printf(": flowctl adapters %s %s --reason \"…\"", outcomes[i].then, name);
    printf("\n");
}

static int change(struct kit *kit, const char *verb)
{
    static const char sql[] =
        "SELECT state, " KIT_INSTANT("next_try") " FROM flow.adapters WHERE adapter = $1";
    struct cli *cli = kit->cli;
    struct err err = {0};
    scoped_reply struct reply said = {0}, now = {0};
    const char *values[3] = {cli->args[1], verb};
    bool is_dry = cli_has(cli, "dry-run");
    if (!kit_reason(kit, &values[2], &err) || !client_begin(&kit->client, &err) ||
        !client_ask(&kit->client, "SELECT flow.adapter($1, $2, $3)", 3, values, &said,
                    &err) ||
        !client_ask(&kit->client, sql, 1, values, &now, &err) ||
        !client_end(&kit->client, !is_dry, &err))
        return cli_fail(cli, &err);
    must(now.n == 1);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        say_outcome(cli, verb, &now);
    else
        printf("{\"adapter\":\"%s\",\"done\":%s,\"state\":\"" TEXT_FMT "\"}\n",
               cli->args[1], is_dry ? "false" : "true", TEXT_ARG(reply_text(&now, 0, 0)));
    return CLI_OK;
}

int cmd_adapters(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    size_t verb = 0;
    if (!cli_args(cli, 0, 2))
        return CLI_USAGE;
    while (cli->args_n == 2 && verb < VERBS && strcmp(cli->args[0], verbs[verb]) != 0)
        verb++;
    if (cli->args_n == 1 || verb == VERBS)
        return cli_misused(
            cli, "say   adapters   or   adapters pause|resume|reset NAME --reason TEXT");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    return cli->args_n == 0 ? list(&kit) : change(&kit, verbs[verb]);
}
