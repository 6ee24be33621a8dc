/* Values as JSON, by their types (contract §5). */
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/core/wire.h"
#include "engine/core/wire_types.h"

/* Bytes that are no UTF-8 are no text: JSON could not say them. */
static json_t *write_text_of(struct value v)
{
    struct text t = value_text_of(v);
    json_t *json = json_stringn(t.n == 0 ? "" : t.chars, t.n);
    return json != NULL ? json : json_null();
}

static json_t *write_decimal(struct decimal d)
{
    char digits[DECIMAL_TEXT_BYTES];
    return json_text(decimal_print(d, digits));
}

/* The currency is the value's own; of a zero made from nothing, the type's. */
static json_t *write_money(const struct ir *ir, const struct ir_type *type,
                           struct value v)
{
    struct text code = ir_text(ir, type->scale);
    if (v.currency[0] != '\0')
        code = (struct text){v.currency, 3};
    else if (code.n != 3)
        code = TEXT(WIRE_NO_CURRENCY);
    json_t *money = json_object();
    json_object_set_new_nocheck(money, "amount", write_decimal(value_decimal_of(v)));
    json_object_set_new_nocheck(money, "currency", json_text(code));
    return money;
}

static json_t *write_moment(struct value v)
{
    char when[WHEN_TEXT_BYTES], work[WIRE_WORK_BYTES];
    if (v.kind == VALUE_DATE)
        return json_text(when_date_print((int32_t)v.whole, when));
    if (v.kind == VALUE_INSTANT)
        return json_text(when_instant_print(v.whole, when));
    if (v.kind == VALUE_DURATION)
        return json_text(when_duration_print(v.whole, when));
    return json_text(wire_work_print(v, work));
}

static json_t *write_list(const struct ir *ir, const struct ir_type *type, struct value v,
                          enum wire_private private)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < v.n; i++)
        json_array_append_new(list, wire_write(ir, type->of, v.items[i], private));
    return list;
}

static void set_member(json_t *object, struct text name, json_t *json)
{
    json_object_setn_new_nocheck(object, name.chars, name.n, json);
}

static json_t *write_map(const struct ir *ir, const struct ir_type *type, struct value v,
                         enum wire_private private)
{
    json_t *map = json_object();
    char key[WIRE_KEY_BYTES];
    for (uint32_t i = 0; i + 1 < v.n; i += 2) {
        struct text name = wire_key_write(ir, type->key, v.items[i], key);
        json_object_setn_new(map, name.chars, name.n,
                             wire_write(ir, type->of, v.items[i + 1], private));
    }
    return map;
}

static json_t *write_variant(const struct ir *ir, const struct ir_type *type,
                             struct value v, enum wire_private private)
{
    if (v.tag >= type->parts.n)
        return json_null();
    const struct ir_case *c = &ir->cases[type->parts.first + v.tag];
    if (c->fields.n == 0 || v.n == 0)
        return json_text(ir_text(ir, c->name));
    json_t *object = json_object();
    set_member(object, ir_text(ir, c->name),
               v.items[0].n == c->fields.n
                   ? wire_write_fields(ir, c->fields, v.items[0].items, private)
                   : json_null());
    return object;
}

/* A JSON value travels as its text. */
static json_t *write_json(struct value v)
{
    struct text t = value_text_of(v);
    json_t *json = json_loadb(t.chars, t.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return json != NULL ? json : json_null();
}

static bool is_of(const struct ir_type *type, struct value v)
{
    switch ((enum ir_type_kind)type->kind) {
    case IR_TYPE_TEXT:
    case IR_TYPE_JSON:
        return v.kind == VALUE_TEXT;
    case IR_TYPE_BOOL:
        return v.kind == VALUE_BOOL;
    case IR_TYPE_INT:
        return v.kind == VALUE_INT;
    case IR_TYPE_DECIMAL:
        return v.kind == VALUE_DECIMAL || v.kind == VALUE_INT;
    case IR_TYPE_MONEY:
        return v.kind == VALUE_MONEY;
    case IR_TYPE_DATE:
        return v.kind == VALUE_DATE;
    case IR_TYPE_INSTANT:
        return v.kind == VALUE_INSTANT;
    case IR_TYPE_DURATION:
        return v.kind == VALUE_DURATION;
    case IR_TYPE_WORKDAYS:
        return v.kind == VALUE_WORK_DAYS || v.kind == VALUE_WORK_HOURS;
    case IR_TYPE_OPTIONAL:
        return true;
    case IR_TYPE_LIST:
        return v.kind == VALUE_LIST;
    case IR_TYPE_MAP:
        return v.kind == VALUE_MAP;
    case IR_TYPE_RECORD:
        return v.kind == VALUE_RECORD && v.n == type->parts.n;
    case IR_TYPE_VARIANT:
        return v.kind == VALUE_VARIANT;
    }
    return false;
}

json_t *wire_write(const struct ir *ir, uint32_t type, struct value v,
                   enum wire_private private)
{
    const struct ir_type *row = &ir->types[type];
    /* A snapshot that was tampered with must not bring us down: what is not of its type
     * is null. */
    if (v.kind <= VALUE_NONE || !is_of(row, v))
        return json_null();
    if (wire_is_hidden(ir, type, private))
        return json_string("(private)");
    switch ((enum ir_type_kind)row->kind) {
    case IR_TYPE_TEXT:
        return write_text_of(v);
    case IR_TYPE_BOOL:
        return json_boolean(v.yes);
    case IR_TYPE_INT:
        return json_integer(v.whole);
    case IR_TYPE_DECIMAL:
        return write_decimal(value_decimal_of(v));
    case IR_TYPE_MONEY:
        return write_money(ir, row, v);
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
        return write_moment(v);
    case IR_TYPE_OPTIONAL:
        return wire_write(ir, row->of, v, private);
    case IR_TYPE_LIST:
        return write_list(ir, row, v, private);
    case IR_TYPE_MAP:
        return write_map(ir, row, v, private);
    case IR_TYPE_RECORD:
        return wire_write_fields(ir, row->parts, v.items, private);
    case IR_TYPE_VARIANT:
        return write_variant(ir, row, v, private);
    case IR_TYPE_JSON:
        return write_json(v);
    }
    return json_null();
}

json_t *wire_write_fields(const struct ir *ir, struct ir_range fields,
                          const struct value *values, enum wire_private private)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < fields.n; i++) {
        const struct ir_field *field = &ir->fields[fields.first + i];
        set_member(object, ir_text(ir, field->name),
                   wire_write(ir, field->type, values[i], private));
    }
    return object;
}

