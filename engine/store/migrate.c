/* The schema: which migrations a database has had, and applying those that are missing.
 */
#include <libpq-fe.h>

#include "engine/base/arena.h"
#include "engine/store/store.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"

/* One migration at a time in the whole database, whoever tries. */
#define LOCK   "SELECT pg_advisory_lock(7301)"
#define UNLOCK "SELECT pg_advisory_unlock(7301)"

static const struct migration {
    int number;
    const char *name;
    const char *text;
} migrations[] = {
#define MIGRATION(number, name, text) {number, name, text},
#include "engine/store/migrations.inc"
#undef MIGRATION
};

enum { MIGRATIONS = sizeof migrations / sizeof *migrations };

static inline void scoped_result_(PGresult **result)
{
    PQclear(*result);
}
#define scoped_result __attribute__((cleanup(scoped_result_)))
static inline void scoped_conn_(PGconn **conn)
{
    PQfinish(*conn);
}
#define scoped_conn __attribute__((cleanup(scoped_conn_)))

static bool failed(PGconn *conn, const PGresult *result, struct err *err)
{
    const char *said =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state =
        result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    enum err_code code = said == NULL                                   ? ERR_UNAVAILABLE
                         : state != NULL && strcmp(state, "42501") == 0 ? ERR_NOT_ALLOWED
                                                                        : ERR_FAILED;
    return err_set(err, code, "%s", said == NULL ? PQerrorMessage(conn) : said);
}

static bool run(PGconn *conn, const char *sql, struct err *err)
{
    scoped_result PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           failed(conn, result, err);
}

