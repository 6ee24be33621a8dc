/* What a text becomes. Every image here has been verified on its way. */
#include "dsl/ir_signature.h"
#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "tests/support/unit.h"
#include "tests/unit/lower/compiled.h"

#define IMAGE(text)                                                                      \
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);                     \
    struct ir *ir = compiled_image(compiled_flow(arena, text));                          \
    REQUIRE(ir != NULL)

#define SHOP                                                                             \
    "adapter shop {\n"                                                                   \
    "    read look(id: text) gives text?\n"                                              \
    "    effect ship(id: text, n: int = 1) gives text\n"                                 \
    "        once per id undone by recall(parcel: result, why: \"undo\") found by "      \
    "look(id: id)\n"                                                                     \
    "        fails with Full(free: int)\n"                                               \
    "    effect recall(parcel: text, why: text) once per parcel harmless\n"              \
    "    effect unused(id: text) once per id harmless\n"                                 \
    "}\n"

static void parameters_are_the_first_slots(void)
{
    IMAGE("flow f version 7 (a: int, b: text = \"x\") { var c: bool = true  note \"{a} "
          "{b} {c}\" }");
    CHECK_INT(ir->flow.version, 7);
    REQUIRE(ir->slots_n == 3);
    CHECK_TEXT(ir_text(ir, ir->slots[1].name), "b");
    CHECK_INT(ir->slots[1].kind, IR_SLOT_PARAM);
    CHECK_INT(ir->slots[2].kind, IR_SLOT_VAR);
    struct ir_range fields = ir->types[ir->flow.params].parts;
    CHECK_INT(ir->fields[fields.first].standard, IR_NONE);
    CHECK(ir->fields[fields.first + 1].standard != IR_NONE);
}

static void a_key_that_is_a_path_is_known_as_one(void)
{
    IMAGE("type O { id: text }\n"
          "flow f version 1 (o: O) { key o.id  note \"x\" }");
    CHECK(ir->flow.key != IR_NONE);
    CHECK_TEXT(ir_text(ir, ir->flow.key_path), "/o/id");
}

static void another_key_is_only_a_block(void)
{
    IMAGE("flow f version 1 (a: text) { key \"{a}!\"  note \"x\" }");
    CHECK(ir->flow.key != IR_NONE);
    CHECK_INT(ir->flow.key_path, IR_NONE);
}

static void only_what_is_used_is_drawn_in(void)
{
    IMAGE(SHOP "flow f version 1 (id: text) { call shop.ship(id: id) as p when Full { }  "
               "note p ?? \"\" }");
    CHECK_INT(ir->operations_n, 3);
    CHECK_INT(ir_find_operation(ir, TEXT("shop"), TEXT("unused")), IR_NONE);
    uint32_t ship = ir_find_operation(ir, TEXT("shop"), TEXT("ship"));
    REQUIRE(ship != IR_NONE);
    const struct ir_operation *op = &ir->operations[ship];
    CHECK_INT(op->class_of, IR_CLASS_UNDONE);
    CHECK_INT(op->key_kind, IR_KEY_VALUE);
    CHECK_INT(op->undone_by, ir_find_operation(ir, TEXT("shop"), TEXT("recall")));
    CHECK_INT(op->found_by, ir_find_operation(ir, TEXT("shop"), TEXT("look")));
    CHECK_INT(op->errors.n, 1);
    CHECK_INT(ir->code[op->undone_args].a, 3); /* id, n, result */
}

static void a_call_knows_its_step_and_its_ways_out(void)
{
    IMAGE(SHOP "flow f version 1 (id: text) {\n"
               "    state sending {\n"
               "        call shop.ship(id: id) as p within 5m\n"
               "            when Full as e where e.free > 0 go to done\n"
               "            when late go to done\n"
               "        go to done\n"
               "    }\n"
               "    final done\n"
               "}");
    REQUIRE(ir->sites_n == 1);
    const struct ir_site *site = &ir->sites[0];
    CHECK_TEXT(ir_text(ir, site->step), "sending.ship");
    CHECK_TEXT(ir_text(ir, site->name), "p");
    REQUIRE(site->whens.n == 2);
    const struct ir_when *full = &ir->whens[site->whens.first];
    CHECK_TEXT(ir_text(ir, full->name), "Full");
    CHECK(full->where != IR_NONE);
    CHECK(full->place != IR_NONE);
    CHECK_INT(ir->code[full->pc].code, IR_GO_TO);
    CHECK_TEXT(ir_text(ir, full[1].name), "late");
}

