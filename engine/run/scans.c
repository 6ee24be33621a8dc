/* What must never be is looked for, one thing after the other, by one node of all. */
#include "engine/run/scans.h"

#include <string.h>

#include "engine/run/parts.h"
#include "engine/sys/log.h"

enum {
    SCAN_EVERY = 5 * 1000000, /* µs between two scans: all are done within a minute */
    REST_TIMES = 20,  /* as long as a scan took it rests: a twentieth of one processor */
    SCANNER_SHARD = 0 /* whoever holds it scans */
};

static void scan(void *owner);

void scans_init(struct scans *scans, struct engine *engine)
{
    *scans = (struct scans){.engine = engine};
    scans->pace = loop_timer_new(engine->loop, scan, scans);
}

void scans_deinit(struct scans *scans)
{
    loop_timer_free(scans->pace);
}

void scans_start(struct scans *scans)
{
    loop_timer_in(scans->pace, SCAN_EVERY);
}

void scans_stop(struct scans *scans)
{
    loop_timer_stop(scans->pace);
}

static bool is_ours(const struct scans *scans)
{
    const struct engine *engine = scans->engine;
    return lease_is_working(&engine->lease) && !engine->is_draining &&
           store_holds(engine->store, SCANNER_SHARD);
}

static void remember(struct scans *scans, const struct store_scanned *scanned)
{
    enum store_scan which = scans->next;
    const char *name = store_scanner(which)->name;
    if (scanned->err != NULL) {
        log_warn("a scanner came to no end, and is tried again",
                 LOG_CHARS("scanner", name), LOG_ERR(scanned->err));
        return;
    }
    if (scanned->found > 0 && scans->found[which] == 0)
        log_warn("a scanner has found what must not be", LOG_CHARS("scanner", name),
                 LOG_TEXT("says", scanned->says));
    scans->found[which] = scanned->found;
    scans->at[which] = loop_now(scans->engine->loop);
}

static void scanned(void *owner, const struct store_scanned *scanned)
{
    struct scans *scans = owner;
    if (scans->engine->is_draining)
        return;
    remember(scans, scanned);
    scans->next = (scans->next + 1) % STORE_SCANS;
    int64_t rest = (loop_now(scans->engine->loop) - scans->began) * REST_TIMES;
    loop_timer_in(scans->pace, rest > SCAN_EVERY ? rest : SCAN_EVERY);
}

static void scan(void *owner)
{
    struct scans *scans = owner;
    if (!is_ours(scans)) {
        memset(scans->at, 0, sizeof scans->at);
        memset(scans->found, 0, sizeof scans->found);
        loop_timer_in(scans->pace, SCAN_EVERY);
        return;
    }
    scans->began = loop_now(scans->engine->loop);
    store_scan(scans->engine->store, scans->next, scanned, scans);
}

struct scan_result engine_scan(const struct engine *engine, enum store_scan which)
{
    const struct scans *scans = &engine->scans;
    if (scans->at[which] == 0 || !is_ours(scans))
        return (struct scan_result){0};
    return (struct scan_result){.is_known = true,
                                .found = scans->found[which],
                                .age = loop_now(engine->loop) - scans->at[which]};
}
