/* Flows that begin by themselves, in PostgreSQL. */
#include "engine/store/pg_store.h"

static void schedules_read(struct pg_job *job)
{
    struct store_schedules schedules = {.err = pg_job_err(job)};
    if (schedules.err == NULL) {
        const PGresult *rows = job->results[0];
        schedules.n = (uint32_t)PQntuples(rows);
        struct store_schedule *all =
            arena_array(job->arena, struct store_schedule, schedules.n);
        for (uint32_t i = 0; i < schedules.n; i++)
            all[i] =
                (struct store_schedule){.flow = pg_get_text(rows, (int)i, 0),
                                        .line = (uint32_t)pg_get_int(rows, (int)i, 1),
                                        .number = (uint32_t)pg_get_int(rows, (int)i, 2),
                                        .hash = pg_get_digest(rows, (int)i, 3),
                                        .over = pg_get_instant(rows, (int)i, 4),
                                        .due = pg_get_instant(rows, (int)i, 5),
                                        .is_paused = pg_get_bool(rows, (int)i, 6),
                                        .problem = pg_get_text(rows, (int)i, 7)};
        schedules.items = all;
    }
    ((store_schedules_done *)job->reply)(job->reply_to, &schedules);
}

void pg_schedules(struct store *store, store_schedules_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), schedules_read, PG_REPLY(done), owner);
    pg_add_int(pg_one(pg_job_add(job, PG_schedules), PG_INT4), STORE_PAGE_MAX);
    pg_link_send(pg_of(store)->door, job);
}

/* Which line, as it was read. */
static struct pg_params *of_moment(struct pg_job *job, enum pg_statement statement,
                                   const struct store_moment *moment)
{
    struct pg_params *p = pg_job_add(job, statement);
    pg_add_text(pg_one(p, PG_TEXT), moment->flow);
    pg_add_int(pg_one(p, PG_INT4), moment->line);
    pg_add_digest(pg_one(p, PG_BYTEA), &moment->hash);
    pg_add_instant(pg_one(p, PG_INSTANT), moment->over);
    return p;
}

static void begun(struct pg_job *job)
{
    struct store_said said = {.err = pg_job_err(job)};
    const PGresult *row = job->results[0];
    if (said.err == NULL) {
        said.id = pg_get_id(row, 0, 0);
        said.created = pg_get_bool(row, 0, 1);
        said.key = pg_get_text(row, 0, 2);
        said.version = (uint32_t)pg_get_int(row, 0, 3);
    }
    ((store_said_done *)job->reply)(job->reply_to, &said);
}

void pg_begin_moment(struct store *store, const struct store_moment *moment,
                     store_said_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), begun, PG_REPLY(done), owner);
    struct pg_params *p = of_moment(job, PG_schedule_begin, moment);
    pg_add_instant(pg_one(p, PG_INSTANT), moment->at);
    pg_add_instant(pg_one(p, PG_INSTANT), moment->next);
    pg_add_text(pg_one(p, PG_TEXT), moment->args);
    pg_add_text(pg_one(p, PG_TEXT), moment->key);
    pg_link_send(pg_of(store)->door, job);
}

static void reckoned(struct pg_job *job)
{
    struct store_pulse pulse = {.err = pg_job_err(job)};
    ((store_pulse_done *)job->reply)(job->reply_to, &pulse);
}

void pg_reckon(struct store *store, const struct store_moment *moment,
               struct text problem, store_pulse_done *done, void *owner)
{
    struct pg_job *job = pg_ask(pg_of(store), reckoned, PG_REPLY(done), owner);
    struct pg_params *p = of_moment(job, PG_schedule_reckon, moment);
    pg_add_instant(pg_one(p, PG_INSTANT), moment->next);
    pg_add_text(pg_one(p, PG_TEXT), problem);
    pg_link_send(pg_of(store)->door, job);
}
