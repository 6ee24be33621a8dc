/* A file or standard input, a line at a time, however long it is. */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include <stdio.h>

#include "tools/cli.h"

struct lines {
    FILE *file;
    char *line;
    size_t most;     /* bytes of a line */
    uint64_t number; /* of the line read last, from 1 */
};

MUST_USE bool lines_open(struct lines *lines, struct arena *arena, const char *path,
                         size_t most, struct err *err);
void lines_close(struct lines *lines); /* a fresh one, all zero, is fine */

static inline void lines_scoped_close_(struct lines *lines)
{
    lines_close(lines);
}
#define scoped_lines __attribute__((cleanup(lines_scoped_close_)))

/* The next line that is not blank; false at the end. One that is too long is cut, and
 * `too_long` says so; the rest of it is passed over. Lives until the next call. */
bool lines_next(struct lines *lines, struct text *line, bool *too_long);

#endif
