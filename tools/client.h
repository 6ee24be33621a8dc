/* PostgreSQL, asked and waited for: how flowctl reads and writes the store. */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include <libpq-fe.h>

#include "engine/base/id.h"
#include "tools/cli.h"

struct client {
    const struct cli *cli;
    PGconn *conn;
    const char *conninfo;
    bool is_dev; /* the development cluster of this directory, or of one above it */
};

enum client_need {
    CLIENT_READS, /* a database without our schema is refused */
    CLIENT_MAKES  /* an empty database gets the schema, when we may */
};

/* Connects: to --db, else FLOW_DB, else the development cluster that runs for this
 * directory, else as libpq's own PG* variables say. */
MUST_USE bool client_open(struct client *client, const struct cli *cli,
                          enum client_need need, struct err *err);
void client_close(struct client *client); /* a fresh one, all zero, is fine */

static inline void client_scoped_close_(struct client *client)
{
    client_close(client);
}
#define scoped_client __attribute__((cleanup(client_scoped_close_)))

/* A transaction: what a command changes is one, and --dry-run ends it without a trace. */
MUST_USE bool client_begin(struct client *client, struct err *err);
MUST_USE bool client_end(struct client *client, bool keep, struct err *err);

/* Rows of an answer. */
struct reply {
    PGresult *result;
    uint32_t n;
};

static inline void reply_scoped_clear_(struct reply *reply)
{
    PQclear(reply->result);
}
#define scoped_reply __attribute__((cleanup(reply_scoped_clear_)))

/* Asks a static text with `n` parameters, each as text or NULL. */
MUST_USE bool client_ask(struct client *client, const char *sql, uint32_t n,
                         const char *const *values, struct reply *reply, struct err *err);
#define client_ask_with(client, sql, reply, err, ...)                                    \
    client_ask((client), (sql),                                                          \
               sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),             \
               (const char *[]){__VA_ARGS__}, (reply), (err))

/* What the server said, in our codes. */
bool client_refused(struct client *client, const PGresult *result, struct err *err);

struct text reply_text(const struct reply *reply, uint32_t row, int column);
bool reply_is_null(const struct reply *reply, uint32_t row, int column);
bool reply_bool(const struct reply *reply, uint32_t row, int column);
int64_t reply_i64(const struct reply *reply, uint32_t row, int column);
struct text reply_bytes(struct arena *arena, const struct reply *reply, uint32_t row,
                        int column); /* of a bytea */

/* A bytea as a parameter. */
const char *client_bytes(struct arena *arena, struct text bytes);

/* µs since the epoch, by the database's clock. */
MUST_USE bool client_now(struct client *client, int64_t *now, struct err *err);

#endif
