/* The flows that a tested flow runs and starts: they are played too, on the same clock,
 * unless the test mocks them. */
#include "tools/test_kin.h"

enum { KIN_MAX = 1000 }; /* flows in one test: more begin each other without end */

/* ---- who is who ---- */

static struct play *play_of(const struct test_run *run, struct id id)
{
    if (id_is(run->play->inst->id, id))
        return run->play;
    for (uint32_t i = 0; i < run->kin.n; i++)
        if (id_is(run->kin.at[i].play->inst->id, id))
            return run->kin.at[i].play;
    return NULL;
}

static const struct ir *image_of(const struct test_run *run, struct text flow)
{
    for (uint32_t i = 0; i < run->tests->children_n; i++)
        if (text_is(ir_text(run->tests->children[i], run->tests->children[i]->flow.name),
                    flow))
            return run->tests->children[i];
    return NULL;
}

/* The same operation in the image of the test; IR_NONE: the test says nothing of it. */
static uint32_t own_operation(const struct test_run *run, const struct ir *ir,
                              uint32_t operation)
{
    const struct ir_operation *op = &ir->operations[operation];
    return ir_find_operation(run->ir, ir_text(ir, ir->adapters[op->adapter].name),
                             ir_text(ir, op->name));
}

/* ---- words ---- */

static void tell(struct test_run *run, struct id to, struct id from, struct text how,
                 json_t *told)
{
    struct test_word word = {
        .to = to, .from = from, .how = text_dup(run->arena, how), .told = told};
    vec_push(run->arena, &run->words, word);
}

static struct test_flow_mock *mock_of(struct test_run *run, struct text flow)
{
    for (uint32_t i = run->flow_mocks.n; i-- > 0;)
        if (text_is(run->flow_mocks.at[i].flow, flow))
            return &run->flow_mocks.at[i];
    return NULL;
}

json_t *test_child_told(struct arena *arena, const struct ir *ir, uint32_t child,
                        const struct test_answer *answer, json_t *data, struct text *how)
{
    json_t *told = json_object();
    uint32_t gives = ir->children[child].gives;
    *how = TEXT("completed");
    if (answer == NULL || !answer->fails) {
        if (data == NULL && gives != IR_NONE)
            data = wire_write(ir, gives, wire_sample(arena, ir, gives), WIRE_WHOLE);
        json_object_set_new(told, "result", data != NULL ? data : json_null());
    } else if (answer->record != IR_NONE) {
        *how = TEXT("failed");
        json_object_set_new(told, "error", json_text(answer->name));
        json_object_set_new(told, "data", data != NULL ? data : json_object());
    } else {
        *how = text_is_chars(answer->name, "cancelled") ? answer->name : TEXT("refused");
        json_decref(data);
    }
    return told;
}

static void end_mocked(struct test_run *run, struct test_mock *mock,
                       const struct test_answer *answer, const struct test_waiting *child)
{
    struct text how;
    struct outcome outcome = {.kind = OUTCOME_VALUE, .name = TEXT("")};
    json_t *data = test_mocked(run, mock, answer, &outcome);
    json_t *told =
        test_child_told(run->arena, child->ir, child->child, answer, data, &how);
    tell(run, child->parent, child->id, how, told);
}

/* A mocked one ends at once, or waits. False: it is to be played. */
static bool is_mocked(struct test_run *run, bool is_owned, struct test_waiting child)
{
    struct test_flow_mock *mock = mock_of(run, child.flow);
    const struct test_answer *answer =
        mock != NULL ? test_next_answer(&mock->mock) : NULL;
    if (answer == NULL || (!is_owned && !answer->waits))
        return false; /* nobody waits for the end of one that was let go */
    if (!answer->waits)
        end_mocked(run, &mock->mock, answer, &child);
    else if (is_owned)
        vec_push(run->arena, &run->waiting, child);
    return true;
}

static void forget_waiting(struct test_run *run, uint32_t i)
{
    for (run->waiting.n--; i < run->waiting.n; i++)
        run->waiting.at[i] = run->waiting.at[i + 1];
}

