/* Instances, as a list. */
#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"
#include "tools/flowctl/where.h"

static bool status_fits(const struct cli *cli, struct err *err);

int cmd_list(struct cli *cli)
{
    static const char sql[] =
        "SELECT json_build_object('id', id, 'key', key, 'flow', flow, 'version', version,"
        " 'status', status, 'state', state, 'since', " KIT_INSTANT(
            "since") ","
                     " 'started_at', " KIT_INSTANT(
                         "started_at") ", 'ended_at', " KIT_INSTANT("ended_at") ")"
                                                                                " FROM "
                                                                                "flow."
                                                                                "instance"
                                                                                "s WHERE "
                                                                                "($1::"
                                                                                "text IS "
                                                                                "NULL OR "
                                                                                "flow = "
                                                                                "$1)"
                                                                                " AND "
                                                                                "($2::"
                                                                                "text IS "
                                                                                "NULL OR "
                                                                                "status "
                                                                                "= $2)"
                                                                                " AND "
                                                                                "($3::"
                                                                                "text IS "
                                                                                "NULL OR "
                                                                                "state = "
                                                                                "$3 OR "
                                                                                "starts_"
                                                                                "with("
                                                                                "state, "
                                                                                "$3 || "
                                                                                "'.'))"
                                                                                " AND "
                                                                                "($4::"
                                                                                "text IS "
                                                                                "NULL OR "
                                                                                "key = "
                                                                                "$4)"
                                                                                " AND "
                                                                                "($5::"
                                                                                "bigint "
                                                                                "IS NULL "
                                                                                "OR "
                                                                                "since "
                                                                                "<= "
                                                                                "clock_"
                                                                                "timestam"
                                                                                "p()"
                                                                                "  - "
                                                                                "$5::"
                                                                                "bigint "
                                                                                "* "
                                                                                "interval"
                                                                                " '1 "
                                                                                "microsec"
                                                                                "ond') "
                                                                                "AND"
                                                                                " " WHERE_HOLDS(
                                                                                    "$7") " ORDER BY id DESC LIMIT $6::bigint";
    static const struct print_column columns[] = {
        {"key", "KEY", PRINT_PLAIN},
        {"flow", "FLOW", PRINT_PLAIN},
        {"version", "VERSION", PRINT_PLAIN},
        {"status", "STATUS", PRINT_STATUS},
        {"state", "STATE", PRINT_PLAIN},
        {"since", "FOR", PRINT_SINCE},
        {"started_at", "STARTED", PRINT_WIDE_ONLY},
        {"ended_at", "ENDED", PRINT_WIDE_ONLY},
        {"id", "ID", PRINT_WIDE_ONLY},
        {0},
    };
    struct err err = {0};
    int64_t older, limit;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    if (!kit_span(cli, "older", -1, &older, &err) || !kit_limit(cli, -1, &limit, &err) ||
        !status_fits(cli, &err))
        return cli_fail(cli, &err);
    const char *where;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!where_read(&kit, &where, &err))
        return cli_fail(cli, &err);
    const char *values[] = {
        cli_option(cli, "flow"),
        cli_option(cli, "status"),
        cli_option(cli, "state"),
        cli_option(cli, "key"),
        older < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)older),
        limit < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)limit),
        where,
    };
    if (!kit_list(&kit, sql, 7, values, columns, "no instances", &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

static bool status_fits(const struct cli *cli, struct err *err)
{
    const char *given = cli_option(cli, "status");
    enum instance_status status;
    if (given == NULL || instance_status_of(text_of(given), &status))
        return true;
    err_set(err, ERR_USAGE, "there is no status \"%s\"", given);
    return err_hint(err, "running, waiting, parked, undoing, paused, quarantined, "
                         "completed, failed, cancelled");
}
