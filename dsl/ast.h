/* What the parser makes of a text: nodes of one shape, whose members ast.def explains
 * kind by kind. It looks nothing up; the checker fills in the last part of each node. */
#ifndef DSL_AST_H
#define DSL_AST_H

#include "dsl/source.h"
#include "engine/base/buf.h"

struct type;
struct symbol;

enum node_kind {
#define NODE(kind, word, members) NODE_##kind,
#include "dsl/ast.def"
#undef NODE
    NODE_KINDS
};

struct nodes { /* in source order; linked by node->next */
    struct node *first;
    struct node *last;
    uint32_t n;
};

struct node {
    enum node_kind kind;
    struct span span;  /* all of it */
    struct node *next; /* in the list it stands in */
    struct text doc;   /* `##` comment before it, lines joined by '\n'; "" */
    struct text name;  /* its name; a literal or operator as written; a text's content */
    struct span name_span;
    struct text as; /* `as NAME`; "" */
    struct span as_span;
    struct text policy; /* `using NAME`; "" */
    struct span policy_span;
    int64_t number;      /* version, times, at once … */
    bool flag;           /* see ast.def */
    struct node *target; /* a PATH, PATTERN or CONSTRUCT: what is called, awaited, made */
    struct node *value;  /* the main expression */
    struct node *other;  /* the second expression */
    struct node *third;
    struct node *type_of; /* a type as written */
    struct node *where;
    struct node *limit;     /* NODE_LIMIT */
    struct node *block;     /* NODE_BLOCK, or the action of a way out or handler */
    struct node *otherwise; /* else, when late, when exhausted */
    struct nodes params;    /* NODE_PARAM */
    struct nodes args;      /* NODE_ARG */
    struct nodes items;     /* what it contains */
    struct nodes whens;     /* NODE_WHEN: its ways out */
    struct nodes showing;
    uint32_t depth;       /* levels of expression below it */
    struct nodes clauses; /* modifiers as written, in order; those that can stand only
                             once are also in as, policy, limit */

    /* Filled in by the checker. */
    const struct type *type; /* an expression's own type. A type as written: what it is.
                                A binder with `as`: the type that is bound */
    const struct type
        *wanted;             /* an expression: the type its place wants; NULL: as it is */
    struct symbol *symbol;   /* what its name stands for (see check.h) */
    struct symbol *declares; /* what it, or its `as`, brings into being */
    int32_t position;        /* of a field, case, parameter or arm; -1 */
};

/* A file, parsed. */
struct module {
    const struct source *source;
    struct text name;     /* "systems": the file's name without folder and ending */
    struct node *file;    /* NODE_FILE */
    bool is_binding;      /* a .bind file */
    bool lacks_a_file;    /* one that it uses was not found */
    bool is_cut;          /* it ends while something is open: more was to come */
    struct token *tokens; /* dsl/token.h: all of them, for fmt and dump lex */
    uint32_t tokens_n;
    struct scope *scope; /* its top level; filled in by the checker */
};

#define node_each(var, list)                                                             \
    for (struct node *var = (list).first; var != NULL; var = var->next)

struct node *node_new(struct arena *compile, enum node_kind kind, struct span span);
void nodes_add(struct nodes *list, struct node *node);
/* The first clause of that kind; NULL. */
struct node *node_clause(const struct node *node, enum node_kind kind);
/* The clause after `after` of that kind; NULL. */
struct node *node_clause_next(const struct node *after, enum node_kind kind);
/* The first step of that kind in it, itself included; NULL. Undo blocks are not looked
 * in. */
const struct node *node_find(const struct node *node, enum node_kind kind);
/* The first that fits, likewise. */
const struct node *node_find_that(const struct node *node,
                                  bool (*fits)(const struct node *node,
                                               const void *wanted),
                                  const void *wanted);
/* Does it stand in `outer`, or is it that? */
bool node_is_in(const struct node *node, const struct node *outer);
/* "erp.create_order" of a PATH. */
struct text path_text(struct arena *compile, const struct node *path);
bool node_is_expr(const struct node *node);
bool node_is_folder(const struct node *node); /* `events from folder` */
bool node_is_type(const struct node *node);
bool node_is_undo(const struct node *node); /* of some kind: a name, since, all */
const char *node_word(enum node_kind kind);

/* As indented text: `flowc dump ast`. */
void ast_write(struct buf *out, const struct node *node);

#endif
