/* Undo: can what was done be put back when it is wanted, and is there anything to put
 * back? Rules that read the log along the graph. */
#include "dsl/check_answers.h"
#include "dsl/check_log.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"

struct undoing {
    struct check *c;
    const struct flow_graph *graph;
    const struct flow_log *log;
};

/* `undo all` as it is written, without its answers. */
static struct span undo_span(const struct node *step)
{
    uint32_t n = step->kind == NODE_UNDO_ALL ? 8 : 0;
    if (n == 0)
        return span_join(source_span(step->span.source, step->span.from, step->span.from),
                         step->name_span);
    return source_span(step->span.source, step->span.from, step->span.from + n);
}

static bool is_said(struct buf *out, uint32_t n, uint32_t most)
{
    if (n > 0)
        buf_chars(out, ", ");
    if (n < most)
        return true;
    if (n == most)
        buf_chars(out, "…");
    return false;
}

/* ---- F0304: an irreversible effect while others could still be undone ---- */

static struct text still_undoable(struct undoing *u, uint32_t point)
{
    struct buf out;
    uint32_t n = 0;
    buf_init(&out, u->c->compile);
    for (uint32_t i = 0; i < u->log->sites.n && n < 5; i++) {
        const struct log_site *site = &u->log->sites.at[i];
        if (!log_has(u->log, point, LOG_EARLY, i))
            continue;
        if (is_said(&out, n++, 4))
            buf_printf(&out, TEXT_FMT " (%u)",
                       TEXT_ARG(log_site_name(u->c->compile, site)),
                       site->step->span.line);
    }
    return buf_done(&out);
}

static struct text lines_of_undo_all(struct undoing *u)
{
    struct buf out;
    uint32_t n = 0;
    buf_init(&out, u->c->compile);
    for (uint32_t i = 0; i < u->graph->points.n && n < 7; i++) {
        const struct flow_point *point = &u->graph->points.at[i];
        if (point->kind == FLOW_STEP && point->node->kind == NODE_UNDO_ALL &&
            is_said(&out, n++, 6))
            buf_printf(&out, "%u", point->node->span.line);
    }
    return buf_done(&out);
}

static void check_irreversible(struct undoing *u, const struct log_site *site)
{
    if (site->kind != LOG_IRREVERSIBLE || !log_may_be_unsealed(u->log, site->point) ||
        log_is_empty(u->log, site->point, LOG_EARLY))
        return;
    struct diags *diags = u->c->diags;
    struct diag *diag = diag_add(diags, DIAG_F0304, site->step->target->span,
                                 "after this, `undo all` could not put things right");
    struct text lines = lines_of_undo_all(u), standing = still_undoable(u, site->point);
    diag_label(diags, diag, "irreversible");
    if (lines.n > 0)
        diag_why(diags, diag,
                 "Still undoable here: " TEXT_FMT ".\n`undo all` on line " TEXT_FMT
                 " may run later.",
                 TEXT_ARG(standing), TEXT_ARG(lines));
    else
        diag_why(diags, diag,
                 "Still undoable here: " TEXT_FMT
                 ".\nA flow that fails, or is cancelled, "
                 "undoes itself.",
                 TEXT_ARG(standing));
    diag_help(
        diags, diag,
        "say `keep all` before it (from here only forward), or `never undone \"…\"`");
}

/* ---- F0307: an undo that may be refused, and nobody answers ---- */

/* Would the step undo this site? Of `undo since` all that is there is taken. */
static bool undoes(const struct undoing *u, uint32_t point, uint32_t site)
{
    const struct node *step = u->graph->points.at[point].node;
    return log_has(u->log, point, LOG_MAY_UNDO, site) &&
           (step->kind != NODE_UNDO || log_is_named(u->log, step->symbol, site));
}

static struct text words_of_undo(struct undoing *u, const struct node *step)
{
    if (step->kind == NODE_UNDO_ALL)
        return TEXT("undo all");
    return text_of(
        arena_printf(u->c->compile,
                     step->kind == NODE_UNDO ? "undo " TEXT_FMT : "undo since " TEXT_FMT,
                     TEXT_ARG(step->name)));
}

static struct text where_it_goes(struct undoing *u)
{
    node_each(item,
              u->graph->flow->items) if (item->kind == NODE_ON_ERROR &&
                                         item->block != NULL &&
                                         item->block->kind ==
                                             NODE_REFER_TO) return item->block->name;
    return TEXT("stuck");
}

