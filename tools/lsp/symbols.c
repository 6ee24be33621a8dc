/* What a text declares, as an outline; and things by name, wherever they are declared. */
#include <strings.h>

#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"

static const int protocol_kinds[] = {
#define THING(kind, word, token, symbol) symbol,
#include "tools/lsp/things.def"
#undef THING
};

/* What stands in an outline, and as what. */
static bool outlined(const struct node *node, enum thing_kind *kind)
{
    switch ((int)node->kind) {
    case NODE_RECORD_DECL:
    case NODE_VARIANT_DECL:
    case NODE_ALIAS_DECL:
    case NODE_SCHEMA_DECL:
        *kind = THING_TYPE;
        return true;
    case NODE_FIELD:
        *kind = THING_FIELD;
        return true;
    case NODE_CASE:
        *kind = THING_CASE;
        return true;
    case NODE_EVENT:
        *kind = THING_EVENT;
        return true;
    case NODE_ADAPTER:
    case NODE_BIND_ADAPTER:
        *kind = THING_ADAPTER;
        return true;
    case NODE_OPERATION:
        *kind = THING_OPERATION;
        return true;
    case NODE_POLICY:
        *kind = THING_POLICY;
        return true;
    case NODE_SETTING:
    case NODE_BIND_SETTING:
        *kind = THING_SETTING;
        return true;
    case NODE_FUNCTION:
        *kind = THING_FUNCTION;
        return true;
    case NODE_FLOW:
        *kind = THING_FLOW;
        return true;
    case NODE_STATE:
    case NODE_FINAL:
        *kind = THING_STATE;
        return true;
    case NODE_DEAD_LETTER:
        *kind = THING_LETTER;
        return true;
    case NODE_VAR:
        *kind = THING_VARIABLE;
        return true;
    case NODE_ON:
        *kind = THING_EVENT;
        return true;
    case NODE_TEST:
    case NODE_EXPLORE:
        *kind = THING_TEST;
        return true;
    case NODE_ENVIRONMENT:
        *kind = THING_ENVIRONMENT;
        return true;
    case NODE_BIND_CALENDAR:
        *kind = THING_CALENDAR;
        return true;
    case NODE_BIND_ROLE:
        *kind = THING_ROLE;
        return true;
    }
    return false;
}

static struct span name_span(const struct node *node)
{
    if (node->name_span.source != NULL)
        return node->name_span;
    if (node->kind == NODE_ON)
        return node->target->target->span;
    return node->value != NULL ? node->value->span : node->span;
}

static struct text name_text(struct lsp *lsp, const struct node *node)
{
    if (node->kind == NODE_ON)
        return text_of(arena_printf(lsp->answer, "on " TEXT_FMT,
                                    TEXT_ARG(node->target->target->name)));
    if (node->kind == NODE_TEST || node->kind == NODE_EXPLORE)
        return node->value->name.n > 0 ? node->value->name : TEXT("test");
    return node->name.n > 0 ? node->name : TEXT("?");
}

static json_t *outline(struct lsp *lsp, struct nodes list)
{
    json_t *all = json_array();
    enum thing_kind kind;
    node_each(node, list)
    {
        if (!outlined(node, &kind))
            continue;
        struct span span = span_join(node->span, name_span(node));
        json_t *one =
            json_pack("{s:o,s:i,s:o,s:o}", "name", json_text(name_text(lsp, node)),
                      "kind", protocol_kinds[kind], "range", place_range(lsp, span),
                      "selectionRange", place_range(lsp, name_span(node)));
        json_t *children = outline(lsp, node->items);
        if (json_array_size(children) > 0)
            json_object_set_new(one, "children", children);
        else
            json_decref(children);
        json_array_append_new(all, one);
    }
    return all;
}

json_t *ask_symbols(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    return draft == NULL ? NULL
                         : outline(lsp, draft_reading(lsp, draft)->own->file->items);
}

/* ---- of the workspace ---- */

/* Are the letters of `asked` in `name`, in that order? */
static bool is_like(struct text name, struct text asked)
{
    size_t k = 0;
    for (size_t i = 0; i < name.n && k < asked.n; i++)
        k += strncasecmp(&name.chars[i], &asked.chars[k], 1) == 0;
    return k == asked.n;
}

static void list_like(struct lsp *lsp, json_t *all, struct nodes list, struct text asked,
                      struct text inside)
{
    enum { SYMBOLS_MAX = 500 };
    enum thing_kind kind;
    node_each(node, list)
    {
        if (!outlined(node, &kind) || json_array_size(all) >= SYMBOLS_MAX)
            continue;
        struct text name = name_text(lsp, node);
        if (is_like(name, asked) && node->kind != NODE_ON)
            json_array_append_new(all,
                                  json_pack("{s:o,s:i,s:o,s:o}", "name", json_text(name),
                                            "kind", protocol_kinds[kind], "location",
                                            place_location(lsp, name_span(node)),
                                            "containerName", json_text(inside)));
        list_like(lsp, all, node->items, asked, name);
    }
}

json_t *ask_workspace_symbols(struct lsp *lsp, const json_t *params)
{
    struct text asked = json_text_of(json_object_get(params, "query"));
    json_t *all = json_array();
    drafts_read_folders(lsp);
    for (uint32_t i = 0; i < lsp->drafts.n; i++) {
        struct draft *draft = lsp->drafts.at[i];
        if (draft->memory == NULL)
            continue;
        const struct module *module = draft_reading(lsp, draft)->own;
        list_like(lsp, all, module->file->items, asked, module->name);
    }
    return all;
}
