/* The last words: what a crashing process still says, without allocating. */
#include "engine/sys/panic.h"

#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/must.h"
#include "engine/sys/log.h"

enum { SAYERS_MAX = 8, FRAMES_MAX = 64 };

static struct {
    const char *version;
    struct {
        void (*say)(int fd, void *owner);
        void *owner;
    } sayers[SAYERS_MAX];
    unsigned sayers_n;
    bool is_over; /* a crash while reporting a crash ends at once */
} the_panic = {.version = "unknown"};

static void on_must(const char *claim, const char *file, int line)
{
    if (the_panic.is_over)
        _exit(134);
    the_panic.is_over = true;
    char condition[512];
    snprintf(condition, sizeof condition, "must(%s) at %s:%d", claim, file, line);
    panic_report(STDERR_FILENO, condition);
}

/* The address is that of the memory, or of the instruction, that brought the signal. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number == SIGUSR1) {
        panic_report(STDERR_FILENO, "asked for by SIGUSR1; going on");
        return;
    }
    if (the_panic.is_over)
        _exit(128 + number);
    the_panic.is_over = true;
    char condition[96];
    snprintf(condition, sizeof condition, "signal %d at %p", number, info->si_addr);
    panic_report(STDERR_FILENO, condition);
    signal(number, SIG_DFL);
    raise(number);
}

void panic_install(const char *program_version)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGUSR1};
    void *warm[2];
    backtrace(warm, 2); /* loads what it needs now, not in the handler */
    the_panic.version = program_version;
    must_hook = on_must;
    struct sigaction action = {.sa_sigaction = on_signal};
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        action.sa_flags = SA_SIGINFO | (numbers[i] == SIGUSR1 ? SA_RESTART : 0);
        sigaction(numbers[i], &action, NULL);
    }
}

void panic_add(void (*say)(int fd, void *owner), void *owner)
{
    must(the_panic.sayers_n < SAYERS_MAX);
    the_panic.sayers[the_panic.sayers_n].say = say;
    the_panic.sayers[the_panic.sayers_n].owner = owner;
    the_panic.sayers_n++;
}

void panic_remove(void (*say)(int fd, void *owner), void *owner)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < the_panic.sayers_n; i++)
        if (the_panic.sayers[i].say != say || the_panic.sayers[i].owner != owner)
            the_panic.sayers[kept++] = the_panic.sayers[i];
    the_panic.sayers_n = kept;
}

void panic_line(int fd, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
    line[length++] = '\n';
    ssize_t wrote = write(fd, line, length);
    (void)wrote;
}

void panic_report(int fd, const char *condition)
{
    panic_line(fd, "=== report of version %s, process %d: %s", the_panic.version,
               (int)getpid(), condition);
    panic_line(fd, "--- last log lines");
    log_ring_write(fd);
    for (unsigned i = 0; i < the_panic.sayers_n; i++)
        the_panic.sayers[i].say(fd, the_panic.sayers[i].owner);
    panic_line(fd, "--- backtrace");
    void *frames[FRAMES_MAX];
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX), fd);
    panic_line(fd, "=== end of report");
}
