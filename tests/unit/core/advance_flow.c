/* The small flow, and how it is played. */
#include "tests/unit/core/advance_flow.h"

#include "dsl/ir_verify.h"
#include "engine/base/json.h"
#include "engine/base/when.h"

static uint32_t block_duration(struct ir_build *b, int64_t duration)
{
    ir_open_block(b, 0);
    ir_push_duration(b, duration);
    return ir_close(b);
}

/* A block that makes a record of one field out of a temp. */
static uint32_t block_args(struct ir_build *b, uint32_t temp, uint32_t given,
                           uint32_t type)
{
    ir_open_block(b, given);
    ir_emit(b, IR_TEMP, temp, 0);
    ir_emit(b, IR_RECORD, 1, type);
    return ir_close(b);
}

static struct ir_range fields_of(const struct ir_build *b, uint32_t record)
{
    return b->types.at[record].parts;
}

static void add_operation(struct ir_build *b, uint32_t i, const char *name,
                          enum ir_class class_of, uint32_t record)
{
    struct ir_operation *op = &b->operations.at[i];
    op->name = ir_add_chars(b, name);
    op->class_of = class_of;
    op->params = fields_of(b, record);
}

static void add_world(struct ir_build *b, uint32_t whole, uint32_t by_n,
                      uint32_t by_number)
{
    uint32_t adapter = ir_new(b, adapters);
    b->adapters.at[adapter].name = ir_add_chars(b, "erp");
    uint32_t error = ir_new(b, errors);
    b->errors.at[error].name = ir_add_chars(b, "Refused");
    b->errors.at[error].record = ir_add_record(b, NULL, NULL, 0);
    vec_push(b->arena, &b->error_uses, error);
    uint32_t policy = ir_new(b, policies);
    b->policies.at[policy] =
        (struct ir_policy){.name = ir_add_chars(b, "thrice"),
                           .tries = 3,
                           .within = WHEN_HOUR,
                           .each_within = 20 * WHEN_SECOND,
                           .pause = 10 * WHEN_SECOND,
                           .pause_max = WHEN_MINUTE,
                           .doubling = true,
                           .only = IR_ONLY_UNAVAILABLE | IR_ONLY_IN_DOUBT};
    ir_new_many(b, operations, 3);
    add_operation(b, SAMPLE_CREATE, "create", IR_CLASS_UNDONE, by_n);
    add_operation(b, SAMPLE_CANCEL, "cancel", IR_CLASS_IRREVERSIBLE, by_number);
    add_operation(b, SAMPLE_FIND, "find", IR_CLASS_READ, by_n);
    uint32_t undone = block_args(b, 1, 2, by_number), found = block_args(b, 0, 1, by_n);
    struct ir_operation *create = &b->operations.at[SAMPLE_CREATE];
    create->gives = whole;
    create->errors = (struct ir_range){0, 1};
    create->key_kind = IR_KEY_STEP;
    create->undone_by = SAMPLE_CANCEL;
    create->undone_args = undone;
    create->found_by = SAMPLE_FIND;
    create->found_args = found;
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    uint32_t key = ir_close(b);
    struct ir_operation *cancel = &b->operations.at[SAMPLE_CANCEL];
    cancel->key_kind = IR_KEY_VALUE;
    cancel->key = key;
    cancel->errors = (struct ir_range){0, 1};
    b->operations.at[SAMPLE_FIND].gives = ir_add_optional(b, whole);
}

enum { ORDERING, RESTING, COMPLETED, GIVEN_UP, STATES_N };

static void add_states(struct ir_build *b)
{
    static const char *const names[] = {"ordering", "resting", "completed", "given_up"};
    ir_new_many(b, states, STATES_N);
    for (uint32_t i = 0; i < STATES_N; i++) {
        b->states.at[i].name = b->states.at[i].path = ir_add_chars(b, names[i]);
        b->states.at[i].is_final = i >= COMPLETED;
        b->states.at[i].line = 10 * (i + 1);
    }
    uint32_t limit = block_duration(b, WHEN_HOUR);
    b->states.at[RESTING].limit = limit;
    b->flow.first_state = ORDERING;
}

static void add_steps(struct ir_build *b, uint32_t n, uint32_t so)
{
    uint32_t site = ir_new(b, sites);
    b->sites.at[site].operation = SAMPLE_CREATE;
    b->sites.at[site].place = so;
    b->sites.at[site].name = ir_add_chars(b, "so");
    b->sites.at[site].step = ir_add_chars(b, "ordering.create");
    b->sites.at[site].policy = 0;
    b->line = 11;
    ir_open_body(b);
    ir_emit(b, IR_LOAD, 0, n);
    ir_emit(b, IR_CALL, 1, site);
    ir_emit(b, IR_GO_TO, 0, RESTING);
    uint32_t body = ir_close(b);
    b->states.at[ORDERING].body = body;
}

