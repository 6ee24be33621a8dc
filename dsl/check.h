/* Names and types: what the checker finds out, and where it leaves it.
 *
 * After check_program() without errors, for each node of a flow, function or binding:
 *
 * Expressions have `type`, never NULL and never poison. Where the place wants another
 * type that the value fits, `wanted` is set to that type, and type_converts(type, wanted)
 * says whether there is work to do. Narrowing shows in `type` alone: a variable of T?
 * that was found present has type T; what is stored is the same value. NAME       symbol:
 * parameter, variable, local, setting, problem, now, or a plain case (SYMBOL_CASE,
 * position; type is its variant) APPLY      symbol: function, builtin, or a case with
 * data (position). Each ARG of a function or case has its position; a builtin's are in
 * order REDUCE     symbol: a builtin, over the list that its comprehension makes MAKE
 * type: a record (each ARG has the position of its field; fields not given have their
 * default or none) or a refined type (one ARG without name) RECORD     type: as wanted by
 * its place, else its own shape; each ARG has a position in `type` MEMBER     position in
 * the record; after a `match` arm's `as`, the record of the case. flag: `?.` WITH_FIELDS
 * each ARG has its position in the record COMPREHENSION's GENERATORs, LET, VAR, FOR_EACH,
 * PARAM: `declares` Types as written have `type`. PATH of call: symbol: operation. Of go
 * to: state. Of run, start: flow. Of on error: error or NULL (a built-in kind, whose name
 * is in path->name). PATTERN, CONSTRUCT: symbol: event or error; each ARG has the
 * position of its field. CALL, RUN: `declares`: the local of `as`, NULL when the result
 * goes to a `var` in scope, which then is in `symbol`; both NULL without `as`. `type`:
 * what it gives. WHEN: symbol: the declared error, NULL for built-in kinds, answers and
 * `late`. `type`: the record that `as` binds: an error's parameters, an answer's form.
 * `declares`. ARM: position of the case, -1 for literals, none and else. `type`: the
 * record bound by `as` (case data), or the subject's type. `declares`. The MATCH's value
 * has the subject's type. SET, ADD: symbol: the variable. GO_TO: target's symbol.
 * REFER_TO: dead letter. UNDO, KEEP: symbol SYMBOL_NAMED_EFFECT, whose node is the CALL,
 * RUN or ATTEMPT. UNDO_SINCE: symbol: state. Policies: found by name with
 * program_policy(). FOR_EACH, TOGETHER with `as`: `declares` the item for FOR_EACH; the
 * AS clause `declares` the result. */
#ifndef DSL_CHECK_H
#define DSL_CHECK_H

#include "dsl/ast.h"
#include "dsl/diag.h"
#include "dsl/scope.h"

struct catalog;

/* All files of one compilation, the asked-for ones and what they draw in by `use`. */
struct program {
    struct arena *compile;
    struct diags *diags;
    struct module **modules; /* what is used comes before what uses it */
    uint32_t modules_n;
    struct scope *builtins;
    const struct type *problem; /* record type of `problem`: kind text, message text, step
                                   text, operation text?, attempts int, since instant,
                                   in_doubt bool */
    uint32_t serials;
    bool lints;                    /* matters of style are looked for too */
    const struct catalog *catalog; /* dsl/catalog.h: which transports and options there
                                      are; NULL: not known, any will do */
};

/* Names, then types, of every module. Diagnostics say what is wrong. */
void check_program(struct program *program);

/* For lowering: what a module sees under that name; NULL. */
struct symbol *program_find(const struct program *program, const struct module *module,
                            struct text name);
/* NULL when no file declares it: then it is built in (steady, once) or unknown. */
const struct node *program_policy(const struct program *program,
                                  const struct module *module, struct text name);

#endif
