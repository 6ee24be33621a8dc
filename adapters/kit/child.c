/* A long-lived child process that is spoken to in lines. */
#include "adapters/kit/child.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/must.h"
#include "engine/sys/clock.h"
#include "engine/sys/log.h"

enum pipe_name { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPES };

struct child {
    struct arena *life;
    struct child_setup setup;
    pid_t pid; /* 0: down */
    int pid_fd;
    int fds[PIPES];
    struct event pid_event, readable[PIPES], writable; /* readable[PIPE_IN] is not used */
    struct evbuffer *out;                              /* to the child */
    struct evbuffer *in;   /* from it, lines not yet complete */
    struct evbuffer *err;  /* from its stderr */
    bool is_skipping;      /* a line that is too long */
    uint64_t given, taken; /* bytes of this life: put into `out`, written to the pipe */
    int64_t started_at;    /* monotonic */
    uint32_t deaths_in_a_row; /* soon after a start */
    struct event restart;
};

static void child_begin(struct child *child);
static void child_end(struct child *child, const char *why);
static void reap(struct child *child, int signal_first);
static void restart_came(evutil_socket_t fd, short what, void *owner);
static void died(evutil_socket_t fd, short what, void *owner);
static void said(evutil_socket_t fd, short what, void *owner);
static void complained(evutil_socket_t fd, short what, void *owner);
static void takes_more(evutil_socket_t fd, short what, void *owner);

struct child *child_start(const struct child_setup *setup)
{
    signal(SIGPIPE, SIG_IGN); /* a dead child is an error of a write, no more */
    struct arena *life = arena_new("child", LIMIT_ADAPTER_BYTES);
    struct child *child = arena_new_of(life, struct child);
    *child = (struct child){.life = life,
                            .setup = *setup,
                            .out = evbuffer_new(),
                            .in = evbuffer_new(),
                            .err = evbuffer_new()};
    must(child->out != NULL && child->in != NULL && child->err != NULL);
    evtimer_assign(&child->restart, setup->base, restart_came, child);
    child_begin(child);
    return child;
}

bool child_is_up(const struct child *child)
{
    return child->pid != 0;
}

struct event_base *child_base(const struct child *child)
{
    return child->setup.base;
}

bool child_send(struct child *child, struct text line, uint64_t *begin)
{
    if (child->pid == 0 ||
        evbuffer_get_length(child->out) + line.n + 1 > child->setup.waiting_bytes_max)
        return false;
    *begin = child->given;
    must(evbuffer_add(child->out, line.chars, line.n) == 0);
    must(evbuffer_add(child->out, "\n", 1) == 0);
    child->given += line.n + 1;
    event_add(&child->writable, NULL);
    return true;
}

uint64_t child_taken(const struct child *child)
{
    return child->taken;
}

void child_stop(struct child *child)
{
    if (child == NULL)
        return;
    event_del(&child->restart);
    if (child->pid != 0)
        reap(child, SIGTERM);
    evbuffer_free(child->out);
    evbuffer_free(child->in);
    evbuffer_free(child->err);
    arena_free(child->life);
}

/* ---- a life ---- */

static void drop(struct evbuffer *buffer)
{
    evbuffer_drain(buffer, evbuffer_get_length(buffer));
}

