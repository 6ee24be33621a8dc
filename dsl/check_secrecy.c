/* Private and secret values: does one reach somebody who may not read it? (F0801, F0802)
 *
 * Private is a value whose type says so, a text made from it, and a name that was given
 * one. Private fields inside a record that is shown are masked: the record may be shown.
 * What is only learnt about a value (its length, whether it is there) is not private. */
#include "dsl/check_in.h"
#include "engine/base/arena.h"

struct secrecy {
    struct check *c;
    VEC(const struct symbol *) tainted; /* names that were given private values */
    bool changed;
};

/* ---- what is private ---- */

/* As it was declared: what is known to be present has lost its mark. */
static const struct type *declared_type(const struct node *node)
{
    if (node->kind == NODE_NAME)
        return node->symbol == NULL ? NULL : node->symbol->type;
    const struct type *record = node->kind == NODE_MEMBER && node->value->type != NULL
                                    ? type_present(node->value->type)
                                    : NULL;
    if (record == NULL || node->position < 0 ||
        (uint32_t)node->position >= record->fields_n)
        return NULL;
    return record->fields[node->position].type;
}

static bool is_private_type(const struct type *type)
{
    return type != NULL && (type->is_private || type_present(type)->is_private ||
                            (type->kind == TYPE_LIST && type->of->is_private));
}

static bool is_secret_type(const struct type *type)
{
    return type != NULL && (type->is_secret || type_present(type)->is_secret);
}

static bool is_tainted(const struct secrecy *s, const struct symbol *symbol)
{
    for (uint32_t i = 0; i < s->tainted.n; i++)
        if (s->tainted.at[i] == symbol)
            return true;
    return false;
}

/* Does the value carry what its parts say: a text, a list, a sum; not a claim about it.
 */
static bool carries(const struct node *expr)
{
    const struct type *type = expr->type == NULL ? NULL : type_present(expr->type);
    if (type == NULL)
        return false;
    if (expr->kind == NODE_APPLY || expr->kind == NODE_REDUCE)
        return type->kind == TYPE_TEXT || type->kind == TYPE_LIST;
    return type->kind != TYPE_BOOL && type->kind != TYPE_RECORD &&
           type->kind != TYPE_VARIANT;
}

/* The part of the expression that is private and shows in its value; NULL. */
static const struct node *private_in(const struct secrecy *s, const struct node *expr)
{
    if (expr == NULL)
        return NULL;
    if (is_private_type(expr->type) || is_private_type(declared_type(expr)) ||
        (expr->kind == NODE_NAME && is_tainted(s, expr->symbol)))
        return expr;
    if (expr->kind == NODE_NAME || expr->kind == NODE_MEMBER || !carries(expr))
        return NULL;
    const struct node *found = NULL;
    if (expr->kind != NODE_CHOOSE)
        found = private_in(s, expr->value);
    if (found == NULL && expr->kind != NODE_INDEX)
        found = private_in(s, expr->other);
    if (found == NULL)
        found = private_in(s, expr->third);
    node_each(item, expr->items) if (found == NULL) found = private_in(s, item);
    node_each(arg, expr->args) if (found == NULL) found = private_in(s, arg->value);
    return found;
}

static void taint(struct secrecy *s, const struct symbol *symbol,
                  const struct node *value)
{
    if (symbol == NULL || is_tainted(s, symbol) || private_in(s, value) == NULL)
        return;
    vec_push(s->c->compile, &s->tainted, symbol);
    s->changed = true;
}

static void follow(struct secrecy *s, const struct node *node)
{
    if (node == NULL || node_is_expr(node) || node_is_type(node))
        return;
    if (node->kind == NODE_LET || node->kind == NODE_VAR || node->kind == NODE_FOR_EACH)
        taint(s, node->declares, node->value);
    if (node->kind == NODE_SET || node->kind == NODE_ADD)
        taint(s, node->symbol, node->value);
    node_each(item, node->items) follow(s, item);
    node_each(when, node->whens) follow(s, when);
    node_each(clause, node->clauses) follow(s, clause);
    follow(s, node->block);
    follow(s, node->otherwise);
}

/* ---- F0801 ---- */

/* Where the field was declared so; nowhere when that is not known. */
static struct span declared_at(const struct node *private)
{
    if (private->kind == NODE_NAME && private->symbol != NULL &&
        private->symbol->node != NULL)
        return private->symbol->node->span;
    const struct type *record = private->kind == NODE_MEMBER && private->value->type
                                    ? type_present(private->value->type)
                                    : NULL;
    if (record == NULL || record->declared == NULL)
        return (struct span){0};
    node_each(field,
              record->declared->items) if (text_is(field->name,
                                                   private->name)) return field->span;
    return (struct span){0};
}

