/* A version that is held: the engine does nothing of it, and goes on where it was. */
#include "engine/base/when.h"
#include "engine/run/parts.h"
#include "tests/unit/run/stage.h"

static void hold(void)
{
    store_world_hold(stage.world, TEXT("order"), 1);
    stage_pass(2 * WHEN_SECOND);
}

static void open_and_call(void)
{
    stage_open();
    stage_deploy();
    stage_node_open(0);
    stage_start("k", "{\"n\":7}");
    REQUIRE(stage_until(is_called));
}

static void what_it_waits_for_comes_to_nothing(void)
{
    open_and_call();
    stage_answer("create", "100");
    REQUIRE(stage_until(is_waiting));
    hold();
    CHECK_INT(stage.nodes[0].engine->mailbox.by_id.n, 0);
    stage_pass(2 * WHEN_HOUR);
    CHECK(stage_status() == STATUS_WAITING);
    stage_let_go("order");
    stage_pass(2 * WHEN_SECOND);
    CHECK(stage_status() == STATUS_COMPLETED);
    stage_close();
}

static void a_start_waits(void)
{
    stage_open();
    stage_deploy();
    hold();
    stage_node_open(0);
    REQUIRE(stage_until(is_ready));
    stage_start("k", "{\"n\":7}");
    stage_pass(2 * WHEN_SECOND);
    CHECK_INT(stage.heard_n, 0);
    CHECK_INT(stage.nodes[0].engine->mailbox.letters_n, 0);
    stage_let_go("order");
    REQUIRE(stage_until(is_called));
    stage_close();
}

static void an_answer_that_comes_meanwhile_is_heard_then(void)
{
    open_and_call();
    hold();
    uint32_t rev = stage.row.rev;
    stage_answer("create", "100");
    stage_pass(2 * WHEN_SECOND);
    CHECK(stage_status() == STATUS_RUNNING && stage.row.rev >= rev);
    CHECK_INT(stage.nodes[0].engine->mailbox.letters_n, 0);
    stage_let_go("order");
    REQUIRE(stage_until(is_waiting));
    CHECK_INT(stage.heard_n, 1);
    stage_close();
}

static void a_call_of_an_engine_that_died_meanwhile_is_settled_then(void)
{
    open_and_call();
    hold();
    stage_node_kill(0);
    stage_node_open(1);
    stage_pass(10 * WHEN_SECOND);
    CHECK_INT(stage_calls_open(), 0);
    stage_let_go("order");
    REQUIRE(stage_until(is_called));
    CHECK(stage_call("find") != NULL);
    stage_close();
}

const struct unit_test suite_holds[] = {
    TEST(what_it_waits_for_comes_to_nothing),
    TEST(a_start_waits),
    TEST(an_answer_that_comes_meanwhile_is_heard_then),
    TEST(a_call_of_an_engine_that_died_meanwhile_is_settled_then),
    {0}};
