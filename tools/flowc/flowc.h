/* What the commands of flowc share. */
#ifndef TOOLS_FLOWC_FLOWC_H
#define TOOLS_FLOWC_FLOWC_H

#include "dsl/compile.h"
#include "tools/cli.h"

/* The exit codes that are flowc's own (contract §2). */
enum { FLOWC_OK = 0, FLOWC_ERRORS = 20, FLOWC_WARNINGS = 21, FLOWC_DIFFERENT = 30 };

struct flowc_command {
    const char *name;
    int (*run)(struct cli *cli, struct arena *compile, int argc, char **argv);
    const char *usage;
    const char *example;
    const char *sentence;
};

#define COMMAND(name, function, usage, example, sentence)                                \
    int function(struct cli *cli, struct arena *compile, int argc, char **argv);
#include "tools/flowc_commands.def"
#undef COMMAND

/* Options every command takes; a command's own table begins with them. */
#define FLOWC_OPTIONS                                                                    \
    {"color", 0, true, NULL, NULL, 0, "auto, always or never"},                          \
    {                                                                                    \
        "include", 'I', true, NULL, flowc_folders, 0, "a folder in which `use` looks too" \
    }
extern const char *flowc_folders[CLI_REPEATS_MAX];

/* Reads the files of the command line; `use` is looked for beside the file that says it, in
 * the folders of -I, and in the installed flows. */
MUST_USE bool flowc_request(struct cli *cli, struct arena *compile,
                            const struct cli_option *options,
                            struct compile_request *request, struct err *err);

/* Draws the diagnostics on standard error, and a last line that counts them. */
void flowc_report(const struct cli *cli, const struct diags *diags, bool lints);

#endif
