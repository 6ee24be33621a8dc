/* The commands of flowctl, a function each: it opens the database, does it, says it. */
#ifndef TOOLS_FLOWCTL_COMMANDS_H
#define TOOLS_FLOWCTL_COMMANDS_H

#include "tools/cli.h"

extern const struct cli_program flowctl;

#define COMMAND(name, function, usage, options, sentence, example)                       \
    int cmd_##function(struct cli *cli);
#include "tools/flowctl_commands.def"
#undef COMMAND

#endif
