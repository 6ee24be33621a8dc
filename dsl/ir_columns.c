/* The tables behind "every row is a list of columns". */
#include "dsl/ir_columns.h"

#include "engine/base/limits.h"
#include "engine/base/must.h"

#define ROW_OF(array) __typeof__(*((struct ir *)0)->array)

#define COLUMN(array, field, kind, of)                                                   \
    {                                                                                    \
#field, IR_ARRAY_##array, IR_COLUMN_##kind, (of), offsetof(ROW_OF(array), field) \
    }
#define FLOW_COLUMN(field, kind, of)                                                     \
    {                                                                                    \
#field, IR_ARRAY_FLOW, IR_COLUMN_##kind, (of), offsetof(struct ir_flow, field)   \
    }

/* Every field of every row, in the order of ir.h: a new field is one line here. */
static const struct ir_column columns[] = {
    COLUMN(types, kind, NUMBER, IR_TYPE_JSON + 1),
    COLUMN(types, name, MAYBE, IR_ARRAY_texts),
    COLUMN(types, of, MAYBE, IR_ARRAY_types),
    COLUMN(types, key, MAYBE, IR_ARRAY_types),
    COLUMN(types, parts, NUMBERS, 0), /* of fields or cases, by kind */
    COLUMN(types, scale, NUMBER, 0),
    COLUMN(types, refined, MAYBE_BLOCK, 0),
    COLUMN(types, pattern, MAYBE, IR_ARRAY_texts),
    COLUMN(types, is_private, YES, 0),
    COLUMN(types, is_secret, YES, 0),
    COLUMN(fields, name, INDEX, IR_ARRAY_texts),
    COLUMN(fields, type, INDEX, IR_ARRAY_types),
    COLUMN(fields, standard, MAYBE_BLOCK, 0),
    COLUMN(cases, name, INDEX, IR_ARRAY_texts),
    COLUMN(cases, fields, RANGE, IR_ARRAY_fields),
    COLUMN(cases, record, MAYBE, IR_ARRAY_types),
    COLUMN(cases, position, NUMBER, 0),
    COLUMN(consts, kind, NUMBER, IR_CONST_WORK_HOURS + 1),
    COLUMN(consts, text, MAYBE, IR_ARRAY_texts),
    COLUMN(consts, whole, WHOLE, 0),
    COLUMN(consts, decimal, EXACT, 0),
    COLUMN(functions, name, INDEX, IR_ARRAY_texts),
    COLUMN(functions, params, NUMBER, UINT16_MAX),
    COLUMN(functions, block, BLOCK, 0),
    COLUMN(functions, gives, INDEX, IR_ARRAY_types),
    COLUMN(adapters, name, INDEX, IR_ARRAY_texts),
    COLUMN(adapters, rate, NUMBER, 0),
    COLUMN(adapters, rate_per, WHOLE, 0),
    COLUMN(adapters, at_once, NUMBER, 0),
    COLUMN(adapters, rest, WHOLE, 0),
    COLUMN(adapters, rest_after, NUMBER, 0),
    COLUMN(operations, adapter, INDEX, IR_ARRAY_adapters),
    COLUMN(operations, name, INDEX, IR_ARRAY_texts),
    COLUMN(operations, class_of, NUMBER, IR_CLASS_UNSAID + 1),
    COLUMN(operations, params, RANGE, IR_ARRAY_fields),
    COLUMN(operations, gives, MAYBE, IR_ARRAY_types),
    COLUMN(operations, errors, RANGE, IR_ARRAY_error_uses),
    COLUMN(operations, key_kind, NUMBER, IR_KEY_VALUE + 1),
    COLUMN(operations, key, MAYBE_BLOCK, 0),
    COLUMN(operations, undone_by, MAYBE, IR_ARRAY_operations),
    COLUMN(operations, undone_args, MAYBE_BLOCK, 0),
    COLUMN(operations, found_by, MAYBE, IR_ARRAY_operations),
    COLUMN(operations, found_args, MAYBE_BLOCK, 0),
    COLUMN(operations, within, MAYBE_BLOCK, 0),
    COLUMN(operations, policy, MAYBE, IR_ARRAY_policies),
    COLUMN(errors, name, INDEX, IR_ARRAY_texts),
    COLUMN(errors, record, INDEX, IR_ARRAY_types),
    COLUMN(policies, name, INDEX, IR_ARRAY_texts),
    COLUMN(policies, tries, NUMBER, 0),
    COLUMN(policies, within, WHOLE, 0),
    COLUMN(policies, each_within, WHOLE, 0),
    COLUMN(policies, pause, WHOLE, 0),
    COLUMN(policies, pause_max, WHOLE, 0),
    COLUMN(policies, doubling, YES, 0),
    COLUMN(policies, spread, NUMBER, 1001),
    COLUMN(policies, only, NUMBER, 4),
    COLUMN(events, name, INDEX, IR_ARRAY_texts),
    COLUMN(events, record, INDEX, IR_ARRAY_types),
    COLUMN(events, keys, RANGE, IR_ARRAY_positions),
    COLUMN(events, unique, RANGE, IR_ARRAY_positions),
    COLUMN(events, held, WHOLE, 0),
    COLUMN(settings, name, INDEX, IR_ARRAY_texts),
    COLUMN(settings, type, INDEX, IR_ARRAY_types),
    COLUMN(settings, standard, MAYBE_BLOCK, 0),
    COLUMN(slots, name, MAYBE, IR_ARRAY_texts),
    COLUMN(slots, type, MAYBE, IR_ARRAY_types),
    COLUMN(slots, kind, NUMBER, IR_SLOT_HIDDEN + 1),
    COLUMN(slots, state, MAYBE, IR_ARRAY_states),
    COLUMN(whens, name, INDEX, IR_ARRAY_texts),
    COLUMN(whens, place, MAYBE_PLACE, 0),
    COLUMN(whens, form, MAYBE, IR_ARRAY_types),
    COLUMN(whens, where, MAYBE_BLOCK, 0),
    COLUMN(whens, pc, SPOT, 0),
    COLUMN(sites, operation, INDEX, IR_ARRAY_operations),
    COLUMN(sites, place, MAYBE_PLACE, 0),
    COLUMN(sites, name, INDEX, IR_ARRAY_texts),
    COLUMN(sites, policy, INDEX, IR_ARRAY_policies),
    COLUMN(sites, limit, MAYBE_BLOCK, 0),
    COLUMN(sites, limit_is_moment, YES, 0),
    COLUMN(sites, never_undone, YES, 0),
    COLUMN(sites, undo_block, MAYBE, IR_ARRAY_undo_blocks),
    COLUMN(sites, whens, RANGE, IR_ARRAY_whens),
    COLUMN(sites, step, INDEX, IR_ARRAY_texts),
    COLUMN(undo_blocks, body, BODY, 0),
    COLUMN(undo_blocks, captures, RANGE, IR_ARRAY_captures),
    COLUMN(captures, from, PLACE, 0),
    COLUMN(captures, to, PLACE, 0),
    COLUMN(matches, event, INDEX, IR_ARRAY_events),
    COLUMN(matches, keys, RANGE, IR_ARRAY_match_keys),
    COLUMN(matches, place, MAYBE_PLACE, 0),
    COLUMN(matches, where, MAYBE_BLOCK, 0),
    COLUMN(matches, pc, MAYBE_SPOT, 0),
    COLUMN(match_keys, field, NUMBER, 0),
    COLUMN(match_keys, block, BLOCK, 0),
    COLUMN(match_keys, is_list, YES, 0),
    COLUMN(waits, matches, RANGE, IR_ARRAY_matches),
    COLUMN(waits, limit, MAYBE_BLOCK, 0),
    COLUMN(waits, limit_is_moment, YES, 0),
    COLUMN(waits, late_pc, MAYBE_SPOT, 0),
    COLUMN(waits, step, INDEX, IR_ARRAY_texts),
    COLUMN(questions, role, INDEX, IR_ARRAY_texts),
    COLUMN(questions, question, BLOCK, 0),
    COLUMN(questions, showing, MAYBE_BLOCK, 0),
    COLUMN(questions, limit, MAYBE_BLOCK, 0),
    COLUMN(questions, limit_is_moment, YES, 0),
    COLUMN(questions, whens, RANGE, IR_ARRAY_whens),
    COLUMN(questions, escalations, RANGE, IR_ARRAY_escalations),
    COLUMN(questions, step, INDEX, IR_ARRAY_texts),
    COLUMN(escalations, role, MAYBE, IR_ARRAY_texts),
    COLUMN(escalations, after, BLOCK, 0),
    COLUMN(children, flow, INDEX, IR_ARRAY_texts),
    COLUMN(children, params, RANGE, IR_ARRAY_fields),
    COLUMN(children, gives, MAYBE, IR_ARRAY_types),
    COLUMN(children, errors, RANGE, IR_ARRAY_error_uses),
    COLUMN(children, key, MAYBE_BLOCK, 0),
    COLUMN(children, place, MAYBE_PLACE, 0),
    COLUMN(children, name, INDEX, IR_ARRAY_texts),
    COLUMN(children, limit, MAYBE_BLOCK, 0),
    COLUMN(children, limit_is_moment, YES, 0),
    COLUMN(children, never_undone, YES, 0),
    COLUMN(children, is_owned, YES, 0),
    COLUMN(children, whens, RANGE, IR_ARRAY_whens),
    COLUMN(children, step, INDEX, IR_ARRAY_texts),
    COLUMN(loops, list, PLACE, 0),
    COLUMN(loops, index, PLACE, 0),
    COLUMN(loops, item, MAYBE_PLACE, 0),
    COLUMN(forks, kind, NUMBER, IR_FORK_BRANCHES + 1),
    COLUMN(forks, first_wins, YES, 0),
    COLUMN(forks, despite, YES, 0),
    COLUMN(forks, list, MAYBE_PLACE, 0),
    COLUMN(forks, window, MAYBE_BLOCK, 0),
    COLUMN(forks, item, MAYBE_PLACE, 0),
    COLUMN(forks, gifts, PLACE, 0),
    COLUMN(forks, place, MAYBE_PLACE, 0),
    COLUMN(forks, branches, RANGE, IR_ARRAY_branches),
    COLUMN(forks, step, INDEX, IR_ARRAY_texts),
    COLUMN(branches, name, MAYBE, IR_ARRAY_texts),
    COLUMN(branches, body, BODY, 0),
    COLUMN(branches, frame, NUMBER, LIMIT_FRAME_PLACES + 1),
    COLUMN(branches, gives, YES, 0),
    COLUMN(attempts, from_pc, SPOT, 0),
    COLUMN(attempts, to_pc, SPOT, 0),
    COLUMN(attempts, mark, PLACE, 0),
    COLUMN(attempts, name, MAYBE, IR_ARRAY_texts),
    COLUMN(attempts, whens, RANGE, IR_ARRAY_whens),
    COLUMN(attempts, step, INDEX, IR_ARRAY_texts),
    COLUMN(undos, mode, NUMBER, IR_UNDO_NAMED + 1),
    COLUMN(undos, state, MAYBE, IR_ARRAY_states),
    COLUMN(undos, name, MAYBE, IR_ARRAY_texts),
    COLUMN(undos, outside, NUMBER, 0),
    COLUMN(undos, every, YES, 0),
    COLUMN(undos, whens, RANGE, IR_ARRAY_whens),
    COLUMN(undos, step, INDEX, IR_ARRAY_texts),
    COLUMN(handlers, kind, NUMBER, IR_HANDLER_IGNORE + 1),
    COLUMN(handlers, state, MAYBE, IR_ARRAY_states),
    COLUMN(handlers, match, MAYBE, IR_ARRAY_matches),
    COLUMN(handlers, error, MAYBE, IR_ARRAY_texts),
    COLUMN(handlers, place, MAYBE_PLACE, 0),
    COLUMN(handlers, period, MAYBE_BLOCK, 0),
    COLUMN(handlers, body, MAYBE_BODY, 0),
    COLUMN(handlers, line, NUMBER, 0),
    COLUMN(states, name, INDEX, IR_ARRAY_texts),
    COLUMN(states, path, INDEX, IR_ARRAY_texts),
    COLUMN(states, parent, MAYBE, IR_ARRAY_states),
    COLUMN(states, first_inner, MAYBE, IR_ARRAY_states),
    COLUMN(states, is_final, YES, 0),
    COLUMN(states, visits_max, NUMBER, 0),
    COLUMN(states, limit, MAYBE_BLOCK, 0),
    COLUMN(states, limit_is_moment, YES, 0),
    COLUMN(states, body, MAYBE_BODY, 0),
    COLUMN(states, handlers, RANGE, IR_ARRAY_handlers),
    COLUMN(states, line, NUMBER, 0),
    COLUMN(states, doc, MAYBE, IR_ARRAY_texts),
    COLUMN(dead_letters, name, INDEX, IR_ARRAY_texts),
    COLUMN(dead_letters, role, INDEX, IR_ARRAY_texts),
    COLUMN(dead_letters, question, BLOCK, 0),
    COLUMN(dead_letters, showing, MAYBE_BLOCK, 0),
    COLUMN(dead_letters, limit, MAYBE_BLOCK, 0),
    COLUMN(dead_letters, limit_is_moment, YES, 0),
    COLUMN(dead_letters, whens, RANGE, IR_ARRAY_whens),
    COLUMN(dead_letters, afters, RANGE, IR_ARRAY_escalations),
    COLUMN(dead_letters, after_bodies, SPOTS,
           IR_ARRAY_positions), /* the positions are bodies */
    COLUMN(dead_letters, line, NUMBER, 0),
    COLUMN(measures, name, INDEX, IR_ARRAY_texts),
    COLUMN(measures, kind, NUMBER, 3),
    COLUMN(measures, from, MAYBE, IR_ARRAY_texts),
    COLUMN(measures, to, MAYBE, IR_ARRAY_texts),
    COLUMN(measures, block, MAYBE_BLOCK, 0),
    COLUMN(measures, goal, MAYBE_BLOCK, 0),
    COLUMN(measures, goal_said, MAYBE, IR_ARRAY_texts),
    COLUMN(starts_on, match, INDEX, IR_ARRAY_matches),
    COLUMN(starts_on, args, BLOCK, 0),
    COLUMN(starts_every, every, BLOCK, 0),
    COLUMN(starts_every, at, WHOLE, 0),
    COLUMN(starts_every, said, INDEX, IR_ARRAY_texts),
    COLUMN(migrations, from, NUMBER, 0),
    COLUMN(migrations, moves, RANGE, IR_ARRAY_moves),
    COLUMN(migrations, initials, RANGE, IR_ARRAY_initials),
    COLUMN(migrations, line, NUMBER, 0),
    COLUMN(moves, state, INDEX, IR_ARRAY_texts),
    COLUMN(moves, to, MAYBE, IR_ARRAY_states),
    COLUMN(initials, place, PLACE, 0),
    COLUMN(initials, block, BLOCK, 0),
    FLOW_COLUMN(name, INDEX, IR_ARRAY_texts),
    FLOW_COLUMN(version, NUMBER, 0),
    FLOW_COLUMN(params, INDEX, IR_ARRAY_types),
    FLOW_COLUMN(gives, MAYBE, IR_ARRAY_types),
    FLOW_COLUMN(errors, RANGE, IR_ARRAY_error_uses),
    FLOW_COLUMN(key, MAYBE_BLOCK, 0),
    FLOW_COLUMN(key_path, MAYBE, IR_ARRAY_texts),
    FLOW_COLUMN(body, MAYBE_BODY, 0),
    FLOW_COLUMN(first_state, MAYBE, IR_ARRAY_states),
    FLOW_COLUMN(error_dead_letter, MAYBE, IR_ARRAY_dead_letters),
    FLOW_COLUMN(calendar, MAYBE, IR_ARRAY_texts),
    FLOW_COLUMN(problem, INDEX, IR_ARRAY_types),
    FLOW_COLUMN(frame_slots, NUMBER, LIMIT_FRAME_PLACES + 1),
    FLOW_COLUMN(source, MAYBE, IR_ARRAY_texts),
    FLOW_COLUMN(doc, MAYBE, IR_ARRAY_texts),
};

