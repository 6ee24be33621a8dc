/* The graph of a flow: built once from the tree, followed by every rule about ways. */
#include "dsl/flow_graph.h"

#include <string.h>

#include "engine/base/arena.h"

struct building {
    struct arena *compile;
    struct flow_graph *graph;
    uint32_t end;
};

/* Where we are while walking the steps of a strand. */
struct walking {
    const struct symbol *state;
    uint32_t strand;
    uint32_t over;    /* where `stay` and `retry` end */
    uint32_t give_to; /* the end of this iteration or branch; FLOW_NOWHERE */
    const struct node *tried;
    bool is_guarded;
    bool in_when; /* `refer to` parks the step above */
};

static uint32_t walk_steps(struct building *b, struct walking w, struct nodes steps,
                           uint32_t at);
static uint32_t walk_step(struct building *b, struct walking w, const struct node *step,
                          uint32_t from);

/* What a point is looked up by. */
struct place {
    const struct node *node;
    uint64_t kind;
};

static struct text place_key(const struct place *place)
{
    return (struct text){(const char *)place, sizeof *place};
}

/* `number`: of the point, counted from 1. */
static void put_place(struct building *b, const struct place *place, uint32_t number)
{
    map_put(b->graph->places, text_dup(b->compile, place_key(place)),
            (void *)(uintptr_t)number);
}

static uint32_t point(struct building *b, const struct walking *w,
                      enum flow_point_kind kind, const struct node *node)
{
    struct flow_point new = {kind, node, w->state, w->strand, w->tried, w->is_guarded};
    vec_push(b->compile, &b->graph->points, new);
    if (node != NULL && flow_point_of(b->graph, kind, node) == FLOW_NOWHERE)
        put_place(b, &(struct place){node, kind}, b->graph->points.n);
    return b->graph->points.n - 1;
}

static void edge(struct building *b, uint32_t from, uint32_t to, enum flow_cause cause,
                 const struct node *why)
{
    struct flow_edge new = {from, to, cause, why};
    if (from != FLOW_NOWHERE && to != FLOW_NOWHERE)
        vec_push(b->compile, &b->graph->edges, new);
}

static uint32_t strand(struct building *b, struct flow_strand new)
{
    vec_push(b->compile, &b->graph->strands, new);
    return b->graph->strands.n - 1;
}

static const struct node *state_node(const struct building *b, const struct symbol *state)
{
    return state == NULL ? b->graph->flow : state->node;
}

static uint32_t beside_of(const struct building *b, const struct symbol *state)
{
    return flow_point_of(b->graph, FLOW_BESIDE, state_node(b, state));
}

/* ---- steps ---- */

static uint32_t walk_action(struct building *b, struct walking w,
                            const struct node *action, uint32_t at)
{
    if (action == NULL)
        return at;
    if (at == FLOW_NOWHERE)
        return at;
    if (action->kind == NODE_BLOCK)
        return walk_steps(b, w, action->items, at);
    return walk_step(b, w, action, at);
}

static void walk_choice(struct building *b, struct walking w, const struct node *choice,
                        uint32_t from, enum flow_cause cause, uint32_t join)
{
    w.is_guarded |= choice->where != NULL;
    uint32_t begin = point(b, &w, FLOW_CHOICE, choice);
    edge(b, from, begin, cause, choice);
    edge(b, walk_action(b, w, choice->block, begin), join, FLOW_NEXT, NULL);
}

/* A join that nobody reaches is no way on. */
static uint32_t reached(const struct building *b, uint32_t join)
{
    for (uint32_t i = b->graph->edges.n; i-- > 0;)
        if (b->graph->edges.at[i].to == join)
            return join;
    return FLOW_NOWHERE;
}

static bool goes_on_by_itself(const struct node *step)
{
    return !(step->whens.n > 0 &&
             (step->kind == NODE_ASK || step->kind == NODE_WAIT_ANY));
}

static bool lets_time_pass(const struct node *step)
{
    return step->kind == NODE_CALL || step->kind == NODE_RUN || step->kind == NODE_ASK ||
           (step->kind >= NODE_WAIT && step->kind <= NODE_WAIT_ANY);
}