/* It is unwound. */
static void stop_waiting(struct test_run *run, struct id id)
{
    for (uint32_t i = 0; i < run->waiting.n; i++)
        if (id_is(run->waiting.at[i].id, id))
            forget_waiting(run, i--);
}

/* Those that wait end, oldest first, one for each answer. */
void test_kin_mock(struct test_run *run, const struct test_step *step)
{
    struct test_flow_mock begins = {step->flow, {.step = step}};
    vec_push(run->arena, &run->flow_mocks, begins);
    struct test_mock *mock = &vec_last(&run->flow_mocks).mock;
    for (uint32_t i = 0; i < run->waiting.n; i++) {
        const struct test_waiting child = run->waiting.at[i];
        if (!text_is(child.flow, step->flow))
            continue;
        struct test_mock before = *mock;
        const struct test_answer *answer = test_next_answer(mock);
        if (answer == NULL || answer->waits) {
            *mock = before;
            return;
        }
        end_mocked(run, mock, answer, &child);
        forget_waiting(run, i--);
    }
}

static void begin(struct test_run *run, struct play *parent,
                  const struct child_order *order)
{
    const struct ir *ir = parent->ir;
    const struct ir_child *row = &ir->children[order->child];
    struct text flow = ir_text(ir, row->flow);
    scoped_json json_t *args =
        wire_write_fields(ir, row->params, order->args.items, WIRE_WHOLE);
    struct test_begun begun = {text_dup(run->arena, flow), json_deep_copy(args)};
    vec_push(run->arena, &run->begun, begun);
    if (is_mocked(run, row->is_owned,
                  (struct test_waiting){begun.flow, ir, order->child, parent->inst->id,
                                        order->id}))
        return;
    const struct ir *image = image_of(run, flow);
    if (image == NULL || run->kin.n >= KIN_MAX) {
        test_fails(run, "it begins more than %d flows", KIN_MAX);
        return;
    }
    struct test_kin kin = {play_open(image, run->given), image};
    kin.play->now = run->play->now;
    kin.play->inst->id = order->id;
    if (row->is_owned)
        play_own(kin.play, parent->inst->id);
    vec_push(run->arena, &run->kin, kin);
    const struct decision *d = play_start(kin.play, order->key, args);
    if (d->refused == ERR_OK)
        test_seen(run, kin.play, d);
    else if (row->is_owned)
        tell(run, parent->inst->id, order->id, TEXT("refused"),
             json_pack("{s:s}", "message", d->refusal));
}

void test_kin_follow(struct test_run *run, struct play *play, const struct decision *d)
{
    for (uint32_t i = 0; i < d->children.n; i++)
        begin(run, play, &d->children.at[i]);
    for (uint32_t i = 0; i < d->unwinds.n; i++) {
        struct test_word word = {
            .to = d->unwinds.at[i], .from = play->inst->id, .is_unwind = true};
        vec_push(run->arena, &run->words, word);
    }
    if (d->tells_parent)
        tell(run, play->inst->parent, play->inst->id,
             text_of(instance_status_name(play->inst->status)), json_deep_copy(d->told));
}

/* What calls of children come to, in the words of the tested flow's image. */
static void remember_call(struct test_run *run, const struct ir *ir,
                          const struct call_order *order)
{
    uint32_t operation = own_operation(run, ir, order->operation);
    if (operation == IR_NONE)
        return;
    struct ir_range params = run->ir->operations[operation].params;
    scoped_json json_t *args = wire_write_fields(
        ir, ir->operations[order->operation].params, order->args.items, WIRE_WHOLE);
    struct value *items = arena_array(run->arena, struct value, params.n + 1);
    struct eval_scope scope = {.ir = run->ir, .now = run->play->now};
    for (uint32_t i = 0; i < params.n; i++) {
        const struct ir_field *field = &run->ir->fields[params.first + i];
        struct err ignored = {0};
        struct text name = ir_text(run->ir, field->name);
        const json_t *json = json_object_getn(args, name.chars, name.n);
        if (json == NULL || !wire_read(run->arena, &scope, field->type, json,
                                       WIRE_IGNORE_UNKNOWN, &items[i], &ignored))
            items[i] = value_none();
    }
    struct test_call call = {operation, value_record(items, params.n)};
    vec_push(run->arena, &run->calls, call);
}

