/* What is known of flow versions, for whoever explains an instance. */
#ifndef TOOLS_FLOWCTL_FLOWS_H
#define TOOLS_FLOWCTL_FLOWS_H

#include <jansson.h>

#include "tools/flowctl/kit.h"

/* {"since", "set_aside"} of a version that is held; NULL: it is not. A new reference. */
json_t *flows_hold(struct kit *kit, const char *flow, uint32_t version);

#endif
