/* A world that one seed gives: nodes, a shop outside, customers, and what goes wrong. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/adapter.h"
#include "engine/base/id.h"

enum { SIM_NODES = 3, SIM_ORDERS = 4, SIM_LINES = 3, SIM_KEYS = 4, SIM_FLIGHTS = 4096 };

#define SIM_SECOND INT64_C(1000000)

/* A flow file, and what its shop must hold in the end. Lines are bits: 1, 2, 4. */
struct story {
    const char *name;
    uint32_t held;     /* in `done`; elsewhere nothing is */
    uint32_t one_of;   /* in `done` just one of these, too */
    uint32_t keys_max; /* under so many keys a line may be asked for */
    bool is_ordered;   /* what was reserved last is freed first */
    bool starts_on;    /* the event Ordered begins it, too */
    bool only_cancels; /* it knows no event Settled */
    bool is_whole;     /* the flow of flows/, and the systems that it calls */

    int64_t deciding;    /* the limit of its state `deciding` */
    int64_t ticks_every; /* its flow `tick` begins by itself; 0: it has none */
    struct compiled *compiled;
};

/* story.c: which there are, compiled from files beside each other in `folder`. */
extern struct story stories[];
extern const uint32_t stories_n;
struct arena;
bool stories_read(struct arena *process, const char *folder);

/* Faults, with their rates in 1/1000 of what they may happen to; 0: not in this seed. */
struct sim_rates {
    uint32_t request_lost, reply_lost, refused, slow, hung_up; /* a call */
    uint32_t held_back, commit_lost, answer_late; /* a request to the store, its answer */
};

enum sim_accident_kind {
    SIM_KILL,
    SIM_PAUSE,
    SIM_CUT,
    SIM_DRAIN,
    SIM_LOST,
    SIM_UNHEARD,
    SIM_KINDS
};

struct sim_accident {
    enum sim_accident_kind kind;
    uint32_t node;
    int64_t at, lasts;
};
enum { SIM_ACCIDENTS = 10 };

struct sim_order {
    char key[16];
    struct id id; /* once it is known */
    bool is_acknowledged, is_started;
    int64_t start_at, event_at, command_at; /* when its customer acts */
    bool by_event, cancels, has_event, is_sent;
    const char *command; /* NULL: none */
};

/* What the shop knows of one key of a line of an order. */
struct shop_key {
    char key[80]; /* empty: none */
    bool is_held, is_spent;
    uint32_t applied;     /* how often something was done */
    uint32_t attempt;     /* that was sent last */
    int64_t refused_at;   /* the caller was told so, then; 0: or something else */
    uint32_t disruptions; /* so many had there been by then */
    uint64_t epoch;       /* of its shard by then: nobody else has sent since */
    bool was_in_doubt;
};
struct shop_line {
    struct shop_key keys[SIM_KEYS];
    uint32_t freed;           /* the order of things: `moment` when it was freed last */
    char frees[SIM_KEYS][80]; /* the keys it was freed under: each counts once */
};

struct sim {
    uint64_t dice;
    int64_t now, quiet_at;
    bool is_traced;
    uint64_t hash; /* of the trace */
    const struct story *story;
    struct sim_rates rates;
    struct sim_accident accidents[SIM_ACCIDENTS];
    uint32_t accidents_n;
    struct sim_order orders[SIM_ORDERS];
    struct shop_line shop[SIM_ORDERS][SIM_LINES];
    uint32_t moment;
    uint32_t disruptions; /* after which a call may be sent again out of turn */
    uint64_t opened;      /* nodes that began */
    uint64_t joined;      /* incarnations beyond those, a while after all became quiet */
    struct store_world *world;
    uint32_t faults_n;   /* that happened */
    char complaint[256]; /* empty: all is well */
};

extern struct sim sim;
extern bool sim_is_late_allowed; /* requests may land when their call is long over */

uint32_t sim_below(uint32_t n);  /* 0 … n-1 */
bool sim_happens(uint32_t rate); /* never when all is quiet */
void sim_trace(const char *format, ...) PRINTF_LIKE(1, 2);
void sim_note(struct text what); /* of which the trace only keeps the hash */
void sim_complain(const char *format, ...) PRINTF_LIKE(1, 2); /* the first is kept */

/* play.c: one seed. The configuration is every node's. */
struct config;
void play(uint64_t seed, const struct story *story, struct config *config,
          bool is_traced);
uint32_t play_node(void);           /* the one whose turn it is */
uint64_t play_nonce(uint32_t node); /* under which the store knows it; 0: under none */
bool play_is_awake(uint32_t node);  /* it hears what its calls are answered */
void play_enter(uint32_t node);     /* on its clock, and to have a turn of its loop */
void play_leave(void);

/* The shop, and the adapter by which a node reaches it. What was sent is done there even
 * when its sender has died. */
extern const struct adapter_ops shop_adapter;
void shop_open(void);
void shop_turn(void);    /* what is due by now is done and answered */
int64_t shop_next(void); /* when something is due; INT64_MAX: never */
void shop_close(void);

/* Looks at the world when all has come to rest. */
void judge(void);

#endif
