/* Things that have names: one for each, however often it is mentioned. */
#include "tools/lsp/thing.h"

#include "engine/base/arena.h"

const char *thing_word(enum thing_kind kind)
{
    static const char *const words[] = {
#define THING(kind, word, token, symbol) word,
#include "tools/lsp/things.def"
#undef THING
    };
    return words[kind];
}

static const struct thing *put(struct things *things, const struct thing *like)
{
    struct thing *thing = map_get(things->by_key, like->key);
    if (thing == NULL) {
        thing = arena_copy(things->memory, like, sizeof *like);
        map_put(things->by_key, thing->key, thing);
    }
    return thing;
}

const struct thing *thing_declared_at(struct things *things, struct thing like,
                                      struct span name)
{
    if (name.source == NULL)
        return NULL;
    like.key = text_of(arena_printf(things->memory, TEXT_FMT ":%u",
                                    TEXT_ARG(name.source->path), name.from));
    return put(things, &like);
}

const struct thing *thing_named(struct things *things, enum thing_kind kind,
                                struct text name, const struct node *flow,
                                const struct node *node)
{
    struct thing like = {.kind = kind, .name = name, .node = node};
    const char *of =
        flow == NULL ? ""
                     : arena_printf(things->memory, TEXT_FMT ":%u",
                                    TEXT_ARG(flow->span.source->path), flow->span.from);
    like.key = text_of(
        arena_printf(things->memory, "%d " TEXT_FMT " %s", kind, TEXT_ARG(name), of));
    return put(things, &like);
}

const struct thing *thing_built_in(struct things *things, enum thing_kind kind,
                                   struct text name, const struct symbol *symbol)
{
    struct thing like = {.kind = kind,
                         .name = name,
                         .symbol = symbol,
                         .type = symbol == NULL ? NULL : symbol->type,
                         .is_fixed = true};
    like.key = text_of(
        arena_printf(things->memory, "built in %d " TEXT_FMT, kind, TEXT_ARG(name)));
    return put(things, &like);
}

const struct thing *thing_file(struct things *things, const struct module *module)
{
    struct thing like = {.kind = THING_FILE,
                         .key = module->source->path,
                         .name = module->name,
                         .node = module->file,
                         .is_fixed = true};
    return put(things, &like);
}

/* ---- what stands for what ---- */

struct span thing_name_span(const struct node *node, struct text name)
{
    if (node->name_span.source != NULL && text_is(span_text(node->name_span), name))
        return node->name_span;
    return text_is(node->as, name) ? node->as_span : (struct span){0};
}

static const struct node *variant_node(const struct type *variant)
{
    const struct node *node = variant == NULL ? NULL : variant->declared;
    for (int i = 0; i < 64 && node != NULL && node->kind == NODE_ALIAS_DECL; i++)
        node = node->type_of->type == NULL ? NULL : node->type_of->type->declared;
    return node;
}

const struct node *field_node(const struct type *record, struct text name)
{
    const struct node *node = variant_node(record);
    if (node == NULL)
        return NULL;
    struct nodes fields = node->params.n > 0 ? node->params : node->items;
    node_each(field, fields)
    {
        bool is_field = field->kind == NODE_FIELD || field->kind == NODE_PARAM;
        if (is_field && text_is(field->name, name))
            return field;
    }
    return NULL;
}

const struct thing *thing_field(struct things *things, const struct type *record,
                                struct text name)
{
    const struct node *node = field_node(record, name);
    if (node == NULL)
        return NULL;
    struct thing like = {.kind = THING_FIELD,
                         .name = name,
                         .node = node,
                         .type = node->type_of->type,
                         .owner = variant_node(record)};
    return thing_declared_at(things, like, node->name_span);
}

const struct thing *thing_case(struct things *things, const struct type *variant,
                               struct text name)
{
    const struct node *node = variant_node(variant);
    if (node == NULL || node->kind != NODE_VARIANT_DECL)
        return NULL;
    node_each(one, node->items) if (text_is(one->name, name))
    {
        struct thing like = {.kind = THING_CASE,
                             .name = name,
                             .node = one,
                             .type = variant,
                             .owner = node};
        return thing_declared_at(things, like, one->name_span);
    }
    return NULL;
}

/* `undo x`: what the call is known by. */
static const struct thing *effect(struct things *things, const struct symbol *symbol,
                                  const struct node *flow)
{
    const struct node *step = symbol->node;
    if (step->kind == NODE_ATTEMPT) {
        struct thing like = {
            .kind = THING_EFFECT, .name = symbol->name, .node = step, .symbol = symbol};
        return thing_declared_at(things, like, step->name_span);
    }
    if (step->as.n == 0)
        return thing_of(things, step->target->symbol, flow);
    return thing_of(things, step->symbol != NULL ? step->symbol : step->declares, flow);
}

static enum thing_kind kind_of(const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_TYPE:
        return THING_TYPE;
    case SYMBOL_EVENT:
        return THING_EVENT;
    case SYMBOL_ERROR:
        return THING_ERROR;
    case SYMBOL_ADAPTER:
        return THING_ADAPTER;
    case SYMBOL_OPERATION:
        return THING_OPERATION;
    case SYMBOL_POLICY:
        return THING_POLICY;
    case SYMBOL_SETTING:
        return THING_SETTING;
    case SYMBOL_FUNCTION:
    case SYMBOL_BUILTIN:
        return THING_FUNCTION;
    case SYMBOL_FLOW:
        return THING_FLOW;
    case SYMBOL_STATE:
        return THING_STATE;
    case SYMBOL_DEAD_LETTER:
        return THING_LETTER;
    case SYMBOL_PARAMETER:
        return THING_PARAMETER;
    case SYMBOL_VARIABLE:
        return THING_VARIABLE;
    case SYMBOL_LOCAL:
    case SYMBOL_PROBLEM:
    case SYMBOL_NOW:
        return THING_LOCAL;
    case SYMBOL_CASE:
        return THING_CASE;
    case SYMBOL_MARK:
        return THING_MARK;
    case SYMBOL_CALENDAR:
        return THING_CALENDAR;
    case SYMBOL_MODULE:
        return THING_FILE;
    case SYMBOL_NAMED_EFFECT:
        return THING_EFFECT;
    }
    return THING_LOCAL;
}

const struct thing *thing_of(struct things *things, const struct symbol *symbol,
                             const struct node *flow)
{
    if (symbol == NULL)
        return NULL;
    if (symbol->kind == SYMBOL_ERROR)
        return thing_named(things, THING_ERROR, symbol->name, NULL, symbol->node);
    if (symbol->kind == SYMBOL_CASE)
        return thing_case(things, symbol->type, symbol->name);
    if (symbol->kind == SYMBOL_MARK)
        return thing_named(things, THING_MARK, symbol->name, flow, symbol->node);
    if (symbol->node == NULL || symbol->kind == SYMBOL_MODULE)
        return thing_built_in(things, kind_of(symbol), symbol->name, symbol);
    if (symbol->kind == SYMBOL_NAMED_EFFECT)
        return effect(things, symbol, flow);
    struct thing like = {.kind = kind_of(symbol),
                         .name = symbol->name,
                         .node = symbol->node,
                         .symbol = symbol,
                         .type = symbol->type,
                         .owner = symbol->owner == NULL ? NULL : symbol->owner->node};
    struct span name = thing_name_span(symbol->node, symbol->name);
    return name.source != NULL ? thing_declared_at(things, like, name)
                               : thing_built_in(things, like.kind, like.name, symbol);
}
