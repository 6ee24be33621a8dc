/* Whether what a test expects is the case, and what is the case instead. */
#include "engine/base/when.h"
#include "tools/test_run_in.h"

enum {
    SHOWN_MAX = 160,      /* bytes of one value */
    LINE_BYTES_MAX = 900, /* of one line about how things stand */
    CALLS_SHOWN = 24,     /* the latest ones */
    LATELY_SHOWN = 6
};

/* ---- words ---- */

struct text test_operation_name(struct arena *arena, const struct ir *ir,
                                uint32_t operation)
{
    const struct ir_operation *op = &ir->operations[operation];
    return text_of(arena_printf(arena, TEXT_FMT "." TEXT_FMT,
                                TEXT_ARG(ir_text(ir, ir->adapters[op->adapter].name)),
                                TEXT_ARG(ir_text(ir, op->name))));
}

static struct text operation_name(const struct test_run *run, uint32_t operation)
{
    return test_operation_name(run->arena, run->ir, operation);
}

/* "erp.create_order", "run drop_ship" */
static struct text record_name(const struct test_run *run,
                               const struct undo_record *record)
{
    if (!record_is_child(record))
        return operation_name(run, record->operation);
    return text_of(
        arena_printf(run->arena, "run " TEXT_FMT,
                     TEXT_ARG(ir_text(run->ir, run->ir->children[record->site].flow))));
}

static const char *times(const struct test_run *run, uint32_t n)
{
    return n == 0 ? "never" : n == 1 ? "once" : arena_printf(run->arena, "%u times", n);
}

/* "it was never called", "it was called once". */
static bool fails_for(struct test_run *run, const char *done, uint32_t n)
{
    return n == 0 ? test_fails(run, "it was never %s", done)
                  : test_fails(run, "it was %s %s", done, times(run, n));
}

/* A value as it would be sent, cut where it is long. */
static struct text shown(struct test_run *run, uint32_t type, struct value v)
{
    if (v.kind == VALUE_UNSET || v.kind == VALUE_NONE)
        return TEXT("none");
    struct text whole;
    if (v.kind >= VALUE_LIST) {
        scoped_json json_t *json = wire_write(run->ir, type, v, WIRE_MASK_PRIVATE);
        whole = json_write(run->arena, json);
    } else if (v.is_private) {
        return TEXT("(private)");
    } else {
        whole = eval_to_text(run->arena, run->ir, type, v);
    }
    return whole.n <= SHOWN_MAX
               ? whole
               : text_of(arena_printf(run->arena, TEXT_FMT "…",
                                      TEXT_ARG(text_cut(whole, 0, SHOWN_MAX))));
}

/* ---- how things stand ---- */

struct line {
    struct buf *out;
    const char *what;
    const char *between; /* items; NULL: ", " */
    uint32_t n;
    size_t from;
};

static void line_add(struct line *line, struct text item, uint32_t again)
{
    if (line->n > 0 && line->out->n - line->from > LINE_BYTES_MAX)
        return;
    if (line->n == 0) {
        if (line->out->n > 0)
            buf_char(line->out, '\n');
        line->from = line->out->n;
        buf_chars(line->out, line->what);
    } else {
        buf_chars(line->out, line->between != NULL ? line->between : ", ");
    }
    buf_text(line->out, item);
    if (again > 1)
        buf_printf(line->out, " ×%u", again);
    line->n++;
}

static struct text state_text(const struct test_run *run)
{
    const struct instance *inst = run->play->inst;
    if (inst->rev == 0)
        return TEXT("it has not begun");
    struct text path = inst->state != IR_NONE
                           ? ir_text(run->ir, run->ir->states[inst->state].path)
                           : TEXT("no state");
    if (inst->status == STATUS_CANCELLED)
        return text_of(arena_printf(run->arena, "it is in " TEXT_FMT ", and cancelled",
                                    TEXT_ARG(path)));
    if (inst->status == STATUS_FAILED)
        return text_of(
            arena_printf(run->arena, "it has failed: " TEXT_FMT, TEXT_ARG(inst->error)));
    return text_of(arena_printf(run->arena, "it is in " TEXT_FMT, TEXT_ARG(path)));
}

