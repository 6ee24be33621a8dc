/* Rows as `name value`, code as assembler. Everything that an index means is said beside
 * it, so that a change of numbering alone does not change much. */
#include "dsl/ir_text.h"

#include "dsl/ir_columns.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"
#include "engine/base/when.h"

static void say_type(struct buf *out, const struct ir *ir, uint32_t type);

static void say_quoted(struct buf *out, struct text t)
{
    buf_char(out, '"');
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.chars[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            buf_printf(out, "\\x%02x", c);
        else
            buf_char(out, (char)c);
    }
    buf_char(out, '"');
}

/* ---- types ---- */

static const char *const kind_words[] = {
    [IR_TYPE_TEXT] = "text",         [IR_TYPE_BOOL] = "bool",
    [IR_TYPE_INT] = "int",           [IR_TYPE_DECIMAL] = "decimal",
    [IR_TYPE_MONEY] = "money",       [IR_TYPE_DATE] = "date",
    [IR_TYPE_INSTANT] = "instant",   [IR_TYPE_DURATION] = "duration",
    [IR_TYPE_WORKDAYS] = "workdays", [IR_TYPE_OPTIONAL] = "optional",
    [IR_TYPE_LIST] = "list of",      [IR_TYPE_MAP] = "map of",
    [IR_TYPE_RECORD] = "record",     [IR_TYPE_VARIANT] = "variant",
    [IR_TYPE_JSON] = "json",
};

static void say_parts(struct buf *out, const struct ir *ir, const struct ir_type *t)
{
    buf_chars(out, t->kind == IR_TYPE_RECORD ? "(" : "");
    for (uint32_t i = 0; i < t->parts.n; i++) {
        uint32_t at = t->parts.first + i;
        if (t->kind == IR_TYPE_RECORD) {
            const struct ir_field *field = &ir->fields[at];
            buf_printf(out, "%s" TEXT_FMT ": ", i == 0 ? "" : ", ",
                       TEXT_ARG(ir_text(ir, field->name)));
            say_type(out, ir, field->type);
            if (field->standard != IR_NONE)
                buf_printf(out, " = @%u", field->standard);
        } else {
            buf_printf(out, "%s" TEXT_FMT, i == 0 ? "" : " | ",
                       TEXT_ARG(ir_text(ir, ir->cases[at].name)));
            if (ir->cases[at].record != IR_NONE)
                say_type(out, ir, ir->cases[at].record);
        }
    }
    buf_chars(out, t->kind == IR_TYPE_RECORD ? ")" : "");
}

/* What the type is made of; inner types by their name where they have one. */
static void say_made_of(struct buf *out, const struct ir *ir, const struct ir_type *t)
{
    buf_chars(out, t->is_secret ? "secret " : t->is_private ? "private " : "");
    switch ((enum ir_type_kind)t->kind) {
    case IR_TYPE_OPTIONAL:
        say_type(out, ir, t->of);
        buf_char(out, '?');
        break;
    case IR_TYPE_LIST:
        buf_chars(out, "list of ");
        say_type(out, ir, t->of);
        break;
    case IR_TYPE_MAP:
        buf_chars(out, "map of ");
        say_type(out, ir, t->key);
        buf_chars(out, " to ");
        say_type(out, ir, t->of);
        break;
    case IR_TYPE_RECORD:
    case IR_TYPE_VARIANT:
        say_parts(out, ir, t);
        break;
    case IR_TYPE_DECIMAL:
    case IR_TYPE_MONEY:
        buf_chars(out, kind_words[t->kind]);
        if (t->scale != IR_NONE && t->kind == IR_TYPE_DECIMAL)
            buf_printf(out, "(%u)", t->scale);
        else if (t->scale != IR_NONE)
            buf_printf(out, "(" TEXT_FMT ")", TEXT_ARG(ir_text(ir, t->scale)));
        break;
    case IR_TYPE_TEXT:
    case IR_TYPE_BOOL:
    case IR_TYPE_INT:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_JSON:
        buf_chars(out, kind_words[t->kind]);
        break;
    }
    if (t->refined != IR_NONE)
        buf_printf(out, " where @%u", t->refined);
}

