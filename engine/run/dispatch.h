/* Calls on their way: handed to adapters within their limits, ended by their deadlines.
 */
#ifndef ENGINE_RUN_DISPATCH_H
#define ENGINE_RUN_DISPATCH_H

#include <jansson.h>
#include <sys/queue.h>

#include "adapters/adapter.h"
#include "engine/core/decision.h"
#include "engine/run/slots.h"
#include "engine/run/table.h"
#include "engine/run/turns.h"

struct arena;
struct engine;
struct link;
struct loop_timer;
struct opened;
struct program;

enum flight_phase {
    FLIGHT_ORDERED, /* its transition is being committed */
    FLIGHT_WAITS,   /* for a slot of its adapter */
    FLIGHT_SENT,
    FLIGHT_ENDED /* its outcome is known, and on its way to the instance */
};

/* One attempt, from its decision until its outcome is committed. */
struct flight {
    struct call call; /* first: an adapter gives it back */
    struct table_node by_number;
    TAILQ_ENTRY(flight)
    in_line;          /* ORDERED: the resident's. SENT: the opened adapter's.
                         ENDED: all those */
    struct turn turn; /* WAITS: for its turn at the link */
    uint64_t kind;    /* whom it shares its turns with */
    struct engine *engine;
    struct id instance;
    uint32_t number; /* of the call in its instance */
    enum flight_phase phase;
    struct program *program;
    uint32_t adapter; /* in the image: its limits */
    struct text adapter_name;
    struct opened *opened;       /* SENT */
    struct loop_timer *deadline; /* WAITS: of its step; SENT: of the attempt */
    int64_t limit_at;            /* of its step, by the database's clock; 0: none */
    bool tries_adapter;          /* the one call that tries whether it works again */
    json_t *args;
    bool needs_generation;
    bool is_watched;     /* poison.h wants to hear of its end */
    struct arena *shape; /* of a mapped operation's request; NULL: by the convention */
    struct call_request request;
    struct digest key;
    char key_hex[DIGEST_HEX_BYTES];
    char id_text[ID_TEXT_BYTES];
    char traceparent[64];
    bool is_posted; /* ENDED: a letter carries it */
    int64_t ended_at;
    struct outcome outcome; /* ENDED: `name`, `message` in `said`; `data` held */
    char *said;
    char chars[];
};

TAILQ_HEAD(flight_line, flight);

struct dispatch {
    struct engine *engine;
    struct table by_number; /* all but ORDERED */
    struct flight_line ended;
    uint32_t in_flight;
    uint32_t waiting;
};

void dispatch_init(struct dispatch *dispatch, struct engine *engine);
void dispatch_deinit(struct dispatch *dispatch);

/* From a decision: everything copied, nothing begun. */
struct flight *flight_new(struct engine *engine, struct program *program,
                          const struct instance *inst, const struct call_order *order,
                          int64_t now);
void flight_free(struct flight *flight); /* not while it is SENT */

/* The transition is committed: begin it, now or when there is a slot. `generation` counts
 * for keys that have one. */
void dispatch_begin(struct dispatch *dispatch, struct flight *flight,
                    uint32_t generation);
/* The flight of this number, or NULL. */
struct flight *dispatch_find(const struct dispatch *dispatch, struct id instance,
                             uint32_t number);
/* Its outcome is committed, or means nothing any more. */
void dispatch_done(struct dispatch *dispatch, struct flight *flight);

/* Outcomes whose instance was out of reach when they came: to those whose shard is held
 * now. Those that nobody here will ask for are forgotten. */
void dispatch_post_ended(struct dispatch *dispatch);
void dispatch_forget_strangers(struct dispatch *dispatch);

/* What waits for a slot is handed over to whoever takes its shard, but for effects
 * without a key: those wait on. What is sent ends by itself. */
void dispatch_hand_over_waiting(struct dispatch *dispatch);
/* Nothing that waits may be sent from here any more. What a successor cannot begin again
 * has certainly not happened, and its instance hears so if it is ours once more. */
void dispatch_end_waiting(struct dispatch *dispatch);

/* Its adapter's limits, as far as they are this node's. */
struct ir_adapter flight_limits(const struct flight *flight);
/* One that waits will not be sent soon: its instance sleeps, and looks again in so many
 * µs. It is no attempt. */
void flight_hold(struct flight *flight, int64_t look_in);
/* For a link: this one has its slot. */
void flight_send(struct flight *flight);

#endif
