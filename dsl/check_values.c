/* Names in expressions, and what is made of arguments: calls, records, cases. */
#include "dsl/check_in.h"

#include <regex.h>
#include <stdio.h>

bool check_pattern_matches(struct text pattern, struct text value, bool *matches)
{
    enum { PATTERN_BYTES = 1024 };
    char whole[PATTERN_BYTES + 8], subject[PATTERN_BYTES];
    regex_t compiled;
    if (pattern.n >= PATTERN_BYTES || value.n >= PATTERN_BYTES ||
        memchr(pattern.chars, 0, pattern.n) != NULL ||
        memchr(value.chars, 0, value.n) != NULL)
        return false;
    snprintf(whole, sizeof whole, "^(" TEXT_FMT ")$", TEXT_ARG(pattern));
    snprintf(subject, sizeof subject, TEXT_FMT, TEXT_ARG(value));
    if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    *matches = regexec(&compiled, subject, 0, NULL, 0) == 0;
    regfree(&compiled);
    return true;
}

/* ---- names ---- */

/* The variant whose case is meant: the one that is wanted, else the one that is seen. */
static const struct type *variant_of(struct check *c, struct text name,
                                     const struct type *hint, struct symbol **symbol)
{
    *symbol = scope_find_kind(c->scope, SYMBOL_CASE, name);
    const struct type *wanted = hint == NULL ? NULL : type_present(hint);
    if (wanted != NULL && wanted->kind == TYPE_VARIANT &&
        type_case_find(wanted, name) >= 0) {
        if (*symbol == NULL || !type_same((*symbol)->type, wanted)) {
            *symbol = check_symbol(c, SYMBOL_CASE, name, NULL);
            (*symbol)->type = wanted;
            (*symbol)->position = (uint32_t)type_case_find(wanted, name);
        }
        return wanted;
    }
    return *symbol == NULL ? NULL : (*symbol)->type;
}

bool check_is_case(struct check *c, const struct node *node)
{
    if (node->kind != NODE_NAME && node->kind != NODE_APPLY)
        return false;
    if (node->kind == NODE_NAME &&
        scope_find_kind(c->scope, SYMBOL_LOCAL, node->name) != NULL)
        return false;
    if (node->kind == NODE_APPLY &&
        (scope_find_kind(c->scope, SYMBOL_FUNCTION, node->name) != NULL))
        return false;
    return scope_find_kind(c->scope, SYMBOL_CASE, node->name) != NULL;
}

static const struct type *plain_case(struct check *c, struct node *node,
                                     const struct type *variant, struct symbol *symbol)
{
    int32_t at = type_case_find(variant, node->name);
    node->symbol = symbol;
    node->position = at;
    if (at >= 0 && variant->cases[at].record != NULL && !c->tests_case) {
        struct diag *diag = diag_add(c->diags, DIAG_F0110, node->span,
                                     "`" TEXT_FMT "` carries data", TEXT_ARG(node->name));
        struct buf out;
        buf_init(&out, c->compile);
        buf_text(&out, node->name);
        type_write(&out, variant->cases[at].record);
        diag_help(c->diags, diag, TEXT_FMT, TEXT_ARG(buf_done(&out)));
    }
    return variant;
}

static const struct type *unknown_name(struct check *c, struct node *node,
                                       const struct type *hint)
{
    const struct type *wanted = hint == NULL ? NULL : type_present(hint);
    struct diag *diag = diag_add(c->diags, DIAG_F0101, node->span,
                                 "there is no `" TEXT_FMT "` here", TEXT_ARG(node->name));
    struct near near = near_to(node->name);
    if (wanted != NULL && wanted->kind == TYPE_VARIANT)
        near_try_cases(&near, wanted);
    if (near.best.n == 0)
        near_try_scope(&near, c->scope,
                       1U << SYMBOL_PARAMETER | 1U << SYMBOL_VARIABLE |
                           1U << SYMBOL_LOCAL | 1U << SYMBOL_SETTING | 1U << SYMBOL_CASE |
                           1U << SYMBOL_NOW);
    if (near_say(c, diag, node->span, &near))
        return &type_poison;
    if (scope_find_kind(c->scope, SYMBOL_FUNCTION, node->name) != NULL)
        diag_label(c->diags, diag, "a function wants its ( )");
    return &type_poison;
}

