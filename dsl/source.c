/* A text, where its lines begin, and places in it. */
#include "dsl/source.h"

#include "engine/base/arena.h"

/* Text that is not UTF-8 still gets an answer. */
static bool begins_char(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

struct source *source_new(struct arena *compile, struct text path, struct text text)
{
    struct source *source = arena_new_of(compile, struct source);
    source->path = text_dup(compile, path);
    source->text = text_dup(compile, text);
    source->lines = 1;
    for (size_t i = 0; i < text.n; i++)
        source->lines += text.chars[i] == '\n';
    source->line_from = arena_array(compile, uint32_t, source->lines);
    uint32_t line = 1;
    for (size_t i = 0; i < text.n; i++)
        if (text.chars[i] == '\n')
            source->line_from[line++] = (uint32_t)i + 1;
    source->chars_before = arena_array(compile, uint32_t, text.n / SOURCE_STRIDE + 1);
    uint32_t chars = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i % SOURCE_STRIDE == 0)
            source->chars_before[i / SOURCE_STRIDE] = chars;
        chars += i < text.n && begins_char(text.chars[i]);
    }
    source->is_ascii = chars == text.n;
    return source;
}

struct text source_line(const struct source *source, uint32_t line)
{
    if (line == 0 || line > source->lines)
        return (struct text){"", 0};
    size_t from = source->line_from[line - 1];
    size_t to = line == source->lines ? source->text.n : source->line_from[line] - 1;
    if (to > from && source->text.chars[to - 1] == '\r')
        to--;
    return text_cut(source->text, from, to - from);
}

static uint32_t line_of(const struct source *source, uint32_t offset)
{
    uint32_t low = 0, high = source->lines;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_from[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

/* Code points that begin before `offset`: a line may be as long as the text. */
static uint32_t chars_until(const struct source *source, uint32_t offset)
{
    if (source->is_ascii)
        return offset;
    uint32_t chars = source->chars_before[offset / SOURCE_STRIDE];
    for (uint32_t i = offset - offset % SOURCE_STRIDE; i < offset; i++)
        chars += begins_char(source->text.chars[i]);
    return chars;
}

static uint32_t column_of(const struct source *source, uint32_t line, uint32_t offset)
{
    return 1 + chars_until(source, offset) -
           chars_until(source, source->line_from[line - 1]);
}

struct span source_span(const struct source *source, uint32_t from, uint32_t to)
{
    uint32_t n = (uint32_t)source->text.n;
    from = from < n ? from : n;
    to = to < from ? from : to < n ? to : n;
    struct span span = {.source = source, .from = from, .to = to};
    span.line = line_of(source, from);
    span.column = column_of(source, span.line, from);
    bool is_short = span.line == source->lines || to < source->line_from[span.line];
    span.end_line = is_short ? span.line : line_of(source, to);
    span.end_column = column_of(source, span.end_line, to);
    return span;
}

struct text span_text(struct span span)
{
    if (span.source == NULL)
        return (struct text){"", 0};
    return text_cut(span.source->text, span.from, span.to - span.from);
}

struct span span_join(struct span a, struct span b)
{
    if (a.source == NULL)
        return b;
    if (b.source == NULL)
        return a;
    if (b.from < a.from) {
        a.from = b.from;
        a.line = b.line;
        a.column = b.column;
    }
    if (b.to > a.to) {
        a.to = b.to;
        a.end_line = b.end_line;
        a.end_column = b.end_column;
    }
    return a;
}