static void say_type(struct buf *out, const struct ir *ir, uint32_t type)
{
    const struct ir_type *t = &ir->types[type];
    if (t->name != IR_NONE)
        buf_printf(out, "%s" TEXT_FMT,
                   t->is_secret    ? "secret "
                   : t->is_private ? "private "
                                   : "",
                   TEXT_ARG(ir_text(ir, t->name)));
    else
        say_made_of(out, ir, t);
}

static void say_types(struct buf *out, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->types_n; i++) {
        if (ir->types[i].name == IR_NONE)
            continue;
        buf_printf(out, "type " TEXT_FMT " = ", TEXT_ARG(ir_text(ir, ir->types[i].name)));
        say_made_of(out, ir, &ir->types[i]);
        buf_char(out, '\n');
    }
}

/* ---- constants, places, rows by what they are called ---- */

static void say_const(struct buf *out, const struct ir *ir, const struct ir_const *c)
{
    char when[WHEN_TEXT_BYTES], digits[DECIMAL_TEXT_BYTES];
    switch ((enum ir_const_kind)c->kind) {
    case IR_CONST_BOOL:
        buf_chars(out, c->whole != 0 ? "true" : "false");
        return;
    case IR_CONST_INT:
        buf_printf(out, "%lld", (long long)c->whole);
        return;
    case IR_CONST_DECIMAL:
        buf_text(out, decimal_print(c->decimal, digits));
        return;
    case IR_CONST_MONEY:
        buf_text(out, decimal_print(c->decimal, digits));
        buf_printf(out, " " TEXT_FMT, TEXT_ARG(ir_text(ir, c->text)));
        return;
    case IR_CONST_TEXT:
        say_quoted(out, ir_text(ir, c->text));
        return;
    case IR_CONST_DATE:
        buf_text(out, when_date_print((int32_t)c->whole, when));
        return;
    case IR_CONST_INSTANT:
        buf_text(out, when_instant_print(c->whole, when));
        return;
    case IR_CONST_DURATION:
        buf_text(out, when_duration_print_short(c->whole, when));
        return;
    case IR_CONST_WORK_DAYS:
        buf_printf(out, "%lldbd", (long long)c->whole);
        return;
    case IR_CONST_WORK_HOURS:
        buf_text(out, when_duration_print_short(c->whole, when));
        buf_chars(out, " of business time");
        return;
    }
}

void ir_text_type(struct buf *out, const struct ir *ir, uint32_t type)
{
    if (type != IR_NONE)
        say_type(out, ir, type);
}

bool ir_text_const(struct buf *out, const struct ir *ir, uint32_t pc)
{
    if (ir->code[pc].code != IR_CONST)
        return false;
    say_const(out, ir, &ir->consts[ir->code[pc].b]);
    return true;
}

bool ir_text_block(struct buf *out, const struct ir *ir, uint32_t block)
{
    return block != IR_NONE && ir->code[block + 2].code == IR_RETURN &&
           ir_text_const(out, ir, block + 1);
}

static void say_place(struct buf *out, const struct ir *ir, uint32_t place)
{
    if ((place & IR_FRAME) != 0)
        buf_printf(out, "frame.%u", place & ~IR_FRAME);
    else if (ir->slots[place].name != IR_NONE)
        buf_text(out, ir_text(ir, ir->slots[place].name));
    else
        buf_printf(out, "hidden.%u", place);
}

