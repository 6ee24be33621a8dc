/* The running whole: what is due is decided, committed, and only then acted on. */
#ifndef ENGINE_RUN_ENGINE_H
#define ENGINE_RUN_ENGINE_H

#include "adapters/adapter.h"
#include "engine/store/store.h"

struct arena;
struct config;
struct engine;
struct loop;
struct program;

struct engine_setup {
    struct loop *loop;
    const struct config *config; /* read at every use: a reload is seen at once */
    const struct adapter_ops *(*adapter_find)(struct text name);
};

/* A life: engine_new(); open a store with engine_hooks(); engine_start(); …;
 * engine_drain(); engine_stop(), which closes adapters; close the store; engine_free().
 */
struct engine *engine_new(const struct engine_setup *setup);
struct store_hooks engine_hooks(struct engine *engine);
void engine_start(struct engine *engine, struct store *store);

/* No new work; calls in flight settle, or are handed over when the time for that is up;
 * the shards are given back; then `drained` is called, once, from a later turn. */
void engine_drain(struct engine *engine, void (*drained)(void *owner), void *owner);
void engine_stop(struct engine *engine);
void engine_free(struct engine *engine);

/* ---- for the door ---- */

struct store *engine_store(struct engine *engine);

/* Shards are held, what was in flight is being settled, the environment is read. */
bool engine_is_ready(const struct engine *engine);
bool engine_is_away(const struct engine *engine); /* the database cannot be reached */
bool engine_is_full(const struct engine *engine); /* more work would only wait in line */
/* More of that flow, or of those of its keys that begin alike, would: of any other not.
 */
bool engine_is_behind(const struct engine *engine, struct text flow, struct text key);
bool engine_is_flow_behind(const struct engine *engine, struct text flow);

/* Something was put into a mailbox, or an inbox: look now, not at the next poll. */
void engine_look(struct engine *engine);
/* The same, and that mailbox belongs to this instance: its row is read beside it. */
void engine_expect(struct engine *engine, struct id instance);

/* Settings or secrets may have changed: the environment is read again. */
void engine_reload(struct engine *engine);

/* Tells once when the instance has ended, while this node holds its shard; another node's
 * instances must be asked after. */
struct watch;
typedef void engine_ended(void *owner, struct id instance);
struct watch *engine_watch(struct engine *engine, struct id instance, engine_ended *ended,
                           void *owner);
void engine_unwatch(struct watch *watch); /* also inside `ended`, where it is implied */

/* The image with this hash, by way of the cache. `done` is called from a later turn, or
 * at once when the image is there; NULL: `err` says why. The caller puts it back. */
typedef void engine_program_done(void *owner, struct program *program,
                                 const struct err *err);
void engine_program(struct engine *engine, struct digest hash, engine_program_done *done,
                    void *owner);
const struct ir *engine_program_ir(const struct program *program);
void engine_program_put(struct engine *engine, struct program *program);

/* Rises when a flow or an environment was deployed, as far as this node has heard. */
uint64_t engine_deployed(const struct engine *engine);

/* The environment in force, for views. Borrowed for this turn. */
const struct environment *engine_environment(const struct engine *engine);

/* That version is held, as far as this node has heard; NULL: it is not. Borrowed for this
 * turn. */
const struct store_hold *engine_hold(const struct engine *engine, struct digest version);

/* The source of events that comes in by this path; NULL: there is none. Borrowed for this
 * turn. Nothing is known before the environment was read. */
struct hook;
const struct hook *engine_hook(const struct engine *engine, struct text path);
bool engine_has_environment(const struct engine *engine);

/* What a scanner of this node has last found, and how long ago (µs); not known: it has
 * not been its turn yet, or another node does it. */
struct scan_result {
    bool is_known;
    int64_t found;
    int64_t age;
};
struct scan_result engine_scan(const struct engine *engine, enum store_scan scan);

#endif
