/* Places as the protocol counts them. */
#include "tools/lsp/place.h"

#include "tools/lsp/drafts.h"

/* Bytes of the code point that begins with `c`, and the UTF-16 units it takes. Bytes that
 * are no UTF-8 count one each. */
static size_t bytes_of(unsigned char c, uint32_t *units)
{
    *units = c >= 0xf0 ? 2 : 1;
    return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

uint32_t place_columns(const struct lsp *lsp, struct text stretch)
{
    if (lsp->has_utf8)
        return (uint32_t)stretch.n;
    uint32_t columns = 0, units;
    for (size_t i = 0; i < stretch.n; columns += units)
        i += bytes_of((unsigned char)stretch.chars[i], &units);
    return columns;
}

static size_t skip_columns(struct text line, int64_t columns)
{
    size_t i = 0;
    uint32_t units;
    while (i < line.n && columns > 0) {
        i += bytes_of((unsigned char)line.chars[i], &units);
        columns -= units;
    }
    return i < line.n ? i : line.n;
}

bool place_offset(const struct lsp *lsp, struct text text, const json_t *position,
                  uint32_t *at)
{
    const json_t *line = json_object_get(position, "line"),
                 *column = json_object_get(position, "character");
    if (!json_is_integer(line) || !json_is_integer(column) ||
        json_integer_value(line) < 0 || json_integer_value(column) < 0)
        return false;
    size_t from = 0;
    for (int64_t n = json_integer_value(line); n > 0; n--) {
        const char *end = memchr(text.chars + from, '\n', text.n - from);
        if (end == NULL) {
            *at = (uint32_t)text.n;
            return true;
        }
        from = (size_t)(end - text.chars) + 1;
    }
    struct text rest = text_cut(text, from, text.n);
    const char *end = memchr(rest.chars, '\n', rest.n);
    size_t length = end == NULL ? rest.n : (size_t)(end - rest.chars);
    if (end != NULL && length > 0 && rest.chars[length - 1] == '\r')
        length--;
    rest = text_cut(rest, 0, length);
    int64_t columns = json_integer_value(column);
    *at = (uint32_t)(from + (lsp->has_utf8
                                 ? (columns < (int64_t)length ? (size_t)columns : length)
                                 : skip_columns(rest, columns)));
    return true;
}

static uint32_t line_at(const struct source *source, uint32_t at)
{
    uint32_t low = 0, high = source->lines;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (source->line_from[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

json_t *place_of(const struct lsp *lsp, const struct source *source, uint32_t at)
{
    uint32_t line = line_at(source, at), from = source->line_from[line];
    uint32_t column = place_columns(lsp, text_cut(source->text, from, at - from));
    return json_pack("{s:I,s:I}", "line", (json_int_t)line, "character",
                     (json_int_t)column);
}

json_t *place_range(const struct lsp *lsp, struct span span)
{
    return json_pack("{s:o,s:o}", "start", place_of(lsp, span.source, span.from), "end",
                     place_of(lsp, span.source, span.to));
}

json_t *place_location(struct lsp *lsp, struct span span)
{
    return json_pack("{s:o,s:o}", "uri", json_text(uri_of_path(lsp, span.source->path)),
                     "range", place_range(lsp, span));
}

json_t *place_edit(const struct lsp *lsp, struct span span, struct text text)
{
    return json_pack("{s:o,s:o}", "range", place_range(lsp, span), "newText",
                     json_text(text));
}
