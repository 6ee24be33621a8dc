/* A flow as a graph: what may come after what, over every way (answers, errors, lateness,
 * handlers, cancellation, people), and a helper that follows facts along it.
 *
 * Each state has a point BESIDE: "something happens while one is here". Every step that
 * lets time pass leads there, and it leads to the handlers that are on duty; so handlers
 * begin with what some moment of the state knows. What a handler does comes back to the
 * steps beside it only by flow_solve()'s users (see strands): steps are not run again.
 * `retry`, `stay` and falling out of a dead letter's choice end their strand: they go on
 * where they came from. Steps that are never reached are not in the graph. The block that
 * puts an effect back is a strand that nothing leads to: it runs some time later, while
 * everything else is deaf. */
#ifndef DSL_FLOW_GRAPH_H
#define DSL_FLOW_GRAPH_H

#include "dsl/scope.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

enum flow_point_kind {
    FLOW_STEP,    /* node: the step */
    FLOW_ENTRY,   /* node: a state or final that is entered */
    FLOW_STEPS,   /* node: the state (or the flow) whose own steps begin */
    FLOW_BESIDE,  /* node: the state (or the flow) in which something happens */
    FLOW_HANDLER, /* node: the handler that begins */
    FLOW_LETTER,  /* node: the dead letter that somebody has before them */
    FLOW_CHOICE,  /* node: a way out that was taken: WHEN, ARM, DL_AFTER */
    FLOW_BRANCH,  /* node: the branch or FOR_EACH whose part begins */
    FLOW_UNDO,    /* node: the UNDONE_BY whose block begins */
    FLOW_JOIN,    /* several ways meet */
    FLOW_OVER,    /* node: state, flow, handler, letter: its steps have come to an end */
    FLOW_END      /* the flow has ended */
};

enum flow_cause {
    FLOW_NEXT,      /* it did what it should, or a choice was made */
    FLOW_OUT,       /* why: the WHEN; NULL: `when late`, `when exhausted` */
    FLOW_UNDONE,    /* why: the WHEN of an attempt that has been undone */
    FLOW_GO,        /* why: the GO_TO */
    FLOW_IN,        /* entered with the one around it */
    FLOW_AGAIN,     /* the next round */
    FLOW_MEANWHILE, /* while the step is under way */
    FLOW_HAPPENS,   /* a handler takes what has happened */
    FLOW_HANDLED, /* why: a GO_TO of the steps; it waits for handlers that are running */
    FLOW_REFERS,  /* to a dead letter */
    FLOW_CHOOSES, /* somebody chooses what the dead letter offers */
    FLOW_STOPS    /* `fail`, `stay`, `retry`, a final that is done */
};

struct flow_point {
    enum flow_point_kind kind;
    const struct node *node;
    const struct symbol *state; /* in whose items it stands; NULL: the flow's */
    uint32_t strand;
    const struct node *tried; /* the attempt around it in its strand; NULL */
    bool is_guarded;          /* below an `if` or a `where` */
};

struct flow_edge {
    uint32_t from, to;
    enum flow_cause cause;
    const struct node *why;
};

/* What runs as one: the steps of a state, a handler, a dead letter, a branch, an undo. */
struct flow_strand {
    const struct node *node;    /* STATE, FLOW, ON…, DEAD_LETTER, BRANCH, FOR_EACH,
                                   UNDONE_BY */
    const struct symbol *state; /* as in a point */
    const struct node *joins;   /* branches: the step they are parts of; else NULL */
    uint32_t outer;             /* branches: where they are in; else FLOW_NOWHERE */
    uint32_t start;             /* points */
    uint32_t over;
};

struct flow_duty { /* a handler is on duty in a state */
    const struct symbol *state;
    uint32_t strand; /* of the handler */
};

#define FLOW_NOWHERE UINT32_MAX

struct flow_graph {
    const struct node *flow;
    VEC(struct flow_point) points; /* the first is where the flow begins */
    VEC(struct flow_edge) edges;
    VEC(struct flow_strand) strands;
    VEC(struct flow_duty) duties;
    VEC(const struct node *) states; /* and finals, in source order */
    bool has_unknown_way;            /* a `go to` whose name nobody knows */
    uint32_t *out_from; /* point → where its edges begin in `outs`; one more at the end */
    uint32_t *outs;     /* indices of edges */
    uint32_t *in_from; /* the same of the edges that lead to it */
    uint32_t *ins;
    struct map *places; /* kind and node → the first such point */
};

struct flow_graph *flow_graph_of(struct arena *compile, const struct node *flow);

/* FLOW_NOWHERE when there is no such point. */
uint32_t flow_point_of(const struct flow_graph *graph, enum flow_point_kind kind,
                       const struct node *node);
bool flow_is_in_strand(const struct flow_graph *graph, uint32_t point, uint32_t strand);
bool flow_state_is_in(const struct symbol *state, const struct symbol *outer);
/* The strand around that is no branch. */
uint32_t flow_strand_root(const struct flow_graph *graph, uint32_t strand);
/* In the block of an `undone by`? */
bool flow_is_undo(const struct flow_graph *graph, uint32_t strand);

/* May it end without leading away? */
bool flow_comes_back(const struct flow_graph *graph, uint32_t strand);

struct flow_desk;

/* How one rule follows its facts. */
struct flow_reading {
    uint32_t words;    /* of facts, 64 each */
    bool on_every_way; /* where ways meet: what all know; else what any knows */
    /* What the edge makes of the facts at its beginning; false: it is not followed. */
    bool (*pass)(void *context, const struct flow_graph *graph,
                 const struct flow_edge *edge, uint64_t *facts);
    void *context;
};

struct flow_facts {
    uint32_t words;
    uint64_t **at; /* what is known on reaching each point */
    bool *is_reached;
    uint64_t *nothing; /* at points that are not reached */
    uint32_t *reached; /* the points that are */
    uint32_t reached_n;
};

/* Follows from `start`, which knows `known` (NULL: nothing), until nothing changes. */
struct flow_facts flow_solve(struct arena *compile, const struct flow_graph *graph,
                             const struct flow_reading *reading, uint32_t start,
                             const uint64_t *known);

/* The same from several at once. */
struct flow_facts flow_solve_from(struct arena *compile, const struct flow_graph *graph,
                                  const struct flow_reading *reading,
                                  const uint32_t *starts, uint32_t starts_n,
                                  const uint64_t *known);

/* Where facts are followed again and again, from many points of one graph: what one
 * following has touched is all that the next one clears. */
struct flow_desk *flow_desk_new(struct arena *compile, const struct flow_graph *graph);
void flow_desk_free(struct flow_desk *desk);
/* Valid until the next following at this desk. */
const struct flow_facts *flow_desk_solve(struct flow_desk *desk,
                                         const struct flow_reading *reading,
                                         uint32_t start, const uint64_t *known);

/* The points from which one of `ends` is reached, by edges that `reading` follows
 * whatever is known. */
bool *flow_lead_to(struct arena *compile, const struct flow_graph *graph,
                   const struct flow_reading *reading, const bool *ends);

/* Of a point that is not reached: no facts; not to be written. */
static inline uint64_t *flow_facts_at(const struct flow_facts *facts, uint32_t point)
{
    return facts->is_reached[point] ? facts->at[point] : facts->nothing;
}

#endif
