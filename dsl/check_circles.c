/* Circles of states: does each wait for something, or have a bound? (F0204) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "engine/base/arena.h"

/* From one state to the next without having waited. */
struct hop {
    uint32_t to; /* index of the state; FLOW_NOWHERE: none */
    const struct node *why;
};

struct hops {
    VEC(struct hop) to;
};

struct circling {
    struct check *c;
    const struct flow_graph *graph;
    struct hops *hops;  /* of each state */
    uint32_t *state_of; /* point → the state that is entered there */
    struct flow_desk *desk;
};

/* NULL: there is none. */
static struct hop *hop(struct circling *k, uint32_t from, uint32_t to)
{
    struct hops *hops = &k->hops[from];
    for (uint32_t i = 0; i < hops->to.n; i++)
        if (hops->to.at[i].to == to)
            return &hops->to.at[i];
    return NULL;
}

static bool waits(const struct flow_point *point)
{
    if (point->kind == FLOW_LETTER)
        return true;
    if (point->kind != FLOW_STEP)
        return false;
    enum node_kind kind = point->node->kind;
    return kind == NODE_ASK || kind == NODE_RUN || kind == NODE_ERROR ||
           (kind >= NODE_WAIT && kind <= NODE_WAIT_ANY) || kind == NODE_REFER_TO;
}

/* May a call in this state fail with what the handler answers? */
static bool may_fail_so(const struct flow_graph *graph, const struct symbol *state,
                        const struct node *handler)
{
    if (handler->kind != NODE_ON_ERROR || handler->symbol == NULL)
        return handler->kind == NODE_ON_ERROR;
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct flow_point *point = &graph->points.at[i];
        if (point->kind != FLOW_STEP || point->state != state ||
            flow_is_undo(graph, point->strand) || point->node->kind != NODE_CALL ||
            point->node->target->symbol == NULL)
            continue;
        const struct symbol *called = point->node->target->symbol;
        for (uint32_t k = 0; k < called->errors_n; k++)
            if (called->errors[k] == handler->symbol)
                return true;
    }
    return false;
}

/* What happens by itself, at once: everything but handlers of events and of time. */
static bool follows(void *context, const struct flow_graph *graph,
                    const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)facts;
    const struct flow_point *from = &graph->points.at[edge->from];
    const struct flow_point *to = &graph->points.at[edge->to];
    if (waits(from) || edge->cause == FLOW_HANDLED)
        return false;
    if (edge->cause == FLOW_MEANWHILE) /* only while a call fails */
        return from->kind == FLOW_STEP && from->node->kind == NODE_CALL;
    if (edge->cause == FLOW_HAPPENS)
        return may_fail_so(graph, from->state, to->node);
    return to->kind != FLOW_ENTRY || edge->cause == FLOW_IN;
}

static void note_hop(struct circling *k, uint32_t state, const struct flow_edge *edge)
{
    const struct flow_point *to = &k->graph->points.at[edge->to];
    if (edge->cause != FLOW_GO || to->kind != FLOW_ENTRY || to->node->number > 0)
        return;
    struct hop new = {k->state_of[edge->to], edge->why};
    struct hop *known = hop(k, state, new.to);
    if (known == NULL)
        vec_push(k->c->compile, &k->hops[state].to, new);
    else if (edge->why->span.from < known->why->span.from)
        *known = new;
}

static void find_hops(struct circling *k, uint32_t state)
{
    const struct flow_graph *graph = k->graph;
    struct flow_reading reading = {1, false, follows, NULL};
    const struct flow_facts *there =
        flow_desk_solve(k->desk, &reading,
                        flow_point_of(graph, FLOW_ENTRY, graph->states.at[state]), NULL);
    for (uint32_t i = 0; i < there->reached_n; i++) {
        uint32_t from = there->reached[i];
        for (uint32_t e = graph->out_from[from]; e < graph->out_from[from + 1]; e++)
            note_hop(k, state, &graph->edges.at[graph->outs[e]]);
    }
}

/* The shortest way from `start` back to it; `came` says from where each was reached. */
static bool find_circle(struct circling *k, uint32_t start, uint32_t *came)
{
    uint32_t n = k->graph->states.n, head = 0, tail = 0;
    if (k->hops[start].to.n == 0)
        return false;
    uint32_t *queue = arena_array(k->c->compile, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        came[i] = FLOW_NOWHERE;
    queue[tail++] = start;
    while (head < tail) {
        uint32_t at = queue[head++];
        for (uint32_t i = 0; i < k->hops[at].to.n; i++) {
            uint32_t to = k->hops[at].to.at[i].to;
            if (came[to] != FLOW_NOWHERE)
                continue;
            came[to] = at;
            if (to == start)
                return true;
            queue[tail++] = to;
        }
    }
    return false;
}

static struct text circle_text(struct circling *k, uint32_t start, const uint32_t *came)
{
    uint32_t n = k->graph->states.n, length = 0;
    uint32_t *way = arena_array(k->c->compile, uint32_t, n + 1);
    for (uint32_t at = start; length == 0 || at != start; at = came[at])
        way[length++] = at; /* backwards */
    struct buf out;
    buf_init(&out, k->c->compile);
    buf_text(&out, k->graph->states.at[start]->name);
    for (uint32_t i = length, at = start; i-- > 0;) {
        uint32_t to = i == 0 ? start : way[i];
        buf_printf(&out, " ─line %u→ " TEXT_FMT, hop(k, at, to)->why->span.line,
                   TEXT_ARG(k->graph->states.at[to]->name));
        at = to;
    }
    return buf_done(&out);
}

void check_circles(struct check *c, const struct flow_graph *graph)
{
    uint32_t n = graph->states.n;
    struct circling k = {c, graph, arena_array(c->compile, struct hops, n + 1),
                         arena_array(c->compile, uint32_t, graph->points.n),
                         flow_desk_new(c->compile, graph)};
    bool *is_said = arena_array(c->compile, bool, n + 1);
    uint32_t *came = arena_array(c->compile, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        k.state_of[flow_point_of(graph, FLOW_ENTRY, graph->states.at[i])] = i;
    for (uint32_t i = 0; i < n; i++)
        find_hops(&k, i);
    flow_desk_free(k.desk);
    for (uint32_t i = 0; i < n; i++) {
        if (is_said[i] || graph->states.at[i]->number > 0 || !find_circle(&k, i, came))
            continue;
        struct diag *diag = diag_add(c->diags, DIAG_F0204, graph->states.at[i]->name_span,
                                     "this loop can spin without ever waiting");
        diag_label(c->diags, diag, TEXT_FMT, TEXT_ARG(circle_text(&k, i, came)));
        diag_why(c->diags, diag, "It would do so as fast as the machine allows.");
        diag_help(c->diags, diag, "state " TEXT_FMT " up to 3 times { … }",
                  TEXT_ARG(graph->states.at[i]->name));
        for (uint32_t at = came[i];; at = came[at]) {
            is_said[at] = true;
            if (at == i)
                break;
        }
    }
}
