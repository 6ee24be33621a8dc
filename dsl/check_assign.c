/* Is each variable surely set where it is read? A `var` without a value is known only
 * behind the step that sets it; what is known on entering a state is what every way into
 * it knows. Ways are followed until nothing changes; only then anything is said. */
#include "dsl/check_in.h"

struct known {
    bool *set; /* one a variable that is set later */
    bool is_dead;
};

struct assigning {
    struct check *c;
    const struct node *flow;
    VEC(const struct symbol *) variables;
    VEC(const struct symbol *) states; /* and dead letters */
    VEC(struct known) entries;         /* what is known on entering each */
    VEC(struct span) set_at;           /* of each variable: where it is set first */
    bool changed;
    bool saying;
    const struct symbol *state; /* where we are, for words; NULL: the flow */
    bool in_handler;
    const struct node *undo_of; /* the call whose undo we are in; NULL */
};

static void walk_step(struct assigning *a, const struct node *step, struct known *known);

/* ---- sets ---- */

static struct known all(struct assigning *a, bool value)
{
    struct known known = {arena_array(a->c->compile, bool, a->variables.n + 1), false};
    for (uint32_t i = 0; i < a->variables.n; i++)
        known.set[i] = value;
    return known;
}

static struct known copy(struct assigning *a, const struct known *from)
{
    return (struct known){arena_copy(a->c->compile, from->set, a->variables.n + 1),
                          from->is_dead};
}

/* Another way comes in; true when less is known than before. */
static bool meet(struct assigning *a, struct known *into, const struct known *other)
{
    bool is_less = false;
    if (other->is_dead)
        return false;
    if (into->is_dead) {
        *into = copy(a, other);
        return true;
    }
    for (uint32_t i = 0; i < a->variables.n; i++) {
        is_less |= into->set[i] && !other->set[i];
        into->set[i] &= other->set[i];
    }
    return is_less;
}

static int32_t variable_of(const struct assigning *a, const struct symbol *symbol)
{
    for (uint32_t i = 0; symbol != NULL && i < a->variables.n; i++)
        if (a->variables.at[i] == symbol)
            return (int32_t)i;
    return -1;
}

static void enter(struct assigning *a, const struct symbol *state,
                  const struct known *known)
{
    for (uint32_t i = 0; i < a->states.n; i++)
        if (a->states.at[i] == state)
            a->changed |= meet(a, &a->entries.at[i], known);
}

/* ---- reading ---- */

/* What an undo uses is fixed at the moment the effect happens. */
static void say_in_undo(struct assigning *a, const struct node *node, uint32_t variable)
{
    struct diags *diags = a->c->diags;
    struct span set_at = a->set_at.at[variable];
    struct diag *diag =
        diag_add(diags, DIAG_F0305, node->span,
                 "the undo needs `" TEXT_FMT "`, which may not exist when it is needed",
                 TEXT_ARG(node->name));
    if (set_at.source == NULL)
        diag_label(diags, diag, "nothing sets it");
    else if (set_at.line > a->undo_of->span.line)
        diag_label(diags, diag, "assigned on line %u, after the effect", set_at.line);
    else
        diag_label(diags, diag, "assigned on line %u, but not on every way here",
                   set_at.line);
    diag_why(diags, diag,
             "The values an undo uses are fixed at the moment the effect happens.");
    diag_help(diags, diag, "name this call's result:   … as " TEXT_FMT " undone by { … }",
              TEXT_ARG(node->name));
}

static void say(struct assigning *a, const struct node *node, uint32_t variable)
{
    if (a->undo_of != NULL) {
        say_in_undo(a, node, variable);
        return;
    }
    struct diag *diag =
        diag_add(a->c->diags, DIAG_F0105, node->span,
                 "`" TEXT_FMT "` is not always known here", TEXT_ARG(node->name));
    struct span set_at = a->set_at.at[variable];
    if (set_at.source != NULL)
        diag_label(a->c->diags, diag, "set on line %u", set_at.line);
    else
        diag_label(a->c->diags, diag, "nothing sets it");
    if (a->in_handler && a->state == NULL)
        diag_why(a->c->diags, diag,
                 "This handler is on duty from the start, before anything is set.");
    else if (a->state != NULL)
        diag_why(a->c->diags, diag,
                 "Some way into `" TEXT_FMT "` comes by without setting it.",
                 TEXT_ARG(a->state->name));
    diag_help(a->c->diags, diag,
              "give it a value where it is declared, or read it only behind the step "
              "that sets it");
}

