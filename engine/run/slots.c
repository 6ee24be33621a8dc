/* How many calls an adapter may have. */
#include "engine/run/slots.h"

#include "dsl/ir.h"
#include "engine/base/limits.h"
#include "engine/base/must.h"
#include "engine/sys/keep.h"

void slots_deinit(struct slots *slots)
{
    keep_free(slots->sent);
    *slots = (struct slots){0};
}

struct ir_adapter slots_share(const struct ir_adapter *limits, uint32_t nodes)
{
    struct ir_adapter share = *limits;
    if (nodes < 2)
        return share;
    if (share.at_once > 0)
        share.at_once = share.at_once < nodes ? 1 : share.at_once / nodes;
    if (share.rate >= nodes) {
        share.rate /= nodes;
    } else if (share.rate > 0) {
        share.rate_per *= (nodes + share.rate - 1) / share.rate;
        share.rate = 1;
    }
    return share;
}

static uint32_t rate_of(const struct ir_adapter *limits)
{
    return limits->rate < LIMIT_ADAPTER_RATE ? limits->rate : LIMIT_ADAPTER_RATE;
}

/* The k-th last sending, from 1. */
static int64_t sent_at(const struct slots *slots, uint32_t k)
{
    return slots->sent[(slots->at + slots->room - k) % slots->room];
}

enum slots_answer slots_ask(const struct slots *slots, const struct ir_adapter *limits,
                            int64_t now, int64_t *again)
{
    if (limits->at_once > 0 && slots->at_once >= limits->at_once)
        return SLOTS_FULL;
    uint32_t rate = rate_of(limits);
    if (rate > 0 && slots->n >= rate && sent_at(slots, rate) + limits->rate_per > now) {
        *again = sent_at(slots, rate) + limits->rate_per;
        return SLOTS_LATER;
    }
    return SLOTS_FREE;
}

/* A ring as long as the largest rate that was asked for; growing it forgets nothing. */
static void note_sending(struct slots *slots, uint32_t rate, int64_t now)
{
    if (slots->room < rate) {
        unsigned room = rate;
        int64_t *sent = keep_alloc(room * sizeof *sent);
        for (unsigned k = slots->n; k > 0; k--)
            sent[slots->n - k] = sent_at(slots, k);
        keep_free(slots->sent);
        slots->sent = sent;
        slots->room = room;
        slots->at = slots->n % room;
    }
    slots->sent[slots->at] = now;
    slots->at = (slots->at + 1) % slots->room;
    if (slots->n < slots->room)
        slots->n++;
}

void slots_take(struct slots *slots, const struct ir_adapter *limits, int64_t now)
{
    slots->at_once++;
    if (limits->rate > 0)
        note_sending(slots, rate_of(limits), now);
}

void slots_give_back(struct slots *slots)
{
    must(slots->at_once > 0);
    slots->at_once--;
}
