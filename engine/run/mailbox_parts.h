/* The mailbox, as its own files see it. For mailbox*.c only. */
#ifndef ENGINE_RUN_MAILBOX_PARTS_H
#define ENGINE_RUN_MAILBOX_PARTS_H

#include <string.h>

#include "engine/run/mailbox.h"

/* The instance in memory; if it was not, it is EMPTY now. */
struct resident *resident_get(struct mailbox *mailbox, struct id id);
/* Whose work it is, and with it the letters it has; it never leaves that line. */
void resident_set_line(struct mailbox *mailbox, struct resident *resident,
                       struct text name);
/* One that stands in no line: its row is to be read. */
void resident_to_empty(struct mailbox *mailbox, struct resident *resident);
/* One that rests stands in no line any more. */
void resident_leave_rest(struct mailbox *mailbox, struct resident *resident);
/* What was known of its row, with the image, is given back. */
void resident_drop_row(struct mailbox *mailbox, struct resident *resident);

/* It has so many letters more, or fewer. */
void mailbox_count_letters(struct mailbox *mailbox, struct resident *resident, int by);

/* A copy of `t` at `room`, which moves behind it. */
static inline struct text mailbox_keep_text(char **room, struct text t)
{
    struct text kept = {*room, t.n};
    if (t.n > 0)
        memcpy(*room, t.chars, t.n);
    *room += t.n;
    return kept;
}

#endif
