/* What each name in a program stands for: every mention of every thing. */
#ifndef TOOLS_LSP_MENTION_H
#define TOOLS_LSP_MENTION_H

#include "dsl/check.h"

enum thing_kind {
#define THING(kind, word, token, symbol) THING_##kind,
#include "tools/lsp/things.def"
#undef THING
    THING_KINDS
};

/* Something that has a name. Most are declared once; errors, marks, roles, answers and
 * calendars are what their name is, wherever it is said. */
struct thing {
    enum thing_kind kind;
    struct text key; /* the same in every reading: how things of several are compared */
    struct text name;
    const struct node *node;     /* that declares it; NULL for what is built in */
    const struct symbol *symbol; /* NULL for fields and what goes by name alone */
    const struct type *type;     /* NULL where it has none */
    const struct node *owner;    /* of a field, case or operation: what it belongs to */
    bool is_fixed;               /* built in, or a file: it cannot be renamed */
};

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

const char *thing_word(enum thing_kind kind); /* "state" */
/* The field's node in what declares the record; NULL where that is not written. */
const struct node *field_node(const struct type *record, struct text name);

#endif
