/* Requests over libcurl on the engine's loop: connections are kept and reused, one send a
 * request. */
#ifndef ADAPTERS_KIT_CURL_LOOP_H
#define ADAPTERS_KIT_CURL_LOOP_H

#include <curl/curl.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/base/err.h"
#include "engine/base/text.h"

struct event_base;
struct curl_loop;
struct curl_request;
struct curl_slot;

/* How far it came. libcurl sends a request a second time by itself when a reused
 * connection turns out to be dead; here the second send is refused, and the request
 * counts as CUT. */
enum curl_end {
    CURL_END_ANSWERED, /* a whole answer came, or one that was cut off at the bound */
    CURL_END_NOT_SENT, /* surely nothing was sent: no name, no connection, no TLS, or the
                          time ran out in the line */
    CURL_END_CUT       /* sent, then silence, reset, time-out or no HTTP */
};

struct curl_answer {
    enum curl_end end;
    long status; /* ANSWERED */
    struct text body;
    bool body_is_too_large; /* body is empty then */
    int64_t retry_after_us; /* 0: not said */
    const char *why;        /* NOT_SENT, CUT: for people */
};

/* Lent by the caller, who keeps it and what it points to in place until `done`. */
struct curl_request {
    const char *url;
    struct curl_slist *headers;
    const char *method; /* "GET"; NULL: POST. Lives as long as the request */
    bool has_no_body;
    struct text body;
    int64_t within_us;
    void (*done)(struct curl_request *request, const struct curl_answer *answer);

    /* The loop's own. */
    struct curl_loop *loop;
    struct curl_slot *slot; /* NULL while it stands in line */
    struct event deadline;
    TAILQ_ENTRY(curl_request) link;
};

struct curl_loop_setup {
    struct event_base *base;
    uint32_t connections_max; /* more requests stand in line */
    uint32_t line_max;        /* more than these are NOT_SENT at once */
    size_t body_bytes_max;    /* of an answer */
    const char *ca_file;      /* certificates to trust; NULL: the system's. Copied */
};

struct curl_loop *curl_loop_open(const struct curl_loop_setup *setup, struct err *err);

/* `done` is called once, later or in here. It may begin and drop other requests. */
void curl_loop_begin(struct curl_loop *loop, struct curl_request *request);

/* Ends it without calling `done`; gives how far it came: NOT_SENT or CUT. */
enum curl_end curl_loop_drop(struct curl_loop *loop, struct curl_request *request);

/* No request may be under way any more. */
void curl_loop_close(struct curl_loop *loop);

#endif
