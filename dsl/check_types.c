/* Types as written. */
#include "dsl/check_in.h"
#include "engine/base/decimal.h"

static const struct {
    const char *name;
    const struct type *type;
} plain_types[] = {{"text", &type_text},         {"bool", &type_bool},
                   {"int", &type_int},           {"decimal", &type_decimal},
                   {"money", &type_money},       {"date", &type_date},
                   {"instant", &type_instant},   {"duration", &type_duration},
                   {"workdays", &type_workdays}, {"json", &type_json}};

static struct type *changed(struct check *c, const struct type *type)
{
    return arena_copy(c->compile, type, sizeof *type);
}

static const struct type *scaled(struct check *c, struct node *node)
{
    struct type *type = changed(c, &type_decimal);
    type->scale = (int32_t)node->other->number;
    if (node->other->number <= DECIMAL_DIGITS_MAX)
        return type;
    diag_add(c->diags, DIAG_F0107, node->other->span, "a decimal has at most %d places",
             DECIMAL_DIGITS_MAX);
    return &type_poison;
}

static const struct type *in_currency(struct check *c, struct node *node)
{
    struct type *type = changed(c, &type_money);
    type->currency = node->other->name;
    bool is_code = type->currency.n == 3;
    for (size_t i = 0; i < type->currency.n; i++)
        is_code &= type->currency.chars[i] >= 'A' && type->currency.chars[i] <= 'Z';
    if (is_code)
        return type;
    diag_add(c->diags, DIAG_F0102, node->other->span, "`" TEXT_FMT "` is no currency",
             TEXT_ARG(type->currency));
    return &type_poison;
}

static const struct type *plain(struct check *c, struct node *node)
{
    for (size_t i = 0; i < sizeof plain_types / sizeof *plain_types; i++) {
        if (!text_is_chars(node->name, plain_types[i].name))
            continue;
        if (node->other == NULL)
            return plain_types[i].type;
        if (plain_types[i].type == &type_decimal && node->other->kind == NODE_INT)
            return scaled(c, node);
        if (plain_types[i].type == &type_money && node->other->kind == NODE_NAME)
            return in_currency(c, node);
        diag_add(c->diags, DIAG_F0102, node->other->span,
                 "`%s` takes nothing in brackets", plain_types[i].name);
        return &type_poison;
    }
    struct diag *diag = diag_add(c->diags, DIAG_F0101, node->span,
                                 "there is no type `" TEXT_FMT "`", TEXT_ARG(node->name));
    struct near near = near_to(node->name);
    for (size_t i = 0; i < sizeof plain_types / sizeof *plain_types; i++)
        near_try(&near, text_of(plain_types[i].name), NULL);
    near_try_scope(&near, c->scope, 1U << SYMBOL_TYPE);
    near_say(c, diag, node->name_span, &near);
    return &type_poison;
}

/* The scope a qualified name looks into: that of the file `c` in `c.Sku`. */
static const struct scope *qualified(struct check *c, const struct node *path)
{
    const struct symbol *module =
        scope_find_kind(c->scope, SYMBOL_MODULE, path->items.first->name);
    if (module == NULL) {
        check_unknown(c, path->span, "file is used as", path->items.first->name, c->scope,
                      1U << SYMBOL_MODULE);
        return NULL;
    }
    for (uint32_t i = 0; i < c->program->modules_n; i++)
        if (c->program->modules[i]->file == module->node)
            return c->program->modules[i]->scope;
    return NULL;
}

struct symbol *check_find_type(struct check *c, struct node *path, struct text name,
                               struct span at)
{
    const struct scope *scope = path == NULL ? c->scope : qualified(c, path);
    if (scope == NULL)
        return NULL;
    struct symbol *symbol = path == NULL ? scope_find_kind(scope, SYMBOL_TYPE, name)
                                         : scope_find_kind_here(scope, SYMBOL_TYPE, name);
    if (symbol == NULL)
        check_unknown(c, at, "type", name, scope, 1U << SYMBOL_TYPE | 1U << SYMBOL_EVENT);
    return symbol;
}

static const struct type *declared(struct check *c, struct node *node)
{
    struct symbol *symbol = check_find_type(c, node->target, node->name, node->name_span);
    node->symbol = symbol;
    if (symbol == NULL)
        return &type_poison;
    symbol->uses++;
    return symbol->type == NULL ? &type_poison : symbol->type;
}

static const struct type *with_flag(struct check *c, struct node *node, bool is_private)
{
    const struct type *inner = check_type(c, node->type_of);
    if (inner->kind == TYPE_POISON)
        return inner;
    struct type *type = changed(c, inner);
    if (is_private)
        type->is_private = true;
    else
        type->is_secret = true;
    return type;
}

static const struct type *map_type(struct check *c, struct node *node)
{
    const struct type *key = check_type(c, node->other);
    if (key->kind != TYPE_POISON && (!type_is_ordered(key) || key->kind == TYPE_MONEY))
        diag_add(c->diags, DIAG_F0102, node->other->span,
                 "the key of a map is text, a number or a date");
    return type_map(c->compile, key, check_type(c, node->type_of));
}

static const struct type *find_type(struct check *c, struct node *node)
{
    switch ((int)node->kind) {
    case NODE_TYPE_NAME:
        return node->target != NULL ||
                       (node->name.chars[0] >= 'A' && node->name.chars[0] <= 'Z')
                   ? declared(c, node)
                   : plain(c, node);
    case NODE_TYPE_OPTIONAL:
        return type_optional(c->compile, check_type(c, node->type_of));
    case NODE_TYPE_LIST:
        return type_list(c->compile, check_type(c, node->type_of));
    case NODE_TYPE_MAP:
        return map_type(c, node);
    case NODE_TYPE_PRIVATE:
        return with_flag(c, node, true);
    case NODE_TYPE_SECRET:
        return with_flag(c, node, false);
    }
    return &type_poison;
}

const struct type *check_type(struct check *c, struct node *node)
{
    if (node == NULL)
        return &type_poison;
    node->type = find_type(c, node);
    return node->type;
}

const struct type *check_params_record(struct check *c, struct text name,
                                       struct nodes params,
                                       const struct node *declared_by)
{
    struct type_field *fields = arena_array(c->compile, struct type_field, params.n + 1);
    uint32_t n = 0;
    node_each(param, params)
    {
        if (param->kind == NODE_ERROR)
            continue;
        for (uint32_t i = 0; i < n; i++)
            if (text_is(fields[i].name, param->name))
                diag_add(c->diags, DIAG_F0109, param->name_span,
                         "there are two `" TEXT_FMT "`", TEXT_ARG(param->name));
        param->position = (int32_t)n;
        fields[n++] =
            (struct type_field){param->name, check_type(c, param->type_of), param->value};
    }
    struct type *record = (struct type *)type_record(c->compile, name, fields, n);
    record->declared = declared_by;
    return record;
}

void check_refinement(struct check *c, struct node *alias)
{
    if (alias->where == NULL || alias->type_of->type == NULL)
        return;
    struct scope *outer = c->scope;
    c->scope = scope_new(c->compile, outer);
    check_bind(c, SYMBOL_LOCAL, TEXT("it"), alias->name_span, alias,
               alias->type_of->type);
    c->facts = NULL;
    check_condition(c, alias->where);
    c->scope = outer;
}
