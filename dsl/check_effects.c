/* Effects: is each one's undo said, may each be tried again, is each error answered? */
#include "dsl/check_in.h"

static bool has_clause(const struct node *operation, enum node_kind kind)
{
    return node_clause(operation, kind) != NULL;
}

/* ---- at the declaration ---- */

void check_operations(struct check *c, struct node *adapter)
{
    node_each(operation, adapter->items)
    {
        if (operation->kind != NODE_OPERATION || !operation->flag)
            continue;
        if (has_clause(operation, NODE_UNDONE_BY_OP) ||
            has_clause(operation, NODE_IRREVERSIBLE) ||
            has_clause(operation, NODE_HARMLESS))
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0301, operation->name_span,
                     "`" TEXT_FMT "` changes something and does not say how to undo it",
                     TEXT_ARG(operation->name));
        diag_why(c->diags, diag,
                 "Every effect is one of three: `undone by <operation>`, `irreversible`, "
                 "`harmless`.");
        diag_help(c->diags, diag,
                  "undone by cancel_" TEXT_FMT "(…)   or   irreversible   or   harmless",
                  TEXT_ARG(operation->name));
    }
}

/* ---- at the call ---- */

struct answers { /* what answers errors around a step; inner ones first */
    const struct answers *outer;
    struct nodes whens;    /* of an attempt */
    struct nodes handlers; /* of a state or the flow */
    bool despite;
};

struct effects {
    struct check *c;
    const struct node *flow;
    struct text policy; /* in force: of the state, else of the flow */
};

static bool named_in(struct nodes whens, struct text name)
{
    node_each(when, whens)
    {
        if (when->kind == NODE_WHEN &&
            (text_is(when->name, name) ||
             (when->symbol != NULL && text_is(when->symbol->name, name))))
            return true;
        if (when->kind == NODE_ERROR && mistake_says(when, name))
            return true;
    }
    return false;
}

/* A way out for an error that nobody knows: it may be meant for any. */
static bool answers_something_unknown(struct nodes whens)
{
    node_each(when, whens) if (when->kind == NODE_WHEN && when->target != NULL &&
                               when->symbol == NULL &&
                               !check_is_builtin_error(when->name)) return true;
    return false;
}

enum answered { NOT, BY_ANY, BY_NAME };

static enum answered is_answered(const struct answers *answers, struct text name)
{
    enum answered best = NOT;
    for (; answers != NULL; answers = answers->outer) {
        if (answers->despite || named_in(answers->whens, name))
            return BY_NAME;
        node_each(item, answers->handlers)
        {
            if (item->kind == NODE_ERROR &&
                (mistake_says(item, name) || mistake_says(item, TEXT("on error"))))
                return BY_NAME;
            if (item->kind != NODE_ON_ERROR)
                continue;
            if (item->target != NULL && text_is(item->target->name, name))
                return BY_NAME;
            if (item->target == NULL)
                best = BY_ANY;
        }
    }
    return best;
}

static void check_errors(struct effects *e, const struct node *step,
                         const struct answers *answers)
{
    const struct symbol *called = step->target->symbol;
    if (answers_something_unknown(step->whens))
        return;
    for (uint32_t i = 0; called != NULL && i < called->errors_n; i++) {
        const struct symbol *error = called->errors[i];
        enum answered how = named_in(step->whens, error->name)
                                ? BY_NAME
                                : is_answered(answers, error->name);
        if (how == BY_NAME)
            continue;
        struct diag *diag =
            diag_add(e->c->diags, DIAG_F0302, step->target->span,
                     "nobody answers `" TEXT_FMT "`", TEXT_ARG(error->name));
        if (how == BY_ANY)
            diag->severity = DIAG_WARNING;
        struct buf all;
        buf_init(&all, e->c->compile);
        for (uint32_t k = 0; k < called->errors_n; k++) {
            struct text name = called->errors[k]->name;
            bool is_done =
                named_in(step->whens, name) || is_answered(answers, name) == BY_NAME;
            buf_printf(&all, "%s" TEXT_FMT " (%s)", k > 0 ? ", " : "", TEXT_ARG(name),
                       is_done ? "answered" : "not");
        }
        diag_label(e->c->diags, diag, "fails with " TEXT_FMT, TEXT_ARG(buf_done(&all)));
        if (how == BY_ANY)
            diag_why(e->c->diags, diag, "Only an `on error` for anything hears it.");
        diag_help(e->c->diags, diag, "add   when " TEXT_FMT " …", TEXT_ARG(error->name));
    }
}

static bool mentions_result(const struct node *expr)
{
    if (expr == NULL)
        return false;
    if (expr->kind == NODE_NAME && text_is_chars(expr->name, "result"))
        return true;
    node_each(arg, expr->args) if (mentions_result(arg)) return true;
    node_each(item, expr->items) if (mentions_result(item)) return true;
    return mentions_result(expr->value) || mentions_result(expr->other) ||
           mentions_result(expr->third);
}

