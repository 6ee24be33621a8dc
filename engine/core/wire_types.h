/* What reading and writing share: how a type is looked at. For wire*.c only. */
#ifndef ENGINE_CORE_WIRE_TYPES_H
#define ENGINE_CORE_WIRE_TYPES_H

#include "engine/core/wire.h"

/* Business time: days "P2BD", opening hours "P4BH" (contract §5). */
enum { WIRE_WORK_BYTES = 32 };
MUST_USE bool wire_work_parse(struct text t, struct value *out);
struct text wire_work_print(struct value v, char out[WIRE_WORK_BYTES]);

/* ISO 4217's code for no currency: of the zero that `sum` makes of no money. */
#define WIRE_NO_CURRENCY "XXX"

/* Keys of a map as member names, and back; false: the text fits no key of that type. */
MUST_USE bool wire_key_read(struct arena *turn, const struct ir *ir, uint32_t type,
                            struct text name, struct value *out);
enum { WIRE_KEY_BYTES = 80 };
struct text wire_key_write(const struct ir *ir, uint32_t type, struct value key,
                           char out[WIRE_KEY_BYTES]);

/* Is it, or what it holds as optional, not to be shown? */
bool wire_is_hidden(const struct ir *ir, uint32_t type, enum wire_private private);

#endif
