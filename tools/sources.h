/* Flow files as the compiler wants them: read, and found where `use` says. */
#ifndef TOOLS_SOURCES_H
#define TOOLS_SOURCES_H

#include "dsl/compile.h"
#include "tools/cli.h"

/* What an editor holds of the file at `path`; false: what is on the disk counts. */
typedef bool sources_unsaved(void *context, struct text path, struct text *text);

/* `use NAME` is looked for beside the file that says it, then in the folders given by
 * -I, then in the installed flows. `folders` ends in NULL and may be NULL. */
struct sources {
    struct arena *compile;
    const char *const *folders;
    VEC(struct compile_input) inputs;
    struct err err;           /* what went wrong while finding, beside "not there" */
    sources_unsaved *unsaved; /* NULL: nobody edits */
    void *unsaved_context;
};

void sources_init(struct sources *sources, struct arena *compile,
                  const char *const *folders);
/* Reads a file named on the command line; "-" is standard input. */
MUST_USE bool sources_add(struct sources *sources, const char *path, struct err *err);
/* What a text without a file is called: one that begins as an environment does, behind
 * comments and `use`, is one (".bind" at its end says so to the compiler). */
struct text sources_said_name(struct text text);
/* Lives as long as `sources`. */
struct compile_request sources_request(struct sources *sources);

/* The diagnostics on stderr, drawn for people. With `lints`, these too. True when there
 * are errors. */
bool sources_complain(const struct cli *cli, const struct diags *diags, bool lints);

#endif
