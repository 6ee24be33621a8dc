/* The workloads: instances started at once until all have ended, and one at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/sys/clock.h"
#include "tools/measure/measure.h"

enum { STEPS = 10, DEADLINE_S = 300 };

/* About 200 bytes of JSON, given back by every call. */
#define ARGS                                                                             \
    "json_build_object('number', n, 'reply', json_build_object('number', n, 'text', "    \
    "repeat('abcdefgh', 16), 'amount', json_build_object('amount', '12.50', "            \
    "'currency', 'USD')))"

static int64_t number_of(PGconn *conn, const char *sql, const char *flow)
{
    PGresult *result = measure_run(conn, sql, flow == NULL ? 0 : 1, &flow);
    int64_t n = 0;
    text_to_i64(text_of(PQgetvalue(result, 0, 0)), &n);
    PQclear(result);
    return n;
}

static int64_t ended(PGconn *conn, const char *flow)
{
    return number_of(conn,
                     "SELECT coalesce(sum(n), 0) FROM flow.counts WHERE flow = $1 AND "
                     "status IN ('completed', 'failed', 'cancelled', 'parked')",
                     flow);
}

static int64_t wal(PGconn *conn)
{
    return number_of(conn, "SELECT (pg_current_wal_lsn() - '0/0')::bigint", NULL);
}

static int64_t transactions(PGconn *conn)
{
    return number_of(conn,
                     "SELECT xact_commit FROM pg_stat_database WHERE datname = "
                     "current_database()",
                     NULL);
}

int measure_flow(const char *conninfo, const char *flow, int64_t n, int64_t engine)
{
    PGconn *conn = measure_connect(conninfo);
    char count[24];
    const char *values[] = {flow, count};
    snprintf(count, sizeof count, "%lld", (long long)n);
    int64_t before = ended(conn, flow);
    int64_t failed = number_of(
        conn,
        "SELECT coalesce(sum(n), 0) FROM flow.counts WHERE flow = $1 AND status <> "
        "'completed'",
        flow);
    PQclear(measure_run(conn,
                        "SELECT count(flow.start($1, " ARGS
                        ")) FROM generate_series(1, $2::bigint) n",
                        2, values));
    int64_t began = clock_monotonic(), wal_began = wal(conn),
            commits = transactions(conn), server = measure_cpu_server(conn),
            own = measure_cpu(engine);
    while (ended(conn, flow) < before + n) {
        if (clock_monotonic() - began > DEADLINE_S * INT64_C(1000000))
            measure_die(flow, "not all had ended after five minutes");
        usleep(50000); /* asking costs, too */
    }
    double took = (double)(clock_monotonic() - began) / 1e6, steps = (double)(n * STEPS);
    printf("steps_per_second %.0f\n", steps / took);
    printf("seconds %.2f\n", took);
    printf("server_us_per_step %.1f\n",
           (double)(measure_cpu_server(conn) - server) / steps);
    printf("engine_us_per_step %.1f\n", (double)(measure_cpu(engine) - own) / steps);
    printf("wal_bytes_per_step %.0f\n", (double)(wal(conn) - wal_began) / steps);
    usleep(1200000); /* the server counts its transactions with a delay of a second */
    printf("steps_per_transaction %.1f\n",
           steps / (double)(transactions(conn) - commits));
    int64_t not_completed = number_of(
        conn,
        "SELECT coalesce(sum(n), 0) FROM flow.counts WHERE flow = $1 AND status <> "
        "'completed'",
        flow);
    printf("not_completed %lld\n", (long long)(not_completed - failed));
    PQfinish(conn);
    return not_completed > failed;
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int measure_latency(const char *conninfo, const char *flow, int64_t n)
{
    enum { MOST = 1000 };
    static int64_t all[MOST];
    PGconn *conn = measure_connect(conninfo);
    if (n < 1 || n > MOST)
        measure_die("latency", "between 1 and 1000 instances");
    for (int64_t i = 0; i < n; i++) {
        int64_t began = clock_monotonic();
        PGresult *started = measure_run(
            conn, "SELECT flow.start($1, " ARGS ") FROM (SELECT 1 AS n) x", 1, &flow);
        const char *id = PQgetvalue(started, 0, 0);
        bool is_done = false;
        while (!is_done) {
            PGresult *row = measure_run(conn,
                                        "SELECT ended_at IS NOT NULL FROM flow.instances "
                                        "WHERE id = $1::uuid",
                                        1, &id);
            is_done = PQgetvalue(row, 0, 0)[0] == 't';
            PQclear(row);
            if (clock_monotonic() - began > 10 * INT64_C(1000000))
                measure_die(flow, "it had not ended after ten seconds");
        }
        all[i] = clock_monotonic() - began;
        PQclear(started);
        usleep(20000); /* until the engine is idle again */
    }
    qsort(all, (size_t)n, sizeof *all, order);
    printf("p50_ms %.2f\n", (double)all[n / 2] / 1000);
    printf("p99_ms %.2f\n", (double)all[n * 99 / 100] / 1000);
    PQfinish(conn);
    return 0;
}
