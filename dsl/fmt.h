/* The one way to lay out a flow. */
#ifndef DSL_FMT_H
#define DSL_FMT_H

#include "dsl/ast.h"

/* The module's text laid out: 4 spaces a level, one step a line, short blocks on one line
 * where they were, runs of fields and ways out in columns. Never reorders; keeps every
 * comment with what it precedes. The module was parsed without errors. */
struct text fmt_module(struct arena *compile, const struct module *module);

#endif
