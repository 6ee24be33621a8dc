/* The one way to lay out a flow.
 *
 * The words stay as they are and in their order; what is decided is the white space
 * before each: nothing, blanks, or a line end and an indentation. fmt_marks.c walks the
 * nodes and marks the words at which lines begin; this file writes the words out, and
 * puts runs of alike lines in columns. */
#include "dsl/fmt.h"

#include "dsl/fmt_marks.h"
#include "dsl/parser.h"
#include "engine/base/arena.h"
#include "engine/base/utf8.h"
#include "engine/base/vec.h"

enum { INDENT = 4, CELLS_MAX = 8, COMMENT_GAP = 2 };

/* A line, cut into cells where it may be put in columns with its neighbours. */
struct line {
    uint32_t indent; /* in columns */
    uint32_t
        group; /* lines of one group that follow one another share columns; 0: none */
    uint32_t cells_n;
    struct buf cells[CELLS_MAX];
    struct text comment; /* behind it */
    bool blank_before;
};

struct layout {
    struct arena *compile;
    const struct fmt_mark *marks;
    const struct module *module;
    VEC(struct line) lines;
    VEC(uint32_t) brackets; /* columns behind the brackets that are open on the way */
};

static bool is_open(int kind)
{
    return kind == LPAREN || kind == LBRACKET;
}

/* Is what ends here a value, so that a minus behind it subtracts? */
static bool ends_value(int kind)
{
    switch (kind) {
    case NAME:
    case TNAME:
    case STRING:
    case RAWSTRING:
    case LONGSTRING:
    case INTLIT:
    case DECLIT:
    case MONEY:
    case PERCENT:
    case DURATION:
    case DATE:
    case INSTANT:
    case RPAREN:
    case RBRACKET:
    case TRUE:
    case FALSE:
    case NONE:
        return true;
    default:
        return false;
    }
}

static bool is_call_like(int kind)
{
    return kind == NAME || kind == TNAME || kind == START;
}

/* Blanks between two words of one line. */
static uint32_t gap(int before, int kind, bool is_sign)
{
    switch (kind) {
    case RPAREN:
    case RBRACKET:
    case COMMA:
    case DOT:
    case QDOT:
    case QUESTION:
    case COLON:
    case TMPL_CLOSE:
        return 0;
    case LPAREN:
        if (is_call_like(before))
            return 0;
        break;
    case LBRACKET:
        if (before == NAME || before == RPAREN || before == RBRACKET)
            return 0;
        break;
    default:
        break;
    }
    switch (before) {
    case LPAREN:
    case LBRACKET:
    case DOT:
    case QDOT:
    case TMPL_OPEN:
    case TMPL_CLOSE:
        return 0;
    default:
        return is_sign ? 0 : 1;
    }
}

static struct line *new_line(struct layout *layout, uint32_t indent, bool blank_before)
{
    struct line line = {.indent = indent, .blank_before = blank_before, .cells_n = 1};
    for (int i = 0; i < CELLS_MAX; i++)
        buf_init(&line.cells[i], layout->compile);
    vec_push(layout->compile, &layout->lines, line);
    return &vec_last(&layout->lines);
}

static uint32_t width(const struct buf *buf)
{
    return (uint32_t)utf8_count((struct text){buf->bytes, buf->n});
}

static uint32_t column_now(const struct line *line)
{
    uint32_t column = line->indent;
    for (uint32_t i = 0; i < line->cells_n; i++)
        column += width(&line->cells[i]) + (i + 1 < line->cells_n);
    return column;
}

/* Phrases are written with one blank, whatever stood between their words. */
static void write_word(struct buf *out, const struct token *token)
{
    struct text word = span_text(token->span);
    bool is_phrase = word.n > 0 && word.chars[0] >= 'a' && word.chars[0] <= 'z';
    for (size_t i = 0; i < word.n; i++) {
        bool is_blank = word.chars[i] == ' ' || word.chars[i] == '\t' ||
                        word.chars[i] == '\n' || word.chars[i] == '\r';
        if (!is_phrase || !is_blank)
            buf_char(out, word.chars[i]);
        else if (out->bytes[out->n - 1] != ' ')
            buf_char(out, ' ');
    }
}

static uint32_t indent_of(const struct layout *layout, uint32_t at)
{
    const struct fmt_mark *mark = &layout->marks[at];
    if (!mark->begins_line && layout->brackets.n > 0 && vec_last(&layout->brackets) > 0)
        return vec_last(&layout->brackets);
    return mark->indent * INDENT;
}

/* Brackets are followed so that what goes on in a next line stands under what is inside.
 */
