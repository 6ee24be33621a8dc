/* The command line: options may stand anywhere behind the command, --name VALUE or
 * --name=VALUE or -nVALUE; what follows "--" is never an option. */
#include "tools/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "engine/base/buf.h"
#include "engine/base/memory.h"
#include "engine/sys/env.h"
#include "engine/sys/file.h"

enum {
    CLI_BYTES =
        256 << 20, /* files of values may be large; each is bounded where it is read */
    NEAR = 2       /* slips of the pen that "did you mean" forgives */
};

static const struct cli_option help_option = {"help", 'h', NULL, "this help"};
static const struct cli_option version_option = {"version", 'V', NULL, "the version"};

static int misused(const struct cli *cli, const char *what);
static bool take_options(struct cli *cli, int argc, char **argv);
static bool take_long(struct cli *cli, const char *word, const char *next,
                      bool *took_next);
static bool take_short(struct cli *cli, const char *word, const char *next,
                       bool *took_next);
static bool give(struct cli *cli, const struct cli_option *option, const char *value);
static const struct cli_command *command_of(const struct cli_program *program,
                                            struct text name);
static const struct cli_option *option_of(const struct cli_program *program,
                                          struct text name);
static bool is_taken(const struct cli *cli, const struct cli_option *option);
static void program_help(const struct cli_program *program, FILE *out);
static void command_help(const struct cli *cli, FILE *out);
static int no_such_command(struct cli *cli, const char *name);

int cli_main(const struct cli_program *program, int argc, char **argv)
{
    memory_install(program->name);
    arena_full_hook = memory_full;
    scoped_arena struct arena *arena = arena_new("process", (size_t)4 * CLI_BYTES);
    struct cli cli = {.program = program, .arena = arena};
    const char *name = argc > 1 ? argv[1] : "--help";
    bool is_help = strcmp(name, "help") == 0;
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("%s %s\n", program->name, PACKAGE_VERSION);
        return CLI_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        (is_help && argc == 2)) {
        program_help(program, argc > 1 ? stdout : stderr);
        return argc > 1 ? CLI_OK : CLI_USAGE;
    }
    if (is_help)
        name = argv[2];
    cli.command = command_of(program, text_of(name));
    if (cli.command == NULL)
        return no_such_command(&cli, name);
    if (is_help) {
        command_help(&cli, stdout);
        return CLI_OK;
    }
    if (!take_options(&cli, argc - 2, argv + 2))
        return CLI_USAGE;
    if (cli_has(&cli, "help")) {
        command_help(&cli, stdout);
        return CLI_OK;
    }
    int status = cli.command->run(&cli);
    if (fflush(stdout) == 0)
        return status;
    cli_say(&cli, "could not write: %s", strerror(errno));
    return CLI_FAILED;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    for (uint32_t i = cli->given.n; i > 0; i--)
        if (strcmp(cli->given.at[i - 1].option->name, name) == 0)
            return cli->given.at[i - 1].value;
    return NULL;
}

const char *cli_option_at(const struct cli *cli, const char *name, uint32_t i)
{
    for (uint32_t k = 0; k < cli->given.n; k++)
        if (strcmp(cli->given.at[k].option->name, name) == 0 && i-- == 0)
            return cli->given.at[k].value;
    return NULL;
}

bool cli_has(const struct cli *cli, const char *name)
{
    return cli_option(cli, name) != NULL;
}

bool cli_args(const struct cli *cli, uint32_t fewest, uint32_t most)
{
    if (cli->args_n < fewest)
        cli_misused(cli, "%s %s: something is missing", cli->program->name,
                    cli->command->name);
    else if (cli->args_n > most)
        cli_misused(cli, "%s %s: \"%s\" is too much", cli->program->name,
                    cli->command->name, cli->args[most]);
    else
        return true;
    return false;
}

int cli_fail(const struct cli *cli, const struct err *err)
{
    fflush(stdout);
    err_print(stderr, cli->program->name, err);
    return err_exit(err->code);
}

