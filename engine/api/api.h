/* The door: HTTP in, JSON out (contract, "HTTP door"). */
#ifndef ENGINE_API_API_H
#define ENGINE_API_API_H

#include "engine/base/err.h"
#include "engine/run/engine.h"

struct api;
struct config;
struct loop;

struct api_setup {
    struct loop *loop;
    struct engine *engine;
    const struct config *config;
    struct text address; /* "127.0.0.1:7300", "[::1]:7300", "0.0.0.0:80" */
    struct text version; /* of the program */
    bool is_dev;         /* commands need no reason */
};

/* Listens at once; until the engine is ready, what needs it is answered 503. NULL: `err`
 * says why not. */
struct api *api_open(const struct api_setup *setup, struct err *err);
/* No new connections; those who wait for an instance's end are answered now. */
void api_drain(struct api *api);
/* Before the engine and its store are closed. */
void api_close(struct api *api); /* NULL is fine */

#endif
