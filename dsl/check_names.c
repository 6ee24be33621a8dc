/* Names: what each file declares, and what it sees of others. */
#include "dsl/check_in.h"
#include "dsl/parse.h"

struct symbol *check_symbol(struct check *c, enum symbol_kind kind, struct text name,
                            const struct node *node)
{
    struct symbol *symbol = arena_new_of(c->compile, struct symbol);
    symbol->kind = kind;
    symbol->name = name;
    symbol->node = node;
    symbol->serial = c->program->serials++;
    return symbol;
}

struct symbol *check_unknown(struct check *c, struct span at, const char *what,
                             struct text name, const struct scope *scope, uint32_t kinds)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0101, at,
                                 "there is no %s `" TEXT_FMT "`", what, TEXT_ARG(name));
    struct near near = near_to(name);
    near_try_scope(&near, scope, kinds);
    const uint32_t of_files = 1U << SYMBOL_ADAPTER | 1U << SYMBOL_SETTING |
                              1U << SYMBOL_EVENT | 1U << SYMBOL_FLOW |
                              1U << SYMBOL_POLICY;
    if (!near_say(c, diag, at, &near) && (kinds & of_files) != 0)
        diag_help(c->diags, diag,
                  "use NAME     at the top of this file, when NAME.flow declares it");
    if (!near_is_sure(&near) || near.symbol == NULL)
        return NULL;
    near.symbol->uses++;
    return near.symbol;
}

static void say_taken(struct check *c, struct text name, struct span at,
                      const struct symbol *other)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_F0109, at, "`" TEXT_FMT "` is taken", TEXT_ARG(name));
    if (other->node != NULL)
        diag_also(c->diags, diag,
                  other->node->name_span.source != NULL &&
                          text_is(span_text(other->node->name_span), name)
                      ? other->node->name_span
                  : text_is(other->node->as, name) ? other->node->as_span
                                                   : other->node->span,
                  "declared here");
}

/* Expressions read these names bare, so they may not be words of the language (L1). */
void check_readable(struct check *c, struct text name, struct span at)
{
    if (!parse_is_keyword(name))
        return;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0008, at, "`" TEXT_FMT "` is a word of the language",
                 TEXT_ARG(name));
    diag_label(c->diags, diag, "expressions could not read it");
}

struct symbol *check_bind(struct check *c, enum symbol_kind kind, struct text name,
                          struct span at, const struct node *node,
                          const struct type *type)
{
    const struct symbol *other = scope_find_kind(c->scope, kind, name);
    if (other != NULL && other->kind != SYMBOL_SETTING && other->kind != SYMBOL_NOW &&
        other->kind != SYMBOL_PROBLEM)
        say_taken(c, name, at, other);
    check_readable(c, name, at);
    struct symbol *symbol = check_symbol(c, kind, name, node);
    symbol->type = type;
    scope_put(c->scope, symbol);
    return symbol;
}

/* ---- what a file declares ---- */

static struct symbol *declare(struct check *c, enum symbol_kind kind, struct node *node)
{
    const struct symbol *other = scope_find_kind_here(c->module->scope, kind, node->name);
    if (other != NULL)
        say_taken(c, node->name, node->name_span, other);
    struct symbol *symbol = check_symbol(c, kind, node->name, node);
    node->declares = symbol;
    scope_put(c->module->scope, symbol);
    return symbol;
}

static struct type *open_type(struct check *c, struct node *node, enum type_kind kind)
{
    struct type *type = arena_new_of(c->compile, struct type);
    type->kind = kind;
    type->name = node->name;
    type->declared = node;
    type->scale = TYPE_SCALE_FREE;
    declare(c, node->kind == NODE_EVENT ? SYMBOL_EVENT : SYMBOL_TYPE, node)->type = type;
    return type;
}

static void declare_cases(struct check *c, struct node *node)
{
    node_each(one, node->items)
    {
        if (scope_find_kind_here(c->module->scope, SYMBOL_CASE, one->name) != NULL)
            continue; /* which one is meant is told by the type that is wanted */
        struct symbol *symbol = check_symbol(c, SYMBOL_CASE, one->name, one);
        symbol->owner = node->declares;
        symbol->type = node->declares->type;
        symbol->position = 0;
        scope_put(c->module->scope, symbol);
    }
}