static void on_notice(void *owner, const PGresult *result)
{
    (void)owner;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != NULL && strcmp(severity, "WARNING") == 0)
        log_warn("schema",
                 LOG_CHARS("says", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
}

static PGconn *connect(const char *conninfo, struct err *err)
{
    const char *names[] = {"dbname", "application_name", "connect_timeout", NULL};
    const char *values[] = {conninfo, "flow schema", "5", NULL};
    PGconn *conn = PQconnectdbParams(names, values, 1);
    if (PQstatus(conn) == CONNECTION_OK) {
        PQsetNoticeReceiver(conn, on_notice, NULL);
        return conn;
    }
    const char *said = PQerrorMessage(conn);
    err_set(err, ERR_UNAVAILABLE, "cannot reach the database: %.*s",
            (int)strcspn(said, "\n"), said);
    PQfinish(conn);
    return NULL;
}

/* The number of the last migration the database has had; 0: an empty one. */
static bool level(PGconn *conn, int *out, struct err *err)
{
    scoped_result PGresult *result = PQexec(
        conn,
        "SELECT CASE WHEN to_regclass('flow_data.migration') IS NULL THEN 0 ELSE "
        "(xpath('/row/n/text()', query_to_xml('SELECT coalesce(max(number), 0) AS n "
        "FROM flow_data.migration', false, true, '')))[1]::text::int END");
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return failed(conn, result, err);
    int64_t n;
    must(text_to_i64(text_of(PQgetvalue(result, 0, 0)), &n));
    *out = (int)n;
    return true;
}

static bool apply(PGconn *conn, const struct migration *m, struct err *err)
{
    scoped_arena struct arena *call = arena_new("migrate", 4 << 20);
    const char *record = arena_printf(
        call,
        "CREATE TABLE IF NOT EXISTS flow_data.migration (number integer PRIMARY KEY, "
        "name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());"
        "INSERT INTO flow_data.migration VALUES (%d, '%s')",
        m->number, m->name);
    (void)fault_at(MIGRATE_STEP);
    if (!run(conn, "BEGIN", err))
        return false;
    if (run(conn, m->text, err) && run(conn, record, err) && run(conn, "COMMIT", err)) {
        log_info("schema migrated", LOG_INT("number", m->number),
                 LOG_CHARS("name", m->name));
        return true;
    }
    struct err ignored = {0};
    run(conn, "ROLLBACK", &ignored);
    return err_while(err, "applying migration %d (%s)", m->number, m->name);
}

static bool apply_missing(PGconn *conn, struct err *err)
{
    int at;
    if (!level(conn, &at, err))
        return false;
    for (int i = 0; i < MIGRATIONS; i++)
        if (migrations[i].number > at && !apply(conn, &migrations[i], err))
            return false;
    return true;
}

static bool look(PGconn *conn, bool may_be_older, struct err *err)
{
    int at, newest = migrations[MIGRATIONS - 1].number;
    if (!level(conn, &at, err))
        return false;
    if (at > newest)
        return err_set(err, ERR_CONFLICT,
                       "the database's schema (%d) is newer than this program's (%d)", at,
                       newest) ||
               err_hint(err, "use the newer program");
    if (at < newest && !may_be_older) {
        err_set(err, ERR_CONFLICT,
                "the database's schema (%d) is older than this "
                "program's (%d)",
                at, newest);
        return err_hint(err, "start flowd once: it brings the schema up to date");
    }
    return true;
}

bool store_migrate(const char *conninfo, bool only_look, struct err *err)
{
    scoped_conn PGconn *conn = connect(conninfo, err);
    if (conn == NULL || !look(conn, !only_look, err))
        return false;
    if (only_look)
        return true;
    if (!run(conn, LOCK, err))
        return false;
    struct err ignored = {0};
    bool done = apply_missing(conn, err);
    return run(conn, UNLOCK, done ? err : &ignored) && done;
}

/* What is promised rests on these. Each row: an enum store_risk, and a sentence. */
static const char look_over[] =
    "SELECT 3, 'a pooler stands between us and the server: locks of sessions and bells "
    "do not "
    "pass it' WHERE pg_backend_pid() <> $1::int "
    "UNION ALL SELECT 3, format('PostgreSQL %s is older than 15', "
    "current_setting('server_version')) WHERE current_setting('server_version_num')::int "
    "< "
    "150000 "
    "UNION ALL SELECT 3, format('server_encoding is %s: texts may not fit', "
    "current_setting('server_encoding')) WHERE current_setting('server_encoding') <> "
    "'UTF8' "
    "UNION ALL SELECT 2, format('%s is off: %s', s.name, s.why) FROM (VALUES "
    "('fsync', 'a crash of the machine may lose or tear what was acknowledged'), "
    "('full_page_writes', 'a crash of the machine may tear pages'), "
    "('synchronous_commit', 'what was acknowledged may be lost')) s(name, why) "
    "WHERE current_setting(s.name) = 'off' "
    "UNION ALL SELECT 1, 'no standby is waited for (synchronous_standby_names is empty): "
    "what "
    "was acknowledged is lost with the machine' "
    "WHERE current_setting('synchronous_standby_names') = '' "
    "UNION ALL SELECT 1, format('synchronous_commit is %s: a standby is not waited for', "
    "current_setting('synchronous_commit')) "
    "WHERE current_setting('synchronous_commit') = 'local' "
    "UNION ALL SELECT 0, 'this user is a superuser: the database cannot say no to it' "
    "WHERE current_setting('is_superuser') = 'on' "
    "UNION ALL SELECT 0, 'max_slot_wal_keep_size is -1: a replica that is gone fills the "
    "disk' "
    "WHERE current_setting('max_slot_wal_keep_size') = '-1' "
    "AND EXISTS (SELECT FROM pg_replication_slots)";

bool store_look_over(const char *conninfo,
                     void (*say)(void *owner, enum store_risk risk, struct text sentence),
                     void *owner, struct err *err)
{
    scoped_conn PGconn *conn = connect(conninfo, err);
    if (conn == NULL)
        return false;
    char pid[16];
    snprintf(pid, sizeof pid, "%d", PQbackendPID(conn));
    const char *values[] = {pid};
    scoped_result PGresult *result =
        PQexecParams(conn, look_over, 1, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return failed(conn, result, err);
    for (int i = 0; i < PQntuples(result); i++)
        say(owner, (enum store_risk)(PQgetvalue(result, i, 0)[0] - '0'),
            text_of(PQgetvalue(result, i, 1)));
    return true;
}