/* Which column a row is called by. */
static const struct ir_column *calling_column(enum ir_array array)
{
    struct ir_columns columns = ir_columns_of(array);
    static const char *const names[] = {"path", "name", "step"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (uint32_t i = 0; i < columns.n; i++)
            if (columns.at[i].of == IR_ARRAY_texts &&
                columns.at[i].kind == IR_COLUMN_INDEX &&
                strcmp(columns.at[i].name, names[k]) == 0)
                return &columns.at[i];
    return NULL;
}

static void say_row(struct buf *out, const struct ir *ir, enum ir_array array, uint32_t i)
{
    if (array == IR_ARRAY_texts) {
        say_quoted(out, ir_text(ir, i));
        return;
    }
    if (array == IR_ARRAY_types) {
        say_type(out, ir, i);
        return;
    }
    if (array == IR_ARRAY_consts) {
        say_const(out, ir, &ir->consts[i]);
        return;
    }
    const struct ir_column *column = calling_column(array);
    uint32_t n;
    char *rows = ir_array_rows(ir, array, &n);
    if (array == IR_ARRAY_operations)
        buf_printf(out, TEXT_FMT ".",
                   TEXT_ARG(ir_text(ir, ir->adapters[ir->operations[i].adapter].name)));
    if (column != NULL)
        buf_text(out, ir_text(ir, *ir_column_u32(column,
                                                 rows + i * ir_array_row_bytes(array))));
    else
        buf_printf(out, "%u", i);
}

/* ---- rows ---- */

static void say_range(struct buf *out, const struct ir *ir,
                      const struct ir_column *column, struct ir_range range)
{
    buf_char(out, '[');
    for (uint32_t i = 0; i < range.n; i++) {
        buf_chars(out, i == 0 ? "" : ", ");
        uint32_t at = range.first + i;
        if (column->kind == IR_COLUMN_SPOTS)
            buf_printf(out, "@%u", ir->positions[at]);
        else if (column->of == IR_ARRAY_positions)
            buf_printf(out, "%u", ir->positions[at]);
        else if (column->of == IR_ARRAY_error_uses)
            say_row(out, ir, IR_ARRAY_errors, ir->error_uses[at]);
        else if (column->of == IR_ARRAY_fields) {
            say_row(out, ir, column->of, at);
            buf_chars(out, ": ");
            say_type(out, ir, ir->fields[at].type);
        } else
            buf_printf(out, "%u", at);
    }
    buf_char(out, ']');
}

static bool is_said(const struct ir_column *column, const char *row)
{
    const void *field = row + column->offset;
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        return *(const uint32_t *)field != 0 && *(const uint32_t *)field != IR_NONE;
    case IR_COLUMN_NUMBERS:
    case IR_COLUMN_RANGE:
    case IR_COLUMN_SPOTS:
        return ((const struct ir_range *)field)->n > 0;
    case IR_COLUMN_WHOLE:
        return *(const int64_t *)field != 0;
    case IR_COLUMN_YES:
        return *(const bool *)field;
    case IR_COLUMN_EXACT:
    case IR_COLUMN_INDEX:
    case IR_COLUMN_MAYBE:
    case IR_COLUMN_BLOCK:
    case IR_COLUMN_MAYBE_BLOCK:
    case IR_COLUMN_BODY:
    case IR_COLUMN_MAYBE_BODY:
    case IR_COLUMN_SPOT:
    case IR_COLUMN_MAYBE_SPOT:
    case IR_COLUMN_PLACE:
    case IR_COLUMN_MAYBE_PLACE:
        return column->kind == IR_COLUMN_EXACT || *(const uint32_t *)field != IR_NONE;
    }
    return false;
}

static void say_column(struct buf *out, const struct ir *ir,
                       const struct ir_column *column, char *row)
{
    const void *field = row + column->offset;
    buf_printf(out, "  %s ", column->name);
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        buf_printf(out, "%u", *(const uint32_t *)field);
        return;
    case IR_COLUMN_NUMBERS:
    case IR_COLUMN_RANGE:
    case IR_COLUMN_SPOTS:
        say_range(out, ir, column, *(const struct ir_range *)field);
        return;
    case IR_COLUMN_WHOLE:
        buf_printf(out, "%lld", (long long)*(const int64_t *)field);
        return;
    case IR_COLUMN_YES:
        buf_chars(out, "yes");
        return;
    case IR_COLUMN_EXACT:
        return;
    case IR_COLUMN_INDEX:
    case IR_COLUMN_MAYBE:
        say_row(out, ir, column->of, *(const uint32_t *)field);
        return;
    case IR_COLUMN_BLOCK:
    case IR_COLUMN_MAYBE_BLOCK:
    case IR_COLUMN_BODY:
    case IR_COLUMN_MAYBE_BODY:
    case IR_COLUMN_SPOT:
    case IR_COLUMN_MAYBE_SPOT:
        buf_printf(out, "@%u", *(const uint32_t *)field);
        return;
    case IR_COLUMN_PLACE:
    case IR_COLUMN_MAYBE_PLACE:
        say_place(out, ir, *(const uint32_t *)field);
        return;
    }
}

