/* Everything that an engine takes for granted about an image, checked once. */
#include "dsl/ir_verify.h"

#include "dsl/ir_verify_in.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"

bool ir_refuse(struct ir_verifying *v, const char *format, ...)
{
    char what[ERR_WHAT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(v->err, ERR_BROKEN, "the compiled flow is not sound: %s", what);
}

bool ir_is_block(const struct ir_verifying *v, uint32_t pc, uint32_t given)
{
    return pc < v->ir->code_n && v->ir->code[pc].code == IR_ENTER &&
           !v->stretches[v->stretch_of[pc]].is_body && v->ir->code[pc].a >= given;
}

bool ir_is_body(const struct ir_verifying *v, uint32_t pc)
{
    return pc < v->ir->code_n && v->ir->code[pc].code == IR_ENTER &&
           v->stretches[v->stretch_of[pc]].is_body;
}

bool ir_is_record(const struct ir_verifying *v, uint32_t type)
{
    return type < v->ir->types_n && v->ir->types[type].kind == IR_TYPE_RECORD;
}

static uint32_t array_n(const struct ir_verifying *v, uint32_t array)
{
    uint32_t n;
    ir_array_rows(v->ir, array, &n);
    return n;
}

static bool range_fits(struct ir_range range, uint32_t n)
{
    return range.first <= n && range.n <= n - range.first;
}

static bool is_place(const struct ir_verifying *v, uint32_t place)
{
    return (place & IR_FRAME) != 0 ? (place & ~IR_FRAME) < v->ir->flow.frame_slots
                                   : place < v->ir->slots_n;
}

static bool is_spot(struct ir_verifying *v, uint32_t pc)
{
    if (pc >= v->ir->code_n || !v->stretches[v->stretch_of[pc]].is_body)
        return false;
    v->entered[pc] = true;
    return true;
}

static bool are_spots(struct ir_verifying *v, struct ir_range range)
{
    if (!range_fits(range, v->ir->positions_n))
        return false;
    for (uint32_t i = 0; i < range.n; i++)
        if (!ir_is_body(v, v->ir->positions[range.first + i]))
            return false;
    return true;
}

static bool is_exact(const struct decimal *d)
{
    __int128 most = 1;
    for (int i = 0; i < DECIMAL_DIGITS_MAX; i++)
        most *= 10;
    return d->scale <= DECIMAL_DIGITS_MAX && d->units < most && d->units > -most;
}

static bool column_fits(struct ir_verifying *v, const struct ir_column *column, char *row)
{
    const void *field = row + column->offset;
    if (ir_column_is_optional(column->kind) && *(const uint32_t *)field == IR_NONE)
        return true;
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        return column->of == 0 || *(const uint32_t *)field < column->of;
    case IR_COLUMN_NUMBERS:
    case IR_COLUMN_WHOLE:
    case IR_COLUMN_YES:
        return true;
    case IR_COLUMN_EXACT:
        return is_exact(field);
    case IR_COLUMN_INDEX:
    case IR_COLUMN_MAYBE:
        return *(const uint32_t *)field < array_n(v, column->of);
    case IR_COLUMN_RANGE:
        return range_fits(*(const struct ir_range *)field, array_n(v, column->of));
    case IR_COLUMN_BLOCK:
    case IR_COLUMN_MAYBE_BLOCK:
        return ir_is_block(v, *(const uint32_t *)field, 0);
    case IR_COLUMN_BODY:
    case IR_COLUMN_MAYBE_BODY:
        return ir_is_body(v, *(const uint32_t *)field);
    case IR_COLUMN_SPOT:
    case IR_COLUMN_MAYBE_SPOT:
        return is_spot(v, *(const uint32_t *)field);
    case IR_COLUMN_SPOTS:
        return are_spots(v, *(const struct ir_range *)field);
    case IR_COLUMN_PLACE:
    case IR_COLUMN_MAYBE_PLACE:
        return is_place(v, *(const uint32_t *)field);
    }
    return false;
}

static bool array_fits(struct ir_verifying *v, enum ir_array array)
{
    struct ir_columns columns = ir_columns_of(array);
    uint32_t n;
    char *rows = ir_array_rows(v->ir, array, &n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < columns.n; c++)
            if (!column_fits(v, &columns.at[c], rows + i * ir_array_row_bytes(array)))
                return ir_refuse(v, "%s of %s %u points nowhere", columns.at[c].name,
                                 ir_array_name(array), i);
    return true;
}

static bool texts_fit(struct ir_verifying *v)
{
    for (uint32_t i = 0; i < v->ir->texts_n; i++)
        if (!utf8_valid(v->ir->texts[i], NULL))
            return ir_refuse(v, "text %u is not UTF-8", i);
    for (uint32_t i = 0; i < v->ir->error_uses_n; i++)
        if (v->ir->error_uses[i] >= v->ir->errors_n)
            return ir_refuse(v, "error use %u points nowhere", i);
    return true;
}

bool ir_verify(struct arena *scratch, const struct ir *ir, struct err *err)
{
    struct ir_verifying v = {.ir = ir, .scratch = scratch, .err = err};
    if (!texts_fit(&v) || !ir_verify_stretches(&v))
        return false;
    for (enum ir_array array = 0; array <= IR_ARRAY_FLOW; array++)
        if (!array_fits(&v, array))
            return false;
    return ir_verify_rows(&v) && ir_verify_paths(&v) && ir_verify_temps(&v) &&
           ir_verify_circles(&v);
}
