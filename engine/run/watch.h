/* Who wants to hear when an instance has ended. */
#ifndef ENGINE_RUN_WATCH_H
#define ENGINE_RUN_WATCH_H

#include "engine/base/id.h"
#include "engine/run/engine.h"
#include "engine/run/table.h"

struct watch {
    struct table_node by_id;
    struct watches *watches;
    struct id instance;
    engine_ended *ended;
    void *owner;
};

struct watches {
    struct table by_id;
};

void watches_deinit(struct watches *watches);
void watches_tell(struct watches *watches, struct id instance);

#endif