/* A dead letter is laid over another state; while undoing, handlers are deaf. */
static bool hears_others(const struct building *b, uint32_t strand)
{
    uint32_t root = flow_strand_root(b->graph, strand);
    enum node_kind kind = b->graph->strands.at[root].node->kind;
    return kind != NODE_DEAD_LETTER && kind != NODE_UNDONE_BY;
}

/* A step with several ways out. */
static uint32_t walk_outs(struct building *b, struct walking w, const struct node *step,
                          uint32_t at)
{
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    if (lets_time_pass(step) && hears_others(b, w.strand))
        edge(b, at, beside_of(b, w.state), FLOW_MEANWHILE, NULL);
    if (goes_on_by_itself(step))
        edge(b, at, join, FLOW_NEXT, NULL);
    w.in_when = true;
    node_each(when, step->whens) walk_choice(b, w, when, at, FLOW_OUT, join);
    if (step->otherwise != NULL) {
        uint32_t late = point(b, &w, FLOW_JOIN, NULL);
        edge(b, at, late, FLOW_OUT, NULL);
        edge(b, walk_action(b, w, step->otherwise, late), join, FLOW_NEXT, NULL);
    }
    return reached(b, join);
}

static uint32_t walk_if(struct building *b, struct walking w, const struct node *step,
                        uint32_t at)
{
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    w.is_guarded = true;
    edge(b, walk_action(b, w, step->block, at), join, FLOW_NEXT, NULL);
    edge(b, walk_action(b, w, step->otherwise, at), join, FLOW_NEXT, NULL);
    return reached(b, join);
}

static uint32_t walk_match(struct building *b, struct walking w, const struct node *step,
                           uint32_t at)
{
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    node_each(arm, step->whens) walk_choice(b, w, arm, at, FLOW_NEXT, join);
    return reached(b, join);
}

static struct walking part_of(struct building *b, struct walking w,
                              const struct node *node, const struct node *joins)
{
    struct flow_strand new = {node, w.state, joins, w.strand, FLOW_NOWHERE, FLOW_NOWHERE};
    w.strand = strand(b, new);
    w.tried = NULL;
    w.in_when = false;
    return w;
}

static uint32_t walk_rounds(struct building *b, struct walking w, const struct node *step,
                            uint32_t at)
{
    struct walking inside = part_of(b, w, step, step);
    uint32_t begin = point(b, &inside, FLOW_BRANCH, step);
    uint32_t over = point(b, &inside, FLOW_JOIN, NULL);
    b->graph->strands.at[inside.strand].start = begin;
    inside.give_to = over;
    edge(b, at, begin, FLOW_NEXT, NULL);
    edge(b, walk_action(b, inside, step->block, begin), over, FLOW_NEXT, NULL);
    edge(b, over, at, FLOW_AGAIN, NULL);
    if (step->otherwise == NULL)
        return at;
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    edge(b, at, join, FLOW_NEXT, NULL);
    edge(b, walk_action(b, w, step->otherwise, at), join, FLOW_NEXT, NULL);
    return join;
}

static uint32_t walk_together(struct building *b, struct walking w,
                              const struct node *step, uint32_t at)
{
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    node_each(branch, step->items)
    {
        struct walking inside = part_of(b, w, branch, step);
        uint32_t begin = point(b, &inside, FLOW_BRANCH, branch);
        b->graph->strands.at[inside.strand].start = begin;
        inside.give_to = join;
        edge(b, at, begin, FLOW_NEXT, NULL);
        edge(b, walk_action(b, inside, branch->block, begin), join, FLOW_NEXT, NULL);
    }
    return reached(b, join);
}

static uint32_t walk_attempt(struct building *b, struct walking w,
                             const struct node *step, uint32_t at)
{
    uint32_t join = point(b, &w, FLOW_JOIN, NULL);
    struct walking inside = w;
    inside.tried = step;
    edge(b, walk_action(b, inside, step->block, at), join, FLOW_NEXT, NULL);
    w.in_when = true;
    node_each(when, step->whens) walk_choice(b, w, when, at, FLOW_UNDONE, join);
    return reached(b, join);
}

