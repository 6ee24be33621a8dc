/* Tables for people, JSON and CSV for programs. */
#include "tools/print.h"

#include <string.h>
#include <wchar.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/base/when.h"

enum {
    PAGE_ROWS = 1000,     /* gathered before a table decides its widths */
    PAGE_BYTES = 64 << 20 /* a thousand rows of the largest kind */
};

static void row_shown(struct printer *printer, const json_t *row);
static void table_line(struct printer *printer, const json_t *row);
static void csv_line(struct printer *printer, const json_t *row);
static void widths_measured(struct printer *printer);
static bool is_shown(const struct printer *printer, uint32_t column);
static struct text cell_of(struct printer *printer, const json_t *row, uint32_t column);
static struct text names_of(struct arena *arena, const json_t *objects);
static void csv_cell(struct text cell, bool is_first);
static uint32_t code_point(struct text *rest);

static const struct {
    const char *status;
    const char *sgr;
} looks[] = {
#define LOOK(status, sgr, sentence) {status, sgr},
#include "tools/print_looks.def"
#undef LOOK
};

bool print_form(const struct cli *cli, enum print_form *out)
{
    static const char *const names[] = {
#define FORM(NAME, name, sentence) [PRINT_##NAME] = name,
#include "tools/print_forms.def"
#undef FORM
    };
    const char *wish = cli_option(cli, "output");
    *out = PRINT_TABLE;
    if (wish == NULL)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], wish) == 0) {
            *out = (enum print_form)i;
            return true;
        }
    cli_misused(cli, "-o is table, wide, json, jsonl, csv or name, not \"%s\"", wish);
    return false;
}

void printer_open(struct printer *printer, const struct cli *cli, enum print_form form,
                  const struct print_column *columns, int64_t now)
{
    *printer = (struct printer){.cli = cli, .form = form, .columns = columns, .now = now};
    while (columns[printer->columns_n].member != NULL)
        printer->columns_n++;
    printer->name = columns[0].member;
    printer->page = arena_new("page", PAGE_BYTES);
}

void printer_row(struct printer *printer, json_t *row)
{
    vec_push(printer->cli->arena, &printer->rows, row);
    if (printer->rows.n == PAGE_ROWS)
        printer_flush(printer);
}

void printer_flush(struct printer *printer)
{
    bool is_table = printer->form == PRINT_TABLE || printer->form == PRINT_WIDE;
    if (printer->rows.n == 0)
        return;
    if (is_table && printer->widths == NULL) {
        widths_measured(printer);
        table_line(printer, NULL);
    }
    if (printer->form == PRINT_CSV && printer->printed == 0)
        csv_line(printer, NULL);
    for (uint32_t i = 0; i < printer->rows.n; i++) {
        row_shown(printer, printer->rows.at[i]);
        json_decref(printer->rows.at[i]);
        printer->printed++;
        arena_reset(printer->page);
    }
    printer->rows.n = 0;
    fflush(stdout);
}

void printer_close(struct printer *printer, const char *nothing)
{
    printer_flush(printer);
    bool is_table = printer->form == PRINT_TABLE || printer->form == PRINT_WIDE;
    if (printer->form == PRINT_JSON)
        printf("%s\n", printer->printed == 0 ? "[]" : "]");
    if (printer->form == PRINT_CSV && printer->printed == 0)
        csv_line(printer, NULL);
    if (is_table && printer->printed == 0 && nothing != NULL)
        cli_say(printer->cli, "%s", nothing);
    arena_free(printer->page);
    printer->page = NULL;
}

void print_json(enum print_form form, const json_t *json)
{
    scoped_arena struct arena *arena = arena_new("print", PAGE_BYTES);
    struct text out =
        form == PRINT_JSON ? json_write_pretty(arena, json) : json_write(arena, json);
    printf(TEXT_FMT "\n", TEXT_ARG(out));
}

uint32_t print_width(struct text t)
{
    uint32_t width = 0;
    while (t.n > 0) {
        int columns = wcwidth((wchar_t)code_point(&t));
        width += columns < 0 ? 0 : (uint32_t)columns;
    }
    return width;
}

