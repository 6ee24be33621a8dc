/* What happened to an instance: history, and history -f. */
#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

#include "engine/base/when.h"

static const struct print_column columns[] = {
    {"at", "AT", PRINT_MOMENT},        {"kind", "KIND", PRINT_PLAIN},
    {"state", "STATE", PRINT_PLAIN},   {"step", "STEP", PRINT_PLAIN},
    {"text", "TEXT", PRINT_PLAIN},     {"actor", "WHO", PRINT_WIDE_ONLY},
    {"line", "LINE", PRINT_WIDE_ONLY}, {"seq", "SEQ", PRINT_WIDE_ONLY},
    {"data", "DATA", PRINT_WIDE_ONLY}, {0},
};

static bool follow(struct kit *kit, const struct found *found, struct err *err);
static bool print_after(struct kit *kit, const struct found *found,
                        struct printer *printer, int64_t *seq, struct err *err);
static bool has_ended(struct kit *kit, const struct found *found, bool *out,
                      struct err *err);

#define ENTRY                                                                            \
    "json_build_object('seq', seq, 'at', " KIT_INSTANT(                                  \
        "at") ", 'kind', kind, 'state', state,"                                          \
              " 'step', step, 'line', line, 'actor', actor, 'text', text, 'data', data)"

int cmd_history(struct cli *cli)
{
    static const char sql[] =
        "SELECT " ENTRY " FROM (SELECT * FROM flow.history WHERE instance = $1::uuid"
        " ORDER BY seq DESC LIMIT $2::bigint) newest ORDER BY seq";
    struct err err = {0};
    struct found found;
    int64_t limit;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (!kit_limit(cli, -1, &limit, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!kit_find(&kit, cli->args[0], &found, &err))
        return cli_fail(cli, &err);
    const char *most =
        limit < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)limit);
    const char *values[] = {found.id, most};
    bool is_fine = cli_has(cli, "follow") ? follow(&kit, &found, &err)
                                          : kit_list(&kit, sql, 2, values, columns,
                                                     "nothing happened yet", &err);
    return is_fine ? CLI_OK : cli_fail(cli, &err);
}

/* Prints what is there, then what comes, until it has ended and all was printed. */
static bool follow(struct kit *kit, const struct found *found, struct err *err)
{
    struct printer printer;
    int64_t seq = 0;
    uint32_t round = 0;
    bool is_fine, ended = false;
    printer_open(&printer, kit->cli, kit->form, columns, kit->now);
    while ((is_fine = has_ended(kit, found, &ended, err))) {
        int64_t before = seq;
        is_fine = print_after(kit, found, &printer, &seq, err);
        if (!is_fine || ended)
            break;
        if (seq > before)
            round = 0;
        kit_doze(&round);
    }
    printer_close(&printer, NULL);
    return is_fine;
}

static bool print_after(struct kit *kit, const struct found *found,
                        struct printer *printer, int64_t *seq, struct err *err)
{
    static const char sql[] =
        "SELECT " ENTRY ", seq FROM flow.history WHERE instance = $1::uuid"
        " AND seq > $2::bigint ORDER BY seq";
    char after[24];
    scoped_reply struct reply reply = {0};
    snprintf(after, sizeof after, "%lld", (long long)*seq);
    if (!client_ask_with(&kit->client, sql, &reply, err, found->id, after))
        return false;
    for (uint32_t i = 0; i < reply.n; i++) {
        struct text text = reply_text(&reply, i, 0);
        json_t *row = json_loadb(text.chars, text.n, 0, NULL);
        if (row == NULL)
            return err_set(err, ERR_BROKEN, "an entry of the history is no JSON");
        printer_row(printer, row);
        *seq = reply_i64(&reply, i, 1);
    }
    printer_flush(printer);
    return true;
}

static bool has_ended(struct kit *kit, const struct found *found, bool *out,
                      struct err *err)
{
    struct found now;
    if (!kit_find(kit, found->id, &now, err))
        return false;
    enum instance_status status = STATUS_RUNNING;
    *out = instance_status_of(now.status, &status) && instance_status_is_ended(status);
    return true;
}
