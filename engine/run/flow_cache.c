/* Images by their hash: loading, counting, forgetting the longest idle. */
#include "engine/run/flow_cache.h"

#include "dsl/ir_pack.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/run/parts.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"

enum {
    FAILED_PAUSE = 10 * 1000000 /* µs before an image that could not be read is asked for
                                   again: it needs an operator, not insistence */
};

static struct program *find(const struct flow_cache *cache, struct digest hash);
static void load(struct flow_cache *cache, struct program *program);
static void forget(struct flow_cache *cache, struct program *program);

void flow_cache_init(struct flow_cache *cache, struct engine *engine)
{
    *cache = (struct flow_cache){.engine = engine};
    TAILQ_INIT(&cache->idle);
}

static void free_node(struct table_node *node, void *owner)
{
    struct program *program = table_item(node, struct program, by_hash);
    struct program_wish *wish;
    while ((wish = STAILQ_FIRST(&program->wishes)) != NULL) {
        STAILQ_REMOVE_HEAD(&program->wishes, in_program);
        keep_free(wish);
    }
    forget(owner, program);
}

void flow_cache_deinit(struct flow_cache *cache)
{
    table_walk(&cache->by_hash, free_node, cache);
    table_deinit(&cache->by_hash);
}

struct program *program_keep(struct program *program)
{
    program->uses++;
    return program;
}

static struct program *take(struct flow_cache *cache, struct program *program)
{
    if (program->uses++ == 0) {
        TAILQ_REMOVE(&cache->idle, program, in_idle);
        cache->idle_n--;
    }
    return program;
}

struct program *flow_cache_get(struct flow_cache *cache, struct digest hash)
{
    struct program *program = find(cache, hash);
    return program != NULL && program->phase == PROGRAM_READY ? take(cache, program)
                                                              : NULL;
}

bool flow_cache_is_loading(const struct flow_cache *cache, struct digest hash)
{
    const struct program *program = find(cache, hash);
    return program != NULL && program->phase == PROGRAM_LOADING;
}

void program_put(struct flow_cache *cache, struct program *program)
{
    if (program == NULL)
        return;
    must(program->uses > 0);
    if (--program->uses > 0)
        return;
    TAILQ_INSERT_TAIL(&cache->idle, program, in_idle);
    if (++cache->idle_n > LIMIT_IDLE_PROGRAMS)
        forget(cache, TAILQ_FIRST(&cache->idle));
}

void flow_cache_want(struct flow_cache *cache, struct digest hash, program_done *done,
                     void *owner)
{
    struct program *program = find(cache, hash);
    if (program == NULL) {
        program = keep_new_of(struct program);
        program->cache = cache;
        program->hash = hash;
        program->uses = 1; /* of the loading itself */
        STAILQ_INIT(&program->wishes);
        table_add(&cache->by_hash, &program->by_hash, digest_u64(&hash));
        load(cache, program);
    } else if (program->phase == PROGRAM_READY) {
        done(owner, take(cache, program), NULL);
        return;
    } else if (program->phase == PROGRAM_FAILED) {
        if (loop_now(cache->engine->loop) < program->failed_until) {
            done(owner, NULL, &program->why);
            return;
        }
        take(cache, program);
        load(cache, program);
    }
    struct program_wish *wish = keep_new_of(struct program_wish);
    *wish = (struct program_wish){.done = done, .owner = owner};
    STAILQ_INSERT_TAIL(&program->wishes, wish, in_program);
}

static struct program *find(const struct flow_cache *cache, struct digest hash)
{
    struct table_node *node = table_first(&cache->by_hash, digest_u64(&hash));
    for (; node != NULL; node = table_next(node)) {
        struct program *program = table_item(node, struct program, by_hash);
        if (digest_is(&program->hash, &hash))
            return program;
    }
    return NULL;
}

static bool unpack(struct program *program, const struct store_version *version,
                   struct err *err)
{
    if (version->err != NULL) {
        *err = *version->err;
        return false;
    }
    program->arena = arena_new("program", LIMIT_PROGRAM_BYTES);
    program->ir = ir_unpack(program->arena, version->image, err);
    if (program->ir == NULL)
        return err_while(err, "loading version %u of " TEXT_FMT, version->number,
                         TEXT_ARG(version->flow));
    if (!digest_is(&program->ir->hash, &program->hash))
        return err_set(err, ERR_BROKEN,
                       "the stored image is not the one that was asked for");
    return true;
}

static void loaded(void *owner, const struct store_version *version)
{
    struct program *program = owner;
    struct flow_cache *cache = program->cache;
    struct err err = {0};
    bool ok = unpack(program, version, &err);
    program->phase = ok ? PROGRAM_READY : PROGRAM_FAILED;
    if (!ok) {
        bool is_away = err.code == ERR_UNAVAILABLE || err.code == ERR_TIMED_OUT;
        program->why = err;
        program->failed_until =
            loop_now(cache->engine->loop) + (is_away ? 0 : FAILED_PAUSE);
        arena_free(program->arena);
        program->arena = NULL;
        if (!is_away)
            log_error("flow cannot be loaded", LOG_ERR(&err));
    }
    struct program_wish *wish;
    while ((wish = STAILQ_FIRST(&program->wishes)) != NULL) {
        STAILQ_REMOVE_HEAD(&program->wishes, in_program);
        wish->done(wish->owner, ok ? program_keep(program) : NULL, ok ? NULL : &err);
        keep_free(wish);
    }
    program_put(cache, program);
}

static void load(struct flow_cache *cache, struct program *program)
{
    program->phase = PROGRAM_LOADING;
    store_version(cache->engine->store, program->hash, loaded, program);
}

static void forget(struct flow_cache *cache, struct program *program)
{
    if (program->uses == 0) {
        TAILQ_REMOVE(&cache->idle, program, in_idle);
        cache->idle_n--;
    }
    table_remove(&cache->by_hash, &program->by_hash);
    arena_free(program->arena);
    keep_free(program);
}