static void read(struct assigning *a, const struct node *node, const struct known *known)
{
    if (node == NULL || known->is_dead)
        return;
    int32_t variable = node->kind == NODE_NAME ? variable_of(a, node->symbol) : -1;
    if (variable >= 0 && !known->set[variable] && a->saying)
        say(a, node, (uint32_t)variable);
    read(a, node->value, known);
    read(a, node->other, known);
    read(a, node->third, known);
    read(a, node->where, known);
    node_each(arg, node->args) read(a, arg, known);
    node_each(item, node->items) read(a, item, known);
}

static void read_list(struct assigning *a, struct nodes list, const struct known *known)
{
    node_each(item, list) read(a, item, known);
}

static void set(struct assigning *a, const struct symbol *symbol, struct span at,
                struct known *known)
{
    int32_t variable = variable_of(a, symbol);
    if (variable < 0)
        return;
    known->set[variable] = true;
    if (a->set_at.at[variable].source == NULL)
        a->set_at.at[variable] = at;
}

/* ---- walking ---- */

static void walk_list(struct assigning *a, struct nodes list, struct known *known)
{
    node_each(item, list) walk_step(a, item, known);
}

static void walk_block(struct assigning *a, const struct node *block, struct known *known)
{
    if (block == NULL)
        return;
    if (block->kind == NODE_BLOCK)
        walk_list(a, block->items, known);
    else
        walk_step(a, block, known);
}

/* Ways out all begin with `before`; what each ends with comes into `known`. Which way it
 * was is what the `as` of a whole `ask` names. */
static void walk_whens(struct assigning *a, struct nodes whens,
                       const struct known *before, const struct node *ask,
                       struct known *known)
{
    node_each(when, whens)
    {
        struct known one = copy(a, before);
        if (when->target != NULL)
            read_list(a, when->target->args, &one);
        read(a, when->where, &one);
        read(a, when->value, &one);
        walk_block(a, when->block, &one);
        if (ask != NULL)
            set(a, ask->symbol, ask->as_span, &one);
        if (when->kind == NODE_WHEN && when->position == 0)
            one.is_dead = true; /* `refer to` parks the step */
        meet(a, known, &one);
    }
}

/* It has happened: what `as` names is known, and what was known before. */
static void walk_undo(struct assigning *a, const struct node *step,
                      const struct known *known)
{
    const struct node *undo = node_clause(step, NODE_UNDONE_BY);
    struct known there = copy(a, known);
    const struct node *outer = a->undo_of;
    a->undo_of = step;
    if (undo != NULL)
        walk_block(a, undo->block, &there);
    a->undo_of = outer;
}

static void walk_call(struct assigning *a, const struct node *step, struct known *known)
{
    read_list(a, step->args, known);
    if (step->target != NULL)
        read_list(a, step->target->args, known);
    if (step->limit != NULL)
        read(a, step->limit->value, known);
    read(a, step->kind == NODE_ASK ? step->value : NULL, known);
    read_list(a, step->showing, known);
    struct known before = copy(a, known);
    set(a, step->symbol, step->as_span, known);
    walk_undo(a, step, known);
    if (step->kind == NODE_ASK || step->kind == NODE_WAIT_ANY)
        known->is_dead = step->whens.n > 0;
    walk_whens(a, step->whens, &before, step->kind == NODE_ASK ? step : NULL, known);
    if (step->kind == NODE_WAIT_FOR && step->otherwise != NULL) {
        walk_block(a, step->otherwise, &before);
        meet(a, known, &before);
    }
}

static void walk_if(struct assigning *a, const struct node *step, struct known *known)
{
    read(a, step->value, known);
    struct known yes = copy(a, known);
    walk_block(a, step->block, &yes);
    if (step->otherwise != NULL && step->otherwise->kind == NODE_IF)
        walk_if(a, step->otherwise, known);
    else
        walk_block(a, step->otherwise, known);
    meet(a, known, &yes);
}

