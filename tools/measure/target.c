/* The other side of workload B: a server that answers and nothing else, keep-alive, one
 * process, epoll. It reads what a request needs and no more of HTTP. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/sys/keep.h"
#include "tools/measure/measure.h"

enum { CONNECTIONS = 4096, REQUEST_BYTES = 16384, EVENTS = 256 };

static struct connection {
    char bytes[REQUEST_BYTES];
    size_t n;
} * connections[CONNECTIONS];

static int listen_at(int64_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 1024) != 0)
        measure_die("target", "the port is taken");
    socklen_t n = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &n);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void forget(int fd)
{
    keep_free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

/* The argument `reply` as it was sent: from its brace to the one that matches. */
static struct text reply_of(struct text body)
{
    const char *at = memmem(body.chars, body.n, "\"reply\":", 8);
    if (at == NULL)
        return TEXT("{}");
    struct text reply = {at + 8, (size_t)(body.chars + body.n - at - 8)};
    int depth = 0;
    for (size_t i = 0; i < reply.n; i++) {
        depth += reply.chars[i] == '{';
        depth -= reply.chars[i] == '}';
        if (depth == 0)
            return text_cut(reply, 0, i + 1);
    }
    return TEXT("{}");
}

/* One whole request off the front; 0: there is none yet. */
static size_t request_bytes(const struct connection *c, struct text *body)
{
    const char *end = memmem(c->bytes, c->n, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - c->bytes) + 4, length = 0;
    for (const char *at = c->bytes; at < end; at++)
        if (strncasecmp(at, "\ncontent-length:", 16) == 0)
            sscanf(at + 16, " %zu", &length);
    *body = (struct text){c->bytes + head, length};
    return c->n >= head + length ? head + length : 0;
}

static bool answer(int fd, struct text body)
{
    char out[REQUEST_BYTES + 128];
    struct text reply = reply_of(body);
    int n = snprintf(out, sizeof out,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n" TEXT_FMT,
                     reply.n, TEXT_ARG(reply));
    return write(fd, out, (size_t)n) == n;
}

static void serve(int fd)
{
    struct connection *c = connections[fd];
    ssize_t got = read(fd, c->bytes + c->n, sizeof c->bytes - c->n);
    if (got <= 0) {
        forget(fd);
        return;
    }
    c->n += (size_t)got;
    struct text body;
    size_t used;
    while ((used = request_bytes(c, &body)) > 0) {
        if (!answer(fd, body)) {
            forget(fd);
            return;
        }
        memmove(c->bytes, c->bytes + used, c->n - used);
        c->n -= used;
    }
    if (c->n == sizeof c->bytes)
        forget(fd);
}

int measure_target(int64_t port)
{
    int door = listen_at(port), poll = epoll_create1(EPOLL_CLOEXEC), one = 1;
    struct epoll_event all[EVENTS], event = {.events = EPOLLIN, .data.fd = door};
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int n = epoll_wait(poll, all, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (all[i].data.fd != door) {
                serve(all[i].data.fd);
                continue;
            }
            int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0)
                continue;
            if (fd >= CONNECTIONS) {
                close(fd);
                continue;
            }
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            connections[fd] = keep_new_of(struct connection);
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
