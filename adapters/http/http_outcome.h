/* What an answer over HTTP means. */
#ifndef ADAPTERS_HTTP_HTTP_OUTCOME_H
#define ADAPTERS_HTTP_HTTP_OUTCOME_H

#include "adapters/adapter.h"
#include "adapters/kit/curl_loop.h"

struct arena;

/* The outcome by http_outcome.def. What it points to stands on the arena or in the call;
 * `out->data` is a reference that the caller gives back. `hidden` are the texts (tokens,
 * passwords) that must not be shown: an answer's words that repeat one are left out. */
void http_outcome(struct arena *arena, struct call *call,
                  const struct curl_answer *answer, const struct text *hidden,
                  size_t hidden_n, struct call_outcome *out);

#endif