int cli_misused(const struct cli *cli, const char *format, ...)
{
    char what[ERR_WHAT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return misused(cli, what);
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", cli->program->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

bool cli_read(struct arena *arena, const char *path, size_t most, struct text *out,
              struct err *err)
{
    struct buf all;
    char piece[1 << 14];
    size_t n;
    if (strcmp(path, "-") != 0)
        return file_read(arena, path, most, out, err);
    buf_init(&all, arena);
    while ((n = fread(piece, 1, sizeof piece, stdin)) > 0) {
        if (all.n + n > most)
            return err_set(err, ERR_TOO_LARGE,
                           "standard input has more than %zu bytes, which is the limit",
                           most);
        buf_add(&all, piece, n);
    }
    if (ferror(stdin))
        return err_set(err, ERR_FAILED, "could not read standard input: %s",
                       strerror(errno));
    *out = buf_done(&all);
    return true;
}

bool cli_colour(const struct cli *cli, FILE *stream)
{
    const char *wish = cli_option(cli, "color");
    if (wish != NULL && strcmp(wish, "always") == 0)
        return true;
    if (wish != NULL && strcmp(wish, "never") == 0)
        return false;
    return env_get("NO_COLOR") == NULL && isatty(fileno(stream)) == 1;
}

static int misused(const struct cli *cli, const char *what)
{
    struct err err = {0};
    err_set(&err, ERR_USAGE, "%s", what);
    if (cli->command == NULL)
        err_hint(&err, "%s --help lists the commands", cli->program->name);
    else
        err_hint(&err, "%s %s %s", cli->program->name, cli->command->name,
                 cli->command->usage);
    return cli_fail(cli, &err);
}

/* Sorts what was typed into options and arguments. */
static bool take_options(struct cli *cli, int argc, char **argv)
{
    bool only_args = false;
    cli->args = arena_array(cli->arena, const char *, argc + 1);
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool took_next = false;
        if (only_args || word[0] != '-' || word[1] == '\0') {
            cli->args[cli->args_n++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_args = true;
        } else if (!(word[1] == '-' ? take_long(cli, word, next, &took_next)
                                    : take_short(cli, word, next, &took_next))) {
            return false;
        }
        i += took_next;
    }
    const char *wish = cli_option(cli, "color");
    if (wish == NULL || strcmp(wish, "auto") == 0 || strcmp(wish, "always") == 0 ||
        strcmp(wish, "never") == 0)
        return true;
    cli_misused(cli, "--color is auto, always or never, not \"%s\"", wish);
    return false;
}

/* The option of this command whose name is nearest to a slip of the pen; NULL: none is.
 */
static const struct cli_option *near_option(const struct cli *cli, struct text name)
{
    const struct cli_option *near = NULL;
    unsigned best = NEAR + 1;
    for (uint32_t i = 0; i < cli->program->options_n; i++) {
        const struct cli_option *option = &cli->program->options[i];
        unsigned distance = text_distance(text_of(option->name), name, NEAR);
        if (!is_taken(cli, option) || distance >= best)
            continue;
        best = distance;
        near = option;
    }
    return near;
}

static bool take_long(struct cli *cli, const char *word, const char *next,
                      bool *took_next)
{
    struct text rest = text_of(word + 2);
    struct text name = text_split(&rest, '=');
    bool has_value = word[2 + name.n] == '=';
    const struct cli_option *option = option_of(cli->program, name);
    if (option == NULL || !is_taken(cli, option)) {
        const struct cli_option *near = near_option(cli, name);
        cli_misused(cli, "%s %s takes no --" TEXT_FMT "%s%s%s", cli->program->name,
                    cli->command->name, TEXT_ARG(name), near ? "; did you mean --" : "",
                    near ? near->name : "", near ? "?" : "");
        return false;
    }
    if (option->value == NULL && has_value) {
        cli_misused(cli, "--%s takes no value", option->name);
        return false;
    }
    if (option->value == NULL)
        return give(cli, option, "");
    *took_next = !has_value;
    return give(cli, option, has_value ? word + 2 + name.n + 1 : next);
}

static bool take_short(struct cli *cli, const char *word, const char *next,
                       bool *took_next)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct cli_option *option = *letter == 'h' ? &help_option : NULL;
        for (uint32_t i = 0; i < cli->program->options_n && option == NULL; i++)
            if (cli->program->options[i].letter == *letter)
                option = &cli->program->options[i];
        if (option == NULL || !is_taken(cli, option)) {
            cli_misused(cli, "%s %s takes no -%c", cli->program->name, cli->command->name,
                        *letter);
            return false;
        }
        if (option->value != NULL) {
            *took_next = letter[1] == '\0';
            return give(cli, option, *took_next ? next : letter + 1);
        }
        give(cli, option, "");
    }
    return true;
}

