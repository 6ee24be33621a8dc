/* Events that came, matched to those who wait for them or begin by them. */
#ifndef ENGINE_RUN_INBOX_H
#define ENGINE_RUN_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/digest.h"
#include "engine/store/store.h"

struct engine;
struct program;

struct inbox_starter { /* a flow that begins by events */
    struct digest hash;
    struct program *program; /* NULL: not loaded yet */
    bool is_asked_for;
};

struct inbox {
    struct engine *engine;
    bool is_wanted;
    bool is_under_way; /* reading arrivals, or matching */
    bool is_match_wanted;
    uint32_t programs_missing;
    bool are_flows_wanted; /* which flows begin by events */
    bool are_flows_under_way;
    bool are_flows_known;
    struct inbox_starter *starters;
    uint32_t starters_n;
};

void inbox_init(struct inbox *inbox, struct engine *engine);
void inbox_deinit(struct inbox *inbox);

void inbox_look(struct inbox *inbox);          /* there may be arrivals */
void inbox_match(struct inbox *inbox);         /* somebody waits anew */
void inbox_flows_changed(struct inbox *inbox); /* something was deployed */
void inbox_forget(struct inbox *inbox);        /* the database is away */

void inbox_turn(struct inbox *inbox);

#endif
