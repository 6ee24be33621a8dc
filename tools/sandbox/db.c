/* The database of the stand-ins. */
#include "tools/sandbox/db.h"

#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/text.h"
#include "engine/sys/clock.h"

static const char schema[] =
#include "tools/sandbox/sandbox_sql.inc"
    ;

enum { CONNECT_SECONDS = 30 }; /* a development cluster is up sooner */

struct db {
    char *conninfo;
    PGconn *conn;
};

static void ignore_notice(void *owner, const PGresult *notice)
{
    (void)owner, (void)notice;
}

static bool said_no(const struct db *db, struct err *err)
{
    struct text why = text_of(PQerrorMessage(db->conn));
    return err_set(err, ERR_UNAVAILABLE, "the sandbox's database: " TEXT_FMT,
                   TEXT_ARG(text_split(&why, '\n')));
}

static bool connect_once(struct db *db)
{
    if (db->conn == NULL)
        db->conn = PQconnectdb(db->conninfo);
    else if (PQstatus(db->conn) != CONNECTION_OK)
        PQreset(db->conn);
    PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
    return PQstatus(db->conn) == CONNECTION_OK;
}

struct db *db_open(struct arena *life, const char *conninfo, struct err *err)
{
    struct db *db = arena_new_of(life, struct db);
    db->conninfo = text_chars(life, text_of(conninfo));
    int64_t last = clock_monotonic() + CONNECT_SECONDS * INT64_C(1000000);
    while (!connect_once(db))
        if (clock_monotonic() > last) {
            said_no(db, err);
            db_close(db);
            return NULL;
        } else {
            usleep(100000);
        }
    /* Two that start at once wait for each other. */
    PGresult *made =
        PQexec(db->conn, "BEGIN; SELECT pg_advisory_xact_lock(730173017301)");
    PQclear(made);
    made = PQexec(db->conn, schema);
    bool is_made = PQresultStatus(made) == PGRES_COMMAND_OK;
    PQclear(made);
    if (!is_made) {
        said_no(db, err);
        db_close(db);
        return NULL;
    }
    PQclear(PQexec(db->conn, "COMMIT"));
    return db;
}

void db_close(struct db *db)
{
    if (db != NULL)
        PQfinish(db->conn);
}

PGresult *db_ask(struct db *db, const char *statement, int params_n,
                 const char *const *params, struct err *err)
{
    if (!connect_once(db)) {
        said_no(db, err);
        return NULL;
    }
    PGresult *result =
        PQexecParams(db->conn, statement, params_n, NULL, params, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    PQclear(result);
    said_no(db, err);
    return NULL;
}

bool db_do(struct db *db, const char *statement, int params_n, const char *const *params,
           struct err *err)
{
    PGresult *result = db_ask(db, statement, params_n, params, err);
    PQclear(result);
    return result != NULL;
}
