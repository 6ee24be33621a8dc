/* How many calls an adapter may have: at once, and in a while. */
#ifndef ENGINE_RUN_SLOTS_H
#define ENGINE_RUN_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dsl/ir.h"

struct slots {
    uint32_t at_once;     /* in flight now */
    int64_t *sent;        /* moments of the last `room` sendings, a ring */
    unsigned room, n, at; /* `at`: where the next goes */
};

void slots_deinit(struct slots *slots);

/* Of limits that are the adapter's everywhere: what is left to one of so many nodes.
 * Together they never have more, where there are at least as many as nodes. Where there
 * are fewer, each has one at once, for nobody may wait for ever, and rates hold on
 * average. */
struct ir_adapter slots_share(const struct ir_adapter *limits, uint32_t nodes);

enum slots_answer {
    SLOTS_FREE,
    SLOTS_FULL, /* until a call ends */
    SLOTS_LATER /* not before *again */
};

/* May one more be sent now, by these limits? */
enum slots_answer slots_ask(const struct slots *slots, const struct ir_adapter *limits,
                            int64_t now, int64_t *again);
void slots_take(struct slots *slots, const struct ir_adapter *limits, int64_t now);
void slots_give_back(struct slots *slots); /* a call has ended */

#endif
