/* A scripted HTTP server on the test's own loop. */
#include "tests/support/peer.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include "engine/base/limits.h"
#include "engine/base/must.h"

struct peer_conn {
    struct peer *peer;
    struct bufferevent *stream;
    struct event *drip;
    bool is_late;
    LIST_ENTRY(peer_conn) link;
};

LIST_HEAD(peer_conns, peer_conn);

struct peer {
    struct event_base *base;
    struct evconnlistener *listener;
    struct peer_conns conns;
    unsigned requests, connections, open, open_most;
    char head[16384], body[65536], value[1024];
};

static void serve(struct peer_conn *conn, const char *does);

/* ---- connections ---- */

static void conn_free(struct peer_conn *conn)
{
    LIST_REMOVE(conn, link);
    conn->peer->open--;
    if (conn->drip != NULL)
        event_free(conn->drip);
    bufferevent_free(conn->stream);
    free(conn);
}

static void on_end(struct bufferevent *stream, short what, void *owner)
{
    (void)stream;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        conn_free(owner);
}

static bool request_read(struct peer_conn *conn, char *does, size_t room)
{
    struct peer *peer = conn->peer;
    struct evbuffer *in = bufferevent_get_input(conn->stream);
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    if (end.pos < 0)
        return false;
    char head[sizeof peer->head] = "";
    evbuffer_copyout(in, head, (size_t)end.pos);
    const char *length = strcasestr(head, "\r\ncontent-length:");
    unsigned n = 0;
    if (length != NULL)
        must(sscanf(length + 17, "%u", &n) == 1 && n < sizeof peer->body);
    if (evbuffer_get_length(in) < (size_t)end.pos + 4 + n)
        return false;
    evbuffer_drain(in, (size_t)end.pos + 4);
    evbuffer_remove(in, peer->body, n);
    peer->body[n] = '\0';
    memcpy(peer->head, head, sizeof head);
    peer->requests++;
    const char *path = strchr(head, ' ') + 1;
    int path_n = (int)strcspn(path, " ");
    int last = path_n;
    while (last > 0 && path[last - 1] != '/')
        last--;
    snprintf(does, room, "%.*s", path_n - last, path + last);
    return true;
}

