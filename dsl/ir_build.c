/* Interning, rows, and code with labels. */
#include "dsl/ir_build.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

/* A stretch of code being written: a block or a body. */
struct ir_section {
    struct ir_section *outer; /* to which ir_close() returns */
    VEC(struct ir_op) code;
    VEC(uint32_t) lines;
    uint32_t label; /* of its ENTER */
    uint32_t base;  /* pc of its ENTER, once closed */
    uint32_t depth;
    uint32_t deepest;
    uint32_t temps;
    uint32_t temps_most;
    bool is_body;
    bool goes_on;
    bool is_closed;
};

/* What the interning maps hold: an index, behind a pointer. */
static uint32_t intern(struct ir_build *b, struct text key, uint32_t next)
{
    const uint32_t *known = map_get(b->interned, key);
    if (known != NULL)
        return *known;
    uint32_t *index = arena_new_of(b->arena, uint32_t);
    *index = next;
    map_put(b->interned, text_dup(b->arena, key), index);
    return next;
}

/* ---- beginning and end ---- */

static void add_problem_record(struct ir_build *b)
{
    uint32_t text = ir_add_simple(b, IR_TYPE_TEXT);
    const struct ir_part fields[] = {
        {"kind", text},
        {"message", text},
        {"step", text},
        {"operation", ir_add_optional(b, text)},
        {"attempts", ir_add_simple(b, IR_TYPE_INT)},
        {"since", ir_add_simple(b, IR_TYPE_INSTANT)},
        {"in_doubt", ir_add_simple(b, IR_TYPE_BOOL)},
    };
    b->flow.problem = ir_add_record(b, "Problem", fields, sizeof fields / sizeof *fields);
}

static void set_none(struct ir_columns columns, void *row)
{
    for (uint32_t i = 0; i < columns.n; i++)
        if (ir_column_is_optional(columns.at[i].kind))
            *ir_column_u32(&columns.at[i], row) = IR_NONE;
}

struct ir_build *ir_build_new(struct arena *arena, const char *name, uint32_t version)
{
    struct ir_build *b = arena_new_of(arena, struct ir_build);
    b->arena = arena;
    b->interned = map_new(arena);
    set_none(ir_columns_of(IR_ARRAY_FLOW), &b->flow);
    b->flow.name = ir_add_chars(b, name);
    b->flow.version = version;
    b->flow.params = ir_add_record(b, NULL, NULL, 0);
    add_problem_record(b);
    return b;
}

static uint32_t pc_of(const struct ir_build *b, uint32_t label)
{
    must(label < b->labels.n);
    const struct ir_label *l = &b->labels.at[label];
    must(l->section != NULL && l->section->is_closed);
    return l->section->base + l->at;
}

static void resolve_row(const struct ir_build *b, struct ir_columns columns, void *row)
{
    for (uint32_t i = 0; i < columns.n; i++) {
        if (!ir_column_is_code(columns.at[i].kind))
            continue;
        uint32_t *field = ir_column_u32(&columns.at[i], row);
        if (*field != IR_NONE)
            *field = pc_of(b, *field);
    }
}

static void resolve_spots(const struct ir_build *b, struct ir *ir)
{
    for (uint32_t i = 0; i < ir->dead_letters_n; i++) {
        struct ir_range bodies = ir->dead_letters[i].after_bodies;
        for (uint32_t k = 0; k < bodies.n; k++)
            ir->positions[bodies.first + k] = pc_of(b, ir->positions[bodies.first + k]);
    }
}

struct ir *ir_build_done(struct ir_build *b)
{
    must(b->section == NULL && !b->is_too_large && b->temps_work <= LIMIT_TEMPS_WORK);
    struct ir *ir = arena_new_of(b->arena, struct ir);
    ir->flow = b->flow;
#define IR_ARRAY(type, name)                                                             \
    ir->name = arena_copy(b->arena, b->name.at, b->name.n * sizeof(type));               \
    ir->name##_n = b->name.n;
    IR_ARRAYS(IR_ARRAY)
#undef IR_ARRAY
    for (enum ir_array array = 0; array < IR_ARRAYS_N; array++) {
        struct ir_columns columns = ir_columns_of(array);
        uint32_t n;
        char *rows = ir_array_rows(ir, array, &n);
        for (uint32_t i = 0; i < n; i++)
            resolve_row(b, columns, rows + i * ir_array_row_bytes(array));
    }
    resolve_spots(b, ir);
    for (uint32_t i = 0; i < ir->code_n; i++)
        if (ir_op_has_target(ir->code[i].code))
            ir->code[i].b = pc_of(b, ir->code[i].b);
    return ir;
}

