/* What the commands share. */
#include "tools/flowctl/kit.h"

#include <poll.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/when.h"

enum { DOZE_MS_FIRST = 20, DOZE_MS_MAX = 250 };

static bool find_by(struct kit *kit, const char *flow, const char *key, const char *id,
                    struct found *out, bool *is_there, struct err *err);
static bool was_refused(struct kit *kit, const char *id, struct err *err);
static bool drain(struct client *client, struct err *err);

bool kit_open(struct kit *kit, struct cli *cli, enum client_need need)
{
    struct err err = {0};
    *kit = (struct kit){.cli = cli, .status = CLI_USAGE};
    if (!print_form(cli, &kit->form))
        return false;
    if (client_open(&kit->client, cli, need, &err) &&
        client_now(&kit->client, &kit->now, &err))
        return true;
    kit->status = cli_fail(cli, &err);
    return false;
}

bool kit_find(struct kit *kit, const char *key, struct found *out, struct err *err)
{
    struct id id;
    bool is_there = false;
    *err = (struct err){0}; /* what was said of another instance */
    if (id_parse(text_of(key), &id)) {
        if (!find_by(kit, NULL, NULL, key, out, &is_there, err))
            return false;
    }
    if (!is_there && !find_by(kit, NULL, key, NULL, out, &is_there, err))
        return false;
    const char *slash = strchr(key, '/');
    if (!is_there &&
        slash != NULL) { /* a key may hold a slash itself: it was asked first */
        char *flow = arena_printf(kit->cli->arena, "%.*s", (int)(slash - key), key);
        if (!find_by(kit, flow, slash + 1, NULL, out, &is_there, err))
            return false;
    }
    if (is_there)
        return true;
    if (id_parse(text_of(key), &id) && was_refused(kit, key, err))
        return false;
    if (err->code != ERR_OK)
        return false;
    err_set(err, ERR_NOT_FOUND, "there is no instance \"%s\"", key);
    return err_hint(err, "flowctl list shows what there is");
}

/* What is taken at the door may still not fit deeper down: then the engine has refused
 * the start, and kept why. */
static bool was_refused(struct kit *kit, const char *id, struct err *err)
{
    static const char sql[] =
        "SELECT problem FROM flow.inbox WHERE id = $1::uuid AND what = 'refused'";
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client, sql, &reply, err, id) || reply.n == 0)
        return false;
    err_set(err, ERR_BAD_DATA, "the engine has refused it: " TEXT_FMT,
            TEXT_ARG(reply_text(&reply, 0, 0)));
    (void)err_hint(err, "mend the data and start it again; flowctl inbox --what refused "
                        "lists what was refused");
    return true;
}

bool kit_data(struct cli *cli, const char *standard, const char **out, struct err *err)
{
    const char *given = cli_option(cli, "data");
    struct text data = text_of(given);
    *out = standard;
    if (given == NULL && standard != NULL)
        return true;
    if (given == NULL) {
        err_set(err, ERR_USAGE, "--data is missing");
        return err_hint(err, "%s %s %s", cli->program->name, cli->command->name,
                        cli->command->usage);
    }
    bool is_file = given[0] == '@' || strcmp(given, "-") == 0;
    if (is_file && !cli_read(cli->arena, given[0] == '@' ? given + 1 : given,
                             LIMIT_JSON_BYTES, &data, err))
        return false;
    scoped_json json_t *json = json_read(data, err);
    if (json == NULL)
        return err_while(err, "reading --data");
    *out = text_chars(cli->arena, data);
    return true;
}

bool kit_reason(const struct kit *kit, const char **out, struct err *err)
{
    *out = cli_option(kit->cli, "reason");
    if (kit->client.is_dev || (*out != NULL && (*out)[0] != '\0'))
        return true;
    err_set(err, ERR_USAGE, "this is recorded with its reason: say it");
    return err_hint(err, "add --reason \"…\"");
}

bool kit_change(struct kit *kit, const char *sql, uint32_t n, const char *const *values,
                struct err *err)
{
    scoped_reply struct reply reply = {0};
    return client_begin(&kit->client, err) &&
           client_ask(&kit->client, sql, n, values, &reply, err) &&
           client_end(&kit->client, !cli_has(kit->cli, "dry-run"), err);
}

