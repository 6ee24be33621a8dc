/* Instances: packed and read back, copied, and when they are due. */
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "tests/unit/core/advance_flow.h"

#define BEGAN (INT64_C(1778598000) * WHEN_SECOND)

static struct digest digest_with(uint8_t byte)
{
    struct digest digest;
    memset(digest.bytes, byte, sizeof digest.bytes);
    return digest;
}

static struct value some_record(struct arena *arena)
{
    struct value *items = arena_array(arena, struct value, 2);
    items[0] = value_text(text_dup(arena, TEXT("hello")));
    items[1] = value_int(-5);
    items[1].is_private = true;
    return value_record(items, 2);
}

static void fill_fibres(struct arena *arena, struct instance *inst)
{
    struct fibre flow = {.number = 1,
                         .kind = FIBRE_STATE,
                         .owner = 1,
                         .pc = 3,
                         .wait = FIBRE_CALL,
                         .since = BEGAN + 5,
                         .until = BEGAN + WHEN_HOUR,
                         .dead_letter = IR_NONE,
                         .call = {.number = 9,
                                  .phase = CALL_PAUSED,
                                  .attempt = 3,
                                  .tries = 2,
                                  .began_at = BEGAN,
                                  .sent_at = BEGAN + 1,
                                  .next_at = BEGAN + 2,
                                  .limit_at = BEGAN + 3,
                                  .limit_passed = true,
                                  .is_recovered = true,
                                  .args = some_record(arena),
                                  .key = digest_with(7),
                                  .record = 4,
                                  .problem = TEXT("connection refused"),
                                  .problem_kind = OUTCOME_UNAVAILABLE}};
    struct fibre parked = {.number = 2,
                           .kind = FIBRE_HANDLER,
                           .owner = 1,
                           .pc = IR_NONE,
                           .wait = FIBRE_PARKED,
                           .since = BEGAN - 5,
                           .stopping = true,
                           .target = 0xfffffff2,
                           .task = 11,
                           .dead_letter = IR_NONE,
                           .problem_kind = TEXT("unavailable"),
                           .problem_message = TEXT("gone"),
                           .problem_attempts = 6,
                           .problem_data = some_record(arena)};
    struct fibre part = {.number = 3,
                         .kind = FIBRE_PART,
                         .owner = IR_NONE,
                         .pc = 3,
                         .wait = FIBRE_JOINING,
                         .dead_letter = IR_NONE,
                         .parent = 1,
                         .root = FIBRE_STATE,
                         .index = 40000,
                         .begun = 5,
                         .window = 2};
    vec_push(arena, &inst->fibres, flow);
    vec_push(arena, &inst->fibres, parked);
    vec_push(arena, &inst->fibres, part);
}

static void fill_lists(struct arena *arena, struct instance *inst)
{
    struct undo_record record = {.number = 4,
                                 .state = UNDO_IN_DOUBT,
                                 .operation = SAMPLE_CREATE,
                                 .site = 0,
                                 .name = TEXT("so"),
                                 .stays = true,
                                 .args = some_record(arena),
                                 .undo_args = some_record(arena),
                                 .key = digest_with(8),
                                 .at = BEGAN + 77,
                                 .order = 6,
                                 .fibre = 3,
                                 .is_lost = true,
                                 .which = TEXT("[2]"),
                                 .undo_by = 0};
    vec_push(arena, &inst->undo, record);
    record.operation = IR_NONE; /* a child flow */
    record.child = (struct id){{7, 7}};
    record.is_asked = true;
    record.state = UNDO_DONE;
    vec_push(arena, &inst->undo, record);
    struct handler_queue queue = {.handler = 1};
    vec_push(arena, &queue.events, some_record(arena));
    vec_push(arena, &queue.events, value_none());
    vec_push(arena, &inst->queues, queue);
    struct subscription subscription = {
        .number = 5, .event = 0, .key = 0x0123456789abcdef, .fields = 1};
    vec_push(arena, &inst->subscriptions, subscription);
    struct task task = {.number = 11,
                        .fibre = 2,
                        .is_dead_letter = true,
                        .what = IR_NONE,
                        .role = TEXT("operator"),
                        .question = TEXT("What now?"),
                        .since = BEGAN,
                        .until = BEGAN + 1,
                        .escalated = 2,
                        .next_at = BEGAN + 3};
    vec_push(arena, &inst->tasks, task);
    struct mark_stamp mark = {.name = TEXT("accepted"), .at = BEGAN + 9};
    vec_push(arena, &inst->marks, mark);
}