/* Ours are closed when another program is started; the child's ends are given by name. */
static bool pipes_open(int ours[PIPES], int its[PIPES])
{
    for (int i = 0; i < PIPES; i++)
        ours[i] = its[i] = -1;
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return false;
        bool is_in = i == PIPE_IN;
        ours[i] = ends[is_in ? 1 : 0];
        its[i] = ends[is_in ? 0 : 1];
        fcntl(ours[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

static void close_all(int fds[PIPES])
{
    for (int i = 0; i < PIPES; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static int spawn(struct child *child, int its[PIPES])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    must(posix_spawn_file_actions_init(&actions) == 0);
    must(posix_spawnattr_init(&attributes) == 0);
    for (int i = 0; i < PIPES; i++)
        posix_spawn_file_actions_adddup2(&actions, its[i], i);
    posix_spawn_file_actions_addclosefrom_np(&actions, PIPES);
    if (child->setup.folder != NULL)
        posix_spawn_file_actions_addchdir_np(&actions, child->setup.folder);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int failure = posix_spawnp(&child->pid, child->setup.words[0], &actions, &attributes,
                               (char *const *)child->setup.words,
                               (char *const *)child->setup.environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static void watch(struct child *child)
{
    struct event_base *base = child->setup.base;
    event_assign(&child->pid_event, base, child->pid_fd, EV_READ, died, child);
    event_assign(&child->readable[PIPE_OUT], base, child->fds[PIPE_OUT],
                 EV_READ | EV_PERSIST, said, child);
    event_assign(&child->readable[PIPE_ERR], base, child->fds[PIPE_ERR],
                 EV_READ | EV_PERSIST, complained, child);
    event_assign(&child->writable, base, child->fds[PIPE_IN], EV_WRITE, takes_more,
                 child);
    event_add(&child->pid_event, NULL);
    event_add(&child->readable[PIPE_OUT], NULL);
    event_add(&child->readable[PIPE_ERR], NULL);
}

static void child_begin(struct child *child)
{
    int its[PIPES];
    child->started_at = clock_monotonic();
    child->given = child->taken = 0;
    child->is_skipping = false;
    bool have_pipes = pipes_open(child->fds, its);
    int failure = have_pipes ? spawn(child, its) : errno;
    close_all(its);
    if (failure != 0) {
        child->pid = 0;
        close_all(child->fds);
        child_end(child, strerror(failure));
        return;
    }
    child->pid_fd = pidfd_open(child->pid, 0);
    must(child->pid_fd >= 0);
    watch(child);
    log_info("child process started", LOG_TEXT("adapter", child->setup.name),
             LOG_INT("pid", child->pid));
}

/* The first time at once; then after rests that double. One that lived long enough starts
 * afresh. */
static void restart_plan(struct child *child)
{
    int64_t lived = clock_monotonic() - child->started_at;
    if (lived >= LIMIT_CHILD_SETTLED_MS * INT64_C(1000))
        child->deaths_in_a_row = 0;
    int64_t rest_ms = 0;
    if (child->deaths_in_a_row > 0)
        rest_ms =
            INT64_C(100) << (child->deaths_in_a_row < 16 ? child->deaths_in_a_row - 1
                                                         : 15);
    if (rest_ms > LIMIT_CHILD_REST_MS)
        rest_ms = LIMIT_CHILD_REST_MS;
    child->deaths_in_a_row++;
    struct timeval rest = {.tv_sec = rest_ms / 1000, .tv_usec = rest_ms % 1000 * 1000};
    event_add(&child->restart, &rest);
}

static void restart_came(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what;
    child_begin(owner);
}

static void child_end(struct child *child, const char *why)
{
    log_warn("child process died", LOG_TEXT("adapter", child->setup.name),
             LOG_CHARS("why", why));
    drop(child->out);
    drop(child->in);
    drop(child->err);
    restart_plan(child);
    child->setup.died(child->setup.owner, why);
}

/* Waits for the end of a child that is dead already, or is made so: with 0 it is only
 * swept up, its own children with it. */
static void reap(struct child *child, int signal_first)
{
    event_del(&child->pid_event);
    event_del(&child->readable[PIPE_OUT]);
    event_del(&child->readable[PIPE_ERR]);
    event_del(&child->writable);
    close_all(child->fds);
    if (signal_first != 0) {
        kill(-child->pid, signal_first);
        struct pollfd end = {.fd = child->pid_fd, .events = POLLIN};
        poll(&end, 1, LIMIT_CHILD_GOODBYE_MS);
    }
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(child->pid_fd);
    child->pid = 0;
}

/* Its end, or (EV_TIMEOUT) it lives on after it has closed a pipe. */
static void died(evutil_socket_t fd, short what, void *owner)
{
    (void)fd;
    struct child *child = owner;
    char why[96] = "the child process closed its input or output";
    said(child->fds[PIPE_OUT], EV_READ, child); /* its last words */
    complained(child->fds[PIPE_ERR], EV_READ, child);
    if ((what & EV_TIMEOUT) == 0) {
        siginfo_t end = {0};
        waitid(P_PIDFD, (id_t)child->pid_fd, &end, WEXITED | WNOWAIT | WNOHANG);
        snprintf(why, sizeof why, "the child process %s %d",
                 end.si_code == CLD_EXITED ? "ended with status" : "was ended by signal",
                 end.si_status);
    }
    reap(child, (what & EV_TIMEOUT) != 0 ? SIGTERM : 0);
    child_end(child, why);
}

/* No more can be said to it, or by it. If it is about to die, died() tells how. */
static void pipe_closed(struct child *child, struct event *event)
{
    event_del(event);
    event_add(&child->pid_event,
              &(struct timeval){.tv_usec = LIMIT_CHILD_GOODBYE_MS * 1000});
}

/* ---- lines ---- */

static void line_give(struct child *child, size_t n, size_t end_n)
{
    const char *bytes = (const char *)evbuffer_pullup(child->in, (ev_ssize_t)n);
    if (!child->is_skipping)
        child->setup.line(child->setup.owner, (struct text){n > 0 ? bytes : "", n});
    child->is_skipping = false;
    evbuffer_drain(child->in, n + end_n);
}

static void lines_give(struct child *child)
{
    for (;;) {
        size_t end_n;
        struct evbuffer_ptr end =
            evbuffer_search_eol(child->in, NULL, &end_n, EVBUFFER_EOL_CRLF);
        if (end.pos < 0)
            break;
        line_give(child, (size_t)end.pos, end_n);
    }
    if (evbuffer_get_length(child->in) <= child->setup.line_bytes_max)
        return;
    if (!child->is_skipping)
        log_warn("child process sent too long a line",
                 LOG_TEXT("adapter", child->setup.name),
                 LOG_INT("bytes_max", child->setup.line_bytes_max));
    child->is_skipping = true;
    drop(child->in);
}

static void said(evutil_socket_t fd, short what, void *owner)
{
    (void)what;
    struct child *child = owner;
    int n = -1;
    /* A child that never stops talking gives the others their turn after 1 MiB. */
    for (int rounds = 0; rounds < 16; rounds++) {
        if ((n = evbuffer_read(child->in, fd, 65536)) <= 0)
            break;
        lines_give(child);
    }
    if (n == 0)
        pipe_closed(child, &child->readable[PIPE_OUT]);
}

static void complained(evutil_socket_t fd, short what, void *owner)
{
    (void)what;
    struct child *child = owner;
    int n = evbuffer_read(child->err, fd, 4096);
    for (;;) {
        size_t end_n = 0, n_all = evbuffer_get_length(child->err);
        struct evbuffer_ptr end =
            evbuffer_search_eol(child->err, NULL, &end_n, EVBUFFER_EOL_CRLF);
        if (end.pos < 0 && n_all < 512)
            break;
        size_t line_n = end.pos >= 0 ? (size_t)end.pos : n_all;
        size_t shown = line_n < 512 ? line_n : 512;
        const char *bytes = (const char *)evbuffer_pullup(child->err, (ev_ssize_t)shown);
        if (shown > 0)
            log_info("child process says", LOG_TEXT("adapter", child->setup.name),
                     LOG_TEXT("text", ((struct text){bytes, shown})));
        evbuffer_drain(child->err, line_n + end_n);
    }
    if (n == 0)
        event_del(&child->readable[PIPE_ERR]);
}

static void takes_more(evutil_socket_t fd, short what, void *owner)
{
    (void)what;
    struct child *child = owner;
    int n = evbuffer_write(child->out, fd);
    if (n > 0)
        child->taken += (uint64_t)n;
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        pipe_closed(child, &child->writable);
    else if (evbuffer_get_length(child->out) > 0)
        event_add(&child->writable, NULL);
}
