/* Show, why and ladder: what people read. */
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "engine/core/view.h"
#include "tests/unit/core/advance_flow.h"

static struct sample s;

static void given(void)
{
    sample_open(&s);
}

static void given_resting(void)
{
    sample_open(&s);
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    REQUIRE(sample_is_in(&s, "resting"));
}

static json_t *why(void)
{
    return view_why(s.arena, s.ir, sample_inst(&s), NULL, s.play->now, WIRE_MASK_PRIVATE);
}

static struct text says(void)
{
    scoped_json json_t *json = why();
    return text_dup(s.arena, json_text_of(json_object_get(json, "says")));
}

/* Every command that is offered, ", " between. */
static struct text commands(void)
{
    scoped_json json_t *json = why();
    json_t *row;
    size_t i;
    struct buf out;
    buf_init(&out, s.arena);
    json_array_foreach(json_object_get(json, "can"), i, row)
    {
        struct text command = json_text_of(json_object_get(row, "command"));
        if (command.n == 0)
            continue;
        buf_chars(&out, out.n > 0 ? ", " : "");
        buf_text(&out, command);
    }
    return buf_done(&out);
}

static void why_of_a_call_in_flight(void)
{
    given();
    sample_begin(&s);
    s.play->now += 3 * WHEN_SECOND;
    CHECK_TEXT(says(),
               "7 is in ordering and is calling erp.create (attempt 1 of 3), for 3s "
               "since 2026-05-12T15:00:00Z; the answer is expected by "
               "2026-05-12T15:00:20Z (in 17s).");
    CHECK_TEXT(commands(),
               "flowctl cancel 7 --reason \"…\", flowctl pause 7 --reason \"…\"");
    sample_close(&s);
}

static void why_of_a_pause_between_attempts(void)
{
    given();
    sample_begin(&s);
    struct outcome outcome = {.kind = OUTCOME_UNAVAILABLE,
                              .message = TEXT("connection refused")};
    play_outcome(s.play, s.play->calls.at[0].order.number, &outcome);
    CHECK_TEXT(says(), "7 is in ordering and will call erp.create again at "
                       "2026-05-12T15:00:10Z (in 10s): attempt 1 of 3 ended with "
                       "unavailable: connection refused; it gives up at "
                       "2026-05-12T16:00:00Z (in 1h).");
    sample_close(&s);
}

static void why_of_an_effect_in_doubt(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    CHECK_TEXT(says(),
               "7 is in ordering and does not know whether erp.create happened, and "
               "is asking erp.find, for less than a second since "
               "2026-05-12T15:00:00Z.");
    sample_answer(&s, "find", OUTCOME_UNAVAILABLE, NULL, NULL);
    struct text said = says();
    CHECK(
        text_starts(said, TEXT("7 is in ordering and does not know whether erp.create "
                               "happened, and will ask erp.find at 2026-05-12T15:00:")));
    sample_close(&s);
}

static void why_of_a_step_in_a_dead_letter(void)
{
    given();
    sample_begin(&s);
    for (int i = 0; i < 3; i++) {
        sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
        sample_wait(&s, WHEN_MINUTE);
    }
    s.play->now += 2 * WHEN_HOUR;
    struct text said = says();
    CHECK(text_starts(
        said, TEXT("7 is in ordering and is parked in dead letter stuck, for 2h")));
    CHECK(text_ends(said,
                    TEXT(": step ordering.create ended with unavailable after 3 "
                         "attempts (it cannot be reached), and an operator must retry "
                         "it or cancel.")));
    CHECK_TEXT(commands(),
               "flowctl retry 7 ordering.create --reason \"…\", flowctl result 7 "
               "ordering.create --reason \"…\", flowctl absent 7 ordering.create "
               "--reason \"…\", flowctl cancel 7 --reason \"…\", flowctl pause 7 "
               "--reason \"…\"");
    sample_close(&s);
}

