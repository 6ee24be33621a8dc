/* What was read is held against the bounds that only the whole tree shows; what is beyond
 * them is said, and taken out: whoever walks the tree need not count. */
#include "dsl/parse.h"

struct part { /* what stands below a node: one, or a list from there on */
    struct node *node;
    bool is_list;
};

enum { PARTS_MAX = 15 };

struct level { /* a node whose parts are being looked at */
    struct part parts[PARTS_MAX];
    uint32_t n, next;
};

struct bounding {
    struct parse *parse;
    VEC(struct level) levels;
};

static void add_part(struct level *level, struct node *node, bool is_list)
{
    if (node != NULL)
        level->parts[level->n++] = (struct part){node, is_list};
}

static void go_below(struct bounding *b, const struct node *node)
{
    struct level level = {0};
    struct node *const nodes[] = {node->target,  node->value, node->other,
                                  node->third,   node->where, node->limit,
                                  node->type_of, node->block, node->otherwise};
    const struct nodes lists[] = {node->params, node->args,    node->items,
                                  node->whens,  node->showing, node->clauses};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        add_part(&level, nodes[i], false);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_part(&level, lists[i].first, true);
    vec_push(b->parse->compile, &b->levels, level);
}

/* The next node of the level; NULL: that was all. */
static struct node *next_of(struct level *level)
{
    if (level->next == level->n)
        return NULL;
    struct part *part = &level->parts[level->next];
    struct node *node = part->node;
    part->node = part->is_list ? node->next : NULL;
    level->next += part->node == NULL;
    return node;
}

/* It stays where it stands, as a mistake without parts: so the parser leaves what it
 * cannot read. */
static void take_out(struct node *node)
{
    *node = (struct node){.kind = NODE_ERROR,
                          .span = node->span,
                          .name_span = node->span,
                          .next = node->next,
                          .position = -1};
}

static uint32_t states_in(const struct node *node)
{
    uint32_t n = 0;
    node_each(item, node->items)
    {
        if (item->kind == NODE_STATE || item->kind == NODE_FINAL)
            n += 1 + states_in(item);
    }
    return n;
}

static bool is_beyond(struct bounding *b, const struct node *node)
{
    struct diags *diags = b->parse->diags;
    if (node->kind == NODE_FLOW && states_in(node) > LIMIT_STATES) {
        diag_add(diags, DIAG_F0007, node->name_span, "more than %d states", LIMIT_STATES);
        return true;
    }
    if (b->levels.n < LIMIT_TREE_DEPTH)
        return false;
    diag_add(diags, DIAG_F0007, node->span, "nested more than %d deep", LIMIT_TREE_DEPTH);
    return true;
}

/* Something was too much to be read already: what is left of the file says little. */
static bool is_beyond_already(const struct parse *parse)
{
    for (uint32_t i = 0; i < parse->diags->n; i++)
        if (parse->diags->at[i]->code == DIAG_F0007 &&
            parse->diags->at[i]->primary.span.source == parse->source)
            return true;
    return false;
}

/* A node may stand in two places: its limit is also among its clauses. */
void parse_bounds(struct parse *parse)
{
    enum { SEEN = UINT16_MAX };
    struct bounding b = {.parse = parse};
    struct node *declaration = NULL, *node;
    if (is_beyond_already(parse)) {
        parse->file->items = (struct nodes){0};
        return;
    }
    go_below(&b, parse->file);
    while (b.levels.n > 0) {
        node = next_of(&vec_last(&b.levels));
        if (node != NULL && b.levels.n == 1)
            declaration = node;
        if (node == NULL) {
            b.levels.n--;
        } else if (is_beyond(&b, node)) {
            take_out(declaration);
            b.levels.n = 1;
        } else if (node->depth != SEEN) {
            node->depth = SEEN;
            go_below(&b, node);
        }
    }
}
