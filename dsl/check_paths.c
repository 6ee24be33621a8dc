/* States and the ways between them: can each be entered, left, and ended? */
#include "dsl/check_in.h"

/* One way: something said in `from` (NULL: in the flow's own handlers, in a dead letter,
 * in its own steps) leads to `to`. */
struct way {
    const struct symbol *from;
    const struct symbol *to; /* NULL: the flow ends here (`fail`) */
    bool in_letter;
};

struct paths {
    struct check *c;
    VEC(struct node *) states; /* and finals, in source order */
    VEC(struct way) ways;
};

struct place {
    const struct symbol *state;
    bool in_letter;
    bool in_branch; /* a branch or an iteration that runs beside others */
    bool in_undo;
    bool in_cancel;
};

static void walk(struct paths *p, struct node *node, struct place at);

static void walk_list(struct paths *p, struct nodes list, struct place at)
{
    node_each(item, list) walk(p, item, at);
}

static void say_undo(struct paths *p, const struct node *node)
{
    struct diag *diag = diag_add(p->c->diags, DIAG_F0206, node->span,
                                 node->kind == NODE_GO_TO ? "an undo may not go anywhere"
                                                          : "an undo may not say `%s`",
                                 node_word(node->kind));
    diag_why(p->c->diags, diag,
             "Undoing only puts things back; what comes next is said after `undo all`.");
}

static void check_place(struct paths *p, const struct node *node, struct place at)
{
    bool is_undo = node->kind == NODE_UNDO || node->kind == NODE_UNDO_ALL ||
                   node->kind == NODE_UNDO_SINCE;
    if (at.in_undo && (node->kind == NODE_GO_TO || node->kind == NODE_ASK || is_undo))
        say_undo(p, node);
    if (at.in_cancel && node->kind == NODE_GO_TO) {
        struct diag *diag = diag_add(p->c->diags, DIAG_F0206, node->span,
                                     "`on cancel` may not go anywhere");
        diag_why(p->c->diags, diag,
                 "After it everything is undone, and the order is cancelled.");
    }
}

static void walk_state(struct paths *p, struct node *node, struct place at)
{
    vec_push(p->c->compile, &p->states, node);
    at.state = node->declares;
    walk_list(p, node->items, at);
    walk(p, node->block, at);
}

static void walk(struct paths *p, struct node *node, struct place at)
{
    if (node == NULL || node_is_expr(node) || node_is_type(node))
        return;
    check_place(p, node, at);
    if (node->kind == NODE_STATE || node->kind == NODE_FINAL) {
        walk_state(p, node, at);
        return;
    }
    if (node->kind == NODE_GO_TO && node->symbol != NULL) {
        struct way way = {at.state, node->symbol, at.in_letter};
        vec_push(p->c->compile, &p->ways, way);
        return;
    }
    if (node->kind == NODE_FAIL) {
        struct way way = {at.state, NULL, at.in_letter};
        vec_push(p->c->compile, &p->ways, way);
        return;
    }
    at.in_letter |= node->kind == NODE_DEAD_LETTER;
    at.in_undo |= node->kind == NODE_UNDONE_BY;
    at.in_cancel |= node->kind == NODE_ON_CANCEL;
    walk_list(p, node->clauses, at);
    walk_list(p, node->items, at);
    walk(p, node->block, at);
    walk(p, node->otherwise, at);
    walk_list(p, node->whens, at);
}

static struct node *first_state(struct nodes items)
{
    node_each(item, items) if (item->kind == NODE_STATE ||
                               item->kind == NODE_FINAL) return item;
    return NULL;
}

static bool is_inside(const struct symbol *state, const struct symbol *outer)
{
    for (; state != NULL; state = state->owner)
        if (state == outer)
            return true;
    return false;
}

/* ---- F0201: entered with the one around it, or by a `go to` that names it or one inside
 * ---- */

