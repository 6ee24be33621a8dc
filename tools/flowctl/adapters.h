/* Which adapters take calls, for those who say why an instance waits. */
#ifndef TOOLS_FLOWCTL_ADAPTERS_H
#define TOOLS_FLOWCTL_ADAPTERS_H

#include <jansson.h>

#include "tools/flowctl/kit.h"

/* By name, what `flowctl adapters` shows; NULL: it cannot be read. A new reference. */
json_t *adapters_by_name(struct kit *kit);

#endif
