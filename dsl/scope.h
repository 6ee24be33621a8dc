/* What names stand for, and where they can be seen. */
#ifndef DSL_SCOPE_H
#define DSL_SCOPE_H

#include "dsl/ast.h"
#include "dsl/type.h"
#include "engine/base/map.h"

enum symbol_kind {
    SYMBOL_TYPE,      /* `type` X */
    SYMBOL_EVENT,     /* type: its record */
    SYMBOL_ERROR,     /* type: the record of its parameters */
    SYMBOL_ADAPTER,   /* members: its operations */
    SYMBOL_OPERATION, /* owner: the adapter. type: gives, or NULL. params */
    SYMBOL_POLICY,    /* node NULL: built in (steady, once) */
    SYMBOL_SETTING,   /* type */
    SYMBOL_FUNCTION,  /* type: gives. params */
    SYMBOL_BUILTIN,   /* builtin: which */
    SYMBOL_FLOW,      /* type: gives, or NULL. params */
    SYMBOL_STATE,     /* members: inner states. is_final */
    SYMBOL_DEAD_LETTER,
    SYMBOL_PARAMETER, /* of the flow, or of a function. position */
    SYMBOL_VARIABLE,  /* `var`, in the flow, a state, or a block */
    SYMBOL_LOCAL,     /* let, as, for-each item, form, comprehension, `it`, `result` */
    SYMBOL_CASE,      /* of a variant. position. type: the variant */
    SYMBOL_PROBLEM,   /* the built-in `problem` */
    SYMBOL_NOW,       /* the built-in `now` */
    SYMBOL_MARK,
    SYMBOL_CALENDAR,
    SYMBOL_MODULE,      /* a file drawn in by `use` */
    SYMBOL_NAMED_EFFECT /* what `undo x` and `keep x` name: call, run or attempt */
};

/* Which function of the library a call is, before its arguments are counted. The rows of
 * dsl/ir_builtins.def are told apart by `lower` from the number and types of arguments;
 * `name` is the one the text uses. */
struct symbol {
    enum symbol_kind kind;
    struct text name;
    const struct node *node; /* where it is declared; NULL for what is built in */
    const struct type *type; /* see the kinds */
    struct symbol *owner;    /* operation: adapter. state: outer state, or NULL. case:
                                type's symbol. variable: the state it is declared in */
    struct map *members;     /* text → struct symbol; NULL */
    struct scope *inside;    /* flow: its states, dead letters, marks, named effects */
    struct symbol **params;  /* SYMBOL_PARAMETER each, in order */
    uint32_t params_n;
    struct symbol **errors; /* `fails with`: SYMBOL_ERROR each */
    uint32_t errors_n;
    uint32_t position;      /* parameter, case */
    uint32_t serial;        /* parameters, variables, locals: unique in the program */
    bool is_assigned_later; /* a `var` without initial value */
    bool in_frame;          /* declared inside something that runs side by side */
    uint32_t uses;
};

struct scope {
    struct scope *outer;
    struct map *names; /* room and name → struct symbol */
    struct arena *compile;
};

struct scope *scope_new(struct arena *compile, struct scope *outer);
struct symbol *scope_find(const struct scope *scope, struct text name); /* NULL */
struct symbol *scope_find_here(const struct scope *scope, struct text name);
/* Only among names of that kind's sort (types and events; values; adapters; cases …). */
struct symbol *scope_find_kind(const struct scope *scope, enum symbol_kind kind,
                               struct text name);
struct symbol *scope_find_kind_here(const struct scope *scope, enum symbol_kind kind,
                                    struct text name);
void scope_put(struct scope *scope, struct symbol *symbol);

#endif
