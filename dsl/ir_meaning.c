/* The normal form behind the digests: rows by their columns, code operation by operation,
 * references by what they lead to, places by when they are first met. */
#include "dsl/ir_meaning.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/map.h"
#include "engine/base/vec.h"

struct ir_meaning {
    struct arena *arena;
    const struct ir *ir;
    struct text *states; /* how each is called */
    bool is_blurred;
    bool is_by_name;
    bool *is_mentioned; /* text → by an `undo x` or a `keep x` */
    struct map *known;  /* array and row → digest, of rows that stand for themselves */
    VEC(uint64_t) open; /* being written: what is met again is said by name */
    uint32_t circles;   /* how often that happened */
};

struct writing {
    struct ir_meaning *m;
    struct buf out;
    VEC(uint32_t) places; /* in the order they were met */
    uint32_t from, to;    /* the stretch of code being written */
};

static void write_row(struct writing *w, enum ir_array array, uint32_t row);
static void write_code(struct writing *w, uint32_t pc);
static void write_reference(struct writing *w, enum ir_array array, uint32_t row);
static void find_mentioned(struct ir_meaning *m);

struct ir_meaning *ir_meaning_new(struct arena *arena, const struct ir *ir)
{
    struct ir_meaning *m = arena_new_of(arena, struct ir_meaning);
    m->arena = arena;
    m->ir = ir;
    m->known = map_new(arena);
    m->states = arena_array(arena, struct text, ir->states_n + 1);
    for (uint32_t i = 0; i < ir->states_n; i++)
        m->states[i] = ir_text(ir, ir->states[i].path);
    find_mentioned(m);
    return m;
}

void ir_meaning_call(struct ir_meaning *m, uint32_t state, struct text name)
{
    m->states[state] = name;
}

void ir_meaning_blur(struct ir_meaning *m, bool yes)
{
    m->is_blurred = yes;
}

void ir_meaning_by_name(struct ir_meaning *m, bool yes)
{
    m->is_by_name = yes;
}

static void find_mentioned(struct ir_meaning *m)
{
    const struct ir *ir = m->ir;
    m->is_mentioned = arena_array(m->arena, bool, ir->texts_n + 1);
    for (uint32_t i = 0; i < ir->undos_n; i++)
        if (ir->undos[i].name != IR_NONE)
            m->is_mentioned[ir->undos[i].name] = true;
}

/* ---- places ---- */

/* Parameters and variables by their names, all else by when it is met. */
static void write_place(struct writing *w, uint32_t place)
{
    const struct ir *ir = w->m->ir;
    if (place == IR_NONE) {
        buf_chars(&w->out, " -");
        return;
    }
    const struct ir_slot *slot = (place & IR_FRAME) == 0 ? &ir->slots[place] : NULL;
    if (slot != NULL && (slot->kind == IR_SLOT_PARAM || slot->kind == IR_SLOT_VAR)) {
        buf_printf(&w->out, " $" TEXT_FMT, TEXT_ARG(ir_text(ir, slot->name)));
        return;
    }
    uint32_t i = 0;
    while (i < w->places.n && w->places.at[i] != place)
        i++;
    if (i == w->places.n)
        vec_push(w->m->arena, &w->places, place);
    buf_printf(&w->out, " %%%u", i);
}

/* ---- rows that stand for themselves: their digest is made once ---- */

static bool stands_for_itself(enum ir_array array)
{
    static const enum ir_array all[] = {
        IR_ARRAY_types,  IR_ARRAY_functions, IR_ARRAY_adapters, IR_ARRAY_operations,
        IR_ARRAY_errors, IR_ARRAY_policies,  IR_ARRAY_events,   IR_ARRAY_settings};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] == array)
            return true;
    return false;
}

/* What is called, and not made of, its name. */
static uint32_t name_of(const struct ir *ir, enum ir_array array, uint32_t row)
{
    if (array == IR_ARRAY_types)
        return ir->types[row].name;
    if (array == IR_ARRAY_operations)
        return ir->operations[row].name;
    return IR_NONE;
}

