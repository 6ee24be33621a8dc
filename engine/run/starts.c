/* What an event begins. */
#include "engine/run/starts.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/core/wire.h"

/* A setting that does not fit counts as not given: whoever deployed it was told. */
static const struct value *settings_of(struct arena *turn, const struct ir *ir,
                                       const struct environment *environment, int64_t now)
{
    struct value *settings = arena_array(turn, struct value, ir->settings_n + 1);
    struct eval_scope scope = {.ir = ir, .settings = settings, .now = now};
    for (uint32_t i = 0; i < ir->settings_n; i++) {
        struct text name = ir_text(ir, ir->settings[i].name);
        const json_t *given =
            json_object_get(environment->settings, text_chars(turn, name));
        struct err ignored = {0};
        struct value v = {.kind = VALUE_UNSET};
        if (given != NULL && !wire_read(turn, &scope, ir->settings[i].type, given,
                                        WIRE_IGNORE_UNKNOWN, &v, &ignored))
            v.kind = VALUE_UNSET;
        settings[i] = v;
    }
    return settings;
}

static bool eval(struct arena *turn, const struct eval_scope *scope, uint32_t block,
                 struct value *out, struct err *err)
{
    struct eval_problem problem;
    return eval_block(turn, scope, block, NULL, 0, out, &problem) ||
           err_set(err, ERR_BAD_DATA, "%s", problem.message);
}

/* One line: does it match, and with which arguments does it begin the flow? */
static bool start_line(struct arena *turn, const struct environment *environment,
                       const struct eval_scope *outer, const struct ir_start_on *line,
                       struct value body, begins *out, struct err *err)
{
    const struct ir *ir = outer->ir;
    const struct ir_match *match = &ir->matches[line->match];
    struct value *frame = arena_array(turn, struct value, ir->flow.frame_slots + 1);
    struct value *places = arena_array(turn, struct value, ir->slots_n + 1);
    struct eval_scope scope = *outer;
    struct value yes, args;
    scope.frame = frame;
    scope.places = places;
    if (match->place != IR_NONE) {
        uint32_t place = match->place & ~IR_FRAME;
        (match->place & IR_FRAME ? frame : places)[place] = body;
    }
    for (uint32_t i = 0; i < match->keys.n; i++) {
        const struct ir_match_key *key = &ir->match_keys[match->keys.first + i];
        if (!eval(turn, &scope, key->block, &yes, err))
            return false;
        if (!value_is(yes, body.items[key->field]))
            return true;
    }
    if (match->where != IR_NONE) {
        if (!eval(turn, &scope, match->where, &yes, err))
            return false;
        if (!yes.yes)
            return true;
    }
    if (!eval(turn, &scope, line->args, &args, err))
        return false;
    scoped_json json_t *json = wire_write(ir, ir->flow.params, args, WIRE_WHOLE);
    struct store_begin begin = {.flow = ir_text(ir, ir->flow.name),
                                .args = json_write(turn, json)};
    if (!advance_check_start(turn, ir, environment, json, TEXT(""), &begin.key, err))
        return false;
    vec_push(turn, out, begin);
    return true;
}

bool starts_of_event(struct arena *turn, const struct ir *ir,
                     const struct environment *environment, struct text event,
                     const json_t *body, int64_t now, begins *out, struct err *err)
{
    struct eval_scope scope = {
        .ir = ir, .now = now, .calendar = advance_calendar(ir, environment)};
    uint32_t index = ir_find_event(ir, event);
    bool ok = true;
    if (index == IR_NONE)
        return true;
    scope.settings = settings_of(turn, ir, environment, now);
    struct value value;
    if (!wire_read(turn, &scope, ir->events[index].record, body, WIRE_IGNORE_UNKNOWN,
                   &value, err))
        return false;
    for (uint32_t i = 0; i < ir->starts_on_n; i++)
        if (ir->matches[ir->starts_on[i].match].event == index &&
            !start_line(turn, environment, &scope, &ir->starts_on[i], value, out, err))
            ok = false;
    return ok;
}
