/* The workloads: instances started at once until all have ended; and how long it takes
 * until something is so. */
#include <stdio.h>
#include <unistd.h>

#include "engine/sys/clock.h"
#include "tools/measure/measure.h"

enum { STEPS = 10, DEADLINE_S = 600, POLL_US = 5000 };

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
            measure_die(flow, "not all had ended after ten minutes");
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

/* Asked again and again, a pause between: asking costs, too. */
int measure_until(const char *conninfo, const char *sql, int64_t since)
{
    PGconn *conn = measure_connect(conninfo);
    bool is_so = false;
    while (!is_so) {
        PGresult *row = measure_run(conn, sql, 0, NULL);
        is_so = PQntuples(row) == 1 && PQgetvalue(row, 0, 0)[0] == 't';
        PQclear(row);
        if (!is_so && clock_now() - since > DEADLINE_S * INT64_C(1000000))
            measure_die(sql, "it was not so after ten minutes");
        if (!is_so)
            usleep(POLL_US);
    }
    printf("seconds %.3f\n", (double)(clock_now() - since) / 1e6);
    PQfinish(conn);
    return 0;
}
