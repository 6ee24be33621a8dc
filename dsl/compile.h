/* The one door of the compiler: texts in, programs or diagnostics out. It touches no
 * files; whoever calls reads them. */
#ifndef DSL_COMPILE_H
#define DSL_COMPILE_H

#include "dsl/check.h"
#include "dsl/ir.h"
#include "dsl/test_plan.h"
#include "engine/base/err.h"

/* Finds what `use NAME` means. `from` is the path of the file that says it. Fills `path`
 * and `text` (on `compile`); false: there is no such file, or `text` says why it cannot
 * be read. */
typedef bool compile_find(void *context, struct arena *compile, struct text from,
                          struct text name, struct text *path, struct text *text);

struct compile_input {
    struct text path; /* ".bind" at its end: a binding file */
    struct text text;
};

struct compile_request {
    const struct compile_input *inputs;
    uint32_t inputs_n;
    compile_find *find;
    compile_find *find_schema; /* what `from schema "NAME"` means; NULL: nothing */
    void *find_context;
    bool lints;                     /* matters of style too */
    const struct catalog *catalog;  /* for program.catalog; may be NULL */
    const struct diag_watch *watch; /* for diags.watch; may be NULL */
};

struct compile_flow {
    const struct node *node; /* NODE_FLOW */
    const struct module *module;
    struct ir *image;
    struct text packed; /* ir->hash is set */
};

struct compile_environment {
    const struct node *node; /* NODE_ENVIRONMENT */
    const struct module *module;
    struct text name;
    struct text json; /* the deployed environment: one JSON document */
};

/* Lives on the arena it was made on. */
struct compiled {
    struct program program;
    struct diags diags; /* sorted */
    uint32_t asked;     /* how many modules were asked for */
    struct module **asked_modules;
    struct compile_flow *flows; /* of the files asked for; empty after errors */
    uint32_t flows_n;
    struct compile_environment *environments;
    uint32_t environments_n;
    struct compiled_tests *tests; /* by compile_tests() */
    uint32_t tests_n;
};

/* Reads one file: scanner and parser only (fmt, dump lex, dump ast). Never NULL; mistakes
 * are in `diags`. */
struct module *compile_parse(struct arena *compile, struct diags *diags, struct text path,
                             struct text text);

/* Parses and checks the files and what they use; no images. */
struct compiled *compile_check(struct arena *compile,
                               const struct compile_request *request);

/* The same, and lowers, verifies and packs every flow of the files asked for (not of
 * those they use), and every environment. Errors are in ->diags; flows are there only
 * without. */
struct compiled *compile_all(struct arena *compile,
                             const struct compile_request *request);

/* The same again, and for every flow that a `test` or `explore` of these files is for an
 * image of its own with them (test_plan.h), in the order of the files. */
struct compiled *compile_tests(struct arena *compile,
                               const struct compile_request *request);

/* An example of a diagnostic (diag.h), checked in the small world that all of them share,
 * matters of style too. */
struct compiled *compile_example(struct arena *compile, struct text fragment,
                                 const struct catalog *catalog);

#endif