static void steps_of_one_name_are_numbered(void)
{
    IMAGE(SHOP "flow f version 1 (id: text) {\n"
               "    call shop.recall(parcel: id, why: \"a\")\n"
               "    call shop.recall(parcel: id, why: \"b\")\n"
               "    call shop.recall(parcel: id, why: \"c\")\n"
               "}");
    REQUIRE(ir->sites_n == 3);
    CHECK_TEXT(ir_text(ir, ir->sites[0].step), "recall");
    CHECK_TEXT(ir_text(ir, ir->sites[2].step), "recall#3");
}

static void the_nearest_policy_is_the_one(void)
{
    IMAGE(SHOP "policy slow { try 3 times pause 1h }\n"
               "policy quick { try 2 times pause 1s doubling up to 8s spread 25% only "
               "unavailable }\n"
               "flow f version 1 (id: text) using slow {\n"
               "    call shop.recall(parcel: id, why: \"a\")\n"
               "    call shop.recall(parcel: id, why: \"b\") using quick\n"
               "}");
    const struct ir_policy *slow = &ir->policies[ir->sites[0].policy],
                           *quick = &ir->policies[ir->sites[1].policy];
    CHECK_TEXT(ir_text(ir, slow->name), "slow");
    CHECK_INT(slow->pause_max, WHEN_HOUR);
    CHECK_TEXT(ir_text(ir, quick->name), "quick");
    CHECK_INT(quick->pause_max, 8 * WHEN_SECOND);
    CHECK(quick->doubling);
    CHECK_INT(quick->spread, 250);
    CHECK_INT(quick->only, IR_ONLY_UNAVAILABLE);
}

static void without_a_policy_it_is_steady(void)
{
    IMAGE(SHOP
          "flow f version 1 (id: text) { call shop.recall(parcel: id, why: \"a\") }");
    const struct ir_policy *policy = &ir->policies[ir->sites[0].policy];
    CHECK_TEXT(ir_text(ir, policy->name), "steady");
    CHECK_INT(policy->tries, 6);
    CHECK_INT(policy->within, 30 * WHEN_MINUTE);
    CHECK_INT(policy->spread, 200);
}

static void an_undo_block_reads_frozen_copies(void)
{
    IMAGE(SHOP "flow f version 1 (id: text) {\n"
               "    var why: text = \"no\"\n"
               "    call shop.ship(id: id) as p undone by { call shop.recall(parcel: p, "
               "why: why) }\n"
               "        when Full refer to desk\n"
               "    note \"{p} {why}\"\n"
               "    dead letter desk for people \"Full\" { when again retry }\n"
               "}");
    REQUIRE(ir->undo_blocks_n == 1);
    const struct ir_undo_block *block = &ir->undo_blocks[0];
    REQUIRE(block->captures.n == 2);
    CHECK_INT(ir->flow.frame_slots, 2);
    CHECK_INT(ir->captures[block->captures.first].from, ir_find_slot(ir, TEXT("p")));
    CHECK_INT(ir->captures[block->captures.first].to, IR_FRAME | 0);
    CHECK_INT(ir->captures[block->captures.first + 1].from,
              ir_find_slot(ir, TEXT("why")));
}

static void states_lie_inside_states(void)
{
    IMAGE("event E key a held 1d { a: text }\n"
          "flow f version 1 (a: text) {\n"
          "    state outer within 1d {\n"
          "        on late go to done\n"
          "        state inner { on E(a: a) go to done }\n"
          "    }\n"
          "    on error go to done\n"
          "    final done\n"
          "}");
    uint32_t outer = ir_find_state(ir, TEXT("outer")),
             inner = ir_find_state(ir, TEXT("outer.inner"));
    REQUIRE(outer != IR_NONE && inner != IR_NONE);
    CHECK_INT(ir->states[inner].parent, outer);
    CHECK_INT(ir->states[outer].first_inner, inner);
    CHECK_INT(ir->flow.first_state, outer);
    CHECK(ir->states[outer].limit != IR_NONE);
    CHECK_INT(ir->handlers_n, 3);
    CHECK_INT(ir->handlers[2].state, IR_NONE); /* the flow's own are last */
    CHECK_INT(ir->handlers[ir->states[inner].handlers.first].kind, IR_HANDLER_EVENT);
}

