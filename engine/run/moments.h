/* Flows that begin by themselves: their schedules, and the moments that have come.
 *
 * Whoever holds the shard of a flow's name looks after its schedules. That only keeps
 * nodes out of each other's way: that a moment begins once is the store's business,
 * whoever says that it has come (store_begin_moment). */
#ifndef ENGINE_RUN_MOMENTS_H
#define ENGINE_RUN_MOMENTS_H

#include "engine/run/flow_cache.h"
#include "engine/store/store.h"

struct engine;
struct loop_timer;

struct moment_line {
    struct moments *moments;
    struct store_schedule row; /* as it was read */
    struct program *program;   /* NULL: not here yet, or not to be had */
    bool is_asked_for;
    struct store_moment moment; /* that is being begun, or was reckoned */
};

struct moments {
    struct engine *engine;
    struct loop_timer *alarm; /* the next moment, or the next look */
    struct arena *read;       /* lines, and the texts of their rows */
    struct moment_line *lines;
    uint32_t lines_n;
    uint32_t programs_missing;
    uint32_t under_way; /* questions to the store: lines stay as they are meanwhile */
    bool is_wanted;
    bool is_read;                 /* what was read is to be reckoned */
    uint32_t environment_version; /* it was reckoned with */
};

void moments_init(struct moments *moments, struct engine *engine);
void moments_deinit(struct moments *moments);
void moments_stop(struct moments *moments);

void moments_look(struct moments *moments); /* they may have changed */
void moments_turn(struct moments *moments);

#endif