static void follow_brackets(struct layout *layout, int kind, uint32_t column,
                            bool is_last)
{
    if (is_open(kind))
        vec_push(layout->compile, &layout->brackets, is_last ? 0 : column);
    else if ((kind == RPAREN || kind == RBRACKET) && layout->brackets.n > 0)
        layout->brackets.n--;
}

static void write_one(struct layout *layout, uint32_t at)
{
    const struct token *tokens = layout->module->tokens;
    const struct fmt_mark *mark = &layout->marks[at];
    struct line *line = layout->lines.n > 0 ? &vec_last(&layout->lines) : NULL;
    if (tokens[at].comment != TOKEN_WORD && !mark->breaks && line != NULL) {
        line->comment = text_trim(span_text(tokens[at].span));
        return;
    }
    int before = 0;
    if (line == NULL || mark->breaks) {
        line = new_line(layout, indent_of(layout, at), mark->blank && line != NULL);
        line->group = mark->group;
    } else {
        for (uint32_t i = at; i-- > 0 && before == 0;)
            before = tokens[i].comment == TOKEN_WORD ? tokens[i].kind : 0;
        if (mark->cell && line->cells_n < CELLS_MAX && line->group != 0 &&
            line->group == mark->group) {
            line->cells_n++;
        } else {
            uint32_t blanks = gap(before, tokens[at].kind, mark->after_sign);
            for (uint32_t i = 0;
                 i < (mark->wide && blanks > 0 && before != COMMA ? 2 : blanks); i++)
                buf_char(&line->cells[line->cells_n - 1], ' ');
        }
    }
    if (tokens[at].comment != TOKEN_WORD)
        buf_text(&line->cells[0], text_trim(span_text(tokens[at].span)));
    else
        write_word(&line->cells[line->cells_n - 1], &tokens[at]);
    bool next_breaks = at + 1 < layout->module->tokens_n && layout->marks[at + 1].breaks;
    follow_brackets(layout, tokens[at].kind, column_now(line), next_breaks);
}

/* ---- columns ---- */

static void pad_run(struct layout *layout, uint32_t from, uint32_t to)
{
    for (uint32_t cell = 0; cell + 1 < CELLS_MAX; cell++) {
        uint32_t widest = 0;
        for (uint32_t i = from; i < to; i++) {
            struct line *line = &layout->lines.at[i];
            if (line->cells_n > cell + 1 && width(&line->cells[cell]) > widest)
                widest = width(&line->cells[cell]);
        }
        for (uint32_t i = from; i < to; i++) {
            struct line *line = &layout->lines.at[i];
            if (line->cells_n <= cell + 1)
                continue;
            for (uint32_t n = width(&line->cells[cell]); n < widest; n++)
                buf_char(&line->cells[cell], ' ');
            if (line->cells[cell].n > 0)
                buf_char(&line->cells[cell], ' ');
        }
    }
}

static void put_in_columns(struct layout *layout)
{
    for (uint32_t from = 0, to; from < layout->lines.n; from = to) {
        const struct line *first = &layout->lines.at[from];
        to = from + 1;
        while (first->group != 0 && to < layout->lines.n &&
               !layout->lines.at[to].blank_before &&
               layout->lines.at[to].group == first->group &&
               layout->lines.at[to].indent == first->indent)
            to++;
        pad_run(layout, from, to);
    }
}

static struct text write_all(struct layout *layout)
{
    struct buf out;
    buf_init(&out, layout->compile);
    for (uint32_t i = 0; i < layout->lines.n; i++) {
        struct line *line = &layout->lines.at[i];
        if (line->blank_before)
            buf_char(&out, '\n');
        for (uint32_t k = 0; k < line->indent; k++)
            buf_char(&out, ' ');
        for (uint32_t k = 0; k < line->cells_n; k++)
            buf_text(&out, buf_done(&line->cells[k]));
        while (out.n > 0 && out.bytes[out.n - 1] == ' ')
            out.n--;
        if (line->comment.n > 0)
            buf_printf(&out, "%*s" TEXT_FMT, COMMENT_GAP, "", TEXT_ARG(line->comment));
        buf_char(&out, '\n');
    }
    return buf_done(&out);
}

struct text fmt_module(struct arena *compile, const struct module *module)
{
    struct layout layout = {.compile = compile, .module = module};
    struct fmt_mark *marks = fmt_marks(compile, module);
    layout.marks = marks;
    int before = 0, before_that = 0;
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        if (module->tokens[i].comment != TOKEN_WORD)
            continue;
        marks[i].after_sign = before == MINUS && !ends_value(before_that);
        before_that = before;
        before = module->tokens[i].kind;
    }
    for (uint32_t i = 0; i + 1 < module->tokens_n; i++) /* not the end */
        write_one(&layout, i);
    put_in_columns(&layout);
    return write_all(&layout);
}
