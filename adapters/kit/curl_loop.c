/* Requests over libcurl on the engine's loop.
 *
 * One multi handle; an easy handle for each connection that may be open, kept for ever
 * with all that does not change set once. What libcurl wants to hear of a socket is kept
 * registered between two requests on it: most requests cost no epoll_ctl() at all. */
#include "adapters/kit/curl_loop.h"

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/must.h"
#include "engine/base/scoped.h"
#include "engine/base/vec.h"

struct curl_slot {
    struct curl_loop *loop;
    CURL *easy;
    struct curl_request *request; /* NULL: free */
    struct arena *answer;         /* given back when the request has ended */
    struct buf body;
    bool was_sent; /* a connection stood, and the request began to leave */
    bool is_second_send;
    bool body_is_too_large;
    char why[CURL_ERROR_SIZE];
    struct curl_slot *next_free;
};

struct curl_watch { /* of one socket */
    struct curl_loop *loop;
    curl_socket_t fd;
    struct event event;
    short registered; /* EV_READ, EV_WRITE */
    bool is_ours; /* opened and closed by us, as all connections are; the resolver's are
                     not */
    bool is_idle; /* libcurl has lost interest, for now */
    struct curl_watch *next_free;
};

TAILQ_HEAD(curl_line, curl_request);

struct curl_loop {
    struct arena *life;
    struct event_base *base;
    CURLM *multi;
    struct event timer;
    struct curl_slot *slots_free;
    uint32_t slots_n, slots_max;
    struct curl_line line;
    uint32_t line_n, line_max;
    size_t body_bytes_max;
    char *ca_file;
    struct curl_watch **by_fd;
    uint32_t by_fd_room;
    struct curl_watch *watches_free;
};

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *unused);
static int on_timer(CURLM *multi, long ms, void *owner);
static void timer_fired(evutil_socket_t fd, short what, void *owner);
static void deadline_came(evutil_socket_t fd, short what, void *owner);
static void start(struct curl_loop *loop, struct curl_request *request);
static void collect(struct curl_loop *loop);
static struct curl_slot *slot_take(struct curl_loop *loop);
static void slot_give_back(struct curl_slot *slot);
static void serve_line(struct curl_loop *loop);
static struct curl_watch *watch_of(struct curl_loop *loop, curl_socket_t fd);

/* ---- life ---- */

struct curl_loop *curl_loop_open(const struct curl_loop_setup *setup, struct err *err)
{
    static bool is_ready;
    if (!is_ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_FAILED, "libcurl cannot be used");
        return NULL;
    }
    is_ready = true;
    /* A peer that goes away while it is written to is an error of that write, no more. */
    signal(SIGPIPE, SIG_IGN);
    struct arena *life = arena_new("curl_loop", LIMIT_ADAPTER_BYTES);
    struct curl_loop *loop = arena_new_of(life, struct curl_loop);
    *loop = (struct curl_loop){
        .life = life,
        .base = setup->base,
        .multi = curl_multi_init(),
        .slots_max = setup->connections_max,
        .line_max = setup->line_max,
        .body_bytes_max = setup->body_bytes_max,
    };
    must(loop->multi != NULL);
    if (setup->ca_file != NULL)
        loop->ca_file = text_chars(life, text_of(setup->ca_file));
    TAILQ_INIT(&loop->line);
    event_assign(&loop->timer, loop->base, -1, 0, timer_fired, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)setup->connections_max);
    return loop;
}

void curl_loop_close(struct curl_loop *loop)
{
    if (loop == NULL)
        return;
    must(TAILQ_EMPTY(&loop->line));
    uint32_t freed = 0;
    for (struct curl_slot *slot = loop->slots_free; slot != NULL;
         slot = slot->next_free, freed++) {
        curl_easy_cleanup(slot->easy);
        arena_free(slot->answer);
    }
    must(freed == loop->slots_n);
    curl_multi_cleanup(loop->multi); /* closes the connections */
    event_del(&loop->timer);
    arena_free(loop->life);
}

/* ---- a request ---- */

