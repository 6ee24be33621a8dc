/* Calls that are many: do two share one idempotency key, and are there more at once than
 * an adapter says it takes? (F0306, F0403) */
#include "dsl/check_log.h"
#include "engine/base/arena.h"

struct keys {
    struct check *c;
    const struct flow_graph *graph;
    const struct flow_log *log;
};

static const struct node *key_of(const struct node *call)
{
    const struct symbol *called = call->target->symbol;
    if (call->kind != NODE_CALL || called == NULL || called->kind != SYMBOL_OPERATION)
        return NULL;
    const struct node *once = node_clause(called->node, NODE_ONCE_PER);
    return once == NULL || once->flag ? NULL : once;
}

static const struct node *argument(const struct node *call, struct text name)
{
    node_each(arg, call->args) if (text_is(arg->name, name)) return arg->value;
    return NULL;
}

/* Every parameter that the key reads is given the same words. */
static bool is_given_alike(const struct node *key, const struct node *a,
                           const struct node *b)
{
    if (key == NULL)
        return true;
    if (key->kind == NODE_NAME && key->symbol != NULL &&
        key->symbol->kind == SYMBOL_PARAMETER) {
        const struct node *one = argument(a, key->name), *two = argument(b, key->name);
        return one == NULL || two == NULL ||
               text_is(span_text(one->span), span_text(two->span));
    }
    node_each(arg, key->args) if (!is_given_alike(arg, a, b)) return false;
    node_each(item, key->items) if (!is_given_alike(item, a, b)) return false;
    return is_given_alike(key->value, a, b) && is_given_alike(key->other, a, b) &&
           is_given_alike(key->third, a, b);
}

static void say_shared(struct keys *k, const struct node *once, const struct node *first,
                       const struct node *second)
{
    struct diags *diags = k->c->diags;
    struct diag *diag = diag_add(diags, DIAG_F0306, once->span,
                                 "two calls of `" TEXT_FMT "` would be taken for one",
                                 TEXT_ARG(second->target->name));
    diag_label(diags, diag, "the same value for both");
    diag_also(diags, diag, first->target->span, "the first");
    diag_also(diags, diag, second->target->span, "the second");
    diag_why(diags, diag,
             "The second call would get the first one's answer and do nothing.");
    diag_help(diags, diag, "once per step");
}

/* The first still stands where the second is made: undoing it would have renewed the key.
 */
static void check_shared(struct keys *k, uint32_t second)
{
    const struct log_site *site = &k->log->sites.at[second];
    const struct node *once = key_of(site->step);
    if (once == NULL || !k->log->facts.is_reached[site->point])
        return;
    for (uint32_t i = 0; i < k->log->sites.n; i++) {
        const struct node *first = k->log->sites.at[i].step;
        if (i == second || first->target->symbol != site->step->target->symbol ||
            !(log_has(k->log, site->point, LOG_MAY_UNDO, i) ||
              log_has(k->log, site->point, LOG_KEPT, i)) ||
            !is_given_alike(once->value, first, site->step))
            continue;
        say_shared(k, once, first, site->step);
        return;
    }
}

static bool has_limit(const struct node *adapter)
{
    node_each(item, adapter->items) if (item->kind == NODE_LIMIT_AT_ONCE ||
                                        item->kind == NODE_LIMIT_RATE) return true;
    return false;
}

static void check_many(struct keys *k, const struct flow_point *point)
{
    const struct symbol *called = point->node->target->symbol;
    if (called == NULL || called->owner == NULL || called->owner->node == NULL ||
        has_limit(called->owner->node))
        return;
    uint32_t at = point->strand;
    for (; at != FLOW_NOWHERE; at = k->graph->strands.at[at].outer) {
        const struct node *each = k->graph->strands.at[at].node;
        const struct node *many =
            each->kind == NODE_FOR_EACH ? node_clause(each, NODE_AT_ONCE) : NULL;
        if (many == NULL)
            continue;
        struct diag *diag = diag_add(k->c->diags, DIAG_F0403, many->span,
                                     "as many calls at once as the data says");
        diag_label(k->c->diags, diag, "`" TEXT_FMT "` has no `limit … at once`",
                   TEXT_ARG(called->owner->name));
        diag_help(k->c->diags, diag, "adapter " TEXT_FMT " { limit 16 at once  … }",
                  TEXT_ARG(called->owner->name));
        return;
    }
}

void check_keys(struct check *c, const struct flow_graph *graph,
                const struct flow_log *log)
{
    struct keys k = {c, graph, log};
    for (uint32_t i = 0; i < log->sites.n; i++)
        check_shared(&k, i);
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (graph->points.at[i].kind == FLOW_STEP &&
            graph->points.at[i].node->kind == NODE_CALL)
            check_many(&k, &graph->points.at[i]);
}
