/* What goes into these parentheses. */
#include "dsl/parser.h"
#include "tools/lsp/cursor.h"
#include "tools/lsp/thing_text.h"

struct signing {
    struct lsp *lsp;
    struct buf label;
    json_t *parameters;
    uint32_t n;
    int32_t active;
};

static void add_parameter(struct signing *s, struct text name, const struct type *type,
                          struct text current, uint32_t commas)
{
    if (s->n > 0)
        buf_chars(&s->label, ", ");
    size_t from = s->label.n;
    buf_printf(&s->label, TEXT_FMT ": ", TEXT_ARG(name));
    if (type != NULL)
        type_write(&s->label, type);
    json_array_append_new(
        s->parameters, json_pack("{s:[I,I]}", "label", (json_int_t)from,
                                 (json_int_t)s->label.n)); /* names and types are ASCII */
    if (current.n > 0 ? text_is(current, name) : s->n == commas)
        s->active = (int32_t)s->n;
    s->n++;
}

/* The name of the argument the cursor is in, and how many commas are before it. */
static struct text current_argument(const struct cursor *cursor, uint32_t open,
                                    uint32_t *commas)
{
    struct text name = {"", 0};
    uint32_t depth = 0;
    *commas = 0;
    for (uint32_t i = open + 1; i < cursor->n; i++) {
        int kind = cursor->parse.words.at[i].token.kind;
        if (kind == LPAREN || kind == LBRACKET)
            depth++;
        else if (kind == RPAREN || kind == RBRACKET)
            depth--;
        else if (depth == 0 && kind == COMMA) {
            (*commas)++;
            name = (struct text){"", 0};
        } else if (depth == 0 && kind == FIELD)
            name = cursor->parse.words.at[i].text;
    }
    return name;
}

static void sign(struct signing *s, const struct cursor *cursor,
                 const struct callee *callee)
{
    uint32_t commas;
    struct text current = current_argument(cursor, callee->open, &commas);
    buf_printf(&s->label, TEXT_FMT "(", TEXT_ARG(callee->name));
    if (callee->symbol != NULL)
        for (uint32_t i = 0; i < callee->symbol->params_n; i++)
            add_parameter(s, callee->symbol->params[i]->name,
                          callee->symbol->params[i]->type, current, commas);
    else
        for (uint32_t i = 0; i < callee->record->fields_n; i++)
            add_parameter(s, callee->record->fields[i].name,
                          callee->record->fields[i].type, current, commas);
    buf_char(&s->label, ')');
    if (callee->symbol != NULL && callee->symbol->type != NULL) {
        buf_chars(&s->label, callee->symbol->kind == SYMBOL_FUNCTION ? ": " : " gives ");
        type_write(&s->label, callee->symbol->type);
    }
}

json_t *ask_signature(struct lsp *lsp, const json_t *params)
{
    struct cursor cursor;
    struct callee callee;
    if (!cursor_asked(lsp, params, &cursor))
        return NULL;
    json_t *help = NULL;
    if (!cursor.is_in_text && cursor_callee(&cursor, &callee) &&
        (callee.symbol == NULL || callee.symbol->kind != SYMBOL_BUILTIN)) {
        struct signing s = {.lsp = lsp, .parameters = json_array(), .active = -1};
        buf_init(&s.label, lsp->answer);
        sign(&s, &cursor, &callee);
        json_t *one = json_pack("{s:o,s:o}", "label", json_text(buf_done(&s.label)),
                                "parameters", s.parameters);
        if (callee.symbol != NULL && node_doc(callee.symbol->node).n > 0)
            json_object_set_new(one, "documentation",
                                json_text(node_doc(callee.symbol->node)));
        help = json_pack("{s:[o],s:i,s:i}", "signatures", one, "activeSignature", 0,
                         "activeParameter", s.active < 0 ? (int)s.n : s.active);
    }
    cursor_free(&cursor);
    return help;
}
