/* Ways that may not be there, limits that nobody hears, dead letters that nobody refers
 * to. (F0206, F0502, F0601) */
#include "dsl/check_in.h"

struct paths {
    struct check *c;
};

struct place {
    bool in_undo;
    bool in_cancel;
    bool in_final;
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
    if (at.in_final && !at.in_undo && node->kind == NODE_GO_TO) {
        struct diag *diag = diag_add(p->c->diags, DIAG_F0206, node->span,
                                     "nothing leads out of a final state");
        diag_why(p->c->diags, diag,
                 "It is the end: its steps are done, and then the flow is over.");
    }
}

static void walk(struct paths *p, struct node *node, struct place at)
{
    if (node == NULL || node_is_expr(node) || node_is_type(node))
        return;
    check_place(p, node, at);
    at.in_undo |= node->kind == NODE_UNDONE_BY;
    at.in_cancel |= node->kind == NODE_ON_CANCEL;
    at.in_final |= node->kind == NODE_FINAL;
    walk_list(p, node->clauses, at);
    walk_list(p, node->items, at);
    walk(p, node->block, at);
    walk(p, node->otherwise, at);
    walk_list(p, node->whens, at);
}

/* ---- F0502: a limit that nobody hears ---- */

struct ears {
    bool late; /* an `on late` or `on error` is in force */
};

static struct ears ears_of(struct nodes items, struct ears outer)
{
    node_each(item, items) outer.late |=
        item->kind == NODE_ON_LATE ||
        (item->kind == NODE_ERROR &&
         (mistake_says(item, TEXT("on late")) || mistake_says(item, TEXT("on error")) ||
          mistake_says(item, TEXT("on")))) ||
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
    struct ears ears = ears_of(flow->items, (struct ears){false});
    node_each(item, flow->items) listen(c, item, ears);
}
