/* One small flow, put together by hand. */
#include "tests/unit/ir/sample.h"

struct sample {
    struct ir_build *b;
    uint32_t text, whole, truth, duration;
    uint32_t outer, inner;
    uint32_t n, found, list, hidden;
};

static uint32_t block_true(struct ir_build *b)
{
    ir_open_block(b, 0);
    ir_push_bool(b, true);
    return ir_close(b);
}

static uint32_t block_duration(struct ir_build *b)
{
    ir_open_block(b, 0);
    ir_push_duration(b, 3600000000);
    return ir_close(b);
}

static uint32_t block_text(struct ir_build *b, const char *chars)
{
    ir_open_block(b, 0);
    ir_push_text(b, chars);
    return ir_close(b);
}

static void add_types(struct sample *s)
{
    struct ir_build *b = s->b;
    s->text = ir_add_simple(b, IR_TYPE_TEXT);
    s->whole = ir_add_simple(b, IR_TYPE_INT);
    s->truth = ir_add_simple(b, IR_TYPE_BOOL);
    s->duration = ir_add_simple(b, IR_TYPE_DURATION);
    struct ir_type qty = ir_type_of_kind(IR_TYPE_DECIMAL);
    qty.name = ir_add_chars(b, "Qty");
    qty.scale = 3;
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    ir_push_int(b, 0);
    ir_emit(b, IR_GE, 0, 0);
    qty.refined = ir_close(b);
    const struct ir_part data[] = {{"qty", ir_add_type(b, qty)}};
    const struct ir_part cases[] = {{"none_left", IR_NONE},
                                    {"some", ir_add_record(b, NULL, data, 1)}};
    ir_add_variant(b, "Stock", cases, 2);
    ir_add_map(b, s->text, ir_add_optional(b, s->whole));
}

static void add_world(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t adapter = ir_new(b, adapters);
    b->adapters.at[adapter].name = ir_add_chars(b, "wms");
    uint32_t error = ir_new(b, errors);
    b->errors.at[error].name = ir_add_chars(b, "Short");
    b->errors.at[error].record = b->flow.params;
    vec_push(b->arena, &b->error_uses, error);
    uint32_t policy = ir_new(b, policies);
    b->policies.at[policy].name = ir_add_chars(b, "steady");
    b->policies.at[policy].tries = 6;
    uint32_t params = ir_new(b, fields);
    b->fields.at[params].name = ir_add_chars(b, "sku");
    b->fields.at[params].type = s->text;
    struct ir_type record = ir_type_of_kind(IR_TYPE_RECORD);
    record.parts = (struct ir_range){params, 1};
    uint32_t args = ir_add_type(b, record);
    uint32_t ops = ir_new_many(b, operations, 2);
    for (uint32_t i = 0; i < 2; i++) {
        b->operations.at[ops + i].name = ir_add_chars(b, i == 0 ? "reserve" : "release");
        b->operations.at[ops + i].params = (struct ir_range){params, 1};
        b->operations.at[ops + i].class_of = IR_CLASS_HARMLESS;
    }
    b->operations.at[ops].class_of = IR_CLASS_UNDONE;
    b->operations.at[ops].gives = s->text;
    b->operations.at[ops].errors = (struct ir_range){0, 1};
    ir_open_block(b, 2);
    ir_emit(b, IR_TEMP, 1, 0);
    ir_emit(b, IR_RECORD, 1, args);
    b->operations.at[ops].undone_args = ir_close(b);
    b->operations.at[ops].undone_by = ops + 1;
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    b->operations.at[ops].key = ir_close(b);
    b->operations.at[ops].key_kind = IR_KEY_VALUE;
    uint32_t event = ir_new(b, events);
    b->events.at[event].name = ir_add_chars(b, "Arrived");
    b->events.at[event].record = args;
    b->events.at[event].keys = (struct ir_range){b->positions.n, 1};
    vec_push(b->arena, &b->positions, 0);
    uint32_t setting = ir_new(b, settings);
    b->settings.at[setting].name = ir_add_chars(b, "grace");
    b->settings.at[setting].type = s->duration;
    uint32_t function = ir_new(b, functions);
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    ir_push_int(b, 2);
    ir_emit(b, IR_MUL, 0, 0);
    b->functions.at[function].name = ir_add_chars(b, "twice");
    b->functions.at[function].params = 1;
    b->functions.at[function].block = ir_close(b);
    b->functions.at[function].gives = s->whole;
}

