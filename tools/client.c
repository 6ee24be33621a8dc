/* A connection that is asked and waited for. */
#include "tools/client.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/store/store.h"
#include "engine/sys/env.h"
#include "engine/sys/file.h"

enum { CONNINFO_BYTES = 4096, FOLDERS_UP = 64 };

#define CONNECT_SECONDS "10" /* a host that says nothing is away */

static bool dev_conninfo(struct arena *arena, const char **out, struct err *err);
static PGconn *connected(const char *conninfo);
static bool names_another(void);
static bool make_ready(struct client *client, enum client_need need, struct err *err);
static bool code_of_state(const char *state, enum err_code *out);
static const char *who_types(struct arena *arena);
static void first_line(char *chars);

bool client_open(struct client *client, const struct cli *cli, enum client_need need,
                 struct err *err)
{
    *client = (struct client){.cli = cli, .conninfo = cli_option(cli, "db")};
    if (client->conninfo == NULL)
        client->conninfo = env_get("FLOW_DB");
    if (client->conninfo == NULL) {
        if (!dev_conninfo(cli->arena, &client->conninfo, err))
            return false;
        client->is_dev = client->conninfo != NULL;
    }
    if (client->conninfo == NULL)
        client->conninfo = "";
    client->conn = connected(client->conninfo);
    if (client->is_dev && PQstatus(client->conn) != CONNECTION_OK && names_another()) {
        PQfinish(client->conn); /* it does not run now, and another is named */
        client->is_dev = false;
        client->conn = connected(client->conninfo = "");
    }
    if (PQstatus(client->conn) == CONNECTION_OK)
        return make_ready(client, need, err);
    err_set(err, ERR_UNAVAILABLE, "cannot reach the database: %s",
            PQerrorMessage(client->conn));
    first_line(err->what);
    return err_hint(err, client->is_dev
                             ? "the development cluster of this directory does not run: "
                               "flowd --dev"
                             : "start one with flowd --dev, or name it with --db or "
                               "FLOW_DB");
}

void client_close(struct client *client)
{
    PQfinish(client->conn);
    client->conn = NULL;
}

bool client_begin(struct client *client, struct err *err)
{
    scoped_reply struct reply reply = {0};
    return client_ask(client, "BEGIN", 0, NULL, &reply, err);
}

bool client_end(struct client *client, bool keep, struct err *err)
{
    scoped_reply struct reply reply = {0};
    return client_ask(client, keep ? "COMMIT" : "ROLLBACK", 0, NULL, &reply, err);
}

