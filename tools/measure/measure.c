/* The program behind tools/bench: one measurement a call. */
#include "tools/measure/measure.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void measure_die(const char *what, const char *why)
{
    fprintf(stderr, "measure: %s: %s\n", what, why);
    exit(1);
}

PGconn *measure_connect(const char *conninfo)
{
    PGconn *conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK)
        measure_die("cannot reach the database", PQerrorMessage(conn));
    PQclear(PQexec(conn, "SET client_min_messages = warning"));
    return conn;
}

PGresult *measure_run(PGconn *conn, const char *sql, int n, const char *const *values)
{
    PGresult *result = PQexecParams(conn, sql, n, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK &&
        PQresultStatus(result) != PGRES_COMMAND_OK)
        measure_die(sql, PQerrorMessage(conn));
    return result;
}

/* ---- processor time ---- */

struct process {
    long parent;
    int64_t ticks, ticks_of_children;
};

static bool process_read(int64_t number, struct process *out)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)number);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    const char *rest = strrchr(line, ')'); /* the name may hold anything */
    unsigned long user, system;
    long user_children, system_children;
    if (!read || rest == NULL ||
        sscanf(rest, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
               &out->parent, &user, &system, &user_children, &system_children) != 5)
        return false;
    out->ticks = (int64_t)(user + system);
    out->ticks_of_children = user_children + system_children;
    return true;
}

static int64_t microseconds(int64_t ticks)
{
    return ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

int64_t measure_cpu(int64_t number)
{
    struct process process;
    return process_read(number, &process) ? microseconds(process.ticks) : 0;
}

/* The server's parent, its living children, and those it has buried. */
int64_t measure_cpu_server(PGconn *conn)
{
    struct process process, parent;
    if (!process_read(PQbackendPID(conn), &process) ||
        !process_read(process.parent, &parent))
        return 0;
    int64_t ticks = parent.ticks + parent.ticks_of_children;
    long server = process.parent;
    DIR *all = opendir("/proc");
    struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        int64_t number;
        if (text_to_i64(text_of(entry->d_name), &number) &&
            process_read(number, &process) && process.parent == server)
            ticks += process.ticks;
    }
    if (all != NULL)
        closedir(all);
    return microseconds(ticks);
}

int measure_idle(const char *conninfo, int64_t seconds, int64_t engine)
{
    PGconn *conn = measure_connect(conninfo);
    int64_t own = measure_cpu(engine), server = measure_cpu_server(conn);
    sleep((unsigned)seconds);
    double part = 100.0 / ((double)seconds * 1e6);
    double own_percent = (double)(measure_cpu(engine) - own) * part;
    double server_percent = (double)(measure_cpu_server(conn) - server) * part;
    printf("engine_percent %.2f\n", own_percent);
    printf("server_percent %.2f\n", server_percent);
    printf("both_percent %.2f\n", own_percent + server_percent);
    PQfinish(conn);
    return 0;
}

/* ---- the command line ---- */

static int64_t number_at(int argc, char **argv, int i)
{
    int64_t x;
    if (i >= argc || !text_to_i64(text_of(argv[i]), &x))
        measure_die("a number is wanted", i < argc ? argv[i] : "there is none");
    return x;
}

int main(int argc, char **argv)
{
    struct text verb = text_of(argc > 1 ? argv[1] : "");
    if (text_is(verb, TEXT("limit")) && argc == 4)
        return measure_limit(argv[2], number_at(argc, argv, 3));
    if (text_is(verb, TEXT("flow")) && argc == 6)
        return measure_flow(argv[2], argv[3], number_at(argc, argv, 4),
                            number_at(argc, argv, 5));
    if (text_is(verb, TEXT("latency")) && argc == 6)
        return measure_latency(number_at(argc, argv, 2), argv[3], argv[4],
                               number_at(argc, argv, 5));
    if (text_is(verb, TEXT("until")) && argc == 5)
        return measure_until(argv[2], argv[3], number_at(argc, argv, 4));
    if (text_is(verb, TEXT("idle")) && argc == 5)
        return measure_idle(argv[2], number_at(argc, argv, 3), number_at(argc, argv, 4));
    if (text_is(verb, TEXT("target")) && argc == 3)
        return measure_target(number_at(argc, argv, 2));
    fprintf(stderr, "usage: measure limit DB SECONDS | flow DB FLOW N PROCESS | "
                    "latency PORT TOKEN FLOW N | until DB SQL SINCE | "
                    "idle DB SECONDS PROCESS | target PORT\n");
    return 2;
}
