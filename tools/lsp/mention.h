/* What each name in a program stands for: every mention of every thing. */
#ifndef TOOLS_LSP_MENTION_H
#define TOOLS_LSP_MENTION_H

#include "tools/lsp/thing.h"

enum mention_use { MENTION_READS, MENTION_WRITES, MENTION_DECLARES };

struct mention {
    struct span at;
    const struct thing *thing;
    enum mention_use use;
};

/* In the order of the modules, and in them of the text; one for a stretch. */
struct mentions {
    struct mention *at;
    uint32_t n;
};

struct mentions *mentions_of(struct arena *memory, const struct program *program);
/* The one around a place of that source, or that begins or ends there; NULL. */
const struct mention *mention_at(const struct mentions *mentions,
                                 const struct source *source, uint32_t at);

#endif
