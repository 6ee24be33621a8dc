/* How a diagnostic looks: a frame for people, an object for programs. */
#include "dsl/diag.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"

struct drawing {
    struct buf *out;
    const struct diag *diag;
    bool colour;
    int margin; /* digits of the largest line number shown */
};

static const char *const severity_colours[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m",
                                               "\033[1;35m"};

static void paint(struct drawing *d, const char *colour)
{
    if (d->colour)
        buf_chars(d->out, colour);
}

static void margin(struct drawing *d, const char *after)
{
    buf_printf(d->out, "%*s%s", d->margin, "", after);
}

static uint32_t columns_of(struct span span)
{
    if (span.end_line == span.line && span.end_column > span.column)
        return span.end_column - span.column;
    if (span.end_line > span.line) {
        uint32_t end = (uint32_t)utf8_count(source_line(span.source, span.line)) + 1;
        return end > span.column ? end - span.column : 1;
    }
    return 1;
}

/* The line's own tabs are repeated, so that the mark stands under its word. */
static void mark_line(struct drawing *d, const struct diag_mark *mark, char sign)
{
    struct text line = source_line(mark->span.source, mark->span.line);
    margin(d, "│ ");
    uint32_t column = 1;
    for (size_t i = 0; column < mark->span.column; i++) {
        if (i < line.n && ((unsigned char)line.chars[i] & 0xC0) == 0x80)
            continue;
        buf_char(d->out, i < line.n && line.chars[i] == '\t' ? '\t' : ' ');
        column++;
    }
    paint(d, sign == '^' ? severity_colours[d->diag->severity] : "\033[1;34m");
    for (uint32_t i = columns_of(mark->span); i > 0; i--)
        buf_char(d->out, sign);
    if (mark->label.n > 0)
        buf_printf(d->out, " " TEXT_FMT, TEXT_ARG(mark->label));
    paint(d, "\033[0m");
    buf_char(d->out, '\n');
}

static void source_row(struct drawing *d, const struct diag_mark *mark)
{
    buf_printf(d->out, "%*u│ " TEXT_FMT "\n", d->margin, mark->span.line,
               TEXT_ARG(source_line(mark->span.source, mark->span.line)));
}

static void place_row(struct drawing *d, const struct diag_mark *mark)
{
    margin(d, "┌─ ");
    buf_printf(d->out, TEXT_FMT ":%u:%u\n", TEXT_ARG(mark->span.source->path),
               mark->span.line, mark->span.column);
}

/* The marks of one file in the order of their lines; of several on a line the later ones
 * below. */
static void frame(struct drawing *d, const struct source *source)
{
    const struct diag *diag = d->diag;
    uint32_t line = 0;
    for (;;) {
        uint32_t next = UINT32_MAX;
        if (diag->primary.span.source == source && diag->primary.span.line > line)
            next = diag->primary.span.line;
        for (uint32_t i = 0; i < diag->related_n; i++)
            if (diag->related[i].span.source == source &&
                diag->related[i].span.line > line && diag->related[i].span.line < next)
                next = diag->related[i].span.line;
        if (next == UINT32_MAX)
            return;
        line = next;
        bool is_primary =
            diag->primary.span.source == source && diag->primary.span.line == line;
        const struct diag_mark *first = is_primary ? &diag->primary : NULL;
        for (uint32_t i = 0; i < diag->related_n && first == NULL; i++)
            if (diag->related[i].span.source == source &&
                diag->related[i].span.line == line)
                first = &diag->related[i];
        source_row(d, first);
        if (is_primary)
            mark_line(d, &diag->primary, '^');
        for (uint32_t i = 0; i < diag->related_n; i++)
            if (diag->related[i].span.source == source &&
                diag->related[i].span.line == line)
                mark_line(d, &diag->related[i], '-');
    }
}

static int digits(uint32_t number)
{
    int n = 1;
    for (; number >= 10; number /= 10)
        n++;
    return n;
}

static void frames(struct drawing *d)
{
    const struct diag *diag = d->diag;
    d->margin = digits(diag->primary.span.line);
    for (uint32_t i = 0; i < diag->related_n; i++)
        if (digits(diag->related[i].span.line) > d->margin)
            d->margin = digits(diag->related[i].span.line);
    place_row(d, &diag->primary);
    frame(d, diag->primary.span.source);
    for (uint32_t i = 0; i < diag->related_n; i++) {
        const struct source *source = diag->related[i].span.source;
        bool is_done = source == diag->primary.span.source;
        for (uint32_t k = 0; k < i && !is_done; k++)
            is_done = diag->related[k].span.source == source;
        if (is_done)
            continue;
        place_row(d, &diag->related[i]);
        frame(d, source);
    }
}

