/* Any question to the views, in a transaction that can only read. */
#include "tools/flowctl/commands.h"
#include "tools/flowctl/kit.h"

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_JSON = 114,
    OID_JSONB = 3802
};

static bool ask(struct kit *kit, const char *query, struct err *err);
static const struct print_column *columns_of(struct kit *kit, const PGresult *result);
static json_t *row_of(const struct reply *reply);
static json_t *value_of(const struct reply *reply, int column);

int cmd_sql(struct cli *cli)
{
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    scoped_reply struct reply begun = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!client_ask(&kit.client, "BEGIN READ ONLY", 0, NULL, &begun, &err) ||
        !ask(&kit, cli->args[0], &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

/* The extended protocol takes one statement: it cannot end the transaction and go on. */
static bool ask(struct kit *kit, const char *query, struct err *err)
{
    bool is_open = false, is_fine = true;
    struct printer printer;
    PGconn *conn = kit->client.conn;
    if (PQsendQueryParams(conn, query, 0, NULL, NULL, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(conn) != 1)
        return client_refused(&kit->client, NULL, err);
    for (;;) {
        scoped_reply struct reply reply = {.result = PQgetResult(conn)};
        ExecStatusType status = PQresultStatus(reply.result);
        if (reply.result == NULL)
            break;
        bool has_rows = status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK;
        if (has_rows && !is_open && PQnfields(reply.result) > 0) {
            printer_open(&printer, kit->cli, kit->form, columns_of(kit, reply.result),
                         kit->now);
            is_open = true;
        }
        if (status == PGRES_SINGLE_TUPLE)
            printer_row(&printer, row_of(&reply));
        else if (!has_rows && status != PGRES_COMMAND_OK && is_fine)
            is_fine = client_refused(&kit->client, reply.result, err);
    }
    if (is_open)
        printer_close(&printer, is_fine ? "no rows" : NULL);
    return is_fine;
}

static const struct print_column *columns_of(struct kit *kit, const PGresult *result)
{
    int n = PQnfields(result);
    struct print_column *columns =
        arena_array(kit->cli->arena, struct print_column, n + 1);
    for (int i = 0; i < n; i++) {
        char *name = text_chars(kit->cli->arena, text_of(PQfname(result, i)));
        columns[i] = (struct print_column){name, name, PRINT_PLAIN};
    }
    return columns;
}

static json_t *row_of(const struct reply *reply)
{
    json_t *row = json_object();
    for (int i = 0; i < PQnfields(reply->result); i++)
        json_object_set_new(row, PQfname(reply->result, i), value_of(reply, i));
    return row;
}

/* Decimals stay text: they are exact. */
static json_t *value_of(const struct reply *reply, int column)
{
    struct text text = reply_text(reply, 0, column);
    json_t *json = NULL;
    if (reply_is_null(reply, 0, column))
        return json_null();
    switch (PQftype(reply->result, column)) {
    case OID_BOOL:
        return json_boolean(reply_bool(reply, 0, column));
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return json_integer(reply_i64(reply, 0, column));
    case OID_JSON:
    case OID_JSONB:
        json = json_loadb(text.chars, text.n, JSON_DECODE_ANY, NULL);
        break;
    default:
        break;
    }
    return json != NULL ? json : json_text(text);
}