static void write_digest(struct writing *w, enum ir_array array, uint32_t row)
{
    char hex[DIGEST_HEX_BYTES];
    struct digest digest = ir_meaning_row(w->m, array, row);
    buf_char(&w->out, ' ');
    buf_text(&w->out, digest_hex(&digest, hex));
}

static bool is_open(const struct ir_meaning *m, enum ir_array array, uint32_t row)
{
    for (uint32_t i = 0; i < m->open.n; i++)
        if (m->open.at[i] == ((uint64_t)array << 32 | row))
            return true;
    return false;
}

/* ---- rows ---- */

static bool is_left_out(const struct writing *w, const struct ir_column *column,
                        const void *row)
{
    static const char *const never[] = {"line", "doc",  "source",
                                        "step", "said", "goal_said"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strcmp(column->name, never[i]) == 0)
            return true;
    if (strcmp(column->name, "name") != 0)
        return false;
    if (column->array == IR_ARRAY_functions || column->array == IR_ARRAY_types ||
        column->array == IR_ARRAY_policies)
        return true;
    uint32_t name = *ir_column_u32(column, (void *)(uintptr_t)row);
    return (column->array == IR_ARRAY_sites || column->array == IR_ARRAY_attempts) &&
           name != IR_NONE && !w->m->is_mentioned[name];
}

static void write_text(struct writing *w, uint32_t text)
{
    struct text t = ir_text(w->m->ir, text);
    buf_printf(&w->out, " %zu:", t.n);
    buf_text(&w->out, t);
}

/* A row of an array that has no columns: an error's index, a position. */
static void write_bare(struct writing *w, enum ir_array array, uint32_t row)
{
    if (array == IR_ARRAY_error_uses)
        write_digest(w, IR_ARRAY_errors, w->m->ir->error_uses[row]);
    else
        buf_printf(&w->out, " %u", w->m->ir->positions[row]);
}

static void write_reference(struct writing *w, enum ir_array array, uint32_t row)
{
    const struct ir *ir = w->m->ir;
    if (row == IR_NONE)
        buf_chars(&w->out, " -");
    else if (array == IR_ARRAY_texts)
        write_text(w, row);
    else if (array == IR_ARRAY_states)
        buf_printf(&w->out, " state " TEXT_FMT,
                   TEXT_ARG(w->m->is_blurred ? TEXT("somewhere") : w->m->states[row]));
    else if (array == IR_ARRAY_dead_letters)
        buf_printf(&w->out, " letter " TEXT_FMT,
                   TEXT_ARG(ir_text(ir, ir->dead_letters[row].name)));
    else if (array == IR_ARRAY_slots)
        write_place(w, row);
    else if (array == IR_ARRAY_operations && w->m->is_by_name) {
        write_text(w, ir->adapters[ir->operations[row].adapter].name);
        write_text(w, ir->operations[row].name);
    } else if (stands_for_itself(array) && !is_open(w->m, array, row))
        write_digest(w, array, row);
    else if (stands_for_itself(array)) {
        w->m->circles++;
        buf_chars(&w->out, " again");
        write_text(w, name_of(ir, array, row));
    } else if (array == IR_ARRAY_error_uses || array == IR_ARRAY_positions)
        write_bare(w, array, row);
    else
        write_row(w, array, row);
}

static void write_range(struct writing *w, enum ir_array array, struct ir_range range)
{
    buf_chars(&w->out, " [");
    for (uint32_t i = 0; i < range.n; i++)
        write_reference(w, array, range.first + i);
    buf_chars(&w->out, "]");
}

/* Inside the stretch that is being written by its distance, else as code of its own. */
static void write_spot(struct writing *w, uint32_t pc)
{
    if (pc == IR_NONE)
        buf_chars(&w->out, " -");
    else if (pc >= w->from && pc < w->to)
        buf_printf(&w->out, " @%u", pc - w->from);
    else
        write_code(w, pc);
}

static void write_spots(struct writing *w, struct ir_range range)
{
    buf_chars(&w->out, " [");
    for (uint32_t i = 0; i < range.n; i++)
        write_spot(w, w->m->ir->positions[range.first + i]);
    buf_chars(&w->out, "]");
}