static void declare_adapter(struct check *c, struct node *node)
{
    struct symbol *adapter = declare(c, SYMBOL_ADAPTER, node);
    adapter->members = map_new(c->compile);
    node_each(item, node->items)
    {
        if (item->kind != NODE_OPERATION)
            continue;
        struct symbol *operation = check_symbol(c, SYMBOL_OPERATION, item->name, item);
        operation->owner = adapter;
        item->declares = operation;
        const struct symbol *other = map_get(adapter->members, item->name);
        if (other != NULL)
            say_taken(c, item->name, item->name_span, other);
        map_put(adapter->members, item->name, operation);
    }
}

void check_declare(struct check *c)
{
    node_each(node, c->module->file->items)
    {
        switch ((int)node->kind) {
        case NODE_RECORD_DECL:
        case NODE_EVENT:
        case NODE_SCHEMA_DECL:
            open_type(c, node, TYPE_RECORD);
            break;
        case NODE_VARIANT_DECL:
            open_type(c, node, TYPE_VARIANT);
            declare_cases(c, node);
            break;
        case NODE_ALIAS_DECL:
            open_type(c, node, TYPE_POISON);
            break;
        case NODE_ADAPTER:
            declare_adapter(c, node);
            break;
        case NODE_POLICY:
            declare(c, SYMBOL_POLICY, node);
            break;
        case NODE_SETTING:
            check_readable(c, node->name, node->name_span);
            declare(c, SYMBOL_SETTING, node);
            break;
        case NODE_FUNCTION:
            declare(c, SYMBOL_FUNCTION, node);
            break;
        case NODE_FLOW:
            declare(c, SYMBOL_FLOW, node);
            break;
        }
    }
}

/* ---- what it sees of others ---- */

static struct module *module_named(struct check *c, struct text name)
{
    for (uint32_t i = 0; i < c->program->modules_n; i++)
        if (text_is(c->program->modules[i]->name, name) &&
            !c->program->modules[i]->is_binding)
            return c->program->modules[i];
    return NULL;
}

void check_use(struct check *c)
{
    struct scope *imports = c->module->scope->outer;
    node_each(node, c->module->file->items)
    {
        if (node->kind != NODE_USE)
            continue;
        const struct module *used = module_named(c, node->target->name);
        if (used == NULL)
            continue; /* said when it was looked for */
        if (node->as.n > 0) {
            struct symbol *symbol = check_symbol(c, SYMBOL_MODULE, node->as, used->file);
            scope_put(c->module->scope, symbol);
            continue;
        }
        for (uint32_t i = 0; i < map_count(used->scope->names); i++) {
            struct symbol *symbol = map_item_at(used->scope->names, i);
            if (symbol->kind != SYMBOL_MODULE &&
                scope_find_kind_here(imports, symbol->kind, symbol->name) == NULL)
                scope_put(imports, symbol);
        }
    }
}

/* ---- the types of what is declared ---- */

static void fill_record(struct check *c, struct node *node)
{
    const struct type *fields = check_params_record(c, node->name, node->items, node);
    struct type *type = (struct type *)node->declares->type;
    type->fields = fields->fields;
    type->fields_n = fields->fields_n;
}

static void fill_variant(struct check *c, struct node *node)
{
    struct type *type = (struct type *)node->declares->type;
    type->cases = arena_array(c->compile, struct type_case, node->items.n);
    type->cases_n = 0;
    node_each(one, node->items)
    {
        const struct type *record =
            one->params.n == 0
                ? NULL
                : check_params_record(c, (struct text){"", 0}, one->params, one);
        one->position = (int32_t)type->cases_n;
        struct symbol *symbol =
            scope_find_kind_here(c->module->scope, SYMBOL_CASE, one->name);
        if (symbol != NULL && symbol->node == one)
            symbol->position = type->cases_n;
        if (type_case_find(type, one->name) >= 0)
            diag_add(c->diags, DIAG_F0109, one->name_span,
                     "there are two cases `" TEXT_FMT "`", TEXT_ARG(one->name));
        type->cases[type->cases_n++] = (struct type_case){one->name, record};
    }
}

/* An alias becomes what it stands for, under its own name. */
static void fill_alias(struct check *c, struct node *node)
{
    struct type *type = (struct type *)node->declares->type;
    const struct type *base = check_type(c, node->type_of);
    *type = *base;
    type->name = node->name;
    type->declared = node;
    if (node->where != NULL) {
        type->refinement = node->where;
        type->base = base;
    }
}

static void fill_params(struct check *c, struct symbol *symbol, const struct node *node)
{
    symbol->params = arena_array(c->compile, struct symbol *, node->params.n + 1);
    node_each(param, node->params)
    {
        struct symbol *one = check_symbol(c, SYMBOL_PARAMETER, param->name, param);
        check_readable(c, param->name, param->name_span);
        one->type = check_type(c, param->type_of);
        one->position = symbol->params_n;
        param->declares = one;
        param->position = (int32_t)symbol->params_n;
        symbol->params[symbol->params_n++] = one;
    }
}

