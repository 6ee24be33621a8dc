/* What is typed is sorted into command, arguments and options; slips are exit 2. */
#include "tools/cli.h"

#include <unistd.h>

#include "tests/support/unit.h"

static struct {
    const char *args[4];
    uint32_t args_n;
    const char *data, *name, *second;
    bool all;
} seen;

static int run_it(struct cli *cli)
{
    seen.args_n = cli->args_n;
    for (uint32_t i = 0; i < cli->args_n && i < 4; i++)
        seen.args[i] = cli->args[i];
    seen.data = cli_option(cli, "data");
    seen.name = cli_option(cli, "name");
    seen.second = cli_option_at(cli, "data", 1);
    seen.all = cli_has(cli, "all");
    return cli_args(cli, 0, 2) ? 7 : CLI_USAGE;
}

static const struct cli_option options[] = {
    {"color", 0, "WHEN", "colours"},
    {"data", 'd', "JSON", "data"},
    {"name", 0, "NAME", "a name"},
    {"all", 'a', NULL, "all of them"},
    {"other", 0, NULL, "of another command"},
};
static const struct cli_command commands[] = {
    {"start", "FLOW", "data name all", "begin", "prog start x", run_it},
    {"list", "", "other", "list", "prog list", run_it},
};
static const struct cli_program program = {.name = "prog",
                                           .sentence = "a program",
                                           .commands = commands,
                                           .commands_n = 2,
                                           .options = options,
                                           .options_n = 5,
                                           .common = "color"};

enum { WORDS_MAX = 12 };

/* Runs it with stdout and stderr put aside. */
static int typed(const char *const words[])
{
    char *argv[WORDS_MAX] = {(char *)"prog"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)words[argc - 1];
    fflush(stdout);
    fflush(stderr);
    int out = dup(1), err = dup(2);
    REQUIRE(freopen("/dev/null", "w", stdout) != NULL);
    REQUIRE(freopen("/dev/null", "w", stderr) != NULL);
    int status = cli_main(&program, argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    return status;
}
#define TYPED(...) typed((const char *const[]){__VA_ARGS__, NULL})

static void a_command_gives_the_exit_status(void)
{
    CHECK_INT(TYPED("start"), 7);
    CHECK_INT(seen.args_n, 0);
}

static void options_stand_anywhere_in_every_form(void)
{
    CHECK_INT(TYPED("start", "a", "--data", "x", "b", "-a", "--name=n=m"), 7);
    CHECK_INT(seen.args_n, 2);
    CHECK_TEXT(text_of(seen.args[0]), "a");
    CHECK_TEXT(text_of(seen.args[1]), "b");
    CHECK_TEXT(text_of(seen.data), "x");
    CHECK_TEXT(text_of(seen.name), "n=m");
    CHECK(seen.all);
    CHECK_INT(TYPED("start", "-dx"), 7);
    CHECK_TEXT(text_of(seen.data), "x");
    CHECK_INT(TYPED("start", "-ad", "y"), 7);
    CHECK_TEXT(text_of(seen.data), "y");
    CHECK(seen.all);
    CHECK_INT(TYPED("start", "--name="), 7);
    CHECK_TEXT(text_of(seen.name), "");
}

static void the_latest_option_wins_and_all_can_be_had(void)
{
    CHECK_INT(TYPED("start", "--data", "x", "--data", "y"), 7);
    CHECK_TEXT(text_of(seen.data), "y");
    CHECK_TEXT(text_of(seen.second), "y");
    CHECK_INT(TYPED("start", "--data", "x"), 7);
    CHECK(seen.second == NULL);
}

static void behind_two_dashes_nothing_is_an_option(void)
{
    CHECK_INT(TYPED("start", "--", "-a", "--data"), 7);
    CHECK_INT(seen.args_n, 2);
    CHECK(!seen.all);
    CHECK_INT(TYPED("start", "-"), 7); /* standard input is an argument */
    CHECK_INT(seen.args_n, 1);
}

static void slips_are_exit_2(void)
{
    CHECK_INT(TYPED("strat"), CLI_USAGE);
    CHECK_INT(TYPED("start", "--dat", "x"), CLI_USAGE);
    CHECK_INT(TYPED("start", "--other"), CLI_USAGE);
    CHECK_INT(TYPED("list", "--data", "x"), CLI_USAGE);
    CHECK_INT(TYPED("start", "--data"), CLI_USAGE);
    CHECK_INT(TYPED("start", "--all=yes"), CLI_USAGE);
    CHECK_INT(TYPED("start", "-x"), CLI_USAGE);
    CHECK_INT(TYPED("start", "a", "b", "c"), CLI_USAGE);
    CHECK_INT(TYPED("list", "--color", "blue"), CLI_USAGE);
    CHECK_INT(typed((const char *const[]){NULL}), CLI_USAGE);
}

static void help_and_version_are_no_slips(void)
{
    CHECK_INT(TYPED("--help"), CLI_OK);
    CHECK_INT(TYPED("-h"), CLI_OK);
    CHECK_INT(TYPED("--version"), CLI_OK);
    CHECK_INT(TYPED("help"), CLI_OK);
    CHECK_INT(TYPED("help", "start"), CLI_OK);
    CHECK_INT(TYPED("start", "--help"), CLI_OK);
    CHECK_INT(TYPED("start", "-ah"), CLI_OK);
    CHECK_INT(TYPED("help", "strat"), CLI_USAGE);
}

const struct unit_test suite_cli[] = {
    TEST(a_command_gives_the_exit_status),
    TEST(options_stand_anywhere_in_every_form),
    TEST(the_latest_option_wins_and_all_can_be_had),
    TEST(behind_two_dashes_nothing_is_an_option),
    TEST(slips_are_exit_2),
    TEST(help_and_version_are_no_slips),
    {0},
};
