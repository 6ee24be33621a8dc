/* What the parts of the door share; nobody else includes this. */
#ifndef DSL_COMPILE_IN_H
#define DSL_COMPILE_IN_H

#include "dsl/compile.h"

enum { SCHEMA_REMARKS_SAID = 8 }; /* of one schema; more is a page, not a note */

/* Puts the types that schemas are in place of what asks for them. */
/* `reason`: why a file that is there cannot be read; "" when there is none. */
void compile_say_no_file(struct diags *diags, struct span at, struct text file,
                         struct text reason);

void compile_schemas(struct arena *compile, struct diags *diags,
                     const struct compile_request *request, struct module *module);

#endif
