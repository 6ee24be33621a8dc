/* flowc: the architect's program; it needs nothing that runs. */
#include <string.h>

#include "config.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "tools/flowc/flowc.h"

static const struct flowc_command commands[] = {
#define COMMAND(name, function, usage, example, sentence)                                \
    {name, function, usage, example, sentence},
#include "tools/flowc_commands.def"
#undef COMMAND
};

enum { COMMANDS_N = sizeof commands / sizeof *commands };

static void help(FILE *out)
{
    fputs("flowc: checks, lays out and explains flows\n\nusage: flowc COMMAND …\n\n", out);
    for (size_t i = 0; i < COMMANDS_N; i++)
        fprintf(out, "  %-8s %s\n           %s\n", commands[i].name, commands[i].usage,
                commands[i].sentence);
    fputs("\noptions of every command:\n"
          "  -I DIR                       a folder in which `use` looks too\n"
          "  --color auto|always|never    (NO_COLOR is honoured)\n"
          "  --help, --version\n\nexamples:\n",
          out);
    for (size_t i = 0; i < COMMANDS_N; i++)
        fprintf(out, "  %s\n", commands[i].example);
    fputs("\nexit codes: 0 ok, 1 error, 2 usage, 3 not found, 20 the flow has errors,\n"
          "21 it has warnings and -Werror was given, 30 differences found\n",
          out);
}

static void help_command(const struct flowc_command *command)
{
    printf("usage: flowc %s %s\n\n%s\n\nexample:\n  %s\n", command->name, command->usage,
           command->sentence, command->example);
}

static const struct flowc_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS_N; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int usage_error(const struct cli *cli, const char *word)
{
    struct err err = {0};
    if (word == NULL)
        err_set(&err, ERR_USAGE, "no command is given");
    else
        err_set(&err, ERR_USAGE, "there is no command %s", word);
    const char *near = NULL;
    for (size_t i = 0; i < COMMANDS_N && word != NULL; i++)
        if (text_distance(text_of(word), text_of(commands[i].name), 2) <= 2)
            near = commands[i].name;
    err_hint(&err, near == NULL ? "flowc --help lists them" : "did you mean %s?", near);
    return cli_fail(cli, &err);
}

int main(int argc, char **argv)
{
    static struct cli cli = {.program = "flowc"};
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                     strcmp(argv[1], "help") == 0)) {
        const struct flowc_command *about = argc > 2 ? find(argv[2]) : NULL;
        if (about != NULL)
            help_command(about);
        else
            help(stdout);
        return FLOWC_OK;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts(PACKAGE_STRING);
        return FLOWC_OK;
    }
    const struct flowc_command *command = argc > 1 ? find(argv[1]) : NULL;
    if (command == NULL)
        return usage_error(&cli, argc > 1 ? argv[1] : NULL);
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0) {
            help_command(command);
            return FLOWC_OK;
        }
    struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    int code = command->run(&cli, compile, argc - 2, argv + 2);
    arena_free(compile);
    return code;
}