static void line_calls(struct test_run *run, struct buf *out)
{
    struct line line = {.out = out, .what = "calls: "};
    uint32_t i = run->calls.n > CALLS_SHOWN ? run->calls.n - CALLS_SHOWN : 0;
    if (i > 0)
        line_add(&line, TEXT("…"), 1);
    while (i < run->calls.n) {
        uint32_t operation = run->calls.at[i].operation, n = 0;
        while (i < run->calls.n && run->calls.at[i].operation == operation) {
            i++;
            n++;
        }
        line_add(&line, operation_name(run, operation), n);
    }
}

bool test_stands(const struct ir *ir, const struct undo_record *record)
{
    bool is_done = record->state == UNDO_DONE || record->state == UNDO_IN_DOUBT ||
                   record->state == UNDO_STUCK;
    if (record_is_child(record))
        return is_done && !record->stays;
    return is_done && !ir->sites[record->site].never_undone &&
           ir->operations[record->operation].class_of != IR_CLASS_HARMLESS;
}

static void line_stands(struct test_run *run, struct buf *out)
{
    struct line line = {.out = out, .what = "stands: "};
    const struct instance *inst = run->play->inst;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        if (test_stands(run->ir, &inst->undo.at[i]))
            line_add(&line, record_name(run, &inst->undo.at[i]), 1);
}

static void line_problems(struct test_run *run, struct buf *out)
{
    const struct instance *inst = run->play->inst;
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *f = &inst->fibres.at[i];
        if (f->wait != FIBRE_PARKED || f->problem_kind.n == 0)
            continue;
        struct line line = {.out = out, .what = "stopped: "};
        line_add(&line,
                 text_of(arena_printf(
                     run->arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(f->problem_kind),
                     f->problem_message.n > 0 ? ": " : "", TEXT_ARG(f->problem_message))),
                 1);
    }
}

/* The latest of what happened, the newest last. */
static void line_lately(struct test_run *run, struct buf *out)
{
    struct line line = {.out = out, .what = "lately: ", .between = "; "};
    uint32_t n = run->told.n;
    for (uint32_t i = n > LATELY_SHOWN ? n - LATELY_SHOWN : 0; i < n; i++) {
        struct text told = run->told.at[i]; /* the moment, two blanks, what */
        struct text what = text_trim(text_cut(told, TOLD_MOMENT_BYTES, told.n));
        line_add(&line,
                 what.n <= SHOWN_MAX
                     ? what
                     : text_of(arena_printf(run->arena, TEXT_FMT "…",
                                            TEXT_ARG(text_cut(what, 0, SHOWN_MAX)))),
                 1);
    }
}

struct text test_standing(struct test_run *run)
{
    struct buf out;
    buf_init(&out, run->arena);
    struct line about = {.out = &out, .what = "the flow: "};
    if (run->step->kind != TEST_EXPECT_STATE)
        line_add(&about, state_text(run), 1);
    line_problems(run, &out);
    line_calls(run, &out);
    struct line undone = {.out = &out, .what = "undone: "};
    for (uint32_t i = 0; i < run->undone.n; i++)
        line_add(&undone, operation_name(run, run->undone.at[i]), 1);
    line_stands(run, &out);
    struct line asked = {.out = &out, .what = "asked: "};
    for (uint32_t i = 0; i < run->play->inst->tasks.n; i++)
        line_add(&asked, run->play->inst->tasks.at[i].role, 1);
    struct line emitted = {.out = &out, .what = "emitted: "};
    for (uint32_t i = 0; i < run->emitted.n; i++)
        line_add(&emitted,
                 ir_text(run->ir, run->ir->events[run->emitted.at[i].event].name), 1);
    struct line unheard = {.out = &out, .what = "nobody listened for: "};
    for (uint32_t i = 0; i < run->unheard.n; i++)
        line_add(&unheard, run->unheard.at[i], 1);
    for (uint32_t i = 0; i < run->sent.n; i++)
        if (!run->sent.at[i].is_gone)
            line_add(&unheard,
                     ir_text(run->ir, run->ir->events[run->sent.at[i].event].name), 1);
    line_lately(run, &out);
    return text_dup(run->arena, buf_done(&out));
}

