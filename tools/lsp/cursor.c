/* What stands before the cursor, and what could stand at it. */
#include "tools/lsp/cursor.h"

#include "dsl/parser.h"
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"
#include "tools/lsp/tree.h"

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

int cursor_kind(const struct cursor *cursor, uint32_t back)
{
    return back > cursor->n ? 0 : cursor->parse.words.at[cursor->n - back].token.kind;
}

struct text cursor_text(const struct cursor *cursor, uint32_t back)
{
    return back > cursor->n ? (struct text){"", 0}
                            : cursor->parse.words.at[cursor->n - back].text;
}

bool cursor_expects(const struct cursor *cursor, const char *name)
{
    for (uint32_t i = 0; i < cursor->expected_n; i++)
        if (strcmp(cursor->expected[i], name) == 0)
            return true;
    return false;
}

bool cursor_is_first_on_line(const struct cursor *cursor)
{
    uint32_t at = cursor->from;
    const char *chars = cursor->draft->text.chars;
    while (at > 0 && (chars[at - 1] == ' ' || chars[at - 1] == '\t'))
        at--;
    return at == 0 || chars[at - 1] == '\n';
}

const struct scope *cursor_scope(const struct cursor *cursor)
{
    return cursor->module == NULL ? NULL : cursor->module->scope;
}

static bool is_in_comment(const struct cursor *cursor)
{
    const struct token *last = cursor->parse.tokens.n < 2
                                   ? NULL
                                   : &cursor->parse.tokens.at[cursor->parse.tokens.n - 2];
    return last != NULL && last->comment != TOKEN_WORD &&
           memchr(cursor->draft->text.chars + last->span.to, '\n',
                  cursor->from - last->span.to) == NULL;
}

/* The words before the one that is being typed, and what the grammar has to say. */
static void scan_before(struct cursor *cursor)
{
    struct text before = text_cut(cursor->draft->text, 0, cursor->from);
    struct diags *diags = arena_new_of(cursor->memory, struct diags);
    diags_init(diags, cursor->memory);
    cursor->parse =
        (struct parse){.compile = cursor->memory,
                       .diags = diags,
                       .source = source_new(cursor->memory, cursor->draft->path, before),
                       .is_binding = text_ends(cursor->draft->path, TEXT(".bind"))};
    parse_scan(&cursor->parse);
    cursor->n = cursor->parse.words.n - 1;
    cursor->is_in_text = is_in_comment(cursor) || cursor_kind(cursor, 1) == BADSTRING;
    if (!cursor->is_in_text)
        cursor->expected_n = parse_expected(&cursor->parse, &cursor->expected);
}

static void look_around(struct cursor *cursor)
{
    const struct reading *known = draft_known(cursor->lsp, cursor->draft);
    uint32_t was;
    if (known == NULL)
        return;
    cursor->known = known;
    cursor->module = known->own;
    struct shift shift = shift_between(known->own->source->text, cursor->draft->text);
    if (!shift_back(&shift, cursor->from, &was))
        was = (uint32_t)shift.before;
    tree_path(known->own->file, was, &cursor->path);
    const struct node *flow = tree_innermost(&cursor->path, NODE_FLOW),
                      *test = tree_innermost(&cursor->path, NODE_TEST);
    if (test == NULL)
        test = tree_innermost(&cursor->path, NODE_EXPLORE);
    cursor->flow = flow != NULL ? flow->declares : test != NULL ? test->symbol : NULL;
}

bool cursor_asked(struct lsp *lsp, const json_t *params, struct cursor *cursor)
{
    *cursor = (struct cursor){.lsp = lsp, .draft = draft_asked(lsp, params)};
    if (cursor->draft == NULL)
        return false;
    if (!place_offset(lsp, cursor->draft->text, json_object_get(params, "position"),
                      &cursor->at)) {
        lsp_refuse(lsp, LSP_INVALID_PARAMS, "`position` is {line, character}");
        return false;
    }
    cursor->from = cursor->at;
    while (cursor->from > 0 && is_word_char(cursor->draft->text.chars[cursor->from - 1]))
        cursor->from--;
    cursor->memory = arena_new("cursor", LIMIT_COMPILE_BYTES);
    scan_before(cursor);
    look_around(cursor);
    return true;
}

void cursor_free(struct cursor *cursor)
{
    arena_free(cursor->memory);
}

struct reading *cursor_try(const struct cursor *cursor, struct text put)
{
    struct text text = cursor->draft->text;
    uint32_t to = cursor->at;
    while (to < text.n && is_word_char(text.chars[to]))
        to++;
    struct buf out;
    buf_init(&out, cursor->memory);
    buf_text(&out, text_cut(text, 0, cursor->from));
    buf_text(&out, put);
    buf_text(&out, text_cut(text, to, text.n));
    return reading_new(cursor->lsp, cursor->draft->path, buf_done(&out));
}

