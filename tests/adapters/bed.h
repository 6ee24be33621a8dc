/* An open adapter, its other side, and calls whose endings are noted. */
#ifndef TESTS_ADAPTERS_BED_H
#define TESTS_ADAPTERS_BED_H

#include "adapters/registry.h"
#include "tests/support/peer.h"
#include "tests/support/unit.h"

struct bed {
    struct event_base *base;
    struct peer *peer; /* of http */
    const struct adapter_ops *ops;
    struct adapter *adapter;
};

/* With options as JSON; NULL: those that lead to its scripted other side. */
struct bed *bed_open(const char *adapter, const char *options);
void bed_close(struct bed *bed);

/* The path of child_peer: beside this program. Where it is not, the program ends and says
 * so. */
const char *bed_child(void);

struct order { /* a call, and how it has ended */
    struct call call;
    struct bed *bed;
    unsigned done_n;
    enum call_outcome_kind kind;
    bool is_sample;
    json_t *data; /* a reference */
    int64_t retry_after_us;
    char name[64], message[2048];
    struct order *then; /* begun when this one has ended; NULL: nothing */
};

struct order *order_new(struct bed *bed, const char *operation, bool is_effect);
void order_free(struct order *order);

void order_begin(struct order *order);
bool order_ends(struct order *order); /* turns the loop until it has, at most 10 s */
bool orders_end(struct order **orders, unsigned n);
void bed_turn(struct bed *bed, int ms); /* the loop runs for a while */

#endif