/* In by the way of those around it that one is not in yet: their steps begin too. */
static void go_to(struct building *b, const struct walking *w, const struct node *step,
                  const struct symbol *to, uint32_t at)
{
    if (to == NULL || to->node == NULL) { /* `failed`, or a name that nobody knows */
        edge(b, at, b->end, FLOW_STOPS, step);
        b->graph->has_unknown_way |= to == NULL;
        return;
    }
    edge(b, at, flow_point_of(b->graph, FLOW_ENTRY, to->node), FLOW_GO, step);
    for (const struct symbol *outer = to->owner; outer != NULL; outer = outer->owner)
        if (!flow_state_is_in(w->state, outer))
            edge(b, at, flow_point_of(b->graph, FLOW_STEPS, outer->node), FLOW_GO, step);
}

/* What could not be read may have led to each state it mentions. */
static void walk_mistake(struct building *b, const struct walking *w,
                         const struct node *mistake, uint32_t at)
{
    node_each(said, mistake->items) if (said->symbol != NULL &&
                                        said->symbol->kind == SYMBOL_STATE)
        go_to(b, w, mistake, said->symbol, at);
}

/* The strand of the block that puts the step back, if it has one. */
static void walk_undo(struct building *b, const struct walking *w,
                      const struct node *step)
{
    const struct node *undo =
        step->kind == NODE_CALL ? node_clause(step, NODE_UNDONE_BY) : NULL;
    if (undo == NULL)
        return;
    struct flow_strand new = {undo,         w->state,     NULL,
                              FLOW_NOWHERE, FLOW_NOWHERE, FLOW_NOWHERE};
    struct walking inside = {
        .state = w->state, .strand = strand(b, new), .give_to = FLOW_NOWHERE};
    uint32_t begin = point(b, &inside, FLOW_UNDO, undo);
    inside.over = point(b, &inside, FLOW_OVER, undo);
    b->graph->strands.at[inside.strand].start = begin;
    b->graph->strands.at[inside.strand].over = inside.over;
    edge(b, walk_action(b, inside, undo->block, begin), inside.over, FLOW_NEXT, NULL);
}

static uint32_t walk_step(struct building *b, struct walking w, const struct node *step,
                          uint32_t from)
{
    uint32_t at = point(b, &w, FLOW_STEP, step);
    edge(b, from, at, FLOW_NEXT, NULL);
    walk_undo(b, &w, step);
    switch ((int)step->kind) {
    case NODE_IF:
        return walk_if(b, w, step, at);
    case NODE_MATCH:
        return walk_match(b, w, step, at);
    case NODE_FOR_EACH:
    case NODE_REPEAT:
        return walk_rounds(b, w, step, at);
    case NODE_TOGETHER:
        return walk_together(b, w, step, at);
    case NODE_ATTEMPT:
        return walk_attempt(b, w, step, at);
    case NODE_GO_TO:
        go_to(b, &w, step, step->symbol, at);
        return FLOW_NOWHERE;
    case NODE_ERROR:
        walk_mistake(b, &w, step, at);
        return at;
    case NODE_FAIL:
        edge(b, at, b->end, FLOW_STOPS, step);
        return FLOW_NOWHERE;
    case NODE_STAY:
    case NODE_RETRY:
        if (step->flag) /* misplaced: nobody knows what was meant */
            go_to(b, &w, step, NULL, at);
        else
            edge(b, at, w.over, FLOW_STOPS, step);
        return FLOW_NOWHERE;
    case NODE_GIVE:
        edge(b, at, w.give_to, FLOW_NEXT, NULL);
        return w.give_to == FLOW_NOWHERE ? at : FLOW_NOWHERE;
    case NODE_REFER_TO:
        if (step->symbol != NULL)
            edge(b, at, flow_point_of(b->graph, FLOW_LETTER, step->symbol->node),
                 FLOW_REFERS, step);
        return w.in_when ? FLOW_NOWHERE : at;
    case NODE_CALL:
    case NODE_RUN:
    case NODE_ASK:
    case NODE_WAIT:
    case NODE_WAIT_UNTIL:
    case NODE_WAIT_FOR:
    case NODE_WAIT_ANY:
    case NODE_UNDO_ALL:
    case NODE_UNDO_SINCE:
    case NODE_UNDO:
        return walk_outs(b, w, step, at);
    }
    return at;
}

static bool is_step(const struct node *node)
{
    return (node->kind >= NODE_BLOCK && node->kind <= NODE_STAY) ||
           node->kind == NODE_ERROR;
}