static void why_of_a_state_that_rests(void)
{
    given_resting();
    s.play->now += 90 * WHEN_MINUTE / 3;
    CHECK_TEXT(says(), "7 is in resting and listens for Cancel, for 30m since "
                       "2026-05-12T15:00:00Z, until 2026-05-12T16:00:00Z (in 30m).");
    CHECK_TEXT(commands(), "flowctl send Cancel --data '{\"order\":7}', flowctl cancel 7 "
                           "--reason \"…\", flowctl pause 7 --reason \"…\"");
    sample_close(&s);
}

static void why_of_undoing_and_of_an_undo_that_failed(void)
{
    given_resting();
    sample_event(&s, "{\"order\":7}");
    CHECK_TEXT(says(),
               "7 is in resting and is undoing what it did: it is calling erp.cancel "
               "(attempt 1 of 3), for less than a second since "
               "2026-05-12T15:00:00Z; the answer is expected by "
               "2026-05-12T15:00:20Z (in 20s); 1 effect still stands.");
    sample_answer(&s, "cancel", OUTCOME_BROKEN, NULL, NULL);
    struct text said = says();
    CHECK(text_starts(said,
                      TEXT("7 is in resting and cannot put back erp.create, which ended "
                           "with broken")));
    struct text can = commands();
    CHECK(text_starts(can, TEXT("flowctl retry 7 ordering.create --reason \"…\", flowctl "
                                "done-by-hand 7 ordering.create --reason \"…\", flowctl "
                                "leave-standing 7 ordering.create --reason \"…\"")));
    sample_close(&s);
}

static void why_of_what_is_paused_or_over(void)
{
    given_resting();
    CHECK(sample_command(&s, "pause", ""));
    CHECK_TEXT(says(), "7 is in resting and is paused; an operator may let it go on.");
    CHECK_TEXT(commands(),
               "flowctl resume 7 --reason \"…\", flowctl cancel 7 --reason \"…\"");
    CHECK(sample_command(&s, "resume", ""));
    sample_wait(&s, WHEN_HOUR);
    s.play->now += 2 * WHEN_DAY + 3 * WHEN_HOUR;
    CHECK_TEXT(says(),
               "7, in completed, has completed 2d 3h ago; nothing can move it any "
               "more.");
    CHECK_TEXT(commands(), "");
    sample_close(&s);
}

static void a_key_is_quoted_for_the_shell(void)
{
    given_resting();
    s.play->inst->key = TEXT("it's $(rm)");
    struct text can = commands();
    CHECK(text_ends(can, TEXT("flowctl pause 'it'\\''s $(rm)' --reason \"…\"")));
    s.play->inst->key = TEXT("-rf");
    can = commands();
    CHECK(text_ends(can, TEXT("flowctl pause '-rf' --reason \"…\"")));
    sample_close(&s);
}

/* What waits for events, time and people, by hand on an image of its own. */
static struct ir *waiting_image(struct arena *arena)
{
    struct ir_build *b = ir_build_new(arena, "waits", 2);
    const struct ir_part po = {"po", ir_add_simple(b, IR_TYPE_TEXT)};
    uint32_t record = ir_add_record(b, NULL, &po, 1);
    ir_new_many(b, events, 2);
    b->events.at[0].name = ir_add_chars(b, "SupplierAck");
    b->events.at[1].name = ir_add_chars(b, "SupplierNo");
    vec_push(arena, &b->positions, 0);
    for (int i = 0; i < 2; i++) {
        b->events.at[i].record = record;
        b->events.at[i].keys = (struct ir_range){0, 1};
    }
    ir_open_block(b, 0);
    ir_push_text(b, "PO-7");
    uint32_t key = ir_close(b);
    ir_new_many(b, match_keys, 1);
    b->match_keys.at[0].block = key;
    ir_new_many(b, matches, 2);
    ir_open_block(b, 0);
    ir_push_text(b, "Is this the right price?");
    uint32_t question = ir_close(b);
    ir_new_many(b, whens, 3);
    static const char *const names[] = {"approve", "reject", "late"};
    b->line = 50;
    ir_open_body(b);
    uint32_t wait = ir_new(b, waits), ask = ir_new(b, questions);
    b->waits.at[wait].matches = (struct ir_range){0, 2};
    b->waits.at[wait].step = ir_add_chars(b, "waiting.SupplierAck");
    b->questions.at[ask].role = ir_add_chars(b, "credit_team");
    b->questions.at[ask].question = question;
    b->questions.at[ask].whens = (struct ir_range){0, 3};
    b->questions.at[ask].step = ir_add_chars(b, "waiting.ask");
    ir_emit(b, IR_WAIT, 0, wait);
    uint32_t here = ir_label(b);
    ir_here(b, here);
    ir_emit(b, IR_ASK, 0, ask);
    uint32_t there = ir_label(b);
    ir_here(b, there);
    ir_push_duration(b, WHEN_HOUR);
    ir_emit(b, IR_WAIT_TIME, 0, 0);
    b->flow.body = ir_close(b);
    for (int i = 0; i < 2; i++) {
        b->matches.at[i].event = (uint32_t)i;
        b->matches.at[i].keys = (struct ir_range){0, 1};
        b->matches.at[i].pc = here;
    }
    for (int i = 0; i < 3; i++) {
        b->whens.at[i].name = ir_add_chars(b, names[i]);
        b->whens.at[i].pc = there;
    }
    return ir_build_done(b);
}