static void say_array(struct buf *out, const struct ir *ir, enum ir_array array)
{
    struct ir_columns columns = ir_columns_of(array);
    uint32_t n;
    char *rows = ir_array_rows(ir, array, &n);
    if (n > 0 && columns.n > 0)
        buf_printf(out, "\n%s\n", ir_array_name(array));
    for (uint32_t i = 0; i < n && columns.n > 0; i++) {
        buf_printf(out, "%5u", i);
        for (uint32_t c = 0; c < columns.n; c++) {
            char *row = rows + i * ir_array_row_bytes(array);
            if (is_said(&columns.at[c], row))
                say_column(out, ir, &columns.at[c], row);
        }
        buf_char(out, '\n');
    }
}

/* ---- code ---- */

static const char *const builtin_names[] = {
#define BUILTIN(NAME, name, fewest, most, sentence) name,
#include "dsl/ir_builtins.def"
#undef BUILTIN
};

/* What `b` of an operation indexes; IR_ARRAYS_N: it is no index. */
static enum ir_array operand_array(uint16_t code)
{
    static const struct {
        uint16_t code;
        enum ir_array array;
    } table[] = {
        {IR_CONST, IR_ARRAY_consts},     {IR_SETTING, IR_ARRAY_settings},
        {IR_RECORD, IR_ARRAY_types},     {IR_VARIANT, IR_ARRAY_cases},
        {IR_CONVERT, IR_ARRAY_types},    {IR_CALL_FUNCTION, IR_ARRAY_functions},
        {IR_TO_TEXT, IR_ARRAY_types},    {IR_CALL, IR_ARRAY_sites},
        {IR_RUN, IR_ARRAY_children},     {IR_START, IR_ARRAY_children},
        {IR_WAIT, IR_ARRAY_waits},       {IR_ASK, IR_ARRAY_questions},
        {IR_ATTEMPT, IR_ARRAY_attempts}, {IR_ATTEMPT_END, IR_ARRAY_attempts},
        {IR_UNDO, IR_ARRAY_undos},       {IR_KEEP, IR_ARRAY_undos},
        {IR_FORK, IR_ARRAY_forks},       {IR_EMIT, IR_ARRAY_events},
        {IR_MARK, IR_ARRAY_texts},       {IR_FAIL, IR_ARRAY_errors},
        {IR_GO_TO, IR_ARRAY_states},     {IR_REFER, IR_ARRAY_dead_letters},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            return table[i].array;
    return IR_ARRAYS_N;
}

static void say_operand(struct buf *out, const struct ir *ir, struct ir_op op)
{
    enum ir_array array = operand_array(op.code);
    if (op.code == IR_CONVERT) {
        say_type(out, ir, op.a);
        buf_chars(out, " to ");
    }
    if (array != IR_ARRAYS_N)
        say_row(out, ir, array, op.b);
    else if (ir_op_has_target(op.code))
        buf_printf(out, "@%u", op.b);
    else if (op.code == IR_LOAD || op.code == IR_SET || op.code == IR_UNSET ||
             op.code == IR_ADD_TO)
        say_place(out, ir, op.b);
    else if (op.code == IR_BUILTIN)
        buf_chars(out, builtin_names[op.b]);
    else if (op.b != 0)
        buf_printf(out, "%u", op.b);
}

static bool says_a(uint16_t code)
{
    return code == IR_ENTER || code == IR_TEMP || code == IR_SET_TEMP ||
           code == IR_APPEND || code == IR_NEXT || code == IR_FIELD ||
           code == IR_FIELD_OR_NONE || code == IR_IS_CASE || code == IR_WITH ||
           code == IR_EACH || code == IR_ROUND || code == IR_BUILTIN ||
           code == IR_JOIN_TEXT;
}

static void say_op(struct buf *out, const struct ir *ir, uint32_t pc)
{
    struct ir_op op = ir->code[pc];
    size_t from = out->n;
    buf_printf(out, "%5u  %-13s ", pc, ir_op_names[op.code]);
    if (says_a(op.code))
        buf_printf(out, "%u ", op.a);
    else if (op.a != 0 && (op.code == IR_DIV || op.code == IR_WAIT_TIME))
        buf_printf(out, "%u ", op.a);
    say_operand(out, ir, op);
    while (out->n > from && out->bytes[out->n - 1] == ' ')
        out->n--;
    if (op.code == IR_ENTER || ir->lines[pc] != ir->lines[pc - 1]) {
        size_t width = out->n - from;
        buf_printf(out, "%*s; line %u", width < 50 ? (int)(50 - width) : 1, "",
                   ir->lines[pc]);
    }
    buf_char(out, '\n');
}

/* Who points here: "; sites 3 limit" before what it points at. */
struct pointer {
    uint32_t pc;
    enum ir_array array;
    uint32_t row;
    const char *column;
};

struct pointers {
    VEC(struct pointer) found;
};

static void note_pointer(struct arena *arena, const struct ir_column *column, char *row,
                         struct pointer pointer, struct pointers *pointers)
{
    if (!ir_column_is_code(column->kind))
        return;
    pointer.pc = *ir_column_u32(column, row);
    pointer.column = column->name;
    if (pointer.pc != IR_NONE)
        vec_push(arena, &pointers->found, pointer);
}

static void find_pointers(struct arena *arena, const struct ir *ir,
                          struct pointers *pointers)
{
    for (enum ir_array array = 0; array <= IR_ARRAY_FLOW; array++) {
        struct ir_columns columns = ir_columns_of(array);
        uint32_t n;
        char *rows = ir_array_rows(ir, array, &n);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t c = 0; c < columns.n; c++)
                note_pointer(arena, &columns.at[c], rows + i * ir_array_row_bytes(array),
                             (struct pointer){.array = array, .row = i}, pointers);
    }
}