/* ---- records that are compared field by field ---- */

/* Do the fields that are said hold? `differs`: the first that does not, and what it is.
 */
static bool fields_hold(struct test_run *run, const struct test_fields *fields,
                        struct ir_range parts, struct value record, struct text *differs)
{
    for (uint32_t i = 0; i < fields->n; i++) {
        const struct test_field *field = &fields->at[i];
        struct value wanted;
        if (!test_value(run, field->value, &wanted))
            return false;
        struct value is = record.items[field->position];
        if (value_is(wanted, is))
            continue;
        *differs = text_of(arena_printf(
            run->arena, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(field->name),
            TEXT_ARG(
                shown(run, run->ir->fields[parts.first + field->position].type, is))));
        return false;
    }
    return true;
}

/* ---- expectations ---- */

static bool expect_state(struct test_run *run, const struct test_step *step)
{
    const struct instance *inst = run->play->inst;
    if (step->what == IR_NONE && inst->status == STATUS_FAILED)
        return true;
    bool is_there = inst->rev > 0 && inst->status != STATUS_CANCELLED &&
                    inst->status != STATUS_FAILED;
    for (uint32_t s = is_there ? inst->state : IR_NONE; s != IR_NONE;
         s = run->ir->states[s].parent)
        if (s == step->what)
            return true;
    return test_fails(run, TEXT_FMT, TEXT_ARG(state_text(run)));
}

static bool is_enough(const struct test_step *step, uint32_t n)
{
    return step->times == TEST_TIMES_UNSAID ? n > 0 : n == step->times;
}

/* Fields that are said, as they travel: those of a flow's arguments. */
static bool begun_so(struct test_run *run, const struct test_step *step,
                     const struct test_begun *begun)
{
    const char *name;
    json_t *wanted;
    scoped_json json_t *said = test_fields_json(run, &step->fields);
    json_object_foreach(said, name, wanted)
    {
        if (!json_equal(wanted, json_object_get(begun->args, name)))
            return false;
    }
    return said != NULL;
}

static bool expect_begun(struct test_run *run, const struct test_step *step)
{
    uint32_t n = 0, others = 0;
    for (uint32_t i = 0; i < run->begun.n; i++) {
        if (!text_is(run->begun.at[i].flow, step->flow))
            continue;
        if (begun_so(run, step, &run->begun.at[i]))
            n++;
        else
            others++;
    }
    if (run->has_failed || is_enough(step, n))
        return !run->has_failed;
    return others == 0 ? fails_for(run, "begun", n)
                       : test_fails(run, "it was begun so %s, and otherwise %s",
                                    times(run, n), times(run, others));
}

static bool expect_called(struct test_run *run, const struct test_step *step)
{
    if (step->flow.n > 0)
        return expect_begun(run, step);
    uint32_t n = 0, others = 0;
    struct text differs = TEXT("");
    for (uint32_t i = 0; i < run->calls.n; i++) {
        const struct test_call *call = &run->calls.at[i];
        if (call->operation != step->what)
            continue;
        if (fields_hold(run, &step->fields, run->ir->operations[step->what].params,
                        call->args, &differs))
            n++;
        else
            others++;
        if (run->has_failed)
            return false;
    }
    if (is_enough(step, n))
        return true;
    if (others == 0)
        return fails_for(run, "called", n);
    return test_fails(run, "it was called so %s, and otherwise %s, with " TEXT_FMT,
                      times(run, n), times(run, others), TEXT_ARG(differs));
}

static bool expect_undone(struct test_run *run, const struct test_step *step)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->undone_flows.n && step->flow.n > 0; i++)
        n += text_is(run->undone_flows.at[i], step->flow);
    for (uint32_t i = 0; i < run->undone.n && step->flow.n == 0; i++)
        n += run->undone.at[i] == step->what;
    return is_enough(step, n) || fails_for(run, "undone", n);
}

