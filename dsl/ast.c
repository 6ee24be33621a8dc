/* Nodes: made, listed, looked into. */
#include "dsl/ast.h"

#include "engine/base/arena.h"

struct node *node_new(struct arena *compile, enum node_kind kind, struct span span)
{
    struct node *node = arena_new_of(compile, struct node);
    node->kind = kind;
    node->span = span;
    node->position = -1;
    return node;
}

void nodes_add(struct nodes *list, struct node *node)
{
    if (list->first == NULL)
        list->first = node;
    else
        list->last->next = node;
    list->last = node;
    list->n++;
}

static struct node *of_kind(struct node *node, enum node_kind kind)
{
    while (node != NULL && node->kind != kind)
        node = node->next;
    return node;
}

struct node *node_clause(const struct node *node, enum node_kind kind)
{
    return of_kind(node->clauses.first, kind);
}

struct node *node_clause_next(const struct node *after, enum node_kind kind)
{
    return of_kind(after->next, kind);
}

const struct node *node_find_that(const struct node *node,
                                  bool (*fits)(const struct node *node,
                                               const void *wanted),
                                  const void *wanted)
{
    if (node == NULL || fits(node, wanted))
        return node;
    const struct node *found = NULL;
    node_each(item, node->items) if (found == NULL) found =
        node_find_that(item, fits, wanted);
    node_each(when, node->whens) if (found == NULL) found =
        node_find_that(when, fits, wanted);
    if (found == NULL)
        found = node_find_that(node->block, fits, wanted);
    return found != NULL ? found : node_find_that(node->otherwise, fits, wanted);
}

static bool is_of_kind(const struct node *node, const void *wanted)
{
    return node->kind == *(const enum node_kind *)wanted;
}

const struct node *node_find(const struct node *node, enum node_kind kind)
{
    return node_find_that(node, is_of_kind, &kind);
}

bool node_is_in(const struct node *node, const struct node *outer)
{
    return node->span.source == outer->span.source &&
           node->span.from >= outer->span.from && node->span.to <= outer->span.to;
}

bool node_is_undo(const struct node *node)
{
    return node->kind == NODE_UNDO || node->kind == NODE_UNDO_ALL ||
           node->kind == NODE_UNDO_SINCE;
}

struct text path_text(struct arena *compile, const struct node *path)
{
    struct buf out;
    buf_init(&out, compile);
    node_each(part, path->items)
    {
        if (part != path->items.first)
            buf_char(&out, '.');
        buf_text(&out, part->name);
    }
    return buf_done(&out);
}

bool node_is_folder(const struct node *node)
{
    return node->kind == NODE_BIND_EVENTS && text_is_chars(node->target->name, "folder");
}

bool node_is_expr(const struct node *node)
{
    return (node->kind >= NODE_INT && node->kind <= NODE_CHOOSE &&
            node->kind != NODE_ARG && node->kind != NODE_PAIR &&
            node->kind != NODE_COMPREHENSION && node->kind != NODE_GENERATOR) ||
           node->kind == NODE_NAME;
}

bool node_is_type(const struct node *node)
{
    return node->kind >= NODE_TYPE_NAME && node->kind <= NODE_TYPE_SECRET;
}

const char *node_word(enum node_kind kind)
{
    static const char *const words[] = {
#define NODE(kind, word, members) word,
#include "dsl/ast.def"
#undef NODE
    };
    return words[kind];
}