static void refer_at_a_way_out_parks_the_step_itself(void)
{
    IMAGE(SHOP
          "flow f version 1 (id: text) {\n"
          "    call shop.recall(parcel: id, why: \"a\") when unavailable refer to desk\n"
          "    dead letter desk for people \"Stopped\" { when again retry  when stop "
          "stay }\n"
          "}");
    const struct ir_when *when = &ir->whens[ir->sites[0].whens.first];
    CHECK_INT(ir->code[when->pc].code, IR_REFER);
    REQUIRE(ir->dead_letters_n == 1);
    const struct ir_dead_letter *letter = &ir->dead_letters[0];
    CHECK_INT(letter->whens.n, 2);
    CHECK_INT(ir->code[ir->whens[letter->whens.first].pc].code, IR_ENTER);
}

static void the_flows_own_dead_letter_is_known(void)
{
    IMAGE("flow f version 1 (a: text) {\n"
          "    state s { note a  go to done }\n"
          "    on error refer to desk\n"
          "    dead letter desk for people \"Stopped: {problem.message}\" { when again "
          "retry }\n"
          "    final done\n"
          "}");
    CHECK_INT(ir->flow.error_dead_letter, 0);
    CHECK(compiled_op(ir, IR_PROBLEM, 0) != IR_NONE);
}

static void give_collects_in_a_loop_and_ends_its_round(void)
{
    IMAGE("flow f version 1 (xs: list of int) gives list of int {\n"
          "    for each x in xs where x > 1 as ys { give x * 2 }\n"
          "    give ys\n"
          "}");
    uint32_t add = compiled_op(ir, IR_ADD_TO, 0);
    REQUIRE(add != IR_NONE);
    CHECK_INT(ir->code[add + 1].code, IR_JUMP);
    CHECK_INT(ir->code[ir->code[add + 1].b].code, IR_EACH);
    CHECK(compiled_op(ir, IR_GIVE, 0) != IR_NONE);
}

static void repeat_counts_its_rounds_and_waits_between_them(void)
{
    IMAGE("flow f version 1 (a: int) {\n"
          "    repeat up to 3 times every 1m until a > 1 { note \"{a}\" }\n"
          "        when exhausted { mark given_up }\n"
          "    mark over\n"
          "}");
    uint32_t round = compiled_op(ir, IR_ROUND, 0);
    REQUIRE(round != IR_NONE);
    CHECK_INT(ir->loops[ir->code[round].a].item, IR_NONE);
    CHECK_INT(ir->code[ir->code[round].b].code, IR_MARK);
    CHECK(compiled_op(ir, IR_WAIT_TIME, round) < compiled_op(ir, IR_NOTE, round));
}

static void business_time_is_days_or_hours(void)
{
    IMAGE("setting patience: workdays = 4bh\n"
          "flow f version 1 (a: date) {\n"
          "    calendar us\n"
          "    wait 2bd\n"
          "    wait patience\n"
          "    wait until a + 1bd\n"
          "    note \"{workdays_between(a, a)} {start_of_day(now)}\"\n"
          "}");
    uint32_t wait = compiled_op(ir, IR_WAIT_TIME, 0);
    REQUIRE(wait != IR_NONE);
    CHECK_INT(ir->consts[ir->code[wait - 1].b].kind, IR_CONST_WORK_DAYS);
    CHECK_INT(ir->consts[ir->code[ir->settings[0].standard + 1].b].kind,
              IR_CONST_WORK_HOURS);
    CHECK(ir->consts[ir->code[ir->settings[0].standard + 1].b].whole == 4 * WHEN_HOUR);
    CHECK_TEXT(ir_text(ir, ir->flow.calendar), "us");
}

static void a_case_with_data_is_compared_by_its_case(void)
{
    IMAGE("type R = yes | no(why: text)\n"
          "flow f version 1 (r: R) { if r is no { note \"no\" } if r is yes { note "
          "\"yes\" } }");
    CHECK(compiled_op(ir, IR_IS_CASE, 0) != IR_NONE);
    CHECK(compiled_op(ir, IR_EQ, 0) != IR_NONE);
}

static void the_sum_of_no_money_is_money(void)
{
    IMAGE("flow f version 1 (xs: list of money) gives money { give sum(xs) }");
    uint32_t sum = compiled_op(ir, IR_BUILTIN, 0);
    REQUIRE(sum != IR_NONE);
    CHECK_INT(ir->code[sum].a, 2);
    CHECK_INT(ir->consts[ir->code[sum - 1].b].kind, IR_CONST_MONEY);
}

