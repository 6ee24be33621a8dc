/* What was read before a wait and written back after it: it may have changed meanwhile.
 * (F0402) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "engine/base/arena.h"

struct copy { /* `let before = received` */
    const struct node *let;
    const struct symbol *variable;
};

struct staling {
    struct check *c;
    const struct flow_graph *graph;
    VEC(struct copy) copies;
    uint32_t words; /* of each of two sets: made, and since then time has passed */
};

static void find_reads(struct staling *s, const struct node *let, const struct node *expr)
{
    if (expr == NULL)
        return;
    if (expr->kind == NODE_NAME && expr->symbol != NULL &&
        expr->symbol->kind == SYMBOL_VARIABLE) {
        struct copy copy = {let, expr->symbol};
        vec_push(s->c->compile, &s->copies, copy);
    }
    find_reads(s, let, expr->value);
    find_reads(s, let, expr->other);
    find_reads(s, let, expr->third);
    node_each(item, expr->items) find_reads(s, let, item);
    node_each(arg, expr->args) find_reads(s, let, arg->value);
}

static bool lets_time_pass(const struct node *step)
{
    return step->kind == NODE_CALL || step->kind == NODE_RUN || step->kind == NODE_ASK ||
           (step->kind >= NODE_WAIT && step->kind <= NODE_WAIT_ANY);
}

static uint64_t *stale(const struct staling *s, uint64_t *facts)
{
    return facts + s->words;
}

static bool pass(void *context, const struct flow_graph *graph,
                 const struct flow_edge *edge, uint64_t *facts)
{
    const struct staling *s = context;
    const struct flow_point *from = &graph->points.at[edge->from];
    if (from->kind != FLOW_STEP)
        return edge->cause != FLOW_HAPPENS;
    if (lets_time_pass(from->node))
        for (uint32_t w = 0; w < s->words; w++)
            stale(s, facts)[w] |= facts[w];
    for (uint32_t i = 0; i < s->copies.n; i++) {
        if (s->copies.at[i].let != from->node)
            continue;
        facts[i / 64] |= UINT64_C(1) << (i % 64);
        stale(s, facts)[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
    return edge->cause != FLOW_HAPPENS; /* a handler has copies of its own */
}

static const struct node *mention(const struct node *expr, const struct symbol *local)
{
    if (expr == NULL || (expr->kind == NODE_NAME && expr->symbol == local))
        return expr;
    const struct node *found = mention(expr->value, local);
    if (found == NULL)
        found = mention(expr->other, local);
    if (found == NULL)
        found = mention(expr->third, local);
    node_each(item, expr->items) if (found == NULL) found = mention(item, local);
    node_each(arg, expr->args) if (found == NULL) found = mention(arg->value, local);
    return found;
}

/* Nobody else sees a variable of the strand itself. */
static bool is_own(const struct staling *s, const struct symbol *variable, uint32_t point)
{
    uint32_t strand = s->graph->points.at[point].strand;
    const struct node *in = s->graph->strands.at[strand].node;
    return variable->node != NULL && in->kind != NODE_STATE && in->kind != NODE_FLOW &&
           variable->node->span.from >= in->span.from &&
           variable->node->span.to <= in->span.to;
}

/* The last step between the two that lets others run. */
static const struct node *wait_between(const struct staling *s, const struct node *let,
                                       const struct node *set)
{
    const struct node *found = NULL;
    for (uint32_t i = 0; i < s->graph->points.n; i++) {
        const struct flow_point *point = &s->graph->points.at[i];
        if (point->kind == FLOW_STEP && lets_time_pass(point->node) &&
            point->node->span.from > let->span.from &&
            point->node->span.from < set->span.from &&
            (found == NULL || point->node->span.from > found->span.from))
            found = point->node;
    }
    return found;
}

static void say_stale(struct staling *s, const struct copy *copy, const struct node *set,
                      const struct node *read)
{
    struct diags *diags = s->c->diags;
    const struct node *wait = wait_between(s, copy->let, set);
    bool is_plain = copy->let->value->kind == NODE_NAME;
    struct diag *diag = diag_add(diags, DIAG_F0402, read->span,
                                 "`" TEXT_FMT "` may have changed since you looked",
                                 TEXT_ARG(copy->variable->name));
    diag_label(diags, diag, "read on line %u", copy->let->span.line);
    diag_also(diags, diag, copy->let->value->span, "looked at here");
    if (wait != NULL)
        diag_also(diags, diag, wait->span, "other handlers may run here");
    if (!is_plain) {
        diag_help(diags, diag, "read `" TEXT_FMT "` again behind the wait",
                  TEXT_ARG(copy->variable->name));
        return;
    }
    diag_help(diags, diag, "set " TEXT_FMT " = " TEXT_FMT TEXT_FMT TEXT_FMT,
              TEXT_ARG(set->name),
              TEXT_ARG(span_text(
                  source_span(set->span.source, set->value->span.from, read->span.from))),
              TEXT_ARG(copy->variable->name),
              TEXT_ARG(span_text(
                  source_span(set->span.source, read->span.to, set->value->span.to))));
    diag_offer(diags, diag, read->span, TEXT_FMT, TEXT_ARG(copy->variable->name));
}

static void check_set(struct staling *s, uint32_t point, uint64_t *facts)
{
    const struct node *set = s->graph->points.at[point].node;
    for (uint32_t i = 0; i < s->copies.n; i++) {
        const struct copy *copy = &s->copies.at[i];
        if (copy->variable != set->symbol || copy->let->declares == NULL ||
            (stale(s, facts)[i / 64] >> (i % 64) & 1) == 0 ||
            is_own(s, copy->variable, point))
            continue;
        const struct node *read = mention(set->value, copy->let->declares);
        if (read != NULL)
            say_stale(s, copy, set, read);
    }
}

static void check_strand(struct staling *s, struct flow_desk *desk, uint32_t strand)
{
    struct flow_reading reading = {2 * s->words, false, pass, s};
    const struct flow_facts *facts =
        flow_desk_solve(desk, &reading, s->graph->strands.at[strand].start, NULL);
    for (uint32_t i = 0; i < facts->reached_n; i++) {
        uint32_t at = facts->reached[i];
        const struct flow_point *point = &s->graph->points.at[at];
        if (point->kind == FLOW_STEP && point->node->kind == NODE_SET &&
            flow_is_in_strand(s->graph, at, strand))
            check_set(s, at, facts->at[at]);
    }
}

void check_stale(struct check *c, const struct flow_graph *graph)
{
    struct staling s = {.c = c, .graph = graph};
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (graph->points.at[i].kind == FLOW_STEP &&
            graph->points.at[i].node->kind == NODE_LET)
            find_reads(&s, graph->points.at[i].node, graph->points.at[i].node->value);
    if (s.copies.n == 0)
        return;
    s.words = s.copies.n / 64 + 1;
    struct flow_desk *desk = flow_desk_new(c->compile, graph);
    for (uint32_t k = 0; k < graph->strands.n; k++)
        check_strand(&s, desk, k);
    flow_desk_free(desk);
}