static void add_states(struct sample *s)
{
    struct ir_build *b = s->b;
    s->outer = ir_new_many(b, states, 3);
    s->inner = s->outer + 1;
    static const char *const names[][2] = {
        {"shipping", "shipping"}, {"picking", "shipping.picking"}, {"done", "done"}};
    for (uint32_t i = 0; i < 3; i++) {
        b->states.at[i].name = ir_add_chars(b, names[i][0]);
        b->states.at[i].path = ir_add_chars(b, names[i][1]);
    }
    b->states.at[s->inner].parent = s->outer;
    b->states.at[s->outer].first_inner = s->inner;
    b->states.at[s->outer].limit = block_duration(b);
    b->states.at[2].is_final = true;
    b->flow.first_state = s->outer;
}

/* call wms.reserve(sku: "A") as found when Short where true { set n = 1 } … */
static void emit_call(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t site = ir_new(b, sites), when = ir_new(b, whens),
             undo = ir_new(b, undo_blocks), capture = ir_new(b, captures);
    ir_push_text(b, "A");
    ir_emit(b, IR_CALL, 1, site);
    uint32_t after = ir_label(b);
    ir_emit(b, IR_JUMP, 0, after);
    b->whens.at[when].name = ir_add_chars(b, "Short");
    b->whens.at[when].where = block_true(b);
    b->whens.at[when].pc = ir_label(b);
    ir_here(b, b->whens.at[when].pc);
    ir_push_int(b, 1);
    ir_emit(b, IR_SET, 0, s->n);
    ir_here(b, after);
    b->sites.at[site].place = s->found;
    b->sites.at[site].name = b->sites.at[site].step = ir_add_chars(b, "picking.reserve");
    b->sites.at[site].whens = (struct ir_range){when, 1};
    b->sites.at[site].undo_block = undo;
    b->captures.at[capture].from = s->found;
    b->captures.at[capture].to = IR_FRAME | 0;
    b->undo_blocks.at[undo].captures = (struct ir_range){capture, 1};
    ir_open_body(b);
    ir_emit(b, IR_LOAD, 0, IR_FRAME | 0);
    ir_emit(b, IR_NOTE, 0, 0);
    b->undo_blocks.at[undo].body = ir_close(b);
    b->flow.frame_slots = 1;
}

static uint32_t add_match(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t match = ir_new(b, matches), key = ir_new(b, match_keys);
    b->matches.at[match].keys = (struct ir_range){key, 1};
    b->match_keys.at[key].block = block_text(b, "A");
    return match;
}

static void emit_wait(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t wait = ir_new(b, waits), match = add_match(s);
    b->waits.at[wait].matches = (struct ir_range){match, 1};
    b->waits.at[wait].limit = block_duration(b);
    b->waits.at[wait].step = ir_add_chars(b, "picking.Arrived");
    ir_emit(b, IR_WAIT, 0, wait);
    b->matches.at[match].pc = ir_label(b);
    ir_here(b, b->matches.at[match].pc);
}

/* run parts(sku: "A") as found when late { set n = 2 }, whose key is the sku */
static void emit_run(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t child = ir_new(b, children), when = ir_new(b, whens);
    struct ir_range params = b->operations.at[0].params;
    ir_push_text(b, "A");
    ir_emit(b, IR_RUN, 1, child);
    uint32_t after = ir_label(b);
    ir_emit(b, IR_JUMP, 0, after);
    b->whens.at[when].name = ir_add_chars(b, "late");
    b->whens.at[when].pc = ir_label(b);
    ir_here(b, b->whens.at[when].pc);
    ir_push_int(b, 2);
    ir_emit(b, IR_SET, 0, s->n);
    ir_here(b, after);
    b->children.at[child].flow = b->children.at[child].name = ir_add_chars(b, "parts");
    b->children.at[child].step = ir_add_chars(b, "picking.parts");
    b->children.at[child].params = params;
    b->children.at[child].gives = s->text;
    b->children.at[child].place = s->found;
    b->children.at[child].limit = block_duration(b);
    b->children.at[child].is_owned = true;
    b->children.at[child].whens = (struct ir_range){when, 1};
    ir_open_block(b, 1);
    ir_emit(b, IR_TEMP, 0, 0);
    b->children.at[child].key = ir_close(b);
}

static void emit_loop(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t loop = ir_new(b, loops), again = ir_label(b), out = ir_label(b);
    b->loops.at[loop].list = s->list;
    b->loops.at[loop].index = s->hidden;
    b->loops.at[loop].item = s->n;
    ir_here(b, again);
    ir_emit(b, IR_EACH, loop, out);
    ir_emit(b, IR_JUMP, 0, again);
    ir_here(b, out);
}

static void emit_attempt(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t attempt = ir_new(b, attempts), undo = ir_new(b, undos);
    struct ir_attempt *row = &b->attempts.at[attempt];
    row->mark = s->hidden;
    row->step = ir_add_chars(b, "picking.attempt");
    row->from_pc = ir_label(b);
    ir_here(b, row->from_pc);
    ir_emit(b, IR_ATTEMPT, 0, attempt);
    b->attempts.at[attempt].to_pc = ir_label(b);
    ir_here(b, b->attempts.at[attempt].to_pc);
    ir_emit(b, IR_ATTEMPT_END, 0, attempt);
    b->undos.at[undo].step = ir_add_chars(b, "picking.undo");
    b->undos.at[undo].mode = IR_UNDO_SINCE;
    b->undos.at[undo].state = s->outer;
    ir_emit(b, IR_UNDO, 0, undo);
}

