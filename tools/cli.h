/* What the command lines of Orderly have in common: commands and options from tables,
 * help, errors, and what a file or standard input holds. */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/text.h"
#include "engine/base/vec.h"

enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_TIMED_OUT = 6,
    CLI_HAS_FAILED = 10, /* the instance waited for has failed */
    CLI_IS_PARKED = 11,
    CLI_WAS_CANCELLED = 12,
    CLI_FLOW_ERRORS = 20,
    CLI_FLOW_WARNINGS = 21,
    CLI_DIFFERS = 30
};

struct cli;

struct cli_option {
    const char *name;     /* "data": --data */
    char letter;          /* 'o': -o; 0: none */
    const char *value;    /* "JSON": what follows it; NULL: it stands alone */
    const char *sentence; /* for --help */
};

struct cli_command {
    const char *name;
    const char *usage;    /* what follows the name: "FLOW [--key K]" */
    const char *options;  /* names, space-separated, besides those every command takes */
    const char *sentence; /* for --help */
    const char *example;  /* a line or more that can be pasted */
    int (*run)(struct cli *cli); /* the exit status */
};

struct cli_program {
    const char *name;
    const char *sentence;
    const struct cli_command *commands;
    uint32_t commands_n;
    const struct cli_option *options;
    uint32_t options_n;
    const char *common; /* names of the options every command takes */
};

struct cli_given {
    const struct cli_option *option;
    const char *value; /* "" where it stands alone */
};

/* What was typed. */
struct cli {
    const struct cli_program *program;
    const struct cli_command *command;
    struct arena *arena; /* for the life of the process */
    const char **args;   /* what is no option, behind the command's name */
    uint32_t args_n;
    VEC(struct cli_given) given;
};

/* Does what the arguments say and returns the exit status: runs a command, or answers
 * --help, --version and what is not understood. */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* The option's value; "" where it stands alone; NULL when it was not given. The latest
 * wins; those given several times are had by position, NULL behind the last. */
const char *cli_option(const struct cli *cli, const char *name);
const char *cli_option_at(const struct cli *cli, const char *name, uint32_t i);
bool cli_has(const struct cli *cli, const char *name);

/* False, after saying how the command is used, when it has fewer or more arguments. */
MUST_USE bool cli_args(const struct cli *cli, uint32_t fewest, uint32_t most);

/* `flowctl: what`, `hint: …` on stderr; the exit status of the error's code. */
int cli_fail(const struct cli *cli, const struct err *err);
/* The same for a slip of the command line: exit 2, with the hint to ask for --help. */
int cli_misused(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* Something for people, on stderr: `flowctl: …`. */
void cli_say(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* A whole file, or standard input for "-". At most `most` bytes: larger is TOO_LARGE. */
MUST_USE bool cli_read(struct arena *arena, const char *path, size_t most,
                       struct text *out, struct err *err);

/* Does `stream` (stdout, stderr) want colours? By --color auto|always|never, NO_COLOR,
 * and whether it is a terminal. */
bool cli_colour(const struct cli *cli, FILE *stream);

#endif