static void say_refused(struct undoing *u, const struct node *step,
                        const struct log_site *site, const struct symbol *undo,
                        const struct symbol *error)
{
    struct diags *diags = u->c->diags;
    struct diag *diag =
        diag_add(diags, DIAG_F0307, undo_span(step),
                 "`" TEXT_FMT "` may meet " TEXT_FMT ", and nobody answers it",
                 TEXT_ARG(words_of_undo(u, step)), TEXT_ARG(error->name));
    diag_label(diags, diag,
               TEXT_FMT "." TEXT_FMT " (undo of line %u) fails with " TEXT_FMT,
               TEXT_ARG(undo->owner->name), TEXT_ARG(undo->name), site->step->span.line,
               TEXT_ARG(error->name));
    diag_why(diags, diag, "Unanswered, it goes to `" TEXT_FMT "` half undone.",
             TEXT_ARG(where_it_goes(u)));
    if (step->kind == NODE_UNDO)
        diag_help(diags, diag, "when " TEXT_FMT " { …  stay }", TEXT_ARG(error->name));
    else if (site->step->as.n > 0)
        diag_help(diags, diag,
                  "before it, ask the one who may say no alone:   undo " TEXT_FMT
                  " when " TEXT_FMT " { …  stay }",
                  TEXT_ARG(site->step->as), TEXT_ARG(error->name));
    else
        diag_help(diags, diag, "when " TEXT_FMT " refer to …", TEXT_ARG(error->name));
}

static void check_refusals(struct undoing *u, const struct node *step, uint32_t site,
                           const struct symbol *undo)
{
    for (uint32_t k = 0; k < undo->errors_n; k++)
        if (!answers_by_way(step->whens, undo->errors[k]->name))
            say_refused(u, step, &u->log->sites.at[site], undo, undo->errors[k]);
}

/* What a call of an undo block meets, and neither it nor an attempt around it answers. */
static void check_refused_inside(struct undoing *u, const struct node *step,
                                 uint32_t site, uint32_t call)
{
    const struct node *inside = u->graph->points.at[call].node;
    const struct symbol *undo = inside->target->symbol;
    for (uint32_t k = 0; undo != NULL && k < undo->errors_n; k++) {
        struct text error = undo->errors[k]->name;
        if (!answers_by_way(inside->whens, error) &&
            answered_around(u->graph, call, error) < BY_RACE &&
            !answers_by_way(step->whens, error))
            say_refused(u, step, &u->log->sites.at[site], undo, undo->errors[k]);
    }
}

static void check_refused_block(struct undoing *u, const struct node *step, uint32_t site)
{
    const struct node *undo = node_clause(u->log->sites.at[site].step, NODE_UNDONE_BY);
    uint32_t begin =
        undo == NULL ? FLOW_NOWHERE : flow_point_of(u->graph, FLOW_UNDO, undo);
    for (uint32_t i = 0; begin != FLOW_NOWHERE && i < u->graph->points.n; i++)
        if (u->graph->points.at[i].kind == FLOW_STEP &&
            u->graph->points.at[i].node->kind == NODE_CALL &&
            flow_is_in_strand(u->graph, i, u->graph->points.at[begin].strand))
            check_refused_inside(u, step, site, i);
}

static void check_refused(struct undoing *u, uint32_t point)
{
    const struct node *step = u->graph->points.at[point].node;
    for (uint32_t i = 0; i < u->log->sites.n; i++) {
        if (!undoes(u, point, i))
            continue;
        const struct symbol *undo = log_undo_of(&u->log->sites.at[i]);
        if (undo != NULL)
            check_refusals(u, step, i, undo);
        check_refused_block(u, step, i);
    }
}

/* ---- F0310: nothing to undo ---- */

static void check_empty(struct undoing *u, uint32_t point)
{
    const struct node *step = u->graph->points.at[point].node;
    for (uint32_t i = 0; i < u->log->sites.n; i++)
        if (undoes(u, point, i))
            return;
    struct diag *diag = diag_add(u->c->diags, DIAG_F0310, undo_span(step),
                                 "there is nothing here to undo");
    diag_label(u->c->diags, diag, "no way leads here with an effect that still stands");
}

