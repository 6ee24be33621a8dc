/* Connections at the door: how many, and how long each may take.
 *
 * evhttp bounds a single read; whoever sends a byte now and then stays for ever. So every
 * connection has an absolute deadline of its own for what it is doing now: sending
 * headers, sending a body, taking the answer, or nothing. And what all of them have sent
 * and wait for is bounded: with more, whoever sends much hears 429. */
#ifndef ENGINE_API_CONNS_H
#define ENGINE_API_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct bufferevent;
struct config;
struct evhttp;
struct loop;
struct loop_timer;

enum conn_phase {
    CONN_IDLE,    /* between requests */
    CONN_HEADERS, /* a request has begun */
    CONN_BODY,    /* its headers are complete */
    CONN_OURS,    /* it is complete: we are working on the answer */
    CONN_ANSWER   /* the answer is being taken */
};

struct conn {
    TAILQ_ENTRY(conn) in_line;
    struct conns *conns;
    struct bufferevent *bev;
    enum conn_phase phase;
    int64_t until;      /* 0: no deadline */
    uint32_t line_ends; /* seen in a row: two end the headers */
    size_t bytes;       /* that came since the last answer */
    size_t in_hand;     /* of a request that was taken in hand */
    bool is_cut;
    bool is_too_much; /* it is cut for the bytes of its body */
};

struct conns {
    struct loop *loop;
    const struct config *config;
    TAILQ_HEAD(, conn) all;
    uint32_t n;
    size_t bytes, in_hand; /* of all of them */
    struct loop_timer *sweep;
};

void conns_init(struct conns *conns, struct loop *loop, const struct config *config,
                struct evhttp *http);
void conns_deinit(struct conns *conns); /* after evhttp is freed */

/* The request on this connection is complete, and in hand; false: it is large, and there
 * is no room for it beside the others. Its answer is on its way; has been sent off. */
bool conns_request(struct conns *conns, struct bufferevent *bev);
void conns_answer(struct conns *conns, struct bufferevent *bev);
void conns_answered(struct conns *conns, struct bufferevent *bev);

#endif