static uint32_t pc_of(const struct ir *ir, enum ir_op_code code)
{
    uint32_t pc = 0;
    while (ir->code[pc].code != code)
        pc++;
    return pc;
}

static void why_of_events_people_and_time(void)
{
    struct arena *arena = arena_new("test", 16 << 20);
    struct ir *ir = waiting_image(arena);
    struct instance *inst = instance_new(arena, ir, (struct id){{1}});
    int64_t now = PLAY_BEGINS;
    inst->key = TEXT("O-1");
    inst->status = STATUS_WAITING;
    struct fibre f = {.number = 1,
                      .kind = FIBRE_FLOW,
                      .wait = FIBRE_EVENT,
                      .pc = pc_of(ir, IR_WAIT),
                      .since = now - 2 * WHEN_HOUR,
                      .until = now + 2 * WHEN_DAY};
    vec_push(arena, &inst->fibres, f);
    json_t *json = view_why(arena, ir, inst, NULL, now, WIRE_MASK_PRIVATE);
    CHECK_TEXT(
        json_text_of(json_object_get(json, "says")),
        "O-1 waits for SupplierAck or SupplierNo, for 2h since 2026-05-12T13:00:00Z, "
        "until 2026-05-14T15:00:00Z (in 2d).");
    CHECK_TEXT(json_text_of(json_at(json, TEXT("/can/0/command"))),
               "flowctl send SupplierAck --data '{\"po\":\"PO-7\"}'");
    CHECK_TEXT(json_text_of(json_at(json, TEXT("/waiting/1/what"))), "SupplierNo");
    CHECK_INT(json_integer_value(json_at(json, TEXT("/waiting/1/line"))), 50);
    json_decref(json);

    inst->fibres.at[0].wait = FIBRE_PERSON;
    inst->fibres.at[0].pc = pc_of(ir, IR_ASK);
    inst->fibres.at[0].task = 4;
    struct task task = {.number = 4,
                        .fibre = 1,
                        .role = TEXT("credit_team"),
                        .question = TEXT("Is this the right price?"),
                        .since = now - WHEN_HOUR};
    vec_push(arena, &inst->tasks, task);
    json = view_why(arena, ir, inst, NULL, now, WIRE_MASK_PRIVATE);
    CHECK_TEXT(
        json_text_of(json_object_get(json, "says")),
        "O-1 waits for credit_team to answer \"Is this the right price?\" with approve "
        "or reject, for 1h since 2026-05-12T14:00:00Z, until 2026-05-14T15:00:00Z (in "
        "2d).");
    CHECK_TEXT(json_text_of(json_at(json, TEXT("/can/1/command"))),
               "flowctl answer TASK reject");
    CHECK_INT(json_integer_value(json_at(json, TEXT("/can/1/task"))), 4);
    json_decref(json);

    inst->tasks.n = 0;
    inst->fibres.at[0].wait = FIBRE_TIME;
    inst->fibres.at[0].pc = pc_of(ir, IR_WAIT_TIME);
    json = view_why(arena, ir, inst, NULL, now, WIRE_MASK_PRIVATE);
    CHECK_TEXT(json_text_of(json_object_get(json, "says")),
               "O-1 waits until 2026-05-14T15:00:00Z (in 2d), for 2h since "
               "2026-05-12T13:00:00Z.");
    json_decref(json);
    arena_free(arena);
}