static void say_shown(struct secrecy *s, const struct node *private, const char *help)
{
    struct diags *diags = s->c->diags;
    struct span from = declared_at(private);
    struct diag *diag =
        diag_add(diags, DIAG_F0801, private->span,
                 "a private value would be written where others can read it");
    if (from.source == NULL)
        diag_label(diags, diag, "private");
    else if (private->kind == NODE_NAME && is_tainted(s, private->symbol))
        diag_label(diags, diag, "holds a private value since line %u", from.line);
    else
        diag_label(diags, diag, "private (" TEXT_FMT ":%u)", TEXT_ARG(from.source->path),
                   from.line);
    diag_help(diags, diag, "%s", help);
}

static void check_shown(struct secrecy *s, const struct node *expr, const char *help)
{
    const struct node *private = private_in(s, expr);
    if (private != NULL)
        say_shown(s, private, help);
}

static void check_given(struct secrecy *s, const struct node *construct)
{
    const struct symbol *made = construct == NULL ? NULL : construct->symbol;
    if (made == NULL || made->type == NULL || made->type->kind != TYPE_RECORD)
        return;
    node_each(arg, construct->args)
    {
        if (arg->position < 0 || (uint32_t)arg->position >= made->type->fields_n)
            continue;
        const struct type_field *field = &made->type->fields[arg->position];
        if (!is_private_type(field->type))
            check_shown(s, arg->value,
                        arena_printf(s->c->compile,
                                     "leave it out, or declare   " TEXT_FMT ": private …",
                                     TEXT_ARG(field->name)));
    }
}

/* ---- F0802 ---- */

static void say_secret(struct secrecy *s, const struct node *expr)
{
    struct diag *diag =
        diag_add(s->c->diags, DIAG_F0802, expr->span, "a secret is no data");
    diag_label(s->c->diags, diag, "secrets go only to parameters declared `secret`");
    diag_why(s->c->diags, diag,
             "It would be stored, shown or compared where others can read it.");
}

/* Arguments and texts are looked at where they are typed. */
static void check_secret(struct secrecy *s, const struct node *expr)
{
    if (expr == NULL || expr->kind == NODE_TEMPLATE || expr->kind == NODE_APPLY ||
        expr->kind == NODE_MAKE)
        return;
    if (is_secret_type(expr->type) || is_secret_type(declared_type(expr))) {
        say_secret(s, expr);
        return;
    }
    if (expr->kind == NODE_MEMBER)
        return;
    check_secret(s, expr->value);
    check_secret(s, expr->other);
    check_secret(s, expr->third);
    node_each(item, expr->items) check_secret(s, item);
}

static void look_at(struct secrecy *s, const struct node *node)
{
    if (node->kind != NODE_CALL && node->kind != NODE_RUN && node->kind != NODE_START &&
        node->value != NULL && node_is_expr(node->value))
        check_secret(s, node->value);
    check_secret(s, node->where);
    node_each(shown, node->showing)
    {
        check_secret(s, shown);
        check_shown(s, shown, "show the record it stands in: there it is masked");
    }
    if (node->kind == NODE_NOTE)
        check_shown(s, node->value, "say it without the value:   note \"…\"");
    if (node->kind == NODE_ASK || node->kind == NODE_DEAD_LETTER)
        check_shown(s, node->value, "ask without the value");
    if (node->kind == NODE_MEASURE_OF)
        check_shown(s, node->value,
                    "measure a claim about it instead:   measure … share …");
    if (node->kind == NODE_EMIT || node->kind == NODE_FAIL)
        check_given(s, node->target);
}

static void walk(struct secrecy *s, const struct node *node)
{
    if (node == NULL || node_is_expr(node) || node_is_type(node))
        return;
    look_at(s, node);
    node_each(item, node->items) walk(s, item);
    node_each(when, node->whens) walk(s, when);
    node_each(clause, node->clauses) if (clause->kind != NODE_SHOWING) walk(s, clause);
    walk(s, node->block);
    walk(s, node->otherwise);
}

void check_secrecy(struct check *c, const struct node *flow)
{
    struct secrecy s = {.c = c};
    do {
        s.changed = false;
        follow(&s, flow);
    } while (s.changed);
    node_each(item, flow->items) walk(&s, item);
}
