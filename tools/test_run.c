/* Runs a test step by step: what it sends in, the calls it answers, and time. */
#include <stdarg.h>
#include <stdio.h>

#include "engine/base/when.h"
#include "engine/core/subscribe.h"
#include "tools/test_begins.h"
#include "tools/test_kin.h"

enum {
    RUN_ROUNDS_MAX = 100000, /* calls and pauses after one step: more is a loop */
    TOLD_MAX = 100000,       /* lines of what happened; nobody reads more */
    MESSAGE_BYTES = 400
};

/* ---- what does not hold ---- */

bool test_fails(struct test_run *run, const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list args;
    if (run->has_failed)
        return false;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    run->has_failed = true;
    run->diag.severity = DIAG_ERROR;
    run->diag.primary.span = run->step->span;
    run->diag.primary.label = text_dup(run->arena, text_of(message));
    return false;
}

/* ---- values ---- */

/* A place that was never set is absent to a test. */
static const struct value *places_of(struct test_run *run)
{
    const struct value *from = run->play->inst->places;
    struct value *places = arena_array(run->arena, struct value, run->ir->slots_n + 1);
    for (uint32_t i = 0; i < run->ir->slots_n; i++)
        places[i] = from[i].kind == VALUE_UNSET ? value_none() : from[i];
    return places;
}

static bool value_of(struct test_run *run, uint32_t function, struct value *out,
                     struct eval_problem *problem)
{
    struct eval_scope scope = {.ir = run->ir,
                               .places = places_of(run),
                               .settings = run->settings,
                               .now = run->play->now};
    const struct ir_function *f = &run->ir->functions[function];
    struct value v;
    if (!eval_block(run->arena, &scope, f->block, run->lets, f->params, &v, problem))
        return false;
    *out = value_copy(run->arena, v); /* the instance it may lie in moves on */
    return true;
}

bool test_value(struct test_run *run, uint32_t function, struct value *out)
{
    struct eval_problem problem;
    return value_of(run, function, out, &problem) ||
           test_fails(run, "it has no value: %s", problem.message);
}

json_t *test_fields_json(struct test_run *run, const struct test_fields *fields)
{
    scoped_json json_t *object = json_object();
    for (uint32_t i = 0; i < fields->n; i++) {
        struct value v;
        if (!test_value(run, fields->at[i].value, &v))
            return NULL;
        json_object_setn_new(object, fields->at[i].name.chars, fields->at[i].name.n,
                             wire_write(run->ir,
                                        run->ir->functions[fields->at[i].value].gives, v,
                                        WIRE_WHOLE));
    }
    return json_incref(object);
}

/* ---- what a decision tells ---- */

static bool is_undone_known(const struct test_run *run, const struct play *play,
                            uint32_t number)
{
    for (uint32_t i = 0; i < run->undone_records.n; i++)
        if (run->undone_records.at[i].play == play &&
            run->undone_records.at[i].number == number)
            return true;
    return false;
}

/* The operation, in the words of the tested flow's image; IR_NONE. */
static uint32_t operation_here(const struct test_run *run, const struct ir *ir,
                               uint32_t operation)
{
    const struct ir_operation *op = &ir->operations[operation];
    return ir == run->ir
               ? operation
               : ir_find_operation(run->ir, ir_text(ir, ir->adapters[op->adapter].name),
                                   ir_text(ir, op->name));
}

void test_undone(struct test_run *run, const struct play *play)
{
    const struct instance *inst = play->inst;
    for (uint32_t i = inst->undo.n; i-- > 0;) {
        const struct undo_record *record = &inst->undo.at[i];
        if (record->state != UNDO_UNDONE || is_undone_known(run, play, record->number))
            continue;
        struct test_done done = {play, record->number};
        vec_push(run->arena, &run->undone_records, done);
        if (record_is_child(record)) {
            struct text flow = ir_text(play->ir, play->ir->children[record->site].flow);
            vec_push(run->arena, &run->undone_flows, flow);
            continue;
        }
        uint32_t operation = operation_here(run, play->ir, record->operation);
        if (operation != IR_NONE)
            vec_push(run->arena, &run->undone, operation);
    }
}

