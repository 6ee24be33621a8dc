/* Matching events with those who wait, and tidying up, in PostgreSQL. */
#include "engine/store/pg_store.h"

enum {
    FRESH_MAX = 1000, /* subscriptions and returned events looked at in one transaction */
    TEND_MAX = 500,   /* rows of each kind tidied away in one */
    COUNTS_MAX =
        256 /* differences a shard's counts may consist of before they are folded */
};

static void matched(struct pg_job *job)
{
    struct store_matches matches = {.err = pg_job_err(job)};
    struct pg_store *pg = job->self;
    if (matches.err != NULL && strcmp(job->sqlstate, "FL001") == 0) {
        pg_has_lost_shards(pg, job);
        job->err.code = ERR_CONFLICT;
    } else if (matches.err == NULL) {
        const PGresult *fresh = job->results[2], *filed = job->results[job->n - 1];
        matches.delivered = (uint32_t)(pg_get_int(filed, 0, 0) + pg_get_int(fresh, 0, 0));
        matches.more = pg_get_int(fresh, 0, 1) == FRESH_MAX;
    }
    ((store_matches_done *)job->reply)(job->reply_to, &matches);
}

static void add_filings(struct pg_job *job, const struct store_filing *all, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_file);
    struct pg_param *ids = pg_column(p, PG_UUID), *begun = pg_column(p, PG_BOOL),
                    *problems = pg_column(p, PG_TEXT), *pointers = pg_column(p, PG_TEXT),
                    *first = pg_column(p, PG_INT4), *keys = pg_column(p, PG_INT8),
                    *masks = pg_column(p, PG_INT4), *last = pg_column(p, PG_INT4);
    uint32_t hash = 0;
    for (uint32_t i = 0; i < n; i++) {
        pg_add_id(ids, all[i].id);
        pg_add_bool(begun, all[i].begins_n > 0);
        pg_add_text_or_null(problems, all[i].problem);
        pg_add_text_or_null(pointers, all[i].pointer);
        pg_add_int(first, hash + 1);
        for (uint32_t k = 0; k < all[i].hashes_n; k++, hash++) {
            pg_add_int(keys, (int64_t)all[i].hashes[k].key);
            pg_add_int(masks, all[i].hashes[k].fields);
        }
        pg_add_int(last, hash);
    }
}

static void add_begins(struct pg_job *job, const struct store_filing *all, uint32_t n)
{
    struct pg_params *p = pg_job_add(job, PG_begin_by_event);
    struct pg_param *ids = pg_column(p, PG_UUID), *flows = pg_column(p, PG_TEXT),
                    *keys = pg_column(p, PG_TEXT), *args = pg_column(p, PG_TEXT);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < all[i].begins_n; k++) {
            pg_add_id(ids, all[i].id);
            pg_add_text(flows, all[i].begins[k].flow);
            pg_add_text_or_null(keys, all[i].begins[k].key);
            pg_add_text(args, all[i].begins[k].args);
        }
}

static uint32_t held_mask(const struct store *store)
{
    uint32_t mask = 0;
    for (int s = 0; s < STORE_SHARDS; s++)
        if (store->holds[s])
            mask |= UINT32_C(1) << s;
    return mask;
}

/* What was held is older than what is new: those who began to wait get it first. */
void pg_match(struct store *store, const struct store_filing *filings, uint32_t n,
              store_matches_done *done, void *owner)
{
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, matched, PG_REPLY(done), owner);
    bool begins = false;
    for (uint32_t i = 0; i < n; i++)
        begins |= filings[i].begins_n > 0;
    pg_add_fence(pg, job, pg_job_add(job, PG_fence), held_mask(store));
    struct pg_params *p = pg_job_add(job, PG_take_back);
    pg_add_held(pg, pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT4), FRESH_MAX);
    p = pg_job_add(job, PG_deliver_fresh);
    pg_add_held(pg, pg_column(p, PG_INT2));
    pg_add_int(pg_one(p, PG_INT4), FRESH_MAX);
    if (n > 0)
        add_filings(job, filings, n);
    if (begins)
        add_begins(job, filings, n);
    pg_add_held(pg, pg_column(pg_job_add(job, PG_deliver), PG_INT2));
    pg_link_send(pg->matcher, job);
}

/* ---- tidying up ---- */

static void tended(struct pg_job *job)
{
    struct store_tended tended = {.err = pg_job_err(job)};
    for (uint32_t i = 0; tended.err == NULL && i + 2 < job->n; i++)
        tended.more |= pg_get_int(job->results[i], 0, 0) >= TEND_MAX;
    ((store_tended_done *)job->reply)(job->reply_to, &tended);
}

void pg_tend(struct store *store, store_tended_done *done, void *owner)
{
    static const enum pg_statement pieces[] = {
        PG_expire_held, PG_forget_inbox,  PG_forget_seen,
        PG_fold_counts, PG_fold_measures, PG_forget_suspects,
        PG_calm,        PG_forget_ended,  PG_forget_requests};
    struct pg_store *pg = pg_of(store);
    struct pg_job *job = pg_ask(pg, tended, PG_REPLY(done), owner);
    for (uint32_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct pg_params *p = pg_job_add(job, pieces[i]);
        pg_add_held(pg, pg_column(p, PG_INT2));
        pg_add_int(pg_one(p, PG_INT4),
                   pieces[i] == PG_fold_counts || pieces[i] == PG_fold_measures
                       ? COUNTS_MAX
                       : TEND_MAX);
    }
    pg_job_add(job, PG_tend_journal);
    pg_job_add(job, PG_forget_nodes);
    pg_link_send(pg->matcher, job);
}
