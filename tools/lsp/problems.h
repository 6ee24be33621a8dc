/* Diagnostics: told to the editor whenever they differ from what it has. */
#ifndef TOOLS_LSP_PROBLEMS_H
#define TOOLS_LSP_PROBLEMS_H

#include "tools/lsp/lsp.h"

/* Of all texts that are open, and of the files they use. */
void problems_publish(struct lsp *lsp);
void problems_free(struct lsp *lsp);
/* One, as the protocol writes it. */
json_t *problem_json(struct lsp *lsp, const struct diag *diag);

#endif
