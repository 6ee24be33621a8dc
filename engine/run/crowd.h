/* Whose work it is, how much of it is in hand, and of whom more lies in the database than
 * is wanted here.
 *
 * An engine is fair between lines, not between instances. A line is a flow; where its
 * keys are in parts ("acme/O-1001"), each first part is a line of its own (store_line()).
 * A line is behind when some of its mail was left lying though it was seen: it is read
 * again, oldest first, when what lies before it has been done. */
#ifndef ENGINE_RUN_CROWD_H
#define ENGINE_RUN_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/run/table.h"
#include "engine/store/store.h"

struct line {
    struct table_node by_number;
    TAILQ_ENTRY(line) in_behind;
    uint64_t number; /* of its name */
    struct text name;
    size_t flow_n;       /* of the name */
    uint32_t residents;  /* in memory */
    uint32_t letters;    /* of theirs */
    uint64_t left_until; /* behind: the last of its mail that was left; 0: it is not */
    char chars[];
};

struct crowd {
    struct table lines;
    TAILQ_HEAD(, line) behind;
    uint32_t behind_n;
};

void crowd_init(struct crowd *crowd);
void crowd_deinit(struct crowd *crowd);

/* One more of its residents, and one fewer: without any it is forgotten. */
struct line *crowd_enter(struct crowd *crowd, struct text name);
void crowd_leave(struct crowd *crowd, struct line *line);
/* NULL: nobody in memory is of it, and it is not behind. */
struct line *crowd_find(const struct crowd *crowd, struct text name);

/* Its mail of this number was left lying. */
void crowd_left(struct crowd *crowd, struct text name, uint64_t seq);
/* All mail up to this one is in hand. */
void crowd_caught_up(struct crowd *crowd, uint64_t seq);
bool crowd_is_behind(const struct crowd *crowd, struct text name);
/* Any line of the flow. */
bool crowd_is_flow_behind(const struct crowd *crowd, struct text flow);

#endif