struct text print_safe(struct arena *arena, struct text t)
{
    bool is_safe = utf8_valid(t, NULL);
    for (size_t i = 0; i < t.n && is_safe; i++)
        is_safe = (unsigned char)t.chars[i] >= 0x20 && t.chars[i] != 0x7F;
    if (is_safe)
        return t;
    char *out = text_chars(arena, t);
    size_t bad_at;
    for (struct text rest = {out, t.n}; !utf8_valid(rest, &bad_at);) {
        size_t at = (size_t)(rest.chars - out) + bad_at;
        out[at] = '?';
        rest = (struct text){out + at, t.n - at};
    }
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7F)
            out[i] = ' ';
    return (struct text){out, t.n};
}

struct text print_cell(struct arena *arena, const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return TEXT("");
    return print_safe(arena, json_is_string(value) ? json_text_of(value)
                                                   : json_write(arena, value));
}

struct text print_moment(struct arena *arena, struct text instant)
{
    int64_t at;
    char out[WHEN_TEXT_BYTES];
    if (!when_instant_parse(instant, &at))
        return print_safe(arena, instant);
    struct text second = when_instant_print(at - at % WHEN_SECOND, out);
    return text_of(arena_printf(
        arena, TEXT_FMT " " TEXT_FMT ".%03d", TEXT_ARG(text_cut(second, 0, 10)),
        TEXT_ARG(text_cut(second, 11, 8)), (int)(at % WHEN_SECOND / 1000)));
}

struct text print_cut(struct arena *arena, struct text t, uint32_t width)
{
    size_t n = t.n;
    if (print_width(t) <= width)
        return t;
    while (n > 0 && print_width(text_cut(t, 0, n)) >= width)
        while (--n > 0 && ((unsigned char)t.chars[n] & 0xC0) == 0x80)
            ;
    return text_of(arena_printf(arena, TEXT_FMT "…", (int)n, t.chars));
}

struct text print_span(struct arena *arena, int64_t span)
{
    char out[WHEN_TEXT_BYTES];
    int64_t grain = span >= 2 * WHEN_DAY       ? WHEN_HOUR
                    : span >= 2 * WHEN_HOUR    ? WHEN_MINUTE
                    : span >= 2 * WHEN_MINUTE  ? WHEN_SECOND
                    : span >= 10 * WHEN_SECOND ? WHEN_SECOND
                                               : WHEN_SECOND / 10;
    span = span < 0 ? 0 : span;
    return text_dup(arena, when_duration_print_short(span - span % grain, out));
}

const char *print_colour(const struct cli *cli, struct text status)
{
    if (!cli_colour(cli, stdout))
        return "";
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (text_is_chars(status, looks[i].status) && looks[i].sgr[0] != '\0')
            return arena_printf(cli->arena, "\x1b[%sm", looks[i].sgr);
    return "";
}

const char *print_bold(const struct cli *cli)
{
    return cli_colour(cli, stdout) ? "\x1b[1m" : "";
}

const char *print_dim(const struct cli *cli)
{
    return cli_colour(cli, stdout) ? "\x1b[2m" : "";
}

const char *print_plain(const struct cli *cli)
{
    return cli_colour(cli, stdout) ? "\x1b[0m" : "";
}

static void row_shown(struct printer *printer, const json_t *row)
{
    struct text out;
    switch (printer->form) {
    case PRINT_TABLE:
    case PRINT_WIDE:
        table_line(printer, row);
        return;
    case PRINT_CSV:
        csv_line(printer, row);
        return;
    case PRINT_NAME:
        out = print_cell(printer->page, json_object_get(row, printer->name));
        printf(TEXT_FMT "\n", TEXT_ARG(out));
        return;
    case PRINT_JSON:
        out = json_write(printer->page, row);
        printf("%s" TEXT_FMT, printer->printed == 0 ? "[" : ",\n ", TEXT_ARG(out));
        return;
    case PRINT_JSONL:
        out = json_write(printer->page, row);
        printf(TEXT_FMT "\n", TEXT_ARG(out));
        return;
    }
}

