/* Braces that are missing or too many. Where they do not balance, the layout of the lines
 * says which one it is; it is put in (or left out), so that all around it is read as it
 * was meant. */
#include "dsl/parse.h"

#include "dsl/parser.h"

struct bracing {
    struct parse *parse;
    VEC(uint32_t) open; /* words: the `{` that are open */
    VEC(struct word) words;
    uint32_t missing; /* of the declaration we are in */
};

static bool is_first_on_line(const struct word *words, uint32_t at)
{
    return at == 0 || words[at - 1].token.span.end_line < words[at].token.span.line;
}

/* The column at which the line of this word begins. */
static uint32_t indentation(const struct parse *parse, uint32_t at)
{
    while (!is_first_on_line(parse->words.at, at))
        at--;
    return parse->words.at[at].token.span.column;
}

/* ---- too many ---- */

/* Of the `}` so far the first that stands under no beginning of what it closes. */
static uint32_t crooked(const struct parse *parse, uint32_t from, uint32_t end)
{
    VEC(uint32_t) open = {0};
    for (uint32_t i = from; i <= end; i++) {
        const struct word *word = &parse->words.at[i];
        if (word->token.kind == LBRACE)
            vec_push(parse->compile, &open, i);
        if (word->token.kind != RBRACE)
            continue;
        if (open.n == 0)
            return i;
        uint32_t opener = vec_last(&open);
        open.n--;
        if (is_first_on_line(parse->words.at, i) &&
            word->token.span.column != indentation(parse, opener))
            return i;
    }
    return end;
}

static void drop_word(struct parse *parse, uint32_t at)
{
    for (uint32_t i = at; i + 1 < parse->words.n; i++)
        parse->words.at[i] = parse->words.at[i + 1];
    parse->words.n--;
}

/* The first `}` that closes nothing; `to` when there is none. */
static uint32_t underflow(const struct parse *parse, uint32_t from, uint32_t to)
{
    uint32_t depth = 0;
    for (uint32_t i = from; i < to; i++) {
        int kind = parse->words.at[i].token.kind;
        if (kind == RBRACE && depth == 0)
            return i;
        depth += kind == LBRACE;
        depth -= kind == RBRACE;
    }
    return to;
}

/* A declaration ends where the next one begins at the margin, or the file ends. */
static uint32_t end_of_declaration(const struct parse *parse, uint32_t from)
{
    uint32_t to = from + 1;
    while (to + 1 < parse->words.n && !(parse_begins_declaration(parse, to)))
        to++;
    return to < parse->words.n ? to : parse->words.n;
}

static void drop_too_many(struct parse *parse)
{
    enum { DROPS_MAX = 100 };
    int drops = 0;
    for (uint32_t from = 0; from + 1 < parse->words.n;) {
        uint32_t to = end_of_declaration(parse, from);
        uint32_t end = underflow(parse, from, to);
        if (end == to || drops++ == DROPS_MAX) {
            from = to;
            continue;
        }
        uint32_t at = crooked(parse, from, end);
        vec_push(parse->compile, &parse->dropped, parse->words.at[at].token.span);
        drop_word(parse, at);
    }
}

/* ---- missing ---- */

static void close_one(struct bracing *b, uint32_t before)
{
    struct word brace = b->parse->words.at[before];
    uint32_t at = brace.token.span.from;
    brace.token.kind = RBRACE;
    brace.token.span = source_span(b->parse->source, at, at);
    brace.text = TEXT("}");
    b->open.n--;
    brace.depth = b->open.n;
    vec_push(b->parse->compile, &b->words, brace);
    b->missing -= b->missing > 0;
}

static void say_missing(struct bracing *b, uint32_t before)
{
    const struct word *open = &b->parse->words.at[vec_last(&b->open)];
    struct span at = b->parse->words.at[before].token.span;
    struct diag *diag =
        diag_add(b->parse->diags, DIAG_F0006, open->token.span, "a `}` is missing");
    diag_label(b->parse->diags, diag, "this is never closed");
    diag_also(b->parse->diags, diag, at, "it should be before this");
    diag_offer(b->parse->diags, diag, source_span(at.source, at.from, at.from), "}\n");
}

