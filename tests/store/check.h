/* What the files of the conformance suite share: claims, and tests that lie elsewhere. */
#ifndef TESTS_STORE_CHECK_H
#define TESTS_STORE_CHECK_H

#include "tests/store/promises.h"
#include "tests/store/sides.h"

#define CHECK(claim) check((claim), #claim, __FILE__, __LINE__)
bool check(bool holds, const char *claim, const char *file, int line);

/* An instance of `f` that has had its first transition, and waits. */
struct store_instance begun(struct side *side, struct node *node, const char *key);

#define ORDER(key) "{\"order\":{\"id\":\"" key "\"}}"

enum promised { BOTH, ONLY_MEM, ONLY_PG };

#define PROMISE(sentence, where) void sentence(struct side *side);
PROMISES
#undef PROMISE

#endif
