/* The heart on one small flow: calls and their outcomes, time, undoing, operators. */
#include "engine/base/json.h"
#include "engine/base/when.h"
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

static void a_start_calls_and_arms_a_record(void)
{
    given();
    sample_begin(&s);
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_TEXT(sample_log(&s), "create armed");
    CHECK_INT(sample_inst(&s)->status, STATUS_RUNNING);
    sample_close(&s);
}

static void a_value_makes_the_record_done_and_the_steps_go_on(void)
{
    given_resting();
    CHECK_TEXT(sample_log(&s), "create done");
    CHECK_INT(sample_inst(&s)->status, STATUS_WAITING);
    CHECK_INT(sample_inst(&s)->subscriptions.n, 1);
    sample_close(&s);
}

static void a_start_that_does_not_fit_is_refused(void)
{
    given();
    scoped_json json_t *args = json_pack("{s:s}", "n", "seven");
    s.play = play_open(s.ir, NULL);
    const struct decision *decision = play_start(s.play, TEXT(""), args);
    CHECK_INT(decision->refused, ERR_BAD_DATA);
    CHECK(strcmp(decision->refusal_pointer, "/n") == 0);
    CHECK_INT(sample_inst(&s)->rev, 0);
    sample_close(&s);
}

static void an_unavailable_call_is_tried_again_with_the_same_key(void)
{
    given();
    sample_begin(&s);
    struct digest key = s.play->calls.at[0].order.key;
    sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
    CHECK_TEXT(sample_log(&s), "");
    sample_wait(&s, 9 * WHEN_SECOND);
    CHECK_TEXT(sample_calls(&s), "");
    sample_wait(&s, 1 * WHEN_SECOND);
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_TEXT(sample_log(&s), "create armed");
    CHECK_INT(s.play->calls.at[0].order.attempt, 2);
    CHECK(digest_is(&s.play->calls.at[0].order.key, &key));
    sample_close(&s);
}

static void tries_that_are_used_up_park_the_step(void)
{
    given();
    sample_begin(&s);
    for (int i = 0; i < 3; i++) {
        sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
        sample_wait(&s, WHEN_MINUTE);
    }
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED);
    CHECK_TEXT(sample_inst(&s)->fibres.at[0].problem_kind, "unavailable");
    CHECK(sample_command(&s, "retry", "ordering.create"));
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_INT(s.play->calls.at[0].order.attempt, 4);
    REQUIRE(s.play->calls.at[0].order.args.n == 1);
    CHECK_INT(s.play->calls.at[0].order.args.items[0].whole, 7); /* as they were */
    sample_close(&s);
}

static void a_late_answer_changes_nothing(void)
{
    given_resting();
    struct outcome late = {.kind = OUTCOME_UNAVAILABLE};
    uint32_t rev = sample_inst(&s)->rev;
    const struct decision *decision = play_outcome(s.play, 2, &late);
    CHECK(decision->is_nothing);
    CHECK_INT(sample_inst(&s)->rev, rev);
    sample_close(&s);
}

static void an_answer_that_does_not_fit_leaves_an_effect_in_doubt(void)
{
    given();
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "\"no number\"");
    CHECK_TEXT(sample_log(&s), "create in_doubt");
    sample_wait(&s, 10 * WHEN_SECOND);
    CHECK_TEXT(sample_calls(&s), "create"); /* once per step: sent again */
    sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
    CHECK_TEXT(sample_log(&s), "create in_doubt"); /* the first may have happened */
    sample_close(&s);
}

static void a_record_in_doubt_is_asked_after_and_absent_counts_only_in_time(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    CHECK_TEXT(sample_calls(&s), "find");
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "null");
    CHECK_TEXT(sample_calls(&s), "");
    CHECK_TEXT(sample_log(&s), "create in_doubt");
    sample_wait(&s, 20 * WHEN_SECOND);
    CHECK_TEXT(sample_calls(&s), "find"); /* each within has passed: asked again */
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "null");
    CHECK_TEXT(sample_log(&s), "");
    sample_wait(&s, WHEN_MINUTE);
    CHECK_TEXT(sample_calls(&s), "create");
    sample_close(&s);
}

static void what_is_found_counts_as_the_answer(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "43");
    CHECK_TEXT(sample_log(&s), "create done");
    CHECK(sample_is_in(&s, "resting"));
    CHECK_INT(sample_inst(&s)->places[1].whole, 43);
    sample_close(&s);
}

static void an_effect_without_a_key_or_a_way_to_ask_is_left_in_doubt(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].key_kind = IR_KEY_NONE;
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    CHECK_TEXT(sample_calls(&s), "");
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED);
    CHECK_TEXT(sample_inst(&s)->fibres.at[0].problem_kind, "in_doubt");
    CHECK(sample_command(&s, "absent", "ordering.create"));
    CHECK_TEXT(sample_log(&s), "");
    CHECK_TEXT(sample_inst(&s)->fibres.at[0].problem_kind, "unavailable");
    CHECK(sample_command(&s, "retry", "ordering.create"));
    CHECK_TEXT(sample_calls(&s), "create");
    sample_close(&s);
}

