/* The contract between the engine and what stands outside: one table of functions an
 * adapter.
 *
 * The engine decides, commits, and only then begins a call. An adapter carries it out and
 * says how it ended, once. It never blocks: everything it waits for, it waits for on the
 * loop it was given. It keeps nothing across a restart; keys and attempts are the
 * engine's.
 *
 * The promise, which tests/adapters/conformance.c holds every adapter to:
 *   - `begin` never blocks and ends in exactly one call_done(), inside `begin` or later;
 *   - what was heard after that (a late or second answer) is dropped;
 *   - `cancel` and `close` end the calls they concern before they return;
 *   - at most one request leaves for a call, whatever connections do;
 *   - IN_DOUBT is said whenever an effect may have been heard and the answer is not
 *     known; UNAVAILABLE only when it surely did not happen, or for a read. */
#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

struct event_base; /* libevent's */

enum { ADAPTER_ABI = 2 }; /* raised when anything in this file changes its meaning */

/* ---- how a call ends ---- */

/* The vocabulary of engine/core/stimulus.h, in the same order. Whether the data fit the
 * operation's types is not the adapter's business. */
enum call_outcome_kind {
    CALL_VALUE,   /* it happened; `data` is the result */
    CALL_REFUSED, /* a declared error: it did not happen; `name` and `data` (an object of
                     its parameters) say which */
    CALL_UNAVAILABLE, /* it did not happen, for technical reasons; or a read failed */
    CALL_IN_DOUBT,    /* it may have happened */
    CALL_BROKEN       /* the contract is broken: trying again will not help */
};

/* Everything in it is borrowed: whoever keeps something past call_done() copies it, or
 * takes a reference. */
struct call_outcome {
    enum call_outcome_kind kind;
    struct text name; /* REFUSED: one of call->errors */
    json_t *data;     /* VALUE, REFUSED; NULL: none (an empty answer) */
    bool is_sample; /* VALUE of `over fake`: `data` where it is of the result's type, else
                       a value made from that type */
    struct text message;    /* for people, one line, at most LIMIT_CALL_MESSAGE_BYTES, no
                               secrets; empty for VALUE */
    int64_t retry_after_us; /* from now, as the other side asks for; 0: not said */
};

/* ---- mapped operations ---- */

/* How an environment says that an operation is asked for; what is empty goes by the
 * transport's convention. */
struct call_header {
    struct text name, value;
};
struct call_request {
    struct text method; /* "GET"; empty: the convention's, and its target */
    struct text target; /* path and query behind the adapter's url, encoded */
    const struct call_header *headers;
    uint32_t headers_n;
    bool has_body;
    struct text body; /* JSON */
};

/* An answer, and what the mapping makes of it. The status decides between the outcomes as
 * it does by the convention: the mapping only says whether it means something. */
struct call_reply {
    long status;
    const json_t *body; /* NULL: none, or `is_unread` */
    bool is_unread;     /* there is one, and it is no JSON */
};
enum call_means {
    CALL_MEANS_UNSAID, /* the mapping says nothing of it: by the convention */
    CALL_MEANS_VALUE,  /* `data` is the result */
    CALL_MEANS_ERROR,  /* the declared error `name`, with `data` */
    CALL_MEANS_MISFIT  /* it should fit, and does not: `message` says where */
};
struct call_meaning {
    enum call_means means;
    struct text name; /* one of call->errors */
    json_t *data;     /* a new reference */
    char message[LIMIT_CALL_MESSAGE_BYTES];
};

/* ---- a call ---- */

/* One attempt in flight. Made by the engine, which keeps it and all it points to in
 * place until call_done(). */
struct call {
    struct text operation;
    bool is_effect;
    bool has_result;           /* the operation `gives` something */
    const json_t *args;        /* an object, by the contract's wire forms */
    const struct text *errors; /* the declared ones: `fails with` */
    uint32_t errors_n;

    struct text key;         /* idempotency key, 64 hex digits; empty: none */
    struct text instance;    /* id, as text */
    struct text step;        /* STEP */
    uint32_t attempt;        /* from 1 */
    struct text correlation; /* the business key */
    struct text traceparent; /* W3C; empty: none */
    int64_t within_us; /* from begin() to call_done(), whatever trickles in meanwhile */

    const struct call_request *request; /* NULL: all by the convention */
    /* What an answer means; NULL: by the convention. Asked within the call only. */
    void (*read)(struct call *call, const struct call_reply *reply,
                 struct call_meaning *meaning);

    void (*done)(struct call *call, const struct call_outcome *outcome);
    void *owner; /* the engine's */
    void *place; /* the adapter's, while the call is in flight */
};

/* Ends the call: the adapter's last word about it, said exactly once. The engine may
 * begin or cancel other calls of the same adapter in here, but not close it. */
static inline void call_done(struct call *call, const struct call_outcome *outcome)
{
    void (*done)(struct call *, const struct call_outcome *) = call->done;
    must(done != NULL); /* a second ending is a bug of the adapter */
    call->done = NULL;
    call->place = NULL;
    done(call, outcome);
}

/* ---- an adapter ---- */

/* What a .bind file may say of it: `adapter erp over http { url "…" }`. The checker reads
 * the same table. */
enum adapter_option_kind {
    ADAPTER_OPTION_TEXT,   /* "…" */
    ADAPTER_OPTION_NUMBER, /* a whole number in text, `least` … `most` */
    ADAPTER_OPTION_WORDS,  /* "…" "…" …: a list; its pieces are not joined */
    ADAPTER_OPTION_TABLE   /* NAME: "…", any number of times: an object */
};

struct adapter_option {
    const char *name; /* NULL ends the table */
    enum adapter_option_kind kind;
    bool is_needed;
    const char *standard; /* taken where it is not said; NULL: none */
    int64_t least, most;  /* NUMBER: the bounds. TEXT, WORDS, TABLE: `most` bytes, or
                             words, or rows */
    const char *sentence; /* for people */
};

struct adapter; /* an open one; each adapter's own */

/* What an adapter is opened with. */
struct adapter_setup {
    struct text name; /* as flows call it: "erp" */
    /* The resolved options, an object: a string (TEXT, NUMBER), an array of strings
     * (WORDS), an object of strings (TABLE). Secrets stand in it as plain text: they go
     * nowhere but to the other side. Borrowed until open returns. */
    const json_t *options;
    struct event_base *loop;
};

struct adapter_ops {
    const char *name; /* as in `over http` */
    uint32_t abi;     /* ADAPTER_ABI */
    const struct adapter_option *options;
    bool maps;                   /* it takes call->request, and asks call->read */
    const char *const *not_free; /* headers a mapping may not say; NULL ends them, and may
                                    be all */

    /* Checks the options and gets ready; does not wait for the other side, which may be
     * away. NULL: refused, `err` says why without showing secrets. */
    struct adapter *(*open)(const struct adapter_setup *setup, struct err *err);
    void (*begin)(struct adapter *adapter, struct call *call);
    /* For a call that has not ended: it ends in here, as IN_DOUBT if it is an effect that
     * may have been heard, else as UNAVAILABLE. */
    void (*cancel)(struct adapter *adapter, struct call *call);
    void (*close)(struct adapter *adapter); /* cancels what is left; NULL is fine */
};

#endif
