/* A commit in PostgreSQL: the batch, and its rows. */
#ifndef ENGINE_STORE_PG_COMMIT_H
#define ENGINE_STORE_PG_COMMIT_H

#include "engine/base/limits.h"
#include "engine/store/pg_store.h"

/* The statements that write these transitions, `move` first. */
void pg_commit_rows(struct pg_store *pg, struct pg_job *job,
                    const struct store_transition **batch, uint32_t n);

#endif