static void a_crash_sends_the_same_key_again_and_counts_the_attempt(void)
{
    given();
    sample_begin(&s);
    struct digest key = s.play->calls.at[0].order.key;
    sample_recover(&s);
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_INT(s.play->calls.at[0].order.attempt, 2);
    CHECK(digest_is(&s.play->calls.at[0].order.key, &key));
    CHECK_TEXT(sample_log(&s), "create in_doubt");
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK_TEXT(sample_log(&s), "create done");
    sample_close(&s);
}

static void after_a_crash_what_is_absent_is_sent_again_without_the_policys_pause(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
    sample_begin(&s);
    sample_recover(&s);
    CHECK_TEXT(sample_calls(&s), "find");
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "null");
    CHECK_TEXT(sample_calls(&s), ""); /* it may still land */
    sample_wait(&s, 20 * WHEN_SECOND - 1);
    CHECK_TEXT(sample_calls(&s), "");
    sample_wait(&s, 1);
    CHECK_TEXT(sample_calls(&s), "find");
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "null");
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_INT(s.play->calls.at[0].order.attempt, 2);
    CHECK_TEXT(sample_log(&s), "create armed");
    sample_answer(&s, "create", OUTCOME_UNAVAILABLE, NULL, NULL);
    CHECK_TEXT(sample_calls(&s), ""); /* what fails by itself waits as the policy says */
    sample_close(&s);
}

static void a_second_crash_while_it_is_asked_after_changes_nothing_of_that(void)
{
    given();
    s.ir->operations[SAMPLE_CREATE].found_by = SAMPLE_FIND;
    sample_begin(&s);
    sample_recover(&s);
    sample_wait(&s, 20 * WHEN_SECOND);
    sample_recover(&s);
    CHECK_TEXT(sample_calls(&s), "find");
    sample_answer(&s, "find", OUTCOME_VALUE, NULL, "null");
    CHECK_TEXT(sample_calls(&s), "create");
    CHECK_INT(s.play->calls.at[0].order.attempt, 2);
    sample_close(&s);
}

static void an_undeclared_error_is_broken(void)
{
    given();
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_REFUSED, "Nonsense", NULL);
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED);
    CHECK_TEXT(sample_inst(&s)->fibres.at[0].problem_kind, "broken");
    CHECK_TEXT(sample_log(&s), "");
    sample_close(&s);
}

static void cancelling_by_event_undoes_and_goes(void)
{
    given_resting();
    sample_event(&s, "{\"order\":7}");
    CHECK_INT(sample_inst(&s)->status, STATUS_UNDOING);
    CHECK_TEXT(sample_calls(&s), "cancel");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    CHECK(sample_is_in(&s, "given_up"));
    CHECK_INT(sample_inst(&s)->status, STATUS_COMPLETED);
    CHECK_TEXT(sample_log(&s), "create undone");
    CHECK_INT(sample_inst(&s)->subscriptions.n, 0);
    sample_close(&s);
}

static void an_event_for_another_order_is_not_taken(void)
{
    given_resting();
    sample_event(&s, "{\"order\":8}");
    CHECK(s.play->decision->is_nothing);
    CHECK(!s.play->decision->event_taken);
    sample_close(&s);
}

static void an_undo_that_fails_stops_there_until_a_person_decides(void)
{
    given_resting();
    sample_event(&s, "{\"order\":7}");
    sample_answer(&s, "cancel", OUTCOME_REFUSED, "Refused", NULL);
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED);
    CHECK_TEXT(sample_log(&s), "create stuck");
    CHECK_INT(sample_inst(&s)->tasks.n, 1);
    CHECK(!sample_command(&s, "result", "ordering.create"));
    CHECK(sample_command(&s, "retry", ""));
    CHECK_TEXT(sample_calls(&s), "cancel");
    sample_answer(&s, "cancel", OUTCOME_BROKEN, NULL, NULL);
    CHECK_TEXT(sample_log(&s), "create stuck");
    CHECK(sample_command(&s, "leave-standing", "ordering.create"));
    CHECK_TEXT(sample_log(&s), "create left");
    CHECK(sample_is_in(&s, "given_up"));
    sample_close(&s);
}

static void the_limit_of_a_state_is_heard(void)
{
    given_resting();
    sample_wait(&s, WHEN_HOUR - 1);
    CHECK(sample_is_in(&s, "resting"));
    sample_wait(&s, 1);
    CHECK(sample_is_in(&s, "completed"));
    CHECK_INT(sample_inst(&s)->status, STATUS_COMPLETED);
    CHECK_TEXT(sample_log(&s), "create done");
    sample_close(&s);
}

