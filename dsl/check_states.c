/* States: can each be entered, left and ended, on some way through the flow? (F0201,
 * F0202, F0203) */
#include "dsl/check_in.h"
#include "dsl/flow_graph.h"
#include "engine/base/arena.h"

struct standing {
    struct check *c;
    const struct flow_graph *graph;
    bool *is_stuck; /* for each state: F0203 */
};

static const struct node *state_at(const struct standing *s, uint32_t i)
{
    return s->graph->states.at[i];
}

static uint32_t entry_of(const struct standing *s, uint32_t i)
{
    return flow_point_of(s->graph, FLOW_ENTRY, state_at(s, i));
}

/* Entered by itself, or for one inside of it. */
static bool is_entered(const struct standing *s, const struct flow_facts *facts,
                       uint32_t i)
{
    return facts->is_reached[entry_of(s, i)] ||
           facts->is_reached[flow_point_of(s->graph, FLOW_STEPS, state_at(s, i))];
}

/* ---- F0201 ---- */

static const struct node *next_state(const struct node *state)
{
    for (const struct node *at = state->next; at != NULL; at = at->next)
        if (at->kind == NODE_STATE || at->kind == NODE_FINAL)
            return at;
    return NULL;
}

static bool pass_all(void *context, const struct flow_graph *graph,
                     const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)graph;
    (void)edge;
    (void)facts;
    return true;
}

static struct flow_facts reached_from(const struct standing *s, uint32_t start)
{
    struct flow_reading reading = {1, false, pass_all, NULL};
    return flow_solve(s->c->compile, s->graph, &reading, start, NULL);
}

static bool is_double(const struct standing *s, uint32_t i)
{
    for (uint32_t k = 0; k < s->graph->states.n; k++)
        if (k != i && text_is(state_at(s, k)->name, state_at(s, i)->name) &&
            state_at(s, k)->declares->owner == state_at(s, i)->declares->owner)
            return true;
    return false;
}

static void say_never_entered(struct standing *s, const struct node *state)
{
    struct diags *diags = s->c->diags;
    struct diag *diag =
        diag_add(diags, DIAG_F0201, state->name_span,
                 "nothing leads to state `" TEXT_FMT "`", TEXT_ARG(state->name));
    if (state->declares->uses > 0)
        diag_label(diags, diag, "no `go to` that names it is ever reached");
    else
        diag_label(diags, diag, "no `go to` names it");
    diag_help(diags, diag, "remove it, or say   go to " TEXT_FMT, TEXT_ARG(state->name));
}

/* Is it led to from one that is not entered either? Then that one is the cause. */
static bool is_led_to(const struct standing *s, const bool *entered, uint32_t i)
{
    for (uint32_t k = 0; k < s->graph->states.n; k++) {
        if (k == i || entered[k] ||
            flow_state_is_in(state_at(s, k)->declares, state_at(s, i)->declares))
            continue;
        struct flow_facts there = reached_from(s, entry_of(s, k));
        if (is_entered(s, &there, i))
            return true;
    }
    return false;
}

static void say_and_follow(struct standing *s, bool *entered, uint32_t i)
{
    struct flow_facts there = reached_from(s, entry_of(s, i));
    say_never_entered(s, state_at(s, i));
    for (uint32_t k = 0; k < s->graph->states.n; k++)
        entered[k] |= is_entered(s, &there, k);
}

/* Where the steps of a stuck state should have gone: that is said there. */
static bool is_wanted_by_stuck(const struct standing *s, uint32_t i)
{
    for (uint32_t k = 0; k < s->graph->states.n; k++)
        if (s->is_stuck[k] && next_state(state_at(s, k)) == state_at(s, i))
            return true;
    return false;
}

static void check_entered(struct standing *s)
{
    uint32_t n = s->graph->states.n;
    bool *entered = arena_array(s->c->compile, bool, n + 1);
    struct flow_facts all = reached_from(s, 0);
    if (s->graph->has_unknown_way)
        return;
    for (uint32_t i = 0; i < n; i++)
        entered[i] =
            is_entered(s, &all, i) || is_double(s, i) || is_wanted_by_stuck(s, i);
    for (uint32_t i = 0; i < n; i++)
        if (!entered[i] && !is_led_to(s, entered, i))
            say_and_follow(s, entered, i);
    for (uint32_t i = 0; i < n; i++) /* those that lead to each other in a circle */
        if (!entered[i])
            say_and_follow(s, entered, i);
}

/* ---- F0203 ---- */

static uint32_t steps_of(const struct standing *s, const struct node *state)
{
    return flow_point_of(s->graph, FLOW_STEPS, state);
}

static bool pass_steps(void *context, const struct flow_graph *graph,
                       const struct flow_edge *edge, uint64_t *facts)
{
    const struct flow_point *from = &graph->points.at[edge->from];
    (void)context;
    (void)facts;
    if (from->kind == FLOW_STEP && from->node->kind == NODE_ERROR &&
        mistake_leads_away(from->node))
        return false;
    return flow_is_in_strand(graph, edge->to, flow_strand_root(graph, from->strand));
}