static void write_column(struct writing *w, const struct ir_column *column,
                         const void *row)
{
    const void *field = (const char *)row + column->offset;
    const struct ir_range *range = field;
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        buf_printf(&w->out, " %u", *(const uint32_t *)field);
        return;
    case IR_COLUMN_NUMBERS:
        write_range(w,
                    ((const struct ir_type *)row)->kind == IR_TYPE_RECORD
                        ? IR_ARRAY_fields
                        : IR_ARRAY_cases,
                    *range);
        return;
    case IR_COLUMN_WHOLE:
        buf_printf(&w->out, " %lld", (long long)*(const int64_t *)field);
        return;
    case IR_COLUMN_YES:
        buf_printf(&w->out, " %d", *(const bool *)field);
        return;
    case IR_COLUMN_EXACT: {
        char digits[DECIMAL_TEXT_BYTES];
        buf_char(&w->out, ' ');
        buf_text(&w->out, decimal_print(*(const struct decimal *)field, digits));
        return;
    }
    case IR_COLUMN_INDEX:
    case IR_COLUMN_MAYBE:
        write_reference(w, column->of, *(const uint32_t *)field);
        return;
    case IR_COLUMN_RANGE:
        write_range(w, column->of, *range);
        return;
    case IR_COLUMN_BLOCK:
    case IR_COLUMN_MAYBE_BLOCK:
    case IR_COLUMN_BODY:
    case IR_COLUMN_MAYBE_BODY:
        write_code(w, *(const uint32_t *)field);
        return;
    case IR_COLUMN_SPOT:
    case IR_COLUMN_MAYBE_SPOT:
        write_spot(w, *(const uint32_t *)field);
        return;
    case IR_COLUMN_SPOTS:
        write_spots(w, *range);
        return;
    case IR_COLUMN_PLACE:
    case IR_COLUMN_MAYBE_PLACE:
        write_place(w, *(const uint32_t *)field);
        return;
    }
}

/* Types and money share the column of a currency's text and of a scale. */
static void write_scale(struct writing *w, const struct ir_type *type)
{
    if (type->kind == IR_TYPE_MONEY && type->scale != IR_NONE)
        write_text(w, type->scale);
    else
        buf_printf(&w->out, " %u", type->scale);
}

static void write_row(struct writing *w, enum ir_array array, uint32_t row)
{
    uint32_t n;
    const char *rows = ir_array_rows(w->m->ir, array, &n);
    const char *at = rows + row * ir_array_row_bytes(array);
    struct ir_columns columns = ir_columns_of(array);
    buf_printf(&w->out, " (%s", ir_array_name(array));
    for (uint32_t i = 0; i < columns.n; i++) {
        const struct ir_column *column = &columns.at[i];
        if (is_left_out(w, column, at))
            continue;
        if (array == IR_ARRAY_types && strcmp(column->name, "scale") == 0)
            write_scale(w, (const struct ir_type *)(const void *)at);
        else
            write_column(w, column, at);
    }
    buf_char(&w->out, ')');
}

/* ---- code ---- */