static void an_operator_cancels_while_a_call_is_in_flight(void)
{
    given();
    sample_begin(&s);
    CHECK(sample_command(&s, "cancel", ""));
    CHECK(!sample_command(&s, "cancel", ""));
    CHECK_TEXT(sample_calls(&s), "create"); /* it settles first */
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK_TEXT(sample_calls(&s), "cancel");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    CHECK_INT(sample_inst(&s)->status, STATUS_CANCELLED);
    CHECK_TEXT(sample_log(&s), "create undone");
    CHECK(!sample_command(&s, "cancel", ""));
    sample_close(&s);
}

static void an_effect_in_doubt_when_cancelled_is_resolved_first(void)
{
    given();
    sample_begin(&s);
    sample_command(&s, "cancel", "");
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    CHECK_TEXT(sample_calls(&s), "create"); /* the same key, to learn what happened */
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK_TEXT(sample_calls(&s), "cancel");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    CHECK_INT(sample_inst(&s)->status, STATUS_CANCELLED);
    CHECK_TEXT(sample_log(&s), "create undone");
    sample_close(&s);
}

static void an_effect_in_doubt_that_its_step_still_tries_is_asked_after_by_one(void)
{
    given();
    s.ir->handlers[0].state = IR_NONE; /* the flow hears of it, whatever its state */
    s.ir->undos[0].mode = IR_UNDO_NAMED;
    s.ir->undos[0].name = s.ir->sites[0].name;
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_IN_DOUBT, NULL, NULL);
    sample_event(&s, "{\"order\":7}");
    CHECK_TEXT(sample_calls(&s), ""); /* the step pauses, the undoing waits for it */
    CHECK_TEXT(sample_log(&s), "create in_doubt");
    sample_wait(&s, WHEN_MINUTE);
    CHECK_TEXT(sample_calls(&s), "create");
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK_TEXT(sample_calls(&s), "cancel");
    sample_answer(&s, "cancel", OUTCOME_VALUE, NULL, NULL);
    CHECK_TEXT(sample_log(&s), "create undone");
    CHECK(sample_is_in(&s, "given_up"));
    sample_close(&s);
}

static void an_answer_to_what_has_been_undone_meanwhile_brings_nothing_back(void)
{
    given();
    sample_begin(&s);
    /* As a retry leaves it that began while an undoing was asking. */
    struct undo_record *record = &s.play->inst->undo.at[0];
    record->state = UNDO_UNDONE;
    record->args = (struct value){.kind = VALUE_UNSET};
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK_TEXT(sample_log(&s), "create undone");
    CHECK(sample_is_in(&s, "resting"));
    sample_close(&s);
}

static void a_pause_lets_calls_settle_and_holds_the_rest(void)
{
    given();
    sample_begin(&s);
    CHECK(sample_command(&s, "pause", ""));
    CHECK_INT(sample_inst(&s)->status, STATUS_PAUSED);
    CHECK(!sample_command(&s, "pause", ""));
    sample_answer(&s, "create", OUTCOME_VALUE, NULL, "42");
    CHECK(sample_is_in(&s, "ordering"));
    CHECK_TEXT(sample_log(&s), "create done");
    CHECK(sample_command(&s, "resume", ""));
    CHECK(sample_is_in(&s, "resting"));
    CHECK(sample_command(&s, "pause", ""));
    sample_wait(&s, 2 * WHEN_HOUR);
    CHECK(sample_is_in(&s, "resting"));
    CHECK(sample_command(&s, "resume", ""));
    CHECK(sample_is_in(&s, "completed"));
    sample_close(&s);
}

static void an_operator_enters_the_result_of_what_happened(void)
{
    given();
    sample_begin(&s);
    sample_answer(&s, "create", OUTCOME_BROKEN, NULL, NULL);
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED);
    scoped_json json_t *data = json_integer(44);
    const struct decision *decision =
        play_do(s.play, (struct stimulus){.kind = STIMULUS_COMMAND,
                                          .verb = TEXT("result"),
                                          .step = TEXT("ordering.create"),
                                          .data = data});
    CHECK_INT(decision->refused, ERR_OK);
    CHECK_TEXT(sample_log(&s), "create done");
    CHECK(sample_is_in(&s, "resting"));
    sample_event(&s, "{\"order\":7}");
    CHECK_INT(s.play->calls.at[0].order.args.items[0].whole, 44);
    sample_close(&s);
}

