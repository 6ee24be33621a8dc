/* Flow files for the players of this folder: read, with what they use from beside them.
 */
#ifndef TESTS_GOLDEN_DECISION_READ_H
#define TESTS_GOLDEN_DECISION_READ_H

#include "dsl/compile.h"

/* Empty when it cannot be read. */
struct text read_file(struct arena *arena, const char *path);

/* Images of the file's flows; mistakes are drawn on stderr. */
struct compiled *read_flows(struct arena *compile, const char *path);

#endif
