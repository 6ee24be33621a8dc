/* Flows run in process: decided, committed, acted on, whatever happens meanwhile. */
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/run/decide.h"
#include "engine/run/engine.h"
#include "engine/run/parts.h"
#include "engine/store/mem_world.h"
#include "engine/sys/clock.h"
#include "engine/sys/keep.h"
#include "tests/unit/run/stage.h"

static void open_and_start(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_start("k", "{\"n\":7}");
    REQUIRE(stage_until(is_called));
}

static void open_and_rest(void)
{
    open_and_start();
    stage_answer("create", "100");
    REQUIRE(stage_until(is_waiting));
}

static void a_start_leads_to_its_first_call(void)
{
    open_and_start();
    CHECK_INT(stage.heard_n, 1);
    CHECK_TEXT(text_of(stage.heard[0].operation), "create");
    CHECK_INT(strlen(stage.heard[0].key), 64);
    CHECK_INT(stage.heard[0].attempt, 1);
    CHECK_INT(json_integer_value(json_object_get(stage.heard[0].call->args, "n")), 7);
    CHECK(stage_status() == STATUS_RUNNING);
    stage_close();
}

static void ignored(void *owner, const struct store_said *said)
{
    (void)owner;
    (void)said;
}

enum { LARGE = 2 * LIMIT_MAIL_PAGE_BYTES / LIMIT_JSON_BYTES + 1 };

static bool are_all_large_called(void)
{
    return stage_calls_open() == LARGE;
}

static void more_large_letters_than_a_page_may_hold_are_all_read(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    REQUIRE(stage_until(is_ready));
    char *args = keep_alloc(LIMIT_JSON_BYTES + 1);
    memset(args, ' ', LIMIT_JSON_BYTES);
    args[LIMIT_JSON_BYTES - 1] = '}';
    args[LIMIT_JSON_BYTES] = '\0';
    for (int i = 0; i < LARGE; i++) {
        char head[16];
        memcpy(args, head, (size_t)snprintf(head, sizeof head, "{\"n\":%d ", i));
        store_start(stage.nodes[0].store, TEXT("order"), text_of(args), TEXT(""),
                    TEXT("me"), ignored, NULL);
    }
    CHECK(stage_until(are_all_large_called));
    keep_free(args);
    stage_close();
}

static void an_outcome_moves_it_on(void)
{
    open_and_rest();
    CHECK_INT(stage.heard_n, 1);
    stage_close();
}

static void an_event_finds_who_waits_for_it(void)
{
    open_and_rest();
    stage_send("Cancel", "{\"order\":8}");
    stage_pass(WHEN_SECOND);
    CHECK(stage_status() == STATUS_WAITING);
    stage_send("Cancel", "{\"order\":7}");
    REQUIRE(stage_until(is_called));
    CHECK(stage_call("cancel") != NULL);
    stage_answer("cancel", "null");
    REQUIRE(stage_until(is_ended));
    CHECK(stage_status() == STATUS_COMPLETED);
    stage_close();
}

static void a_sleeper_is_woken_by_its_moment_and_not_before(void)
{
    open_and_rest();
    stage_pass(WHEN_HOUR - 10 * WHEN_SECOND);
    CHECK(stage_status() == STATUS_WAITING);
    stage_pass(20 * WHEN_SECOND);
    CHECK(stage_status() == STATUS_COMPLETED);
    stage_close();
}

static void a_command_is_done_in_its_turn(void)
{
    open_and_rest();
    stage_command("pause");
    stage_pass(WHEN_SECOND);
    CHECK(stage_status() == STATUS_PAUSED);
    stage_command("resume");
    stage_pass(WHEN_SECOND);
    CHECK(stage_status() == STATUS_WAITING);
    stage_close();
}

static void a_commit_that_did_not_happen_is_tried_again(void)
{
    open_and_start();
    store_mem_break(stage.nodes[0].store, false);
    stage_answer("create", "100");
    REQUIRE(stage_until(is_waiting));
    stage_pass(WHEN_MINUTE);
    CHECK_INT(stage.heard_n, 1); /* it was not asked for twice */
    stage_close();
}

static void a_commit_that_happened_unheard_is_not_done_twice(void)
{
    open_and_start();
    store_mem_break(stage.nodes[0].store, true);
    stage_answer("create", "100");
    REQUIRE(stage_until(is_waiting));
    stage_pass(WHEN_MINUTE);
    CHECK_INT(stage.heard_n, 1);
    CHECK(stage_status() == STATUS_WAITING);
    stage_close();
}

