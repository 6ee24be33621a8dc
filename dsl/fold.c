/* Literals, signs, sums and products of them, and data made of these. */
#include "dsl/fold.h"

#include "dsl/scope.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/when.h"

/* ---- numbers and times ---- */

static bool digits(struct arena *compile, struct text written, struct decimal *out)
{
    struct buf plain;
    buf_init(&plain, compile);
    for (size_t i = 0; i < written.n; i++)
        if (written.chars[i] != '_' && written.chars[i] != '%')
            buf_char(&plain, written.chars[i]);
    return decimal_parse(buf_done(&plain), out);
}

static bool fold_literal(struct arena *compile, const struct node *node, struct fold *out)
{
    *out = (struct fold){.whole = node->number};
    switch ((int)node->kind) {
    case NODE_INT:
        out->kind = TYPE_INT;
        out->decimal = decimal_from_i64(node->number);
        return true;
    case NODE_DECIMAL:
    case NODE_PERCENT:
        out->kind = TYPE_DECIMAL;
        if (!digits(compile, node->name, &out->decimal))
            return false;
        out->decimal.scale =
            (uint8_t)(out->decimal.scale + (node->kind == NODE_PERCENT ? 2 : 0));
        return true;
    case NODE_MONEY:
        out->kind = TYPE_MONEY;
        out->currency = node->as;
        return digits(compile, node->name, &out->decimal);
    case NODE_DATE:
        out->kind = TYPE_DATE;
        return true;
    case NODE_INSTANT:
        out->kind = TYPE_INSTANT;
        return true;
    case NODE_TRUE:
    case NODE_FALSE:
        out->kind = TYPE_BOOL;
        out->whole = node->kind == NODE_TRUE;
        return true;
    case NODE_DURATION:
        out->kind = node->flag ? TYPE_WORKDAYS : TYPE_DURATION;
        if (node->flag && node->position == 1) {
            out->hours = node->number * WHEN_HOUR;
            out->whole = 0;
        }
        return true;
    }
    return false;
}

static bool is_number(const struct fold *f)
{
    return f->kind == TYPE_INT || f->kind == TYPE_DECIMAL;
}

static bool add(struct fold a, struct fold b, bool minus, struct fold *out)
{
    *out = a;
    if (is_number(&a) && is_number(&b)) {
        out->kind = a.kind == TYPE_INT ? b.kind : a.kind;
        bool fits = minus ? decimal_sub(a.decimal, b.decimal, &out->decimal)
                          : decimal_add(a.decimal, b.decimal, &out->decimal);
        return fits &&
               (out->kind != TYPE_INT || decimal_to_i64(out->decimal, &out->whole));
    }
    if (a.kind == TYPE_MONEY && b.kind == TYPE_MONEY && text_is(a.currency, b.currency))
        return minus ? decimal_sub(a.decimal, b.decimal, &out->decimal)
                     : decimal_add(a.decimal, b.decimal, &out->decimal);
    bool is_time =
        (a.kind == TYPE_DURATION || a.kind == TYPE_INSTANT) && b.kind == TYPE_DURATION;
    return is_time && (minus ? !__builtin_sub_overflow(a.whole, b.whole, &out->whole)
                             : !__builtin_add_overflow(a.whole, b.whole, &out->whole));
}

static bool multiply(struct fold a, struct fold b, struct fold *out)
{
    if (is_number(&a) && !is_number(&b)) {
        struct fold swap = a;
        a = b;
        b = swap;
    }
    *out = a;
    if (a.kind == TYPE_DURATION && b.kind == TYPE_INT)
        return !__builtin_mul_overflow(a.whole, b.whole, &out->whole);
    if (a.kind == TYPE_DURATION && b.kind == TYPE_DECIMAL)
        return decimal_mul(decimal_from_i64(a.whole), b.decimal, &out->decimal) &&
               decimal_round(out->decimal, 0, DECIMAL_HALF_EVEN, &out->decimal) &&
               decimal_to_i64(out->decimal, &out->whole);
    if (!is_number(&b) || !(is_number(&a) || a.kind == TYPE_MONEY))
        return false;
    if (is_number(&a))
        out->kind = a.kind == TYPE_INT ? b.kind : a.kind;
    return decimal_mul(a.decimal, b.decimal, &out->decimal) &&
           (out->kind != TYPE_INT || decimal_to_i64(out->decimal, &out->whole));
}