/* What an entry is about, where its text is not all of it. */
static bool names_its_step(enum entry_kind kind)
{
    return kind == ENTRY_TRIED || kind == ENTRY_FAILED_STEP || kind == ENTRY_IN_DOUBT ||
           kind == ENTRY_LATE || kind == ENTRY_DECIDED || kind == ENTRY_PARKED ||
           kind == ENTRY_UNDO_FAILED;
}

static void tell(struct test_run *run, const struct entry *entry)
{
    char at[WHEN_TEXT_BYTES], kind[32];
    if (run->told.n >= TOLD_MAX)
        return;
    snprintf(kind, sizeof kind, "%s", entry_kind_name(entry->kind));
    for (char *c = kind; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    struct text step = names_its_step(entry->kind) ? entry->step : TEXT("");
    struct text when = when_instant_print(run->play->now, at);
    struct text line = text_of(
        arena_printf(run->arena, TEXT_FMT "  %s " TEXT_FMT "%s" TEXT_FMT,
                     TEXT_ARG(text_cut(when, 0, TOLD_MOMENT_BYTES)), kind, TEXT_ARG(step),
                     step.n > 0 && entry->text.n > 0 ? ": " : "", TEXT_ARG(entry->text)));
    vec_push(run->arena, &run->told, text_trim(line));
}

static bool is_known(struct test_run *run, uint32_t event, struct value body)
{
    struct digest digest;
    if (!subscribe_unique(run->ir, event, body, &digest))
        return false;
    for (uint32_t i = 0; i < run->known.n; i++)
        if (digest_is(&run->known.at[i], &digest))
            return true;
    vec_push(run->arena, &run->known, digest);
    return false;
}

static void hold(struct test_run *run, struct test_sent *sent)
{
    sent->is_gone = is_known(run, sent->event, sent->value);
    sent->until = run->play->now + run->ir->events[sent->event].held;
}

/* Of a flow that is played: whoever else is played may be waiting for it. */
static void emitted(struct test_run *run, const struct ir *ir,
                    const struct event_out *event)
{
    struct err err = {0};
    struct text name = ir_text(ir, ir->events[event->event].name);
    struct test_sent sent = {.event = ir_find_event(run->ir, name), .is_emitted = true};
    if (sent.event == IR_NONE)
        return; /* nothing that the tested flow knows of */
    sent.body = wire_write(ir, ir->events[event->event].record, event->body, WIRE_WHOLE);
    vec_push(run->arena, &run->sent, sent);
    struct test_sent *kept = &vec_last(&run->sent);
    if (!advance_check_event(run->arena, run->ir, &run->play->environment, kept->event,
                             kept->body, &kept->value, &err)) {
        kept->is_gone = true;
        return;
    }
    hold(run, kept);
    struct test_emitted seen = {kept->event, kept->value};
    vec_push(run->arena, &run->emitted, seen);
}

void test_seen(void *context, struct play *play, const struct decision *decision)
{
    struct test_run *run = context;
    if (decision->is_nothing || decision->refused != ERR_OK)
        return;
    if (run->watch != NULL)
        run->watch->seen(run->watch->context, play, decision);
    test_kin_follow(run, play, decision);
    for (uint32_t i = 0; i < decision->events.n; i++)
        emitted(run, play->ir, &decision->events.at[i]);
    if (play != run->play) {
        test_kin_seen(run, play, decision);
        return;
    }
    for (uint32_t i = 0; i < decision->calls.n; i++) {
        const struct call_order *order = &decision->calls.at[i];
        struct test_call call = {order->operation, value_copy(run->arena, order->args)};
        vec_push(run->arena, &run->calls, call);
    }
    for (uint32_t i = 0; i < decision->entries.n; i++)
        tell(run, &decision->entries.at[i]);
    test_undone(run, play);
    test_cover_add(run->cover, decision);
}

/* ---- answering calls ---- */

const struct test_answer *test_next_answer(struct test_mock *mock)
{
    if (mock->step == NULL || mock->at >= mock->step->answers_n)
        return NULL;
    const struct test_answer *answer = &mock->step->answers[mock->at];
    if (answer->times > 0 && ++mock->used >= answer->times) {
        mock->at++;
        mock->used = 0;
    }
    return answer;
}

/* Parameters of the error that the test does not say are made from their types. */
static json_t *error_json(struct test_run *run, const struct test_answer *answer)
{
    if (answer->record == IR_NONE)
        return NULL;
    json_t *data =
        wire_write(run->ir, answer->record,
                   wire_sample(run->arena, run->ir, answer->record), WIRE_WHOLE);
    scoped_json json_t *said = test_fields_json(run, &answer->fields);
    json_object_update(data, said);
    return data;
}

enum outcome_kind test_failure_kind(const struct test_answer *answer)
{
    if (answer->record != IR_NONE)
        return OUTCOME_REFUSED;
    if (text_is_chars(answer->name, "in_doubt"))
        return OUTCOME_IN_DOUBT;
    return text_is_chars(answer->name, "broken") ? OUTCOME_BROKEN : OUTCOME_UNAVAILABLE;
}

/* No answer comes before the step's own limit has run out. */
static bool is_late(const struct test_answer *answer)
{
    return answer != NULL && answer->fails && answer->record == IR_NONE &&
           text_is_chars(answer->name, "late");
}

json_t *test_mocked(struct test_run *run, const struct test_mock *mock,
                    const struct test_answer *answer, struct outcome *outcome)
{
    struct value v;
    const struct test_step *doing = run->step;
    json_t *data = NULL;
    run->step = mock->step; /* what fails in here is the mock's fault */
    if (answer->fails) {
        outcome->kind = test_failure_kind(answer);
        outcome->name = answer->name;
        data = error_json(run, answer);
    } else if (answer->value == IR_NONE) {
        outcome->sample = true;
    } else if (test_value(run, answer->value, &v)) {
        data =
            wire_write(run->ir, run->ir->functions[answer->value].gives, v, WIRE_WHOLE);
    }
    run->step = doing;
    return data;
}

static int64_t limit_of_call(const struct play *play, uint32_t call)
{
    for (uint32_t i = 0; i < play->inst->fibres.n; i++)
        if (play->inst->fibres.at[i].call.number == call)
            return play->inst->fibres.at[i].call.limit_at;
    return 0;
}

/* Time passes up to the limit; the attempt then settles as unavailable, if it still is
 * under way. */
static void wait_for_late(struct test_run *run, const struct test_mock *mock,
                          const struct play *play, uint32_t call)
{
    int64_t limit = limit_of_call(play, call);
    const struct test_step *doing = run->step;
    run->step = mock->step;
    if (limit == 0)
        test_fails(run, "the call has no limit it could be late for");
    else
        test_kin_advance(run, limit);
    run->step = doing;
}

void test_answer_call(struct test_run *run, struct play *play,
                      const struct play_call *call, struct test_mock *mock)
{
    uint32_t number = call->order.number;
    const struct test_answer *answer = mock != NULL ? test_next_answer(mock) : NULL;
    if (is_late(answer))
        wait_for_late(run, mock, play, number);
    struct outcome outcome = {
        .kind = OUTCOME_VALUE, .name = TEXT(""), .message = TEXT("")};
    scoped_json json_t *data =
        answer != NULL ? test_mocked(run, mock, answer, &outcome) : NULL;
    outcome.sample = outcome.sample || answer == NULL;
    outcome.data = data;
    if (run->watch != NULL)
        run->watch->answers(run->watch->context, play, &call->order, &outcome);
    test_seen(run, play, play_outcome(play, number, &outcome));
}

/* ---- events ---- */

bool test_listens(struct test_run *run, const struct play *play, uint32_t event,
                  struct value value)
{
    const struct instance *inst = play->inst;
    struct subscribe_hash *hashes;
    uint32_t n = subscribe_keys_of(run->arena, play->ir, event, value, &hashes);
    for (uint32_t i = 0; i < inst->subscriptions.n; i++)
        for (uint32_t k = 0; k < n; k++)
            if (inst->subscriptions.at[i].event == event &&
                inst->subscriptions.at[i].key == hashes[k].key &&
                inst->subscriptions.at[i].fields == hashes[k].fields)
                return true;
    return false;
}

/* What is held is offered again whenever the instance has moved. */
static bool offer(struct test_run *run, uint32_t which)
{
    struct test_sent *sent = &run->sent.at[which];
    struct text name = ir_text(run->ir, run->ir->events[sent->event].name);
    if (sent->is_gone || (sent->was_offered && sent->offered_rev == test_kin_rev(run)))
        return false;
    bool taken = test_kin_offer(run, sent);
    if (test_listens(run, run->play, sent->event, sent->value)) {
        const struct decision *decision = play_event(run->play, name, sent->body);
        taken = taken || decision->event_taken;
        test_seen(run, run->play, decision);
    }
    sent = &run->sent.at[which]; /* whoever took it may have emitted others */
    sent->was_offered = true;
    sent->offered_rev = test_kin_rev(run);
    sent->is_gone = taken || sent->begins || run->play->now >= sent->until;
    if (sent->is_gone && !taken && !sent->begins && !sent->is_emitted)
        vec_push(run->arena, &run->unheard, name);
    return taken;
}

static bool offer_all(struct test_run *run)
{
    for (uint32_t i = 0; i < run->sent.n; i++)
        if (offer(run, i))
            return true;
    return false;
}

/* ---- until nothing moves by itself ---- */

bool test_is_pausing(const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *f = &inst->fibres.at[i];
        bool calls = f->wait == FIBRE_CALL || f->wait == FIBRE_UNDOING;
        if (calls && f->call.number != 0 && f->call.next_at != 0 &&
            (f->call.phase == CALL_PAUSED || f->call.phase == CALL_ASK_PAUSED))
            return true;
    }
    return false;
}