/* The titles, for NULL. The last column is not padded. */
static void table_line(struct printer *printer, const json_t *row)
{
    struct buf line;
    buf_init(&line, printer->page);
    uint32_t owed = 0; /* blanks up to the next cell */
    if (row == NULL)
        buf_chars(&line, print_bold(printer->cli));
    for (uint32_t i = 0; i < printer->columns_n; i++) {
        if (!is_shown(printer, i))
            continue;
        struct text cell =
            row == NULL ? text_of(printer->columns[i].title) : cell_of(printer, row, i);
        const char *colour = row != NULL && printer->columns[i].look == PRINT_STATUS
                                 ? print_colour(printer->cli, cell)
                                 : "";
        buf_printf(&line, "%*s%s" TEXT_FMT "%s", (int)owed, "", colour, TEXT_ARG(cell),
                   colour[0] != '\0' ? print_plain(printer->cli) : "");
        uint32_t width = print_width(cell);
        owed = 2 + (printer->widths[i] > width ? printer->widths[i] - width : 0);
    }
    if (row == NULL)
        buf_chars(&line, print_plain(printer->cli));
    printf("%s\n", buf_done(&line).chars);
}

static void csv_line(struct printer *printer, const json_t *row)
{
    for (uint32_t i = 0; i < printer->columns_n; i++) {
        const json_t *value =
            row == NULL ? NULL : json_object_get(row, printer->columns[i].member);
        struct text cell = row == NULL             ? text_of(printer->columns[i].member)
                           : json_is_string(value) ? json_text_of(value)
                           : value == NULL || json_is_null(value)
                               ? TEXT("")
                               : json_write(printer->page, value);
        csv_cell(cell, i == 0);
    }
    fputs("\r\n", stdout);
}

static void csv_cell(struct text cell, bool is_first)
{
    bool is_quoted = false;
    for (size_t i = 0; i < cell.n; i++)
        is_quoted = is_quoted || strchr(",\"\r\n", cell.chars[i]) != NULL;
    if (!is_first)
        fputc(',', stdout);
    if (is_quoted)
        fputc('"', stdout);
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.chars[i] == '"')
            fputc('"', stdout);
        fputc(cell.chars[i], stdout);
    }
    if (is_quoted)
        fputc('"', stdout);
}

static void widths_measured(struct printer *printer)
{
    printer->widths = arena_array(printer->cli->arena, uint32_t, printer->columns_n);
    for (uint32_t i = 0; i < printer->columns_n; i++) {
        printer->widths[i] = print_width(text_of(printer->columns[i].title));
        for (uint32_t k = 0; k < printer->rows.n && is_shown(printer, i); k++) {
            uint32_t width = print_width(cell_of(printer, printer->rows.at[k], i));
            if (width > printer->widths[i])
                printer->widths[i] = width;
        }
    }
}

static bool is_shown(const struct printer *printer, uint32_t column)
{
    return printer->form == PRINT_WIDE ||
           printer->columns[column].look != PRINT_WIDE_ONLY;
}

static struct text cell_of(struct printer *printer, const json_t *row, uint32_t column)
{
    const json_t *value = json_object_get(row, printer->columns[column].member);
    int64_t then;
    if (printer->columns[column].look == PRINT_SINCE && printer->form == PRINT_TABLE &&
        when_instant_parse(json_text_of(value), &then))
        return print_span(printer->page, printer->now - then);
    if (printer->columns[column].look == PRINT_MOMENT &&
        (printer->form == PRINT_TABLE || printer->form == PRINT_WIDE))
        return print_moment(printer->page, json_text_of(value));
    if (printer->columns[column].look == PRINT_NAMES)
        return names_of(printer->page, value);
    return print_cell(printer->page, value);
}

static struct text names_of(struct arena *arena, const json_t *objects)
{
    struct buf out;
    size_t i;
    json_t *object;
    buf_init(&out, arena);
    json_array_foreach(objects, i, object)
    {
        buf_chars(&out, i == 0 ? "" : ", ");
        buf_text(&out, print_cell(arena, json_object_get(object, "name")));
    }
    return buf_done(&out);
}

/* Of valid UTF-8, taken off `rest`. */
static uint32_t code_point(struct text *rest)
{
    uint8_t first = (uint8_t)rest->chars[0];
    size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t point = n == 1 ? first : first & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n && i < rest->n; i++)
        point = point << 6 | ((uint8_t)rest->chars[i] & 0x3F);
    *rest = text_cut(*rest, n, rest->n);
    return point;
}