static void add_handlers(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t handler = ir_new_many(b, handlers, 2);
    b->handlers.at[handler].kind = IR_HANDLER_EVENT;
    b->handlers.at[handler].state = s->outer;
    b->handlers.at[handler].match = add_match(s);
    ir_open_body(b);
    ir_emit(b, IR_GO_TO, 0, 2);
    b->handlers.at[handler].body = ir_close(b);
    b->states.at[s->outer].handlers = (struct ir_range){handler, 1};
    b->handlers.at[handler + 1].kind = IR_HANDLER_AFTER;
    b->handlers.at[handler + 1].period = block_duration(b);
    ir_open_body(b);
    ir_emit(b, IR_REFER, 0, 0);
    b->handlers.at[handler + 1].body = ir_close(b);
}

static void add_people(struct sample *s)
{
    struct ir_build *b = s->b;
    uint32_t letter = ir_new(b, dead_letters), question = ir_new(b, questions),
             when = ir_new(b, whens), escalation = ir_new_many(b, escalations, 2);
    b->dead_letters.at[letter].name = ir_add_chars(b, "stopped");
    b->dead_letters.at[letter].role = ir_add_chars(b, "desk");
    b->dead_letters.at[letter].question = block_text(b, "Now what?");
    ir_open_body(b);
    ir_emit(b, IR_RETRY, 0, 0);
    b->whens.at[when].pc = ir_close(b);
    b->whens.at[when].name = ir_add_chars(b, "again");
    b->dead_letters.at[letter].whens = (struct ir_range){when, 1};
    b->escalations.at[escalation].after = block_duration(b);
    b->dead_letters.at[letter].afters = (struct ir_range){escalation, 1};
    ir_open_body(b);
    ir_emit(b, IR_STAY, 0, 0);
    vec_push(b->arena, &b->positions, ir_close(b));
    b->dead_letters.at[letter].after_bodies = (struct ir_range){b->positions.n - 1, 1};
    b->questions.at[question].role = ir_add_chars(b, "desk");
    b->questions.at[question].question = block_text(b, "May we?");
    b->questions.at[question].step = ir_add_chars(b, "picking.ask");
    b->escalations.at[escalation + 1].role = ir_add_chars(b, "boss");
    b->escalations.at[escalation + 1].after = block_duration(b);
    b->questions.at[question].escalations = (struct ir_range){escalation + 1, 1};
    uint32_t measure = ir_new(b, measures), start = ir_new(b, starts_on);
    b->measures.at[measure].name = ir_add_chars(b, "share");
    b->measures.at[measure].kind = 1;
    b->measures.at[measure].block = block_true(b);
    b->starts_on.at[start].match = add_match(s);
    ir_open_block(b, 0);
    ir_emit(b, IR_LOAD, 0, s->n);
    ir_emit(b, IR_RECORD, 1, b->flow.params);
    b->starts_on.at[start].args = ir_close(b);
}

struct ir *sample_image(struct arena *arena)
{
    struct sample s = {.b = ir_build_new(arena, "sample", 2)};
    struct ir_build *b = s.b;
    add_types(&s);
    const struct ir_part params[] = {{"n", s.whole}};
    b->flow.params = ir_add_record(b, NULL, params, 1);
    s.n = ir_add_slot(b, "n", IR_SLOT_PARAM, s.whole);
    s.found = ir_add_slot(b, "found", IR_SLOT_LOCAL, s.text);
    s.list = ir_add_slot(b, "items", IR_SLOT_VAR, ir_add_list(b, s.whole));
    s.hidden = ir_add_hidden(b);
    add_world(&s);
    add_states(&s);
    add_people(&s);
    add_handlers(&s);
    b->line = 12;
    ir_open_body(b);
    emit_call(&s);
    b->line = 13;
    emit_wait(&s);
    emit_run(&s);
    emit_loop(&s);
    emit_attempt(&s);
    ir_emit(b, IR_ASK, 0, 0);
    ir_emit(b, IR_LOAD, 0, s.n);
    ir_emit(b, IR_CALL_FUNCTION, 1, 0);
    ir_emit(b, IR_SETTING, 0, 0);
    ir_emit(b, IR_DROP, 0, 0);
    ir_emit(b, IR_CONVERT, s.whole, s.whole);
    ir_emit(b, IR_SET, 0, s.n);
    b->states.at[s.inner].body = ir_close(b);
    return ir_build_done(b);
}