/* One moment further. */
static void tick(struct test_run *run)
{
    test_kin_advance(run, test_kin_wake_at(run));
}

static bool moves(struct test_run *run, bool with_pauses)
{
    if (run->has_failed)
        return false;
    if (run->play->calls.n > 0) {
        const struct play_call *call = &run->play->calls.at[0];
        test_answer_call(run, run->play, call, &run->mocks[call->order.operation]);
        return true;
    }
    if (test_kin_moves(run) || offer_all(run))
        return true;
    if (!with_pauses || !test_kin_is_pausing(run) || test_kin_wake_at(run) == 0)
        return false;
    tick(run);
    return true;
}

/* The pauses of policies pass by themselves, too, unless the test passes them. */
static bool settle(struct test_run *run, bool with_pauses)
{
    with_pauses = with_pauses && !run->keeps_pauses;
    for (uint32_t i = 0; moves(run, with_pauses); i++)
        if (i >= RUN_ROUNDS_MAX)
            return test_fails(run, "it never comes to rest");
    return !run->has_failed;
}

static bool pass_time(struct test_run *run, int64_t until)
{
    int64_t begins = test_begins_at(run);
    if (begins != 0 && begins <= until && !test_begins_now(run))
        return false;
    for (uint32_t i = 0; settle(run, false); i++) {
        int64_t wake = test_kin_wake_at(run);
        if (wake == 0 || wake > until)
            break;
        if (i >= RUN_ROUNDS_MAX)
            return test_fails(run, "it never comes to rest");
        tick(run);
    }
    test_kin_advance(run, until);
    return settle(run, true);
}

