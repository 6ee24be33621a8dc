/* What a child's reply means. */
#ifndef ADAPTERS_PROCESS_PROCESS_REPLY_H
#define ADAPTERS_PROCESS_PROCESS_REPLY_H

#include "adapters/adapter.h"

/* What the outcome points to stands in the reply or in the call. */
void process_reply(const struct call *call, const json_t *reply,
                   struct call_outcome *out);

#endif
