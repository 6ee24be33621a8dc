/* Flows that begin by themselves, and what is measured of flows. */
#include <string.h>

#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

static int list(struct kit *kit)
{
    static const char sql[] =
        "SELECT json_build_object('flow', flow, 'version', version, 'every', 'every ' || "
        "every,"
        " 'next', " KIT_INSTANT("next") ", 'last_at', " KIT_INSTANT(
            "last_at") ", 'last', last,"
                       " 'paused_at', " KIT_INSTANT(
                           "paused_at") ", 'paused_by', paused_by, 'reason', reason,"
                                        " 'problem', problem)"
                                        " FROM flow.schedules ORDER BY flow, line";
    static const struct print_column columns[] = {
        {"flow", "FLOW", PRINT_PLAIN},
        {"every", "BEGINS", PRINT_PLAIN},
        {"next", "NEXT", PRINT_PLAIN},
        {"last_at", "LAST", PRINT_SINCE},
        {"paused_at", "PAUSED", PRINT_SINCE},
        {"problem", "PROBLEM", PRINT_PLAIN},
        {"version", "VERSION", PRINT_WIDE_ONLY},
        {"last", "INSTANCE", PRINT_WIDE_ONLY},
        {"paused_by", "BY", PRINT_WIDE_ONLY},
        {"reason", "REASON", PRINT_WIDE_ONLY},
        {0},
    };
    struct err err = {0};
    return kit_list(kit, sql, 0, NULL, columns, "no flow begins by itself", &err)
               ? CLI_OK
               : cli_fail(kit->cli, &err);
}

static int change(struct kit *kit, const char *sql, const char *done)
{
    struct cli *cli = kit->cli;
    struct err err = {0};
    const char *reason, *values[2];
    bool is_dry = cli_has(cli, "dry-run");
    if (!kit_reason(kit, &reason, &err))
        return cli_fail(cli, &err);
    values[0] = cli->args[1];
    values[1] = reason;
    if (!kit_change(kit, sql, 2, values, &err))
        return cli_fail(cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s %s %s\n", cli->args[1], is_dry ? "could be" : "is", done);
    else
        printf("{\"flow\":\"%s\",\"done\":%s}\n", cli->args[1],
               is_dry ? "false" : "true");
    return CLI_OK;
}

int cmd_schedules(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 2))
        return CLI_USAGE;
    bool pauses = cli->args_n == 2 && strcmp(cli->args[0], "pause") == 0;
    bool resumes = cli->args_n == 2 && strcmp(cli->args[0], "resume") == 0;
    if (cli->args_n > 0 && !pauses && !resumes)
        return cli_misused(cli, "say   schedules   or   schedules pause|resume FLOW");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (pauses)
        return change(&kit, "SELECT flow.pause_schedule($1, $2)", "paused");
    if (resumes)
        return change(&kit, "SELECT flow.resume_schedule($1, $2)", "resumed");
    return list(&kit);
}

int cmd_measures(struct cli *cli)
{
    static const char sql[] =
        "SELECT json_build_object('flow', flow, 'version', version, 'measure', measure, "
        "'kind', kind,"
        " 'n', n, 'mean', round(mean, 4)::text, 'unit', coalesce(unit, ''), 'total', "
        "total::text,"
        " 'goal', goal, 'met', met, 'missed', missed,"
        " 'reached', CASE WHEN kind = 'share' THEN round(100 * mean, 1)"
        " WHEN met + missed > 0 THEN round(100.0 * met / (met + missed), 1) END::text || "
        "'%')"
        " FROM flow.measure_totals WHERE ($1::text IS NULL OR flow = $1)"
        " ORDER BY flow, version DESC, measure, unit";
    static const struct print_column columns[] = {
        {"flow", "FLOW", PRINT_PLAIN},         {"version", "VERSION", PRINT_PLAIN},
        {"measure", "MEASURE", PRINT_PLAIN},   {"n", "COUNTED", PRINT_PLAIN},
        {"mean", "MEAN", PRINT_PLAIN},         {"unit", "UNIT", PRINT_PLAIN},
        {"goal", "GOAL", PRINT_PLAIN},         {"reached", "REACHED", PRINT_PLAIN},
        {"total", "TOTAL", PRINT_WIDE_ONLY},   {"met", "MET", PRINT_WIDE_ONLY},
        {"missed", "MISSED", PRINT_WIDE_ONLY}, {0},
    };
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 1))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    const char *values[] = {cli->args_n > 0 ? cli->args[0] : NULL};
    return kit_list(&kit, sql, 1, values, columns, "no deployed flow is measured", &err)
               ? CLI_OK
               : cli_fail(cli, &err);
}
