/* Writers: has each variable at most one among things that run at the same time? (F0401)
 */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "engine/base/arena.h"

struct writer {
    uint32_t point;
    uint32_t root; /* the strand around all that it is in */
    const struct symbol *variable;
    struct span at;
    uint32_t next;              /* the next one of the variable; FLOW_NOWHERE */
    bool has_asked, comes_back; /* may its strand go on behind it? */
};

struct written { /* a variable, by its writers */
    const struct symbol *variable;
    uint32_t first, last;
};

struct writing {
    struct check *c;
    const struct flow_graph *graph;
    VEC(struct writer) writers;
    VEC(struct written) variables;
    struct flow_desk *desk;
    uint64_t **states; /* strand → the states in which it runs, a bit each; NULL: not
                          asked yet */
    uint32_t states_words;
};

static struct written *written(struct writing *w, const struct symbol *variable)
{
    for (uint32_t i = 0; i < w->variables.n; i++)
        if (w->variables.at[i].variable == variable)
            return &w->variables.at[i];
    struct written new = {variable, w->writers.n, FLOW_NOWHERE};
    vec_push(w->c->compile, &w->variables, new);
    return &vec_last(&w->variables);
}

static void put_writer(struct writing *w, struct writer new)
{
    struct written *of = written(w, new.variable);
    if (of->last != FLOW_NOWHERE)
        w->writers.at[of->last].next = w->writers.n;
    of->last = w->writers.n;
    vec_push(w->c->compile, &w->writers, new);
}

static void collect(struct writing *w)
{
    for (uint32_t i = 0; i < w->graph->points.n; i++) {
        const struct flow_point *point = &w->graph->points.at[i];
        if (point->kind != FLOW_STEP)
            continue;
        const struct node *step = point->node;
        bool sets = step->kind == NODE_SET || step->kind == NODE_ADD;
        struct writer new = {.point = i,
                             .root = flow_strand_root(w->graph, point->strand),
                             .variable = step->symbol,
                             .next = FLOW_NOWHERE,
                             .at = sets ? step->name_span : step->as_span};
        if (step->symbol != NULL && step->symbol->kind == SYMBOL_VARIABLE &&
            (sets || step->as.n > 0))
            put_writer(w, new);
    }
}

/* ---- at the same time ---- */

/* May the strand end behind this point without leading away? What leads away has stopped
 * everything first, or stops it now. */
struct back {
    uint32_t strand;
};

static bool stays_inside(void *context, const struct flow_graph *graph,
                         const struct flow_edge *edge, uint64_t *facts)
{
    const struct back *back = context;
    (void)facts;
    return flow_is_in_strand(graph, edge->to, back->strand);
}

static bool comes_back(struct writing *w, struct writer *writer, uint32_t strand)
{
    if (writer->has_asked)
        return writer->comes_back;
    writer->has_asked = true;
    struct back back = {strand};
    struct flow_reading reading = {1, false, stays_inside, &back};
    const struct flow_facts *there =
        flow_desk_solve(w->desk, &reading, writer->point, NULL);
    uint32_t over = w->graph->strands.at[strand].over;
    writer->comes_back = over != FLOW_NOWHERE && there->is_reached[over];
    return writer->comes_back;
}

/* Does the strand run while one is in `state`? */
static bool runs_in(const struct writing *w, uint32_t strand, const struct symbol *state)
{
    const struct flow_strand *it = &w->graph->strands.at[strand];
    if (it->node->kind == NODE_STATE)
        return flow_state_is_in(state, it->state);
    for (uint32_t i = 0; i < w->graph->duties.n; i++)
        if (w->graph->duties.at[i].strand == strand &&
            w->graph->duties.at[i].state == state)
            return true;
    if (it->node->kind != NODE_DEAD_LETTER)
        return false;
    for (uint32_t i = 0; i < w->graph->edges.n; i++) {
        const struct flow_edge *edge = &w->graph->edges.at[i];
        uint32_t from = w->graph->points.at[edge->from].strand;
        if (edge->cause == FLOW_REFERS && edge->to == it->start &&
            flow_strand_root(w->graph, from) != strand &&
            runs_in(w, flow_strand_root(w->graph, from), state))
            return true;
    }
    return false;
}

static const uint64_t *states_of(struct writing *w, uint32_t strand)
{
    if (w->states[strand] != NULL)
        return w->states[strand];
    uint64_t *set = arena_array(w->c->compile, uint64_t, w->states_words);
    for (uint32_t i = 0; i < w->graph->states.n; i++) {
        const struct node *state = w->graph->states.at[i];
        if (state->kind == NODE_STATE && runs_in(w, strand, state->declares))
            set[i / 64] |= UINT64_C(1) << (i % 64);
    }
    w->states[strand] = set;
    return set;
}

static bool run_together(struct writing *w, uint32_t a, uint32_t b)
{
    const uint64_t *in_a = states_of(w, a), *in_b = states_of(w, b);
    for (uint32_t i = 0; i < w->states_words; i++)
        if ((in_a[i] & in_b[i]) != 0)
            return true;
    return false;
}

static bool are_siblings(const struct node *a, const struct node *b)
{
    for (const struct node *at = a; at != NULL; at = at->next)
        if (at == b)
            return true;
    for (const struct node *at = b; at != NULL; at = at->next)
        if (at == a)
            return true;
    return false;
}

