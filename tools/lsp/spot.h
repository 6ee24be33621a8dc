/* The place a request asks about: which text, which word, and what that stands for. */
#ifndef TOOLS_LSP_SPOT_H
#define TOOLS_LSP_SPOT_H

#include "tools/lsp/drafts.h"
#include "tools/lsp/reading.h"

struct spot {
    struct draft *draft;
    uint32_t at;                   /* in draft->text */
    const struct reading *reading; /* where `mention` is from: the present one, or the
                                latest that was whole */
    uint32_t was;                  /* `at` in the text of `reading` */
    const struct mention *mention; /* NULL: nothing that has a name */
};

/* False: refused. While a text cannot be read, what is known from before counts. */
MUST_USE bool spot_asked(struct lsp *lsp, const json_t *params, struct spot *spot);
/* The same for a place that is known. */
void spot_find(struct lsp *lsp, struct draft *draft, uint32_t at, struct spot *spot);

/* The reading that knows names: the present one, or the latest that did; NULL. */
const struct reading *draft_known(struct lsp *lsp, struct draft *draft);
/* A stretch of a reading, as it lies now; nowhere when it has changed since. */
struct span span_now(struct lsp *lsp, struct span span);

/* Calls `visit` with each mention of the thing with that key in all texts that are known,
 * once each. */
typedef void mention_visit(void *context, const struct mention *mention);
void mentions_everywhere(struct lsp *lsp, struct text key, mention_visit *visit,
                         void *context);

#endif
