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

static void crash(int fd)
{
    int calls = 3;
    dup2(fd, STDERR_FILENO);
    panic_install("9.9.9");
    panic_add(say_calls, &calls);
    log_open(-1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
    log_info("before the end");
    must(calls == 4);
}

static void a_failed_must_reports_condition_log_and_calls(void)
{
    int fds[2], status = 0;
    static char report[16384];
    REQUIRE(pipe(fds) == 0);
    pid_t child = fork();
    if (child == 0) {
        crash(fds[1]);
        _exit(0);
    }
    close(fds[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fds[0], report + n, sizeof report - 1 - n)) > 0)
        n += (size_t)got;
    close(fds[0]);
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK(strstr(report, "version 9.9.9") != NULL);
    CHECK(strstr(report, "must(calls == 4)") != NULL);
    CHECK(strstr(report, "before the end") != NULL);
    CHECK(strstr(report, "--- calls in flight: 3") != NULL);
    CHECK(strstr(report, "=== end of report") != NULL);
}

const struct unit_test suite_panic[] = {
    TEST(a_failed_must_reports_condition_log_and_calls), {0}};
