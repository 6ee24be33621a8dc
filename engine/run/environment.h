/* The environment in force: settings for the core, adapters opened with their secrets. */
#ifndef ENGINE_RUN_ENVIRONMENT_H
#define ENGINE_RUN_ENVIRONMENT_H

#include <jansson.h>
#include <sys/queue.h>

#include "adapters/adapter.h"
#include "engine/base/digest.h"
#include "engine/core/advance.h"
#include "engine/run/calendars.h"
#include "engine/run/dispatch.h"
#include "engine/run/gate.h"
#include "engine/run/hooks.h"
#include "engine/run/slots.h"

struct engine;
struct loop_timer;
struct mapping;

/* An adapter as it was opened: by the same options as long as the environment says so. */
struct opened {
    TAILQ_ENTRY(opened) in_line;
    struct link *link;
    const struct adapter_ops *ops;
    struct adapter *adapter;
    struct mapping *mapping; /* NULL: every operation goes by the convention */
    struct flight_line sent;
    uint32_t in_flight;
};

/* A name that flows call, and what stands behind it now. */
struct link {
    TAILQ_ENTRY(link) in_line;
    struct engine *engine;
    char *name;
    struct digest options; /* of the resolved ones */
    bool is_named;         /* by the environment in force */
    struct opened
        *opened;       /* NULL: nothing is bound to the name, or it could not be opened */
    char problem[512]; /* why not */
    uint64_t look;     /* nothing is bound: the reading that will make sure; 0: none */
    uint32_t number;   /* of those that were ever named */
    struct slots slots;
    struct gate gate;
    struct turns waiting; /* flights */
    uint32_t waiting_n;
    struct loop_timer *later; /* when a slot may be free again */
};

struct bindings {
    struct engine *engine;
    struct environment environment;
    json_t *document;
    struct arena *lasting; /* what is made of the document */
    struct calendars calendars;
    struct hooks hooks;   /* by the path at the door */
    struct hooks folders; /* by the path of the folder */
    bool is_known;        /* it was read, or there is none */
    bool is_wanted;
    bool is_under_way;
    uint64_t looks; /* how often it was read */
    struct gates gates;
    TAILQ_HEAD(, link) links;
    unsigned links_n;
    TAILQ_HEAD(, opened) retired; /* to be closed when their last call has ended */
};

void bindings_init(struct bindings *bindings, struct engine *engine);
void bindings_close(struct bindings *bindings); /* adapters; their calls end in here */
void bindings_deinit(struct bindings *bindings);

void bindings_look(struct bindings *bindings); /* it may have changed */
void bindings_turn(struct bindings *bindings);

/* Makes the link when flows name one that the environment does not. */
struct link *bindings_link(struct bindings *bindings, struct text name);

/* Whose turn it is among those who wait; NULL: nobody waits. */
struct flight *link_first(const struct link *link);
/* Hands slots to those who wait for them. */
void link_serve(struct link *link);

#endif