static void lines_say_where_each_operation_comes_from(void)
{
    IMAGE("flow f version 1 (a: text) {\n"
          "    note a\n"
          "\n"
          "    mark there\n"
          "}");
    CHECK_INT(ir->lines[compiled_op(ir, IR_NOTE, 0)], 2);
    CHECK_INT(ir->lines[compiled_op(ir, IR_MARK, 0)], 4);
}

static void the_same_text_gives_the_same_bytes(void)
{
    static const char *const text =
        SHOP "flow f version 1 (id: text) { call shop.ship(id: id) as p when Full { }  "
             "note p ?? \"\" }";
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct compiled *one = compiled_flow(arena, text), *two = compiled_flow(arena, text);
    REQUIRE(one->flows_n == 1 && two->flows_n == 1);
    CHECK(text_is(one->flows[0].packed, two->flows[0].packed));
}

static void tests_have_an_image_of_their_own(void)
{
#define FLOW                                                                             \
    "flow f version 1 (a: int) { var b: int = 1  state s { go to done }  final done }\n"
    static const char *const text = FLOW
        "test \"t\" for f { let x = 3  start(a: x)  expect state done  expect b < x }";
    struct compile_input input = {TEXT("t.flow"), text_of(text)};
    struct compile_request request = {.inputs = &input, .inputs_n = 1};
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct compiled *plain = compiled_flow(arena, FLOW),
                    *tested = compile_tests(arena, &request);
    REQUIRE(plain->flows_n == 1 && tested->flows_n == 1 && tested->tests_n == 1);
    CHECK(text_is(plain->flows[0].packed, tested->flows[0].packed));
    REQUIRE(tested->tests[0].tests_n == 1 && tested->tests[0].tests[0].steps_n == 4);
    const struct compiled_test *test = &tested->tests[0].tests[0];
    const struct ir *ir = tested->tests[0].image;
    CHECK_INT(test->lets, 1);
    CHECK(test->steps[3].kind == TEST_EXPECT);
    CHECK_INT(ir->functions[test->steps[3].value].params, 1);
    CHECK_INT(ir->slots_n, tested->flows[0].image->slots_n);
#undef FLOW
}

static void moments_are_kept_as_the_flow_says_them(void)
{
    IMAGE("flow f version 1 () {\n"
          "    starts every 1d at  \"02:30\"\n"
          "    starts every 90m\n"
          "    note \"a day\"\n"
          "}");
    REQUIRE(ir->starts_every_n == 2);
    CHECK_INT(ir->starts_every[0].at, INT64_C(9000000000));
    CHECK_TEXT(ir_text(ir, ir->starts_every[0].said), "1d at \"02:30\"");
    CHECK(ir->starts_every[1].at < 0);
}

static void what_is_known_of_a_flow_that_is_run_is_what_that_flow_says(void)
{
    scoped_arena struct arena *arena = arena_new("test", 256 << 20);
    struct compiled *compiled = compiled_flow(
        arena,
        "type Part { name: text  size: decimal(2)  inner: list of Part }\n"
        "flow g version 3 (part: Part, n: int = 1) gives list of Part\n"
        "        fails with TooBig(size: decimal(2)) {\n"
        "    key \"{part.name}/{n}\"\n"
        "    if part.size > 2.00 { fail TooBig(size: part.size) }\n"
        "    give [part]\n"
        "}\n"
        "flow h version 1 (part: Part) { note part.name }\n"
        "flow f version 1 (part: Part) {\n"
        "    run g(part: part, n: 2) as gs within 1d when TooBig { } when late { }\n"
        "    start h(part: part) as id\n"
        "    note \"{id}{count(gs ?? [])}\"\n"
        "}");
    CHECK_TEXT(compiled_says(arena, compiled), "");
    CHECK_INT(compiled->flows_n, 3);
    const struct ir *g = compiled->flows[0].image, *h = compiled->flows[1].image,
                    *f = compiled->flows[2].image;
    struct digest of_g = ir_signature(arena, g), of_h = ir_signature(arena, h);
    CHECK_INT(f->children_n, 2);
    struct digest run = ir_child_signature(arena, f, &f->children[0]),
                  start = ir_child_signature(arena, f, &f->children[1]);
    CHECK(digest_is(&of_g, &run));
    CHECK(digest_is(&of_h, &start));
    CHECK(!digest_is(&of_g, &of_h));
    CHECK(f->children[0].is_owned && f->children[0].key != IR_NONE);
    CHECK(!f->children[1].is_owned && f->children[1].key == IR_NONE);
}

