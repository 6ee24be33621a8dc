/* Things that have names: what is declared, built in, or goes by its name alone.
 *
 * The key of what is declared is the place of its name, so that readings of different
 * files speak of the same thing. What goes by its name is the same everywhere, or in its
 * flow. */
#ifndef TOOLS_LSP_THING_H
#define TOOLS_LSP_THING_H

#include "dsl/check.h"

struct arena;
struct map;

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

/* Those of one reading. */
struct things {
    struct arena *memory;
    struct map *by_key;
};

/* Each is NULL where there is nothing of that name. */
const struct thing *thing_declared_at(struct things *things, struct thing like,
                                      struct span name);
/* By its name: in a flow, or everywhere (NULL). */
const struct thing *thing_named(struct things *things, enum thing_kind kind,
                                struct text name, const struct node *flow,
                                const struct node *node);
const struct thing *thing_built_in(struct things *things, enum thing_kind kind,
                                   struct text name, const struct symbol *symbol);
const struct thing *thing_file(struct things *things, const struct module *module);
const struct thing *thing_field(struct things *things, const struct type *record,
                                struct text name);
const struct thing *thing_case(struct things *things, const struct type *variant,
                               struct text name);
/* What a symbol stands for, in that flow (NULL: outside of flows). */
const struct thing *thing_of(struct things *things, const struct symbol *symbol,
                             const struct node *flow);

/* Where what declares it says its name; no place where it does not. */
struct span thing_name_span(const struct node *node, struct text name);
const char *thing_word(enum thing_kind kind); /* "state" */
/* The field's node in what declares the record; NULL where that is not written. */
const struct node *field_node(const struct type *record, struct text name);

#endif