static void write_operands(struct writing *w, struct ir_op op)
{
    switch ((enum ir_op_code)op.code) {
    case IR_CONST:
        write_reference(w, IR_ARRAY_consts, op.b);
        return;
    case IR_LOAD:
    case IR_SET:
    case IR_UNSET:
    case IR_ADD_TO:
        write_place(w, op.b);
        return;
    case IR_SETTING:
        write_reference(w, IR_ARRAY_settings, op.b);
        return;
    case IR_JUMP:
    case IR_JUMP_FALSE:
    case IR_JUMP_PRESENT:
    case IR_NEXT:
        buf_printf(&w->out, " %u @%u", op.a, op.b - w->from);
        return;
    case IR_EACH:
    case IR_ROUND:
        write_reference(w, IR_ARRAY_loops, op.a);
        buf_printf(&w->out, " @%u", op.b - w->from);
        return;
    case IR_RECORD:
        write_reference(w, IR_ARRAY_types, op.b);
        return;
    case IR_VARIANT:
        write_reference(w, IR_ARRAY_cases, op.b);
        return;
    case IR_CONVERT:
        write_reference(w, IR_ARRAY_types, op.a);
        write_reference(w, IR_ARRAY_types, op.b);
        return;
    case IR_CALL_FUNCTION:
        write_reference(w, IR_ARRAY_functions, op.b);
        return;
    case IR_TO_TEXT:
        write_reference(w, IR_ARRAY_types, op.b);
        return;
    case IR_CALL:
        write_reference(w, IR_ARRAY_sites, op.b);
        return;
    case IR_WAIT:
        write_reference(w, IR_ARRAY_waits, op.b);
        return;
    case IR_WAIT_UNTIL:
        write_code(w, op.b);
        return;
    case IR_ASK:
        write_reference(w, IR_ARRAY_questions, op.b);
        return;
    case IR_ATTEMPT:
        write_reference(w, IR_ARRAY_attempts, op.b);
        return;
    case IR_RUN:
    case IR_START:
        write_reference(w, IR_ARRAY_children, op.b);
        return;
    case IR_FORK:
        write_reference(w, IR_ARRAY_forks, op.b);
        return;
    case IR_UNDO:
    case IR_KEEP:
        write_reference(w, IR_ARRAY_undos, op.b);
        return;
    case IR_MARK:
        write_text(w, op.b);
        return;
    case IR_EMIT:
        write_reference(w, IR_ARRAY_events, op.b);
        return;
    case IR_FAIL:
        write_reference(w, IR_ARRAY_errors, op.b);
        return;
    case IR_GO_TO:
        write_reference(w, IR_ARRAY_states, op.b);
        return;
    case IR_REFER:
        write_reference(w, IR_ARRAY_dead_letters, op.b);
        return;
    case IR_ENTER: /* room, which follows from the rest */
    case IR_ATTEMPT_END:
        return;
    case IR_PUSH_NONE:
    case IR_TEMP:
    case IR_SET_TEMP:
    case IR_NOW:
    case IR_PROBLEM:
    case IR_NEW_ID:
    case IR_FIELD:
    case IR_FIELD_OR_NONE:
    case IR_DATA:
    case IR_INDEX:
    case IR_NEG:
    case IR_NOT:
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_DIV:
    case IR_EQ:
    case IR_NE:
    case IR_LT:
    case IR_LE:
    case IR_GT:
    case IR_GE:
    case IR_IN:
    case IR_DROP:
    case IR_IS_CASE:
    case IR_LIST:
    case IR_MAP:
    case IR_WITH:
    case IR_APPEND:
    case IR_BUILTIN:
    case IR_JOIN_TEXT:
    case IR_RETURN:
    case IR_WAIT_TIME:
    case IR_KEEP_ALL:
    case IR_NOTE:
    case IR_GIVE:
    case IR_RETRY:
    case IR_STAY:
    case IR_PART:
    case IR_END:
    case IR_OP_COUNT:
        buf_printf(&w->out, " %u %u", op.a, op.b);
        return;
    }
}

/* From where it begins (an ENTER, or a way out inside a body) to the end of its stretch.
 */
static void write_code(struct writing *w, uint32_t pc)
{
    const struct ir *ir = w->m->ir;
    uint32_t from = w->from, to = w->to;
    if (pc == IR_NONE) {
        buf_chars(&w->out, " -");
        return;
    }
    w->from = w->to = pc;
    do
        w->to++;
    while (w->to < ir->code_n && ir->code[w->to].code != IR_ENTER);
    buf_chars(&w->out, " {");
    for (uint32_t i = w->from; i < w->to; i++) {
        buf_printf(&w->out, " %s", ir_op_names[ir->code[i].code]);
        write_operands(w, ir->code[i]);
        buf_char(&w->out, ';');
    }
    buf_chars(&w->out, "}");
    w->from = from;
    w->to = to;
}

/* ---- what is asked ---- */

static struct writing writing_new(struct ir_meaning *m)
{
    struct writing w = {.m = m};
    buf_init(&w.out, m->arena);
    return w;
}