static bool may_enter(const char *json, struct err *err)
{
    scoped_json json_t *data = json_loads(json, JSON_DECODE_ANY, NULL);
    scoped_arena struct arena *turn = arena_new("turn", 16 << 20);
    struct stimulus stimulus = {.kind = STIMULUS_COMMAND,
                                .now = s.play->now,
                                .verb = TEXT("result"),
                                .step = TEXT("ordering.create"),
                                .data = data};
    return advance_check_request(turn, s.ir, sample_inst(&s), NULL, &stimulus, err);
}

static void what_would_be_refused_can_be_told_before(void)
{
    struct err err = {0};
    given();
    sample_begin(&s);
    CHECK(!may_enter("44", &err)); /* nothing is parked */
    CHECK_INT(err.code, ERR_CONFLICT);
    sample_answer(&s, "create", OUTCOME_BROKEN, NULL, NULL);
    CHECK(!may_enter("\"x\"", &err));
    CHECK_INT(err.code, ERR_BAD_DATA);
    CHECK(may_enter("44", &err));
    CHECK_INT(sample_inst(&s)->status, STATUS_PARKED); /* nothing was done */
    sample_close(&s);
}

static void the_same_stimuli_give_the_same_bytes(void)
{
    struct text first, second;
    struct arena *arena = arena_new("test", 1 << 20);
    for (int round = 0; round < 2; round++) {
        given_resting();
        sample_event(&s, "{\"order\":7}");
        sample_recover(&s);
        (*(round == 0 ? &first : &second)) = text_dup(arena, s.play->snapshot);
        sample_close(&s);
    }
    CHECK(text_is(first, second));
    arena_free(arena);
}

/* The same stimulus, read and unread: the instance that comes of it, as bytes. */
static struct text after(struct arena *turn, struct stimulus stimulus, bool is_unread)
{
    struct buf packed;
    stimulus.is_unread = is_unread;
    stimulus.now = s.play->now;
    struct decision *d =
        advance(turn, s.ir, sample_inst(&s), &s.play->environment, &stimulus);
    CHECK(!d->is_nothing && d->entries.n > 0);
    for (uint32_t i = 0; is_unread && i < d->entries.n; i++)
        CHECK(d->entries.at[i].data == NULL);
    buf_init(&packed, turn);
    instance_pack(&packed, s.ir, d->after, NULL);
    decision_done(d);
    return buf_done(&packed);
}

static void what_nobody_reads_means_the_same(void)
{
    struct arena *turn = arena_new("test", 64 << 20);
    scoped_json json_t *body = json_pack("{s:i}", "order", 7);
    given_resting();
    struct stimulus cancel = {
        .kind = STIMULUS_EVENT, .event = TEXT("Cancel"), .data = body};
    struct value seven = value_int(7), made = value_record(&seven, 1);
    struct text read = after(turn, cancel, false);
    CHECK(text_is(read, after(turn, cancel, true)));
    cancel.data = NULL;
    cancel.made = &made;
    CHECK(text_is(read, after(turn, cancel, true)));
    sample_close(&s);
    arena_free(turn);
}

const struct unit_test suite_advance[] = {
    TEST(a_start_calls_and_arms_a_record),
    TEST(a_value_makes_the_record_done_and_the_steps_go_on),
    TEST(a_start_that_does_not_fit_is_refused),
    TEST(an_unavailable_call_is_tried_again_with_the_same_key),
    TEST(tries_that_are_used_up_park_the_step),
    TEST(a_late_answer_changes_nothing),
    TEST(an_answer_that_does_not_fit_leaves_an_effect_in_doubt),
    TEST(a_record_in_doubt_is_asked_after_and_absent_counts_only_in_time),
    TEST(what_is_found_counts_as_the_answer),
    TEST(an_effect_without_a_key_or_a_way_to_ask_is_left_in_doubt),
    TEST(a_crash_sends_the_same_key_again_and_counts_the_attempt),
    TEST(after_a_crash_what_is_absent_is_sent_again_without_the_policys_pause),
    TEST(a_second_crash_while_it_is_asked_after_changes_nothing_of_that),
    TEST(an_undeclared_error_is_broken),
    TEST(cancelling_by_event_undoes_and_goes),
    TEST(an_event_for_another_order_is_not_taken),
    TEST(an_undo_that_fails_stops_there_until_a_person_decides),
    TEST(the_limit_of_a_state_is_heard),
    TEST(an_operator_cancels_while_a_call_is_in_flight),
    TEST(an_effect_in_doubt_when_cancelled_is_resolved_first),
    TEST(an_effect_in_doubt_that_its_step_still_tries_is_asked_after_by_one),
    TEST(an_answer_to_what_has_been_undone_meanwhile_brings_nothing_back),
    TEST(a_pause_lets_calls_settle_and_holds_the_rest),
    TEST(an_operator_enters_the_result_of_what_happened),
    TEST(what_would_be_refused_can_be_told_before),
    TEST(the_same_stimuli_give_the_same_bytes),
    TEST(what_nobody_reads_means_the_same),
    {0}};