static void calls_of_a_commit_unheard_are_begun_after_all(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    store_mem_break(stage.nodes[0].store, true);
    stage_start("k", "{\"n\":7}");
    /* It is not known whether the call was sent: it is asked for first. */
    REQUIRE(stage_until(is_called));
    CHECK(stage_call("find") != NULL);
    stage_answer("find", "100");
    REQUIRE(stage_until(is_waiting));
    stage_close();
}

static bool is_committed(void)
{
    return stage.world->instances.n == 1 && stage.world->instances.at[0].rev == 1;
}

/* Its commit is answered when it wakes; by then its shards may be another's, who settled
 * the call as one that was never sent. */
static void who_slept_past_its_lease_begins_no_call(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_start("k", "{\"n\":7}");
    for (int turns = 0; turns < 1000 && !is_committed(); turns++)
        loop_once(stage.loop, false);
    REQUIRE(is_committed());
    CHECK_INT(stage.heard_n, 0);
    clock_advance(stage.config.lease);
    loop_once(stage.loop, false);
    CHECK_INT(stage.heard_n, 0);
    REQUIRE(
        stage_until(is_called)); /* it has begun anew, and takes it for one in doubt */
    CHECK_TEXT(text_of(stage.heard[0].operation), "find");
    stage_close();
}

static int64_t request_takes;

static int64_t on_the_way(void *owner)
{
    (void)owner;
    return request_takes;
}

static int64_t at_once(void *owner)
{
    (void)owner;
    return 0;
}

static void pass_on_roads(int64_t duration)
{
    for (int64_t passed = 0; passed < duration; passed += 100000) {
        clock_advance(100000);
        mem_turn(stage.world);
        loop_once(stage.loop, false);
    }
}

/* It holds the shard again by the time it is told that the commit came too late. */
static void an_outcome_whose_commit_outlived_the_lease_is_told_again(void)
{
    static const struct mem_roads roads = {.request = on_the_way, .answer = at_once};
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_start("k", "{\"n\":7}");
    REQUIRE(stage_until(is_called));
    stage.world->roads = &roads;
    request_takes = 20 * WHEN_SECOND;
    stage_answer("create", "100");
    pass_on_roads(200000);
    request_takes = 0;
    clock_advance(2 * stage.config.lease); /* as if the process had stood still */
    pass_on_roads(5 * WHEN_SECOND);
    REQUIRE(engine_is_ready(stage.nodes[0].engine));
    CHECK_INT(stage.world->instances.at[0].rev, 1);
    pass_on_roads(20 * WHEN_SECOND);
    CHECK_INT(stage.world->instances.at[0].rev, 2);
    CHECK_INT(stage.world->instances.at[0].status, STATUS_WAITING);
    stage_close();
}

static void a_successor_asks_what_became_of_a_call(void)
{
    open_and_start();
    stage_node_kill(0);
    uint32_t before = stage.heard_n;
    stage_node_open(0);
    REQUIRE(stage_until(is_called));
    CHECK_INT(stage.heard_n, before + 1);
    CHECK(stage_call("find") != NULL);
    stage_answer("find", "100");
    REQUIRE(stage_until(is_waiting));
    stage_close();
}

static void a_successor_goes_on_undoing(void)
{
    open_and_rest();
    stage_send("Cancel", "{\"order\":7}");
    REQUIRE(stage_until(is_called));
    stage_node_kill(0);
    stage_node_open(0);
    REQUIRE(stage_until(is_called));
    CHECK(stage_call("cancel") != NULL);
    stage_answer("cancel", "null");
    REQUIRE(stage_until(is_ended));
    stage_close();
}

static void program_came(void *owner, struct program *program, const struct err *err)
{
    (void)err;
    engine_program_put(owner, program);
}

/* The row is on its way to who needs the image: now another asks for that image. */
static bool is_forestalled(void)
{
    struct engine *engine = stage.nodes[1].engine;
    if (!engine->mailbox.is_load_under_way)
        return false;
    engine_program(engine, stage.sample.ir->hash, program_came, engine);
    return true;
}

static void an_image_that_another_asked_for_first_comes_for_all(void)
{
    open_and_start();
    stage_node_kill(0);
    stage_node_open(1);
    REQUIRE(stage_until(is_forestalled));
    REQUIRE(stage_until(is_called));
    CHECK(stage_call("find") != NULL);
    stage_close();
}

