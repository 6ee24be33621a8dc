/* Operators: what goes together, and what comes of it. */
#include "dsl/check_in.h"

static const struct type *plain(const struct type *type)
{
    while (type->refinement != NULL && type->base != NULL)
        type = type->base;
    return type;
}

static bool is_absent(struct check *c, struct node *node, const struct type *type)
{
    if (type->kind != TYPE_OPTIONAL && type->kind != TYPE_NONE)
        return false;
    struct diag *diag =
        diag_add(c->diags, DIAG_F0103, node->span, "`" TEXT_FMT "` may be absent here",
                 TEXT_ARG(span_text(node->span)));
    diag_help(c->diags, diag,
              "if " TEXT_FMT " is not none { … }   or   " TEXT_FMT " ?? …",
              TEXT_ARG(span_text(node->span)), TEXT_ARG(span_text(node->span)));
    return true;
}

static const char *operator_word(enum node_kind kind)
{
    switch ((int)kind) {
    case NODE_PLUS:
        return "plus";
    case NODE_MINUS:
        return "minus";
    case NODE_TIMES:
        return "times";
    case NODE_DIVIDE:
        return "divided by";
    }
    return node_word(kind);
}

static const struct type *refuse(struct check *c, struct node *node, const struct type *a,
                                 const struct type *b)
{
    bool is_money = a->kind == TYPE_MONEY || b->kind == TYPE_MONEY;
    struct diag *diag =
        diag_add(c->diags, is_money ? DIAG_F0108 : DIAG_F0102, node->span,
                 TEXT_FMT " %s " TEXT_FMT, TEXT_ARG(type_words(c->compile, a)),
                 operator_word(node->kind), TEXT_ARG(type_words(c->compile, b)));
    if (is_money && a->kind == b->kind && node->kind == NODE_TIMES)
        diag_label(c->diags, diag,
                   "there are no square dollars; one side must be a number");
    else if (is_money && a->kind == b->kind)
        diag_label(c->diags, diag,
                   "unlike currencies are not added up; convert one of them first");
    else if (is_money)
        diag_label(c->diags, diag, "money goes with money, or is multiplied by a number");
    else if (a->kind == TYPE_JSON || b->kind == TYPE_JSON)
        diag_help(c->diags, diag, "decimal(" TEXT_FMT ")",
                  TEXT_ARG(span_text(
                      (a->kind == TYPE_JSON ? node->value : node->other)->span)));
    else if (a->kind == TYPE_TEXT || b->kind == TYPE_TEXT)
        diag_help(c->diags, diag, "\"{…}\" puts values into a text");
    return &type_poison;
}

static bool unlike_currencies(const struct type *a, const struct type *b)
{
    return a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && a->currency.n > 0 &&
           b->currency.n > 0 && !text_is(a->currency, b->currency);
}

static const struct type *of_numbers(struct node *node, const struct type *a,
                                     const struct type *b)
{
    if (a->kind == TYPE_INT && b->kind == TYPE_INT)
        return &type_int;
    if (a->kind == TYPE_INT)
        node->value->wanted = &type_decimal;
    if (b->kind == TYPE_INT)
        node->other->wanted = &type_decimal;
    return &type_decimal;
}

static const struct type *money_of(const struct type *a, const struct type *b)
{
    return a->currency.n > 0 && text_is(a->currency, b->currency) ? a : &type_money;
}

static const struct type *plus(struct check *c, struct node *node, const struct type *a,
                               const struct type *b)
{
    if (type_is_number(a) && type_is_number(b))
        return of_numbers(node, a, b);
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && !unlike_currencies(a, b))
        return money_of(a, b);
    if (a->kind == TYPE_TEXT && b->kind == TYPE_TEXT)
        return &type_text;
    if (a->kind == TYPE_LIST && b->kind == TYPE_LIST) {
        const struct type *of = type_join(c->compile, a->of, b->of);
        const struct type *joined = of == NULL ? NULL : type_list(c->compile, of);
        if (joined == NULL)
            return refuse(c, node, a, b);
        if (type_converts(a, joined))
            node->value->wanted = joined;
        if (type_converts(b, joined))
            node->other->wanted = joined;
        return joined;
    }
    if (a->kind == TYPE_DURATION && b->kind == TYPE_DURATION)
        return &type_duration;
    if ((a->kind == TYPE_INSTANT &&
         (b->kind == TYPE_DURATION || b->kind == TYPE_WORKDAYS)) ||
        (a->kind == TYPE_DATE && b->kind == TYPE_WORKDAYS) ||
        (b->kind == TYPE_INSTANT && a->kind == TYPE_DURATION))
        return &type_instant;
    return refuse(c, node, a, b);
}