static void walk_match(struct assigning *a, const struct node *step, struct known *known)
{
    read(a, step->value, known);
    struct known before = copy(a, known);
    known->is_dead = true;
    node_each(arm, step->whens)
    {
        struct known one = copy(a, &before);
        read(a, arm->where, &one);
        walk_block(a, arm->block, &one);
        meet(a, known, &one);
    }
}

static void walk_loop(struct assigning *a, const struct node *step, struct known *known)
{
    read(a, step->value, known);
    read(a, step->where, known);
    node_each(clause, step->clauses) read(a, clause->value, known);
    struct known inside = copy(a, known);
    walk_block(a, step->block, &inside);
    const struct node *as = node_clause(step, NODE_AS);
    if (as != NULL)
        set(a, as->symbol, as->span, known);
    if (step->kind == NODE_REPEAT) {
        struct known exhausted = copy(a, known);
        walk_block(a, step->otherwise, &exhausted);
    }
}

/* All branches have ended: what any of them set is set, unless the first one wins. */
static void walk_together(struct assigning *a, const struct node *step,
                          struct known *known)
{
    struct known before = copy(a, known);
    bool first_wins = node_clause(step, NODE_FIRST_WINS) != NULL;
    node_each(branch, step->items)
    {
        struct known one = copy(a, &before);
        walk_block(a, branch->block, &one);
        for (uint32_t i = 0; i < a->variables.n && !first_wins; i++)
            known->set[i] |= one.set[i];
    }
    const struct node *as = node_clause(step, NODE_AS);
    if (as != NULL)
        set(a, as->symbol, as->span, known);
}

static void walk_attempt(struct assigning *a, const struct node *step,
                         struct known *known)
{
    struct known before = copy(a, known);
    walk_block(a, step->block, known);
    walk_whens(a, step->whens, &before, NULL, known);
}

static void walk_away(struct assigning *a, const struct node *step, struct known *known)
{
    if (step->target != NULL)
        read_list(a, step->target->args, known);
    if (step->symbol != NULL && !known->is_dead)
        enter(a, step->symbol, known);
    if (step->kind != NODE_REFER_TO)
        known->is_dead = true;
}

static void walk_step(struct assigning *a, const struct node *step, struct known *known)
{
    switch ((int)step->kind) {
    case NODE_BLOCK:
        walk_list(a, step->items, known);
        return;
    case NODE_ERROR: /* it may have done what it mentions */
        node_each(said, step->items)
        {
            set(a, said->symbol, said->span, known);
            enter(a, said->symbol, known);
        }
        return;
    case NODE_VAR:
        read(a, step->value, known);
        return;
    case NODE_SET:
        read(a, step->value, known);
        set(a, step->symbol, step->name_span, known);
        return;
    case NODE_ADD:
        read(a, step->value, known);
        if (variable_of(a, step->symbol) >= 0 &&
            !known->set[variable_of(a, step->symbol)] && a->saying && !known->is_dead)
            say(a, step, (uint32_t)variable_of(a, step->symbol));
        return;
    case NODE_CALL:
    case NODE_RUN:
    case NODE_START:
    case NODE_WAIT_FOR:
    case NODE_WAIT_ANY:
    case NODE_ASK:
    case NODE_UNDO:
    case NODE_UNDO_ALL:
    case NODE_UNDO_SINCE:
        walk_call(a, step, known);
        return;
    case NODE_IF:
        walk_if(a, step, known);
        return;
    case NODE_MATCH:
        walk_match(a, step, known);
        return;
    case NODE_FOR_EACH:
    case NODE_REPEAT:
        walk_loop(a, step, known);
        return;
    case NODE_TOGETHER:
        walk_together(a, step, known);
        return;
    case NODE_ATTEMPT:
        walk_attempt(a, step, known);
        return;
    case NODE_EMIT:
        read_list(a, step->target->args, known);
        return;
    case NODE_LET:
    case NODE_NOTE:
    case NODE_WAIT:
    case NODE_WAIT_UNTIL:
    case NODE_GIVE:
        read(a, step->value, known);
        return;
    case NODE_GO_TO:
    case NODE_REFER_TO:
    case NODE_FAIL:
    case NODE_RETRY:
    case NODE_STAY:
        walk_away(a, step, known);
        return;
    }
}