/* ---- steps ---- */

bool test_let(struct test_run *run, const struct test_step *step)
{
    return test_value(run, step->value, &run->lets[run->lets_n]) && ++run->lets_n > 0;
}

static bool do_start(struct test_run *run, const struct test_step *step)
{
    struct err err = {0};
    struct text key;
    scoped_json json_t *args = test_fields_json(run, &step->fields);
    if (args == NULL)
        return false;
    if (run->play->inst->rev > 0)
        return test_fails(run, "it has begun already: a test plays one order");
    if (!advance_check_start(run->arena, run->ir, &run->play->environment, args, TEXT(""),
                             &key, &err))
        return test_fails(run, "it does not begin: %s", err.what);
    const struct decision *decision = play_start(run->play, key, args);
    if (decision->refused != ERR_OK)
        return test_fails(run, "it does not begin: %s", decision->refusal);
    test_seen(run, run->play, decision);
    return settle(run, true);
}

static bool do_send(struct test_run *run, const struct test_step *step)
{
    struct err err = {0};
    struct test_sent sent = {.event = step->what,
                             .body = test_fields_json(run, &step->fields)};
    if (sent.body == NULL)
        return false;
    vec_push(run->arena, &run->sent, sent);
    struct test_sent *kept = &vec_last(&run->sent);
    if (!advance_check_event(run->arena, run->ir, &run->play->environment, step->what,
                             kept->body, &kept->value, &err))
        return test_fails(run, "it cannot be sent: %s", err.what);
    hold(run, kept);
    return (kept->is_gone || test_begins_by(run, kept)) && settle(run, true);
}