static bool negate(struct fold *f)
{
    f->decimal = decimal_neg(f->decimal);
    f->hours = -f->hours;
    return !__builtin_sub_overflow((int64_t)0, f->whole, &f->whole);
}

bool fold_scalar(struct arena *compile, const struct node *expr, struct fold *out)
{
    struct fold a, b;
    switch ((int)expr->kind) {
    case NODE_PARENS:
        return fold_scalar(compile, expr->value, out);
    case NODE_NEGATE:
        return fold_scalar(compile, expr->value, out) && negate(out);
    case NODE_PLUS:
    case NODE_MINUS:
        return fold_scalar(compile, expr->value, &a) &&
               fold_scalar(compile, expr->other, &b) &&
               add(a, b, expr->kind == NODE_MINUS, out);
    case NODE_TIMES:
        return fold_scalar(compile, expr->value, &a) &&
               fold_scalar(compile, expr->other, &b) && multiply(a, b, out);
    }
    return fold_literal(compile, expr, out);
}

int64_t fold_time_of_day(struct text t)
{
    int64_t hours, minutes;
    if (t.n != 5 || t.chars[2] != ':' || !text_to_i64(text_cut(t, 0, 2), &hours) ||
        !text_to_i64(text_cut(t, 3, 2), &minutes) || hours < 0 || hours > 24 ||
        minutes < 0 || minutes > 59 || (hours == 24 && minutes > 0))
        return -1;
    return hours * 60 + minutes;
}

/* ---- as they travel ---- */

static json_t *wire_exact(struct arena *compile, struct decimal d, int32_t scale)
{
    char out[DECIMAL_TEXT_BYTES];
    if (scale != TYPE_SCALE_FREE)
        (void)decimal_round(d, (uint8_t)scale, DECIMAL_HALF_EVEN, &d);
    (void)compile;
    return json_text(decimal_print(d, out));
}

static json_t *wire_workdays(struct arena *compile, const struct fold *f)
{
    struct buf out;
    buf_init(&out, compile);
    if (f->hours != 0)
        buf_printf(&out, "P%lldBH", (long long)(f->hours / WHEN_HOUR));
    else
        buf_printf(&out, "P%lldBD", (long long)f->whole);
    return json_text(buf_done(&out));
}

static json_t *wire_scalar(struct arena *compile, const struct fold *f,
                           const struct type *type)
{
    char when[WHEN_TEXT_BYTES];
    switch ((int)f->kind) {
    case TYPE_BOOL:
        return json_boolean(f->whole != 0);
    case TYPE_INT:
        return type->kind == TYPE_DECIMAL ? wire_exact(compile, f->decimal, type->scale)
                                          : json_integer(f->whole);
    case TYPE_DECIMAL:
        return wire_exact(compile, f->decimal, type->scale);
    case TYPE_MONEY: {
        json_t *money = json_object();
        json_object_set_new(money, "amount",
                            wire_exact(compile, f->decimal, TYPE_SCALE_FREE));
        json_object_set_new(money, "currency", json_text(f->currency));
        return money;
    }
    case TYPE_DATE:
        return json_text(when_date_print((int32_t)f->whole, when));
    case TYPE_INSTANT:
        return json_text(when_instant_print(f->whole, when));
    case TYPE_DURATION:
        return json_text(when_duration_print(f->whole, when));
    case TYPE_WORKDAYS:
        return wire_workdays(compile, f);
    }
    return NULL;
}