static void two_nodes_share_the_work(void)
{
    char key[16];
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_node_open(1);
    stage_pass(10 * WHEN_SECOND);
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "k%d", i);
        stage_start(key, "{\"n\":7}");
    }
    stage_pass(2 * WHEN_SECOND);
    CHECK_INT(stage_calls_open(), 20);
    while (stage_calls_open() > 0)
        stage_answer("create", "100");
    stage_pass(2 * WHEN_SECOND);
    CHECK(stage_status() == STATUS_WAITING);
    CHECK_INT(stage.heard_n, 20);
    stage_close();
}

static void draining_waits_for_calls_in_flight(void)
{
    open_and_start();
    stage_node_drain(0);
    stage_pass(WHEN_SECOND);
    CHECK(!is_drained());
    stage_answer("create", "100");
    REQUIRE(stage_until(is_drained));
    CHECK(stage_status() == STATUS_WAITING);
    stage_close();
}

static void draining_does_not_wait_for_ever(void)
{
    open_and_start();
    stage_node_drain(0);
    stage_pass(stage.config.drain + WHEN_SECOND);
    REQUIRE(stage_until(is_drained));
    CHECK(stage_status() == STATUS_RUNNING);
    stage_close();
}

static void an_adapter_that_forgets_is_ended_by_us(void)
{
    open_and_start();
    stage_pass(30 * WHEN_SECOND);
    CHECK_INT(stage.cancelled, 1);
    CHECK(stage_call("find") != NULL); /* in doubt: it is asked what became of it */
    stage_close();
}

static void no_more_calls_at_once_than_the_adapter_may_have(void)
{
    stage_open();
    stage.sample.ir->adapters[0].at_once = 2;
    stage_deploy();
    stage_node_open(0);
    stage_start("a", "{\"n\":1}");
    stage_start("b", "{\"n\":2}");
    stage_start("c", "{\"n\":3}");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage_calls_open(), 2);
    stage_answer("create", "1");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage_calls_open(), 2);
    CHECK_INT(stage.heard_n, 3);
    CHECK_INT(stage.heard[2].attempt, 1); /* waiting for a slot was no attempt */
    stage_close();
}

static void two_nodes_share_what_an_adapter_may_have(void)
{
    stage_open();
    stage.sample.ir->adapters[0].at_once = 4;
    stage_deploy();
    stage_node_open(0);
    stage_node_open(1);
    stage_pass(2 * WHEN_SECOND);
    for (int i = 0; i < 24; i++) { /* in shards of both */
        char key[16], args[24];
        snprintf(key, sizeof key, "k%d", i);
        snprintf(args, sizeof args, "{\"n\":%d}", i);
        stage_start(key, args);
    }
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage_calls_open(), 4); /* two each */
    stage_close();
}

static void nothing_is_sent_once_the_lease_may_be_over(void)
{
    stage_open();
    stage.sample.ir->adapters[0].rate = 1;
    stage.sample.ir->adapters[0].rate_per = 3 * WHEN_SECOND;
    stage_deploy();
    stage_node_open(0);
    stage_start("a", "{\"n\":1}");
    stage_start("b", "{\"n\":2}");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage.heard_n, 1); /* the other may go in two seconds */
    loop_timer_stop(stage.nodes[0].engine->lease.beat);
    for (uint32_t i = 0; i < 5; i++)
        loop_once(stage.loop, false); /* one may be under way */
    stage.nodes[0].engine->lease.fresh_until = clock_monotonic() + WHEN_SECOND;
    clock_advance(4 * WHEN_SECOND); /* as if the process had stood still */
    loop_once(stage.loop, false);
    CHECK_INT(stage.heard_n, 1);
    stage_pass(5 * WHEN_SECOND); /* it has begun anew */
    CHECK_INT(stage.heard_n, 2);
    stage_close();
}

/* `create` without a key: a successor that finds it in flight could only be in doubt. */
static void open_with_one_that_waits(void)
{
    stage_open();
    stage.sample.ir->adapters[0].at_once = 1;
    stage.sample.ir->operations[SAMPLE_CREATE].key_kind = IR_KEY_NONE;
    stage_deploy();
    stage_node_open(0);
    stage_start("a", "{\"n\":1}");
    stage_start("b", "{\"n\":2}");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage.heard_n, 1);
}

static void draining_sends_what_could_not_be_sent_again(void)
{
    open_with_one_that_waits();
    stage_node_drain(0);
    stage_pass(WHEN_SECOND);
    stage_answer("create", "1");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage.heard_n, 2);
    CHECK(!is_drained());
    stage_answer("create", "2");
    REQUIRE(stage_until(is_drained));
    CHECK(stage_status() == STATUS_WAITING);
    stage_close();
}