static void show_has_every_member_of_the_contract(void)
{
    given_resting();
    scoped_json json_t *show =
        view_show(s.arena, s.ir, sample_inst(&s), NULL, WIRE_MASK_PRIVATE);
    json_object_del(show, "id");
    CHECK_TEXT(
        json_write(s.arena, show),
        "{\"key\":\"7\",\"flow\":\"order\",\"version\":1,\"status\":\"waiting\","
        "\"state\":\"resting\",\"since\":\"2026-05-12T15:00:00Z\",\"started_at\":"
        "\"2026-05-12T15:00:00Z\",\"ended_at\":null,\"vars\":{\"n\":7},\"waiting\":[{"
        "\"kind\":\"event\",\"what\":\"Cancel\",\"since\":\"2026-05-12T15:00:00Z\","
        "\"until\":null,\"line\":null},{\"kind\":\"timer\",\"what\":\"the limit of "
        "resting\",\"since\":\"2026-05-12T15:00:00Z\",\"until\":"
        "\"2026-05-12T16:00:00Z\",\"line\":20}],\"parked\":[],\"undo\":[{\"effect\":"
        "\"erp.create\",\"name\":\"so\",\"state\":\"done\",\"undone_by\":"
        "\"erp.cancel\"}],\"marks\":{},\"result\":null,\"error\":null,\"parent\":null,"
        "\"children\":[],\"move\":null}");
    sample_close(&s);
}

static void show_of_a_parked_step_names_problem_and_owner(void)
{
    given();
    sample_begin(&s);
    for (int i = 0; i < 3; i++) {
        sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
        sample_wait(&s, WHEN_MINUTE);
    }
    scoped_json json_t *show =
        view_show(s.arena, s.ir, sample_inst(&s), NULL, WIRE_MASK_PRIVATE);
    json_t *parked = json_at(show, TEXT("/parked/0"));
    json_object_del(parked, "since");
    CHECK_TEXT(json_write(s.arena, parked),
               "{\"step\":\"ordering.create\",\"dead_letter\":\"stuck\",\"owner\":"
               "\"operator\",\"problem\":{\"kind\":\"unavailable\",\"message\":\"it "
               "cannot be reached\","
               "\"attempts\":3}}");
    sample_close(&s);
}

static void the_ladder_shows_what_would_be_put_back(void)
{
    given_resting();
    json_t *ladder = view_ladder(s.arena, s.ir, sample_inst(&s), WIRE_MASK_PRIVATE);
    CHECK_TEXT(
        json_write(s.arena, ladder),
        "[{\"effect\":\"erp.create\",\"name\":\"so\",\"state\":\"done\",\"undone_by\":"
        "\"erp.cancel\",\"args\":{\"n\":7},\"at\":\"2026-05-12T15:00:00Z\"}]");
    json_decref(ladder);
    sample_event(&s, "{\"order\":7}");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    ladder = view_ladder(s.arena, s.ir, sample_inst(&s), WIRE_MASK_PRIVATE);
    CHECK_INT(json_array_size(ladder), 0);
    json_decref(ladder);
    sample_close(&s);
}

const struct unit_test suite_view[] = {
    TEST(why_of_a_call_in_flight),
    TEST(why_of_a_pause_between_attempts),
    TEST(why_of_an_effect_in_doubt),
    TEST(why_of_a_step_in_a_dead_letter),
    TEST(why_of_a_state_that_rests),
    TEST(why_of_undoing_and_of_an_undo_that_failed),
    TEST(why_of_what_is_paused_or_over),
    TEST(a_key_is_quoted_for_the_shell),
    TEST(why_of_events_people_and_time),
    TEST(show_has_every_member_of_the_contract),
    TEST(show_of_a_parked_step_names_problem_and_owner),
    TEST(the_ladder_shows_what_would_be_put_back),
    {0},
};