static bool is_entered(const struct paths *p, const struct node *flow,
                       const struct node *state)
{
    const struct symbol *symbol = state->declares;
    const struct nodes beside =
        symbol->owner == NULL ? flow->items : symbol->owner->node->items;
    if (first_state(beside) == state)
        return true;
    for (uint32_t i = 0; i < p->ways.n; i++)
        if (is_inside(p->ways.at[i].to, symbol))
            return true;
    return false;
}

static void check_entered(struct paths *p, const struct node *flow)
{
    for (uint32_t i = 0; i < p->states.n; i++) {
        const struct node *state = p->states.at[i];
        if (is_entered(p, flow, state))
            continue;
        struct diag *diag =
            diag_add(p->c->diags, DIAG_F0201, state->name_span,
                     "nothing leads to state `" TEXT_FMT "`", TEXT_ARG(state->name));
        diag_label(p->c->diags, diag, "no `go to` names it");
        diag_help(p->c->diags, diag, "remove it, or say   go to " TEXT_FMT,
                  TEXT_ARG(state->name));
    }
}

/* ---- F0203: steps end, and nothing of its own can move it ---- */

static bool moves(const struct node *node)
{
    if (node == NULL)
        return false;
    if (node->kind == NODE_GO_TO || node->kind == NODE_FAIL ||
        node->kind == NODE_REFER_TO)
        return true;
    node_each(item, node->items) if (moves(item)) return true;
    node_each(when, node->whens) if (moves(when)) return true;
    return moves(node->block) || moves(node->otherwise);
}

static bool is_handler(const struct node *node)
{
    return node->kind >= NODE_ON && node->kind <= NODE_EVERY;
}

static bool can_be_moved(const struct node *state)
{
    node_each(item, state->items)
    {
        if (item->kind == NODE_STATE || item->kind == NODE_FINAL)
            return true;
        if (is_handler(item) && moves(item->block))
            return true;
    }
    return false;
}

static bool is_stuck(const struct node *state)
{
    return state->kind == NODE_STATE && state->position == 1 && !can_be_moved(state);
}

static void check_stuck(struct paths *p, const struct node *state)
{
    struct diag *diag =
        diag_add(p->c->diags, DIAG_F0203, state->name_span,
                 "the steps of `" TEXT_FMT "` end, and then nothing can happen",
                 TEXT_ARG(state->name));
    const struct node *last = NULL;
    node_each(item, state->items) if (!is_handler(item)) last = item;
    if (last != NULL)
        diag_label(p->c->diags, diag,
                   "no `go to` on the path through line %u, and no handler of its own",
                   last->span.end_line);
    else
        diag_label(p->c->diags, diag,
                   "no steps, and no handler of its own that leads on");
    diag_why(p->c->diags, diag,
             "Outer handlers are not counted: they are exceptions, not the way forward.");
    diag_help(p->c->diags, diag, "end with   go to …");
}

/* ---- F0202: from where no end can be reached ---- */

static int32_t index_of(const struct paths *p, const struct symbol *symbol)
{
    for (uint32_t i = 0; i < p->states.n; i++)
        if (p->states.at[i]->declares == symbol)
            return (int32_t)i;
    return -1;
}

/* Does this way start somewhere one is while in `state`? In it, in one around it, in the
 * flow. */
static bool starts_from(const struct way *way, const struct symbol *state)
{
    return !way->in_letter && (way->from == NULL || is_inside(state, way->from) ||
                               is_inside(way->from, state));
}

static bool leads_to_end(const struct paths *p, const struct symbol *state,
                         const bool *ends)
{
    for (uint32_t i = 0; i < p->ways.n; i++) {
        const struct way *way = &p->ways.at[i];
        if (!starts_from(way, state))
            continue;
        if (way->to == NULL)
            return true;
        int32_t at = index_of(p, way->to);
        if (at < 0 || ends[at])
            return true;
    }
    return false;
}

