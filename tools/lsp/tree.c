/* Walking the nodes of a file, whatever their kind. */
#include "tools/lsp/tree.h"

static void visit_list(struct nodes list, tree_visit *visit, void *context)
{
    node_each(one, list) visit(context, one);
}

/* What is among the clauses is also in limit and showing. */
void tree_children(const struct node *node, tree_visit *visit, void *context)
{
    const struct node *const single[] = {
        node->target,
        node->value,
        node->other,
        node->third,
        node->type_of,
        node->where,
        node_clause(node, NODE_LIMIT) == NULL ? node->limit : NULL,
        node->block,
        node->otherwise};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (single[i] != NULL)
            visit(context, single[i]);
    visit_list(node->params, visit, context);
    visit_list(node->args, visit, context);
    visit_list(node->items, visit, context);
    visit_list(node->whens, visit, context);
    visit_list(node->clauses, visit, context);
    if (node_clause(node, NODE_SHOWING) == NULL)
        visit_list(node->showing, visit, context);
}

struct search {
    uint32_t at;
    const struct node *found;
};

static bool is_around(const struct node *node, uint32_t at)
{
    return node->span.source != NULL && node->span.from <= at && at <= node->span.to;
}

/* Of two that touch there, the one that begins there; of one in another, the inner. */
static void look(void *context, const struct node *child)
{
    struct search *search = context;
    if (!is_around(child, search->at))
        return;
    if (search->found == NULL || child->span.from > search->found->span.from ||
        (child->span.from == search->found->span.from &&
         child->span.to < search->found->span.to))
        search->found = child;
}

void tree_path(const struct node *file, uint32_t at, struct tree_path *path)
{
    path->n = 0;
    for (const struct node *node = file; node != NULL && path->n < TREE_PATH_MAX;) {
        path->at[path->n++] = node;
        struct search search = {.at = at};
        tree_children(node, look, &search);
        node = search.found;
    }
}

const struct node *tree_innermost(const struct tree_path *path, enum node_kind kind)
{
    for (uint32_t i = path->n; i-- > 0;)
        if (path->at[i]->kind == kind)
            return path->at[i];
    return NULL;
}
