/* Walking the nodes of a file, whatever their kind. */
#ifndef TOOLS_LSP_TREE_H
#define TOOLS_LSP_TREE_H

#include "dsl/ast.h"

/* Calls `visit` with each node right below, once, in no particular order. */
typedef void tree_visit(void *context, const struct node *child);
void tree_children(const struct node *node, tree_visit *visit, void *context);

enum { TREE_PATH_MAX = 128 };

/* From the file down to the innermost node around a place. */
struct tree_path {
    const struct node *at[TREE_PATH_MAX];
    uint32_t n;
};

/* A node is around a place that it begins at, or ends at. */
void tree_path(const struct node *file, uint32_t at, struct tree_path *path);
/* The innermost of that kind on the way; NULL. */
const struct node *tree_innermost(const struct tree_path *path, enum node_kind kind);

#endif
