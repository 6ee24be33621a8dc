/* A false claim ends the process, after its last words. */
#include "engine/base/must.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/unit.h"

static void say_in_exit_status(const char *claim, const char *file, int line)
{
    (void)file;
    _exit(line > 0 && text_is_chars(text_of(claim), "1 > 2") ? 42 : 1);
}

static int status_of_child(void (*hook)(const char *, const char *, int), bool claim)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        must_hook = hook;
        REQUIRE(freopen("/dev/null", "w", stderr) != NULL);
        must(!claim || 1 > 2);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

static void a_true_claim_costs_nothing(void)
{
    CHECK_INT(status_of_child(NULL, false), 0);
}

static void a_false_claim_aborts(void)
{
    int status = status_of_child(NULL, true);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void the_hook_hears_the_claim_first(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        must_hook = say_in_exit_status;
        must(1 > 2);
    }
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

const struct unit_test suite_must[] = {
    TEST(a_true_claim_costs_nothing),
    TEST(a_false_claim_aborts),
    TEST(the_hook_hears_the_claim_first),
    {0},
};
