/* Beside the text: how each effect is put back, and what can be run. */
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"
#include "tools/lsp/tree.h"

struct hinting {
    struct lsp *lsp;
    const struct source *source;
    uint32_t from; /* bytes */
    uint32_t to;
    json_t *all;
};

/* How it is put back, in a few words; NULL where there is nothing to say. */
static const char *undo_words(struct lsp *lsp, const struct node *call)
{
    const struct symbol *operation = call->target->symbol;
    if (node_clause(call, NODE_UNDONE_BY) != NULL)
        return NULL; /* it is written there */
    if (call->kind == NODE_RUN)
        return node_clause(call, NODE_NEVER_UNDONE) == NULL ? "undone by its own undo"
                                                            : NULL;
    if (call->kind != NODE_CALL || operation == NULL || operation->node == NULL ||
        operation->kind != SYMBOL_OPERATION || !operation->node->flag ||
        node_clause(call, NODE_NEVER_UNDONE) != NULL)
        return NULL;
    const struct node *undo = node_clause(operation->node, NODE_UNDONE_BY_OP);
    if (undo != NULL)
        return arena_printf(lsp->answer, "undone by " TEXT_FMT, TEXT_ARG(undo->name));
    return node_clause(operation->node, NODE_IRREVERSIBLE) != NULL ? "irreversible"
                                                                   : NULL;
}

static void hint(void *context, const struct node *node)
{
    struct hinting *h = context;
    bool may_undo = node->kind == NODE_CALL || node->kind == NODE_RUN;
    const char *words = may_undo ? undo_words(h->lsp, node) : NULL;
    if (words != NULL && node->target->span.source == h->source &&
        node->target->span.from >= h->from && node->target->span.from <= h->to) {
        uint32_t line = node->target->span.line;
        struct text text = text_trim(source_line(h->source, line));
        uint32_t end = (uint32_t)(text.chars + text.n - h->source->text.chars);
        json_array_append_new(
            h->all,
            json_pack("{s:o,s:s,s:b,s:s}", "position", place_of(h->lsp, h->source, end),
                      "label", words, "paddingLeft", 1, "tooltip",
                      "how this effect is put back, when all is undone"));
    }
    tree_children(node, hint, h);
}

json_t *ask_hints(struct lsp *lsp, const json_t *params)
{
    const json_t *range = json_object_get(params, "range");
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return NULL;
    const struct module *own = draft_reading(lsp, draft)->own;
    struct hinting h = {.lsp = lsp, .source = own->source, .all = json_array()};
    if (!place_offset(lsp, draft->text, json_object_get(range, "start"), &h.from) ||
        !place_offset(lsp, draft->text, json_object_get(range, "end"), &h.to)) {
        json_decref(h.all);
        return lsp_refuse(lsp, LSP_INVALID_PARAMS, "`range` is {start, end}");
    }
    hint(&h, own->file);
    return h.all;
}

static json_t *lens(struct lsp *lsp, const struct draft *draft, struct span at,
                    const char *title, const char *command, struct text name)
{
    return json_pack("{s:o,s:{s:s,s:s,s:[o,o]}}", "range", place_range(lsp, at),
                     "command", "title", title, "command", command, "arguments",
                     json_text(draft->uri), json_text(name));
}

json_t *ask_lenses(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return NULL;
    json_t *all = json_array();
    node_each(node, draft_reading(lsp, draft)->own->file->items)
    {
        if (node->kind == NODE_TEST)
            json_array_append_new(all, lens(lsp, draft, node->value->span, "run test",
                                            "orderly.runTest", node->value->name));
        else if (node->kind == NODE_FLOW)
            json_array_append_new(all, lens(lsp, draft, node->name_span, "show graph",
                                            "orderly.showGraph", node->name));
    }
    return all;
}
