/* The newest versions, as the door needs them to judge what comes in. */
#ifndef ENGINE_API_FLOWS_H
#define ENGINE_API_FLOWS_H

#include "engine/api/exchange.h"

typedef void flows_then(struct exchange *exchange, const struct ir *ir);

/* The image of a flow's newest version; a flow that is not there is answered. What is
 * known may be a moment old: whoever refuses by it asks anew first. */
void flows_find(struct exchange *exchange, struct text flow, flows_then *then);
void flows_find_anew(struct exchange *exchange, struct text flow, flows_then *then);

/* The same for an event: of the newest version that declares it. */
void flows_find_event(struct exchange *exchange, struct text event, flows_then *then);
void flows_find_event_anew(struct exchange *exchange, struct text event,
                           flows_then *then);

/* The image of that version; exchange->then goes on with it. */
void flows_want_image(struct exchange *exchange, struct digest hash);

#endif
