/* One instance at a time on an idle engine: asked for at the door with `Prefer: wait`, so
 * that the caller knows its end as soon as it is committed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/sys/clock.h"
#include "tools/measure/measure.h"

enum { MOST = 1000, REPLY_BYTES = 16384, PAUSE_US = 20000 };

#define TEXT_128                                                                         \
    "abcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefgh"                   \
    "abcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefgh"
#define BODY                                                                             \
    "{\"number\":1,\"reply\":{\"number\":1,\"text\":\"" TEXT_128                         \
    "\",\"amount\":{\"amount\":\"12.50\",\"currency\":\"USD\"}}}"

static int connect_to(int64_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        measure_die("latency", "the door cannot be reached");
    return fd;
}

/* A whole answer: its head says how long it is. */
static bool is_whole(const char *reply, size_t n)
{
    const char *end = memmem(reply, n, "\r\n\r\n", 4);
    const char *length = strcasestr(reply, "\r\ncontent-length:");
    size_t bytes = 0;
    if (end == NULL)
        return false;
    if (length != NULL && length < end)
        sscanf(length + 17, " %zu", &bytes);
    return n >= (size_t)(end - reply) + 4 + bytes;
}

static void ask(int fd, struct text request)
{
    char reply[REPLY_BYTES + 1] = "";
    size_t n = 0;
    if (write(fd, request.chars, request.n) != (ssize_t)request.n)
        measure_die("latency", "the door has closed");
    while (!is_whole(reply, n)) {
        ssize_t got = n < REPLY_BYTES ? read(fd, reply + n, REPLY_BYTES - n) : 0;
        if (got <= 0)
            measure_die("latency", "the answer ends before its end");
        n += (size_t)got;
        reply[n] = '\0';
    }
    if (strstr(reply, "\"completed\"") == NULL)
        measure_die("the instance has not completed", reply);
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int measure_latency(int64_t port, const char *token, const char *flow, int64_t n)
{
    static int64_t all[MOST];
    char request[2048];
    if (n < 1 || n > MOST)
        measure_die("latency", "between 1 and 1000 instances");
    int bytes = snprintf(request, sizeof request,
                         "POST /v1/flows/%s/instances HTTP/1.1\r\nHost: localhost\r\n"
                         "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                         "Prefer: wait=10\r\nContent-Length: %zu\r\n\r\n%s",
                         flow, token, sizeof BODY - 1, BODY);
    if (bytes < 0 || (size_t)bytes >= sizeof request)
        measure_die("latency", "the token is too long");
    int fd = connect_to(port);
    for (int64_t i = 0; i < n; i++) {
        int64_t began = clock_monotonic();
        ask(fd, (struct text){request, (size_t)bytes});
        all[i] = clock_monotonic() - began;
        usleep(PAUSE_US); /* until the engine is idle again */
    }
    close(fd);
    qsort(all, (size_t)n, sizeof *all, order);
    printf("p50_ms %.2f\n", (double)all[n / 2] / 1000);
    printf("p99_ms %.2f\n", (double)all[n * 99 / 100] / 1000);
    return 0;
}
