/* Which words begin lines: what the layout takes from the nodes. */
#ifndef DSL_FMT_MARKS_H
#define DSL_FMT_MARKS_H

#include "dsl/ast.h"
#include "dsl/token.h"

struct fmt_mark {
    bool breaks; /* a line begins here */
    bool blank;  /* behind an empty one */
    bool
        begins_line; /* because something of its own begins, not because a line goes on */
    bool wide;       /* two blanks before it, where it stands behind something */
    bool cell;       /* a column begins here */
    bool after_sign; /* the word before is a sign, not an operator */
    bool keeps_line; /* never begins a line */
    uint32_t indent; /* levels */
    uint32_t group;  /* of the columns; 0: none */
};

/* One a token of the module. */
struct fmt_mark *fmt_marks(struct arena *compile, const struct module *module);

#endif