bool wire_is_hidden(const struct ir *ir, uint32_t type, enum wire_private private)
{
    const struct ir_type *row = &ir->types[type];
    while (row->kind == IR_TYPE_OPTIONAL && !row->is_private && !row->is_secret)
        row = &ir->types[row->of];
    return (row->is_secret && private != WIRE_WHOLE) ||
           (row->is_private && private == WIRE_MASK_PRIVATE);
}

/* ---- business time, and keys ---- */

bool wire_work_parse(struct text t, struct value *out)
{
    int64_t whole;
    bool is_days = text_ends(t, TEXT("BD")), is_hours = text_ends(t, TEXT("BH"));
    if (t.n < 4 || t.chars[0] != 'P' || (!is_days && !is_hours) ||
        !text_to_i64(text_cut(t, 1, t.n - 3), &whole) || whole < -LIMIT_WORK_COUNT ||
        whole > LIMIT_WORK_COUNT)
        return false;
    *out = (struct value){.kind = is_days ? VALUE_WORK_DAYS : VALUE_WORK_HOURS,
                          .whole = is_days ? whole : whole * WHEN_HOUR};
    return true;
}

struct text wire_work_print(struct value v, char out[WIRE_WORK_BYTES])
{
    bool is_days = v.kind == VALUE_WORK_DAYS;
    snprintf(out, WIRE_WORK_BYTES, "P%lld%s",
             (long long)(is_days ? v.whole : v.whole / WHEN_HOUR), is_days ? "BD" : "BH");
    return text_of(out);
}

bool wire_key_read(struct arena *turn, const struct ir *ir, uint32_t type,
                   struct text name, struct value *out)
{
    const struct ir_type *row = &ir->types[type];
    struct decimal d;
    int32_t date;
    *out = (struct value){0};
    switch ((enum ir_type_kind)row->kind) {
    case IR_TYPE_TEXT:
        *out = value_text(text_dup(turn, name));
        return true;
    case IR_TYPE_BOOL:
        *out = value_bool(text_is_chars(name, "true"));
        return out->yes || text_is_chars(name, "false");
    case IR_TYPE_INT:
        out->kind = VALUE_INT;
        return text_to_i64(name, &out->whole);
    case IR_TYPE_DECIMAL:
        if (!decimal_parse(name, &d))
            return false;
        *out = value_decimal(d);
        return true;
    case IR_TYPE_DATE:
        if (!when_date_parse(name, &date))
            return false;
        *out = (struct value){.kind = VALUE_DATE, .whole = date};
        return true;
    case IR_TYPE_INSTANT:
        out->kind = VALUE_INSTANT;
        return when_instant_parse(name, &out->whole);
    case IR_TYPE_VARIANT:
        for (uint32_t i = 0; i < row->parts.n; i++) {
            const struct ir_case *c = &ir->cases[row->parts.first + i];
            if (c->fields.n == 0 && text_is(ir_text(ir, c->name), name)) {
                *out = value_variant(i, NULL);
                return true;
            }
        }
        return false;
    case IR_TYPE_MONEY:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_OPTIONAL:
    case IR_TYPE_LIST:
    case IR_TYPE_MAP:
    case IR_TYPE_RECORD:
    case IR_TYPE_JSON:
        return false;
    }
    return false;
}

_Static_assert((int)WIRE_KEY_BYTES >= (int)DECIMAL_TEXT_BYTES, "a number is a key");
_Static_assert((int)WIRE_KEY_BYTES >= (int)WHEN_TEXT_BYTES, "a moment is a key");

struct text wire_key_write(const struct ir *ir, uint32_t type, struct value key,
                           char out[WIRE_KEY_BYTES])
{
    const struct ir_type *row = &ir->types[type];
    switch ((enum value_kind)key.kind) {
    case VALUE_TEXT:
        return value_text_of(key);
    case VALUE_BOOL:
        return key.yes ? TEXT("true") : TEXT("false");
    case VALUE_INT:
    case VALUE_DECIMAL:
        return decimal_print(value_decimal_of(key), out);
    case VALUE_DATE:
        return when_date_print((int32_t)key.whole, out);
    case VALUE_INSTANT:
        return when_instant_print(key.whole, out);
    case VALUE_VARIANT:
        return row->kind == IR_TYPE_VARIANT && key.tag < row->parts.n
                   ? ir_text(ir, ir->cases[row->parts.first + key.tag].name)
                   : TEXT("");
    case VALUE_UNSET:
    case VALUE_NONE:
    case VALUE_MONEY:
    case VALUE_DURATION:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
        return TEXT("");
    }
    return TEXT("");
}