static void check_tried(struct undoing *u, const struct node *attempt)
{
    for (uint32_t i = 0; i < u->log->sites.n; i++)
        if (u->log->sites.at[i].kind <= LOG_CHILD &&
            node_is_in(u->log->sites.at[i].step, attempt->block))
            return;
    struct span at =
        source_span(attempt->span.source, attempt->span.from, attempt->span.from + 7);
    struct diag *diag =
        diag_add(u->c->diags, DIAG_F0310, at, "there is nothing here to undo");
    diag_label(u->c->diags, diag,
               "no effect inside: an `attempt` undoes, and nothing here needs it");
    diag_help(u->c->diags, diag, "put the `when` on the call");
}

/* ---- F0308: back across a point of no return ---- */

static bool pass_forward(void *context, const struct flow_graph *graph,
                         const struct flow_edge *edge, uint64_t *facts)
{
    (void)context;
    (void)graph;
    (void)facts;
    return edge->cause != FLOW_REFERS && edge->cause != FLOW_CHOOSES;
}

static bool leads_back(const struct flow_point *from, const struct node *to)
{
    return from->state == NULL || to->span.from <= from->state->node->span.from;
}

static bool is_kept(struct undoing *u, const struct flow_edge *edge, uint32_t site)
{
    if (edge->cause != FLOW_HANDLED)
        return log_has(u->log, edge->from, LOG_KEPT, site);
    return log_is_sealed_beside(u->log, u->graph->points.at[edge->from].state) &&
           log_has(u->log, edge->from, LOG_MAY_UNDO, site);
}

/* The first site that stands for ever, and would be done again; -1. */
static int32_t done_again(struct undoing *u, const struct flow_edge *edge)
{
    struct flow_reading reading = {1, false, pass_forward, NULL};
    scoped_arena struct arena *scratch = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct flow_facts there = flow_solve(scratch, u->graph, &reading, edge->to, NULL);
    for (uint32_t i = 0; i < u->log->sites.n; i++)
        if (u->log->sites.at[i].kind <= LOG_CHILD && is_kept(u, edge, i) &&
            there.is_reached[u->log->sites.at[i].point])
            return (int32_t)i;
    return -1;
}

static const struct node *some_keep_all(const struct undoing *u)
{
    for (uint32_t i = 0; i < u->graph->points.n; i++)
        if (u->graph->points.at[i].kind == FLOW_STEP && u->log->facts.is_reached[i] &&
            (u->graph->points.at[i].node->kind == NODE_KEEP_ALL ||
             u->graph->points.at[i].node->kind == NODE_KEEP))
            return u->graph->points.at[i].node;
    return NULL;
}

static void check_back(struct undoing *u, const struct flow_edge *edge)
{
    const struct flow_point *from = &u->graph->points.at[edge->from];
    const struct flow_point *to = &u->graph->points.at[edge->to];
    if ((edge->cause != FLOW_GO && edge->cause != FLOW_HANDLED) ||
        to->kind != FLOW_ENTRY || !u->log->facts.is_reached[edge->from] ||
        !leads_back(from, to->node))
        return;
    uint32_t go = flow_point_of(u->graph, FLOW_STEP, edge->why);
    if (from->is_guarded || (go != FLOW_NOWHERE && u->graph->points.at[go].is_guarded))
        return;
    const struct node *keep = some_keep_all(u);
    int32_t site = keep == NULL ? -1 : done_again(u, edge);
    if (site < 0)
        return;
    const struct node *call = u->log->sites.at[site].step;
    struct diag *diag = diag_add(u->c->diags, DIAG_F0308, edge->why->span,
                                 "this goes back across a point of no return");
    diag_also(u->c->diags, diag, keep->span, "from here only forward");
    diag_why(u->c->diags, diag,
             "After `" TEXT_FMT "` (line %u) what " TEXT_FMT
             " did (line %u) stands; `" TEXT_FMT "` would lead to doing it again.",
             TEXT_ARG(span_text(keep->span)), keep->span.line,
             TEXT_ARG(log_site_name(u->c->compile, &u->log->sites.at[site])),
             call->span.line, TEXT_ARG(to->node->name));
    diag_help(u->c->diags, diag,
              "offer it only while nothing is kept:   when … where … { … }");
}

/* ---- F0309: `undo since` a state that may not have been entered ---- */

struct entered {
    const struct symbol *state;
};

