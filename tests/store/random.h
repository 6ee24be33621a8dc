/* Random sequences of verbs, said to both stores. */
#ifndef TESTS_STORE_RANDOM_H
#define TESTS_STORE_RANDOM_H

#include "tests/store/sides.h"

/* True: both said the same to everything that follows from `seed`. Else prints where they
 * differ. */
bool random_agrees(struct side *a, struct side *b, uint64_t seed, int steps);

#endif