/* Every field holds something. */
static struct instance *full_instance(struct arena *arena, const struct ir *ir)
{
    struct instance *inst = instance_new(arena, ir, (struct id){{1, 2, 3}});
    inst->key = TEXT("O-1001");
    inst->rev = 300;
    inst->status = STATUS_PARKED;
    inst->state = 1;
    inst->since = BEGAN + 4;
    inst->started_at = BEGAN;
    inst->ended_at = BEGAN + 1000;
    inst->next_number = 12;
    inst->is_paused = inst->is_cancelling = true;
    inst->unwinding = 2;
    inst->places[0] = value_int(7);
    inst->visits[1] = (struct state_visit){3, 4, BEGAN + 4, BEGAN + WHEN_HOUR};
    inst->timers[1] = (struct handler_timer){BEGAN + WHEN_DAY, 2};
    fill_fibres(arena, inst);
    fill_lists(arena, inst);
    inst->result = some_record(arena);
    inst->error = TEXT("{\"error\":\"Refused\"}");
    inst->parent = (struct id){{9}};
    inst->is_owned = true;
    return inst;
}

static struct text packed(struct arena *arena, const struct ir *ir,
                          const struct instance *inst)
{
    struct buf out;
    buf_init(&out, arena);
    instance_pack(&out, ir, inst, NULL);
    return buf_done(&out);
}

static struct sample s;

static void what_was_packed_is_packed_the_same_again(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    struct text bytes = packed(arena, s.ir, full_instance(arena, s.ir));
    struct instance *back = instance_unpack(arena, s.ir, bytes, NULL, &err);
    REQUIRE(back != NULL);
    CHECK(text_is(packed(arena, s.ir, back), bytes));
    CHECK_INT(bytes.n < 800, 1);
    CHECK(back->fibres.at[0].call.limit_passed);
    CHECK(back->fibres.at[0].call.is_recovered);
    CHECK_INT(back->fibres.at[0].until, BEGAN + WHEN_HOUR);
    CHECK_INT(back->fibres.at[0].dead_letter, IR_NONE);
    CHECK_INT(back->fibres.at[1].since, BEGAN - 5);
    CHECK_INT(back->fibres.at[1].pc, IR_NONE);
    CHECK_INT(back->fibres.at[1].target, 0xfffffff2);
    CHECK_INT(back->fibres.at[2].index, 40000);
    CHECK_INT(back->fibres.at[2].root, FIBRE_STATE);
    CHECK_INT(back->fibres.at[2].begun, 5);
    CHECK_INT(back->undo.at[0].order, 6);
    CHECK(back->undo.at[0].is_lost);
    CHECK_TEXT(back->undo.at[0].which, "[2]");
    CHECK_INT(back->undo.at[0].undo_by, 0);
    CHECK_TEXT(back->fibres.at[0].call.problem, "connection refused");
    CHECK_TEXT(value_text_of(back->queues.at[0].events.at[0].items[0]), "hello");
    CHECK(back->queues.at[0].events.at[0].items[1].is_private);
    CHECK_INT(back->visits[1].visits, 3);
    CHECK_INT(back->timers[1].due, BEGAN + WHEN_DAY);
    CHECK_TEXT(back->tasks.at[0].question, "What now?");
    CHECK_TEXT(back->marks.at[0].name, "accepted");
    CHECK_INT(back->ended_at, BEGAN + 1000);
    arena_free(arena);
    sample_close(&s);
}

