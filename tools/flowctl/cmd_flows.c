/* Flows: what is deployed, and versions that are held. */
#include <string.h>

#include "engine/base/json.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/flows.h"
#include "tools/flowctl/kit.h"

static int list(struct kit *kit)
{
    static const char sql[] =
        "SELECT json_build_object('flow', f.flow, 'version', f.version, 'hash', f.hash,"
        " 'latest', f.is_latest, 'deployed_at', " KIT_INSTANT(
            "f.deployed_at") ","
                             " 'deployed_by', f.deployed_by, 'doc', f.doc,"
                             " 'next', (SELECT " KIT_INSTANT(
                                 "min(s.next)") " FROM flow.schedules s"
                                                " WHERE s.flow = f.flow AND s.version = "
                                                "f.version),"
                                                " 'held_since', " KIT_INSTANT(
                                                    "h.since") ", 'set_aside', "
                                                               "h.set_aside,"
                                                               " 'living', "
                                                               "coalesce(c.living, 0), "
                                                               "'ended', "
                                                               "coalesce(c.ended, 0),"
                                                               " 'parked', "
                                                               "coalesce(c.parked, 0), "
                                                               "'counts', "
                                                               "coalesce(c.counts, '{}'))"
                                                               " FROM flow.flows f LEFT "
                                                               "JOIN LATERAL ("
                                                               "  SELECT sum(n) FILTER "
                                                               "(WHERE status NOT IN "
                                                               "('completed', 'failed', "
                                                               "'cancelled'))"
                                                               "   AS living,"
                                                               "  sum(n) FILTER (WHERE "
                                                               "status IN ('completed', "
                                                               "'failed', 'cancelled')) "
                                                               "AS ended,"
                                                               "  sum(n) FILTER (WHERE "
                                                               "status = 'parked') AS "
                                                               "parked,"
                                                               "  "
                                                               "json_object_agg(status, "
                                                               "n ORDER BY status) AS "
                                                               "counts"
                                                               "  FROM flow.counts k "
                                                               "WHERE k.flow = f.flow "
                                                               "AND k.version = "
                                                               "f.version) c ON true"
                                                               " LEFT JOIN "
                                                               "flow.held_versions h ON "
                                                               "h.flow = f.flow AND "
                                                               "h.version = f.version"
                                                               " ORDER BY f.flow, "
                                                               "f.version DESC";
    static const struct print_column columns[] = {
        {"flow", "FLOW", PRINT_PLAIN},
        {"version", "VERSION", PRINT_PLAIN},
        {"latest", "LATEST", PRINT_PLAIN},
        {"living", "LIVING", PRINT_PLAIN},
        {"parked", "PARKED", PRINT_PLAIN},
        {"ended", "ENDED", PRINT_PLAIN},
        {"next", "NEXT", PRINT_PLAIN},
        {"held_since", "HELD", PRINT_SINCE},
        {"deployed_at", "DEPLOYED", PRINT_WIDE_ONLY},
        {"deployed_by", "BY", PRINT_WIDE_ONLY},
        {"hash", "HASH", PRINT_WIDE_ONLY},
        {"doc", "ABOUT", PRINT_WIDE_ONLY},
        {0},
    };
    struct err err = {0};
    return kit_list(kit, sql, 0, NULL, columns, "no flow is deployed yet", &err)
               ? CLI_OK
               : cli_fail(kit->cli, &err);
}

json_t *flows_hold(struct kit *kit, const char *flow, uint32_t version)
{
    static const char sql[] = "SELECT json_build_object('since', " KIT_INSTANT(
        "h.since") ", 'set_aside',"
                   " h.set_aside) FROM flow.held_versions h"
                   " WHERE h.flow = $1::text AND h.version = $2::integer";
    struct err none = {0};
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client, sql, &reply, &none, flow,
                         arena_printf(kit->cli->arena, "%u", version)) ||
        reply.n == 0)
        return NULL;
    return json_read(reply_text(&reply, 0, 0), &none);
}

static int resume(struct kit *kit)
{
    struct cli *cli = kit->cli;
    struct err err = {0};
    const char *values[3] = {cli->args[1], cli->args_n > 2 ? cli->args[2] : NULL};
    bool is_dry = cli_has(cli, "dry-run");
    int64_t number;
    if (values[1] != NULL &&
        (!text_to_i64(text_of(values[1]), &number) || number < 1 || number > INT32_MAX))
        return cli_misused(cli, "\"%s\" is no version: it is a number", values[1]);
    if (!kit_reason(kit, &values[2], &err) ||
        !kit_change(kit, "SELECT flow.resume_flow($1, $2::integer, $3)", 3, values, &err))
        return cli_fail(cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s%s%s %s: its instances go on where they were\n", values[0],
               values[1] != NULL ? " version " : "", values[1] != NULL ? values[1] : "",
               is_dry ? "could be let go" : "is let go");
    else
        printf("{\"flow\":\"%s\",\"done\":%s}\n", values[0], is_dry ? "false" : "true");
    return CLI_OK;
}

int cmd_flows(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 3))
        return CLI_USAGE;
    bool resumes = cli->args_n > 1 && strcmp(cli->args[0], "resume") == 0;
    if (cli->args_n > 0 && !resumes)
        return cli_misused(
            cli, "say   flows   or   flows resume FLOW [VERSION] --reason TEXT");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    return resumes ? resume(&kit) : list(&kit);
}