static void what_was_never_sent_is_not_in_doubt(void)
{
    open_with_one_that_waits();
    stage_node_drain(0);
    stage_pass(stage.config.drain + WHEN_SECOND);
    REQUIRE(stage_until(is_drained));
    stage_node_open(1);
    stage_pass(5 * WHEN_SECOND);
    if (stage_call("find") != NULL) /* the first was sent, and is asked for */
        stage_answer("find", "100");
    stage_pass(5 * WHEN_SECOND);
    CHECK(stage_call("create") != NULL); /* the second was not, and is simply sent */
    stage_close();
}

static void a_draining_node_gives_back_what_is_at_rest(void)
{
    open_and_start();
    stage_node_open(1);
    stage_pass(2 * WHEN_SECOND);
    stage_node_drain(0);
    stage_pass(WHEN_SECOND);
    CHECK(!is_drained());
    uint32_t kept = lease_shards(&stage.nodes[0].engine->lease);
    CHECK(kept <= 1); /* that of the call, if it was not given to the other */
    CHECK_INT(lease_shards(&stage.nodes[1].engine->lease), 32 - kept);
    stage_answer("create", "100");
    REQUIRE(stage_until(is_drained));
    stage_close();
}

static void a_call_nobody_is_bound_for_is_unavailable(void)
{
    stage_open();
    stage_deploy_flow();
    stage_node_open(0);
    stage_start("k", "{\"n\":7}");
    stage_pass(2 * WHEN_MINUTE);
    CHECK_INT(stage.heard_n, 0);
    CHECK(stage_status() == STATUS_PARKED);
    stage_close();
}

static void a_call_right_after_a_deploy_finds_what_was_deployed(void)
{
    stage_open();
    stage_deploy_flow();
    stage_node_open(0);
    REQUIRE(stage_until(is_ready));
    stage_deploy_environment();
    stage_start("k", "{\"n\":7}");
    REQUIRE(stage_until(is_called));
    CHECK_INT(stage.heard[0].attempt, 1);
    stage_close();
}

static void a_start_that_does_not_fit_leaves_nothing(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_start("k", "{\"n\":1.5}");
    stage_pass(WHEN_SECOND);
    CHECK_INT(stage.heard_n, 0);
    CHECK(stage_status() == (enum instance_status)0);
    stage_close();
}

static void note_end(void *owner, struct id instance)
{
    (void)instance;
    ++*(int *)owner;
}

static void who_waits_for_the_end_is_told_once(void)
{
    int told = 0, never = 0;
    open_and_rest();
    engine_watch(stage.nodes[0].engine, stage.id, note_end, &told);
    struct watch *given_up =
        engine_watch(stage.nodes[0].engine, stage.id, note_end, &never);
    engine_unwatch(given_up);
    stage_command("cancel");
    REQUIRE(stage_until(is_called));
    stage_answer("cancel", "null");
    REQUIRE(stage_until(is_ended));
    stage_pass(WHEN_SECOND);
    CHECK_INT(told, 1);
    CHECK_INT(never, 0);
    stage_close();
}

/* It was filed by the types of one version; the instance has gone over to another since.
 */
static void an_event_that_does_not_fit_is_held_for_others(void)
{
    open_and_rest();
    struct engine *engine = stage.nodes[0].engine;
    struct resident *resident = resident_find(&engine->mailbox, stage.id);
    REQUIRE(resident != NULL && resident->is_row);
    struct letter letter = {.instance = stage.id,
                            .kind = STIMULUS_EVENT,
                            .mail = 1,
                            .event = TEXT("Cancel"),
                            .data = TEXT("{\"order\":\"seven\"}")};
    struct arena *turn = arena_new("test", 1 << 20);
    struct decided out;
    decide(engine, turn, resident, &letter, &out);
    CHECK(out.verdict == VERDICT_NOTHING);
    CHECK(out.settlement.refused != ERR_OK);
    CHECK(out.settlement.event_given_back);
    arena_free(turn);
    stage_close();
}

/* A node that is started again right after a crash: the one before still counts as alive
 * for a moment. */