static uint32_t walk_steps(struct building *b, struct walking w, struct nodes steps,
                           uint32_t at)
{
    node_each(step, steps)
    {
        if (at == FLOW_NOWHERE)
            return at;
        if (is_step(step))
            at = step->kind == NODE_BLOCK ? walk_steps(b, w, step->items, at)
                                          : walk_step(b, w, step, at);
    }
    return at;
}

/* ---- states, handlers, dead letters ---- */

/* What go to, refer to and handlers lead to is there before anything leads to it. */
static void put_states(struct building *b, const struct node *owner,
                       const struct symbol *state)
{
    struct walking w = {.state = state};
    struct flow_strand own = {owner,        state,        NULL,
                              FLOW_NOWHERE, FLOW_NOWHERE, FLOW_NOWHERE};
    w.strand = strand(b, own);
    if (owner->kind != NODE_FLOW)
        point(b, &w, FLOW_ENTRY, owner);
    b->graph->strands.at[w.strand].start = point(b, &w, FLOW_STEPS, owner);
    if (owner->kind != NODE_FINAL) {
        b->graph->strands.at[w.strand].over = point(b, &w, FLOW_OVER, owner);
        point(b, &w, FLOW_BESIDE, owner);
    }
    node_each(item, owner->items)
    {
        if (item->kind == NODE_STATE || item->kind == NODE_FINAL) {
            vec_push(b->compile, &b->graph->states, item);
            put_states(b, item, item->declares);
        } else if (item->kind == NODE_DEAD_LETTER) {
            struct flow_strand letter = {item,         state,        NULL,
                                         FLOW_NOWHERE, FLOW_NOWHERE, FLOW_NOWHERE};
            struct walking there = {.state = state, .strand = strand(b, letter)};
            b->graph->strands.at[there.strand].start =
                point(b, &there, FLOW_LETTER, item);
            b->graph->strands.at[there.strand].over = point(b, &there, FLOW_OVER, item);
        }
    }
}

/* The innermost answer wins: does a handler of `item` take the same, whatever it is? */
static bool takes_the_same(const struct node *item, const struct node *handler)
{
    if (item->kind != handler->kind || item->where != NULL ||
        handler->kind == NODE_ON_LATE || handler->kind == NODE_AFTER ||
        handler->kind == NODE_EVERY)
        return false;
    if (handler->kind == NODE_ON)
        return item->target->symbol == handler->target->symbol;
    return item->target == NULL || (handler->target != NULL &&
                                    text_is(item->target->name, handler->target->name));
}

static bool is_answered_inside(const struct symbol *state, const struct symbol *until,
                               const struct node *handler)
{
    for (; state != NULL && state != until; state = state->owner)
        node_each(item,
                  state->node->items) if (takes_the_same(item, handler)) return true;
    return false;
}

static void put_on_duty(struct building *b, const struct symbol *state,
                        const struct symbol *owner, const struct node *handler,
                        uint32_t strand)
{
    if (is_answered_inside(state, owner, handler))
        return;
    struct flow_duty duty = {state, strand};
    vec_push(b->compile, &b->graph->duties, duty);
    edge(b, beside_of(b, state), b->graph->strands.at[strand].start, FLOW_HAPPENS,
         handler);
}

static void walk_handler(struct building *b, const struct node *handler,
                         const struct symbol *owner)
{
    struct flow_strand new = {handler,      owner,        NULL,
                              FLOW_NOWHERE, FLOW_NOWHERE, FLOW_NOWHERE};
    struct walking w = {.state = owner,
                        .strand = strand(b, new),
                        .give_to = FLOW_NOWHERE,
                        .is_guarded = handler->where != NULL};
    uint32_t begin = point(b, &w, FLOW_HANDLER, handler);
    w.over = point(b, &w, FLOW_OVER, handler);
    b->graph->strands.at[w.strand].start = begin;
    b->graph->strands.at[w.strand].over = w.over;
    if (owner == NULL)
        put_on_duty(b, NULL, owner, handler, w.strand);
    for (uint32_t i = 0; i < b->graph->states.n; i++) {
        const struct node *state = b->graph->states.at[i];
        if (state->kind == NODE_STATE && flow_state_is_in(state->declares, owner))
            put_on_duty(b, state->declares, owner, handler, w.strand);
    }
    edge(b, walk_action(b, w, handler->block, begin), w.over, FLOW_NEXT, NULL);
}

