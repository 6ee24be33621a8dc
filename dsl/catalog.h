/* What adapters offer, as the compiler needs to know it: filled by whoever runs the
 * compiler (tools/catalog.c, from the adapters' own tables). */
#ifndef DSL_CATALOG_H
#define DSL_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

enum catalog_option_kind {
    CATALOG_TEXT,   /* name "…" */
    CATALOG_NUMBER, /* name "8": a whole number */
    CATALOG_WORDS,  /* name "…" "…" …: each a value of its own */
    CATALOG_TABLE   /* name "KEY": "…", any number of times */
};

struct catalog_option {
    const char *name;
    enum catalog_option_kind kind;
    bool is_needed;
    int64_t least, most; /* NUMBER */
};

struct catalog_transport { /* `over NAME` */
    const char *name;
    const struct catalog_option *options;
    uint32_t options_n;
    bool maps;                   /* its operations may be mapped */
    const char *const *not_free; /* headers it owns; NULL ends them, and may be all */
};

struct catalog {
    const struct catalog_transport *transports;
    uint32_t n;
};

#endif