void curl_loop_begin(struct curl_loop *loop, struct curl_request *request)
{
    request->loop = loop;
    request->slot = NULL;
    const char *refusal = request->within_us <= 0 ? "no time was left to send it" : NULL;
    struct curl_slot *slot = refusal == NULL ? slot_take(loop) : NULL;
    if (slot == NULL && refusal == NULL && loop->line_n >= loop->line_max)
        refusal = "too many requests wait for a connection";
    if (refusal != NULL) {
        request->done(request,
                      &(struct curl_answer){.end = CURL_END_NOT_SENT, .why = refusal});
        return;
    }
    struct timeval within = {.tv_sec = (time_t)(request->within_us / 1000000),
                             .tv_usec = (suseconds_t)(request->within_us % 1000000)};
    evtimer_assign(&request->deadline, loop->base, deadline_came, request);
    evtimer_add(&request->deadline, &within);
    if (slot != NULL) {
        request->slot = slot;
        start(loop, request);
        return;
    }
    TAILQ_INSERT_TAIL(&loop->line, request, link);
    loop->line_n++;
}

enum curl_end curl_loop_drop(struct curl_loop *loop, struct curl_request *request)
{
    event_del(&request->deadline);
    struct curl_slot *slot = request->slot;
    if (slot == NULL) {
        TAILQ_REMOVE(&loop->line, request, link);
        loop->line_n--;
        return CURL_END_NOT_SENT;
    }
    enum curl_end end = slot->was_sent ? CURL_END_CUT : CURL_END_NOT_SENT;
    request->slot = NULL;
    slot_give_back(slot);
    serve_line(loop);
    return end;
}

static void deadline_came(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    struct curl_request *request = owner;
    bool was_in_line = request->slot == NULL;
    enum curl_end end = curl_loop_drop(request->loop, request);
    request->done(
        request, &(struct curl_answer){
                     .end = end,
                     .why = end == CURL_END_CUT
                                ? "no whole answer came within the time that was given"
                            : was_in_line
                                ? "the time ran out while it waited for a free connection"
                                : "no connection within the time that was given"});
}

static void set_method(CURL *easy, const struct curl_request *request)
{
    if (request->has_no_body) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.chars);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.n);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

static void start(struct curl_loop *loop, struct curl_request *request)
{
    struct curl_slot *slot = request->slot;
    slot->request = request;
    slot->was_sent = slot->is_second_send = slot->body_is_too_large = false;
    slot->why[0] = '\0';
    buf_init(&slot->body, slot->answer);
    curl_easy_setopt(slot->easy, CURLOPT_URL, request->url);
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, request->headers);
    set_method(slot->easy, request);
    must(curl_multi_add_handle(loop->multi, slot->easy) == CURLM_OK);
}

static void serve_line(struct curl_loop *loop)
{
    struct curl_request *request;
    while ((request = TAILQ_FIRST(&loop->line)) != NULL &&
           (request->slot = slot_take(loop)) != NULL) {
        TAILQ_REMOVE(&loop->line, request, link);
        loop->line_n--;
        start(loop, request);
    }
}

/* ---- what libcurl asks while a request is under way ---- */

static int before_send(void *owner, char *peer_ip, char *own_ip, int peer_port,
                       int own_port)
{
    (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
    struct curl_slot *slot = owner;
    if (slot->was_sent) {
        slot->is_second_send = true;
        return CURL_PREREQFUNC_ABORT;
    }
    slot->was_sent = true;
    return CURL_PREREQFUNC_OK;
}

static size_t body_came(char *bytes, size_t one, size_t n, void *owner)
{
    struct curl_slot *slot = owner;
    n *= one;
    if (n > slot->loop->body_bytes_max - slot->body.n) {
        slot->body_is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_add(&slot->body, bytes, n);
    return n;
}

static curl_socket_t open_socket(void *owner, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    (void)purpose;
    curl_socket_t fd =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        watch_of(owner, fd)->is_ours = true;
    return fd;
}

static int close_socket(void *owner, curl_socket_t fd)
{
    struct curl_loop *loop = owner;
    if ((uint32_t)fd < loop->by_fd_room && loop->by_fd[fd] != NULL) {
        struct curl_watch *watch = loop->by_fd[fd];
        if (watch->registered != 0)
            event_del(&watch->event);
        loop->by_fd[fd] = NULL;
        watch->next_free = loop->watches_free;
        loop->watches_free = watch;
    }
    return close(fd);
}

/* ---- slots ---- */

static CURL *easy_new(struct curl_slot *slot)
{
    struct curl_loop *loop = slot->loop;
    CURL *easy = curl_easy_init();
    must(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot->why);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_came);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, loop);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    /* It is allocated anew for every request; this small, it comes from malloc's cache.
     */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (loop->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, loop->ca_file);
    return easy;
}