/* What stands no further in than the line of the brace is outside of it. */
static bool is_outside(const struct bracing *b, uint32_t at)
{
    const struct word *word = &b->parse->words.at[at];
    if (b->open.n == 0 || !is_first_on_line(b->parse->words.at, at))
        return false;
    uint32_t in = indentation(b->parse, vec_last(&b->open));
    return word->token.kind == RBRACE
               ? word->token.span.column < in
               : word->token.span.column <= in && word->token.kind != LBRACE;
}

static uint32_t missing_until(const struct parse *parse, uint32_t from, uint32_t to)
{
    uint32_t opened = 0, closed = 0;
    for (uint32_t i = from; i < to; i++) {
        opened += parse->words.at[i].token.kind == LBRACE;
        closed += parse->words.at[i].token.kind == RBRACE;
    }
    return opened > closed ? opened - closed : 0;
}

static void put_word(struct bracing *b, uint32_t at)
{
    struct word word = b->parse->words.at[at];
    while (b->missing > 0 && is_outside(b, at)) {
        say_missing(b, at);
        close_one(b, at);
    }
    if (word.token.kind == RBRACE && b->open.n > 0)
        b->open.n--;
    word.depth = b->open.n;
    vec_push(b->parse->compile, &b->words, word);
    if (word.token.kind == LBRACE)
        vec_push(b->parse->compile, &b->open, at);
}

/* What is still open where a declaration ends. */
static void close_all(struct bracing *b, uint32_t before)
{
    bool is_end = b->parse->words.at[before].token.kind == 0;
    if (b->open.n > 0 && is_end)
        b->parse->cut_open = b->parse->words.at[vec_last(&b->open)].token.span;
    else if (b->open.n > 0)
        say_missing(b, before);
    while (b->open.n > 0)
        close_one(b, before);
}

void parse_balance(struct parse *parse)
{
    struct bracing b = {.parse = parse};
    drop_too_many(parse);
    vec_reserve(parse->compile, &b.words, parse->words.n + 1);
    uint32_t end = parse->words.n - 1;
    for (uint32_t from = 0; from < end;) {
        uint32_t to = end_of_declaration(parse, from);
        b.missing = missing_until(parse, from, to);
        for (; from < to && from < end; from++)
            put_word(&b, from);
        close_all(&b, from);
    }
    put_word(&b, end);
    parse->words.at = b.words.at;
    parse->words.n = b.words.n;
    parse->words.room = b.words.room;
}

/* ---- said when all is read: another mistake may have been the cause ---- */

static bool is_said_at(const struct parse *parse, struct span at)
{
    for (uint32_t i = 0; i < parse->diags->n; i++)
        if (parse->diags->at[i]->primary.span.source == at.source &&
            parse->diags->at[i]->primary.span.from == at.from)
            return true;
    return false;
}

static void say_unfinished(struct parse *parse)
{
    struct span end = vec_last(&parse->words).token.span;
    parse->is_cut = true;
    if (is_said_at(parse, parse->cut_open))
        return;
    struct diag *diag =
        diag_add(parse->diags, DIAG_F0006, end, "the file ends too early");
    diag_label(parse->diags, diag, "a `}` is missing");
    diag_also(parse->diags, diag, parse->cut_open, "this is still open");
}

void parse_say_braces(struct parse *parse)
{
    if (parse->cut_open.source != NULL)
        say_unfinished(parse);
    for (uint32_t i = parse->braces_wanted; i < parse->dropped.n; i++) {
        struct span span = parse->dropped.at[i];
        struct diag *diag =
            diag_add(parse->diags, DIAG_F0001, span, "this `}` closes nothing");
        diag_label(parse->diags, diag, "one too many, or a `{` is missing before it");
        diag_offer(parse->diags, diag, span, "%s", "");
    }
}
