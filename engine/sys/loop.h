/* libevent, by turns: callbacks note what happened, the turn's end decides about it. */
#ifndef ENGINE_SYS_LOOP_H
#define ENGINE_SYS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct event_base;
struct loop;

/* A turn: wait for something to happen; run the callbacks of all that has (they only note
 * it); run the hooks, in the order they were added (they decide, commit and act); give
 * back the turn's memory. Objects that a callback may still name are freed by hooks, not
 * by callbacks. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

struct event_base *loop_base(struct loop *loop); /* for libevent's own things */
int64_t loop_now(const struct loop *loop);  /* clock_monotonic() when this turn began */
struct arena *loop_turn(struct loop *loop); /* given back when the turn ends */

typedef void loop_call(void *owner);

/* `call` runs at the end of every turn. */
void loop_after_turn(struct loop *loop, loop_call *call, void *owner);
void loop_after_turn_remove(struct loop *loop, loop_call *call, void *owner);

/* There is more to do: the next turn does not wait. Also from within a hook. */
void loop_again(struct loop *loop);

/* Timers, on the monotonic clock; one moment each. They fire as callbacks of a turn. With
 * a held clock they fire when it has been advanced far enough. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, loop_call *call, void *owner);
void loop_timer_free(struct loop_timer *timer); /* NULL is fine */
void loop_timer_at(struct loop_timer *timer, int64_t monotonic);
void loop_timer_in(struct loop_timer *timer, int64_t microseconds);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);

/* When its soonest timer is due; 0: there is something to do at once; INT64_MAX: never.
 */
int64_t loop_due(const struct loop *loop);

void loop_run(struct loop *loop);             /* until loop_stop() */
void loop_stop(struct loop *loop);            /* when this turn has ended */
void loop_once(struct loop *loop, bool wait); /* one turn */

/* For tests and short programs: turns until `done` says so, at most `microseconds` of
 * real time. False: the time ran out. */
bool loop_until(struct loop *loop, bool (*done)(void *owner), void *owner,
                int64_t microseconds);

#endif
