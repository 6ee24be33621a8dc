/* Does what is stored agree with what the journal says? Looked at, never changed. */
#include "engine/base/limits.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/verify.h"

enum { IDS_AT_A_TIME = 1000 };

static const struct print_column columns[] = {
    {"key", "KEY", PRINT_PLAIN},
    {"flow", "FLOW", PRINT_PLAIN},
    {"transitions", "TRANSITIONS", PRINT_PLAIN},
    {"ok", "OK", PRINT_PLAIN},
    {"differences", "DIFFERENCES", PRINT_PLAIN},
    {0},
};

struct verifying {
    struct kit *kit;
    struct loader loader;
    struct arena *turn; /* of one instance */
    struct printer printer;
    bool is_words; /* said, rather than listed */
    uint64_t agree, differ;
};

static bool one(struct verifying *v, const char *id, bool is_all, struct err *err);
static bool all(struct verifying *v, struct err *err);
static bool those_named(struct verifying *v, struct err *err);
static void sum_up(const struct verifying *v);

int cmd_verify(struct cli *cli)
{
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    bool is_all = cli_has(cli, "all");
    if (!cli_args(cli, is_all ? 0 : 1, is_all ? 0 : UINT32_MAX))
        return CLI_USAGE;
    if (!is_all && cli_has(cli, "flow"))
        return cli_misused(cli, "--flow goes with --all: of which flow");
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    struct verifying v = {.kit = &kit};
    v.is_words = kit.form == PRINT_TABLE || kit.form == PRINT_WIDE;
    v.turn = arena_new("turn", LIMIT_TURN_BYTES);
    printer_open(&v.printer, cli, kit.form, columns, kit.now);
    bool is_fine = loader_open(&v.loader, &kit, &err) &&
                   (is_all ? all(&v, &err) : those_named(&v, &err));
    printer_close(&v.printer, NULL);
    loader_close(&v.loader);
    arena_free(v.turn);
    if (!is_fine)
        return cli_fail(cli, &err);
    if (is_all || cli->args_n > 1)
        sum_up(&v);
    return v.differ > 0 ? CLI_DIFFERS : CLI_OK;
}

static bool those_named(struct verifying *v, struct err *err)
{
    for (uint32_t i = 0; i < v->kit->cli->args_n; i++) {
        struct found found;
        if (!kit_find(v->kit, v->kit->cli->args[i], &found, err) ||
            !one(v, found.id, false, err))
            return false;
    }
    return true;
}

/* One that is forgotten between the list and the look is no difference. */
static bool all(struct verifying *v, struct err *err)
{
    static const char sql[] =
        "SELECT i.shard, i.id FROM flow_data.instance i"
        " JOIN flow_data.version v ON v.id = i.version"
        " WHERE (i.shard, i.id) > ($1::smallint, $2::uuid)"
        " AND ($3::text IS NULL OR v.flow = $3) ORDER BY i.shard, i.id LIMIT $4::integer";
    struct client *client = &v->kit->client;
    char shard[8] = "-1", id[ID_TEXT_BYTES] = "00000000-0000-0000-0000-000000000000",
         most[8];
    snprintf(most, sizeof most, "%d", IDS_AT_A_TIME);
    for (;;) {
        scoped_reply struct reply page = {0};
        if (!client_ask_with(client, sql, &page, err, shard, id,
                             cli_option(v->kit->cli, "flow"), most))
            return false;
        for (uint32_t i = 0; i < page.n; i++) {
            snprintf(id, sizeof id, TEXT_FMT, TEXT_ARG(reply_text(&page, i, 1)));
            if (!one(v, id, true, err) && err->code != ERR_NOT_FOUND)
                return false;
        }
        if (page.n < IDS_AT_A_TIME)
            return true;
        snprintf(shard, sizeof shard, TEXT_FMT,
                 TEXT_ARG(reply_text(&page, page.n - 1, 0)));
    }
}

/* Of many, those that agree are counted and not named. */
static bool one(struct verifying *v, const char *id, bool is_all, struct err *err)
{
    struct verified verified;
    arena_reset(v->turn);
    if (!verify_one(&v->loader, v->turn, id, &verified, err))
        return false;
    v->agree += verified.n == 0;
    v->differ += verified.n > 0;
    if (!v->is_words) {
        if (!is_all || verified.n > 0)
            printer_row(&v->printer, verify_json(&verified));
        return true;
    }
    for (uint32_t i = 0; i < verified.n; i++)
        printf(TEXT_FMT "  " TEXT_FMT "\n", TEXT_ARG(verified.key),
               TEXT_ARG(verify_says(v->turn, &verified.differences[i])));
    if (verified.n == 0 && !is_all)
        printf(TEXT_FMT "  agrees with its journal: %u transition%s\n",
               TEXT_ARG(verified.key), verified.transitions,
               verified.transitions == 1 ? "" : "s");
    return true;
}

static void sum_up(const struct verifying *v)
{
    cli_say(v->kit->cli, "%llu agree with their journals, %llu differ",
            (unsigned long long)v->agree, (unsigned long long)v->differ);
}
