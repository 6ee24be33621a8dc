/* The parts of the running whole, for each other. */
#ifndef ENGINE_RUN_PARTS_H
#define ENGINE_RUN_PARTS_H

#include "engine/run/commit.h"
#include "engine/run/crowd.h"
#include "engine/run/dispatch.h"
#include "engine/run/engine.h"
#include "engine/run/environment.h"
#include "engine/run/flow_cache.h"
#include "engine/run/folders.h"
#include "engine/run/front.h"
#include "engine/run/holds.h"
#include "engine/run/inbox.h"
#include "engine/run/lease.h"
#include "engine/run/mailbox.h"
#include "engine/run/moments.h"
#include "engine/run/poison.h"
#include "engine/run/scans.h"
#include "engine/run/sched.h"
#include "engine/run/watch.h"
#include "engine/sys/config.h"
#include "engine/sys/loop.h"

struct engine {
    struct loop *loop;
    const struct config *config;
    const struct adapter_ops *(*adapter_find)(struct text name);
    struct store *store;

    struct lease lease;
    struct sched sched;
    struct front front;
    struct inbox inbox;
    struct moments moments;
    struct folders folders;
    struct crowd crowd;
    struct mailbox mailbox;
    struct poison poison;
    struct holds holds;
    struct commit commit;
    struct dispatch dispatch;
    struct flow_cache cache;
    struct bindings bindings;
    struct watches watches;
    struct scans scans;

    struct loop_timer *tend; /* housekeeping; draining: the end of patience */
    bool is_draining;
    int64_t drain_until;
    bool is_releasing;
    void (*drained)(void *owner);
    void *drained_owner;
};

#endif
