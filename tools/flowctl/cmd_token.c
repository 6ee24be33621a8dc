/* Tokens for the HTTP door: made, listed, revoked. */
#include <string.h>

#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

static int create(struct kit *kit);
static int list(struct kit *kit);
static int revoke(struct kit *kit);

static const struct {
    const char *name;
    uint32_t args;
    enum client_need need;
    int (*run)(struct kit *kit);
} actions[] = {
    {"create", 2, CLIENT_MAKES, create},
    {"list", 1, CLIENT_READS, list},
    {"revoke", 2, CLIENT_READS, revoke},
};

int cmd_token(struct cli *cli)
{
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 1, 2))
        return CLI_USAGE;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(cli->args[0], actions[i].name) != 0)
            continue;
        if (!cli_args(cli, actions[i].args, actions[i].args))
            return CLI_USAGE;
        if (!kit_open(&kit, cli, actions[i].need))
            return kit.status;
        return actions[i].run(&kit);
    }
    return cli_misused(cli, "token is created, listed or revoked, not \"%s\"",
                       cli->args[0]);
}

static int create(struct kit *kit)
{
    static const char sql[] =
        "SELECT id, token FROM flow.token_create($1, coalesce($2, 'flow_operator'),"
        " string_to_array(coalesce($3, 'start,send,read,answer,command'), ','),"
        " $4::bigint * interval '1 microsecond')";
    struct cli *cli = kit->cli;
    struct err err = {0};
    int64_t expires;
    bool is_dry = cli_has(cli, "dry-run");
    scoped_reply struct reply reply = {0}, ended = {0};
    if (!kit_span(cli, "expires", -1, &expires, &err) ||
        !client_begin(&kit->client, &err))
        return cli_fail(cli, &err);
    const char *life =
        expires < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)expires);
    if (!client_ask_with(&kit->client, sql, &reply, &err, cli->args[1],
                         cli_option(cli, "role"), cli_option(cli, "scopes"), life) ||
        !client_end(&kit->client, !is_dry, &err))
        return cli_fail(cli, &err);
    if (is_dry) {
        cli_say(cli, "the token \"%s\" could be made", cli->args[1]);
        return CLI_OK;
    }
    struct text id = reply_text(&reply, 0, 0), token = reply_text(&reply, 0, 1);
    scoped_json json_t *json =
        json_pack("{s:o, s:o}", "id", json_text(id), "token", json_text(token));
    if (kit->form == PRINT_JSON || kit->form == PRINT_JSONL) {
        print_json(PRINT_JSONL, json);
        return CLI_OK;
    }
    printf(TEXT_FMT "\n", TEXT_ARG(token));
    if (kit->form != PRINT_NAME)
        cli_say(cli, "it is shown this once; only its digest is kept");
    return CLI_OK;
}

static int list(struct kit *kit)
{
    static const char sql[] =
        "SELECT json_build_object('name', name, 'role', role, 'scopes', scopes,"
        " 'created_at', " KIT_INSTANT(
            "created_at") ", 'created_by', created_by,"
                          " 'expires_at', " KIT_INSTANT(
                              "expires_at") ", 'revoked_at', " KIT_INSTANT("revoked_"
                                                                           "at") ", "
                                                                                 "'id"
                                                                                 "', "
                                                                                 "id)"
                                                                                 " FR"
                                                                                 "OM "
                                                                                 "flo"
                                                                                 "w."
                                                                                 "tok"
                                                                                 "en_"
                                                                                 "lis"
                                                                                 "t("
                                                                                 ")";
    static const struct print_column columns[] = {
        {"name", "NAME", PRINT_PLAIN},
        {"role", "ROLE", PRINT_PLAIN},
        {"scopes", "SCOPES", PRINT_PLAIN},
        {"created_at", "AGE", PRINT_SINCE},
        {"expires_at", "EXPIRES", PRINT_PLAIN},
        {"revoked_at", "REVOKED", PRINT_PLAIN},
        {"created_by", "BY", PRINT_WIDE_ONLY},
        {"id", "ID", PRINT_PLAIN},
        {0},
    };
    struct err err = {0};
    if (!kit_list(kit, sql, 0, NULL, columns, "there are no tokens", &err))
        return cli_fail(kit->cli, &err);
    return CLI_OK;
}

/* By id, or by a name that only one living token has. */
static int revoke(struct kit *kit)
{
    static const char sql[] =
        "SELECT id FROM flow.token_list() WHERE (id::text = $1 OR name = $1)"
        " AND revoked_at IS NULL";
    struct cli *cli = kit->cli;
    struct err err = {0};
    bool is_dry = cli_has(cli, "dry-run");
    scoped_reply struct reply found = {0}, reply = {0};
    if (!client_ask_with(&kit->client, sql, &found, &err, cli->args[1]))
        return cli_fail(cli, &err);
    if (found.n == 0)
        err_set(&err, ERR_NOT_FOUND, "there is no token \"%s\", or it was revoked before",
                cli->args[1]);
    else if (found.n > 1)
        err_set(&err, ERR_USAGE, "%u tokens are named \"%s\": revoke them by id", found.n,
                cli->args[1]);
    if (found.n != 1)
        return cli_fail(cli, &err);
    const char *id = text_chars(cli->arena, reply_text(&found, 0, 0));
    if (!client_begin(&kit->client, &err) ||
        !client_ask_with(&kit->client, "SELECT flow.token_revoke($1::uuid)", &reply, &err,
                         id) ||
        !client_end(&kit->client, !is_dry, &err))
        return cli_fail(cli, &err);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s %s\n", cli->args[1], is_dry ? "could be revoked" : "is revoked");
    else if (kit->form == PRINT_NAME)
        printf("%s\n", id);
    else
        printf("{\"id\":\"%s\",\"revoked\":%s}\n", id, is_dry ? "false" : "true");
    return CLI_OK;
}
