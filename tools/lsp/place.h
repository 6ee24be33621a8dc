/* Places as the protocol counts them: lines from 0, columns in UTF-16 units or bytes. */
#ifndef TOOLS_LSP_PLACE_H
#define TOOLS_LSP_PLACE_H

#include "tools/lsp/lsp.h"

/* The byte a Position means: behind a line's end it is the line's end, behind the last
 * line the text's. False: it is no Position. */
bool place_offset(const struct lsp *lsp, struct text text, const json_t *position,
                  uint32_t *at);

json_t *place_of(const struct lsp *lsp, const struct source *source, uint32_t at);
json_t *place_range(const struct lsp *lsp, struct span span);
/* {uri, range} */
json_t *place_location(struct lsp *lsp, struct span span);
/* How many columns a stretch of one line takes. */
uint32_t place_columns(const struct lsp *lsp, struct text stretch);
/* {range, newText} */
json_t *place_edit(const struct lsp *lsp, struct span span, struct text text);

#endif