void test_kin_seen(struct test_run *run, struct play *play, const struct decision *d)
{
    for (uint32_t i = 0; i < d->calls.n; i++)
        remember_call(run, play->ir, &d->calls.at[i]);
    test_undone(run, play);
}

/* ---- until nothing moves ---- */

static bool say_word(struct test_run *run)
{
    if (run->words_said == run->words.n)
        return false;
    struct test_word word = run->words.at[run->words_said++];
    struct play *play = play_of(run, word.to);
    if (play == NULL) { /* it was mocked: nothing of it stands */
        stop_waiting(run, word.to);
        tell(run, word.from, word.to, TEXT("cancelled"), json_object());
    } else if (word.is_unwind) {
        test_seen(run, play,
                  play_do(play, (struct stimulus){.kind = STIMULUS_UNWIND,
                                                  .actor = TEXT("test"),
                                                  .reason = TEXT("")}));
    } else {
        test_seen(run, play, play_child_end(play, word.from, word.how, word.told));
    }
    return true;
}

static bool answer_call(struct test_run *run, struct test_kin *kin)
{
    if (kin->play->calls.n == 0)
        return false;
    const struct play_call *call = &kin->play->calls.at[0];
    uint32_t operation = own_operation(run, kin->ir, call->order.operation);
    struct test_mock *mock = operation == IR_NONE ? NULL : &run->mocks[operation];
    test_answer_call(run, kin->play, call, mock);
    return true;
}

bool test_kin_moves(struct test_run *run)
{
    if (say_word(run))
        return true;
    for (uint32_t i = 0; i < run->kin.n; i++)
        if (answer_call(run, &run->kin.at[i]))
            return true;
    return false;
}

bool test_kin_offer(struct test_run *run, const struct test_sent *sent)
{
    struct text name = ir_text(run->ir, run->ir->events[sent->event].name);
    bool taken = false;
    for (uint32_t i = 0; i < run->kin.n; i++) {
        struct test_kin *kin = &run->kin.at[i];
        uint32_t event = ir_find_event(kin->ir, name);
        struct value value;
        struct err ignored = {0};
        if (event == IR_NONE ||
            !advance_check_event(run->arena, kin->ir, &kin->play->environment, event,
                                 sent->body, &value, &ignored) ||
            !test_listens(run, kin->play, event, value))
            continue;
        const struct decision *d = play_event(kin->play, name, sent->body);
        taken = taken || d->event_taken;
        test_seen(run, kin->play, d);
    }
    return taken;
}

uint32_t test_kin_rev(const struct test_run *run)
{
    uint32_t rev = run->play->inst->rev;
    for (uint32_t i = 0; i < run->kin.n; i++)
        rev += run->kin.at[i].play->inst->rev;
    return rev;
}

/* ---- time ---- */

int64_t test_kin_wake_at(const struct test_run *run)
{
    int64_t first = instance_wake_at(run->play->inst);
    for (uint32_t i = 0; i < run->kin.n; i++) {
        int64_t wake = instance_wake_at(run->kin.at[i].play->inst);
        if (wake != 0 && (first == 0 || wake < first))
            first = wake;
    }
    return first;
}

bool test_kin_is_pausing(const struct test_run *run)
{
    bool any = test_is_pausing(run->play->inst);
    for (uint32_t i = 0; i < run->kin.n; i++)
        any = any || test_is_pausing(run->kin.at[i].play->inst);
    return any;
}

void test_kin_advance(struct test_run *run, int64_t until)
{
    play_advance(run->play, until, test_seen, run);
    for (uint32_t i = 0; i < run->kin.n; i++)
        play_advance(run->kin.at[i].play, until, test_seen, run);
}

void test_kin_close(struct test_run *run)
{
    for (uint32_t i = 0; i < run->kin.n; i++)
        play_close(run->kin.at[i].play);
    for (uint32_t i = 0; i < run->words.n; i++)
        json_decref(run->words.at[i].told);
    for (uint32_t i = 0; i < run->begun.n; i++)
        json_decref(run->begun.at[i].args);
}