bool client_ask(struct client *client, const char *sql, uint32_t n,
                const char *const *values, struct reply *reply, struct err *err)
{
    reply->result = PQexecParams(client->conn, sql, (int)n, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(reply->result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return client_refused(client, reply->result, err);
    reply->n = (uint32_t)PQntuples(reply->result);
    return true;
}

bool client_refused(struct client *client, const PGresult *result, struct err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *what = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *pointer = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    enum err_code code = ERR_FAILED;
    if (state == NULL || PQstatus(client->conn) != CONNECTION_OK) {
        err_set(err, ERR_UNAVAILABLE, "the database is gone: %s",
                PQerrorMessage(client->conn));
        first_line(err->what);
        return false;
    }
    if (name == NULL || !err_find(name, &code))
        code_of_state(state, &code);
    err_set(err, code, "%s", what != NULL ? what : "the database refused");
    if (hint != NULL)
        err_hint(err, "%s", hint);
    if (pointer != NULL && pointer[0] == '/')
        snprintf(err->pointer, sizeof err->pointer, "%s", pointer);
    return false;
}

struct text reply_text(const struct reply *reply, uint32_t row, int column)
{
    return (struct text){PQgetvalue(reply->result, (int)row, column),
                         (size_t)PQgetlength(reply->result, (int)row, column)};
}

bool reply_is_null(const struct reply *reply, uint32_t row, int column)
{
    return PQgetisnull(reply->result, (int)row, column);
}

bool reply_bool(const struct reply *reply, uint32_t row, int column)
{
    return text_is_chars(reply_text(reply, row, column), "t");
}

int64_t reply_i64(const struct reply *reply, uint32_t row, int column)
{
    int64_t x = 0;
    text_to_i64(reply_text(reply, row, column), &x);
    return x;
}

struct text reply_bytes(struct arena *arena, const struct reply *reply, uint32_t row,
                        int column)
{
    size_t n;
    unsigned char *bytes =
        PQunescapeBytea((const unsigned char *)reply_text(reply, row, column).chars, &n);
    must(bytes != NULL);
    struct text out = text_dup(arena, (struct text){(const char *)bytes, n});
    PQfreemem(bytes);
    return out;
}

const char *client_bytes(struct arena *arena, struct text bytes)
{
    char *out = arena_alloc(arena, 2 * bytes.n + 3);
    out[0] = '\\';
    out[1] = 'x';
    text_hex(out + 2, bytes.chars, bytes.n);
    return out;
}

bool client_now(struct client *client, int64_t *now, struct err *err)
{
    scoped_reply struct reply reply = {0};
    if (!client_ask(client,
                    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", 0,
                    NULL, &reply, err))
        return false;
    *now = reply_i64(&reply, 0, 0);
    return true;
}

/* The development cluster of this directory or of one above it leaves its address in
 * .flow/conninfo as long as it runs. */
static bool dev_conninfo(struct arena *arena, const char **out, struct err *err)
{
    char folder[CONNINFO_BYTES];
    if (getcwd(folder, sizeof folder) == NULL)
        return true;
    for (int up = 0; up < FOLDERS_UP; up++) {
        char *path = arena_printf(arena, "%s/.flow/conninfo", folder);
        if (file_is_there(path)) {
            struct text line;
            if (!file_read(arena, path, CONNINFO_BYTES, &line, err))
                return err_while(err, "looking for the development cluster");
            *out = text_chars(arena, text_trim(line));
            return true;
        }
        char *slash = strrchr(folder, '/');
        if (slash == NULL || folder[1] == '\0')
            return true;
        slash[slash == folder] = '\0';
    }
    return true;
}

/* What `conninfo` says wins over the patience of ours. */
static PGconn *connected(const char *conninfo)
{
    const char *const words[] = {"connect_timeout", "dbname", "client_encoding",
                                 "fallback_application_name", NULL};
    const char *const values[] = {CONNECT_SECONDS, conninfo, "UTF8", "flowctl", NULL};
    return PQconnectdbParams(words, values, 1);
}

static bool names_another(void)
{
    return env_get("PGHOST") != NULL || env_get("PGHOSTADDR") != NULL ||
           env_get("PGSERVICE") != NULL || env_get("PGDATABASE") != NULL;
}

static bool make_ready(struct client *client, enum client_need need, struct err *err)
{
    scoped_reply struct reply there = {0};
    if (!client_ask(client,
                    "SELECT to_regprocedure('flow.start(text, json, text)') IS NOT NULL",
                    0, NULL, &there, err))
        return false;
    if (!reply_bool(&there, 0, 0)) {
        if (need == CLIENT_READS) {
            err_set(err, ERR_NOT_FOUND, "this database holds no flows yet (\"%s\" on %s)",
                    PQdb(client->conn), PQhost(client->conn));
            return err_hint(err, "flowctl deploy makes the schema; another database is "
                                 "named with --db or FLOW_DB");
        }
        if (!store_migrate(client->conninfo, false, err))
            return err_while(err, "making the schema");
    }
    scoped_reply struct reply reply = {0};
    return client_ask_with(client,
                           "SELECT set_config('flow.actor', $1, false),"
                           " set_config('search_path', 'flow, pg_temp', false),"
                           " set_config('timezone', 'UTC', false)",
                           &reply, err, who_types(client->cli->arena));
}

/* A code that another table of ours gave wins; this is for what PostgreSQL says itself.
 */
static bool code_of_state(const char *state, enum err_code *out)
{
    static const struct {
        const char *prefix;
        enum err_code code;
    } states[] = {
#define STATE(prefix, code, sentence) {prefix, ERR_##code},
#include "tools/client_states.def"
#undef STATE
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (text_starts(text_of(state), text_of(states[i].prefix))) {
            *out = states[i].code;
            return true;
        }
    return false;
}

static const char *who_types(struct arena *arena)
{
    const char *named = env_get("FLOW_ACTOR");
    struct passwd *user = getpwuid(getuid());
    if (named != NULL && utf8_valid(text_of(named), NULL))
        return named;
    return user != NULL ? arena_printf(arena, "%s", user->pw_name)
                        : arena_printf(arena, "uid %d", (int)getuid());
}

static void first_line(char *chars)
{
    size_t n = strlen(chars);
    while (n > 0 && chars[n - 1] == ' ')
        chars[--n] = '\0';
}
