/* The last words: condition, last log lines, calls in flight, backtrace; then abort. */
#ifndef ENGINE_SYS_PANIC_H
#define ENGINE_SYS_PANIC_H

/* From now on a failed must(), and SIGSEGV, SIGBUS, SIGFPE and SIGILL, write a report to
 * stderr before the process ends; SIGUSR1 writes the same report and goes on. */
void panic_install(const char *program_version);

/* Who else has something to say in a report, such as the calls in flight. `say` must not
 * allocate, and writes to `fd` with panic_line(). A handful at most. */
void panic_add(void (*say)(int fd, void *owner), void *owner);
void panic_remove(void (*say)(int fd, void *owner), void *owner);

/* A line of at most 512 bytes, formatted on the stack. */
void panic_line(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

void panic_report(int fd, const char *condition);

#endif