/* ---- states, handlers, dead letters ---- */

static bool is_step(const struct node *node)
{
    return (node->kind >= NODE_BLOCK && node->kind <= NODE_STAY) ||
           node->kind == NODE_ERROR;
}

static void walk_handlers(struct assigning *a, struct nodes items,
                          const struct known *known)
{
    node_each(item, items)
    {
        if (item->kind < NODE_ON || item->kind > NODE_EVERY)
            continue;
        struct known one = copy(a, known);
        a->in_handler = true;
        if (item->target != NULL)
            read_list(a, item->target->args, &one);
        read(a, item->where, &one);
        read(a, item->value, &one);
        walk_block(a, item->block, &one);
        a->in_handler = false;
    }
}

static void enter_first(struct assigning *a, struct nodes items,
                        const struct known *known)
{
    node_each(item, items)
    {
        if (item->kind != NODE_STATE && item->kind != NODE_FINAL)
            continue;
        enter(a, item->declares, known);
        return;
    }
}

static void walk_state(struct assigning *a, const struct symbol *state,
                       const struct known *entry)
{
    const struct node *node = state->node;
    if (node == NULL || entry->is_dead)
        return;
    a->state = state;
    struct known known = copy(a, entry);
    if (node->limit != NULL)
        read(a, node->limit->value, &known);
    if (node->kind == NODE_DEAD_LETTER) {
        read(a, node->value, &known);
        read_list(a, node->showing, &known);
        struct known after = {known.set, true};
        walk_whens(a, node->whens, &known, NULL, &after);
    } else {
        walk_block(a, node->block, &known);
        enter_first(a, node->items, entry);
        node_each(item, node->items) if (is_step(item)) walk_step(a, item, &known);
        walk_handlers(a, node->items, entry);
    }
    a->state = NULL;
}

static void walk_flow(struct assigning *a)
{
    struct known known = all(a, false);
    walk_handlers(a, a->flow->items, &known);
    node_each(item, a->flow->items) if (is_step(item)) walk_step(a, item, &known);
    enter_first(a, a->flow->items, &known);
    for (uint32_t i = 0; i < a->states.n; i++) {
        struct known entry = copy(a, &a->entries.at[i]);
        walk_state(a, a->states.at[i], &entry);
    }
}

/* A way into a state inside comes through those around it. */
static void enter_outer(struct assigning *a)
{
    for (uint32_t i = 0; i < a->states.n; i++)
        for (const struct symbol *outer = a->states.at[i]->owner; outer != NULL;
             outer = outer->owner)
            enter(a, outer, &a->entries.at[i]);
}

static void collect(struct assigning *a, const struct node *node)
{
    if (node == NULL || node_is_expr(node))
        return;
    if (node->kind == NODE_VAR && node->value == NULL && node->declares != NULL &&
        node->declares->type->kind != TYPE_OPTIONAL) {
        vec_push(a->c->compile, &a->variables, node->declares);
        vec_push(a->c->compile, &a->set_at, (struct span){0});
    }
    if (node->kind == NODE_STATE || node->kind == NODE_FINAL ||
        node->kind == NODE_DEAD_LETTER)
        vec_push(a->c->compile, &a->states, node->declares);
    node_each(item, node->items) collect(a, item);
    node_each(when, node->whens) collect(a, when);
    collect(a, node->block);
    collect(a, node->otherwise);
}

void check_assigned(struct check *c, struct node *flow)
{
    struct assigning a = {.c = c, .flow = flow};
    collect(&a, flow);
    if (a.variables.n == 0)
        return;
    for (uint32_t i = 0; i < a.states.n; i++) {
        struct known nothing_yet = all(&a, true);
        nothing_yet.is_dead = true;
        vec_push(c->compile, &a.entries, nothing_yet);
    }
    do {
        a.changed = false;
        walk_flow(&a);
        enter_outer(&a);
    } while (a.changed);
    a.saying = true;
    walk_flow(&a);
}