static void walk_letter(struct building *b, const struct node *letter,
                        const struct symbol *owner)
{
    uint32_t begin = flow_point_of(b->graph, FLOW_LETTER, letter);
    struct walking w = {.state = owner,
                        .strand = b->graph->points.at[begin].strand,
                        .give_to = FLOW_NOWHERE,
                        .in_when = true};
    w.over = b->graph->strands.at[w.strand].over;
    node_each(when, letter->whens) walk_choice(b, w, when, begin, FLOW_CHOOSES, w.over);
}

static const struct node *first_state(const struct node *owner)
{
    node_each(item, owner->items) if (item->kind == NODE_STATE ||
                                      item->kind == NODE_FINAL) return item;
    return NULL;
}

static void walk_owner(struct building *b, const struct node *owner,
                       const struct symbol *state)
{
    uint32_t begin = flow_point_of(b->graph, FLOW_STEPS, owner);
    uint32_t entry =
        owner->kind == NODE_FLOW ? begin : flow_point_of(b->graph, FLOW_ENTRY, owner);
    struct walking w = {.state = state,
                        .strand = b->graph->points.at[begin].strand,
                        .give_to = FLOW_NOWHERE};
    w.over = b->graph->strands.at[w.strand].over;
    if (entry != begin)
        edge(b, entry, begin, FLOW_IN, NULL);
    if (owner->kind == NODE_FINAL) {
        edge(b, walk_action(b, w, owner->block, begin), b->end, FLOW_STOPS, NULL);
        return;
    }
    uint32_t ended = walk_steps(b, w, owner->items, begin);
    const struct node *first = first_state(owner);
    edge(b, ended, w.over, FLOW_NEXT, NULL);
    edge(b, w.over, beside_of(b, state), FLOW_MEANWHILE, NULL);
    if (first != NULL)
        edge(b, owner->kind == NODE_FLOW ? w.over : entry,
             flow_point_of(b->graph, FLOW_ENTRY, first), FLOW_IN, NULL);
    else if (owner->kind == NODE_FLOW)
        edge(b, w.over, b->end, FLOW_STOPS, NULL);
    node_each(item, owner->items)
    {
        if (item->kind >= NODE_ON && item->kind <= NODE_EVERY)
            walk_handler(b, item, state);
        else if (item->kind == NODE_DEAD_LETTER)
            walk_letter(b, item, state);
        else if (item->kind == NODE_STATE || item->kind == NODE_FINAL)
            walk_owner(b, item, item->declares);
    }
}

/* Steps that say `go to` wait for handlers that are running: what these did is there too.
 */
static void put_handled(struct building *b)
{
    uint32_t n = b->graph->edges.n;
    for (uint32_t i = 0; i < n; i++) {
        struct flow_edge go = b->graph->edges.at[i];
        const struct flow_point *from = &b->graph->points.at[go.from];
        uint32_t root = flow_strand_root(b->graph, from->strand);
        if (go.cause == FLOW_GO && b->graph->strands.at[root].node->kind == NODE_STATE)
            edge(b, beside_of(b, from->state), go.to, FLOW_HANDLED, go.why);
    }
}

static bool is_plain(const struct node *expr)
{
    return expr == NULL || expr->kind == NODE_NAME ||
           (expr->kind >= NODE_INT && expr->kind <= NODE_TEXT) ||
           (expr->kind >= NODE_TRUE && expr->kind <= NODE_NONE);
}

/* What is computed may be `bad_value`. */
static bool may_be_bad(const struct node *step)
{
    bool makes =
        (step->kind == NODE_EMIT || step->kind == NODE_FAIL) && step->target->args.n > 0;
    return makes || !is_plain(step->value) || !is_plain(step->where);
}

static bool hears_bad_value(const struct node *handler)
{
    return handler->kind == NODE_ON_ERROR && handler->target != NULL &&
           text_is_chars(handler->target->name, "bad_value");
}

/* Steps that compute something may fail too, though no time passes there. Only who names
 * `bad_value` is taken to reckon with it. */
