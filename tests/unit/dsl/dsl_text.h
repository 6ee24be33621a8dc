/* Texts through the front end, for tests. */
#ifndef TESTS_UNIT_DSL_DSL_TEXT_H
#define TESTS_UNIT_DSL_DSL_TEXT_H

#include "dsl/compile.h"

struct arena;

/* Reads a text as "t.flow" (or "t.bind"); mistakes are in `diags`. */
struct module *dsl_parse(struct arena *arena, struct diags *diags, const char *path,
                         const char *text);
/* Checks one text that uses nothing. */
struct compiled *dsl_check(struct arena *arena, const char *text);
/* "F0101 F0102": the codes of what was found, in order. */
struct text dsl_codes(struct arena *arena, const struct diags *diags);

#endif