static bool are_branches(const struct writing *w, uint32_t a, uint32_t b)
{
    for (uint32_t at = a; at != FLOW_NOWHERE; at = w->graph->strands.at[at].outer)
        for (uint32_t to = b; to != FLOW_NOWHERE; to = w->graph->strands.at[to].outer)
            if (at != to && w->graph->strands.at[at].node->kind == NODE_BRANCH &&
                w->graph->strands.at[to].node->kind == NODE_BRANCH &&
                are_siblings(w->graph->strands.at[at].node,
                             w->graph->strands.at[to].node))
                return true;
    return false;
}

/* Several rounds at once, and the variable is outside of them. */
static const struct node *rounds_of(const struct writing *w, const struct writer *writer)
{
    uint32_t at = w->graph->points.at[writer->point].strand;
    for (; at != FLOW_NOWHERE; at = w->graph->strands.at[at].outer) {
        const struct node *node = w->graph->strands.at[at].node;
        const struct node *declared = writer->variable->node;
        bool is_inside = declared != NULL && declared->span.from >= node->span.from &&
                         declared->span.to <= node->span.to;
        if (node->kind == NODE_FOR_EACH && node_clause(node, NODE_AT_ONCE) != NULL)
            return is_inside ? NULL : node;
    }
    return NULL;
}

static bool is_beside(struct writing *w, struct writer *a, struct writer *b)
{
    if (a->root == b->root)
        return are_branches(w, w->graph->points.at[a->point].strand,
                            w->graph->points.at[b->point].strand);
    bool a_steps = w->graph->strands.at[a->root].node->kind == NODE_STATE;
    bool b_steps = w->graph->strands.at[b->root].node->kind == NODE_STATE;
    return run_together(w, a->root, b->root) && (a_steps || comes_back(w, a, a->root)) &&
           (b_steps || comes_back(w, b, b->root));
}

/* A latch: whoever writes sets the same. */
static bool is_latch(const struct writing *w, const struct writer *a,
                     const struct writer *b)
{
    const struct node *one = w->graph->points.at[a->point].node,
                      *two = w->graph->points.at[b->point].node;
    return one->kind == NODE_SET && two->kind == NODE_SET &&
           one->value->kind == two->value->kind && one->value->kind >= NODE_INT &&
           one->value->kind <= NODE_NONE && one->value->kind != NODE_TEMPLATE &&
           text_is(span_text(one->value->span), span_text(two->value->span));
}

/* ---- words ---- */

static struct text words_of_strand(struct writing *w, uint32_t strand)
{
    const struct node *node =
        w->graph->strands.at[flow_strand_root(w->graph, strand)].node;
    struct buf out;
    buf_init(&out, w->c->compile);
    if (node->kind == NODE_STATE)
        buf_printf(&out, "the steps of `" TEXT_FMT "`", TEXT_ARG(node->name));
    else if (node->kind == NODE_DEAD_LETTER)
        buf_printf(&out, "dead letter `" TEXT_FMT "`", TEXT_ARG(node->name));
    else if (node->kind == NODE_ON)
        buf_printf(&out, "handler " TEXT_FMT, TEXT_ARG(node->target->target->name));
    else
        buf_printf(&out, "handler `%s`", node_word(node->kind));
    if (w->graph->strands.at[strand].node->kind == NODE_BRANCH)
        buf_printf(&out, ", in branch `" TEXT_FMT "`",
                   TEXT_ARG(w->graph->strands.at[strand].node->name));
    return buf_done(&out);
}

static void say_two(struct writing *w, const struct writer *first,
                    const struct writer *second)
{
    struct diags *diags = w->c->diags;
    struct diag *diag = diag_add(diags, DIAG_F0401, second->at,
                                 "`" TEXT_FMT "` has two writers at the same time",
                                 TEXT_ARG(second->variable->name));
    diag_label(diags, diag, TEXT_FMT ", which runs beside",
               TEXT_ARG(words_of_strand(w, w->graph->points.at[second->point].strand)));
    diag_also(diags, diag, first->at, TEXT_FMT,
              TEXT_ARG(words_of_strand(w, w->graph->points.at[first->point].strand)));
    diag_help(diags, diag, "give one of them its own variable, and read both");
}

static void say_rounds(struct writing *w, const struct writer *writer,
                       const struct node *rounds)
{
    struct diag *diag = diag_add(w->c->diags, DIAG_F0401, writer->at,
                                 "`" TEXT_FMT "` has several writers at the same time",
                                 TEXT_ARG(writer->variable->name));
    diag_label(w->c->diags, diag, "every round writes it");
    diag_also(w->c->diags, diag, node_clause(rounds, NODE_AT_ONCE)->span,
              "and several run at once");
    diag_help(w->c->diags, diag, "give … in each round, and collect:   … as all { … }");
}

void check_writers(struct check *c, const struct flow_graph *graph)
{
    struct writing w = {.c = c, .graph = graph};
    w.desk = flow_desk_new(c->compile, graph);
    w.states = arena_array(c->compile, uint64_t *, graph->strands.n);
    w.states_words = graph->states.n / 64 + 1;
    collect(&w);
    for (uint32_t i = 0; i < w.writers.n; i++) {
        struct writer *writer = &w.writers.at[i];
        const struct node *rounds = rounds_of(&w, writer);
        if (rounds != NULL && !is_latch(&w, writer, writer))
            say_rounds(&w, writer, rounds);
        for (uint32_t k = written(&w, writer->variable)->first; k < i;
             k = w.writers.at[k].next) {
            struct writer *other = &w.writers.at[k];
            if (!is_beside(&w, other, writer) || is_latch(&w, other, writer))
                continue;
            say_two(&w, other, writer);
            break;
        }
    }
    flow_desk_free(w.desk);
}