/* ---- the ( around ---- */

static const struct word *word_at(const struct cursor *cursor, uint32_t i)
{
    static const struct word none = {0};
    return i < cursor->n ? &cursor->parse.words.at[i] : &none;
}

static bool find_open(const struct cursor *cursor, uint32_t *open)
{
    uint32_t closed = 0;
    for (uint32_t i = cursor->n; i-- > 0;) {
        int kind = word_at(cursor, i)->token.kind;
        if (kind == RPAREN || kind == RBRACKET)
            closed++;
        else if ((kind == LPAREN || kind == LBRACKET) && closed > 0)
            closed--;
        else if (kind == LPAREN) {
            *open = i;
            return true;
        } else if (kind == LBRACKET || kind == LBRACE || kind == RBRACE)
            return false;
    }
    return false;
}

static const struct symbol *operation_of(const struct cursor *cursor,
                                         struct text adapter_name, struct text name)
{
    const struct symbol *adapter =
        scope_find_kind(cursor_scope(cursor), SYMBOL_ADAPTER, adapter_name);
    return adapter == NULL ? NULL : map_get(adapter->members, name);
}

/* `undone by release(`: of the adapter it stands in. */
static const struct symbol *partner_of(const struct cursor *cursor, struct text name)
{
    for (uint32_t i = cursor->n; i-- > 1;)
        if (word_at(cursor, i - 1)->token.kind == ADAPTER)
            return operation_of(cursor, word_at(cursor, i)->text, name);
    return NULL;
}

static const struct type *error_of(const struct cursor *cursor, struct text name)
{
    for (uint32_t i = 0; cursor->known != NULL && i < cursor->known->names->n; i++) {
        const struct mention *one = &cursor->known->names->at[i];
        if (one->thing->kind == THING_ERROR && one->thing->node != NULL &&
            one->use == MENTION_DECLARES && text_is(one->thing->name, name) &&
            one->thing->node->declares != NULL)
            return one->thing->node->declares->type;
    }
    return NULL;
}

static bool made(const struct cursor *cursor, uint32_t at, struct callee *callee)
{
    const struct symbol *symbol =
        scope_find_kind(cursor_scope(cursor), SYMBOL_TYPE, callee->name);
    int before = word_at(cursor, at - 1)->token.kind;
    if (before == FAIL || before == FAILS || symbol == NULL)
        callee->record = error_of(cursor, callee->name);
    else
        callee->record = symbol->type;
    return callee->record != NULL && callee->record->kind == TYPE_RECORD;
}

static bool called(const struct cursor *cursor, uint32_t at, struct callee *callee)
{
    const struct scope *scope = cursor_scope(cursor);
    int before = at == 0 ? 0 : word_at(cursor, at - 1)->token.kind;
    if (before == DOT && at >= 2)
        callee->symbol =
            operation_of(cursor, word_at(cursor, at - 2)->text, callee->name);
    else if (before == RUN || before == START || before == MOCK)
        callee->symbol = scope_find_kind(scope, SYMBOL_FLOW, callee->name);
    else if (before == UNDONE_BY || before == FOUND_BY)
        callee->symbol = partner_of(cursor, callee->name);
    else
        callee->symbol = scope_find_kind(scope, SYMBOL_FUNCTION, callee->name);
    if (callee->symbol != NULL)
        return true;
    const struct symbol *one = scope_find_kind(scope, SYMBOL_CASE, callee->name);
    int32_t position = one == NULL ? -1 : type_case_find(one->type, callee->name);
    callee->record = position < 0 ? NULL : one->type->cases[position].record;
    return callee->record != NULL;
}

bool cursor_callee(const struct cursor *cursor, struct callee *callee)
{
    *callee = (struct callee){0};
    if (cursor_scope(cursor) == NULL || !find_open(cursor, &callee->open) ||
        callee->open == 0)
        return false;
    uint32_t at = callee->open - 1;
    const struct word *word = word_at(cursor, at);
    callee->name = word->text;
    switch (word->token.kind) {
    case TNAME:
        return made(cursor, at, callee);
    case NAME:
        return called(cursor, at, callee);
    case START:
    case TAKING:
        callee->symbol = cursor->flow;
        callee->name = cursor->flow == NULL ? callee->name : cursor->flow->name;
        return callee->symbol != NULL;
    case WITH: /* expect called a.b with ( */
        if (at < 3 || word_at(cursor, at - 2)->token.kind != DOT)
            return false;
        callee->name = word_at(cursor, at - 1)->text;
        callee->symbol =
            operation_of(cursor, word_at(cursor, at - 3)->text, callee->name);
        return callee->symbol != NULL;
    default:
        return false;
    }
}