/* F0311: fine for the engine, which keeps the result; a matter of style for who reads
 * the flow. */
static void check_named(struct effects *e, const struct node *step)
{
    const struct symbol *called = step->target->symbol;
    if (!e->c->program->lints || step->kind != NODE_CALL || step->as.n > 0 ||
        called == NULL || called->kind != SYMBOL_OPERATION ||
        has_clause(step, NODE_UNDONE_BY) || has_clause(step, NODE_NEVER_UNDONE))
        return;
    const struct node *undo = node_clause(called->node, NODE_UNDONE_BY_OP);
    bool is_needed = false;
    if (undo != NULL)
        node_each(arg, undo->args) is_needed |= mentions_result(arg);
    if (!is_needed)
        return;
    struct diag *diag = diag_add(e->c->diags, DIAG_F0311, step->target->span,
                                 "the result of `" TEXT_FMT "` is not named",
                                 TEXT_ARG(path_text(e->c->compile, step->target)));
    diag_why(
        e->c->diags, diag,
        "Its undo will still work (the engine keeps the result), but the flow cannot "
        "tell what it did.");
    diag_help(e->c->diags, diag, "… as NAME");
}

static int64_t tries_of(struct effects *e, struct text name)
{
    const struct symbol *policy =
        scope_find_kind(e->c->module->scope, SYMBOL_POLICY, name);
    if (policy == NULL || policy->node == NULL)
        return text_is_chars(name, "once") ? 1 : 6;
    const struct node *tries = node_clause(policy->node, NODE_TRY);
    return tries == NULL ? 1 : tries->number;
}

static void check_again(struct effects *e, const struct node *step)
{
    const struct symbol *operation = step->target->symbol;
    if (operation == NULL || operation->kind != SYMBOL_OPERATION ||
        !operation->node->flag)
        return;
    const struct node *node = operation->node;
    if (has_clause(node, NODE_ONCE_PER) || has_clause(node, NODE_FOUND_BY) ||
        has_clause(node, NODE_HARMLESS))
        return;
    const struct node *own = node_clause(node, NODE_USING);
    struct text policy = step->policy.n > 0 ? step->policy
                         : e->policy.n > 0  ? e->policy
                         : own != NULL      ? own->name
                                            : TEXT("steady");
    int64_t tries = tries_of(e, policy);
    if (tries <= 1)
        return;
    struct diag *diag =
        diag_add(e->c->diags, DIAG_F0303, node->name_span,
                 "trying again could do `" TEXT_FMT "` twice", TEXT_ARG(node->name));
    diag_label(e->c->diags, diag, "has neither `once per` nor `found by`");
    diag_also(e->c->diags, diag, step->target->span,
              "and policy `" TEXT_FMT "` tries %lld times", TEXT_ARG(policy),
              (long long)tries);
    diag_why(e->c->diags, diag, "A reply can be lost after the work was done.");
    diag_help(e->c->diags, diag,
              "once per step     if the adapter can carry a key; else   using once");
}

static void walk(struct effects *e, const struct node *node,
                 const struct answers *answers, bool in_undo);

static void walk_list(struct effects *e, struct nodes list, const struct answers *answers,
                      bool in_undo)
{
    node_each(item, list) walk(e, item, answers, in_undo);
}

static void walk(struct effects *e, const struct node *node,
                 const struct answers *answers, bool in_undo)
{
    if (node == NULL || node_is_expr(node))
        return;
    struct text policy = e->policy;
    struct answers own = {.outer = answers};
    if (node->kind == NODE_STATE) {
        own.handlers = node->items;
        answers = &own;
        if (node->policy.n > 0)
            e->policy = node->policy;
    } else if (node_clause(node, NODE_DESPITE) != NULL) {
        own.despite = true;
        answers = &own;
    } else if (node->kind == NODE_CALL || node->kind == NODE_RUN) {
        if (!in_undo)
            check_errors(e, node, answers);
        check_again(e, node);
        check_named(e, node);
    } else if (node->kind == NODE_ATTEMPT) {
        own.whens = node->whens;
        walk(e, node->block, &own, in_undo);
        walk_list(e, node->whens, answers, in_undo);
        return;
    }
    in_undo |= node->kind == NODE_UNDONE_BY;
    walk_list(e, node->clauses, answers, in_undo);
    walk_list(e, node->items, answers, in_undo);
    walk(e, node->block, answers, in_undo);
    walk(e, node->otherwise, answers, in_undo);
    walk_list(e, node->whens, answers, in_undo);
    e->policy = policy;
}

void check_effects(struct check *c, struct node *flow)
{
    struct effects effects = {.c = c, .flow = flow, .policy = flow->policy};
    struct answers answers = {.handlers = flow->items};
    walk_list(&effects, flow->items, &answers, false);
}
