/* Before an adapter: its breaker as all nodes know it, the operator's hand, and who waits
 * until it takes calls again.
 *
 * While it takes none, calls are held: their instances know, sleep as rows, and are told
 * one after another when it takes calls again; who is not told looks by itself after some
 * seconds. One call stays here: the one that tries it when the pause is over. */
#ifndef ENGINE_RUN_GATE_H
#define ENGINE_RUN_GATE_H

#include <sys/queue.h>

#include "engine/core/advance.h"
#include "engine/run/breaker.h"
#include "engine/run/table.h"

struct bindings;
struct engine;
struct flight;
struct link;
struct loop_timer;

struct held { /* an instance with a call that waits for the adapter */
    struct table_node by_id;
    TAILQ_ENTRY(held) in_line;
    struct link *link;
    struct id instance;
};

struct gate {
    struct breaker breaker;
    bool is_setting;         /* a wish is being told to all */
    bool wants_try;          /* and it is the right to try */
    TAILQ_HEAD(, held) held; /* the longest waiting first */
    uint32_t held_n;
    int64_t let_go_at; /* the last one was told; loop time */
    struct loop_timer *later;
    char problem[256]; /* of the last failure, for people */
};

struct gates { /* of all adapters */
    struct table held;
    uint32_t held_n;
    uint64_t rev; /* of all breakers, as the heartbeat said */
    bool is_wanted;
    bool is_under_way;
    struct adapter_hold *holds; /* what the environment says to the core */
    unsigned room;
};

void gate_init(struct link *link);
void gate_deinit(struct link *link);
void gates_deinit(struct bindings *bindings);

/* The heartbeat says how far breakers have come. */
void gates_heard(struct bindings *bindings, uint64_t rev);
/* At each turn: reads what changed, lets those go who may, and says to the core which
 * adapters take no calls. */
void gates_turn(struct bindings *bindings);

/* May the first in line be sent, as far as the breaker is concerned? If not, those behind
 * it are held. */
bool gate_lets(struct link *link);
/* A call is being sent, and has ended. */
void gate_sent(struct link *link, struct flight *flight);
void gate_ended(struct link *link, struct flight *flight, bool failed,
                struct text problem);
/* How many µs from now whoever is held looks by itself. */
int64_t gate_look_in(const struct link *link);

/* An instance has a call that waits for the adapter of this name. */
void gate_note(struct engine *engine, struct text adapter, struct id instance);

#endif
