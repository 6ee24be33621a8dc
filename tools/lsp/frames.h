/* Messages over two streams, framed as the protocol wants: headers, an empty line, JSON.
 */
#ifndef TOOLS_LSP_FRAMES_H
#define TOOLS_LSP_FRAMES_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/must.h"
#include "engine/base/text.h"

struct arena;

enum { FRAME_ROOM = 16 << 10 };

struct frames {
    int in;
    int out;
    size_t at; /* what was read and not yet taken: bytes[at … end) */
    size_t end;
    char bytes[FRAME_ROOM];
};

enum frame_got {
    FRAME_MESSAGE,
    FRAME_BAD,  /* something that is no message was passed over; `said` tells what */
    FRAME_ENDED /* nothing will come any more */
};

/* The next message; the caller decrefs. What is no message (headers without a length, a
 * body that is too large or no JSON) is read to its end, so that the next one is found.
 */
MUST_USE enum frame_got frame_read(struct frames *frames, struct arena *answer,
                                   json_t **message, const char **said);
/* Is there more to read at this moment? */
bool frame_has_more(const struct frames *frames);
/* False: nobody listens any more. */
bool frame_write(struct frames *frames, struct arena *answer, const json_t *message);

#endif
