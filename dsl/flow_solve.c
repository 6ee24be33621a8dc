/* Facts followed along a flow's graph until nothing changes. */
#include <string.h>

#include "dsl/flow_graph.h"
#include "engine/base/arena.h"

/* Only what is reached costs: a rule that looks at one handler of a large flow touches
 * its points and no others. */
struct solving {
    struct arena *compile;
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
    s->facts.at[point] = arena_copy(s->compile, known, bytes);
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

struct flow_facts flow_solve(struct arena *compile, const struct flow_graph *graph,
                             const struct flow_reading *reading, uint32_t start,
                             const uint64_t *known)
{
    struct solving s = {.compile = compile, .graph = graph, .reading = reading};
    s.facts.words = reading->words;
    s.facts.at = arena_array(compile, uint64_t *, graph->points.n);
    s.facts.is_reached = arena_array(compile, bool, graph->points.n);
    s.facts.nothing = arena_array(compile, uint64_t, reading->words + 1);
    if (start == FLOW_NOWHERE)
        return s.facts;
    s.carried = arena_array(compile, uint64_t, reading->words + 1);
    s.queued = arena_array(compile, uint64_t, graph->points.n / 64 + 1);
    reach(&s, start, known == NULL ? s.facts.nothing : known);
    while (s.queued_n > 0)
        follow(&s, take(&s));
    return s.facts;
}