/* What is reached from the beginning of each state's steps, by its steps alone. */
static struct flow_facts reached_by_steps(const struct standing *s)
{
    struct flow_reading reading = {1, false, pass_steps, NULL};
    uint32_t *starts = arena_array(s->c->compile, uint32_t, s->graph->states.n + 1);
    for (uint32_t i = 0; i < s->graph->states.n; i++)
        starts[i] = steps_of(s, state_at(s, i));
    return flow_solve_from(s->c->compile, s->graph, &reading, starts, s->graph->states.n,
                           NULL);
}

/* For each strand: does something in it lead away, to a state, to the end, or to somebody
 * who decides? */
static bool *find_moves(const struct standing *s)
{
    const struct flow_graph *graph = s->graph;
    bool *moves = arena_array(s->c->compile, bool, graph->strands.n + 1);
    for (uint32_t i = 0; i < graph->edges.n; i++) {
        const struct flow_edge *edge = &graph->edges.at[i];
        if (edge->cause != FLOW_GO && edge->cause != FLOW_REFERS &&
            (edge->cause != FLOW_STOPS || graph->points.at[edge->to].kind != FLOW_END))
            continue;
        uint32_t at = graph->points.at[edge->from].strand;
        for (; at != FLOW_NOWHERE; at = graph->strands.at[at].outer)
            moves[at] = true;
    }
    return moves;
}

static bool has_inner(const struct node *state)
{
    node_each(item, state->items) if (item->kind == NODE_STATE ||
                                      item->kind == NODE_FINAL) return true;
    return false;
}

static bool is_own(const struct node *state, const struct node *handler)
{
    node_each(item, state->items) if (item == handler) return true;
    return false;
}

static bool is_moved(const struct standing *s, const struct node *state,
                     const bool *moves)
{
    node_each(item, state->items)
    {
        uint32_t begin = item->kind >= NODE_ON && item->kind <= NODE_EVERY
                             ? flow_point_of(s->graph, FLOW_HANDLER, item)
                             : FLOW_NOWHERE;
        if (begin != FLOW_NOWHERE && moves[s->graph->points.at[begin].strand])
            return true;
    }
    return has_inner(state) || mistake_may_answer(state->items);
}

/* The line of the step behind which the way comes to its end; 0: there are no steps. */
static uint32_t last_line(const struct standing *s, const struct flow_facts *there,
                          uint32_t over)
{
    uint32_t at = over;
    for (uint32_t hops = 0; hops <= s->graph->points.n; hops++) {
        const struct flow_point *point = &s->graph->points.at[at];
        if (point->kind == FLOW_STEP || point->kind == FLOW_CHOICE)
            return point->node->span.line;
        uint32_t before = FLOW_NOWHERE;
        for (uint32_t i = s->graph->in_from[at]; i < s->graph->in_from[at + 1]; i++) {
            uint32_t from = s->graph->edges.at[s->graph->ins[i]].from;
            if (there->is_reached[from] &&
                flow_is_in_strand(s->graph, from, s->graph->points.at[over].strand))
                before = from;
        }
        if (before == FLOW_NOWHERE)
            break;
        at = before;
    }
    return 0;
}

static struct text outer_handlers(const struct standing *s, const struct node *state)
{
    struct buf out;
    uint32_t n = 0;
    buf_init(&out, s->c->compile);
    for (uint32_t i = 0; i < s->graph->duties.n; i++) {
        const struct flow_duty *duty = &s->graph->duties.at[i];
        const struct node *handler = s->graph->strands.at[duty->strand].node;
        if (duty->state != state->declares || is_own(state, handler) || n > 3)
            continue;
        buf_chars(&out, n > 0 ? ", " : "");
        if (n++ == 3)
            buf_chars(&out, "…");
        else if (handler->kind == NODE_ON)
            buf_text(&out, handler->target->target->name);
        else
            buf_printf(&out, "`%s`", node_word(handler->kind));
    }
    return buf_done(&out);
}

static void say_stuck(struct standing *s, const struct node *state, uint32_t line)
{
    struct diags *diags = s->c->diags;
    struct text outer = outer_handlers(s, state);
    const struct node *next = next_state(state);
    struct diag *diag =
        diag_add(diags, DIAG_F0203, state->name_span,
                 "the steps of `" TEXT_FMT "` end, and then nothing can happen",
                 TEXT_ARG(state->name));
    if (line > 0)
        diag_label(diags, diag,
                   "no `go to` on the path through line %u, and no handler of its own",
                   line);
    else
        diag_label(diags, diag, "no steps, and no handler of its own that leads on");
    if (outer.n > 0)
        diag_why(diags, diag,
                 "Outer handlers (" TEXT_FMT
                 ") are not counted: they are exceptions, not the way forward.",
                 TEXT_ARG(outer));
    diag_help(diags, diag, "end with   go to " TEXT_FMT,
              TEXT_ARG(next == NULL ? TEXT("…") : next->name));
    if (next != NULL && state->span.to > state->span.from)
        diag_offer(
            diags, diag,
            source_span(state->span.source, state->span.to - 1, state->span.to - 1),
            "go to " TEXT_FMT " ", TEXT_ARG(next->name));
}

