/* What the compiler says of one text and what it uses: nodes, names, diagnostics. */
#ifndef TOOLS_LSP_READING_H
#define TOOLS_LSP_READING_H

#include "tools/lsp/lsp.h"
#include "tools/lsp/mention.h"

struct reading {
    struct arena *memory;
    struct compiled *compiled;
    const struct module *own;
    bool is_checked;        /* names were looked up: symbols and types are there */
    struct mentions *names; /* of all its modules; NULL when it is not checked */
};

/* Never NULL. Texts that the editor has open are used as they are there. */
struct reading *reading_new(struct lsp *lsp, struct text path, struct text text);
void reading_free(struct reading *reading); /* NULL is fine */

/* Is that file among those it is made of? */
bool reading_has(const struct reading *reading, struct text path);
const struct module *reading_module(const struct reading *reading,
                                    const struct source *source);
bool reading_has_errors(const struct reading *reading);

/* How one text became another, taken as one stretch that changed. */
struct shift {
    size_t then_bytes;
    size_t now_bytes;
    size_t before; /* so many bytes are the same at the beginning */
    size_t after;  /* and at the end */
};

struct shift shift_between(struct text then, struct text now);
/* Where a place was, or is; false where it lies in what has changed. */
bool shift_back(const struct shift *shift, uint32_t now, uint32_t *then);
bool shift_forth(const struct shift *shift, uint32_t then, uint32_t *now);

#endif
