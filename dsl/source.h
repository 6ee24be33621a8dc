/* A text, where its lines begin, and places in it. */
#ifndef DSL_SOURCE_H
#define DSL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"

struct arena;

enum { SOURCE_STRIDE = 256 };

struct source {
    struct text path;    /* as messages say it */
    struct text text;    /* all of it; NUL-terminated behind its end */
    uint32_t *line_from; /* offset of the first byte of each line; line 1 is [0] */
    uint32_t lines;
    bool is_ascii;          /* a byte is a character: what most flows are */
    uint32_t *chars_before; /* code points that begin before each SOURCE_STRIDE bytes */
};

/* A stretch of a source. Lines and columns count from 1, columns in code points; the end
 * is the place behind the last character. A span without a source is nowhere. */
struct span {
    const struct source *source;
    uint32_t from; /* byte offsets */
    uint32_t to;
    uint32_t line;
    uint32_t column;
    uint32_t end_line;
    uint32_t end_column;
};

/* Copies the text onto `compile`. */
struct source *source_new(struct arena *compile, struct text path, struct text text);
/* The line without its line end; empty when there is no such line. */
struct text source_line(const struct source *source, uint32_t line);
/* From byte offsets; clamps to what is there. */
struct span source_span(const struct source *source, uint32_t from, uint32_t to);
struct text span_text(struct span span);
/* The least span around both; one that is nowhere does not count. */
struct span span_join(struct span a, struct span b);

#endif
