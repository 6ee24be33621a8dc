/* The log of effects, followed along the graph of a flow: a call adds to it, `undo` takes
 * from it, `keep` seals it; what handlers and branches beside may add is there from the
 * start. */
#include "dsl/check_log.h"

#include <string.h>

#include "engine/base/arena.h"

static bool has_bit(const uint64_t *set, uint32_t bit)
{
    return (set[bit / 64] >> (bit % 64) & 1) != 0;
}

static void put_bit(uint64_t *set, uint32_t bit)
{
    set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void drop_bit(uint64_t *set, uint32_t bit)
{
    set[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

static uint64_t *set_in(const struct flow_log *log, uint64_t *facts, uint32_t set)
{
    return facts + (size_t)set * log->set_words;
}

/* Behind the sets: for each `since`, what was there when its state was entered last. */
static uint64_t *before(const struct flow_log *log, uint64_t *facts, uint32_t since)
{
    return set_in(log, facts, LOG_SETS + since);
}

/* Last: bit 0, no `keep all` yet; bit 1 + n, the nth `since` not entered yet. */
static uint64_t *flags(const struct flow_log *log, uint64_t *facts)
{
    return set_in(log, facts, LOG_SETS + log->since.n);
}

/* ---- sites ---- */

static bool site_of(const struct node *step, enum log_site_kind *kind)
{
    const struct symbol *called = step->target == NULL ? NULL : step->target->symbol;
    if (step->kind == NODE_RUN) {
        *kind = node_clause(step, NODE_NEVER_UNDONE) != NULL ? LOG_STAYS : LOG_CHILD;
        return true;
    }
    if (step->kind != NODE_CALL || called == NULL || called->kind != SYMBOL_OPERATION ||
        !called->node->flag ||
        (node_clause(called->node, NODE_HARMLESS) != NULL &&
         node_clause(step, NODE_UNDONE_BY) == NULL))
        return false;
    if (node_clause(step, NODE_NEVER_UNDONE) != NULL)
        *kind = LOG_STAYS;
    else if (node_clause(step, NODE_UNDONE_BY) != NULL ||
             node_clause(called->node, NODE_UNDONE_BY_OP) != NULL)
        *kind = LOG_UNDOABLE;
    else
        *kind = LOG_IRREVERSIBLE;
    return true;
}

/* As many as there are flags for; one more is taken as never entered. */
static void put_since(struct flow_log *log, const struct symbol *state)
{
    enum { SINCE_MAX = 62 };
    for (uint32_t i = 0; i < log->since.n; i++)
        if (log->since.at[i] == state)
            return;
    if (log->since.n < SINCE_MAX)
        vec_push(log->compile, &log->since, state);
}

static void collect(struct flow_log *log)
{
    log->site_at = arena_array(log->compile, uint32_t, log->graph->points.n);
    for (uint32_t i = 0; i < log->graph->points.n; i++) {
        const struct flow_point *point = &log->graph->points.at[i];
        struct log_site site = {point->node, LOG_STAYS, i};
        if (point->kind != FLOW_STEP || flow_is_undo(log->graph, point->strand))
            continue; /* what an undo does is not undone */
        if (site_of(point->node, &site.kind)) {
            vec_push(log->compile, &log->sites, site);
            log->site_at[i] = log->sites.n;
        }
        if (point->node->kind == NODE_UNDO_SINCE && point->node->symbol != NULL)
            put_since(log, point->node->symbol);
    }
    log->set_words = log->sites.n / 64 + 1;
    log->stands = arena_array(log->compile, uint64_t, log->set_words);
}

/* ---- what steps do to the log ---- */

static void add(const struct flow_log *log, uint64_t *facts, uint32_t site)
{
    enum log_site_kind kind = log->sites.at[site].kind;
    if (kind == LOG_IRREVERSIBLE || kind == LOG_STAYS) {
        put_bit(set_in(log, facts, LOG_KEPT), site);
        return;
    }
    put_bit(set_in(log, facts, LOG_MAY_UNDO), site);
    if ((flags(log, facts)[0] & 1) != 0)
        put_bit(set_in(log, facts, LOG_EARLY), site);
}

static void take(const struct flow_log *log, uint64_t *facts, uint32_t site)
{
    drop_bit(set_in(log, facts, LOG_MAY_UNDO), site);
    drop_bit(set_in(log, facts, LOG_EARLY), site);
    for (uint32_t i = 0; i < log->since.n; i++)
        drop_bit(before(log, facts, i), site);
}

static void empty(const struct flow_log *log, uint64_t *facts)
{
    size_t bytes = log->set_words * sizeof *facts;
    memset(set_in(log, facts, LOG_MAY_UNDO), 0, bytes);
    memset(set_in(log, facts, LOG_EARLY), 0, bytes);
    for (uint32_t i = 0; i < log->since.n; i++)
        memset(before(log, facts, i), 0, bytes);
}

static void seal(const struct flow_log *log, uint64_t *facts, uint32_t site)
{
    if (has_bit(set_in(log, facts, LOG_MAY_UNDO), site))
        put_bit(set_in(log, facts, LOG_KEPT), site);
    take(log, facts, site);
}

static void seal_all(const struct flow_log *log, uint64_t *facts)
{
    for (uint32_t w = 0; w < log->set_words; w++)
        set_in(log, facts, LOG_KEPT)[w] |= set_in(log, facts, LOG_MAY_UNDO)[w];
    empty(log, facts);
    flags(log, facts)[0] &= ~UINT64_C(1);
}

static void undo_since(const struct flow_log *log, uint64_t *facts,
                       const struct symbol *state)
{
    for (uint32_t i = 0; i < log->since.n; i++) {
        if (log->since.at[i] != state)
            continue;
        if ((flags(log, facts)[0] >> (1 + i) & 1) != 0)
            return; /* it may not have been entered: then nothing is undone */
        for (uint32_t w = 0; w < log->set_words; w++) {
            set_in(log, facts, LOG_MAY_UNDO)[w] &= before(log, facts, i)[w];
            set_in(log, facts, LOG_EARLY)[w] &= before(log, facts, i)[w];
        }
        return;
    }
}

static void enter(const struct flow_log *log, uint64_t *facts, const struct node *state)
{
    for (uint32_t i = 0; i < log->since.n; i++) {
        if (log->since.at[i] != state->declares)
            continue;
        memcpy(before(log, facts, i), set_in(log, facts, LOG_MAY_UNDO),
               log->set_words * sizeof(uint64_t));
        flags(log, facts)[0] &= ~(UINT64_C(1) << (1 + i));
    }
}

static void add_made(const struct flow_log *log, uint64_t *facts, uint32_t strand)
{
    const uint64_t *made = log->made == NULL ? NULL : log->made[strand];
    bool is_early = (flags(log, facts)[0] & 1) != 0;
    for (uint32_t w = 0; made != NULL && w < log->set_words; w++) {
        set_in(log, facts, LOG_MAY_UNDO)[w] |= made[w];
        if (is_early)
            set_in(log, facts, LOG_EARLY)[w] |= made[log->set_words + w];
    }
}

/* Beside the steps of a state run its handlers, beside a branch the other branches. */
static void add_beside(const struct flow_log *log, const struct flow_point *from,
                       uint64_t *facts)
{
    const struct flow_graph *graph = log->graph;
    if (from->kind == FLOW_STEPS)
        for (uint32_t i = 0; i < graph->duties.n; i++)
            if (graph->duties.at[i].state == from->state)
                add_made(log, facts, graph->duties.at[i].strand);
    if (from->kind != FLOW_BRANCH)
        return;
    bool is_each = from->node->kind == NODE_FOR_EACH || from->node->kind == NODE_REPEAT;
    for (uint32_t i = 0; i < graph->strands.n && !is_each; i++)
        if (i != from->strand && graph->strands.at[i].node->kind == NODE_BRANCH &&
            graph->strands.at[i].outer == graph->strands.at[from->strand].outer)
            add_made(log, facts, i);
}

static bool may_have_happened(const struct flow_edge *edge)
{
    return edge->cause == FLOW_NEXT || edge->cause == FLOW_MEANWHILE ||
           (edge->cause == FLOW_OUT && edge->why != NULL &&
            (text_is_chars(edge->why->name, "late") ||
             text_is_chars(edge->why->name, "in_doubt")));
}

static void whole_log(const struct flow_log *log, const struct node *step,
                      uint64_t *facts)
{
    if (step->kind == NODE_UNDO_ALL)
        empty(log, facts);
    else if (step->kind == NODE_UNDO_SINCE)
        undo_since(log, facts, step->symbol);
    else if (step->kind == NODE_KEEP_ALL)
        seal_all(log, facts);
}

static void step_done(const struct flow_log *log, const struct flow_edge *edge,
                      uint64_t *facts)
{
    const struct node *step = log->graph->points.at[edge->from].node;
    uint32_t site = log->site_at[edge->from];
    if (site > 0 && may_have_happened(edge))
        add(log, facts, site - 1);
    if (edge->cause != FLOW_NEXT)
        return;
    if (step->kind != NODE_UNDO && step->kind != NODE_KEEP) {
        whole_log(log, step, facts);
        return;
    }
    for (uint32_t i = 0; i < log->sites.n; i++) {
        if (!log_is_named(log, step->symbol, i))
            continue;
        if (step->kind == NODE_UNDO)
            take(log, facts, i);
        else
            seal(log, facts, i);
    }
}

static bool keeps_all(const struct node *node)
{
    return node_find(node, NODE_KEEP_ALL) != NULL;
}

/* `go to` of the steps waits for handlers that are running: what these have made and
 * sealed comes along; the rest comes with the steps. */
static void only_handled(const struct flow_log *log, const struct symbol *state,
                         uint64_t *facts)
{
    const struct flow_graph *graph = log->graph;
    memcpy(log->stands, set_in(log, facts, LOG_MAY_UNDO), log->set_words * sizeof *facts);
    empty(log, facts);
    memset(set_in(log, facts, LOG_KEPT), 0, log->set_words * sizeof *facts);
    flags(log, facts)[0] &= 1;
    for (uint32_t i = 0; i < graph->duties.n; i++) {
        uint32_t strand = graph->duties.at[i].strand;
        if (graph->duties.at[i].state != state || !flow_comes_back(graph, strand))
            continue;
        add_made(log, facts, strand);
        for (uint32_t w = 0; w < log->set_words; w++)
            if (keeps_all(graph->strands.at[strand].node))
                set_in(log, facts, LOG_KEPT)[w] |= log->stands[w];
    }
}

/* What somebody chooses who knows better than this graph: it is looked at where it leads
 * away (F0308), and not held against what comes behind. */
static bool is_chosen(const struct flow_graph *graph, const struct flow_edge *edge)
{
    uint32_t root = flow_strand_root(graph, graph->points.at[edge->from].strand);
    return edge->cause == FLOW_GO &&
           graph->strands.at[root].node->kind == NODE_DEAD_LETTER;
}

static bool pass(void *context, const struct flow_graph *graph,
                 const struct flow_edge *edge, uint64_t *facts)
{
    const struct flow_log *log = context;
    const struct flow_point *from = &graph->points.at[edge->from];
    const struct flow_point *to = &graph->points.at[edge->to];
    if (from->kind == FLOW_STEP)
        step_done(log, edge, facts);
    add_beside(log, from, facts);
    if (edge->cause == FLOW_HANDLED)
        only_handled(log, from->state, facts);
    if (is_chosen(graph, edge))
        memset(set_in(log, facts, LOG_KEPT), 0, log->set_words * sizeof *facts);
    if (to->kind == FLOW_ENTRY || to->kind == FLOW_STEPS)
        enter(log, facts, to->node);
    return true;
}

/* ---- what a strand makes, seen alone ---- */

struct alone {
    struct flow_log *log;
    uint32_t strand;
};

static bool pass_alone(void *context, const struct flow_graph *graph,
                       const struct flow_edge *edge, uint64_t *facts)
{
    const struct alone *alone = context;
    if (!flow_is_in_strand(graph, edge->from, alone->strand))
        return false;
    return pass(alone->log, graph, edge, facts) &&
           flow_is_in_strand(graph, edge->to, alone->strand);
}

static bool runs_beside(const struct flow_strand *strand)
{
    return strand->node->kind == NODE_BRANCH ||
           (strand->node->kind >= NODE_ON && strand->node->kind <= NODE_EVERY);
}

/* What it has made at each of its points; the last step's own is there too. */
static uint64_t *made_by(struct flow_log *log, struct flow_desk *desk, uint32_t strand,
                         uint32_t words, const uint64_t *known)
{
    struct alone alone = {log, strand};
    struct flow_reading reading = {words, false, pass_alone, &alone};
    const struct flow_facts *facts =
        flow_desk_solve(desk, &reading, log->graph->strands.at[strand].start, known);
    uint64_t *made = arena_array(log->compile, uint64_t, (size_t)2 * log->set_words);
    for (uint32_t i = 0; i < facts->reached_n; i++) {
        uint32_t at = facts->reached[i];
        if (log->site_at[at] > 0)
            add(log, facts->at[at], log->site_at[at] - 1);
        for (uint32_t w = 0; w < log->set_words; w++) {
            made[w] |= set_in(log, facts->at[at], LOG_MAY_UNDO)[w];
            made[log->set_words + w] |= set_in(log, facts->at[at], LOG_EARLY)[w];
        }
    }
    return made;
}

struct flow_log *log_of(struct check *c, const struct flow_graph *graph)
{
    struct flow_log *log = arena_new_of(c->compile, struct flow_log);
    log->compile = c->compile;
    log->graph = graph;
    collect(log);
    uint32_t words = (LOG_SETS + log->since.n) * log->set_words + 1;
    uint64_t *known = arena_array(c->compile, uint64_t, words);
    *flags(log, known) = UINT64_MAX;
    struct flow_desk *desk = flow_desk_new(c->compile, graph);
    uint64_t **made = arena_array(c->compile, uint64_t *, graph->strands.n);
    for (uint32_t i = 0; i < graph->strands.n; i++)
        if (runs_beside(&graph->strands.at[i]))
            made[i] = made_by(log, desk, i, words, known);
    flow_desk_free(desk);
    log->made = made;
    struct flow_reading reading = {words, false, pass, log};
    log->facts = flow_solve(c->compile, graph, &reading, 0, known);
    return log;
}

/* ---- asking ---- */

bool log_is_sealed_beside(const struct flow_log *log, const struct symbol *state)
{
    const struct flow_graph *graph = log->graph;
    for (uint32_t i = 0; i < graph->duties.n; i++)
        if (graph->duties.at[i].state == state &&
            flow_comes_back(graph, graph->duties.at[i].strand) &&
            keeps_all(graph->strands.at[graph->duties.at[i].strand].node))
            return true;
    return false;
}

bool log_has(const struct flow_log *log, uint32_t point, enum log_set set, uint32_t site)
{
    return has_bit(set_in(log, flow_facts_at(&log->facts, point), set), site);
}

bool log_is_empty(const struct flow_log *log, uint32_t point, enum log_set set)
{
    for (uint32_t i = 0; i < log->sites.n; i++)
        if (log_has(log, point, set, i))
            return false;
    return true;
}

bool log_may_be_unsealed(const struct flow_log *log, uint32_t point)
{
    return (*flags(log, flow_facts_at(&log->facts, point)) & 1) != 0;
}

bool log_is_named(const struct flow_log *log, const struct symbol *named, uint32_t site)
{
    const struct node *step = log->sites.at[site].step;
    if (named == NULL || named->node == NULL)
        return false;
    if (named->node->kind != NODE_ATTEMPT)
        return named->node == step || (step->as.n > 0 && text_is(step->as, named->name));
    return step->span.from >= named->node->block->span.from &&
           step->span.to <= named->node->block->span.to;
}

const struct symbol *log_undo_of(const struct log_site *site)
{
    const struct symbol *called = site->step->target->symbol;
    if (site->kind != LOG_UNDOABLE || node_clause(site->step, NODE_UNDONE_BY) != NULL)
        return NULL;
    const struct node *undo = node_clause(called->node, NODE_UNDONE_BY_OP);
    return undo == NULL ? NULL : undo->symbol;
}

struct text log_site_name(struct arena *compile, const struct log_site *site)
{
    struct text path = path_text(compile, site->step->target);
    if (site->step->kind != NODE_RUN)
        return path;
    return text_of(arena_printf(compile, "run " TEXT_FMT, TEXT_ARG(path)));
}
