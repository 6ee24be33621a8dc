/* Sources of events: what comes over HTTP at a path of the environment's, by whose
 * signature, or as a file of a folder, and which event it is.
 *
 * In the environment's document `events` is an object by path, `folders` the same by the
 * path of the folder:
 *
 *     {"image": base64,
 *      "signed": {"header": "X-Signature", "key": {"secret": "portal"}, "prefix":
 * "sha256=", "written": "hex", "over": ["v0:", {"part": "timestamp"}, ":",
 *                 {"part": "body"}], "timestamp": "X-Timestamp", "within_us": 300000000},
 *      "events": [{"event": "OrderSubmitted", "where": function, "id": function,
 *                  "data": function}]}
 *
 * Functions are over the body, which is JSON, and what comes beside it: the headers as
 * JSON, or the file's name; without `data` the body is the event. Only header and key are
 * needed of `signed`; without it whoever sends over HTTP needs a token. */
#ifndef ENGINE_RUN_HOOKS_H
#define ENGINE_RUN_HOOKS_H

#include <jansson.h>
#include <sys/queue.h>

#include "engine/base/err.h"
#include "engine/base/text.h"
#include "engine/core/advance.h"

struct arena;
struct hook;

TAILQ_HEAD(hook_list, hook);
struct hooks {
    struct hook_list list;
};

void hooks_init(struct hooks *hooks);
void hooks_deinit(struct hooks *hooks);
/* Forgets what there was, and opens what a section says. A source that cannot be
 * opened (its secret is missing) is there, and says why. */
void hooks_use(struct hooks *hooks, json_t *section, const char *secrets);

/* Borrowed for this turn. NULL: nothing comes in by this path. */
const struct hook *hooks_find(const struct hooks *hooks, struct text path);
/* Every source, in the order of the document: `after` NULL is before the first. */
const struct hook *hooks_next(const struct hooks *hooks, const struct hook *after);
struct text hook_path(const struct hook *hook);
bool hook_is_open(const struct hook *hook);
bool hook_is_signed(const struct hook *hook);

/* What has come in. */
struct hook_arrival {
    struct text body; /* as it came */
    int64_t now;
    struct text (*header)(void *owner, const char *name); /* empty: there is none */
    void *owner;
};

/* Is it from whom it should be? In constant time; false: NO_TOKEN, or UNAVAILABLE when
 * the source could not be opened. */
MUST_USE bool hook_verify(const struct hook *hook, struct arena *call,
                          const struct hook_arrival *arrival, struct err *err);

struct hook_event {
    struct text event;   /* its name */
    json_t *data;        /* a new reference */
    struct text message; /* the message's id; empty: none is said */
};

/* Which event it is; all on `call`. False: BAD_DATA with the place in the body. `beside`
 * is the headers as JSON, or the file's name. */
MUST_USE bool hook_read(const struct hook *hook, struct arena *call,
                        const struct environment *environment, int64_t now,
                        const json_t *body, struct text beside, struct hook_event *event,
                        struct err *err);

#endif