static void say_code(struct buf *out, const struct ir *ir)
{
    struct pointers pointers = {0};
    find_pointers(out->arena, ir, &pointers);
    buf_chars(out, "\ncode\n");
    for (uint32_t pc = 0; pc < ir->code_n; pc++) {
        for (uint32_t i = 0; i < pointers.found.n; i++) {
            const struct pointer *p = &pointers.found.at[i];
            if (p->pc == pc)
                buf_printf(out, "; %s %u %s\n", ir_array_name(p->array), p->row,
                           p->column);
        }
        say_op(out, ir, pc);
    }
}

void ir_text_all(struct buf *out, const struct ir *ir)
{
    buf_printf(out, "flow " TEXT_FMT " version %u\n",
               TEXT_ARG(ir_text(ir, ir->flow.name)), ir->flow.version);
    struct ir_columns columns = ir_columns_of(IR_ARRAY_FLOW);
    for (uint32_t c = 2; c < columns.n; c++)
        if (is_said(&columns.at[c], (const char *)&ir->flow)) {
            say_column(out, ir, &columns.at[c], (char *)(uintptr_t)&ir->flow);
            buf_char(out, '\n');
        }
    say_types(out, ir);
    for (enum ir_array array = 0; array < IR_ARRAY_FLOW; array++)
        if (array != IR_ARRAY_types && array != IR_ARRAY_fields &&
            array != IR_ARRAY_cases && array != IR_ARRAY_consts)
            say_array(out, ir, array);
    say_code(out, ir);
}
