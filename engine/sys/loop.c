/* Turns of the loop, their hooks, and timers in a heap of our own. */
#include "engine/sys/loop.h"

#include <event2/event.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/memory.h"
#include "engine/base/vec.h"
#include "engine/sys/clock.h"
#include "engine/sys/keep.h"

/* Timers are ours and not libevent's, so that a held clock holds them too: one heap, the
 * soonest on top, and one libevent timer that ends the waiting when the top is due. */
struct loop_timer {
    struct loop *loop;
    loop_call *call;
    void *owner;
    int64_t at;
    uint32_t place; /* in the heap, plus one; 0: not set */
};

enum { HOOKS_MAX = 32 };

struct loop {
    struct event_base *base;
    struct event *alarm;
    struct arena *turn;
    int64_t now;
    bool again;
    bool stopping;
    struct {
        loop_call *call;
        void *owner;
    } hooks[HOOKS_MAX];
    uint32_t hooks_n;
    struct loop_timer **heap;
    unsigned heap_n, heap_room;
};

static void alarm_rang(evutil_socket_t fd, short what, void *owner);
static void fire_due(struct loop *loop);
static void heap_swim(struct loop *loop, uint32_t place);
static void heap_sink(struct loop *loop, uint32_t place);

struct loop *loop_new(void)
{
    struct loop *loop = keep_new_of(struct loop);
    event_set_mem_functions(memory_get, memory_resize, memory_free);
    loop->base = event_base_new();
    must(loop->base != NULL);
    loop->alarm = evtimer_new(loop->base, alarm_rang, loop);
    must(loop->alarm != NULL);
    loop->turn = arena_new("turn", LIMIT_TURN_BYTES);
    loop->now = clock_monotonic();
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    event_free(loop->alarm);
    event_base_free(loop->base);
    arena_free(loop->turn);
    keep_free(loop->heap);
    keep_free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

int64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

struct arena *loop_turn(struct loop *loop)
{
    return loop->turn;
}

void loop_after_turn(struct loop *loop, loop_call *call, void *owner)
{
    must(loop->hooks_n < HOOKS_MAX);
    loop->hooks[loop->hooks_n].call = call;
    loop->hooks[loop->hooks_n].owner = owner;
    loop->hooks_n++;
}

void loop_after_turn_remove(struct loop *loop, loop_call *call, void *owner)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < loop->hooks_n; i++)
        if (loop->hooks[i].call != call || loop->hooks[i].owner != owner)
            loop->hooks[kept++] = loop->hooks[i];
    loop->hooks_n = kept;
}

void loop_again(struct loop *loop)
{
    loop->again = true;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
    loop->again = true;
}

void loop_run(struct loop *loop)
{
    loop->stopping = false;
    while (!loop->stopping)
        loop_once(loop, true);
}

/* The alarm ends the waiting when the soonest timer is due, or after `most`. A held clock
 * brings nothing due, so then only `most` counts. */
static void set_alarm(struct loop *loop, int64_t most)
{
    int64_t wait = most;
    if (loop->heap_n > 0 && !clock_is_held()) {
        int64_t due = loop->heap[0]->at - clock_monotonic();
        wait = due < wait ? due : wait;
    }
    if (wait == INT64_MAX) {
        event_del(loop->alarm);
        return;
    }
    wait = wait < 0 ? 0 : wait;
    const struct timeval until = {.tv_sec = wait / 1000000, .tv_usec = wait % 1000000};
    event_add(loop->alarm, &until);
}

static void turn(struct loop *loop, bool wait, int64_t most)
{
    bool is_due = loop->heap_n > 0 && loop->heap[0]->at <= clock_monotonic();
    bool patient = wait && !loop->again && !is_due;
    loop->again = false;
    if (patient)
        set_alarm(loop, most);
    event_base_loop(loop->base, patient ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
    loop->now = clock_monotonic();
    fire_due(loop);
    for (uint32_t i = 0; i < loop->hooks_n; i++)
        loop->hooks[i].call(loop->hooks[i].owner);
    arena_reset(loop->turn);
}

int64_t loop_due(const struct loop *loop)
{
    if (loop->again)
        return 0;
    return loop->heap_n > 0 ? loop->heap[0]->at : INT64_MAX;
}

void loop_once(struct loop *loop, bool wait)
{
    turn(loop, wait, INT64_MAX);
}

bool loop_until(struct loop *loop, bool (*done)(void *owner), void *owner,
                int64_t microseconds)
{
    int64_t until = clock_real() + microseconds;
    while (!done(owner)) {
        if (clock_real() > until)
            return false;
        turn(loop, true, 1000);
    }
    return true;
}

static void alarm_rang(evutil_socket_t fd, short what, void *owner)
{
    (void)fd, (void)what, (void)owner;
}

/* Those that are due now; what they set anew waits for the next turn. */
static void fire_due(struct loop *loop)
{
    for (uint32_t most = loop->heap_n; most > 0 && loop->heap_n > 0; most--) {
        struct loop_timer *timer = loop->heap[0];
        if (timer->at > loop->now)
            return;
        loop_timer_stop(timer);
        timer->call(timer->owner);
    }
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_call *call, void *owner)
{
    struct loop_timer *timer = keep_new_of(struct loop_timer);
    *timer = (struct loop_timer){.loop = loop, .call = call, .owner = owner};
    return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    loop_timer_stop(timer);
    keep_free(timer);
}

void loop_timer_at(struct loop_timer *timer, int64_t monotonic)
{
    struct loop *loop = timer->loop;
    loop_timer_stop(timer);
    if (loop->heap_n == loop->heap_room)
        loop->heap = keep_grow(loop->heap, &loop->heap_room, 64, sizeof *loop->heap);
    timer->at = monotonic;
    loop->heap[loop->heap_n++] = timer;
    timer->place = loop->heap_n;
    heap_swim(loop, loop->heap_n - 1);
}

void loop_timer_in(struct loop_timer *timer, int64_t microseconds)
{
    loop_timer_at(timer, clock_monotonic() + microseconds);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->place == 0)
        return;
    struct loop *loop = timer->loop;
    uint32_t place = timer->place - 1;
    struct loop_timer *last = loop->heap[--loop->heap_n];
    timer->place = 0;
    if (last == timer)
        return;
    loop->heap[place] = last;
    last->place = place + 1;
    heap_swim(loop, place);
    heap_sink(loop, last->place - 1);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->place != 0;
}

static void heap_swap(struct loop *loop, uint32_t a, uint32_t b)
{
    struct loop_timer *kept = loop->heap[a];
    loop->heap[a] = loop->heap[b];
    loop->heap[b] = kept;
    loop->heap[a]->place = a + 1;
    loop->heap[b]->place = b + 1;
}

static void heap_swim(struct loop *loop, uint32_t place)
{
    while (place > 0) {
        uint32_t above = (place - 1) / 2;
        if (loop->heap[above]->at <= loop->heap[place]->at)
            return;
        heap_swap(loop, above, place);
        place = above;
    }
}

static void heap_sink(struct loop *loop, uint32_t place)
{
    for (;;) {
        uint32_t least = place;
        for (uint32_t below = 2 * place + 1; below <= 2 * place + 2; below++)
            if (below < loop->heap_n && loop->heap[below]->at < loop->heap[least]->at)
                least = below;
        if (least == place)
            return;
        heap_swap(loop, place, least);
        place = least;
    }
}