static const struct type *minus(struct check *c, struct node *node, const struct type *a,
                                const struct type *b)
{
    if (type_is_number(a) && type_is_number(b))
        return of_numbers(node, a, b);
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && !unlike_currencies(a, b))
        return money_of(a, b);
    if ((a->kind == TYPE_DURATION && b->kind == TYPE_DURATION) ||
        (a->kind == TYPE_INSTANT && b->kind == TYPE_INSTANT))
        return &type_duration;
    if (a->kind == TYPE_INSTANT && b->kind == TYPE_DURATION)
        return &type_instant;
    if (a->kind == TYPE_DATE && b->kind == TYPE_DATE)
        return &type_int;
    return refuse(c, node, a, b);
}

static const struct type *times(struct check *c, struct node *node, const struct type *a,
                                const struct type *b)
{
    if (type_is_number(a) && type_is_number(b))
        return of_numbers(node, a, b);
    if (a->kind == TYPE_MONEY && type_is_number(b))
        return a;
    if (b->kind == TYPE_MONEY && type_is_number(a))
        return b;
    if ((a->kind == TYPE_DURATION && type_is_number(b)) ||
        (b->kind == TYPE_DURATION && type_is_number(a)))
        return &type_duration;
    return refuse(c, node, a, b);
}

static bool is_sure_divisor(const struct node *node)
{
    while (node->kind == NODE_PARENS || node->kind == NODE_NEGATE)
        node = node->value;
    if (node->kind != NODE_INT && node->kind != NODE_DECIMAL &&
        node->kind != NODE_PERCENT)
        return false;
    for (size_t i = 0; i < node->name.n; i++)
        if (node->name.chars[i] >= '1' && node->name.chars[i] <= '9')
            return true;
    return false;
}

static const struct type *divided(struct check *c, struct node *node,
                                  const struct type *a, const struct type *b)
{
    const struct type *result = NULL;
    if (type_is_number(a) && type_is_number(b))
        result = &type_decimal;
    else if (a->kind == TYPE_MONEY && type_is_number(b))
        result = a;
    else if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && !unlike_currencies(a, b))
        result = &type_decimal;
    if (result == NULL)
        return refuse(c, node, a, b);
    return is_sure_divisor(node->other) ? result : type_optional(c->compile, result);
}

static const struct type *arithmetic(struct check *c, struct node *node)
{
    const struct type *a = plain(check_expr(c, node->value, NULL));
    const struct type *b =
        plain(check_expr(c, node->other, a->kind == TYPE_LIST ? a : NULL));
    if (a->kind == TYPE_POISON || b->kind == TYPE_POISON)
        return &type_poison;
    bool absent = is_absent(c, node->value, a);
    if (is_absent(c, node->other, b) || absent)
        return &type_poison;
    switch ((int)node->kind) {
    case NODE_PLUS:
        return plus(c, node, a, b);
    case NODE_MINUS:
        return minus(c, node, a, b);
    case NODE_TIMES:
        return times(c, node, a, b);
    default:
        return divided(c, node, a, b);
    }
}

/* The other side of a comparison; a bare case there asks only which case it is. */
static const struct type *compared(struct check *c, struct node *node,
                                   const struct type *hint)
{
    bool was = c->tests_case;
    c->tests_case = node->kind == NODE_NAME;
    const struct type *type = check_expr(c, node, hint);
    c->tests_case = was;
    return type;
}

/* A bare case takes its type from the other side. */
static void both_sides(struct check *c, struct node *node, const struct type **a,
                       const struct type **b)
{
    if (check_is_case(c, node->value) && !check_is_case(c, node->other)) {
        *b = check_expr(c, node->other, NULL);
        *a = compared(c, node->value, *b);
    } else {
        *a = check_expr(c, node->value, NULL);
        *b = compared(c, node->other, *a);
    }
}

static void widen(struct node *node, const struct type *type, const struct type *joined)
{
    if (type_converts(type, joined))
        node->wanted = joined;
}

/* JSON is compared as it is with what has one form in it, so that a part that is missing,
 * or of another kind, is another: nothing has to be read for that. */
static bool is_plain_json(const struct type *a, const struct type *b)
{
    const struct type *other = a->kind == TYPE_JSON ? b : a;
    if (a->kind != TYPE_JSON && b->kind != TYPE_JSON)
        return false;
    other = plain(type_present(other));
    return other->kind == TYPE_TEXT || other->kind == TYPE_BOOL ||
           other->kind == TYPE_INT || other->kind == TYPE_NONE ||
           other->kind == TYPE_VARIANT || other->kind == TYPE_JSON;
}