/* full_instance() as the program before wrote it. */
static const char before[] =
    "040701020300000000000000000000000000064f2d31303031ac020380f0e7df83e8a8060209d10f"
    "0c020e02060568656c6c6f8309137b226572726f72223a2252656675736564227d09000000000000"
    "0000000000000000000102030e00040003040981909de91a00000200008180bbdd83050203010101"
    "020004010b81909de91a010009c101010302010305070e02060568656c6c6f830907070707070707"
    "070707070707070707070707070707070707070707070707070412636f6e6e656374696f6e207265"
    "6675736564020c0202020000080a00f3ffffff0f0b000b756e617661696c61626c6504676f6e6506"
    "0e02060568656c6c6f83096003050000040a000001000101c0b8020502028904000102736f9b0106"
    "03035b325d01000e02060568656c6c6f83090e02060568656c6c6f83090808080808080808080808"
    "080808080808080808080808080808080808080808e5040707000000000000000000000000000001"
    "02736f9b010603035b325d010101020e02060568656c6c6f830901010500efcdab89674523010101"
    "0b020100086f70657261746f720957686174206e6f773f010302070108616363657074656413";

static struct text from_hex(struct arena *arena, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *bytes = arena_alloc(arena, n);
    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    return (struct text){bytes, n};
}

static void what_the_program_before_has_written_is_read(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    struct text bytes = from_hex(arena, before);
    struct instance *back = instance_unpack(arena, s.ir, bytes, NULL, &err);
    REQUIRE(back != NULL);
    CHECK(text_is(packed(arena, s.ir, back),
                  packed(arena, s.ir, full_instance(arena, s.ir))));
    for (size_t n = 0; n < bytes.n; n++)
        CHECK(instance_unpack(arena, s.ir, text_cut(bytes, 0, n), NULL, &err) == NULL);
    arena_free(arena);
    sample_close(&s);
}

/* An instance whose call hands on what a place holds, `times` in a record. */
static struct instance *handing_on(struct arena *arena, const struct ir *ir,
                                   struct value v, uint32_t times)
{
    struct instance *inst = instance_new(arena, ir, (struct id){{1}});
    struct value *args = arena_array(arena, struct value, times);
    for (uint32_t i = 0; i < times; i++)
        args[i] = v;
    inst->started_at = BEGAN;
    inst->places[0] = v;
    struct fibre f = {.number = 1,
                      .kind = FIBRE_FLOW,
                      .owner = IR_NONE,
                      .pc = 3,
                      .wait = FIBRE_CALL,
                      .call = {.number = 2, .args = value_record(args, times)}};
    vec_push(arena, &inst->fibres, f);
    return inst;
}

static void an_argument_that_is_handed_on_is_written_once(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    struct value long_text = value_text(text_of(arena_printf(arena, "%0*d", 1000, 7)));
    struct text bytes = packed(arena, s.ir, handing_on(arena, s.ir, long_text, 3));
    CHECK(bytes.n < 1200);
    struct instance *back = instance_unpack(arena, s.ir, bytes, NULL, &err);
    REQUIRE(back != NULL);
    struct value args = back->fibres.at[0].call.args;
    CHECK_INT(args.n, 3);
    CHECK_TEXT(value_text_of(args.items[2]), value_text_of(long_text).chars);
    CHECK(args.items[2].chars == back->places[0].chars);
    CHECK_INT(args.weight, value_record(args.items, 3).weight);
    CHECK(text_is(packed(arena, s.ir, back), bytes));
    arena_free(arena);
    sample_close(&s);
}