static bool give(struct cli *cli, const struct cli_option *option, const char *value)
{
    if (value == NULL) {
        cli_misused(cli, "--%s wants %s behind it", option->name, option->value);
        return false;
    }
    struct cli_given given = {option, value};
    vec_push(cli->arena, &cli->given, given);
    return true;
}

static const struct cli_command *command_of(const struct cli_program *program,
                                            struct text name)
{
    for (uint32_t i = 0; i < program->commands_n; i++)
        if (text_is_chars(name, program->commands[i].name))
            return &program->commands[i];
    return NULL;
}

static const struct cli_option *option_of(const struct cli_program *program,
                                          struct text name)
{
    if (text_is_chars(name, help_option.name))
        return &help_option;
    for (uint32_t i = 0; i < program->options_n; i++)
        if (text_is_chars(name, program->options[i].name))
            return &program->options[i];
    return NULL;
}

/* Is it among the command's own, or the common ones? */
static bool is_taken(const struct cli *cli, const struct cli_option *option)
{
    const char *lists[] = {cli->command->options, cli->program->common};
    for (size_t i = 0; i < 2; i++)
        for (struct text rest = text_of(lists[i]); rest.n > 0;)
            if (text_is_chars(text_split(&rest, ' '), option->name))
                return true;
    return option == &help_option;
}

static void option_help(const struct cli_option *option, FILE *out)
{
    char left[64];
    int n = option->letter != 0 ? snprintf(left, sizeof left, "-%c", option->letter) : 0;
    if (option->letter == 0 || option->name[1] != '\0')
        n += snprintf(left + n, sizeof left - (size_t)n, "%s--%s", n > 0 ? ", " : "    ",
                      option->name);
    if (option->value != NULL)
        snprintf(left + n, sizeof left - (size_t)n, " %s", option->value);
    fprintf(out, "  %-26s %s\n", left, option->sentence);
}

static void program_help(const struct cli_program *program, FILE *out)
{
    struct cli none = {.program = program,
                       .command = &(struct cli_command){.options = ""}};
    fprintf(out, "%s: %s\n\nusage: %s COMMAND …\n\n", program->name, program->sentence,
            program->name);
    for (uint32_t i = 0; i < program->commands_n; i++)
        fprintf(out, "  %-14s %s\n", program->commands[i].name,
                program->commands[i].sentence);
    fprintf(out, "\nevery command takes:\n");
    for (uint32_t i = 0; i < program->options_n; i++)
        if (is_taken(&none, &program->options[i]))
            option_help(&program->options[i], out);
    option_help(&help_option, out);
    option_help(&version_option, out);
    fprintf(out, "\nexamples:\n");
    for (uint32_t i = 0; i < program->commands_n && i < 3; i++)
        fprintf(out, "  %s\n", program->commands[i].example);
    fprintf(out, "\n%s help COMMAND says more.\n", program->name);
}

static void command_help(const struct cli *cli, FILE *out)
{
    const struct cli_program *program = cli->program;
    const struct cli_command *command = cli->command;
    fprintf(out, "%s %s: %s\n\nusage: %s %s %s\n\n", program->name, command->name,
            command->sentence, program->name, command->name, command->usage);
    for (uint32_t i = 0; i < program->options_n; i++)
        if (is_taken(cli, &program->options[i]))
            option_help(&program->options[i], out);
    option_help(&help_option, out);
    fprintf(out, "\nexample:\n  %s\n", command->example);
}

static int no_such_command(struct cli *cli, const char *name)
{
    const char *near = NULL;
    unsigned best = NEAR + 1;
    for (uint32_t i = 0; i < cli->program->commands_n; i++) {
        const char *known = cli->program->commands[i].name;
        unsigned distance = text_distance(text_of(known), text_of(name), NEAR);
        if (distance >= best)
            continue;
        best = distance;
        near = known;
    }
    return cli_misused(cli, "there is no command \"%s\"%s%s%s", name,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}