const struct type *check_name(struct check *c, struct node *node, const struct type *hint)
{
    struct symbol *symbol = scope_find_kind(c->scope, SYMBOL_LOCAL, node->name);
    if (symbol == NULL && text_is_chars(node->name, "problem") && c->in_dead_letter)
        symbol = scope_find_kind(c->program->builtins, SYMBOL_PROBLEM, node->name);
    if (symbol != NULL && symbol->kind == SYMBOL_PROBLEM && !c->in_dead_letter)
        symbol = NULL;
    if (symbol != NULL) {
        symbol->uses++;
        node->symbol = symbol;
        return symbol->type == NULL ? &type_poison : symbol->type;
    }
    struct symbol *one;
    const struct type *variant = variant_of(c, node->name, hint, &one);
    if (variant != NULL)
        return plain_case(c, node, variant, one);
    return unknown_name(c, node, hint);
}

/* ---- arguments ---- */

/* As many as are not understood may be what is missing. */
static void say_missing(struct check *c, struct span at, const char *what,
                        const struct type *record, const bool *given, uint32_t unknown)
{
    struct buf names;
    buf_init(&names, c->compile);
    uint32_t n = 0;
    for (uint32_t i = 0; i < record->fields_n; i++) {
        const struct type_field *field = &record->fields[i];
        if (given[i] || field->standard != NULL || field->type->kind == TYPE_OPTIONAL)
            continue;
        buf_printf(&names, "%s`" TEXT_FMT "`", n++ > 0 ? ", " : "",
                   TEXT_ARG(field->name));
    }
    if (n > unknown)
        diag_add(c->diags, DIAG_F0110, at, "%s wants " TEXT_FMT, what,
                 TEXT_ARG(buf_done(&names)));
}

static void say_no_such(struct check *c, const struct node *arg,
                        const struct type *record, const char *what)
{
    struct diag *diag = diag_add(c->diags, DIAG_F0101, arg->name_span,
                                 "%s has no `" TEXT_FMT "`", what, TEXT_ARG(arg->name));
    struct near near = near_to(arg->name);
    near_try_fields(&near, record);
    near_say(c, diag, arg->name_span, &near);
}

static void check_arg(struct check *c, struct node *arg, int32_t at,
                      const struct type *record, bool *given)
{
    if (given[at])
        diag_add(c->diags, DIAG_F0110, arg->span, "`" TEXT_FMT "` is given twice",
                 TEXT_ARG(record->fields[at].name));
    given[at] = true;
    arg->position = at;
    const struct type *wanted = record->fields[at].type;
    const struct type *type = check_want(c, arg->value, wanted);
    if (type->is_secret && !wanted->is_secret)
        diag_add(c->diags, DIAG_F0802, arg->value->span,
                 "a secret goes only where `secret` is declared");
}

void check_args(struct check *c, struct nodes args, const struct type *record,
                struct span at, const char *what, bool positional, bool all_needed)
{
    bool *given = arena_array(c->compile, bool, record->fields_n + 1);
    uint32_t next = 0, unknown = 0;
    node_each(arg, args)
    {
        int32_t position = -1;
        if (arg->name.n > 0)
            position = type_field_find(record, arg->name);
        else if (positional && next < record->fields_n)
            position = (int32_t)next++;
        if (position >= 0) {
            check_arg(c, arg, position, record, given);
            continue;
        }
        check_expr(c, arg->value, NULL);
        unknown++;
        if (arg->name.n > 0)
            say_no_such(c, arg, record, what);
        else if (positional)
            diag_add(c->diags, DIAG_F0110, arg->span, "%s takes %u argument%s", what,
                     record->fields_n, record->fields_n == 1 ? "" : "s");
        else
            diag_add(c->diags, DIAG_F0110, arg->span, "arguments carry their names here");
    }
    if (all_needed)
        say_missing(c, at, what, record, given, unknown);
}

const struct type *check_params_type(struct check *c, const struct symbol *symbol)
{
    struct type_field *fields =
        arena_array(c->compile, struct type_field, symbol->params_n + 1);
    for (uint32_t i = 0; i < symbol->params_n; i++)
        fields[i] = (struct type_field){symbol->params[i]->name, symbol->params[i]->type,
                                        symbol->params[i]->node->value};
    return type_record(c->compile, symbol->name, fields, symbol->params_n);
}

static const char *quoted(struct check *c, struct text name)
{
    return arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(name));
}

/* ---- name(…) ---- */

static const struct type *call_function(struct check *c, struct node *node,
                                        struct symbol *symbol)
{
    node->symbol = symbol;
    symbol->uses++;
    check_args(c, node->args, check_params_type(c, symbol), node->name_span,
               quoted(c, node->name), true, true);
    return symbol->type == NULL ? &type_poison : symbol->type;
}

static const struct type *call_case(struct check *c, struct node *node,
                                    const struct type *variant, struct symbol *symbol)
{
    int32_t at = type_case_find(variant, node->name);
    node->symbol = symbol;
    node->position = at;
    if (at >= 0 && variant->cases[at].record != NULL)
        check_args(c, node->args, variant->cases[at].record, node->name_span,
                   quoted(c, node->name), false, true);
    else
        diag_add(c->diags, DIAG_F0110, node->span, "`" TEXT_FMT "` carries no data",
                 TEXT_ARG(node->name));
    return variant;
}

