/* Things in words. */
#include "tools/lsp/thing_text.h"

enum { LINES_MAX = 24 };

/* The text of a declaration without the indentation it stands at, up to `to`. */
static void write_code(struct buf *out, struct span span, uint32_t to)
{
    struct text text = text_trim(text_cut(span.source->text, span.from, to - span.from));
    uint32_t lines = 0;
    for (size_t i = 0; i < text.n && lines < LINES_MAX; i++) {
        buf_char(out, text.chars[i]);
        if (text.chars[i] != '\n')
            continue;
        lines++;
        for (uint32_t blanks = 1;
             blanks < span.column && i + 1 < text.n && text.chars[i + 1] == ' '; blanks++)
            i++;
    }
    if (lines == LINES_MAX)
        buf_chars(out, "…");
}

/* A flow or state is its header: what stands before its first brace. */
static uint32_t header_end(const struct node *node)
{
    struct text text = span_text(node->span);
    for (size_t i = 0; i < text.n; i++)
        if (text.chars[i] == '{' || text.chars[i] == '\n')
            return node->span.from + (uint32_t)i;
    return node->span.to;
}

static void write_typed(struct buf *out, const char *word, struct text name,
                        const struct type *type)
{
    buf_printf(out, "%s%s" TEXT_FMT, word, word[0] == 0 ? "" : " ", TEXT_ARG(name));
    if (type == NULL || type->kind == TYPE_POISON)
        return;
    buf_chars(out, ": ");
    type_write(out, type);
}

struct text node_doc(const struct node *node)
{
    return node == NULL ? (struct text){"", 0} : node->doc;
}

static void write_declaration(struct buf *out, const struct thing *thing)
{
    const struct node *node = thing->node;
    switch (thing->kind) {
    case THING_TYPE:
    case THING_EVENT:
    case THING_OPERATION:
    case THING_POLICY:
    case THING_SETTING:
    case THING_FUNCTION:
    case THING_CASE:
    case THING_ERROR:
    case THING_CALENDAR:
    case THING_MEASURE:
        if (node != NULL) {
            write_code(out, node->span, node->span.to);
            return;
        }
        break;
    case THING_FLOW:
    case THING_STATE:
    case THING_LETTER:
    case THING_ADAPTER:
    case THING_ENVIRONMENT:
    case THING_TEST:
    case THING_ANSWER:
        if (node != NULL) {
            write_code(out, node->span, header_end(node));
            return;
        }
        break;
    case THING_VARIABLE:
        write_typed(out, "var", thing->name, thing->type);
        return;
    case THING_FIELD:
    case THING_PARAMETER:
        write_typed(out, "", thing->name, thing->type);
        return;
    case THING_LOCAL:
        write_typed(out, "let", thing->name, thing->type);
        return;
    case THING_FILE:
    case THING_EFFECT:
    case THING_BRANCH:
    case THING_MARK:
    case THING_ROLE:
    case THING_KINDS:
        break;
    }
    write_typed(out, thing_word(thing->kind), thing->name, thing->type);
}

/* "Of `erp`, in systems.flow": where one would have to look. */
static void write_where(struct buf *out, const struct thing *thing)
{
    if (thing->owner != NULL && thing->owner->name.n > 0 && thing->kind != THING_VARIABLE)
        buf_printf(out, "\n\nOf `" TEXT_FMT "`.", TEXT_ARG(thing->owner->name));
    if (thing->is_fixed && thing->kind != THING_FILE)
        buf_chars(out, "\n\nBuilt in.");
}

void thing_describe(struct buf *out, const struct thing *thing)
{
    buf_chars(out, "```flow\n");
    write_declaration(out, thing);
    buf_chars(out, "\n```");
    write_where(out, thing);
    struct text doc = node_doc(thing->node);
    if (doc.n > 0)
        buf_printf(out, "\n\n" TEXT_FMT, TEXT_ARG(doc));
}

void symbol_line(struct buf *out, const struct symbol *symbol)
{
    buf_char(out, '(');
    for (uint32_t i = 0; i < symbol->params_n; i++) {
        buf_chars(out, i > 0 ? ", " : "");
        write_typed(out, "", symbol->params[i]->name, symbol->params[i]->type);
    }
    buf_char(out, ')');
    if (symbol->type == NULL || symbol->type->kind == TYPE_POISON)
        return;
    buf_chars(out, symbol->kind == SYMBOL_FUNCTION ? ": " : " gives ");
    type_write(out, symbol->type);
}

void symbol_describe(struct buf *out, const struct symbol *symbol)
{
    const struct thing thing = {.kind = symbol->kind == SYMBOL_FLOW    ? THING_FLOW
                                        : symbol->kind == SYMBOL_STATE ? THING_STATE
                                                                       : THING_OPERATION,
                                .name = symbol->name,
                                .node = symbol->node,
                                .type = symbol->type,
                                .owner =
                                    symbol->owner == NULL ? NULL : symbol->owner->node};
    thing_describe(out, &thing);
}
