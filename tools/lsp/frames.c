/* Messages over two streams: headers, an empty line, JSON. */
#include "tools/lsp/frames.h"

#include <poll.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

enum { HEADER_ROOM = 256, NO_LENGTH = -1 };

static bool fill(struct frames *frames)
{
    frames->at = frames->end = 0;
    ssize_t n = read(frames->in, frames->bytes, sizeof frames->bytes);
    if (n <= 0)
        return false;
    frames->end = (size_t)n;
    return true;
}

/* A line without its end; of a long one the beginning. False: the stream ended. */
static bool take_line(struct frames *frames, char line[HEADER_ROOM], size_t *n)
{
    *n = 0;
    for (;;) {
        if (frames->at == frames->end && !fill(frames))
            return false;
        char c = frames->bytes[frames->at++];
        if (c == '\n')
            break;
        if (*n < HEADER_ROOM)
            line[(*n)++] = c;
    }
    if (*n > 0 && line[*n - 1] == '\r')
        (*n)--;
    return true;
}

static bool take_length(struct text line, int64_t *length)
{
    static const char name[] = "content-length:";
    if (line.n < sizeof name || strncasecmp(line.chars, name, sizeof name - 1) != 0)
        return false;
    if (!text_to_i64(text_trim(text_cut(line, sizeof name - 1, line.n)), length) ||
        *length < 0)
        *length = NO_LENGTH;
    return true;
}

/* Up to the empty line. False: the stream ended. */
static bool take_headers(struct frames *frames, int64_t *length)
{
    char line[HEADER_ROOM];
    size_t n;
    *length = NO_LENGTH;
    for (bool is_first = true; take_line(frames, line, &n); is_first = false) {
        if (n == 0 && !is_first)
            return true;
        take_length((struct text){line, n}, length);
    }
    return false;
}

/* `n` bytes into `body`, or into nowhere. False: the stream ended. */
static bool take_body(struct frames *frames, char *body, int64_t n)
{
    while (n > 0) {
        if (frames->at == frames->end && !fill(frames))
            return false;
        size_t piece = frames->end - frames->at;
        if ((int64_t)piece > n)
            piece = (size_t)n;
        if (body != NULL) {
            memcpy(body, frames->bytes + frames->at, piece);
            body += piece;
        }
        frames->at += piece;
        n -= (int64_t)piece;
    }
    return true;
}

enum frame_got frame_read(struct frames *frames, struct arena *answer, json_t **message,
                          const char **said)
{
    int64_t length;
    if (!take_headers(frames, &length))
        return FRAME_ENDED;
    if (length == NO_LENGTH) {
        *said = "headers without a readable Content-Length";
        return FRAME_BAD;
    }
    if (length > LIMIT_LSP_MESSAGE_BYTES) {
        *said = arena_printf(answer, "a message of more than %d bytes",
                             LIMIT_LSP_MESSAGE_BYTES);
        return take_body(frames, NULL, length) ? FRAME_BAD : FRAME_ENDED;
    }
    char *body = arena_alloc(answer, (size_t)length + 1);
    if (!take_body(frames, body, length))
        return FRAME_ENDED;
    json_error_t error;
    *message = json_loadb(body, (size_t)length, 0, &error);
    if (*message != NULL)
        return FRAME_MESSAGE;
    *said = arena_printf(answer, "no JSON: %s", error.text);
    return FRAME_BAD;
}

bool frame_has_more(const struct frames *frames)
{
    struct pollfd in = {.fd = frames->in, .events = POLLIN};
    return frames->at < frames->end || poll(&in, 1, 0) > 0;
}

static bool write_all(int out, struct text t)
{
    while (t.n > 0) {
        ssize_t n = write(out, t.chars, t.n);
        if (n <= 0)
            return false;
        t = text_cut(t, (size_t)n, t.n);
    }
    return true;
}

bool frame_write(struct frames *frames, struct arena *answer, const json_t *message)
{
    struct text body = json_write(answer, message);
    const char *header = arena_printf(answer, "Content-Length: %zu\r\n\r\n", body.n);
    return write_all(frames->out, text_of(header)) && write_all(frames->out, body);
}
