/* Connections at the door: how many, and how long each may take. */
#include "engine/api/conns.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <sys/socket.h>

#include "engine/base/limits.h"
#include "engine/base/must.h"
#include "engine/sys/config.h"
#include "engine/sys/keep.h"
#include "engine/sys/loop.h"
#include "engine/sys/stats.h"

enum { SWEEP_EVERY = 250 * 1000, SECOND = 1000000 };

static struct bufferevent *accept_one(struct event_base *base, void *owner);
static void came(struct evbuffer *input, const struct evbuffer_cb_info *info,
                 void *owner);
static void forget_closed(void *owner);
static void sweep(void *owner);

void conns_init(struct conns *conns, struct loop *loop, const struct config *config,
                struct evhttp *http)
{
    *conns = (struct conns){.loop = loop, .config = config};
    TAILQ_INIT(&conns->all);
    conns->sweep = loop_timer_new(loop, sweep, conns);
    loop_timer_in(conns->sweep, SWEEP_EVERY);
    loop_after_turn(loop, forget_closed, conns);
    evhttp_set_bevcb(http, accept_one, conns);
}

void conns_deinit(struct conns *conns)
{
    struct conn *conn;
    loop_after_turn_remove(conns->loop, forget_closed, conns);
    loop_timer_free(conns->sweep);
    while ((conn = TAILQ_FIRST(&conns->all)) != NULL) {
        TAILQ_REMOVE(&conns->all, conn, in_line);
        bufferevent_decref(conn->bev);
        keep_free(conn);
    }
}

static void count_bytes(struct conn *conn, size_t bytes)
{
    conn->conns->bytes += bytes - conn->bytes;
    conn->bytes = bytes;
}

static void take_in_hand(struct conn *conn, size_t bytes)
{
    conn->conns->in_hand += bytes - conn->in_hand;
    conn->in_hand = bytes;
}

/* Bodies that are still coming may take as much again as what is in hand. */
static bool is_flooding(const struct conn *conn)
{
    return conn->phase == CONN_BODY && conn->bytes > LIMIT_HTTP_SMALL_BYTES &&
           conn->conns->bytes > 2 * (size_t)LIMIT_HTTP_IN_HAND_BYTES;
}

static void set_phase(struct conn *conn, enum conn_phase phase)
{
    static const int64_t seconds[] = {
        [CONN_IDLE] = LIMIT_HTTP_IDLE_SECONDS,
        [CONN_HEADERS] = LIMIT_HTTP_HEADER_SECONDS,
        [CONN_BODY] = LIMIT_HTTP_BODY_SECONDS,
        [CONN_OURS] = 0, /* our own deadlines bound it */
        [CONN_ANSWER] = LIMIT_HTTP_BODY_SECONDS,
    };
    conn->phase = phase;
    conn->line_ends = 0;
    conn->until =
        seconds[phase] == 0 ? 0 : loop_now(conn->conns->loop) + seconds[phase] * SECOND;
}

/* evhttp frees its connections without telling; a reference of our own keeps the
 * bufferevent, and it is found to be given up when it has no callbacks any more. */
static struct bufferevent *accept_one(struct event_base *base, void *owner)
{
    struct conns *conns = owner;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    must(bev != NULL);
    bufferevent_incref(bev);
    struct conn *conn = keep_new_of(struct conn);
    conn->conns = conns;
    conn->bev = bev;
    set_phase(conn, CONN_HEADERS);
    conn->is_cut = conns->n >= (uint32_t)conns->config->http_connections;
    TAILQ_INSERT_TAIL(&conns->all, conn, in_line);
    conns->n++;
    stats_set(STAT_HTTP_CONNECTIONS, conns->n);
    evbuffer_add_cb(bufferevent_get_input(bev), came, conn);
    return bev;
}

/* Its body is not read to the end: there may be no end. */
static void say_too_much(evutil_socket_t fd)
{
    static const char answer[] = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n"
                                 "Connection: close\r\nContent-Length: 0\r\n\r\n";
    (void)!send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void cut(struct conn *conn)
{
    evutil_socket_t fd = bufferevent_getfd(conn->bev);
    if (fd >= 0 && conn->is_too_much)
        say_too_much(fd);
    stats_add(STAT_HTTP_CUT, 1);
    conn->is_cut = true;
    conn->until = 0;
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR); /* evhttp sees the end, and gives the connection up */
}

