/* How many calls a second an adapter carries: `speed fake`, `speed http`, `speed
 * process`. The other side of http is a process of its own that answers every request
 * alike. */
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/registry.h"
#include "engine/base/must.h"
#include "engine/sys/clock.h"

enum { AT_ONCE = 64, CALLS = 200000 };

static const struct adapter_ops *ops;
static struct adapter *adapter;
static struct call calls[AT_ONCE];
static unsigned begun, ended, failed;

static void done(struct call *call, const struct call_outcome *outcome);

static void begin(struct call *call)
{
    call->done = done;
    begun++;
    ops->begin(adapter, call);
}

static void done(struct call *call, const struct call_outcome *outcome)
{
    ended++;
    if (outcome->kind != CALL_VALUE)
        failed++;
    call->owner = NULL; /* begun again by the loop below: the fake would nest */
}

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 37\r\n\r\n"
                             "{\"number\":\"SO-1001\",\"total\":\"100.00\"}";

static void serve(int listener)
{
    int poll = epoll_create1(0);
    struct epoll_event ready[64], watch = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &watch);
    for (;;) {
        int n = epoll_wait(poll, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            char bytes[8192];
            int fd = ready[i].data.fd;
            if (fd == listener) {
                watch.data.fd = accept(listener, NULL, NULL);
                epoll_ctl(poll, EPOLL_CTL_ADD, watch.data.fd, &watch);
            } else if (read(fd, bytes, sizeof bytes) <= 0) {
                close(fd);
            } else {
                must(write(fd, answer, sizeof answer - 1) > 0);
            }
        }
    }
}

static pid_t peer_fork(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 128) == 0);
    must(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *port = ntohs(at.sin_port);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0)
        serve(fd);
    close(fd);
    return pid;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "http";
    const char *build = getenv("top_builddir");
    char options[512] = "{}";
    int port;
    pid_t peer = peer_fork(&port);
    if (strcmp(name, "http") == 0)
        snprintf(options, sizeof options, "{\"url\":\"http://127.0.0.1:%d/erp\"}", port);
    if (strcmp(name, "process") == 0)
        snprintf(options, sizeof options,
                 "{\"command\":[\"%s/tests/adapters/child_peer\"]}",
                 build != NULL ? build : ".");
    struct err err = {0};
    struct event_base *base = event_base_new();
    json_t *json = json_loads(options, 0, NULL);
    json_t *args = json_pack("{s:{s:s,s:s,s:s},s:s}", "order", "id", "O-1001", "customer",
                             "C000042", "po", "4500017", "note", "a usual order");
    ops = adapter_ops_find(text_of(name));
    must(ops != NULL);
    adapter = ops->open(
        &(struct adapter_setup){.name = TEXT("x"), .options = json, .loop = base}, &err);
    must(adapter != NULL);
    int64_t began = clock_monotonic();
    for (int i = 0; i < AT_ONCE; i++)
        calls[i] = (struct call){.operation = TEXT("value"),
                                 .is_effect = true,
                                 .has_result = true,
                                 .args = args,
                                 .key = TEXT("a0b1c2d3a0b1c2d3a0b1c2d3a0b1c2d3"
                                             "a0b1c2d3a0b1c2d3a0b1c2d3a0b1c2d3"),
                                 .instance = TEXT("0193c0de-0000-7000-8000-000000000001"),
                                 .step = TEXT("booking.create_order"),
                                 .attempt = 1,
                                 .correlation = TEXT("O-1001"),
                                 .within_us = 20000000};
    while (ended < CALLS) {
        for (int i = 0; i < AT_ONCE; i++)
            if (calls[i].owner == NULL) {
                calls[i].owner = calls;
                begin(&calls[i]);
            }
        event_base_loop(base, strcmp(name, "fake") == 0 ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
    }
    double seconds = (double)(clock_monotonic() - began) / 1e6;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%s: %u calls, %u failed, %.0f calls/s, %.1f us of our CPU a call\n", name,
           ended, failed, ended / seconds, cpu / ended * 1e6);
    ops->close(adapter);
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    event_base_free(base);
    json_decref(json);
    json_decref(args);
    return failed > 0;
}