static void body(struct drawing *d)
{
    struct text why = d->diag->why;
    if (d->diag->primary.span.source != NULL)
        frames(d);
    while (why.n > 0) {
        struct text line = text_split(&why, '\n');
        margin(d, "│ ");
        buf_printf(d->out, TEXT_FMT "\n", TEXT_ARG(line));
    }
}

void diag_draw_frame(struct buf *out, const struct diag *diag, bool colour)
{
    struct drawing d = {out, diag, colour, 1};
    body(&d);
}

void diag_draw(struct buf *out, const struct diag *diag, bool colour)
{
    struct drawing d = {out, diag, colour, 1};
    paint(&d, severity_colours[diag->severity]);
    buf_printf(out, "%s[%s]", diag_severity_name(diag->severity), diag_name(diag->code));
    paint(&d, "\033[0m");
    paint(&d, "\033[1m");
    buf_printf(out, ": " TEXT_FMT, TEXT_ARG(diag->message));
    paint(&d, "\033[0m");
    buf_char(out, '\n');
    body(&d);
    struct text help = diag->help;
    for (bool is_first = true; help.n > 0; is_first = false) {
        struct text line = text_split(&help, '\n');
        margin(&d, is_first ? "help: " : "      ");
        buf_printf(out, TEXT_FMT "\n", TEXT_ARG(line));
    }
}

/* ---- JSON ---- */

void diag_json_text(struct buf *out, struct text text)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.chars[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_chars(out, "\\n");
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_char(out, (char)c);
    }
    buf_char(out, '"');
}

static void json_place(struct buf *out, struct span span)
{
    buf_chars(out, "\"file\":");
    diag_json_text(out, span.source == NULL ? (struct text){"", 0} : span.source->path);
    buf_printf(out, ",\"line\":%u,\"column\":%u", span.line, span.column);
}

static void json_one(struct buf *out, const struct diag *diag)
{
    buf_printf(out,
               "{\"code\":\"%s\",\"severity\":\"%s\",\"message\":", diag_name(diag->code),
               diag_severity_name(diag->severity));
    diag_json_text(out, diag->message);
    buf_char(out, ',');
    json_place(out, diag->primary.span);
    buf_printf(out, ",\"end_line\":%u,\"end_column\":%u,\"label\":",
               diag->primary.span.end_line, diag->primary.span.end_column);
    diag_json_text(out, diag->primary.label);
    buf_chars(out, ",\"why\":");
    diag_json_text(out, diag->why);
    buf_chars(out, ",\"help\":");
    diag_json_text(out, diag->help);
    buf_chars(out, ",\"related\":[");
    for (uint32_t i = 0; i < diag->related_n; i++) {
        buf_chars(out, i == 0 ? "{" : ",{");
        json_place(out, diag->related[i].span);
        buf_chars(out, ",\"message\":");
        diag_json_text(out, diag->related[i].label);
        buf_char(out, '}');
    }
    buf_chars(out, "],\"edits\":[");
    for (uint32_t i = 0; i < diag->edits_n; i++) {
        const struct diag_edit *edit = &diag->edits[i];
        buf_chars(out, i == 0 ? "{" : ",{");
        json_place(out, edit->at);
        buf_printf(out, ",\"end_line\":%u,\"end_column\":%u,\"text\":", edit->at.end_line,
                   edit->at.end_column);
        diag_json_text(out, edit->text);
        buf_char(out, '}');
    }
    buf_printf(out, "],\"sure\":%s}",
               diag->edits_n > 0 && diag->is_sure ? "true" : "false");
}

void diags_json(struct buf *out, const struct diags *diags, bool lints)
{
    bool is_first = true;
    buf_char(out, '[');
    for (uint32_t i = 0; i < diags->n; i++) {
        if (diags->at[i]->severity == DIAG_LINT && !lints)
            continue;
        buf_chars(out, is_first ? "\n" : ",\n");
        json_one(out, diags->at[i]);
        is_first = false;
    }
    buf_chars(out, is_first ? "]\n" : "\n]\n");
}