static bool has_role(struct text roles, struct text role)
{
    while (roles.n > 0)
        if (text_is(text_trim(text_split(&roles, ',')), role))
            return true;
    return false;
}

/* The newest first, of those who could give that answer. */
static const struct task *task_for(const struct test_run *run, struct text role,
                                   struct text outcome, bool by_outcome)
{
    const struct instance *inst = run->play->inst;
    for (uint32_t i = inst->tasks.n; i-- > 0;) {
        const struct task *task = &inst->tasks.at[i];
        bool fits = !by_outcome || task->what == IR_NONE;
        for (uint32_t k = 0; !fits && k < run->ir->whens_n; k++) {
            struct ir_range whens = task->is_dead_letter
                                        ? run->ir->dead_letters[task->what].whens
                                        : run->ir->questions[task->what].whens;
            fits = k >= whens.first && k - whens.first < whens.n &&
                   text_is(ir_text(run->ir, run->ir->whens[k].name), outcome);
        }
        if (fits && has_role(task->role, role))
            return task;
    }
    return NULL;
}

static bool do_answer(struct test_run *run, const struct test_step *step)
{
    const struct task *task = task_for(run, step->role, step->name, true);
    if (task == NULL)
        task = task_for(run, step->role, step->name, false);
    if (task == NULL)
        return test_fails(run, "nobody asks " TEXT_FMT " anything", TEXT_ARG(step->role));
    scoped_json json_t *form = test_fields_json(run, &step->fields);
    if (form == NULL)
        return false;
    uint32_t letter = task->is_dead_letter ? task->what : IR_NONE;
    const struct decision *decision =
        play_do(run->play, (struct stimulus){.kind = STIMULUS_ANSWER,
                                             .task = task->number,
                                             .verb = step->name,
                                             .actor = step->role,
                                             .reason = TEXT(""),
                                             .data = form});
    if (decision->refused != ERR_OK)
        return test_fails(run, "%s", decision->refusal);
    if (letter != IR_NONE)
        test_cover_way(run->cover, run->ir->dead_letters[letter].whens, step->name);
    test_seen(run, run->play, decision);
    return settle(run, true);
}

