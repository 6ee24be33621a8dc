/* What an event begins, and what a moment. */
#include "engine/core/begins.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/core/wire.h"

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
                       struct value body, begin_list *out, struct err *err)
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
    struct begin begin = {.args = json_write(turn, json)};
    if (!advance_check_start(turn, ir, environment, json, TEXT(""), &begin.key, err))
        return false;
    vec_push(turn, out, begin);
    return true;
}

bool begins_of_event(struct arena *turn, const struct ir *ir,
                     const struct environment *environment, struct text event,
                     const json_t *body, int64_t now, begin_list *out, struct err *err)
{
    struct eval_scope scope = advance_scope(turn, ir, environment, now);
    uint32_t index = ir_find_event(ir, event);
    bool ok = true;
    if (index == IR_NONE)
        return true;
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

bool begins_of_moment(struct arena *turn, const struct ir *ir,
                      const struct environment *environment,
                      const struct schedule *schedule, int64_t moment, struct begin *out,
                      struct err *err)
{
    char key[WHEN_TEXT_BYTES];
    scoped_json json_t *none = json_object();
    *out = (struct begin){.args = TEXT("{}")};
    if (!advance_check_start(turn, ir, environment, none, TEXT(""), &out->key, err))
        return false;
    if (out->key.n == 0)
        out->key = text_dup(turn, schedule_key(schedule, moment, key));
    return true;
}
