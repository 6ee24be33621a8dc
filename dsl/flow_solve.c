/* Facts followed along a flow's graph until nothing changes. */
#include <string.h>

#include "dsl/flow_graph.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"

/* Only what is reached costs: a rule that looks at one handler of a large flow touches
 * its points and no others. */
struct solving {
    struct arena *arena; /* of the facts */
    const struct flow_graph *graph;
    const struct flow_reading *reading;
    struct flow_facts facts;
    uint64_t *carried;
    uint64_t *queued; /* points to be followed on, a bit each */
    uint32_t queued_n;
    uint32_t at; /* points were made about in the order of the flow: going round in it,
                    most are followed on once */
};

static void put(struct solving *s, uint32_t point)
{
    uint64_t bit = UINT64_C(1) << (point % 64);
    s->queued_n += (s->queued[point / 64] & bit) == 0;
    s->queued[point / 64] |= bit;
}

/* The next one at or behind `at`, round the end; there is one. */
static uint32_t take(struct solving *s)
{
    uint32_t words = s->graph->points.n / 64 + 1, w = s->at / 64;
    uint64_t here = s->queued[w] & (UINT64_MAX << (s->at % 64));
    while (here == 0) {
        w = (w + 1) % words;
        here = s->queued[w];
    }
    uint32_t point = w * 64 + (uint32_t)__builtin_ctzll(here);
    s->queued[w] &= ~(UINT64_C(1) << (point % 64));
    s->queued_n--;
    s->at = point;
    return point;
}

static void reach(struct solving *s, uint32_t point, const uint64_t *known)
{
    size_t bytes = s->facts.words * sizeof *known;
    s->facts.is_reached[point] = true;
    s->facts.reached[s->facts.reached_n++] = point;
    s->facts.at[point] = arena_copy(s->arena, known, bytes);
    put(s, point);
}

/* What comes in along one edge meets what was known. */
static void meet(struct solving *s, uint32_t point)
{
    if (!s->facts.is_reached[point]) {
        reach(s, point, s->carried);
        return;
    }
    uint64_t *at = s->facts.at[point];
    bool is_new = false;
    for (uint32_t i = 0; i < s->facts.words; i++) {
        uint64_t met =
            s->reading->on_every_way ? at[i] & s->carried[i] : at[i] | s->carried[i];
        is_new |= met != at[i];
        at[i] = met;
    }
    if (is_new)
        put(s, point);
}

static void follow(struct solving *s, uint32_t point)
{
    const struct flow_graph *graph = s->graph;
    for (uint32_t i = graph->out_from[point]; i < graph->out_from[point + 1]; i++) {
        const struct flow_edge *edge = &graph->edges.at[graph->outs[i]];
        memcpy(s->carried, s->facts.at[point], s->facts.words * sizeof *s->carried);
        if (s->reading->pass(s->reading->context, graph, edge, s->carried))
            meet(s, edge->to);
    }
}

static void open(struct solving *s, struct arena *compile, const struct flow_graph *graph)
{
    *s = (struct solving){.graph = graph};
    s->facts.at = arena_array(compile, uint64_t *, graph->points.n);
    s->facts.is_reached = arena_array(compile, bool, graph->points.n);
    s->facts.reached = arena_array(compile, uint32_t, graph->points.n);
    s->queued = arena_array(compile, uint64_t, graph->points.n / 64 + 1);
}

static void solve(struct solving *s, struct arena *arena,
                  const struct flow_reading *reading, const uint32_t *starts,
                  uint32_t starts_n, const uint64_t *known)
{
    s->arena = arena;
    s->reading = reading;
    s->facts.words = reading->words;
    s->facts.nothing = arena_array(arena, uint64_t, reading->words + 1);
    s->carried = arena_array(arena, uint64_t, reading->words + 1);
    s->at = starts_n == 0 ? 0 : starts[0];
    for (uint32_t i = 0; i < starts_n; i++)
        reach(s, starts[i], known == NULL ? s->facts.nothing : known);
    while (s->queued_n > 0)
        follow(s, take(s));
}

struct flow_facts flow_solve(struct arena *compile, const struct flow_graph *graph,
                             const struct flow_reading *reading, uint32_t start,
                             const uint64_t *known)
{
    return flow_solve_from(compile, graph, reading, &start, start != FLOW_NOWHERE, known);
}

struct flow_facts flow_solve_from(struct arena *compile, const struct flow_graph *graph,
                                  const struct flow_reading *reading,
                                  const uint32_t *starts, uint32_t starts_n,
                                  const uint64_t *known)
{
    struct solving s;
    open(&s, compile, graph);
    solve(&s, compile, reading, starts, starts_n, known);
    return s.facts;
}

/* ---- again and again ---- */

struct flow_desk {
    struct solving s;
    struct arena *facts;
};

struct flow_desk *flow_desk_new(struct arena *compile, const struct flow_graph *graph)
{
    struct flow_desk *desk = arena_new_of(compile, struct flow_desk);
    open(&desk->s, compile, graph);
    desk->facts = arena_new("walk", LIMIT_COMPILE_BYTES);
    return desk;
}

void flow_desk_free(struct flow_desk *desk)
{
    if (desk != NULL)
        arena_free(desk->facts);
}

const struct flow_facts *flow_desk_solve(struct flow_desk *desk,
                                         const struct flow_reading *reading,
                                         uint32_t start, const uint64_t *known)
{
    struct flow_facts *facts = &desk->s.facts;
    for (uint32_t i = 0; i < facts->reached_n; i++)
        facts->is_reached[facts->reached[i]] = false;
    facts->reached_n = 0;
    arena_reset(desk->facts);
    solve(&desk->s, desk->facts, reading, &start, start != FLOW_NOWHERE, known);
    return facts;
}

bool *flow_lead_to(struct arena *compile, const struct flow_graph *graph,
                   const struct flow_reading *reading, const bool *ends)
{
    bool *leads = arena_copy(compile, ends, graph->points.n);
    uint32_t *queue = arena_array(compile, uint32_t, graph->points.n + 1), n = 0;
    uint64_t *facts = arena_array(compile, uint64_t, reading->words + 1);
    for (uint32_t i = 0; i < graph->points.n; i++)
        if (leads[i])
            queue[n++] = i;
    while (n > 0) {
        uint32_t to = queue[--n];
        for (uint32_t i = graph->in_from[to]; i < graph->in_from[to + 1]; i++) {
            const struct flow_edge *edge = &graph->edges.at[graph->ins[i]];
            if (leads[edge->from] || !reading->pass(reading->context, graph, edge, facts))
                continue;
            leads[edge->from] = true;
            queue[n++] = edge->from;
        }
    }
    return leads;
}
