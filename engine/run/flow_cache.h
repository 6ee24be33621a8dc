/* Images by their hash, counted: loaded once, kept while somebody runs by them. */
#ifndef ENGINE_RUN_FLOW_CACHE_H
#define ENGINE_RUN_FLOW_CACHE_H

#include <sys/queue.h>

#include "dsl/ir.h"
#include "engine/base/err.h"
#include "engine/run/table.h"

struct arena;
struct engine;

enum program_phase { PROGRAM_LOADING, PROGRAM_READY, PROGRAM_FAILED };

struct program {
    struct flow_cache *cache;
    struct table_node by_hash;
    TAILQ_ENTRY(program) in_idle;
    struct digest hash;
    enum program_phase phase;
    uint32_t uses;
    struct arena *arena; /* lifetime "program" */
    const struct ir *ir;
    int64_t failed_until; /* FAILED: it is not asked for again before */
    struct err why;       /* FAILED */
    STAILQ_HEAD(, program_wish) wishes;
};

typedef void program_done(void *owner, struct program *program, const struct err *err);

struct program_wish {
    STAILQ_ENTRY(program_wish) in_program;
    program_done *done;
    void *owner;
};

struct flow_cache {
    struct engine *engine;
    struct table by_hash;
    TAILQ_HEAD(, program) idle; /* that nobody uses, the longest idle first */
    uint32_t idle_n;
};

void flow_cache_init(struct flow_cache *cache, struct engine *engine);
void flow_cache_deinit(struct flow_cache *cache);

/* Counted; NULL when it is not in memory: then flow_cache_want(). */
struct program *flow_cache_get(struct flow_cache *cache, struct digest hash);
bool flow_cache_is_loading(const struct flow_cache *cache, struct digest hash);
/* Loads it; `done` may be called at once. Counted for it. */
void flow_cache_want(struct flow_cache *cache, struct digest hash, program_done *done,
                     void *owner);
struct program *program_keep(struct program *program);
void program_put(struct flow_cache *cache, struct program *program); /* NULL is fine */

#endif
