/* One request and its answer, from the moment it is complete until both sides are done.
 */
#ifndef ENGINE_API_EXCHANGE_H
#define ENGINE_API_EXCHANGE_H

#include <jansson.h>
#include <sys/queue.h>

#include "engine/api/api.h"
#include "engine/core/wire.h"
#include "engine/store/store.h"

struct arena;
struct evhttp_request;
struct evkeyvalq;
struct exchange;
struct loop_timer;

enum route_method { ROUTE_GET, ROUTE_POST };

struct route {
    enum route_method method;
    const char *path;
    const char *scope;
    void (*handle)(struct exchange *exchange);
    const char *sentence;
};

enum { EXCHANGE_PARTS_MAX = 2, EXCHANGE_QUERY_MAX = 16 };

struct exchange {
    TAILQ_ENTRY(exchange) in_line;
    struct api *api;
    struct evhttp_request *request; /* NULL: answered, or the other side is gone */
    struct arena *call;             /* lifetime of the exchange */
    const struct route *route;
    struct text parts[EXCHANGE_PARTS_MAX]; /* what stands for {…} in the path */
    struct {
        struct text name, value;
    } query[EXCHANGE_QUERY_MAX];
    uint32_t query_n;
    json_t *body;     /* NULL: there was none */
    uint32_t pending; /* verbs of the store under way: it must not go away before */
    struct text actor, role;

    /* what the handlers remember between verbs */
    struct text flow, key, event;
    const json_t *fields; /* of the event; in `body` */
    struct text message;  /* by which its copies are known; empty: none */
    const char *place;    /* where in the body the data that are judged lie; NULL: at its
                             root */
    struct text answer;   /* what is to be answered, so far */
    struct text outcome, reason;
    struct id task;
    uint32_t task_number;
    struct id instance;
    struct store_instance row;
    json_t *started; /* members to add to what is shown */
    int status;
    bool is_waiting; /* Prefer: wait */
    bool is_checked_anew;
    struct watch *watch;
    struct loop_timer *patience; /* when waiting must end */
    struct loop_timer *look;     /* in case nobody tells us */
    void (*then)(struct exchange *exchange, const struct ir *ir);
};

struct exchange *exchange_new(struct api *api, struct evhttp_request *request);
/* Freed when it has been answered, or its asker is gone, and no verb is under way. */
void exchange_check(struct exchange *exchange);
void exchange_gone(struct exchange *exchange);

/* ---- what was asked ---- */

struct text exchange_header(const struct exchange *exchange, const char *name);
struct text exchange_query(const struct exchange *exchange, const char *name);
/* A JSON object, or nothing at all: then `body` is an empty object. False: answered. */
bool exchange_read_object(struct exchange *exchange);
/* A member of the body that must be text; absent: empty. False: answered. */
bool exchange_member(struct exchange *exchange, const char *name, struct text *out);
/* A slip in a name would otherwise be a request that means something else. False:
 * answered. */
bool exchange_knows_members(struct exchange *exchange, const char *const *names,
                            size_t n);
/* Verbs on what exists are recorded with a reason, but for trying out. */
bool exchange_reason(struct exchange *exchange, bool is_needed, struct text *reason);
bool exchange_limit(struct exchange *exchange, uint32_t *limit);

/* ---- answering: once ---- */

void answer_json(struct exchange *exchange, int status, const json_t *json);
void answer_text(struct exchange *exchange, int status, const char *type,
                 struct text text);
/* What the store lists, as its `done`: the owner is the exchange. */
void answer_list(void *owner, const struct store_list *list);
/* An operator's word about what the path names: `{member: name, "done": true}`. */
void answer_said(struct exchange *exchange, const struct store_said *what,
                 const char *member);
void answer_err(struct exchange *exchange, const struct err *err);
/* The error's pointer is into the data at `place`. */
void answer_misfit(struct exchange *exchange, const struct err *err);
void answer_refusal(struct exchange *exchange, enum err_code code, const char *what,
                    const char *hint);
/* The engine has all it can do: 429, come again. */
void answer_full(struct exchange *exchange);
void answer_header(struct exchange *exchange, const char *name, const char *value);

/* ---- verbs ---- */

/* What was asked is on its way to the database, which may be slow: its body in memory
 * takes many times its text. */
void exchange_forget_body(struct exchange *exchange);
/* Before a verb is asked, and first thing in its `done`: false: nobody wants to know any
 * more, and the exchange may be gone. */
void exchange_asks(struct exchange *exchange);
bool exchange_heard(struct exchange *exchange);
/* Whether the database can be asked; and whether more work may be brought to it. False:
 * answered. */
bool exchange_reaches_store(struct exchange *exchange);
bool exchange_may_bring_work(struct exchange *exchange);

#endif