/* ---- what is held once ---- */

uint32_t ir_add_text(struct ir_build *b, struct text t)
{
    struct buf key;
    buf_init(&key, b->arena);
    buf_char(&key, 't');
    buf_text(&key, t);
    uint32_t index = intern(b, buf_done(&key), b->texts.n);
    if (index == b->texts.n)
        vec_push(b->arena, &b->texts, text_dup(b->arena, t));
    return index;
}

uint32_t ir_add_chars(struct ir_build *b, const char *chars)
{
    return ir_add_text(b, text_of(chars));
}

uint32_t ir_add_type(struct ir_build *b, struct ir_type type)
{
    struct buf key;
    buf_init(&key, b->arena);
    buf_char(&key, 'y');
    const uint32_t parts[] = {type.kind,    type.name,        type.of,       type.key,
                              type.scale,   type.parts.first, type.parts.n,  type.refined,
                              type.pattern, type.is_private,  type.is_secret};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_u32(&key, parts[i]);
    uint32_t index = intern(b, buf_done(&key), b->types.n);
    if (index == b->types.n)
        vec_push(b->arena, &b->types, type);
    return index;
}

struct ir_type ir_type_of_kind(enum ir_type_kind kind)
{
    return (struct ir_type){.kind = kind,
                            .name = IR_NONE,
                            .of = IR_NONE,
                            .key = IR_NONE,
                            .scale = IR_NONE,
                            .refined = IR_NONE,
                            .pattern = IR_NONE};
}

uint32_t ir_add_simple(struct ir_build *b, enum ir_type_kind kind)
{
    return ir_add_type(b, ir_type_of_kind(kind));
}

uint32_t ir_add_list(struct ir_build *b, uint32_t of)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_LIST);
    type.of = of;
    return ir_add_type(b, type);
}

uint32_t ir_add_map(struct ir_build *b, uint32_t key, uint32_t of)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_MAP);
    type.of = of;
    type.key = key;
    return ir_add_type(b, type);
}

uint32_t ir_add_optional(struct ir_build *b, uint32_t of)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_OPTIONAL);
    type.of = of;
    return ir_add_type(b, type);
}

uint32_t ir_add_record(struct ir_build *b, const char *name, const struct ir_part *fields,
                       uint32_t n)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_RECORD);
    if (name != NULL)
        type.name = ir_add_chars(b, name);
    type.parts = (struct ir_range){ir_new_many(b, fields, n), n};
    for (uint32_t i = 0; i < n; i++) {
        struct ir_field *field = &b->fields.at[type.parts.first + i];
        field->name = ir_add_chars(b, fields[i].name);
        field->type = fields[i].type;
    }
    return ir_add_type(b, type);
}

uint32_t ir_add_variant(struct ir_build *b, const char *name, const struct ir_part *cases,
                        uint32_t n)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_VARIANT);
    if (name != NULL)
        type.name = ir_add_chars(b, name);
    type.parts = (struct ir_range){ir_new_many(b, cases, n), n};
    for (uint32_t i = 0; i < n; i++) {
        struct ir_case *one = &b->cases.at[type.parts.first + i];
        one->name = ir_add_chars(b, cases[i].name);
        one->position = i;
        one->record = cases[i].type;
        if (one->record != IR_NONE)
            one->fields = b->types.at[one->record].parts;
    }
    return ir_add_type(b, type);
}

