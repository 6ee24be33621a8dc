/* What each word is, for colours. */
#include "tools/lsp/colours.h"

#include "dsl/parser.h"
#include "dsl/token.h"
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"

/* The legend: kinds of things first, in the order of things.def, then these. */
enum {
    COLOUR_KEYWORD = THING_KINDS,
    COLOUR_COMMENT,
    COLOUR_STRING,
    COLOUR_NUMBER,
    COLOUR_OPERATOR,
    COLOUR_NONE
};
enum { IS_DECLARATION = 1, IS_WRITTEN = 2, IS_BUILT_IN = 4 };

json_t *colours_legend(void)
{
    static const char *const types[] = {
#define THING(kind, word, token, symbol) token,
#include "tools/lsp/things.def"
#undef THING
        "keyword", "comment", "string", "number", "operator"};
    json_t *all = json_array();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        json_array_append_new(all, json_string(types[i]));
    return json_pack("{s:o,s:[s,s,s]}", "tokenTypes", all, "tokenModifiers",
                     "declaration", "modification", "defaultLibrary");
}

static int colour_of(const struct token *token)
{
    if (token->comment != TOKEN_WORD)
        return COLOUR_COMMENT;
    struct text word = span_text(token->span);
    char first = word.n == 0 ? 0 : word.chars[0];
    switch (token->kind) {
    case STRING:
    case RAWSTRING:
    case LONGSTRING:
    case BADSTRING:
    case TMPL_OPEN:
    case TMPL_CLOSE:
        return COLOUR_STRING;
    case INTLIT:
    case DECLIT:
    case MONEY:
    case PERCENT:
    case DURATION:
    case DATE:
    case INSTANT:
        return COLOUR_NUMBER;
    case EQ:
    case ARROW:
    case FATARROW:
    case COALESCE:
    case LT:
    case LE:
    case GT:
    case GE:
    case PLUS:
    case MINUS:
    case STAR:
    case SLASH:
    case BAR:
        return COLOUR_OPERATOR;
    case NAME:
    case FIELD:
        return COLOUR_NONE;
    default: /* words with a meaning, of flows or bindings */
        return first >= 'a' && first <= 'z' ? COLOUR_KEYWORD : COLOUR_NONE;
    }
}

struct painting {
    struct lsp *lsp;
    const struct source *source;
    json_t *data;
    uint32_t line; /* where the token before began */
    uint32_t column;
};

static void paint_line(struct painting *p, uint32_t line, uint32_t from, uint32_t to,
                       int colour, int flags)
{
    if (to <= from)
        return;
    uint32_t begin = p->source->line_from[line];
    uint32_t column =
        place_columns(p->lsp, text_cut(p->source->text, begin, from - begin));
    uint32_t length = place_columns(p->lsp, text_cut(p->source->text, from, to - from));
    uint32_t down = line - p->line;
    const uint32_t five[] = {down, down == 0 ? column - p->column : column, length,
                             (uint32_t)colour, (uint32_t)flags};
    for (size_t i = 0; i < 5; i++)
        json_array_append_new(p->data, json_integer(five[i]));
    p->line = line;
    p->column = column;
}

/* A token of several lines is told line by line. */
static void paint(struct painting *p, struct span span, int colour, int flags)
{
    for (uint32_t line = span.line - 1; line < span.end_line; line++) {
        struct text text = source_line(p->source, line + 1);
        uint32_t begin = p->source->line_from[line], end = begin + (uint32_t)text.n;
        paint_line(p, line, span.from > begin ? span.from : begin,
                   span.to < end ? span.to : end, colour, flags);
    }
}

static int flags_of(const struct mention *mention)
{
    return (mention->use == MENTION_DECLARES ? IS_DECLARATION : 0) |
           (mention->use == MENTION_WRITES ? IS_WRITTEN : 0) |
           (mention->thing->is_fixed ? IS_BUILT_IN : 0);
}

static const struct mention *mention_exactly(const struct reading *reading,
                                             const struct shift *shift, struct span at)
{
    uint32_t was;
    if (reading == NULL || !shift_back(shift, at.from, &was))
        return NULL;
    const struct mention *mention = mention_at(reading->names, reading->own->source, was);
    bool is_same = mention != NULL && mention->at.from == was &&
                   text_is(span_text(mention->at), span_text(at));
    return is_same ? mention : NULL;
}

/* Words from the scanner, which reads anything; names from the checker, as far as it
 * knows them. */
json_t *ask_colours(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return NULL;
    const struct module *own = draft_reading(lsp, draft)->own;
    const struct reading *known = draft_known(lsp, draft);
    struct painting p = {.lsp = lsp, .source = own->source, .data = json_array()};
    struct shift shift = {0};
    if (known != NULL)
        shift = shift_between(known->own->source->text, draft->text);
    for (uint32_t i = 0; i < own->tokens_n; i++) {
        const struct token *token = &own->tokens[i];
        int colour = colour_of(token);
        const struct mention *mention =
            colour == COLOUR_NONE ? mention_exactly(known, &shift, token->span) : NULL;
        if (mention != NULL)
            paint(&p, token->span, (int)mention->thing->kind, flags_of(mention));
        else if (colour != COLOUR_NONE)
            paint(&p, token->span, colour, 0);
    }
    return json_pack("{s:o}", "data", p.data);
}