bool kit_span(const struct cli *cli, const char *option, int64_t standard, int64_t *out,
              struct err *err)
{
    const char *given = cli_option(cli, option);
    *out = standard;
    if (given == NULL || when_duration_parse_short(text_of(given), out))
        return true;
    err_set(err, ERR_USAGE, "--%s \"%s\" is no span of time", option, given);
    return err_hint(err, "write it like 30s, 5m, 2h, 3d, 1h30m");
}

bool kit_limit(const struct cli *cli, int64_t standard, int64_t *out, struct err *err)
{
    const char *given = cli_option(cli, "limit");
    *out = standard;
    if (given == NULL || (text_to_i64(text_of(given), out) && *out > 0))
        return true;
    return err_set(err, ERR_USAGE, "--limit \"%s\" is no number of rows", given);
}

/* Row by row, so that a million of them need no memory. */
bool kit_list(struct kit *kit, const char *sql, uint32_t n, const char *const *values,
              const struct print_column *columns, const char *nothing, struct err *err)
{
    struct printer printer;
    PGconn *conn = kit->client.conn;
    bool is_fine = true;
    if (PQsendQueryParams(conn, sql, (int)n, NULL, values, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(conn) != 1)
        return client_refused(&kit->client, NULL, err);
    printer_open(&printer, kit->cli, kit->form, columns, kit->now);
    while (is_fine) {
        scoped_reply struct reply reply = {.result = PQgetResult(conn)};
        ExecStatusType status = PQresultStatus(reply.result);
        if (reply.result == NULL || status == PGRES_TUPLES_OK)
            break;
        if (status != PGRES_SINGLE_TUPLE) {
            is_fine = client_refused(&kit->client, reply.result, err);
            break;
        }
        struct text text = reply_text(&reply, 0, 0);
        json_t *row = json_loadb(text.chars, text.n, 0, NULL);
        is_fine = row != NULL || err_set(err, ERR_BROKEN, "a row of the list is no JSON");
        if (row != NULL)
            printer_row(&printer, row);
    }
    printer_close(&printer, is_fine ? nothing : NULL);
    struct err later = {0};
    return drain(&kit->client, is_fine ? err : &later) && is_fine;
}

void kit_doze(uint32_t *round)
{
    int ms = DOZE_MS_FIRST << (*round < 8 ? *round : 8);
    poll(NULL, 0, ms < DOZE_MS_MAX ? ms : DOZE_MS_MAX);
    (*round)++;
}

/* The latest instance of each flow that has one of that key. */
static bool find_by(struct kit *kit, const char *flow, const char *key, const char *id,
                    struct found *out, bool *is_there, struct err *err)
{
    static const char by_key[] =
        "SELECT DISTINCT ON (flow) id, key, flow, status, state FROM flow.instances"
        " WHERE key = $1 AND ($2::text IS NULL OR flow = $2) ORDER BY flow, id DESC "
        "LIMIT 2";
    static const char by_id[] =
        "SELECT id, key, flow, status, state FROM flow.instances WHERE id = $1::uuid";
    scoped_reply struct reply reply = {0};
    bool is_fine = id != NULL
                       ? client_ask_with(&kit->client, by_id, &reply, err, id)
                       : client_ask_with(&kit->client, by_key, &reply, err, key, flow);
    if (!is_fine)
        return false;
    if (reply.n > 1) {
        err_set(err, ERR_USAGE, "\"%s\" is the key of instances of several flows", key);
        return err_hint(err, "say " TEXT_FMT "/%s, or " TEXT_FMT "/%s",
                        TEXT_ARG(reply_text(&reply, 0, 2)), key,
                        TEXT_ARG(reply_text(&reply, 1, 2)), key);
    }
    *is_there = reply.n == 1;
    if (!*is_there)
        return true;
    struct arena *arena = kit->cli->arena;
    out->id = text_chars(arena, reply_text(&reply, 0, 0));
    out->key = text_dup(arena, reply_text(&reply, 0, 1));
    out->flow = text_dup(arena, reply_text(&reply, 0, 2));
    out->status = text_dup(arena, reply_text(&reply, 0, 3));
    out->state = text_dup(arena, reply_text(&reply, 0, 4));
    return true;
}

/* Until libpq is ready for the next question. */
static bool drain(struct client *client, struct err *err)
{
    bool is_fine = true;
    for (PGresult *rest; (rest = PQgetResult(client->conn)) != NULL; PQclear(rest))
        if (PQresultStatus(rest) == PGRES_FATAL_ERROR && is_fine)
            is_fine = client_refused(client, rest, err);
    return is_fine;
}
