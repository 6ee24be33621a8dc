/* How events find those who wait: the hash of an event's key fields, the same for sender
 * and waiter. */
#ifndef ENGINE_CORE_SUBSCRIBE_H
#define ENGINE_CORE_SUBSCRIBE_H

#include "engine/core/value.h"

enum {
    SUBSCRIBE_KEYS_MAX = 4
}; /* key fields of one event: 2^4 hashes an event at most */

/* First eight bytes of SHA-256 over the event's name, the mask, and the wire form of each
 * key value in order (numbers without trailing zeros: 1.50 finds 1.5). `values` holds as
 * many as `fields` has bits, in the order of the event's key fields. */
uint64_t subscribe_key(const struct ir *ir, uint32_t event, uint32_t fields,
                       const struct value *values);

/* Every hash under which this event may be waited for: one for each subset of its key
 * fields that contains the first, and the ones that do not; `n` of them, with their
 * masks. */
struct subscribe_hash {
    uint64_t key;
    uint32_t fields;
};
uint32_t subscribe_keys_of(struct arena *turn, const struct ir *ir, uint32_t event,
                           struct value body, struct subscribe_hash **out);

/* What `unique` compares: SHA-256 over event name and unique fields; false when the event
 * has none. */
bool subscribe_unique(const struct ir *ir, uint32_t event, struct value body,
                      struct digest *out);

#endif
