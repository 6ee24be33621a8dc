/* The only source of chance. */
#ifndef ENGINE_SYS_DICE_H
#define ENGINE_SYS_DICE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/id.h"

/* The kernel's randomness, good enough for tokens and nonces. */
void dice_bytes(void *out, size_t n);
uint32_t dice_u32(void);
uint64_t dice_u64(void);

/* A fresh UUIDv7 for the moment `instant`. */
struct id dice_id(int64_t instant);

/* For tests: from now on everything follows from `seed`. */
void dice_seed(uint64_t seed);

#endif
