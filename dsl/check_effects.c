/* Effects: is each one's undo said, may each be tried again, is each error answered? */
#include "dsl/check_answers.h"

static bool has_clause(const struct node *operation, enum node_kind kind)
{
    return node_clause(operation, kind) != NULL;
}

/* ---- at the declaration ---- */

static struct text noun_of(struct text name)
{
    size_t n = 0;
    while (n < name.n && name.chars[n] != '_')
        n++;
    return text_cut(name, n, name.n - n);
}

/* Another effect of the adapter on the same thing: what would put `create_order` back is
 * `cancel_order`. NULL. */
static const struct node *counterpart(const struct node *adapter,
                                      const struct node *operation)
{
    struct text noun = noun_of(operation->name);
    node_each(other,
              adapter->items) if (noun.n > 1 && other != operation &&
                                  other->kind == NODE_OPERATION && other->flag &&
                                  text_is(noun_of(other->name), noun)) return other;
    return NULL;
}

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
        const struct node *undo = counterpart(adapter, operation);
        diag_help(c->diags, diag,
                  "undone by %s" TEXT_FMT "(…)   or   irreversible   or   harmless",
                  undo == NULL ? "cancel_" : "",
                  TEXT_ARG(undo == NULL ? operation->name : undo->name));
    }
}

/* ---- at the call ---- */

struct effects {
    struct check *c;
    const struct flow_graph *graph;
};

/* A way out for an error that nobody knows: it may be meant for any. */
static bool answers_something_unknown(struct nodes whens)
{
    node_each(when, whens) if (when->kind == NODE_WHEN && when->target != NULL &&
                               when->symbol == NULL &&
                               !check_is_builtin_error(when->name)) return true;
    return false;
}

static enum answered answered(const struct effects *e, uint32_t point, struct text error)
{
    return answers_by_way(e->graph->points.at[point].node->whens, error)
               ? BY_NAME
               : answered_around(e->graph, point, error);
}

/* All that it fails with, and which of it is answered. */
static struct text answered_words(const struct effects *e, uint32_t point,
                                  const struct symbol *called)
{
    struct buf all;
    buf_init(&all, e->c->compile);
    for (uint32_t k = 0; k < called->errors_n; k++) {
        struct text name = called->errors[k]->name;
        buf_printf(&all, "%s" TEXT_FMT " (%s)", k > 0 ? ", " : "", TEXT_ARG(name),
                   answered(e, point, name) == BY_NAME ? "answered" : "not");
    }
    return buf_done(&all);
}

static bool has_guarded(const struct node *step, struct text error)
{
    node_each(when, step->whens) if (when->kind == NODE_WHEN && when->where != NULL &&
                                     text_is(when->name, error)) return true;
    return false;
}

static void check_error(struct effects *e, uint32_t point, const struct symbol *error)
{
    const struct node *step = e->graph->points.at[point].node;
    enum answered how = answered(e, point, error->name);
    if (how == BY_NAME)
        return;
    struct diags *diags = e->c->diags;
    struct diag *diag = diag_add(diags, DIAG_F0302, step->target->span,
                                 "nobody answers `" TEXT_FMT "`", TEXT_ARG(error->name));
    if (how != BY_NOBODY || has_guarded(step, error->name))
        diag->severity = DIAG_WARNING;
    diag_label(diags, diag, "fails with " TEXT_FMT,
               TEXT_ARG(answered_words(e, point, step->target->symbol)));
    if (has_guarded(step, error->name))
        diag_why(diags, diag, "A `when` with `where` answers it only where that holds.");
    else if (how == BY_ANY)
        diag_why(diags, diag, "Only an `on error` for anything hears it.");
    else if (how == BY_RACE)
        diag_why(diags, diag, "Another branch wins then, and it is forgotten.");
    diag_help(diags, diag, "add   when " TEXT_FMT " …", TEXT_ARG(error->name));
}

static void check_errors(struct effects *e, uint32_t point)
{
    const struct node *step = e->graph->points.at[point].node;
    const struct symbol *called = step->target->symbol;
    if (answers_something_unknown(step->whens))
        return;
    for (uint32_t i = 0; called != NULL && i < called->errors_n; i++)
        check_error(e, point, called->errors[i]);
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

/* The policy of the states around it, the inmost first; else of the flow. */
static struct text policy_around(const struct effects *e, const struct symbol *state)
{
    for (; state != NULL; state = state->owner)
        if (state->node->policy.n > 0)
            return state->node->policy;
    return e->graph->flow->policy;
}

static void check_again(struct effects *e, const struct node *step, struct text around)
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
                         : around.n > 0     ? around
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

void check_effects(struct check *c, const struct flow_graph *graph)
{
    struct effects effects = {c, graph};
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct flow_point *point = &graph->points.at[i];
        if (point->kind != FLOW_STEP ||
            (point->node->kind != NODE_CALL && point->node->kind != NODE_RUN))
            continue;
        if (!flow_is_undo(graph, point->strand)) /* else F0307's business */
            check_errors(&effects, i);
        check_again(&effects, point->node, policy_around(&effects, point->state));
        check_named(&effects, point->node);
    }
}
