/* A process that must end says why. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/must.h"
#include "engine/sys/log.h"
#include "engine/sys/panic.h"
#include "tests/support/unit.h"

static void say_calls(int fd, void *owner)
{
    panic_line(fd, "--- calls in flight: %d", *(int *)owner);
}

static void fail_a_must(void)
{
    must(getpid() == 1);
}

/* What nobody can look at: under a sanitizer, too, it is the kernel that says so. */
static void be_told_of_bad_memory(void)
{
    raise(SIGSEGV);
}

static char report[16384];

/* What the process says that this brings down, and how it ends. */
static int last_words(void (*crash)(void))
{
    int fds[2], status = 0, calls = 3;
    REQUIRE(pipe(fds) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], STDERR_FILENO);
        panic_install("9.9.9");
        panic_add(say_calls, &calls);
        log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
        log_info("before the end");
        crash();
        _exit(0);
    }
    close(fds[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fds[0], report + n, sizeof report - 1 - n)) > 0)
        n += (size_t)got;
    report[n] = '\0';
    close(fds[0]);
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void a_failed_must_reports_condition_log_and_calls(void)
{
    CHECK_INT(last_words(fail_a_must), SIGABRT);
    CHECK(strstr(report, "version 9.9.9") != NULL);
    CHECK(strstr(report, "must(getpid() == 1)") != NULL);
    CHECK(strstr(report, "before the end") != NULL);
    CHECK(strstr(report, "--- calls in flight: 3") != NULL);
    CHECK(strstr(report, "=== end of report") != NULL);
}

static void a_signal_is_told_with_its_address(void)
{
    CHECK_INT(last_words(be_told_of_bad_memory), SIGSEGV);
    CHECK(strstr(report, ": signal 11 at ") != NULL);
    CHECK(strstr(report, "=== end of report") != NULL);
}

const struct unit_test suite_panic[] = {
    TEST(a_failed_must_reports_condition_log_and_calls),
    TEST(a_signal_is_told_with_its_address),
    {0}};
