/* What may be in a flow's log of effects, at each point of its graph. */
#ifndef DSL_CHECK_LOG_H
#define DSL_CHECK_LOG_H

#include "dsl/check_in.h"
#include "dsl/flow_graph.h"

enum log_site_kind {
    LOG_UNDOABLE,     /* has its undo */
    LOG_CHILD,        /* a `run`: undone by unwinding the child */
    LOG_IRREVERSIBLE, /* and nobody said that it may stay */
    LOG_STAYS         /* `never undone` */
};

struct log_site { /* a call or run that changes something and is not harmless */
    const struct node *step;
    enum log_site_kind kind;
    uint32_t point;
};

/* Sets of sites, by their index. */
enum log_set {
    LOG_MAY_UNDO, /* done since the last `keep all`: what `undo all` would undo */
    LOG_EARLY,    /* of these, done on a way that has met no `keep all` at all */
    LOG_KEPT,     /* sealed; and what cannot be undone anyway */
    LOG_SETS
};

struct flow_log {
    struct arena *compile;
    const struct flow_graph *graph;
    VEC(struct log_site) sites;
    uint32_t *site_at;                /* point → 1 + its site, 0: none */
    VEC(const struct symbol *) since; /* states that an `undo since` names */
    uint32_t set_words;
    uint64_t **made;  /* for each strand that runs beside others: what it may add (the
                         words of LOG_MAY_UNDO, then those of LOG_EARLY); NULL */
    uint64_t *stands; /* room for one set */
    struct flow_facts facts;
};

/* check_keys.c */
void check_keys(struct check *c, const struct flow_graph *graph,
                const struct flow_log *log);

struct flow_log *log_of(struct check *c, const struct flow_graph *graph);
bool log_has(const struct flow_log *log, uint32_t point, enum log_set set, uint32_t site);
bool log_is_empty(const struct flow_log *log, uint32_t point, enum log_set set);
/* No `keep all` on some way to here. */
bool log_may_be_unsealed(const struct flow_log *log, uint32_t point);
/* May a handler beside the steps of this state say `keep all` and end? */
bool log_is_sealed_beside(const struct flow_log *log, const struct symbol *state);
/* Is the site what `undo NAME` takes back: the step itself, or inside of its attempt? */
bool log_is_named(const struct flow_log *log, const struct symbol *named, uint32_t site);
/* The operation that undoes it; NULL: a child, a block, or none. */
const struct symbol *log_undo_of(const struct log_site *site);
/* "erp.create_order" */
struct text log_site_name(struct arena *compile, const struct log_site *site);

#endif