static const struct type *call_builtin(struct check *c, struct node *node,
                                       struct symbol *symbol)
{
    enum { ARGS_MAX = 16 };
    const struct type *types[ARGS_MAX];
    uint32_t n = 0;
    bool is_poisoned = false;
    node->symbol = symbol;
    node_each(arg, node->args)
    {
        if (arg->name.n > 0)
            diag_add(c->diags, DIAG_F0110, arg->name_span,
                     "`" TEXT_FMT "` takes its arguments in order", TEXT_ARG(node->name));
        arg->position = (int32_t)n;
        const struct type *type = check_expr(c, arg->value, NULL);
        is_poisoned |= type->kind == TYPE_POISON;
        if (n < ARGS_MAX)
            types[n++] = type;
    }
    return is_poisoned ? &type_poison : check_builtin(c, node, node->name, types, n);
}

const struct type *check_apply(struct check *c, struct node *node,
                               const struct type *hint)
{
    struct symbol *symbol = scope_find_kind(c->scope, SYMBOL_FUNCTION, node->name);
    if (symbol != NULL && symbol->kind == SYMBOL_FUNCTION)
        return call_function(c, node, symbol);
    struct symbol *one;
    const struct type *variant = variant_of(c, node->name, hint, &one);
    if (variant != NULL &&
        (symbol == NULL || (hint != NULL && type_present(hint) == variant)))
        return call_case(c, node, variant, one);
    if (symbol != NULL)
        return call_builtin(c, node, symbol);
    if (text_is_chars(node->name, "map") && node->args.n == 0)
        return hint != NULL && type_present(hint)->kind == TYPE_MAP
                   ? type_present(hint)
                   : type_map(c->compile, &type_nothing, &type_nothing);
    node_each(arg, node->args) check_expr(c, arg->value, NULL);
    check_unknown(c, node->name_span, "function", node->name, c->scope,
                  1U << SYMBOL_FUNCTION | 1U << SYMBOL_BUILTIN | 1U << SYMBOL_CASE);
    return &type_poison;
}

/* ---- TypeName(…), (a: …) ---- */

static const struct type *convert(struct check *c, struct node *node,
                                  const struct type *type)
{
    if (node->args.n == 1 && node->args.first->name.n == 0) {
        node->args.first->position = 0;
        check_want(c, node->args.first->value, type);
        return type;
    }
    node_each(arg, node->args) check_expr(c, arg->value, NULL);
    diag_add(c->diags, DIAG_F0110, node->span, "`" TEXT_FMT "` is made of one value",
             TEXT_ARG(node->name));
    return type;
}

const struct type *check_make(struct check *c, struct node *node)
{
    struct symbol *symbol = check_find_type(c, node->target, node->name, node->name_span);
    if (symbol == NULL || symbol->type->kind == TYPE_POISON) {
        node_each(arg, node->args) check_expr(c, arg->value, NULL);
        return &type_poison;
    }
    node->symbol = symbol;
    symbol->uses++;
    if (symbol->type->kind != TYPE_RECORD)
        return convert(c, node, symbol->type);
    check_args(c, node->args, symbol->type, node->name_span, quoted(c, node->name), false,
               true);
    return symbol->type;
}

static bool can_be(const struct node *node, const struct type *record)
{
    node_each(arg, node->args) if (type_field_find(record, arg->name) < 0) return false;
    return true;
}

const struct type *check_record(struct check *c, struct node *node,
                                const struct type *hint)
{
    const struct type *wanted = hint == NULL ? NULL : type_present(hint);
    if (wanted != NULL && wanted->kind == TYPE_RECORD && can_be(node, wanted)) {
        check_args(c, node->args, wanted, node->span, "the record", false, true);
        return wanted;
    }
    struct type_field *fields = arena_array(c->compile, struct type_field, node->args.n);
    uint32_t n = 0;
    node_each(arg, node->args)
    {
        for (uint32_t i = 0; i < n; i++)
            if (text_is(fields[i].name, arg->name))
                diag_add(c->diags, DIAG_F0110, arg->name_span,
                         "`" TEXT_FMT "` is given twice", TEXT_ARG(arg->name));
        arg->position = (int32_t)n;
        bool is_json = wanted != NULL && wanted->kind == TYPE_JSON;
        const struct type *type =
            is_json ? check_want(c, arg->value, wanted) : check_expr(c, arg->value, NULL);
        if (is_json)
            type = wanted;
        fields[n++] = (struct type_field){arg->name, type, NULL};
    }
    return type_record(c->compile, (struct text){"", 0}, fields, n);
}