static bool pass_entered(void *context, const struct flow_graph *graph,
                         const struct flow_edge *edge, uint64_t *facts)
{
    const struct entered *entered = context;
    const struct flow_point *to = &graph->points.at[edge->to];
    if ((to->kind == FLOW_ENTRY || to->kind == FLOW_STEPS) &&
        flow_state_is_in(to->node->declares, entered->state) &&
        to->node->kind != NODE_FLOW)
        facts[0] |= 1;
    return edge->cause != FLOW_REFERS && edge->cause != FLOW_CHOOSES &&
           edge->cause != FLOW_HANDLED;
}

/* A way into the state we are in that has not come by there. */
static const struct flow_edge *
way_around(struct undoing *u, const struct flow_facts *facts, const struct symbol *state)
{
    for (uint32_t i = 0; i < u->graph->edges.n; i++) {
        const struct flow_edge *edge = &u->graph->edges.at[i];
        const struct flow_point *to = &u->graph->points.at[edge->to];
        if (edge->cause == FLOW_GO && to->kind == FLOW_ENTRY &&
            to->node->declares == state && facts->is_reached[edge->from] &&
            (*flow_facts_at(facts, edge->from) & 1) == 0)
            return edge;
    }
    return NULL;
}

static void check_since(struct undoing *u, uint32_t point)
{
    const struct node *step = u->graph->points.at[point].node;
    struct entered entered = {step->symbol};
    struct flow_reading reading = {1, true, pass_entered, &entered};
    struct flow_facts facts = flow_solve(u->c->compile, u->graph, &reading, 0, NULL);
    if (!facts.is_reached[point] || (*flow_facts_at(&facts, point) & 1) != 0)
        return;
    const struct symbol *here = u->graph->points.at[point].state;
    const struct flow_edge *around = way_around(u, &facts, here);
    struct diag *diag =
        diag_add(u->c->diags, DIAG_F0309, step->name_span,
                 "`" TEXT_FMT "` may not have happened yet", TEXT_ARG(step->name));
    if (around != NULL && u->graph->points.at[around->from].state != NULL)
        diag_label(
            u->c->diags, diag,
            "`" TEXT_FMT "` can be entered straight from `" TEXT_FMT "`, on line %u",
            TEXT_ARG(here->name), TEXT_ARG(u->graph->points.at[around->from].state->name),
            around->why->span.line);
    else
        diag_label(u->c->diags, diag, "some way leads here that has not come by it");
    diag_help(u->c->diags, diag, "undo all");
}

/* ---- F0312: `stay` or going on after a failed `undo all` ---- */

static void check_stays(struct undoing *u, const struct node *step)
{
    if (step->kind == NODE_UNDO)
        return;
    node_each(when, step->whens)
    {
        const struct node *stay = node_find(when->block, NODE_STAY);
        if (stay == NULL && when->position != 1)
            continue;
        struct span at = stay != NULL ? stay->span : when->name_span;
        struct diag *diag =
            diag_add(u->c->diags, DIAG_F0312, at, "there is nothing left to %s",
                     stay != NULL ? "stay with" : "go on with");
        diag_also(u->c->diags, diag, undo_span(step), "has stopped everything else");
        diag_why(u->c->diags, diag,
                 "It has undone what is newer already; the rest waits for a decision.");
        diag_help(u->c->diags, diag,
                  "undo … when " TEXT_FMT " { …  stay }     and only then   undo all",
                  TEXT_ARG(when->name));
    }
}

void check_undoing(struct check *c, const struct flow_graph *graph)
{
    struct undoing u = {c, graph, log_of(c, graph)};
    for (uint32_t i = 0; i < u.log->sites.n; i++)
        if (u.log->facts.is_reached[u.log->sites.at[i].point])
            check_irreversible(&u, &u.log->sites.at[i]);
    for (uint32_t i = 0; i < graph->points.n; i++) {
        const struct flow_point *point = &graph->points.at[i];
        if (point->kind != FLOW_STEP || !u.log->facts.is_reached[i])
            continue;
        if (node_is_undo(point->node)) {
            check_refused(&u, i);
            check_empty(&u, i);
            check_stays(&u, point->node);
        }
        if (point->node->kind == NODE_UNDO_SINCE && point->node->symbol != NULL)
            check_since(&u, i);
        if (point->node->kind == NODE_ATTEMPT)
            check_tried(&u, point->node);
    }
    for (uint32_t i = 0; i < graph->edges.n; i++)
        check_back(&u, &graph->edges.at[i]);
    check_keys(c, graph, u.log);
}
