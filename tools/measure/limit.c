/* The limit: what PostgreSQL gives when nothing stands between.
 *
 * One step is the UPDATE of one instance row (100 bytes of state, 100,000 rows, random
 * order) and the INSERT of one journal row (200 bytes), committed. A batch of 100 is
 * UPDATE … FROM unnest and INSERT … SELECT unnest in one pipeline, prepared, binary. Each
 * connection is a process of its own, with rows of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/sys/clock.h"
#include "tools/measure/measure.h"

enum {
    ROWS = 100000,
    BATCH = 100,
    CONNECTIONS = 2,
    PAYLOAD = 200,
    STATE = 100,
    STRIDE = 61813 /* prime to ROWS: every row once before any comes again */
};

enum { OID_BYTEA = 17, OID_INT8 = 20 };

static void put_u32(char **at, uint32_t x)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *(*at)++ = (char)(x >> shift);
}

static int array_of_ids(char *out, const int64_t *ids)
{
    char *at = out;
    const uint32_t head[] = {1, 0, OID_INT8, BATCH, 1};
    for (int i = 0; i < 5; i++)
        put_u32(&at, head[i]);
    for (int i = 0; i < BATCH; i++) {
        put_u32(&at, 8);
        put_u32(&at, (uint32_t)((uint64_t)ids[i] >> 32));
        put_u32(&at, (uint32_t)ids[i]);
    }
    return (int)(at - out);
}

static int array_of_bytes(char *out, int size, uint32_t salt)
{
    char *at = out;
    const uint32_t head[] = {1, 0, OID_BYTEA, BATCH, 1};
    for (int i = 0; i < 5; i++)
        put_u32(&at, head[i]);
    for (int i = 0; i < BATCH; i++) {
        put_u32(&at, (uint32_t)size);
        for (int k = 0; k < size; k++, salt = salt * 1664525 + 1013904223)
            *at++ = (char)('a' + (salt >> 24) % 26);
    }
    return (int)(at - out);
}

static void make_tables(PGconn *conn)
{
    static const char *const all[] = {
        "DROP SCHEMA IF EXISTS measure CASCADE", "CREATE SCHEMA measure",
        "CREATE TABLE measure.instance (id bigint PRIMARY KEY, rev integer NOT NULL, "
        "status smallint NOT NULL, state bytea NOT NULL) WITH (fillfactor = 80)",
        "CREATE TABLE measure.journal (instance bigint NOT NULL, rev integer NOT NULL, "
        "at "
        "timestamptz NOT NULL, entry bytea NOT NULL, PRIMARY KEY (instance, rev))",
        "INSERT INTO measure.instance SELECT n, 0, 1, decode(repeat('61', 100), 'hex') "
        "FROM generate_series(0, 99999) n"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        PQclear(measure_run(conn, all[i], 0, NULL));
}

static void prepare(PGconn *conn)
{
    static const char *const statements[] = {
        "UPDATE measure.instance i SET rev = i.rev + 1, status = 1, state = n.state FROM "
        "unnest($1::bigint[], $2::bytea[]) n(id, state) WHERE i.id = n.id",
        "INSERT INTO measure.journal SELECT n.id, $3::integer, clock_timestamp(), "
        "n.entry "
        "FROM unnest($1::bigint[], $2::bytea[]) n(id, entry)"};
    PQclear(measure_run(conn,
                        "SELECT set_config('plan_cache_mode', 'force_generic_plan', "
                        "false), set_config('enable_seqscan', 'off', false)",
                        0, NULL));
    PQclear(PQprepare(conn, "update", statements[0], 0, NULL));
    PQclear(PQprepare(conn, "insert", statements[1], 0, NULL));
    if (PQenterPipelineMode(conn) != 1)
        measure_die("pipeline", PQerrorMessage(conn));
}

static void one_batch(PGconn *conn, const int64_t *ids, int32_t round)
{
    static char id_array[20 + BATCH * 12], states[20 + BATCH * (4 + STATE)],
        entries[20 + BATCH * (4 + PAYLOAD)];
    char rev[4], *at = rev;
    put_u32(&at, (uint32_t)round);
    const char *update[] = {id_array, states};
    const char *insert[] = {id_array, entries, rev};
    int formats[] = {1, 1, 1};
    int update_n[] = {array_of_ids(id_array, ids),
                      array_of_bytes(states, STATE, (uint32_t)round)};
    int insert_n[] = {update_n[0], array_of_bytes(entries, PAYLOAD, (uint32_t)ids[0]), 4};
    bool synced = false;
    if (PQsendQueryPrepared(conn, "update", 2, update, update_n, formats, 1) != 1 ||
        PQsendQueryPrepared(conn, "insert", 3, insert, insert_n, formats, 1) != 1 ||
        PQpipelineSync(conn) != 1)
        measure_die("batch", PQerrorMessage(conn));
    while (!synced) {
        PGresult *result = PQgetResult(conn);
        ExecStatusType status = PQresultStatus(result);
        synced = status == PGRES_PIPELINE_SYNC;
        if (result != NULL && !synced && status != PGRES_COMMAND_OK)
            measure_die("batch", PQresultErrorMessage(result));
        PQclear(result);
    }
}

/* Rows `lane`, lane + CONNECTIONS, …, in an order of its own. */
static int64_t run_lane(const char *conninfo, int lane, int64_t until)
{
    PGconn *conn = measure_connect(conninfo);
    int64_t ids[BATCH], steps = 0, at = lane;
    const int64_t rows = ROWS / CONNECTIONS;
    prepare(conn);
    while (clock_monotonic() < until) {
        for (int i = 0; i < BATCH; i++, at = (at + STRIDE) % rows)
            ids[i] = at * CONNECTIONS + lane;
        one_batch(conn, ids, (int32_t)(1 + steps / rows));
        steps += BATCH;
    }
    PQfinish(conn);
    return steps;
}

int measure_limit(const char *conninfo, int64_t seconds)
{
    PGconn *conn = measure_connect(conninfo);
    int pipes[CONNECTIONS][2];
    make_tables(conn);
    PQclear(measure_run(conn, "VACUUM ANALYZE measure.instance", 0, NULL));
    int64_t cpu = measure_cpu_server(conn), began = clock_monotonic(), steps = 0;
    for (int lane = 0; lane < CONNECTIONS; lane++) {
        if (pipe(pipes[lane]) != 0)
            measure_die("pipe", "it could not be made");
        if (fork() == 0) {
            int64_t done = run_lane(conninfo, lane, began + seconds * 1000000);
            _exit(write(pipes[lane][1], &done, sizeof done) != sizeof done);
        }
    }
    for (int lane = 0; lane < CONNECTIONS; lane++) {
        int64_t done = 0;
        if (read(pipes[lane][0], &done, sizeof done) != sizeof done)
            measure_die("limit", "a connection gave up");
        steps += done;
    }
    while (wait(NULL) > 0) {
    }
    double took = (double)(clock_monotonic() - began) / 1e6;
    printf("steps_per_second %.0f\n", (double)steps / took);
    printf("server_us_per_step %.1f\n",
           (double)(measure_cpu_server(conn) - cpu) / (double)steps);
    PQclear(measure_run(conn, "DROP SCHEMA measure CASCADE", 0, NULL));
    PQfinish(conn);
    return 0;
}