uint32_t ir_add_const(struct ir_build *b, struct ir_const c)
{
    struct buf key;
    buf_init(&key, b->arena);
    buf_char(&key, 'c');
    buf_u32(&key, c.kind);
    buf_u32(&key, c.text);
    buf_i64(&key, c.whole);
    buf_u64(&key, (uint64_t)(c.decimal.units >> 64));
    buf_u64(&key, (uint64_t)c.decimal.units);
    buf_u8(&key, c.decimal.scale);
    uint32_t index = intern(b, buf_done(&key), b->consts.n);
    if (index == b->consts.n)
        vec_push(b->arena, &b->consts, c);
    return index;
}

uint32_t ir_add_whole(struct ir_build *b, enum ir_const_kind kind, int64_t whole)
{
    return ir_add_const(b,
                        (struct ir_const){.kind = kind, .text = IR_NONE, .whole = whole});
}

/* ---- rows ---- */

#define GROW(type, name)                                                                 \
    case IR_ARRAY_##name:                                                                \
        first = b->name.n;                                                               \
        for (uint32_t i = 0; i < n; i++) {                                               \
            type row;                                                                    \
            memset(&row, 0, sizeof row);                                                 \
            set_none(columns, &row);                                                     \
            vec_push(b->arena, &b->name, row);                                           \
        }                                                                                \
        break;

uint32_t ir_new_(struct ir_build *b, enum ir_array array, uint32_t n)
{
    struct ir_columns columns = ir_columns_of(array);
    uint32_t first = 0;
    switch (array) {
        IR_ARRAYS(GROW)
    case IR_ARRAY_FLOW:
    case IR_ARRAYS_N:
        must(array < IR_ARRAY_FLOW);
    }
    return first;
}

uint32_t ir_add_slot(struct ir_build *b, const char *name, enum ir_slot_kind kind,
                     uint32_t type)
{
    uint32_t slot = ir_new(b, slots);
    b->slots.at[slot].name = name == NULL ? IR_NONE : ir_add_chars(b, name);
    b->slots.at[slot].kind = kind;
    b->slots.at[slot].type = type;
    return slot;
}

uint32_t ir_add_hidden(struct ir_build *b)
{
    return ir_add_slot(b, NULL, IR_SLOT_HIDDEN, IR_NONE);
}

/* ---- code ---- */

static void append(struct ir_build *b, enum ir_op_code code, uint32_t a, uint32_t operand)
{
    b->is_too_large = b->is_too_large || a > UINT16_MAX;
    struct ir_op op = {(uint16_t)code, (uint16_t)a, operand};
    vec_push(b->arena, &b->section->code, op);
    vec_push(b->arena, &b->section->lines, b->line);
}

static void open_section(struct ir_build *b, bool is_body, uint32_t given)
{
    struct ir_section *section = arena_new_of(b->arena, struct ir_section);
    section->outer = b->section;
    section->is_body = is_body;
    section->goes_on = true;
    section->temps = section->temps_most = given;
    b->section = section;
    section->label = ir_label(b);
    ir_here(b, section->label);
    append(b, IR_ENTER, 0, 0);
}

void ir_open_block(struct ir_build *b, uint32_t given)
{
    open_section(b, false, given);
}

void ir_open_body(struct ir_build *b)
{
    open_section(b, true, 0);
}

uint32_t ir_close(struct ir_build *b)
{
    struct ir_section *section = b->section;
    must(section != NULL);
    if (section->goes_on)
        ir_emit(b, section->is_body ? IR_END : IR_RETURN, 0, 0);
    section->code.at[0].a = (uint16_t)section->temps_most;
    section->code.at[0].b = section->deepest;
    uint64_t work = (uint64_t)section->temps_most * section->code.n;
    b->temps_work = work > b->temps_work ? work : b->temps_work;
    section->base = b->code.n;
    for (uint32_t i = 0; i < section->code.n; i++) {
        vec_push(b->arena, &b->code, section->code.at[i]);
        vec_push(b->arena, &b->lines, section->lines.at[i]);
    }
    section->is_closed = true;
    b->section = section->outer;
    return section->label;
}

struct op_facts {
    int pops;
    int pushes;
};

