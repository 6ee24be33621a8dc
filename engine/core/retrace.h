/* What the journal of an instance says it is, row by row, and where what is stored says
 * otherwise. The journal is never read to go on (docs/adr/0010): that both agree is
 * looked at here, by `flowctl verify` and by whoever samples. */
#ifndef ENGINE_CORE_RETRACE_H
#define ENGINE_CORE_RETRACE_H

#include "engine/base/text.h"
#include "engine/core/instance.h"

struct retrace;

/* On `arena`, as all that it gives back. */
struct retrace *retrace_new(struct arena *arena);

/* One row of the journal: a transition. All of an instance, in the order of `rev`. */
struct retrace_row {
    uint32_t rev;
    int64_t at;
    struct text entries; /* JSON, as decision_entries_json() wrote it */
};
void retrace_row(struct retrace *retrace, const struct retrace_row *row);

/* What is stored beside the snapshot: the columns of the instance, and the rows of other
 * tables that it must have. */
struct retrace_stored {
    uint32_t version; /* the number that its row names */
    uint32_t rev;
    enum instance_status status;
    bool in_flight;
    struct text key, state;
    int64_t since, started_at, ended_at; /* 0: none */
    int64_t timer_at;
    bool has_timer; /* there is a row of `timer` for timer_at */
    bool has_key;   /* it has its key in `living` */
    uint32_t tasks; /* rows of `task` */
    uint32_t
        subscriptions; /* of those that the snapshot names, how many have their row */
};

struct retrace_difference {
    const char *what;            /* "status", "the moment it ended" */
    struct text journal, stored; /* what either says; of two things stored `is_beside` */
    bool is_beside;              /* `journal` is what the snapshot says */
};

/* Once, after the last row. `inst` is the snapshot; NULL: it has none. How many
 * differences there are; the array lives on the arena. */
uint32_t retrace_compare(struct retrace *retrace, const struct ir *ir,
                         const struct instance *inst, const struct retrace_stored *stored,
                         const struct retrace_difference **differences);

/* Rows read so far. */
uint32_t retrace_rows(const struct retrace *retrace);

#endif
