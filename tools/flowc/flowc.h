/* What the commands of flowc share. */
#ifndef TOOLS_FLOWC_FLOWC_H
#define TOOLS_FLOWC_FLOWC_H

#include <jansson.h>

#include "dsl/compile.h"
#include "tools/cli.h"
#include "tools/sources.h"

#define COMMAND(name, function, usage, options, sentence, example)                       \
    int function(struct cli *cli);
#include "tools/flowc_commands.def"
#undef COMMAND

/* Reads the files named from argument `first` on; `sources` finds what they use. */
MUST_USE bool flowc_sources(struct cli *cli, struct arena *compile, uint32_t first,
                            struct sources *sources, struct err *err);

/* The files named, checked and without errors. CLI_OK, or how the command ends: what is
 * wrong has been said. */
MUST_USE int flowc_checked(struct cli *cli, struct arena *compile, struct compiled **out);

/* The files named, with those of --bindings, compiled with their tests. CLI_OK, or how
 * the command ends: what is wrong has been said. */
MUST_USE int flowc_tests(struct cli *cli, struct arena *compile, struct compiled **out);

/* A new reference: the settings of the latest environment given. NULL: none is, defaults
 * hold. */
json_t *flowc_settings(const struct compiled *compiled);

/* The folders of -I, ending in NULL. */
const char *const *flowc_folders(struct cli *cli, struct arena *compile);

void flowc_write(struct text text); /* to standard output */

#endif