static void check_ends(struct paths *p)
{
    bool *ends = arena_array(p->c->compile, bool, p->states.n + 1);
    for (uint32_t i = 0; i < p->states.n; i++)
        ends[i] = p->states.at[i]->kind == NODE_FINAL;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < p->states.n; i++)
            if (!ends[i] && leads_to_end(p, p->states.at[i]->declares, ends))
                changed = ends[i] = true;
    }
    for (uint32_t i = 0; i < p->states.n; i++) {
        const struct node *state = p->states.at[i];
        if (ends[i] || is_stuck(state))
            continue;
        struct diag *diag =
            diag_add(p->c->diags, DIAG_F0202, state->name_span,
                     "from `" TEXT_FMT "` the flow can never end", TEXT_ARG(state->name));
        diag_label(p->c->diags, diag, "no way from here leads to a final state");
        diag_why(p->c->diags, diag,
                 "A dead letter is not an end: somebody would have to act every time.");
        return; /* the others of the circle have the same cause */
    }
}

/* ---- F0502: a limit that nobody hears ---- */

struct ears {
    bool late; /* an `on late` or `on error` is in force */
};

static struct ears ears_of(struct nodes items, struct ears outer)
{
    node_each(item, items) outer.late |=
        item->kind == NODE_ON_LATE ||
        (item->kind == NODE_ON_ERROR &&
         (item->target == NULL || text_is_chars(item->target->name, "late")));
    return outer;
}

static bool has_late(const struct node *step)
{
    if (step->otherwise != NULL && step->kind == NODE_WAIT_FOR)
        return true;
    node_each(when, step->whens) if (when->kind == NODE_WHEN &&
                                     text_is_chars(when->name, "late")) return true;
    return false;
}

static void say_unheard(struct check *c, const struct node *node)
{
    struct diag *diag =
        node->kind == NODE_STATE
            ? diag_add(c->diags, DIAG_F0502, node->limit->span,
                       "nobody hears that `" TEXT_FMT "` is late", TEXT_ARG(node->name))
            : diag_add(c->diags, DIAG_F0502, node->limit->span,
                       "nobody hears that this is late");
    diag_label(c->diags, diag,
               node->kind == NODE_STATE ? "and there is no `on late` here or outside"
                                        : "and there is no `when late`");
    diag_help(c->diags, diag,
              node->kind == NODE_STATE ? "on late go to …" : "when late go to …");
}

static void listen(struct check *c, const struct node *node, struct ears ears)
{
    if (node == NULL)
        return;
    if (node->kind == NODE_STATE)
        ears = ears_of(node->items, ears);
    if (node->limit != NULL && node->kind != NODE_DEAD_LETTER &&
        node->kind != NODE_EXPECT_MARK && !ears.late && !has_late(node))
        say_unheard(c, node);
    if (node->kind == NODE_ATTEMPT)
        ears.late |= has_late(node);
    node_each(item, node->items) listen(c, item, ears);
    node_each(when, node->whens) listen(c, when, ears);
    listen(c, node->block, ears);
    listen(c, node->otherwise, ears);
}

/* ---- F0601 ---- */

static void check_referred(struct check *c, const struct node *flow)
{
    node_each(item, flow->items)
    {
        if (item->kind != NODE_DEAD_LETTER || item->declares->uses > 0)
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_F0601, item->name_span,
                     "nobody refers to dead letter `" TEXT_FMT "`", TEXT_ARG(item->name));
        diag_help(c->diags, diag,
                  "on error refer to " TEXT_FMT "     in the state it is meant for",
                  TEXT_ARG(item->name));
    }
}

void check_paths(struct check *c, struct node *flow)
{
    check_referred(c, flow);
    struct paths p = {.c = c};
    walk_list(&p, flow->items, (struct place){0});
    check_entered(&p, flow);
    for (uint32_t i = 0; i < p.states.n; i++)
        if (is_stuck(p.states.at[i]))
            check_stuck(&p, p.states.at[i]);
    check_ends(&p);
    struct ears ears = ears_of(flow->items, (struct ears){false});
    node_each(item, flow->items) listen(c, item, ears);
}
