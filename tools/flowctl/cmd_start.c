/* Beginning instances, and telling the flows what has happened: one at a time, or a file
 * of them. */
#include "tools/flowctl/bulk.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/until.h"

static int one(struct bulk *bulk, const char *key);
static int many(struct bulk *bulk, const struct print_column *columns);
static void one_words(const struct bulk *bulk);
static int until_ended(struct bulk *bulk);

int cmd_start(struct cli *cli)
{
    static const char sql[] =
        "SELECT s.id, s.created FROM unnest($2::text[], $3::text[]) WITH ORDINALITY "
        "t(args, key, n),"
        " LATERAL flow.start_instance($1, t.args::json, t.key) s ORDER BY t.n";
    static const struct print_column columns[] = {
        {"key", "KEY", PRINT_PLAIN},         {"flow", "FLOW", PRINT_PLAIN},
        {"version", "VERSION", PRINT_PLAIN}, {"created", "CREATED", PRINT_PLAIN},
        {"id", "ID", PRINT_WIDE_ONLY},       {0},
    };
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    scoped_judge struct judge judge = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (cli_has(cli, "jsonl") && (cli_has(cli, "data") || cli_has(cli, "key")))
        return cli_misused(cli, "--jsonl stands for --data and --key");
    if (cli_has(cli, "keys") && !cli_has(cli, "jsonl"))
        return cli_misused(cli, "--keys says how the lines of --jsonl look");
    if (cli_has(cli, "wait") && (cli_has(cli, "jsonl") || cli_has(cli, "dry-run")))
        return cli_misused(cli, "--wait is for one instance that is really started");
    if (!kit_open(&kit, cli, CLIENT_MAKES))
        return kit.status;
    if (!judge_open(&judge, &kit, cli->args[0], true, &err))
        return cli_fail(cli, &err);
    struct bulk bulk = {.kit = &kit,
                        .judge = &judge,
                        .name = cli->args[0],
                        .sql = sql,
                        .flag = "created",
                        .is_start = true,
                        .has_keys = cli_has(cli, "keys"),
                        .is_dry = cli_has(cli, "dry-run")};
    int status =
        cli_has(cli, "jsonl") ? many(&bulk, columns) : one(&bulk, cli_option(cli, "key"));
    if (status == CLI_OK && cli_has(cli, "wait"))
        status = until_ended(&bulk);
    json_decref(bulk.last);
    return status;
}

int cmd_send(struct cli *cli)
{
    static const char sql[] = "SELECT s.id, s.duplicate FROM unnest($2::text[], "
                              "$3::text[]) WITH ORDINALITY t(body, key, n),"
                              " LATERAL flow.send_event($1, t.body::json) s ORDER BY t.n";
    static const struct print_column columns[] = {
        {"id", "ID", PRINT_PLAIN},
        {"duplicate", "DUPLICATE", PRINT_PLAIN},
        {0},
    };
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    scoped_judge struct judge judge = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (cli_has(cli, "jsonl") == cli_has(cli, "data"))
        return cli_misused(
            cli, "an event has its data from --data, or many have from --jsonl");
    if (!kit_open(&kit, cli, CLIENT_MAKES))
        return kit.status;
    if (!judge_open(&judge, &kit, cli->args[0], false, &err))
        return cli_fail(cli, &err);
    struct bulk bulk = {.kit = &kit,
                        .judge = &judge,
                        .name = cli->args[0],
                        .sql = sql,
                        .flag = "duplicate",
                        .is_dry = cli_has(cli, "dry-run")};
    int status = cli_has(cli, "jsonl") ? many(&bulk, columns) : one(&bulk, NULL);
    json_decref(bulk.last);
    return status;
}

static int one(struct bulk *bulk, const char *key)
{
    struct err err = {0};
    const char *data;
    struct cli *cli = bulk->kit->cli;
    if (!kit_data(cli, bulk->is_start ? "{}" : NULL, &data, &err) ||
        !bulk_one(bulk, data, key, &err))
        return cli_fail(cli, &err);
    const char *name = bulk->is_start ? "key" : "id";
    switch (bulk->kit->form) {
    case PRINT_TABLE:
    case PRINT_WIDE:
        one_words(bulk);
        break;
    case PRINT_NAME:
        printf("%s\n", json_string_value(json_object_get(bulk->last, name)));
        break;
    case PRINT_CSV:
        return cli_misused(cli, "one row is no table: -o csv is for --jsonl");
    case PRINT_JSON:
    case PRINT_JSONL:
        print_json(PRINT_JSONL, bulk->last);
        break;
    }
    fflush(stdout);
    return CLI_OK;
}

static void one_words(const struct bulk *bulk)
{
    bool flag = json_is_true(json_object_get(bulk->last, bulk->flag));
    const char *would = bulk->is_dry ? "would be " : "";
    const char *key = json_string_value(json_object_get(bulk->last, "key"));
    const char *id = json_string_value(json_object_get(bulk->last, "id"));
    if (bulk->is_start)
        printf("%s %s%s (%s version %lld, %s)\n", key, would,
               flag ? "started" : "living already", bulk->name,
               json_integer_value(json_object_get(bulk->last, "version")), id);
    else
        printf("%s %s%s (%s)\n", bulk->name, would, flag ? "a duplicate" : "sent", id);
}

static int many(struct bulk *bulk, const struct print_column *columns)
{
    struct err err = {0};
    struct printer printer;
    struct cli *cli = bulk->kit->cli;
    enum print_form form = bulk->kit->form;
    bool is_quiet = form == PRINT_TABLE;
    printer_open(&printer, cli, form, columns, bulk->kit->now);
    bulk->printer = is_quiet ? NULL : &printer;
    bool is_fine = bulk_file(bulk, cli_option(cli, "jsonl"), &err);
    printer_close(&printer, NULL);
    if (is_quiet)
        printf("%s: %llu %s%s, %llu of them %s, %llu refused\n", bulk->name,
               (unsigned long long)bulk->done, bulk->is_dry ? "would be " : "",
               bulk->is_start ? "started" : "sent",
               (unsigned long long)(bulk->is_start ? bulk->done - bulk->flagged
                                                   : bulk->flagged),
               bulk->is_start ? "living before" : "duplicates",
               (unsigned long long)bulk->refused);
    if (!is_fine)
        return cli_fail(cli, &err);
    return bulk->refused > 0 ? err_exit(ERR_PARTLY) : CLI_OK;
}

static int until_ended(struct bulk *bulk)
{
    struct err err = {0};
    struct kit *kit = bulk->kit;
    int64_t patience;
    struct found found = {.id = json_string_value(json_object_get(bulk->last, "id"))};
    if (!kit_span(kit->cli, "timeout", -1, &patience, &err))
        return cli_fail(kit->cli, &err);
    int status = until_wait(kit, &found, &(struct until){.ended = true}, patience, &err);
    if (err.code != ERR_OK)
        return cli_fail(kit->cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf(TEXT_FMT " is " TEXT_FMT "%s" TEXT_FMT "\n", TEXT_ARG(found.key),
               TEXT_ARG(found.status), found.state.n > 0 ? ", in " : "",
               TEXT_ARG(found.state));
    return status;
}
