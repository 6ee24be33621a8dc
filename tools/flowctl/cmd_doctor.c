/* Is all well? The settings of the server, the engines, what has waited too long, and
 * whether what is stored is what happened. */
#include "engine/store/store.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"
#include "tools/flowctl/sample.h"

static const struct print_column columns[] = {
    {"check", "CHECK", PRINT_PLAIN},
    {"found", "FOUND", PRINT_STATUS},
    {"says", "SAYS", PRINT_PLAIN},
    {0},
};

/* Each gives found (ok, warning, problem) and says, in one row. */
static const struct {
    const char *check;
    const char *sql;
} checks[] = {
#define CHECK(name, sql, sentence) {name, sql},
#include "tools/flowctl/doctor.def"
#undef CHECK
};

struct doctor {
    struct printer printer;
    uint32_t problems;
};

static void say(struct doctor *doctor, const char *check, const char *found,
                struct text says);
static void scan(struct doctor *doctor, struct kit *kit, enum store_scan which);
static void fold(struct doctor *doctor, struct kit *kit, uint32_t most);
static void say_setting(void *owner, enum store_risk risk, struct text sentence);

int cmd_doctor(struct cli *cli)
{
    struct err err = {0};
    struct doctor doctor = {0};
    scoped_kit struct kit kit = {0};
    uint32_t most;
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    if (!sample_size(cli, &most, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    printer_open(&doctor.printer, cli, kit.form, columns, kit.now);
    bool is_fine = store_migrate(kit.client.conninfo, true, &err);
    say(&doctor, "schema", is_fine ? "ok" : "problem",
        is_fine ? TEXT("as this program wants it") : text_of(err.what));
    if (!store_look_over(kit.client.conninfo, say_setting, &doctor, &err))
        say(&doctor, "settings", "problem", text_of(err.what));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        scoped_reply struct reply reply = {0};
        if (!client_ask(&kit.client, checks[i].sql, 0, NULL, &reply, &err))
            say(&doctor, checks[i].check, "problem", text_of(err.what));
        else
            say(&doctor, checks[i].check,
                text_chars(cli->arena, reply_text(&reply, 0, 0)),
                reply_text(&reply, 0, 1));
    }
    for (int i = 0; i < STORE_SCANS; i++)
        scan(&doctor, &kit, (enum store_scan)i);
    if (most > 0)
        fold(&doctor, &kit, most);
    printer_close(&doctor.printer, NULL);
    return doctor.problems == 0 ? CLI_OK : CLI_FAILED;
}

int cmd_nodes(struct cli *cli)
{
    static const char sql[] =
        "SELECT json_build_object('name', name, 'alive', alive, 'shards', shards,"
        " 'started_at', " KIT_INSTANT("started_at") ", 'expires_at', " KIT_INSTANT(
            "expires_at") ", 'id', id) FROM flow.nodes ORDER BY alive DESC, started_at";
    static const struct print_column node_columns[] = {
        {"name", "NAME", PRINT_PLAIN},     {"alive", "ALIVE", PRINT_PLAIN},
        {"shards", "SHARDS", PRINT_PLAIN}, {"started_at", "FOR", PRINT_SINCE},
        {"id", "ID", PRINT_WIDE_ONLY},     {0},
    };
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!kit_list(&kit, sql, 0, NULL, node_columns, "no engine runs", &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

static void say(struct doctor *doctor, const char *check, const char *found,
                struct text says)
{
    doctor->problems += text_is_chars(text_of(found), "problem");
    printer_row(&doctor->printer, json_pack("{s:s, s:s, s:o}", "check", check, "found",
                                            found, "says", json_text(says)));
}

/* The same that flowd does, and as its metric is called. */
static void scan(struct doctor *doctor, struct kit *kit, enum store_scan which)
{
    const struct store_scanner *scanner = store_scanner(which);
    scoped_reply struct reply reply = {0};
    struct err err = {0};
    if (!client_ask(&kit->client, store_scan_text(which), 0, NULL, &reply, &err))
        say(doctor, scanner->name, "problem", text_of(err.what));
    else
        say(doctor, scanner->name,
            text_is_chars(reply_text(&reply, 0, 0), "0") ? "ok" : scanner->found,
            reply_text(&reply, 0, 1));
}

/* Of some instances: all of them would take as long as there are journals. */
static void fold(struct doctor *doctor, struct kit *kit, uint32_t most)
{
    struct sampled sampled;
    struct err err = {0};
    if (!sample_verify(kit, most, &sampled, &err))
        say(doctor, "fold", "problem", text_of(err.what));
    else
        say(doctor, "fold", sampled.differ == 0 ? "ok" : "problem", sampled.says);
}

/* What puts the promises at risk is for the operator to decide: development may choose
 * so. */
static void say_setting(void *owner, enum store_risk risk, struct text sentence)
{
    if (risk != STORE_RISK_STANDBY) /* for who asked for one, flowd refuses it */
        say(owner, "settings", risk == STORE_RISK_ALL ? "problem" : "warning", sentence);
}