static void add_handlers(struct ir_build *b, uint32_t n, uint32_t by_order)
{
    uint32_t event = ir_new(b, events);
    vec_push(b->arena, &b->positions, 0);
    b->events.at[event].name = ir_add_chars(b, "Cancel");
    b->events.at[event].record = by_order;
    b->events.at[event].keys = (struct ir_range){0, 1};
    ir_open_block(b, 0);
    ir_emit(b, IR_LOAD, 0, n);
    uint32_t key = ir_close(b), match_key = ir_new(b, match_keys);
    b->match_keys.at[match_key].block = key;
    uint32_t undo = ir_new(b, undos);
    b->undos.at[undo].mode = IR_UNDO_ALL;
    b->undos.at[undo].step = ir_add_chars(b, "resting.undo");
    b->line = 21;
    ir_open_body(b);
    ir_emit(b, IR_UNDO, 0, undo);
    ir_emit(b, IR_GO_TO, 0, GIVEN_UP);
    uint32_t on_cancel = ir_close(b);
    ir_open_body(b);
    ir_emit(b, IR_GO_TO, 0, COMPLETED);
    uint32_t on_late = ir_close(b);
    uint32_t match = ir_new(b, matches);
    b->matches.at[match].event = event;
    b->matches.at[match].keys = (struct ir_range){match_key, 1};
    b->matches.at[match].pc = on_cancel;
    uint32_t first = ir_new_many(b, handlers, 2);
    struct ir_handler *handlers = &b->handlers.at[first];
    handlers[0].kind = IR_HANDLER_EVENT;
    handlers[0].match = match;
    handlers[0].body = on_cancel;
    handlers[1].kind = IR_HANDLER_LATE;
    handlers[1].body = on_late;
    handlers[0].state = handlers[1].state = RESTING;
    b->states.at[RESTING].handlers = (struct ir_range){first, 2};
}

void sample_open(struct sample *sample)
{
    *sample = (struct sample){.arena = arena_new("program", 16 << 20)};
    struct ir_build *b = ir_build_new(sample->arena, "order", 1);
    uint32_t whole = ir_add_simple(b, IR_TYPE_INT);
    const struct ir_part n = {"n", whole}, number = {"number", whole},
                         order = {"order", whole};
    uint32_t by_n = ir_add_record(b, NULL, &n, 1);
    b->flow.params = by_n;
    uint32_t slot = ir_add_slot(b, "n", IR_SLOT_PARAM, whole);
    uint32_t so = ir_add_slot(b, "so", IR_SLOT_LOCAL, whole);
    add_world(b, whole, by_n, ir_add_record(b, NULL, &number, 1));
    add_states(b);
    add_steps(b, slot, so);
    uint32_t child = ir_new(b, children); /* known, and never begun */
    b->children.at[child].flow = b->children.at[child].name = ir_add_chars(b, "parts");
    b->children.at[child].step = ir_add_chars(b, "resting.parts");
    b->children.at[child].is_owned = true;
    add_handlers(b, slot, ir_add_record(b, NULL, &order, 1));
    sample->ir = ir_build_done(b);
    struct err err = {0};
    bool is_sound = ir_verify(sample->arena, sample->ir, &err);
    if (!is_sound)
        fprintf(stderr, "%s\n", err.what);
    REQUIRE(is_sound);
    sample->ir->operations[SAMPLE_CREATE].found_by = IR_NONE; /* tests say so */
}

void sample_begin(struct sample *sample)
{
    scoped_json json_t *args = json_pack("{s:i}", "n", 7);
    sample->play = play_open(sample->ir, NULL);
    play_start(sample->play, TEXT("7"), args);
}

void sample_close(struct sample *sample)
{
    play_close(sample->play);
    arena_free(sample->arena);
}

static json_t *parse(const char *json)
{
    return json != NULL ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
}

void sample_answer(struct sample *sample, const char *call, enum outcome_kind kind,
                   const char *name, const char *json)
{
    scoped_json json_t *data = parse(json);
    const struct play_call *open = play_call_of(sample->play, text_of(call));
    REQUIRE(open != NULL);
    struct outcome outcome = {.kind = kind, .name = text_of(name), .data = data};
    play_outcome(sample->play, open->order.number, &outcome);
}

void sample_event(struct sample *sample, const char *json)
{
    scoped_json json_t *body = parse(json);
    play_event(sample->play, TEXT("Cancel"), body);
}

bool sample_command(struct sample *sample, const char *verb, const char *step)
{
    const struct decision *decision =
        play_do(sample->play, (struct stimulus){.kind = STIMULUS_COMMAND,
                                                .verb = text_of(verb),
                                                .step = text_of(step),
                                                .actor = TEXT("ann"),
                                                .reason = TEXT("a test")});
    return decision->refused == ERR_OK;
}

void sample_wait(struct sample *sample, int64_t duration)
{
    play_advance(sample->play, sample->play->now + duration, NULL, NULL);
}

void sample_recover(struct sample *sample)
{
    play_do(sample->play, (struct stimulus){.kind = STIMULUS_RECOVER});
}

const struct instance *sample_inst(const struct sample *sample)
{
    return sample->play->inst;
}

bool sample_is_in(const struct sample *sample, const char *state)
{
    uint32_t in = sample->play->inst->state;
    return in != IR_NONE &&
           text_is_chars(ir_text(sample->ir, sample->ir->states[in].path), state);
}

struct text sample_calls(const struct sample *sample)
{
    struct buf out;
    buf_init(&out, sample->arena);
    for (uint32_t i = 0; i < sample->play->calls.n; i++) {
        buf_chars(&out, i > 0 ? " " : "");
        buf_text(&out, sample->play->calls.at[i].order.operation_name);
    }
    return buf_done(&out);
}

struct text sample_log(const struct sample *sample)
{
    static const char *const states[] = {"armed",  "done",  "in_doubt", "kept",
                                         "undone", "stuck", "left"};
    struct buf out;
    buf_init(&out, sample->arena);
    const struct instance *inst = sample->play->inst;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        buf_printf(
            &out, "%s" TEXT_FMT " %s", i > 0 ? ", " : "",
            TEXT_ARG(ir_text(sample->ir,
                             sample->ir->operations[inst->undo.at[i].operation].name)),
            states[inst->undo.at[i].state]);
    return buf_done(&out);
}
