/* A long-lived child process that is spoken to in lines, and started again when it dies.
 */
#ifndef ADAPTERS_KIT_CHILD_H
#define ADAPTERS_KIT_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/text.h"

struct event_base;
struct child;

struct child_setup {
    struct event_base *base;
    struct text name;               /* for the log */
    const char *const *words;       /* program and arguments, no shell; NULL ends them */
    const char *const *environment; /* "NAME=value"; NULL ends them. Nothing of ours is
                                       passed on but PATH, HOME, LANG and TZ */
    const char *folder;             /* to start in; NULL: ours */
    size_t line_bytes_max;          /* a longer line is dropped */
    size_t waiting_bytes_max;       /* not yet taken by the child */

    /* A line of its output, without the line end; it stands until the callback returns.
     */
    void (*line)(void *owner, struct text line);
    /* It has died, or could not be started; child_taken() still tells of that life. */
    void (*died)(void *owner, const char *why);
    void *owner;
};

/* Started at once; what the setup points to must stay. When it dies it is started again
 * at once, and when that does not help, after longer and longer rests. What it says on
 * stderr goes to the log. */
struct child *child_start(const struct child_setup *setup);

bool child_is_up(const struct child *child);
struct event_base *child_base(const struct child *child);

/* Puts a line and its end behind what waits to be written; `*begin` is the position of
 * its first byte in all that this life of the child was ever given. False: it is down, or
 * too much is waiting already. */
MUST_USE bool child_send(struct child *child, struct text line, uint64_t *begin);

/* How many bytes this life (once it has died: the last one) has surely not been given: a
 * line that begins at or after this position was never seen. */
uint64_t child_taken(const struct child *child);

/* Its input is closed, it is asked to go, then made to, with all its own children.
 * Nothing is called back. NULL is fine. */
void child_stop(struct child *child);

#endif
