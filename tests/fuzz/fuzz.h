/* What a fuzz target is: libFuzzer's function, and seeds from which the replay sets out.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/text.h"

/* Any bytes at all. What must not be ends in must(), or is seen by a sanitizer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The i-th seed beside the corpus folder, on `arena`; false: there are no more. */
bool fuzz_seed(struct arena *arena, uint32_t i, struct text *seed);

#endif
