/* Nodes as indented text: `flowc dump ast`. */
#include "dsl/ast.h"

enum { INDENT = 2 };

static void write_node(struct buf *out, const struct node *node, const char *role,
                       int depth);

static void indent(struct buf *out, int depth)
{
    for (int i = 0; i < depth * INDENT; i++)
        buf_char(out, ' ');
}

static void write_escaped(struct buf *out, struct text text)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        char c = text.chars[i];
        if (c == '\n')
            buf_chars(out, "\\n");
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else
            buf_char(out, c);
    }
    buf_char(out, '"');
}

static void write_head(struct buf *out, const struct node *node)
{
    buf_chars(out, node_word(node->kind));
    if (node->kind == NODE_TEXT) {
        buf_char(out, ' ');
        write_escaped(out, node->name);
    } else if (node->name.n > 0) {
        buf_printf(out, " " TEXT_FMT, TEXT_ARG(node->name));
    }
    if (node->number != 0)
        buf_printf(out, " number=%lld", (long long)node->number);
    if (node->flag)
        buf_chars(out, " flag");
    if (node->as.n > 0)
        buf_printf(out, " as=" TEXT_FMT, TEXT_ARG(node->as));
    if (node->policy.n > 0)
        buf_printf(out, " using=" TEXT_FMT, TEXT_ARG(node->policy));
    buf_printf(out, "  %u:%u", node->span.line, node->span.column);
    if (node->doc.n > 0) {
        buf_chars(out, "  ## ");
        write_escaped(out, node->doc);
    }
}

static void write_list(struct buf *out, struct nodes list, const char *role, int depth)
{
    node_each(item, list) write_node(out, item, role, depth);
}

static void write_node(struct buf *out, const struct node *node, const char *role,
                       int depth)
{
    if (node == NULL)
        return;
    indent(out, depth);
    if (role[0] != 0)
        buf_printf(out, "%s: ", role);
    write_head(out, node);
    buf_char(out, '\n');
    if (node->kind == NODE_PATH || node->kind == NODE_ERROR)
        return;
    write_node(out, node->target, "target", depth + 1);
    write_list(out, node->params, "param", depth + 1);
    write_node(out, node->type_of, "type", depth + 1);
    write_node(out, node->value, "value", depth + 1);
    write_node(out, node->other, "other", depth + 1);
    write_node(out, node->third, "third", depth + 1);
    write_list(out, node->args, "", depth + 1);
    write_node(out, node->where, "where", depth + 1);
    write_list(out, node->clauses, "clause", depth + 1);
    if (node_clause(node, NODE_LIMIT) == NULL)
        write_node(out, node->limit, "", depth + 1);
    if (node_clause(node, NODE_SHOWING) == NULL)
        write_list(out, node->showing, "showing", depth + 1);
    write_list(out, node->items, "", depth + 1);
    write_node(out, node->block, "do", depth + 1);
    write_node(out, node->otherwise, "else", depth + 1);
    write_list(out, node->whens, "", depth + 1);
}

void ast_write(struct buf *out, const struct node *node)
{
    write_node(out, node, "", 0);
}