/* Or a few bytes would become more than there is room for. */
static void what_is_handed_on_too_often_is_written_out(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 96 << 20);
    struct err err = {0};
    struct value mebibyte =
        value_text((struct text){arena_alloc(arena, 1 << 20), 1 << 20});
    struct text bytes = packed(arena, s.ir, handing_on(arena, s.ir, mebibyte, 16));
    CHECK(bytes.n < (1 << 20) + 200);
    CHECK(instance_unpack(arena, s.ir, bytes, NULL, &err) != NULL);
    bytes = packed(arena, s.ir, handing_on(arena, s.ir, mebibyte, 17));
    CHECK(bytes.n > 2 << 20);
    CHECK(instance_unpack(arena, s.ir, bytes, NULL, &err) != NULL);
    arena_free(arena);
    sample_close(&s);
}

/* PostgreSQL logs what lies between the same beginning and the same end. */
static void a_step_leaves_the_end_of_the_snapshot_as_it_is(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct instance *inst = full_instance(arena, s.ir);
    struct text was = packed(arena, s.ir, inst);
    inst->rev++;
    inst->next_number += 200;
    inst->fibres.at[0].call.attempt++;
    inst->undo.at[1].state = UNDO_IN_DOUBT;
    struct undo_record record = {.number = 12, .state = UNDO_ARMED, .undo_by = IR_NONE};
    record.name = record.which = TEXT("");
    struct text is = packed(arena, s.ir, inst);
    size_t same = 0;
    while (was.chars[was.n - 1 - same] == is.chars[is.n - 1 - same])
        same++;
    size_t with_oldest = same;
    vec_push(arena, &inst->undo, record);
    is = packed(arena, s.ir, inst);
    for (same = 0; was.chars[was.n - 1 - same] == is.chars[is.n - 1 - same];)
        same++;
    CHECK_INT(same, with_oldest);
    CHECK(same > was.n / 3);
    arena_free(arena);
    sample_close(&s);
}

static void a_copy_says_the_same_when_the_first_is_gone(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *first = arena_new("first", 8 << 20);
    struct arena *second = arena_new("second", 8 << 20);
    struct instance *inst = full_instance(first, s.ir);
    struct instance *copy = instance_copy(second, s.ir, inst);
    struct text bytes = packed(second, s.ir, inst);
    arena_free(first);
    CHECK(text_is(packed(second, s.ir, copy), bytes));
    arena_free(second);
    sample_close(&s);
}

static void a_snapshot_cut_short_anywhere_is_broken(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct text bytes = packed(arena, s.ir, full_instance(arena, s.ir));
    for (size_t n = 0; n < bytes.n; n++) {
        struct arena *scratch = arena_new("scratch", 8 << 20);
        struct err err = {0};
        CHECK(instance_unpack(scratch, s.ir, text_cut(bytes, 0, n), NULL, &err) == NULL);
        CHECK_INT(err.code, ERR_BROKEN);
        arena_free(scratch);
    }
    arena_free(arena);
    sample_close(&s);
}

/* Whatever byte is changed: refused, or an instance that can be copied, shown and packed.
 */
static void a_snapshot_with_any_byte_changed_does_no_harm(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct text bytes = packed(arena, s.ir, full_instance(arena, s.ir));
    uint32_t dice = 4711;
    for (size_t n = 0; n < bytes.n * 8; n++) {
        struct arena *scratch = arena_new("scratch", 8 << 20);
        struct err err = {0};
        char *changed = text_chars(scratch, bytes);
        dice = dice * 1664525 + 1013904223;
        changed[n % bytes.n] = (char)(dice >> 24);
        struct instance *inst =
            instance_unpack(scratch, s.ir, (struct text){changed, bytes.n}, NULL, &err);
        if (inst != NULL)
            packed(scratch, s.ir, instance_copy(scratch, s.ir, inst));
        else
            CHECK_INT(err.code, ERR_BROKEN);
        arena_free(scratch);
    }
    arena_free(arena);
    sample_close(&s);
}

static void a_part_that_would_join_itself_is_broken(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct err err = {0};
    struct instance *inst = full_instance(arena, s.ir);
    inst->fibres.at[2].parent = inst->fibres.at[2].number;
    CHECK(instance_unpack(arena, s.ir, packed(arena, s.ir, inst), NULL, &err) == NULL);
    CHECK_INT(err.code, ERR_BROKEN);
    arena_free(arena);
    sample_close(&s);
}