static bool is_given_up(const struct conn *conn)
{
    bufferevent_data_cb read, write;
    bufferevent_event_cb event;
    void *arg;
    bufferevent_getcb(conn->bev, &read, &write, &event, &arg);
    return read == NULL && write == NULL && event == NULL;
}

static void forget_closed(void *owner)
{
    struct conns *conns = owner;
    struct conn *conn = TAILQ_FIRST(&conns->all), *next;
    for (; conn != NULL; conn = next) {
        next = TAILQ_NEXT(conn, in_line);
        if (conn->is_cut && conn->until != 0)
            cut(conn); /* it was one too many */
        if (!is_given_up(conn))
            continue;
        TAILQ_REMOVE(&conns->all, conn, in_line);
        count_bytes(conn, 0);
        take_in_hand(conn, 0);
        conns->n--;
        stats_set(STAT_HTTP_CONNECTIONS, conns->n);
        evbuffer_remove_cb(bufferevent_get_input(conn->bev), came, conn);
        bufferevent_decref(conn->bev);
        keep_free(conn);
    }
}

static void sweep(void *owner)
{
    struct conns *conns = owner;
    struct conn *conn;
    int64_t now = loop_now(conns->loop);
    loop_timer_in(conns->sweep, SWEEP_EVERY);
    TAILQ_FOREACH(conn, &conns->all, in_line)
    if (conn->until != 0 && now > conn->until)
        cut(conn);
}

/* The bytes as they come: the first begins a request, an empty line ends its headers. */
static void came(struct evbuffer *input, const struct evbuffer_cb_info *info, void *owner)
{
    struct conn *conn = owner;
    if (info->n_added == 0 || conn->is_cut)
        return;
    count_bytes(conn, conn->bytes + info->n_added);
    if (is_flooding(conn)) {
        conn->is_cut = conn->is_too_much = true; /* at the end of this turn */
        count_bytes(conn, 0);                    /* the others go on */
        return;
    }
    if (conn->phase == CONN_IDLE)
        set_phase(conn, CONN_HEADERS);
    if (conn->phase != CONN_HEADERS)
        return;
    struct evbuffer_ptr from;
    size_t n = info->n_added, length = evbuffer_get_length(input);
    char bytes[1024];
    must(n <= length);
    while (n > 0 && conn->phase == CONN_HEADERS) {
        size_t part = n < sizeof bytes ? n : sizeof bytes;
        evbuffer_ptr_set(input, &from, length - n, EVBUFFER_PTR_SET);
        if (evbuffer_copyout_from(input, &from, bytes, part) != (ev_ssize_t)part)
            return;
        for (size_t i = 0; i < part && conn->phase == CONN_HEADERS; i++) {
            if (bytes[i] == '\n' && ++conn->line_ends == 2)
                set_phase(conn, CONN_BODY);
            else if (bytes[i] != '\n' && bytes[i] != '\r')
                conn->line_ends = 0;
        }
        n -= part;
    }
}

static struct conn *find(struct conns *conns, const struct bufferevent *bev)
{
    struct conn *conn;
    TAILQ_FOREACH(conn, &conns->all, in_line)
    if (conn->bev == bev)
        return conn;
    return NULL;
}

static void change(struct conns *conns, struct bufferevent *bev, enum conn_phase phase)
{
    struct conn *conn = find(conns, bev);
    if (conn != NULL && !conn->is_cut)
        set_phase(conn, phase);
}

bool conns_request(struct conns *conns, struct bufferevent *bev)
{
    struct conn *conn = find(conns, bev);
    bool is_too_much = conn != NULL && conn->is_too_much;
    if (is_too_much) /* its last bytes were too many: it is whole, and can be answered */
        conn->is_cut = conn->is_too_much = false;
    change(conns, bev, CONN_OURS);
    if (conn == NULL)
        return true;
    if (is_too_much)
        return false;
    if (conn->bytes > LIMIT_HTTP_SMALL_BYTES &&
        conns->in_hand + conn->bytes > LIMIT_HTTP_IN_HAND_BYTES)
        return false;
    take_in_hand(conn, conn->bytes);
    return true;
}

void conns_answer(struct conns *conns, struct bufferevent *bev)
{
    change(conns, bev, CONN_ANSWER);
}

void conns_answered(struct conns *conns, struct bufferevent *bev)
{
    struct conn *conn = find(conns, bev);
    if (conn != NULL) {
        count_bytes(conn, 0);
        take_in_hand(conn, 0);
    }
    change(conns, bev, CONN_IDLE);
}