static void who_joins_looks_often_until_it_has_its_share(void)
{
    stage_open();
    stage.config.beat = 20 * WHEN_SECOND;
    stage_deploy();
    struct mem_node before = {.nonce = 99, .expires_at = clock_now() + WHEN_SECOND};
    *mem_add(&stage.world->nodes) = before;
    for (uint32_t i = 0; i < STORE_SHARDS; i++)
        stage.world->leases[i].owner = before.nonce;
    stage_node_open(1);
    const struct lease *lease = &stage.nodes[1].engine->lease;
    stage_pass(WHEN_SECOND / 2);
    CHECK_INT(lease_shards(lease), 0);
    stage_pass(WHEN_SECOND);
    CHECK_INT(lease_shards(lease), STORE_SHARDS);
    stage_close();
}

static struct resident *expected(struct id id)
{
    struct engine *engine = stage.nodes[0].engine;
    engine_expect(engine, id);
    stage_pass(WHEN_SECOND);
    return resident_find(&engine->mailbox, id);
}

static void what_is_expected_is_read_before_its_mail_comes(void)
{
    open_and_rest();
    struct mailbox *mailbox = &stage.nodes[0].engine->mailbox;
    struct id nobody = stage.id;
    nobody.bytes[0] ^= 1;
    resident_forget(mailbox, resident_find(mailbox, stage.id));
    CHECK(expected(nobody) == NULL);
    const struct resident *resident = expected(stage.id);
    REQUIRE(resident != NULL);
    CHECK(resident->is_row && resident->phase == RESIDENT_RESTING);
    stage_close();
}

static void nothing_is_expected_beyond_what_may_stay_in_memory(void)
{
    open_and_rest();
    struct mailbox *mailbox = &stage.nodes[0].engine->mailbox;
    resident_forget(mailbox, resident_find(mailbox, stage.id));
    stage.config.hot_max = 0;
    engine_expect(stage.nodes[0].engine, stage.id);
    CHECK(resident_find(mailbox, stage.id) == NULL);
    stage_close();
}

/* ---- adapters that take no calls for a while ---- */

static void say_adapter(const char *verb)
{
    stage_adapter(verb);
    CHECK(stage.said == ERR_OK);
    stage_pass(2 * WHEN_SECOND);
}

static void a_paused_adapter_is_not_called_and_no_attempt_is_spent(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_pass(WHEN_SECOND);
    say_adapter("pause");
    stage_start("k", "{\"n\":7}");
    stage_pass(20 * WHEN_MINUTE);
    CHECK_INT(stage.heard_n, 0);
    CHECK(stage_status() == STATUS_WAITING);
    say_adapter("resume");
    REQUIRE(stage_until(is_called));
    CHECK_INT(stage.heard[0].attempt, 1);
    stage_answer("create", "100");
    REQUIRE(stage_until(is_waiting));
    stage_close();
}

static void a_held_call_keeps_its_bounds(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_pass(WHEN_SECOND);
    say_adapter("pause");
    stage_start("k", "{\"n\":7}");
    stage_pass(WHEN_HOUR - WHEN_MINUTE);
    CHECK(stage_status() == STATUS_WAITING);
    stage_pass(2 * WHEN_MINUTE); /* the policy tries within an hour */
    CHECK(stage_status() != STATUS_WAITING);
    CHECK_INT(stage.heard_n, 0);
    stage_close();
}

static bool passes_until_called(void)
{
    for (int i = 0; i < 600 && !is_called(); i++)
        stage_pass(WHEN_SECOND);
    return is_called();
}

/* Two instances, and both have failed. */
static void open_the_breaker(void)
{
    stage_open();
    stage.config.breaker_failures = 2;
    stage.config.breaker_pause = WHEN_MINUTE;
    stage.config.breaker_pause_max = WHEN_HOUR;
    stage_deploy();
    stage_node_open(0);
    stage_start("a", "{\"n\":1}");
    stage_start("b", "{\"n\":2}");
    stage_pass(5 * WHEN_SECOND);
    REQUIRE(stage.heard_n == 2);
    stage_fail("create", CALL_UNAVAILABLE);
    stage_fail("create", CALL_UNAVAILABLE);
    stage_pass(5 * WHEN_SECOND);
}

static void after_failures_in_a_row_one_call_tries_it(void)
{
    open_the_breaker();
    stage_start("c", "{\"n\":3}");
    stage_pass(WHEN_MINUTE / 2); /* both have paused as their policy says */
    CHECK_INT(stage.heard_n, 2);
    REQUIRE(passes_until_called());
    stage_pass(5 * WHEN_SECOND);
    CHECK_INT(stage.heard_n, 3); /* one, though three wait */
    stage_fail("create", CALL_UNAVAILABLE);
    stage_pass(WHEN_MINUTE);
    CHECK_INT(stage.heard_n, 3); /* now the pause is two minutes */
    REQUIRE(passes_until_called());
    CHECK_INT(stage.heard_n, 4);
    stage_answer("create", "100");
    stage_pass(5 * WHEN_SECOND);
    CHECK_INT(stage.heard_n, 6); /* the others come by themselves */
    for (uint32_t i = 0; i < stage.heard_n; i++)
        CHECK(stage.heard[i].attempt <= 3);
    stage_close();
}

