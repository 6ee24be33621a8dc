/* A world that one seed gives: nodes, a shop outside, customers, and what goes wrong. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/adapter.h"
#include "engine/base/id.h"

enum { SIM_NODES = 3, SIM_ORDERS = 6, SIM_LINES = 3, SIM_FLIGHTS = 4096 };

/* Faults, with their rates in 1/1000 of what they may happen to; 0: not in this seed. */
struct sim_rates {
    uint32_t kill, pause, commit_lost, answer_lost;   /* a turn of a node */
    uint32_t request_lost, reply_lost, refused, slow; /* a call */
};

struct sim_order {
    char key[16];
    bool is_acknowledged, is_started;
    int64_t start_at, event_at; /* when its customer acts */
    bool cancels, has_event;
    bool is_sent;
};

/* What the shop knows of a line of an order. */
struct shop_line {
    char key[80];     /* that reserved it; empty: nobody did */
    uint32_t applied; /* how often something was done */
    uint32_t keys;    /* under so many different keys: more than one is a second effect */
    char first_key[80];
    bool is_freed;
    uint32_t freed; /* the order of things: `moment` when it was freed */
};

struct sim {
    uint64_t dice;
    int64_t now, quiet_at;
    bool is_traced;
    bool is_late_allowed; /* requests may land when their call is long over */
    uint64_t hash;        /* of the trace */
    struct sim_rates rates;
    struct sim_order orders[SIM_ORDERS];
    struct shop_line shop[SIM_ORDERS][SIM_LINES];
    uint32_t moment;
    struct store_world *world;
    uint32_t faults_n;   /* that happened */
    char complaint[256]; /* empty: all is well */
};

extern struct sim sim;

uint32_t sim_below(uint32_t n);  /* 0 … n-1 */
bool sim_happens(uint32_t rate); /* never when all is quiet */
void sim_trace(const char *format, ...) PRINTF_LIKE(1, 2);
void sim_complain(const char *format, ...) PRINTF_LIKE(1, 2); /* the first is kept */

/* The shop, and the adapter by which a node reaches it. What was sent is done there even
 * when its sender has died. */
extern const struct adapter_ops shop_adapter;
void shop_open(void);
void shop_turn(void); /* what is due by now is done and answered */
void shop_close(void);

/* Looks at the world when all has come to rest. */
void judge(void);

#endif