static const struct type *equality(struct check *c, struct node *node)
{
    const struct type *a, *b;
    both_sides(c, node, &a, &b);
    if (a->kind == TYPE_POISON || b->kind == TYPE_POISON)
        return &type_bool;
    const struct type *joined = type_join(c->compile, a, b);
    if (is_plain_json(a, b))
        joined = &type_json;
    if (joined == NULL || unlike_currencies(a, b)) {
        struct diag *diag = diag_add(
            c->diags, DIAG_F0102, node->span, TEXT_FMT " can never be " TEXT_FMT,
            TEXT_ARG(type_words(c->compile, a)), TEXT_ARG(type_words(c->compile, b)));
        diag_label(c->diags, diag, "compare things of one type");
    } else {
        widen(node->value, a, joined);
        widen(node->other, b, joined);
    }
    return &type_bool;
}

static const struct type *order(struct check *c, struct node *node)
{
    const struct type *a = check_expr(c, node->value, NULL),
                      *b = check_expr(c, node->other, a);
    if (a->kind == TYPE_POISON || b->kind == TYPE_POISON)
        return &type_bool;
    bool absent = is_absent(c, node->value, a);
    if (is_absent(c, node->other, b) || absent)
        return &type_bool;
    const struct type *joined = type_join(c->compile, a, b);
    if (unlike_currencies(a, b)) {
        diag_add(c->diags, DIAG_F0108, node->span,
                 TEXT_FMT " is neither more nor less than " TEXT_FMT,
                 TEXT_ARG(type_words(c->compile, a)),
                 TEXT_ARG(type_words(c->compile, b)));
    } else if (joined == NULL || !type_is_ordered(plain(joined))) {
        diag_add(c->diags, DIAG_F0102, node->span,
                 TEXT_FMT " is neither more nor less than " TEXT_FMT,
                 TEXT_ARG(type_words(c->compile, a)),
                 TEXT_ARG(type_words(c->compile, b)));
    } else {
        widen(node->value, a, joined);
        widen(node->other, b, joined);
    }
    return &type_bool;
}

static const struct type *inside(struct check *c, struct node *node)
{
    const struct type *whole = check_expr(c, node->other, NULL);
    if (whole->kind == TYPE_LIST || whole->kind == TYPE_MAP) {
        const struct type *of = whole->kind == TYPE_LIST ? whole->of : whole->key;
        const struct type *item = check_expr(c, node->value, of);
        if (!is_absent(c, node->value, item))
            check_fit(c, node->value, plain(of));
        return &type_bool;
    }
    check_expr(c, node->value, NULL);
    if (whole->kind != TYPE_POISON && !is_absent(c, node->other, whole))
        diag_add(c->diags, DIAG_F0102, node->other->span,
                 TEXT_FMT " where a list or map is wanted",
                 TEXT_ARG(type_words(c->compile, whole)));
    return &type_bool;
}

static const struct type *logic(struct check *c, struct node *node)
{
    check_condition(c, node->value);
    const struct fact *facts = c->facts;
    facts_learn(c, node->value, node->kind == NODE_AND);
    check_condition(c, node->other);
    c->facts = facts;
    return &type_bool;
}

static const struct type *coalesce(struct check *c, struct node *node,
                                   const struct type *hint)
{
    const struct type *a = check_expr(c, node->value, hint);
    const struct type *inner = type_present(a);
    const struct type *b = check_expr(c, node->other, hint != NULL ? hint : inner);
    if (a->kind == TYPE_POISON || b->kind == TYPE_POISON)
        return &type_poison;
    const struct type *joined = type_join(c->compile, inner, b);
    if (joined == NULL) {
        diag_add(c->diags, DIAG_F0102, node->other->span,
                 TEXT_FMT " cannot stand in for " TEXT_FMT,
                 TEXT_ARG(type_words(c->compile, b)),
                 TEXT_ARG(type_words(c->compile, inner)));
        return &type_poison;
    }
    if (joined->kind == TYPE_JSON && hint != NULL)
        joined = type_present(hint); /* the first of two places, read as what is wanted */
    if (type_converts(inner, joined))
        node->value->wanted = type_optional(c->compile, joined);
    widen(node->other, b, joined);
    return joined;
}

const struct type *check_binary(struct check *c, struct node *node,
                                const struct type *hint)
{
    switch ((int)node->kind) {
    case NODE_OR:
    case NODE_AND:
        return logic(c, node);
    case NODE_NOT:
        check_condition(c, node->value);
        return &type_bool;
    case NODE_IS:
    case NODE_IS_NOT:
        return equality(c, node);
    case NODE_LESS:
    case NODE_LESS_EQ:
    case NODE_MORE:
    case NODE_MORE_EQ:
        return order(c, node);
    case NODE_IN:
    case NODE_NOT_IN:
        return inside(c, node);
    case NODE_COALESCE:
        return coalesce(c, node, hint);
    case NODE_PLUS:
    case NODE_MINUS:
    case NODE_TIMES:
    case NODE_DIVIDE:
        return arithmetic(c, node);
    }
    return &type_poison;
}
