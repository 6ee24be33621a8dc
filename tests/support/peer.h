/* A scripted HTTP server on the test's own loop: the last part of a request's path says
 * what it does. */
#ifndef TESTS_SUPPORT_PEER_H
#define TESTS_SUPPORT_PEER_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct peer;

/* What a path asks of it:
 *   value      200 {"said":"value"}
 *   nothing    204
 *   refused    409 {"error":"Refused","why":"no"}
 *   problem    409, RFC 9457, type …/Refused
 *   silent     no answer, the connection stays
 *   late       no answer until peer_release()
 *   twice      the answer of `value`, two times
 *   huge       200 and more than a value may be long
 *   drip       the head of an answer, then a byte now and then, for ever
 *   unfit      200 and no JSON
 *   no_http    bytes that are no HTTP
 *   half       half an answer, then its side of the connection is closed
 *   closed     the connection is closed without a word
 *   reset      the connection is reset
 *   goodbye    the answer of `value`, then the connection is closed, unannounced
 *   NNN        that status, no body
 *   moved      302 to `value`
 *   wait_2     503, Retry-After: 2
 *   wait_date  503, Retry-After: a date an hour from now */
struct peer *peer_start(struct event_base *base);
void peer_stop(struct peer *peer);

int peer_port(const struct peer *peer);
void peer_release(struct peer *peer); /* the late answers */

/* What it has seen. */
unsigned peer_requests(const struct peer *peer);
unsigned peer_connections(const struct peer *peer); /* ever */
unsigned peer_open_most(const struct peer *peer);   /* at once */
/* Of the last request: the value of a header, NULL: it was not there; its body. */
const char *peer_header(const struct peer *peer, const char *name);
const char *peer_body(const struct peer *peer);
const char *peer_first_line(const struct peer *peer);

#endif
