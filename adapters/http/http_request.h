/* A call as an HTTP request, by the convention of the contract. */
#ifndef ADAPTERS_HTTP_HTTP_REQUEST_H
#define ADAPTERS_HTTP_HTTP_REQUEST_H

#include "adapters/adapter.h"
#include "adapters/kit/curl_loop.h"

struct arena;

extern const char *const http_not_free[]; /* headers that nobody else may say */

/* Where requests go, and what each of them says besides. */
struct http_site {
    struct text url; /* without a slash at its end */
    struct curl_slist *headers;
    struct text *hidden; /* what must not be shown: the values of the headers, and their
                            last words (the token of "Bearer …") */
    size_t hidden_n;
};

/* The options have been checked by their table; here by what HTTP allows. */
MUST_USE bool http_site_open(struct arena *life, struct text url, const json_t *headers,
                             struct http_site *site, struct err *err);

/* Fills url, headers, body and time of `request`; all of it stands on the arena, in the
 * site or in the call. False: the call cannot be said in HTTP, nothing may be sent. */
MUST_USE bool http_request(struct arena *arena, const struct http_site *site,
                           const struct call *call, struct curl_request *request,
                           struct err *err);

#endif
