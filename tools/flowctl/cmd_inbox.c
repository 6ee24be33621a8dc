/* Events that are held for somebody, that nobody took, that came twice or did not fit. */
#include <string.h>

#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

int cmd_inbox(struct cli *cli)
{
    static const char sql[] =
        "SELECT json_build_object('id', id, 'event', event, 'data', data, 'what', what,"
        " 'at', " KIT_INSTANT("at") ", 'until', " KIT_INSTANT(
            "until") ", 'problem', problem,"
                     " 'sent_by', sent_by) FROM flow.inbox"
                     " WHERE ($1::text IS NULL OR event = $1) AND ($2::text IS NULL OR "
                     "what = $2)"
                     " ORDER BY id DESC LIMIT $3::bigint";
    static const struct print_column columns[] = {
        {"id", "ID", PRINT_PLAIN},
        {"event", "EVENT", PRINT_PLAIN},
        {"what", "WHAT", PRINT_STATUS},
        {"at", "AGO", PRINT_SINCE},
        {"problem", "PROBLEM", PRINT_PLAIN},
        {"until", "UNTIL", PRINT_WIDE_ONLY},
        {"data", "DATA", PRINT_WIDE_ONLY},
        {"sent_by", "BY", PRINT_WIDE_ONLY},
        {0},
    };
    static const char *const kinds[] = {"held", "unclaimed", "duplicate", "refused"};
    int64_t limit;
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    const char *what = cli_option(cli, "what");
    bool is_kind = what == NULL;
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !is_kind; i++)
        is_kind = strcmp(kinds[i], what) == 0;
    if (!is_kind)
        return cli_misused(
            cli, "--what is held, unclaimed, duplicate or refused, not \"%s\"", what);
    if (!kit_limit(cli, -1, &limit, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    const char *values[] = {
        cli_option(cli, "event"),
        what,
        limit < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)limit),
    };
    if (!kit_list(&kit, sql, 3, values, columns, "nothing is in the inbox", &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}