static const struct {
    const char *name;
    size_t row_bytes;
    size_t rows;
    size_t n;
} arrays[] = {
#define IR_ARRAY(type, name)                                                             \
    {#name, sizeof(type), offsetof(struct ir, name), offsetof(struct ir, name##_n)},
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
        {"flow", sizeof(struct ir_flow), 0, 0}};

struct ir_columns ir_columns_of(enum ir_array array)
{
    const uint32_t all = sizeof columns / sizeof *columns;
    uint32_t first = 0, n = 0;
    while (first < all && columns[first].array != array)
        first++;
    while (first + n < all && columns[first + n].array == array)
        n++;
    return (struct ir_columns){columns + first, n};
}

const char *ir_array_name(enum ir_array array)
{
    return arrays[array].name;
}

size_t ir_array_row_bytes(enum ir_array array)
{
    return arrays[array].row_bytes;
}

void *ir_array_rows(const struct ir *ir, enum ir_array array, uint32_t *n)
{
    char *base = (char *)(uintptr_t)ir;
    if (array == IR_ARRAY_FLOW) {
        *n = 1;
        return base + offsetof(struct ir, flow);
    }
    *n = *(uint32_t *)(void *)(base + arrays[array].n);
    void *rows;
    memcpy(&rows, base + arrays[array].rows, sizeof rows);
    return rows;
}

void ir_array_set(struct ir *ir, enum ir_array array, void *rows, uint32_t n)
{
    must(array != IR_ARRAY_FLOW);
    memcpy((char *)ir + arrays[array].rows, &rows, sizeof rows);
    memcpy((char *)ir + arrays[array].n, &n, sizeof n);
}

bool ir_column_is_optional(enum ir_column_kind kind)
{
    return kind == IR_COLUMN_MAYBE || kind == IR_COLUMN_MAYBE_BLOCK ||
           kind == IR_COLUMN_MAYBE_BODY || kind == IR_COLUMN_MAYBE_SPOT ||
           kind == IR_COLUMN_MAYBE_PLACE;
}

bool ir_column_is_code(enum ir_column_kind kind)
{
    return kind >= IR_COLUMN_BLOCK && kind <= IR_COLUMN_MAYBE_SPOT;
}

bool ir_op_has_target(uint16_t code)
{
    return code == IR_JUMP || code == IR_JUMP_FALSE || code == IR_JUMP_PRESENT ||
           code == IR_NEXT || code == IR_EACH || code == IR_ROUND ||
           code == IR_WAIT_UNTIL;
}

bool ir_op_leaves(uint16_t code)
{
    return code == IR_JUMP || code == IR_RETURN || code == IR_FAIL || code == IR_GO_TO ||
           code == IR_RETRY || code == IR_STAY || code == IR_PART || code == IR_END;
}

bool ir_op_moves(uint16_t code)
{
    return code > IR_RETURN;
}

const char *const ir_op_names[] = {
#define OP(name, pops, pushes, operands, sentence) #name,
#include "dsl/ir.def"
#undef OP
};