static void on_bytes(struct bufferevent *stream, void *owner)
{
    struct peer_conn *conn = owner;
    char does[64];
    (void)stream;
    if (request_read(conn, does, sizeof does))
        serve(conn, does);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
                          struct sockaddr *from, int from_n, void *owner)
{
    (void)listener, (void)from, (void)from_n;
    struct peer *peer = owner;
    struct peer_conn *conn = calloc(1, sizeof *conn);
    must(conn != NULL);
    conn->peer = peer;
    conn->stream = bufferevent_socket_new(peer->base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(conn->stream, on_bytes, NULL, on_end, conn);
    bufferevent_enable(conn->stream, EV_READ | EV_WRITE);
    LIST_INSERT_HEAD(&peer->conns, conn, link);
    peer->connections++;
    if (++peer->open > peer->open_most)
        peer->open_most = peer->open;
}

/* ---- what it does ---- */

static void say(struct peer_conn *conn, const char *status, const char *head,
                const char *body)
{
    evbuffer_add_printf(bufferevent_get_output(conn->stream),
                        "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, head,
                        strlen(body), body);
}

/* Before the connection is closed: nothing waits for the loop. */
static void say_now(struct peer_conn *conn, const char *bytes)
{
    ssize_t n = (ssize_t)strlen(bytes);
    must(send(bufferevent_getfd(conn->stream), bytes, (size_t)n, MSG_NOSIGNAL) == n);
}

static void does_value(struct peer_conn *conn)
{
    say(conn, "200 OK", "", "{\"said\":\"value\"}");
}

static void does_nothing(struct peer_conn *conn)
{
    evbuffer_add_printf(bufferevent_get_output(conn->stream),
                        "HTTP/1.1 204 No Content\r\n\r\n");
}

static void does_refused(struct peer_conn *conn)
{
    say(conn, "409 Conflict", "", "{\"error\":\"Refused\",\"why\":\"no\"}");
}

static void does_problem(struct peer_conn *conn)
{
    say(conn, "409 Conflict", "Content-Type: application/problem+json\r\n",
        "{\"type\":\"https://peer/errors/Refused\",\"why\":\"no\"}");
}

static void does_silent(struct peer_conn *conn)
{
    (void)conn;
}

static void does_late(struct peer_conn *conn)
{
    conn->is_late = true;
}

static void does_twice(struct peer_conn *conn)
{
    does_value(conn);
    does_value(conn);
}

static void does_huge(struct peer_conn *conn)
{
    struct evbuffer *out = bufferevent_get_output(conn->stream);
    size_t n = LIMIT_JSON_BYTES + 2;
    char *body = malloc(n + 1);
    must(body != NULL);
    memset(body, 'x', n);
    body[0] = body[n - 1] = '"';
    evbuffer_add_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
    evbuffer_add(out, body, n);
    free(body);
}

static void on_drip(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    struct peer_conn *conn = owner;
    evbuffer_add(bufferevent_get_output(conn->stream), " ", 1);
}

static void does_drip(struct peer_conn *conn)
{
    evbuffer_add_printf(bufferevent_get_output(conn->stream),
                        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    conn->drip = event_new(conn->peer->base, -1, EV_PERSIST, on_drip, conn);
    event_add(conn->drip, &(struct timeval){.tv_usec = 5000});
}

static void does_unfit(struct peer_conn *conn)
{
    say(conn, "200 OK", "", "<ok/>");
}

static void does_no_http(struct peer_conn *conn)
{
    evbuffer_add_printf(bufferevent_get_output(conn->stream), "220 hello there\r\n");
}

static void does_half(struct peer_conn *conn)
{
    say_now(conn, "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"said\":");
    shutdown(bufferevent_getfd(conn->stream), SHUT_WR);
}

static void does_closed(struct peer_conn *conn)
{
    conn_free(conn);
}

static void does_reset(struct peer_conn *conn)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(bufferevent_getfd(conn->stream), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    conn_free(conn);
}

static void does_goodbye(struct peer_conn *conn)
{
    say_now(conn, "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"said\":\"value\"}");
    conn_free(conn);
}

static void does_moved(struct peer_conn *conn)
{
    say(conn, "302 Found", "Location: value\r\n", "");
}

static void does_wait_2(struct peer_conn *conn)
{
    say(conn, "503 Service Unavailable", "Retry-After: 2\r\n", "");
}

static void does_wait_date(struct peer_conn *conn)
{
    time_t then = time(NULL) + 3600;
    char head[128];
    struct tm broken_down;
    strftime(head, sizeof head, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n",
             gmtime_r(&then, &broken_down));
    say(conn, "503 Service Unavailable", head, "");
}

static const struct {
    const char *name;
    void (*does)(struct peer_conn *conn);
} script[] = {
#define DOES(name)                                                                       \
    {                                                                                    \
#name, does_##name                                                               \
    }
    DOES(value),   DOES(nothing), DOES(refused),   DOES(problem), DOES(silent),
    DOES(late),    DOES(twice),   DOES(huge),      DOES(drip),    DOES(unfit),
    DOES(no_http), DOES(half),    DOES(closed),    DOES(reset),   DOES(goodbye),
    DOES(moved),   DOES(wait_2),  DOES(wait_date),
#undef DOES
};

static void serve(struct peer_conn *conn, const char *does)
{
    for (size_t i = 0; i < sizeof script / sizeof *script; i++)
        if (strcmp(script[i].name, does) == 0) {
            script[i].does(conn);
            return;
        }
    char status[80];
    snprintf(status, sizeof status, "%s As Asked", does);
    say(conn, status, "", "");
}

/* ---- its life, and what it has seen ---- */

struct peer *peer_start(struct event_base *base)
{
    struct peer *peer = calloc(1, sizeof *peer);
    must(peer != NULL);
    peer->base = base;
    LIST_INIT(&peer->conns);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    peer->listener = evconnlistener_new_bind(base, on_connection, peer,
                                             LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                                             512, (struct sockaddr *)&at, sizeof at);
    must(peer->listener != NULL);
    return peer;
}

void peer_stop(struct peer *peer)
{
    while (!LIST_EMPTY(&peer->conns))
        conn_free(LIST_FIRST(&peer->conns));
    evconnlistener_free(peer->listener);
    free(peer);
}

int peer_port(const struct peer *peer)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    must(getsockname(evconnlistener_get_fd(peer->listener), (struct sockaddr *)&at, &n) ==
         0);
    return ntohs(at.sin_port);
}

void peer_release(struct peer *peer)
{
    struct peer_conn *conn;
    LIST_FOREACH(conn, &peer->conns, link)
    {
        if (conn->is_late)
            does_value(conn);
        conn->is_late = false;
    }
}

unsigned peer_requests(const struct peer *peer)
{
    return peer->requests;
}

unsigned peer_connections(const struct peer *peer)
{
    return peer->connections;
}

unsigned peer_open_most(const struct peer *peer)
{
    return peer->open_most;
}

const char *peer_header(const struct peer *peer, const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *found = strcasestr(peer->head, line);
    if (found == NULL)
        return NULL;
    found += strlen(line);
    snprintf((char *)peer->value, sizeof peer->value, "%.*s", (int)strcspn(found, "\r\n"),
             found);
    return peer->value;
}

const char *peer_body(const struct peer *peer)
{
    return peer->body;
}

const char *peer_first_line(const struct peer *peer)
{
    snprintf((char *)peer->value, sizeof peer->value, "%.*s",
             (int)strcspn(peer->head, "\r\n"), peer->head);
    return peer->value;
}