static void of_two_nodes_one_tries_an_adapter(void)
{
    open_the_breaker();
    stage_node_open(1);
    stage_pass(10 * WHEN_SECOND);
    for (int i = 0; i < 12; i++)
        stage_start(arena_printf(stage.process, "k%d", i),
                    arena_printf(stage.process, "{\"n\":%d}", 10 + i));
    REQUIRE(passes_until_called());
    stage_pass(5 * WHEN_SECOND);
    CHECK_INT(stage.heard_n, 3);
    stage_answer("create", "100");
    stage_pass(5 * WHEN_SECOND);
    while (stage_calls_open() > 0) {
        stage_answer("create", "100");
        stage_pass(WHEN_SECOND);
    }
    CHECK_INT(stage.heard_n, 2 + 14);
    stage_close();
}

static void a_node_that_tried_and_died_is_followed_by_another(void)
{
    open_the_breaker();
    stage_pass(2 * WHEN_MINUTE);
    REQUIRE(stage.heard_n == 3);
    stage_node_kill(0);
    stage_node_open(1);
    stage_pass(2 * WHEN_MINUTE);
    CHECK(stage.heard_n > 3);
    stage_close();
}

static void a_reset_lets_it_be_called_at_once(void)
{
    open_the_breaker();
    stage_start("c", "{\"n\":3}");
    stage_pass(5 * WHEN_SECOND);
    CHECK_INT(stage.heard_n, 2);
    say_adapter("reset");
    CHECK(stage.heard_n >= 3);
    stage_close();
}

const struct unit_test suite_engine[] = {
    TEST(a_paused_adapter_is_not_called_and_no_attempt_is_spent),
    TEST(a_held_call_keeps_its_bounds),
    TEST(after_failures_in_a_row_one_call_tries_it),
    TEST(of_two_nodes_one_tries_an_adapter),
    TEST(a_node_that_tried_and_died_is_followed_by_another),
    TEST(a_reset_lets_it_be_called_at_once),
    TEST(a_start_leads_to_its_first_call),
    TEST(more_large_letters_than_a_page_may_hold_are_all_read),
    TEST(an_outcome_moves_it_on),
    TEST(an_event_finds_who_waits_for_it),
    TEST(an_event_that_does_not_fit_is_held_for_others),
    TEST(a_sleeper_is_woken_by_its_moment_and_not_before),
    TEST(a_command_is_done_in_its_turn),
    TEST(a_commit_that_did_not_happen_is_tried_again),
    TEST(a_commit_that_happened_unheard_is_not_done_twice),
    TEST(calls_of_a_commit_unheard_are_begun_after_all),
    TEST(who_slept_past_its_lease_begins_no_call),
    TEST(an_outcome_whose_commit_outlived_the_lease_is_told_again),
    TEST(a_successor_asks_what_became_of_a_call),
    TEST(a_successor_goes_on_undoing),
    TEST(an_image_that_another_asked_for_first_comes_for_all),
    TEST(two_nodes_share_the_work),
    TEST(draining_waits_for_calls_in_flight),
    TEST(draining_does_not_wait_for_ever),
    TEST(an_adapter_that_forgets_is_ended_by_us),
    TEST(no_more_calls_at_once_than_the_adapter_may_have),
    TEST(two_nodes_share_what_an_adapter_may_have),
    TEST(nothing_is_sent_once_the_lease_may_be_over),
    TEST(draining_sends_what_could_not_be_sent_again),
    TEST(what_was_never_sent_is_not_in_doubt),
    TEST(a_draining_node_gives_back_what_is_at_rest),
    TEST(a_call_nobody_is_bound_for_is_unavailable),
    TEST(a_call_right_after_a_deploy_finds_what_was_deployed),
    TEST(a_start_that_does_not_fit_leaves_nothing),
    TEST(who_waits_for_the_end_is_told_once),
    TEST(who_joins_looks_often_until_it_has_its_share),
    TEST(what_is_expected_is_read_before_its_mail_comes),
    TEST(nothing_is_expected_beyond_what_may_stay_in_memory),
    {0}};
