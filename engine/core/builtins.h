/* The library of functions, one C function each, by the table dsl/ir_builtins.def. */
#ifndef ENGINE_CORE_BUILTINS_H
#define ENGINE_CORE_BUILTINS_H

#include "engine/core/eval_machine.h"

/* `args` are as many as the table allows; what they are is checked again by each. */
typedef bool builtin_function(struct eval_machine *m, const struct value *args,
                              uint32_t n, struct value *out);

#define BUILTIN(NAME, name, fewest, most, sentence) builtin_function builtin_##NAME;
#include "dsl/ir_builtins.def"
#undef BUILTIN

/* False, and the problem says that `name` cannot work on `v`. */
bool builtin_refuse(struct eval_machine *m, const char *name, struct value v);

#endif
