/* What must never be is looked for, in PostgreSQL: each time by a session of its own.
 *
 * It takes as long as it takes to read whole tables, so it stands in nobody's way: its
 * connection is made for it, does not take the others with it when it breaks, and is
 * closed when it has answered. What it asks is planned anew that way, too. */
#include "engine/store/pg_store.h"

#define SCAN_DEADLINE (5 * INT64_C(1000000)) /* µs: a larger database is doctor's */

static const struct store_scanner scanners[] = {
#define SCAN(NAME, statement, name, found, sentence) {name, found, sentence},
#include "engine/store/scans.def"
#undef SCAN
};

static const enum pg_statement statements[] = {
#define SCAN(NAME, statement, name, found, sentence) PG_##statement,
#include "engine/store/scans.def"
#undef SCAN
};

const struct store_scanner *store_scanner(enum store_scan scan)
{
    return &scanners[scan];
}

const char *store_scan_text(enum store_scan scan)
{
    return pg_statement_text(statements[scan]);
}

static void connected(void *owner, struct pg_link *link)
{
    struct pg_store *pg = owner;
    struct pg_job *job = pg->scan;
    pg->scan = NULL;
    pg_link_send(link, job);
}

/* Before it was connected or after: whoever asked is told. */
static void broken(void *owner, struct pg_link *link, const struct err *err)
{
    struct pg_store *pg = owner;
    struct pg_job *waiting = pg->scan;
    pg->scan = NULL;
    pg_link_disconnect(link);
    if (waiting != NULL) {
        waiting->err = *err;
        waiting->done(waiting);
        pg_job_free(waiting);
    }
    pg_link_fail_lost(link);
}

struct pg_link *pg_scan_link_new(struct pg_store *pg)
{
    return pg_link_new(&(struct pg_link_config){.base = pg->base,
                                                .role = "scanner",
                                                .conninfo = pg->conninfo,
                                                .deadline = SCAN_DEADLINE,
                                                .timeline = &pg->timeline,
                                                .owner = pg,
                                                .ready = connected,
                                                .broken = broken});
}

static void scanned(struct pg_job *job)
{
    struct pg_store *pg = job->self;
    struct store_scanned scanned = {.err = pg_job_err(job)};
    if (scanned.err == NULL) {
        scanned.found = pg_get_int(job->results[1], 0, 0);
        scanned.says = pg_get_text(job->results[1], 0, 1);
    }
    pg_link_disconnect(pg->scanner);
    ((store_scanned_done *)job->reply)(job->reply_to, &scanned);
}

void pg_scan(struct store *store, enum store_scan scan, store_scanned_done *done,
             void *owner)
{
    struct pg_store *pg = pg_of(store);
    must(pg->scan == NULL);
    pg->scan = pg_ask(pg, scanned, PG_REPLY(done), owner);
    pg_job_add(pg->scan, PG_scan_plan);
    pg_job_add(pg->scan, statements[scan]);
    pg_link_connect(pg->scanner);
}