static json_t *wire_list(struct arena *compile, const struct node *expr,
                         const struct type *of, const struct node **culprit)
{
    scoped_json json_t *list = json_array();
    node_each(item, expr->items)
    {
        json_t *json = fold_wire(compile, item, of, culprit);
        if (json == NULL)
            return NULL;
        json_array_append_new(list, json);
    }
    return json_incref(list);
}

static bool wire_member(struct arena *compile, json_t *object, struct text name,
                        json_t *json)
{
    if (json == NULL)
        return false;
    json_object_set_new(object, text_chars(compile, name), json);
    return true;
}

static json_t *wire_record(struct arena *compile, struct nodes args,
                           const struct type *type, const struct node **culprit)
{
    scoped_json json_t *record = json_object();
    node_each(arg, args)
    {
        if (arg->position < 0 || (uint32_t)arg->position >= type->fields_n)
            return NULL;
        const struct type_field *field = &type->fields[arg->position];
        if (!wire_member(compile, record, field->name,
                         fold_wire(compile, arg->value, field->type, culprit)))
            return NULL;
    }
    return json_incref(record);
}

/* Text keys as they are, others as their wire form is written. */
static json_t *wire_map(struct arena *compile, const struct node *expr,
                        const struct type *type, const struct node **culprit)
{
    scoped_json json_t *map = json_object();
    node_each(pair, expr->items)
    {
        scoped_json json_t *key = fold_wire(compile, pair->value, type->key, culprit);
        if (key == NULL)
            return NULL;
        struct text name =
            json_is_string(key) ? json_text_of(key) : json_write(compile, key);
        if (!wire_member(compile, map, name,
                         fold_wire(compile, pair->other, type->of, culprit)))
            return NULL;
    }
    return json_incref(map);
}

static json_t *wire_case(struct arena *compile, const struct node *expr,
                         const struct type *variant, const struct node **culprit)
{
    const struct type_case *of = &variant->cases[expr->symbol->position];
    if (of->record == NULL)
        return json_text(of->name);
    scoped_json json_t *data = wire_record(compile, expr->args, of->record, culprit);
    if (data == NULL)
        return NULL;
    scoped_json json_t *made = json_object();
    json_object_set(made, text_chars(compile, of->name), data);
    return json_incref(made);
}

static bool is_case(const struct node *expr, const struct type *type)
{
    return type->kind == TYPE_VARIANT && expr->symbol != NULL &&
           expr->symbol->kind == SYMBOL_CASE && expr->symbol->position < type->cases_n;
}

json_t *fold_wire(struct arena *compile, const struct node *expr, const struct type *type,
                  const struct node **culprit)
{
    type = type_present(type);
    struct fold f;
    *culprit = expr;
    if (expr->kind == NODE_PARENS)
        return fold_wire(compile, expr->value, type, culprit);
    if (expr->kind == NODE_TEXT)
        return json_text(expr->name);
    if (expr->kind == NODE_NONE)
        return json_null();
    if (expr->kind == NODE_LIST && type->kind == TYPE_LIST)
        return wire_list(compile, expr, type->of, culprit);
    if (expr->kind == NODE_MAP_LITERAL && type->kind == TYPE_MAP)
        return wire_map(compile, expr, type, culprit);
    if (expr->kind == NODE_RECORD || expr->kind == NODE_MAKE) {
        if (type->kind == TYPE_RECORD)
            return wire_record(compile, expr->args, type, culprit);
        if (expr->args.n == 1)
            return fold_wire(compile, expr->args.first->value, type, culprit);
    }
    if ((expr->kind == NODE_NAME || expr->kind == NODE_APPLY) && is_case(expr, type))
        return wire_case(compile, expr, type, culprit);
    if (fold_scalar(compile, expr, &f))
        return wire_scalar(compile, &f, type);
    return NULL;
}