static void put_bad_values(struct building *b)
{
    const struct flow_graph *graph = b->graph;
    bool is_heard = false;
    for (uint32_t k = 0; k < graph->duties.n; k++)
        is_heard = is_heard ||
                   hears_bad_value(graph->strands.at[graph->duties.at[k].strand].node);
    for (uint32_t i = 0; i < graph->points.n && is_heard; i++) {
        struct flow_point at = graph->points.at[i];
        if (at.kind != FLOW_STEP || !may_be_bad(at.node))
            continue;
        uint32_t root = flow_strand_root(graph, at.strand);
        if (flow_is_undo(graph, root))
            continue; /* the undo has failed: that is nobody's `on error` */
        for (uint32_t k = 0; k < graph->duties.n; k++) {
            uint32_t heard = graph->duties.at[k].strand;
            if (graph->duties.at[k].state == at.state && heard != root &&
                hears_bad_value(graph->strands.at[heard].node))
                edge(b, i, graph->strands.at[heard].start, FLOW_HAPPENS,
                     graph->strands.at[heard].node);
        }
    }
}

/* Sorts the edges by where they come from, or lead to: each point's in the order they
 * were made. */
static void sort_edges(struct building *b, bool by_from, uint32_t **begin,
                       uint32_t **sorted)
{
    const struct flow_graph *graph = b->graph;
    uint32_t *first = arena_array(b->compile, uint32_t, graph->points.n + 1);
    *sorted = arena_array(b->compile, uint32_t, graph->edges.n + 1);
    for (uint32_t i = 0; i < graph->edges.n; i++)
        first[(by_from ? graph->edges.at[i].from : graph->edges.at[i].to) + 1]++;
    for (uint32_t i = 0; i < graph->points.n; i++)
        first[i + 1] += first[i];
    uint32_t *next = arena_copy(b->compile, first, (graph->points.n + 1) * sizeof *first);
    for (uint32_t i = 0; i < graph->edges.n; i++)
        (*sorted)[next[by_from ? graph->edges.at[i].from : graph->edges.at[i].to]++] = i;
    *begin = first;
}

struct flow_graph *flow_graph_of(struct arena *compile, const struct node *flow)
{
    struct building b = {.compile = compile};
    b.graph = arena_new_of(compile, struct flow_graph);
    b.graph->flow = flow;
    b.graph->places = map_new(compile);
    put_states(&b, flow, NULL);
    struct walking nowhere = {.strand = 0};
    b.end = point(&b, &nowhere, FLOW_END, NULL);
    walk_owner(&b, flow, NULL);
    put_handled(&b);
    put_bad_values(&b);
    sort_edges(&b, true, &b.graph->out_from, &b.graph->outs);
    sort_edges(&b, false, &b.graph->in_from, &b.graph->ins);
    return b.graph;
}

/* ---- asking ---- */

uint32_t flow_point_of(const struct flow_graph *graph, enum flow_point_kind kind,
                       const struct node *node)
{
    struct place place = {node, kind};
    uintptr_t number = (uintptr_t)map_get(graph->places, place_key(&place));
    return number == 0 ? FLOW_NOWHERE : (uint32_t)number - 1;
}

bool flow_is_in_strand(const struct flow_graph *graph, uint32_t point, uint32_t strand)
{
    uint32_t at = graph->points.at[point].strand;
    while (at != strand && at != FLOW_NOWHERE)
        at = graph->strands.at[at].outer;
    return at == strand;
}

uint32_t flow_strand_root(const struct flow_graph *graph, uint32_t strand)
{
    while (graph->strands.at[strand].outer != FLOW_NOWHERE)
        strand = graph->strands.at[strand].outer;
    return strand;
}

bool flow_is_undo(const struct flow_graph *graph, uint32_t strand)
{
    uint32_t root = flow_strand_root(graph, strand);
    return graph->strands.at[root].node->kind == NODE_UNDONE_BY;
}

bool flow_state_is_in(const struct symbol *state, const struct symbol *outer)
{
    if (outer == NULL)
        return true;
    for (; state != NULL; state = state->owner)
        if (state == outer)
            return true;
    return false;
}

bool flow_comes_back(const struct flow_graph *graph, uint32_t strand)
{
    uint32_t over = graph->strands.at[strand].over;
    return over != FLOW_NOWHERE && graph->in_from[over + 1] > graph->in_from[over];
}
