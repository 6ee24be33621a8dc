/* What tools/bench measures, a program's part each. */
#ifndef TOOLS_MEASURE_MEASURE_H
#define TOOLS_MEASURE_MEASURE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "engine/base/text.h"

/* Each prints lines `name value` and gives the exit status. */

/* How many durable steps a second this machine can do at all: UPDATE of an instance row
 * and INSERT of a journal row, batches of 100 on two connections. */
int measure_limit(const char *conninfo, int64_t seconds);

/* `n` instances of `flow` started at once, until all have ended. `engine` is flowd's
 * process number, for its share of the processors. */
int measure_flow(const char *conninfo, const char *flow, int64_t n, int64_t engine);

/* One instance at a time on an idle engine, from start to its end known to the caller, at
 * the door of this port. */
int measure_latency(int64_t port, const char *token, const char *flow, int64_t n);

/* Seconds from `since` (µs since 1970) until the query says true. */
int measure_until(const char *conninfo, const char *sql, int64_t since);

/* Processor time of the engine and the server, per cent of one core, while nothing is
 * done for so many seconds. */
int measure_idle(const char *conninfo, int64_t seconds, int64_t engine);

/* Answers every POST with its own argument `reply`, keep-alive, until killed. Port 0:
 * any; the first line says which. */
int measure_target(int64_t port);

PGconn *measure_connect(const char *conninfo);
/* Runs it or ends the program. The caller clears the result. */
PGresult *measure_run(PGconn *conn, const char *sql, int n, const char *const *values);
void measure_die(const char *what, const char *why);

/* Processor time so far, µs: of one process, and of a PostgreSQL server by one of its
 * backends. */
int64_t measure_cpu(int64_t process);
int64_t measure_cpu_server(PGconn *conn);

#endif
