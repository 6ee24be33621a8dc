/* The image as bytes.
 *
 *     "OIR" 0x1a  format  size of each array  rows of each array, in order  the flow
 *
 * Numbers are varints. References are written plus one, so that IR_NONE, which wraps to
 * zero, costs one byte; ranges, lengths and numbers as they are. Sizes come first, so
 * that what is claimed can be held against what is there before any memory is taken. */
#include "dsl/ir_pack.h"

#include "dsl/ir_columns.h"
#include "dsl/ir_verify.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"

static const char magic[4] = {'O', 'I', 'R', 0x1a};

/* ---- packing ---- */

static void pack_column(struct buf *out, const struct ir_column *column, void *row)
{
    const void *field = (char *)row + column->offset;
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        buf_u32(out, *(const uint32_t *)field + (column->of == 0));
        return;
    case IR_COLUMN_NUMBERS:
    case IR_COLUMN_RANGE:
    case IR_COLUMN_SPOTS:
        buf_u32(out, ((const struct ir_range *)field)->first);
        buf_u32(out, ((const struct ir_range *)field)->n);
        return;
    case IR_COLUMN_WHOLE:
        buf_i64(out, *(const int64_t *)field);
        return;
    case IR_COLUMN_YES:
        buf_u8(out, *(const bool *)field);
        return;
    case IR_COLUMN_EXACT: {
        const struct decimal *d = field;
        buf_u64(out, (uint64_t)d->units);
        buf_u64(out, (uint64_t)((unsigned __int128)d->units >> 64));
        buf_u8(out, d->scale);
        return;
    }
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
        buf_u32(out, *(const uint32_t *)field + 1);
        return;
    }
}

static void pack_rows(struct buf *out, const struct ir *ir, enum ir_array array)
{
    struct ir_columns columns = ir_columns_of(array);
    uint32_t n;
    char *rows = ir_array_rows(ir, array, &n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < columns.n; c++)
            pack_column(out, &columns.at[c], rows + i * ir_array_row_bytes(array));
}

static void pack_array(struct buf *out, const struct ir *ir, enum ir_array array)
{
    if (array == IR_ARRAY_texts) {
        for (uint32_t i = 0; i < ir->texts_n; i++)
            buf_bytes(out, ir->texts[i]);
    } else if (array == IR_ARRAY_code) {
        for (uint32_t i = 0; i < ir->code_n; i++) {
            buf_u32(out, ir->code[i].code);
            buf_u32(out, ir->code[i].a);
            buf_u32(out, ir->code[i].b + 1);
        }
    } else if (ir_columns_of(array).n == 0) {
        uint32_t n;
        const uint32_t *numbers = ir_array_rows(ir, array, &n);
        for (uint32_t i = 0; i < n; i++)
            buf_u32(out, numbers[i]);
    } else {
        pack_rows(out, ir, array);
    }
}

bool ir_pack(struct arena *arena, struct ir *ir, struct text *packed, struct err *err)
{
    if (!ir_verify(arena, ir, err))
        return err_while(err, "packing a flow");
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out, magic, sizeof magic);
    buf_u32(&out, IR_FORMAT);
    for (enum ir_array array = 0; array < IR_ARRAY_FLOW; array++) {
        uint32_t n;
        ir_array_rows(ir, array, &n);
        buf_u32(&out, n);
    }
    for (enum ir_array array = 0; array <= IR_ARRAY_FLOW; array++)
        pack_array(&out, ir, array);
    *packed = buf_done(&out);
    if (packed->n > LIMIT_IMAGE_BYTES)
        return err_set(err, ERR_TOO_LARGE, "the flow is larger than %d MiB when compiled",
                       LIMIT_IMAGE_BYTES >> 20);
    ir->hash = digest_of(*packed);
    return true;
}

/* ---- unpacking ---- */

static bool broken(struct err *err, const char *what)
{
    return err_set(err, ERR_BROKEN, "the compiled flow is damaged: %s", what);
}

