/* The database of the stand-ins: one connection, asked one thing at a time. */
#ifndef TOOLS_SANDBOX_DB_H
#define TOOLS_SANDBOX_DB_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "engine/base/err.h"

struct arena;
struct db;

/* Connects, creates what is missing, and goes on trying for a while when the server is
 * not there yet. NULL: refused. */
struct db *db_open(struct arena *life, const char *conninfo, struct err *err);
void db_close(struct db *db);

/* One statement; parameters are text, NULL is NULL. The caller clears the result; NULL:
 * refused. A lost connection is made anew for the next statement. */
PGresult *db_ask(struct db *db, const char *statement, int params_n,
                 const char *const *params, struct err *err);
/* The same, where the rows do not matter. */
MUST_USE bool db_do(struct db *db, const char *statement, int params_n,
                    const char *const *params, struct err *err);

static inline void db_scoped_clear_(PGresult **result)
{
    PQclear(*result);
}
#define scoped_result __attribute__((cleanup(db_scoped_clear_)))

#endif