static bool expect_emitted(struct test_run *run, const struct test_step *step)
{
    uint32_t others = 0;
    struct text differs = TEXT("");
    const struct ir_type *record = &run->ir->types[run->ir->events[step->what].record];
    for (uint32_t i = 0; i < run->emitted.n; i++) {
        const struct test_emitted *emitted = &run->emitted.at[i];
        if (emitted->event != step->what)
            continue;
        if (fields_hold(run, &step->fields, record->parts, emitted->body, &differs))
            return true;
        if (run->has_failed)
            return false;
        others++;
    }
    if (others == 0)
        return test_fails(run, "it was never emitted");
    return test_fails(run, "it was emitted %s, with " TEXT_FMT, times(run, others),
                      TEXT_ARG(differs));
}

/* The moment of a mark, or of `started` and `ended`, which are everybody's; 0: never. */
static int64_t mark_at(const struct instance *inst, struct text name)
{
    for (uint32_t i = 0; i < inst->marks.n; i++)
        if (text_is(inst->marks.at[i].name, name))
            return inst->marks.at[i].at;
    if (text_is_chars(name, "started"))
        return inst->started_at;
    return text_is_chars(name, "ended") ? inst->ended_at : 0;
}

static bool expect_mark(struct test_run *run, const struct test_step *step)
{
    const struct instance *inst = run->play->inst;
    int64_t at = mark_at(inst, step->name);
    char when[WHEN_TEXT_BYTES];
    struct value limit;
    if (at == 0)
        return test_fails(run, "it was never stamped");
    if (step->value == IR_NONE)
        return true;
    if (!test_value(run, step->value, &limit))
        return false;
    int64_t most = limit.kind == VALUE_DURATION ? inst->started_at + limit.whole
                   : limit.kind == VALUE_DATE   ? limit.whole * WHEN_DAY
                                                : limit.whole;
    return at <= most ||
           test_fails(run, "it was stamped " TEXT_FMT " after the start",
                      TEXT_ARG(when_duration_print_short(at - inst->started_at, when)));
}

static bool expect_standing(struct test_run *run)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->play->inst->undo.n; i++)
        n += test_stands(run->ir, &run->play->inst->undo.at[i]);
    return n == 0 || test_fails(run, "%u effect%s", n, n == 1 ? " stands" : "s stand");
}

struct text test_not_so(struct test_run *run, const struct test_step *step)
{
    struct value holds;
    struct buf sides;
    if (!test_value(run, step->value, &holds))
        return run->diag.primary.label;
    if (holds.kind == VALUE_BOOL && holds.yes)
        return TEXT("");
    buf_init(&sides, run->arena);
    for (uint32_t i = 0; i < step->fields.n; i++) {
        const struct test_field *side = &step->fields.at[i];
        struct value v;
        if (!test_value(run, side->value, &v))
            return run->diag.primary.label;
        buf_printf(&sides, "%s" TEXT_FMT " is " TEXT_FMT, i == 0 ? "" : ", ",
                   TEXT_ARG(side->name),
                   TEXT_ARG(shown(run, run->ir->functions[side->value].gives, v)));
    }
    struct text said = buf_done(&sides);
    return said.n > 0 ? said : TEXT("it is not so");
}

static bool expect_so(struct test_run *run, const struct test_step *step)
{
    struct text why = test_not_so(run, step);
    return why.n == 0 || test_fails(run, TEXT_FMT, TEXT_ARG(why));
}

bool test_expect(struct test_run *run, const struct test_step *step)
{
    switch (step->kind) {
    case TEST_EXPECT_STATE:
        return expect_state(run, step);
    case TEST_EXPECT_CALLED:
        return expect_called(run, step);
    case TEST_EXPECT_UNDONE:
        return expect_undone(run, step);
    case TEST_EXPECT_EMITTED:
        return expect_emitted(run, step);
    case TEST_EXPECT_MARK:
        return expect_mark(run, step);
    case TEST_EXPECT_STANDING:
        return expect_standing(run);
    case TEST_EXPECT:
        return expect_so(run, step);
    case TEST_LET:
    case TEST_MOCK:
    case TEST_START:
    case TEST_SEND:
    case TEST_ANSWER:
    case TEST_ADVANCE:
    case TEST_PAUSES:
    case TEST_CANCEL:
    case TEST_ALLOW_FAILURES:
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