static struct digest writing_done(struct writing *w)
{
    return digest_of(buf_done(&w->out));
}

struct digest ir_meaning_row(struct ir_meaning *m, enum ir_array array, uint32_t row)
{
    uint64_t key = (uint64_t)array << 32 | row;
    struct text bytes = {(const char *)&key, sizeof key};
    bool is_kept = row != IR_NONE && stands_for_itself(array);
    struct digest *known = is_kept ? map_get(m->known, bytes) : NULL;
    if (known != NULL)
        return *known;
    uint32_t circles = m->circles;
    struct writing w = writing_new(m);
    vec_push(m->arena, &m->open, key);
    if (row == IR_NONE)
        buf_chars(&w.out, "-");
    else
        write_row(&w, array, row);
    m->open.n--;
    struct digest digest = writing_done(&w);
    if (is_kept && m->circles == circles)
        map_put(m->known, text_dup(m->arena, bytes),
                arena_copy(m->arena, &digest, sizeof digest));
    return digest;
}

struct digest ir_meaning_rows(struct ir_meaning *m, enum ir_array array,
                              struct ir_range rows)
{
    struct writing w = writing_new(m);
    write_range(&w, array, rows);
    return writing_done(&w);
}

struct digest ir_meaning_code(struct ir_meaning *m, uint32_t pc)
{
    struct writing w = writing_new(m);
    write_code(&w, pc);
    return writing_done(&w);
}

static void write_state(struct writing *w, uint32_t state)
{
    const struct ir_state *s = &w->m->ir->states[state];
    buf_printf(&w->out, " %d %u %d", s->is_final, s->visits_max, s->limit_is_moment);
    write_code(w, s->limit);
    write_code(w, s->body);
    write_range(w, IR_ARRAY_handlers, s->handlers);
}

struct digest ir_meaning_state(struct ir_meaning *m, uint32_t state)
{
    struct text name = m->states[state];
    struct writing w = writing_new(m);
    m->states[state] = TEXT("(this)");
    write_state(&w, state);
    m->states[state] = name;
    return writing_done(&w);
}

/* Variables by name and type; what is hidden follows from the code. */
static void write_variables(struct writing *w)
{
    const struct ir *ir = w->m->ir;
    for (uint32_t i = 0; i < ir->slots_n; i++)
        if (ir->slots[i].kind == IR_SLOT_VAR) {
            write_place(w, i);
            write_reference(w, IR_ARRAY_types, ir->slots[i].type);
            write_reference(w, IR_ARRAY_states, ir->slots[i].state);
        }
}

struct digest ir_meaning_flow(struct ir_meaning *m)
{
    const struct ir *ir = m->ir;
    const struct ir_flow *flow = &ir->flow;
    struct writing w = writing_new(m);
    write_text(&w, flow->name);
    write_reference(&w, IR_ARRAY_types, flow->params);
    write_reference(&w, IR_ARRAY_types, flow->gives);
    write_range(&w, IR_ARRAY_error_uses, flow->errors);
    write_code(&w, flow->key);
    write_reference(&w, IR_ARRAY_texts, flow->calendar);
    write_reference(&w, IR_ARRAY_dead_letters, flow->error_dead_letter);
    write_variables(&w);
    write_code(&w, flow->body);
    for (uint32_t i = 0; i < ir->states_n; i++) {
        write_reference(&w, IR_ARRAY_states, i);
        write_state(&w, i);
    }
    for (uint32_t i = 0; i < ir->handlers_n; i++)
        if (ir->handlers[i].state == IR_NONE)
            write_row(&w, IR_ARRAY_handlers, i);
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        write_row(&w, IR_ARRAY_dead_letters, i);
    write_range(&w, IR_ARRAY_measures, (struct ir_range){0, ir->measures_n});
    write_range(&w, IR_ARRAY_starts_on, (struct ir_range){0, ir->starts_on_n});
    write_range(&w, IR_ARRAY_starts_every, (struct ir_range){0, ir->starts_every_n});
    return writing_done(&w);
}
