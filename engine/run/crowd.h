/* Whose work it is: a flow's, or within a flow that of those whose keys begin alike.
 *
 * An engine is fair between lines, not between instances. A line is a flow; where its keys
 * are in parts ("acme/O-1001"), each first part is a line of its own. */
#ifndef ENGINE_RUN_CROWD_H
#define ENGINE_RUN_CROWD_H

#include <stdint.h>

#include "engine/base/text.h"

/* The number of the line an instance is in. */
uint64_t crowd_line(struct text flow, struct text key);

#endif