static struct curl_slot *slot_take(struct curl_loop *loop)
{
    struct curl_slot *slot = loop->slots_free;
    if (slot != NULL) {
        loop->slots_free = slot->next_free;
        return slot;
    }
    if (loop->slots_n == loop->slots_max)
        return NULL;
    loop->slots_n++;
    slot = arena_new_of(loop->life, struct curl_slot);
    slot->loop = loop;
    /* The body grows by doubling: old and new stand side by side for a moment. */
    slot->answer = arena_new("answer", 4 * loop->body_bytes_max + 65536);
    slot->easy = easy_new(slot);
    return slot;
}

static void slot_give_back(struct curl_slot *slot)
{
    if (slot->request != NULL)
        curl_multi_remove_handle(slot->loop->multi, slot->easy);
    slot->request = NULL;
    arena_reset(slot->answer);
    slot->next_free = slot->loop->slots_free;
    slot->loop->slots_free = slot;
}

/* ---- ends ---- */

static struct curl_answer answer_of(struct curl_slot *slot, CURLcode code)
{
    struct curl_answer answer = {.end = CURL_END_ANSWERED};
    curl_off_t retry_after = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        answer.retry_after_us = 1000000 * (retry_after < LIMIT_RETRY_AFTER_SECONDS
                                               ? (int64_t)retry_after
                                               : LIMIT_RETRY_AFTER_SECONDS);
    if (code == CURLE_OK) {
        answer.body = buf_done(&slot->body);
        return answer;
    }
    if (slot->body_is_too_large) {
        answer.body_is_too_large = true;
        return answer;
    }
    answer.end = slot->was_sent ? CURL_END_CUT : CURL_END_NOT_SENT;
    answer.why = slot->is_second_send   ? "the connection was closed without an answer"
                 : slot->why[0] != '\0' ? slot->why
                                        : curl_easy_strerror(code);
    return answer;
}

static void collect(struct curl_loop *loop)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct curl_slot *slot = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        struct curl_request *request = slot->request;
        struct curl_answer answer = answer_of(slot, message->data.result);
        curl_multi_remove_handle(loop->multi, slot->easy);
        slot->request = NULL;
        request->slot = NULL;
        event_del(&request->deadline);
        request->done(request, &answer); /* the answer stands in the slot until then */
        slot_give_back(slot);
        serve_line(loop);
    }
}

/* ---- libcurl's wishes, on libevent ---- */

static void act(struct curl_loop *loop, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(loop->multi, fd, what, &running);
    collect(loop);
}

static void socket_ready(evutil_socket_t fd, short what, void *owner)
{
    struct curl_watch *watch = owner;
    if (watch->is_idle) { /* closed by the other side: libcurl sees it when it next
                             wants to use it */
        event_del(&watch->event);
        watch->registered = 0;
        return;
    }
    act(watch->loop, fd,
        (what & EV_READ ? CURL_CSELECT_IN : 0) |
            (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static struct curl_watch *watch_of(struct curl_loop *loop, curl_socket_t fd)
{
    while ((uint32_t)fd >= loop->by_fd_room)
        loop->by_fd = vec_grow(loop->life, loop->by_fd, &loop->by_fd_room,
                               sizeof(struct curl_watch *));
    struct curl_watch *watch = loop->by_fd[fd];
    if (watch != NULL)
        return watch;
    if ((watch = loop->watches_free) != NULL)
        loop->watches_free = watch->next_free;
    else
        watch = arena_new_of(loop->life, struct curl_watch);
    *watch = (struct curl_watch){.loop = loop, .fd = fd};
    return loop->by_fd[fd] = watch;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *unused)
{
    (void)easy, (void)unused;
    struct curl_watch *watch = watch_of(owner, fd);
    short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0));
    watch->is_idle = what == CURL_POLL_REMOVE;
    if (watch->is_idle && watch->is_ours && watch->registered == EV_READ)
        return 0; /* it stays, for the next request and for the other side's goodbye */
    if (wanted == watch->registered)
        return 0;
    if (watch->registered != 0)
        event_del(&watch->event);
    watch->registered = wanted;
    if (wanted != 0) {
        event_assign(&watch->event, watch->loop->base, fd, wanted | EV_PERSIST,
                     socket_ready, watch);
        event_add(&watch->event, NULL);
    }
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *owner)
{
    (void)multi;
    struct curl_loop *loop = owner;
    if (ms < 0) {
        event_del(&loop->timer);
        return 0;
    }
    struct timeval in = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
    event_add(&loop->timer, &in);
    return 0;
}

static void timer_fired(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    act(owner, CURL_SOCKET_TIMEOUT, 0);
}