static void what_travels_between_two_flows_is_their_signature(void)
{
    static const struct {
        const char *flow;
        bool is_same;
    } others[] = {
        {"flow g version 9 (a: int, b: text) gives int { give a + 1 }", true},
        {"flow g version 1 (a: int, b: text = \"x\") gives int { give a }", true},
        {"flow g version 1 (a: int, c: text) gives int { give a }", false},
        {"flow g version 1 (b: text, a: int) gives int { give a }", false},
        {"flow g version 1 (a: int, b: text) gives decimal { give a }", false},
        {"flow g version 1 (a: int, b: text?) gives int { give a }", false},
        {"flow g version 1 (a: int, b: private text) gives int { give a }", false},
        {"flow g version 1 (a: int, b: text) gives int { key b  give a }", false},
        {"flow g version 1 (a: int, b: text) gives int fails with E { give a }", false}};
    scoped_arena struct arena *arena = arena_new("test", 512 << 20);
    struct compiled *first =
        compiled_flow(arena, "flow g version 1 (a: int, b: text) gives int { give a }");
    struct digest wanted = ir_signature(arena, first->flows[0].image);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct compiled *other = compiled_flow(arena, others[i].flow);
        CHECK_INT(other->flows_n, 1);
        struct digest is = ir_signature(arena, other->flows[0].image);
        CHECK_INT(digest_is(&wanted, &is), others[i].is_same);
    }
}

static void more_loops_than_there_are_temps_are_said(void)
{
    scoped_arena struct arena *arena = arena_new("test", 512 << 20);
    struct buf text;
    buf_init(&text, arena);
    buf_chars(&text, "flow f version 1 (xs: list of int) { let ys = [1 for a in xs");
    for (int i = 0; i < 22000; i++)
        buf_printf(&text, ",\na%d in xs", i);
    buf_chars(&text, "]  note \"{ys}\" }");
    struct compiled *compiled = compiled_flow(arena, buf_done(&text).chars);
    CHECK_TEXT(compiled_says(arena, compiled), "F0007 1");
    CHECK_INT(compiled->flows_n, 0);
}

static void measures_know_their_goals(void)
{
    IMAGE("flow f version 1 (a: int) {\n"
          "    state s { note \"{a}\"  go to done }\n"
          "    final done\n"
          "    measure m share a > 1 goal 90%\n"
          "}\n"
          "test \"it ends\" for f { start(a: 1)  expect state done }");
    REQUIRE(ir->measures_n == 1);
    CHECK_INT(ir->measures[0].kind, IR_MEASURE_SHARE);
    CHECK_TEXT(ir_text(ir, ir->measures[0].goal_said), "90%");
}

const struct unit_test suite_lower[] = {
    TEST(parameters_are_the_first_slots),
    TEST(a_key_that_is_a_path_is_known_as_one),
    TEST(another_key_is_only_a_block),
    TEST(only_what_is_used_is_drawn_in),
    TEST(a_call_knows_its_step_and_its_ways_out),
    TEST(steps_of_one_name_are_numbered),
    TEST(the_nearest_policy_is_the_one),
    TEST(without_a_policy_it_is_steady),
    TEST(an_undo_block_reads_frozen_copies),
    TEST(states_lie_inside_states),
    TEST(refer_at_a_way_out_parks_the_step_itself),
    TEST(the_flows_own_dead_letter_is_known),
    TEST(give_collects_in_a_loop_and_ends_its_round),
    TEST(repeat_counts_its_rounds_and_waits_between_them),
    TEST(business_time_is_days_or_hours),
    TEST(a_case_with_data_is_compared_by_its_case),
    TEST(the_sum_of_no_money_is_money),
    TEST(lines_say_where_each_operation_comes_from),
    TEST(the_same_text_gives_the_same_bytes),
    TEST(tests_have_an_image_of_their_own),
    TEST(moments_are_kept_as_the_flow_says_them),
    TEST(what_is_known_of_a_flow_that_is_run_is_what_that_flow_says),
    TEST(what_travels_between_two_flows_is_their_signature),
    TEST(more_loops_than_there_are_temps_are_said),
    TEST(measures_know_their_goals),
    {0},
};
