/* Values as the language would write them. */
#include "tools/explore/literal.h"

#include "engine/base/when.h"
#include "engine/core/eval.h"

static void write_text(struct buf *out, struct text t)
{
    buf_char(out, '"');
    for (size_t i = 0; i < t.n; i++) {
        char c = t.chars[i];
        if (c == '\n') {
            buf_chars(out, "\\n");
            continue;
        }
        if (c == '"' || c == '\\' || c == '{')
            buf_char(out, '\\');
        buf_char(out, c);
    }
    buf_char(out, '"');
}

void literal_fields(struct buf *out, const struct ir *ir, struct ir_range fields,
                    struct value record)
{
    for (uint32_t i = 0; i < fields.n && i < record.n; i++) {
        const struct ir_field *field = &ir->fields[fields.first + i];
        buf_printf(out, "%s" TEXT_FMT ": ", i == 0 ? "" : ", ",
                   TEXT_ARG(ir_text(ir, field->name)));
        literal_write(out, ir, field->type, record.items[i]);
    }
}

static void write_record(struct buf *out, const struct ir *ir, const struct ir_type *type,
                         struct value v)
{
    if (type->name != IR_NONE)
        buf_text(out, ir_text(ir, type->name));
    buf_char(out, '(');
    literal_fields(out, ir, type->parts, v);
    buf_char(out, ')');
}

static void write_variant(struct buf *out, const struct ir *ir,
                          const struct ir_type *type, struct value v)
{
    const struct ir_case *is = &ir->cases[type->parts.first + v.tag];
    buf_text(out, ir_text(ir, is->name));
    if (v.n == 0)
        return;
    buf_char(out, '(');
    literal_fields(out, ir, is->fields, v.items[0]);
    buf_char(out, ')');
}

static void write_items(struct buf *out, const struct ir *ir, const struct ir_type *type,
                        struct value v)
{
    bool is_map = type->kind == IR_TYPE_MAP;
    buf_chars(out, is_map ? "map(" : "[");
    for (uint32_t i = 0; i < v.n; i++) {
        bool is_value = is_map && i % 2 == 1;
        buf_chars(out, i == 0 ? "" : is_value ? " => " : ", ");
        literal_write(out, ir, is_map && !is_value ? type->key : type->of, v.items[i]);
    }
    buf_chars(out, is_map ? ")" : "]");
}

static void write_plain(struct buf *out, const struct ir *ir, uint32_t type,
                        struct value v)
{
    char short_form[WHEN_TEXT_BYTES];
    switch ((enum value_kind)v.kind) {
    case VALUE_TEXT:
        write_text(out, value_text_of(v));
        return;
    case VALUE_DURATION:
        buf_text(out, when_duration_print_short(v.whole, short_form));
        return;
    case VALUE_WORK_DAYS:
        buf_printf(out, "%lldbd", (long long)v.whole);
        return;
    case VALUE_WORK_HOURS:
        buf_printf(out, "%lldbh", (long long)(v.whole / WHEN_HOUR));
        return;
    case VALUE_UNSET:
    case VALUE_NONE:
        buf_chars(out, "none");
        return;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_MONEY:
    case VALUE_DATE:
    case VALUE_INSTANT:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
    case VALUE_VARIANT:
        buf_text(out, eval_to_text(out->arena, ir, type, v));
        return;
    }
}

void literal_write(struct buf *out, const struct ir *ir, uint32_t type, struct value v)
{
    while (type != IR_NONE && ir->types[type].kind == IR_TYPE_OPTIONAL)
        type = ir->types[type].of;
    if (type == IR_NONE || v.kind < VALUE_LIST)
        write_plain(out, ir, type, v);
    else if (v.kind == VALUE_RECORD)
        write_record(out, ir, &ir->types[type], v);
    else if (v.kind == VALUE_VARIANT)
        write_variant(out, ir, &ir->types[type], v);
    else
        write_items(out, ir, &ir->types[type], v);
}
