/* Things in words: for hovers, lists and help with arguments. */
#ifndef TOOLS_LSP_THING_TEXT_H
#define TOOLS_LSP_THING_TEXT_H

#include "engine/base/buf.h"
#include "tools/lsp/mention.h"

/* Its declaration as code, where it belongs, and its `##` lines, as markdown. */
void thing_describe(struct buf *out, const struct thing *thing);
/* The same of a symbol that no mention was asked for. */
void symbol_describe(struct buf *out, const struct symbol *symbol);
/* One line: "(order: Order, quote: Quote) gives SalesOrder". */
void symbol_line(struct buf *out, const struct symbol *symbol);
/* What a declaration's `##` lines say; "" for none. */
struct text node_doc(const struct node *node);

#endif
