/* What is due: mailbox rows and timers of our shards, read in bounded pages. */
#ifndef ENGINE_RUN_SCHED_H
#define ENGINE_RUN_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/store/store.h"

struct engine;
struct loop_timer;

struct sched {
    struct engine *engine;
    struct loop_timer *poll;
    int quiet_polls; /* since there was reason to look, at most QUIET_DOUBLINGS */
    bool is_mail_wanted;
    bool is_mail_under_way;
    bool is_mail_stale;  /* the page under way: the next one begins at the first */
    bool is_fronts_turn; /* a page of mail has just come */
    uint64_t mail_after; /* where the next page begins */
    int64_t mail_from_start_at;
    bool are_timers_wanted;
    bool are_timers_under_way;
    int64_t timers_asked_at;
    struct store_timer timers_after; /* where the next page begins; 0: at the first */
    int64_t next_at; /* the earliest timer known, by the database's clock; 0: none */
    struct loop_timer *alarm;
};

void sched_init(struct sched *sched, struct engine *engine);
void sched_deinit(struct sched *sched);
void sched_start(struct sched *sched);
void sched_stop(struct sched *sched);

/* Shards came, or all memory is gone: what lies before the next page is to be read too,
 * for of one instance the first mail comes first. */
void sched_begin_anew(struct sched *sched);
uint32_t sched_page(const struct sched *sched); /* rows that are read at once */
void sched_look(struct sched *sched);           /* there may be mail */
void sched_look_at_timers(struct sched *sched); /* and timers */
/* A transition set its instance this moment. */
void sched_timer_set(struct sched *sched, int64_t wake_at);

/* At the end of each turn: asks for what is wanted. */
void sched_turn(struct sched *sched);

#endif
