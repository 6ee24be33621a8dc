/* What must never be is looked for: one thing after the other, by one node of all.
 *
 * It is the node that holds the first shard; which one does not matter, for what is
 * looked through is the whole database. A node that does not hold it (any more) says
 * nothing. */
#ifndef ENGINE_RUN_SCANS_H
#define ENGINE_RUN_SCANS_H

#include "engine/run/engine.h"

struct loop_timer;

struct scans {
    struct engine *engine;
    struct loop_timer *pace;
    enum store_scan next;
    int64_t began;           /* the last one, by the loop's clock */
    int64_t at[STORE_SCANS]; /* when it last answered; 0: not yet */
    int64_t found[STORE_SCANS];
};

void scans_init(struct scans *scans, struct engine *engine);
void scans_deinit(struct scans *scans);
void scans_start(struct scans *scans);
void scans_stop(struct scans *scans);

#endif
