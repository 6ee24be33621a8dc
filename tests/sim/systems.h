/* What order_to_cash calls: ERP, a warehouse, EDI and mail, with a ledger of their own.
 */
#ifndef TESTS_SIM_SYSTEMS_H
#define TESTS_SIM_SYSTEMS_H

#include <jansson.h>

#include "adapters/adapter.h"
#include "tests/sim/sim.h"

struct mem_instance;

/* What somebody says: a value, or one of the operation's own refusals. */
struct systems_said {
    enum call_outcome_kind kind;
    const char *refusal; /* of CALL_REFUSED */
    json_t *data;        /* the caller's; NULL: nothing */
};

void systems_open(void);

/* A request has arrived. Under a key that is known, what was said then is said again. */
struct systems_said systems_do(uint32_t order, const char *operation, const json_t *args,
                               const char *key);

/* The warehouse packs, the customer pays, stock comes in: each is an event. */
void systems_turn(void (*send)(uint32_t order, const char *event, const char *body));
int64_t systems_next(void); /* INT64_MAX: never */

/* `{"order": …}`: a flow is begun with it. */
json_t *systems_order(uint32_t order);

/* Whether what stands in the ledger is what the end of its instance says. */
void systems_judge(uint32_t order, const struct mem_instance *row);

#endif