static bool do_advance(struct test_run *run, const struct test_step *step)
{
    struct value by;
    const char *why = "";
    int64_t until;
    if (!test_value(run, step->value, &by))
        return false;
    bool is_business = by.kind == VALUE_WORK_DAYS || by.kind == VALUE_WORK_HOURS;
    if (by.whole < 0 || (by.kind != VALUE_DURATION && !is_business))
        return test_fails(run, "time does not go back");
    if (!is_business)
        until = run->play->now + by.whole;
    else if (!eval_work_from(advance_calendar(run->ir, &run->play->environment),
                             run->play->now, by, &until, &why))
        return test_fails(run, "%s", why);
    return pass_time(run, until);
}

static bool do_cancel(struct test_run *run)
{
    const struct decision *decision =
        play_do(run->play, (struct stimulus){.kind = STIMULUS_COMMAND,
                                             .verb = TEXT("cancel"),
                                             .step = TEXT(""),
                                             .actor = TEXT("test"),
                                             .reason = TEXT("")});
    if (decision->refused != ERR_OK)
        return test_fails(run, "%s", decision->refusal);
    test_seen(run, run->play, decision);
    return settle(run, true);
}

bool test_do(struct test_run *run, const struct test_step *step)
{
    switch (step->kind) {
    case TEST_LET:
        return test_let(run, step);
    case TEST_MOCK:
        if (step->flow.n == 0) {
            run->mocks[step->what] = (struct test_mock){.step = step};
            return true;
        }
        test_kin_mock(run, step);
        return settle(run, true);
    case TEST_START:
        return do_start(run, step);
    case TEST_SEND:
        return do_send(run, step);
    case TEST_ANSWER:
        return do_answer(run, step);
    case TEST_ADVANCE:
        return do_advance(run, step);
    case TEST_PAUSES:
        return run->keeps_pauses = true;
    case TEST_CANCEL:
        return do_cancel(run);
    case TEST_EXPECT_STATE:
    case TEST_EXPECT_CALLED:
    case TEST_EXPECT_UNDONE:
    case TEST_EXPECT_EMITTED:
    case TEST_EXPECT_MARK:
    case TEST_EXPECT_STANDING:
    case TEST_EXPECT:
        return test_expect(run, step);
    case TEST_ALLOW_FAILURES: /* of explorations */
    case TEST_ALLOW_LATENESS:
    case TEST_ALLOW:
    case TEST_FAULTS:
    case TEST_EXPECT_AT:
    case TEST_EXPECT_FINAL:
    case TEST_EXPECT_NO_LETTER:
        break;
    }
    return false;
}

/* ---- a run ---- */

void test_open(struct test_run *run, struct arena *arena,
               const struct compiled_tests *tests, const struct compiled_test *test,
               const json_t *settings, struct test_cover *cover)
{
    const struct ir *ir = tests->image;
    *run = (struct test_run){
        .arena = arena,
        .ir = ir,
        .tests = tests,
        .test = test,
        .given = settings,
        .play = play_open(ir, settings),
        .cover = cover,
        .lets = arena_array(arena, struct value, test->lets + 1),
        .mocks = arena_array(arena, struct test_mock, ir->operations_n + 1)};
    run->settings = advance_settings(arena, ir, &run->play->environment, run->play->now);
}

void test_close(struct test_run *run)
{
    for (uint32_t i = 0; i < run->sent.n; i++)
        json_decref(run->sent.at[i].body);
    test_kin_close(run);
    play_close(run->play);
}

struct test_verdict test_run(struct arena *arena, const struct compiled_tests *tests,
                             const struct compiled_test *test, const json_t *settings,
                             struct test_cover *cover)
{
    struct test_run run;
    test_open(&run, arena, tests, test, settings, cover);
    for (uint32_t i = 0; i < test->steps_n; i++) {
        run.step = &test->steps[i];
        if (!test_do(&run, run.step))
            break;
    }
    if (run.has_failed)
        run.diag.why = test_standing(&run);
    test_close(&run);
    return (struct test_verdict){.passed = !run.has_failed, .diag = run.diag};
}
