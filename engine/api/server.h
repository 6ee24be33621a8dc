/* The listener: bounds, routing, tokens. */
#ifndef ENGINE_API_SERVER_H
#define ENGINE_API_SERVER_H

#include "engine/api/conns.h"
#include "engine/api/exchange.h"
#include "engine/api/tokens.h"
#include "engine/base/vec.h"

struct known_flow { /* a flow, or an event; its latest version, as far as we know */
    struct text name;
    struct digest hash;
};

struct api {
    struct loop *loop;
    struct engine *engine;
    const struct config *config;
    struct evhttp *http;
    struct evhttp_bound_socket *socket; /* NULL: no new connections */
    struct conns conns;
    struct tokens tokens;
    TAILQ_HEAD(, exchange) exchanges;
    struct text version;
    char *version_chars;
    bool is_dev;
    bool is_loopback;
    bool is_draining;
    struct arena *flows_arena; /* of what is known */
    uint64_t flows_of;         /* engine_deployed() when it was learned */
    struct known_flow *flows;
    uint32_t flows_n;
    VEC(struct known_flow) events;
};

extern const struct route routes[];
extern const size_t routes_n;

#define ROUTE(method, path, scope, handler, sentence)                                    \
    void handler(struct exchange *exchange);
#include "engine/api/routes.def"
#undef ROUTE

void api_hook(struct exchange *exchange); /* parts[0]: the path it came by */
/* exchange->fields is the event: judges, stores and answers. */
void api_judge_event(struct exchange *exchange, struct text event);

#endif