static struct op_facts facts_of(enum ir_op_code code, uint32_t a, uint32_t operand)
{
    static const struct op_facts facts[] = {
#define OP(name, pops, pushes, operands, sentence) {pops, pushes},
#include "dsl/ir.def"
#undef OP
    };
    struct op_facts f = facts[code];
    if (f.pops < 0)
        f.pops = (int)(f.pops == -1 ? a : operand);
    return f;
}

static void meet(struct ir_build *b, uint32_t label)
{
    struct ir_label *l = &b->labels.at[label];
    if (l->depth == IR_NONE)
        l->depth = b->section->depth;
    must(l->depth == b->section->depth);
}

void ir_emit(struct ir_build *b, enum ir_op_code code, uint32_t a, uint32_t operand)
{
    struct ir_section *section = b->section;
    must(section != NULL && section->goes_on);
    struct op_facts f = facts_of(code, a, operand);
    must(section->depth >= (uint32_t)f.pops);
    section->depth += (uint32_t)(f.pushes - f.pops);
    if (section->depth > section->deepest)
        section->deepest = section->depth;
    append(b, code, a, operand);
    if (ir_op_has_target((uint16_t)code) && code != IR_WAIT_UNTIL)
        meet(b, operand);
    section->goes_on = !ir_op_leaves((uint16_t)code);
}

bool ir_goes_on(const struct ir_build *b)
{
    return b->section->goes_on;
}

uint32_t ir_label(struct ir_build *b)
{
    return vec_push(b->arena, &b->labels, ((struct ir_label){NULL, 0, IR_NONE}));
}

void ir_here(struct ir_build *b, uint32_t label)
{
    struct ir_section *section = b->section;
    struct ir_label *l = &b->labels.at[label];
    must(l->section == NULL);
    l->section = section;
    l->at = section->code.n;
    if (!section->goes_on)
        section->depth = l->depth == IR_NONE ? 0 : l->depth;
    l->depth = l->depth == IR_NONE ? section->depth : l->depth;
    must(l->depth == section->depth);
    section->goes_on = true;
}

uint32_t ir_temp_take(struct ir_build *b)
{
    struct ir_section *section = b->section;
    uint32_t temp = section->temps++;
    b->is_too_large = b->is_too_large || section->temps > UINT16_MAX;
    if (section->temps > section->temps_most)
        section->temps_most = section->temps;
    return temp;
}

void ir_temps_back(struct ir_build *b, uint32_t mark)
{
    must(mark <= b->section->temps);
    b->section->temps = mark;
}

/* ---- the usual constants ---- */

static void push_const(struct ir_build *b, struct ir_const c)
{
    ir_emit(b, IR_CONST, 0, ir_add_const(b, c));
}

void ir_push_int(struct ir_build *b, int64_t x)
{
    ir_emit(b, IR_CONST, 0, ir_add_whole(b, IR_CONST_INT, x));
}

void ir_push_bool(struct ir_build *b, bool yes)
{
    ir_emit(b, IR_CONST, 0, ir_add_whole(b, IR_CONST_BOOL, yes));
}

void ir_push_text(struct ir_build *b, const char *chars)
{
    push_const(b,
               (struct ir_const){.kind = IR_CONST_TEXT, .text = ir_add_chars(b, chars)});
}

void ir_push_decimal(struct ir_build *b, const char *digits)
{
    struct ir_const c = {.kind = IR_CONST_DECIMAL, .text = IR_NONE};
    must(decimal_parse(text_of(digits), &c.decimal));
    push_const(b, c);
}

void ir_push_money(struct ir_build *b, const char *digits, const char *currency)
{
    struct ir_const c = {.kind = IR_CONST_MONEY, .text = ir_add_chars(b, currency)};
    must(decimal_parse(text_of(digits), &c.decimal));
    push_const(b, c);
}

void ir_push_duration(struct ir_build *b, int64_t us)
{
    ir_emit(b, IR_CONST, 0, ir_add_whole(b, IR_CONST_DURATION, us));
}

void ir_push_none(struct ir_build *b)
{
    ir_emit(b, IR_PUSH_NONE, 0, 0);
}