static void fill_function(struct check *c, struct node *node)
{
    struct symbol *symbol = node->declares;
    symbol->type = check_type(c, node->type_of);
    fill_params(c, symbol, node);
}

static void fill_errors(struct check *c, struct symbol *symbol, const struct node *node)
{
    for (struct node *clause = node_clause(node, NODE_FAILS_WITH); clause != NULL;
         clause = node_clause_next(clause, NODE_FAILS_WITH)) {
        struct symbol **errors =
            arena_array(c->compile, struct symbol *, symbol->errors_n + clause->items.n);
        for (uint32_t i = 0; i < symbol->errors_n; i++)
            errors[i] = symbol->errors[i];
        symbol->errors = errors;
        node_each(error, clause->items)
        {
            struct symbol *one = check_symbol(c, SYMBOL_ERROR, error->name, error);
            one->type = check_params_record(c, error->name, error->params, error);
            error->declares = one;
            symbol->errors[symbol->errors_n++] = one;
        }
    }
}

static void fill_operations(struct check *c, struct node *node)
{
    node_each(item, node->items)
    {
        if (item->kind != NODE_OPERATION)
            continue;
        struct symbol *symbol = item->declares;
        symbol->type = item->type_of == NULL ? NULL : check_type(c, item->type_of);
        symbol->params = arena_array(c->compile, struct symbol *, item->params.n + 1);
        node_each(param, item->params)
        {
            struct symbol *one = check_symbol(c, SYMBOL_PARAMETER, param->name, param);
            one->type = check_type(c, param->type_of);
            one->position = symbol->params_n;
            param->declares = one;
            param->position = (int32_t)symbol->params_n;
            symbol->params[symbol->params_n++] = one;
        }
        fill_errors(c, symbol, item);
    }
}

void check_flow_signature(struct check *c, struct node *flow)
{
    struct symbol *symbol = flow->declares;
    symbol->type = flow->type_of == NULL ? NULL : check_type(c, flow->type_of);
    fill_params(c, symbol, flow);
    fill_errors(c, symbol, flow);
}

/* Those that stand for nothing yet, once more; how many still do. */
static uint32_t fill_aliases_once(struct check *c, struct node **one)
{
    uint32_t left = 0;
    node_each(node, c->module->file->items)
    {
        if (node->kind != NODE_ALIAS_DECL || node->declares->type->kind != TYPE_POISON)
            continue;
        fill_alias(c, node);
        if (node->declares->type->kind == TYPE_POISON && left++ == 0)
            *one = node;
    }
    return left;
}

/* Aliases first, in an order in which each is after what it stands for: again, as long as
 * that brings on one more. */
static void fill_aliases(struct check *c)
{
    uint32_t before = c->diags->n, dropped = c->diags->dropped, left = UINT32_MAX, was;
    struct node *one = NULL;
    do {
        c->diags->n = before;
        c->diags->dropped = dropped;
        was = left;
        left = fill_aliases_once(c, &one);
    } while (left > 0 && left < was);
    if (left == 0 || c->diags->n > before || c->diags->dropped > dropped)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0101, one->name_span,
                                 "`" TEXT_FMT "` stands for itself", TEXT_ARG(one->name));
    diag_label(c->diags, diag, "what it is said to be leads back to it");
}

/* A record or variant may have been filled after an alias took its shape. */
static void finish_aliases(struct check *c)
{
    node_each(node, c->module->file->items)
    {
        if (node->kind != NODE_ALIAS_DECL)
            continue;
        struct type *type = (struct type *)node->declares->type;
        const struct type *base = node->type_of->type;
        type->fields = base->fields;
        type->fields_n = base->fields_n;
        type->cases = base->cases;
        type->cases_n = base->cases_n;
    }
}

void check_declarations(struct check *c)
{
    fill_aliases(c);
    node_each(node, c->module->file->items)
    {
        switch ((int)node->kind) {
        case NODE_RECORD_DECL:
        case NODE_EVENT:
            fill_record(c, node);
            break;
        case NODE_VARIANT_DECL:
            fill_variant(c, node);
            break;
        case NODE_ADAPTER:
            fill_operations(c, node);
            break;
        case NODE_SETTING:
            node->declares->type = check_type(c, node->type_of);
            break;
        case NODE_FUNCTION:
            fill_function(c, node);
            break;
        case NODE_FLOW:
            check_flow_signature(c, node);
            break;
        }
    }
    finish_aliases(c);
}
