/* A turn is callbacks, then hooks, then nothing is left of its memory. */
#include "engine/base/arena.h"
#include "engine/sys/clock.h"
#include "engine/sys/loop.h"
#include "tests/support/unit.h"

struct tale {
    struct loop *loop;
    char told[64];
    size_t n;
    struct loop_timer *timer;
};

static void tell(struct tale *tale, char c)
{
    if (tale->n + 1 < sizeof tale->told)
        tale->told[tale->n++] = c;
}

static void timer_a(void *owner)
{
    tell(owner, 'a');
}
static void timer_b(void *owner)
{
    tell(owner, 'b');
}
static void hook_x(void *owner)
{
    tell(owner, 'x');
}
static void hook_y(void *owner)
{
    struct tale *tale = owner;
    tell(tale, 'y');
    arena_alloc(loop_turn(tale->loop), 100);
}

static void hooks_run_after_all_callbacks_in_their_order(void)
{
    clock_hold(1000);
    struct tale tale = {.loop = loop_new()};
    loop_after_turn(tale.loop, hook_x, &tale);
    loop_after_turn(tale.loop, hook_y, &tale);
    struct loop_timer *a = loop_timer_new(tale.loop, timer_a, &tale);
    struct loop_timer *b = loop_timer_new(tale.loop, timer_b, &tale);
    loop_timer_in(b, 20);
    loop_timer_in(a, 10);
    loop_once(tale.loop, false);
    clock_advance(30);
    loop_once(tale.loop, true);
    CHECK_TEXT(text_of(tale.told), "xyabxy");
    CHECK_INT(arena_used(loop_turn(tale.loop)), 0);
    loop_timer_free(a);
    loop_timer_free(b);
    loop_free(tale.loop);
    clock_release();
}

static void a_timer_fires_once_and_not_early(void)
{
    clock_hold(1000);
    struct tale tale = {.loop = loop_new()};
    struct loop_timer *a = loop_timer_new(tale.loop, timer_a, &tale);
    loop_timer_in(a, 10);
    clock_advance(9);
    loop_once(tale.loop, false);
    CHECK_INT(tale.n, 0);
    CHECK(loop_timer_is_set(a));
    clock_advance(1);
    loop_once(tale.loop, false);
    loop_once(tale.loop, false);
    CHECK_INT(tale.n, 1);
    CHECK(!loop_timer_is_set(a));
    loop_timer_free(a);
    loop_free(tale.loop);
    clock_release();
}

static void a_stopped_timer_is_silent(void)
{
    clock_hold(1000);
    struct tale tale = {.loop = loop_new()};
    struct loop_timer *timers[20];
    for (int i = 0; i < 20; i++) {
        timers[i] = loop_timer_new(tale.loop, timer_a, &tale);
        loop_timer_in(timers[i], 100 - i);
    }
    for (int i = 0; i < 20; i += 2)
        loop_timer_stop(timers[i]);
    clock_advance(100);
    loop_once(tale.loop, false);
    CHECK_INT(tale.n, 10);
    for (int i = 0; i < 20; i++)
        loop_timer_free(timers[i]);
    loop_free(tale.loop);
    clock_release();
}

static void timer_again(void *owner)
{
    struct tale *tale = owner;
    tell(tale, 'a');
    loop_timer_in(tale->timer, 0);
}

static void a_timer_that_sets_itself_waits_for_the_next_turn(void)
{
    struct tale tale = {.loop = loop_new()};
    tale.timer = loop_timer_new(tale.loop, timer_again, &tale);
    loop_timer_in(tale.timer, 0);
    loop_once(tale.loop, true);
    CHECK_INT(tale.n, 1);
    loop_timer_free(tale.timer);
    loop_free(tale.loop);
}

static void timer_stop(void *owner)
{
    struct tale *tale = owner;
    tell(tale, 'a');
    loop_stop(tale->loop);
}

static void real_time_passes_until_the_timer(void)
{
    struct tale tale = {.loop = loop_new()};
    struct loop_timer *a = loop_timer_new(tale.loop, timer_stop, &tale);
    int64_t from = clock_monotonic();
    loop_timer_in(a, 3000);
    loop_run(tale.loop);
    CHECK_INT(tale.n, 1);
    CHECK(clock_monotonic() - from >= 3000);
    loop_timer_free(a);
    loop_free(tale.loop);
}

static bool never(void *owner)
{
    (void)owner;
    return false;
}

static void waiting_for_what_never_comes_ends(void)
{
    struct loop *loop = loop_new();
    CHECK(!loop_until(loop, never, NULL, 5000));
    loop_free(loop);
}

const struct unit_test suite_loop[] = {
    TEST(hooks_run_after_all_callbacks_in_their_order),
    TEST(a_timer_fires_once_and_not_early),
    TEST(a_stopped_timer_is_silent),
    TEST(a_timer_that_sets_itself_waits_for_the_next_turn),
    TEST(real_time_passes_until_the_timer),
    TEST(waiting_for_what_never_comes_ends),
    {0}};
