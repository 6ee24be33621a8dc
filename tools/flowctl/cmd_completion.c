/* What a shell needs to complete commands, options, flows and open keys: the last two are
 * asked of the live database. */
#include <string.h>

#include "tools/flowctl/commands.h"

static void bash(const struct cli_program *program);
static void zsh(const struct cli_program *program);
static void fish(const struct cli_program *program);
static void sentence(const char *chars, const char *but);

/* Commands whose first argument is the key of an instance, or a flow. */
static const char key_commands[] =
    "show why history ladder wait answer dead retry cancel pause resume result absent "
    "done-by-hand leave-standing";
static const char flow_commands[] = "start";

int cmd_completion(struct cli *cli)
{
    static const struct {
        const char *name;
        void (*print)(const struct cli_program *program);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, cli->args[0]) == 0) {
            shells[i].print(cli->program);
            return CLI_OK;
        }
    return cli_misused(cli, "completion is for bash, zsh or fish, not \"%s\"",
                       cli->args[0]);
}

static void words_of_commands(const struct cli_program *program)
{
    for (uint32_t i = 0; i < program->commands_n; i++)
        printf("%s%s", i == 0 ? "" : " ", program->commands[i].name);
}

static void bash(const struct cli_program *program)
{
    printf("# eval \"$(flowctl completion bash)\"\n_flowctl() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=\n"
           "    case $COMP_CWORD:$word:$command in\n    1:*) words=\"");
    words_of_commands(program);
    printf("\" ;;\n    *:-*)\n        case $command in\n");
    for (uint32_t i = 0; i < program->commands_n; i++) {
        printf("        %s) words=\"--help", program->commands[i].name);
        const char *lists[] = {program->common, program->commands[i].options};
        for (size_t k = 0; k < 2; k++)
            for (struct text rest = text_of(lists[k]); rest.n > 0;)
                printf(" --" TEXT_FMT, TEXT_ARG(text_split(&rest, ' ')));
        printf("\" ;;\n");
    }
    printf("        esac ;;\n    2:*)\n        case \" %s \" in *\" $command \"*)\n"
           "            words=$(flowctl list -o name --limit 500 2>/dev/null) ;;\n"
           "        esac\n        case \" %s \" in *\" $command \"*)\n"
           "            words=$(flowctl flows -o name 2>/dev/null) ;;\n        esac ;;\n"
           "    esac\n    if [ -n \"$words\" ]; then\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n    else\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n    fi\n}\n"
           "complete -o filenames -F _flowctl flowctl\n",
           key_commands, flow_commands);
}

static void zsh(const struct cli_program *program)
{
    printf("#compdef flowctl\n# flowctl completion zsh > ~/.zfunc/_flowctl\n"
           "_flowctl() {\n    local -a commands\n    commands=(\n");
    for (uint32_t i = 0; i < program->commands_n; i++) {
        printf("        '%s:", program->commands[i].name);
        sentence(program->commands[i].sentence, "'");
        printf("'\n");
    }
    printf(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n"
        "    elif (( CURRENT == 3 )) && [[ ' %s ' == *\" $words[2] \"* ]]; then\n"
        "        compadd -- ${(f)\"$(flowctl list -o name --limit 500 2>/dev/null)\"}\n"
        "    elif (( CURRENT == 3 )) && [[ ' %s ' == *\" $words[2] \"* ]]; then\n"
        "        compadd -- ${(f)\"$(flowctl flows -o name 2>/dev/null)\"}\n"
        "    else\n        _files\n    fi\n}\ncompdef _flowctl flowctl\n",
        key_commands, flow_commands);
}

static void fish(const struct cli_program *program)
{
    printf("# flowctl completion fish > ~/.config/fish/completions/flowctl.fish\n");
    for (uint32_t i = 0; i < program->commands_n; i++) {
        const struct cli_command *command = &program->commands[i];
        printf("complete -c flowctl -n __fish_use_subcommand -f -a %s -d '",
               command->name);
        sentence(command->sentence, "'");
        printf("'\n");
        for (uint32_t k = 0; k < program->options_n; k++)
            for (struct text rest = text_of(command->options); rest.n > 0;)
                if (text_is_chars(text_split(&rest, ' '), program->options[k].name)) {
                    printf("complete -c flowctl -n '__fish_seen_subcommand_from %s' -l "
                           "%s%s -d '",
                           command->name, program->options[k].name,
                           program->options[k].value != NULL ? " -r" : "");
                    sentence(program->options[k].sentence, "'");
                    printf("'\n");
                }
    }
    printf("complete -c flowctl -n '__fish_seen_subcommand_from %s' -f"
           " -a '(flowctl list -o name --limit 500 2>/dev/null)'\n"
           "complete -c flowctl -n '__fish_seen_subcommand_from %s' -f"
           " -a '(flowctl flows -o name 2>/dev/null)'\n",
           key_commands, flow_commands);
}

/* A sentence inside quotes: without the marks that would end them. */
static void sentence(const char *chars, const char *but)
{
    for (; *chars != '\0'; chars++)
        if (strchr(but, *chars) == NULL)
            putchar(*chars);
}