static void unpack_column(struct cut *in, const struct ir_column *column, void *row)
{
    void *field = (char *)row + column->offset;
    switch (column->kind) {
    case IR_COLUMN_NUMBER:
        *(uint32_t *)field = cut_u32(in) - (column->of == 0);
        return;
    case IR_COLUMN_NUMBERS:
    case IR_COLUMN_RANGE:
    case IR_COLUMN_SPOTS:
        ((struct ir_range *)field)->first = cut_u32(in);
        ((struct ir_range *)field)->n = cut_u32(in);
        return;
    case IR_COLUMN_WHOLE:
        *(int64_t *)field = cut_i64(in);
        return;
    case IR_COLUMN_YES: {
        uint8_t yes = cut_u8(in);
        in->bad = in->bad || yes > 1;
        *(bool *)field = yes == 1;
        return;
    }
    case IR_COLUMN_EXACT: {
        uint64_t low = cut_u64(in), high = cut_u64(in);
        struct decimal *d = field;
        d->units = (__int128)((unsigned __int128)high << 64 | low);
        d->scale = cut_u8(in);
        return;
    }
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
        *(uint32_t *)field = cut_u32(in) - 1;
        return;
    }
}

static void unpack_array(struct cut *in, struct ir *ir, enum ir_array array)
{
    struct ir_columns columns = ir_columns_of(array);
    uint32_t n;
    char *rows = ir_array_rows(ir, array, &n);
    for (uint32_t i = 0; i < n && !in->bad; i++) {
        if (array == IR_ARRAY_texts) {
            ir->texts[i] = cut_bytes(in);
        } else if (array == IR_ARRAY_code) {
            uint32_t code = cut_u32(in), a = cut_u32(in);
            in->bad = in->bad || code > UINT16_MAX || a > UINT16_MAX;
            ir->code[i] = (struct ir_op){(uint16_t)code, (uint16_t)a, cut_u32(in) - 1};
        } else if (columns.n == 0) {
            ((uint32_t *)(void *)rows)[i] = cut_u32(in);
        } else {
            for (uint32_t c = 0; c < columns.n; c++)
                unpack_column(in, &columns.at[c], rows + i * ir_array_row_bytes(array));
        }
    }
}

/* Every row takes at least a byte a column: a claim of more rows than that is a lie. */
static bool unpack_sizes(struct arena *program, struct cut *in, struct ir *ir,
                         struct err *err)
{
    uint32_t sizes[IR_ARRAYS_N];
    size_t least = 0, bytes = 0;
    for (enum ir_array array = 0; array < IR_ARRAY_FLOW; array++) {
        size_t columns = ir_columns_of(array).n;
        if (array == IR_ARRAY_code)
            columns = 3;
        sizes[array] = cut_u32(in);
        least += sizes[array] * (columns == 0 ? 1 : columns);
        bytes += sizes[array] * ir_array_row_bytes(array);
    }
    if (in->bad || least > (size_t)(in->end - in->at))
        return broken(err, "it is cut off");
    if (bytes > arena_left(program) / 8)
        return err_set(err, ERR_NO_MEMORY, "there is no room for the compiled flow");
    for (enum ir_array array = 0; array < IR_ARRAY_FLOW; array++)
        ir_array_set(ir, array,
                     arena_alloc(program, sizes[array] * ir_array_row_bytes(array)),
                     sizes[array]);
    return true;
}

static bool unpack(struct arena *program, struct text packed, struct ir *ir,
                   struct err *err)
{
    if (packed.n > LIMIT_IMAGE_BYTES)
        return broken(err, "it is larger than any flow can be");
    if (packed.n < sizeof magic || memcmp(packed.chars, magic, sizeof magic) != 0)
        return broken(err, "it does not begin as one");
    if (packed.n > arena_left(program) / 8)
        return err_set(err, ERR_NO_MEMORY, "there is no room for the compiled flow");
    packed = text_dup(program, packed); /* the image's texts point into it */
    struct cut in = cut_of(text_cut(packed, sizeof magic, packed.n));
    uint32_t format = cut_u32(&in);
    if (format != IR_FORMAT)
        return err_set(err, ERR_BROKEN,
                       "the compiled flow has format %u, this program reads %d", format,
                       IR_FORMAT) ||
               err_hint(err, "deploy the flow again");
    if (!unpack_sizes(program, &in, ir, err))
        return false;
    for (enum ir_array array = 0; array <= IR_ARRAY_FLOW; array++)
        unpack_array(&in, ir, array);
    if (!cut_ended(&in))
        return broken(err, "it does not end where it should");
    ir->hash = digest_of(packed);
    return ir_verify(program, ir, err);
}

struct ir *ir_unpack(struct arena *program, struct text packed, struct err *err)
{
    struct ir *ir = arena_new_of(program, struct ir);
    if (unpack(program, packed, ir, err))
        return ir;
    (void)err_while(err, "loading a compiled flow");
    return NULL;
}
