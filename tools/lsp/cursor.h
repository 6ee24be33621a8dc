/* What stands before the cursor, and what could stand at it: words, not nodes, for while
 * somebody types there are none. */
#ifndef TOOLS_LSP_CURSOR_H
#define TOOLS_LSP_CURSOR_H

#include "dsl/parse.h"
#include "tools/lsp/drafts.h"
#include "tools/lsp/reading.h"
#include "tools/lsp/tree.h"

struct cursor {
    struct lsp *lsp;
    struct arena *memory; /* of the scan; cursor_free() */
    struct draft *draft;
    uint32_t at;
    uint32_t from;      /* where the word begins that is being typed; `at` for none */
    struct parse parse; /* of the text before `from` */
    uint32_t n;         /* words there, the end not counted */
    bool is_in_text;    /* or in a comment: nothing is completed */
    const char *const *expected;
    uint32_t expected_n;

    /* From the reading that knows names; NULL or nothing where there is none. */
    const struct reading *known;
    const struct module *module; /* its own */
    struct tree_path path;       /* down to about here */
    const struct symbol *flow;   /* around, or that the test around is for */
};

/* False: refused. */
MUST_USE bool cursor_asked(struct lsp *lsp, const json_t *params, struct cursor *cursor);
void cursor_free(struct cursor *cursor);

/* The kind of the word that is `back` words before (1: right before); 0 before all. */
int cursor_kind(const struct cursor *cursor, uint32_t back);
struct text cursor_text(const struct cursor *cursor, uint32_t back);
bool cursor_expects(const struct cursor *cursor, const char *name);
bool cursor_is_first_on_line(const struct cursor *cursor);
const struct scope *cursor_scope(const struct cursor *cursor); /* of the file; NULL */

/* The text with `put` at the cursor instead of the word there, compiled: the caller frees
 * it. */
struct reading *cursor_try(const struct cursor *cursor, struct text put);

/* The ( around the cursor, and whose it is. */
struct callee {
    struct text name;
    const struct symbol *symbol; /* an operation, flow or function; NULL */
    const struct type *record;   /* or what is made: an event, an error, a record */
    uint32_t open;               /* which word the ( is */
};
bool cursor_callee(const struct cursor *cursor, struct callee *callee);

#endif