static void check_stuck(struct standing *s)
{
    const bool *moves = find_moves(s);
    struct flow_facts there = reached_by_steps(s);
    for (uint32_t i = 0; i < s->graph->states.n; i++) {
        const struct node *state = state_at(s, i);
        if (state->kind != NODE_STATE || is_moved(s, state, moves))
            continue;
        uint32_t strand = s->graph->points.at[steps_of(s, state)].strand;
        uint32_t over = s->graph->strands.at[strand].over;
        s->is_stuck[i] = there.is_reached[over];
        if (s->is_stuck[i])
            say_stuck(s, state, last_line(s, &there, over));
    }
}

/* ---- F0202 ---- */

/* A dead letter is no way on: somebody would have to act every time. */
static bool pass_on(void *context, const struct flow_graph *graph,
                    const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)graph;
    (void)facts;
    return edge->cause != FLOW_REFERS && edge->cause != FLOW_CHOOSES;
}

static const struct flow_reading reading_on = {1, false, pass_on, NULL};

/* The points from which the flow may end; or be stuck, which is said already, and the
 * cause. */
static bool *may_end(const struct standing *s)
{
    bool *ends = arena_array(s->c->compile, bool, s->graph->points.n + 1);
    for (uint32_t i = 0; i < s->graph->points.n; i++)
        ends[i] = s->graph->points.at[i].kind == FLOW_END;
    for (uint32_t i = 0; i < s->graph->states.n; i++)
        if (s->is_stuck[i])
            ends[entry_of(s, i)] = true;
    return flow_lead_to(s->c->compile, s->graph, &reading_on, ends);
}

/* The one other state that is reached from it; NULL: none, or several. */
static const struct node *only_other(const struct standing *s,
                                     const struct flow_facts *there, uint32_t from)
{
    const struct node *other = NULL;
    for (uint32_t i = 0; i < s->graph->states.n; i++) {
        if (i == from || !there->is_reached[entry_of(s, i)])
            continue;
        if (other != NULL)
            return NULL;
        other = state_at(s, i);
    }
    return other;
}

static bool comes_back(const struct standing *s, const struct node *state, uint32_t to)
{
    if (state == NULL)
        return false;
    struct flow_facts there =
        flow_solve(s->c->compile, s->graph, &reading_on,
                   flow_point_of(s->graph, FLOW_ENTRY, state), NULL);
    return there.is_reached[entry_of(s, to)];
}

static struct text leads_to(const struct standing *s, const struct flow_facts *there,
                            uint32_t from)
{
    struct buf out;
    uint32_t n = 0;
    buf_init(&out, s->c->compile);
    for (uint32_t i = 0; i < s->graph->states.n; i++) {
        if (i == from || !there->is_reached[entry_of(s, i)] ||
            flow_state_is_in(state_at(s, i)->declares, state_at(s, from)->declares))
            continue;
        buf_printf(&out, "%s", n == 0 ? "" : ", ");
        if (n++ == 3) {
            buf_chars(&out, "…");
            break;
        }
        buf_text(&out, state_at(s, i)->name);
    }
    return buf_done(&out);
}

static void say_endless(struct standing *s, const struct flow_facts *there, uint32_t i)
{
    struct diags *diags = s->c->diags;
    struct text others = leads_to(s, there, i);
    struct diag *diag = diag_add(diags, DIAG_F0202, state_at(s, i)->name_span,
                                 "from `" TEXT_FMT "` the flow can never end",
                                 TEXT_ARG(state_at(s, i)->name));
    if (others.n == 0)
        diag_label(diags, diag, "no way from here leads to a final state");
    else if (comes_back(s, only_other(s, there, i), i))
        diag_label(diags, diag, "leads only to " TEXT_FMT ", which leads only back here",
                   TEXT_ARG(others));
    else
        diag_label(diags, diag,
                   "leads only to " TEXT_FMT ", and from there to no final state",
                   TEXT_ARG(others));
    diag_why(diags, diag,
             "A dead letter is not an end: somebody would have to act every time.");
}

static void check_endless(struct standing *s)
{
    uint32_t n = s->graph->states.n;
    bool *is_said = arena_array(s->c->compile, bool, n + 1);
    const bool *ends = may_end(s);
    for (uint32_t i = 0; i < n; i++) {
        if (state_at(s, i)->kind == NODE_FINAL || is_said[i] || ends[entry_of(s, i)])
            continue;
        struct flow_facts there =
            flow_solve(s->c->compile, s->graph, &reading_on, entry_of(s, i), NULL);
        bool has_said_cause = false;
        for (uint32_t k = 0; k < n; k++)
            has_said_cause |= is_said[k] && there.is_reached[entry_of(s, k)];
        if (!has_said_cause)
            say_endless(s, &there, i);
        for (uint32_t k = 0; k < n; k++)
            is_said[k] |= there.is_reached[entry_of(s, k)];
    }
}

void check_states(struct check *c, const struct flow_graph *graph)
{
    struct standing s = {c, graph, arena_array(c->compile, bool, graph->states.n + 1)};
    check_stuck(&s);
    check_entered(&s);
    check_endless(&s);
}
