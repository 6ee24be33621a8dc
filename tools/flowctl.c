/* The operator's program: a command is a row of flowctl_commands.def and a function. */
#include <locale.h>
#include <stdlib.h>

#include "engine/sys/log.h"
#include "tools/flowctl/commands.h"

static const struct cli_option options[] = {
#define OPTION(name, letter, value, sentence) {name, letter, value, sentence},
#include "tools/flowctl_options.def"
#undef OPTION
};

static const struct cli_command commands[] = {
#define COMMAND(name, function, usage, options, sentence, example)                       \
    {name, usage, options, sentence, example, cmd_##function},
#include "tools/flowctl_commands.def"
#undef COMMAND
};

const struct cli_program flowctl = {
    .name = "flowctl",
    .sentence = "deploy flows, run orders, see what they wait for, and move them",
    .commands = commands,
    .commands_n = sizeof commands / sizeof *commands,
    .options = options,
    .options_n = sizeof options / sizeof *options,
    .common = "db output color",
};

int main(int argc, char **argv)
{
    log_level_set(LOG_LEVEL_WARN); /* what the store says while it makes the schema */
    setlocale(LC_CTYPE, "");       /* widths; a C locale is taken as UTF-8 all the same */
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
    return cli_main(&flowctl, argc, argv);
}