static void a_snapshot_that_is_too_large_is_refused_unread(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 32 << 20);
    struct err err = {0};
    char *bytes = arena_alloc(arena, LIMIT_SNAPSHOT_BYTES + 1);
    struct text large = {bytes, LIMIT_SNAPSHOT_BYTES + 1};
    CHECK(instance_unpack(arena, s.ir, large, NULL, &err) == NULL);
    CHECK_INT(err.code, ERR_BROKEN);
    arena_free(arena);
    sample_close(&s);
}

static void it_wakes_for_the_earliest_thing_that_is_due(void)
{
    sample_open(&s);
    s.play = play_open(s.ir, NULL);
    struct arena *arena = arena_new("test", 8 << 20);
    struct instance *inst = instance_new(arena, s.ir, (struct id){{1}});
    CHECK_INT(instance_wake_at(inst), 0);
    inst->visits[1].limit_at = 50;
    CHECK_INT(instance_wake_at(inst), 0); /* not in that state */
    inst->visits[1].entered_at = 1;
    CHECK_INT(instance_wake_at(inst), 50);
    struct fibre f = {.number = 1, .wait = FIBRE_TIME, .until = 40};
    vec_push(arena, &inst->fibres, f);
    CHECK_INT(instance_wake_at(inst), 40);
    inst->fibres.at[0] = (struct fibre){
        .number = 1,
        .wait = FIBRE_CALL,
        .call = {.number = 3, .phase = CALL_PAUSED, .next_at = 30, .limit_at = 35}};
    CHECK_INT(instance_wake_at(inst), 30);
    CHECK(!instance_has_calls(inst));
    inst->fibres.at[0].call.phase = CALL_SENT;
    CHECK_INT(instance_wake_at(inst), 35);
    CHECK(instance_has_calls(inst));
    inst->fibres.at[0].call.limit_passed = true;
    CHECK_INT(instance_wake_at(inst), 50);
    inst->timers[0].due = 20;
    CHECK_INT(instance_wake_at(inst), 20);
    struct task task = {.number = 1, .next_at = 10, .until = 5};
    vec_push(arena, &inst->tasks, task);
    CHECK_INT(instance_wake_at(inst), 10); /* a question's limit is its fibre's */
    inst->tasks.at[0].is_dead_letter = true;
    CHECK_INT(instance_wake_at(inst), 5);
    inst->is_paused = true;
    CHECK_INT(instance_wake_at(inst), 0);
    arena_free(arena);
    sample_close(&s);
}

static void states_of_life_have_names(void)
{
    enum instance_status status;
    CHECK(instance_status_of(TEXT("parked"), &status) && status == STATUS_PARKED);
    CHECK(!instance_status_of(TEXT("lost"), &status));
    CHECK(strcmp(instance_status_name(STATUS_CANCELLED), "cancelled") == 0);
    CHECK(instance_status_is_ended(STATUS_FAILED));
}

const struct unit_test suite_instance[] = {
    TEST(what_was_packed_is_packed_the_same_again),
    TEST(what_the_program_before_has_written_is_read),
    TEST(an_argument_that_is_handed_on_is_written_once),
    TEST(what_is_handed_on_too_often_is_written_out),
    TEST(a_step_leaves_the_end_of_the_snapshot_as_it_is),
    TEST(a_copy_says_the_same_when_the_first_is_gone),
    TEST(a_snapshot_cut_short_anywhere_is_broken),
    TEST(a_snapshot_with_any_byte_changed_does_no_harm),
    TEST(a_part_that_would_join_itself_is_broken),
    TEST(a_snapshot_that_is_too_large_is_refused_unread),
    TEST(it_wakes_for_the_earliest_thing_that_is_due),
    TEST(states_of_life_have_names),
    {0},
};
