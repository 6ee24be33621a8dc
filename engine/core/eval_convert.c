/* CONVERT: fits a value of one type to another; refinements are checked. */
#include <stdio.h>

#include "engine/core/eval_machine.h"
#include "engine/core/wire.h"

static bool convert(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                    struct value *out);

bool eval_convert(struct arena *turn, const struct eval_scope *scope, uint32_t from,
                  uint32_t to, struct value v, struct value *out,
                  struct eval_problem *problem)
{
    struct eval_machine m;
    eval_machine_init(&m, turn, scope, problem);
    bool ok = eval_machine_convert(&m, from, to, v, out);
    eval_machine_deinit(&m);
    return ok;
}

static const struct ir_type *type_at(const struct eval_machine *m, uint32_t type)
{
    return type == IR_NONE ? NULL : &m->scope->ir->types[type];
}

static bool misfit(struct eval_machine *m, uint32_t to, struct value v, const char *why)
{
    char found[EVAL_SHOWN_BYTES];
    struct text wanted = wire_type_name(m->turn, m->scope->ir, to);
    eval_show(v, found);
    return eval_fail(m, TEXT_FMT " is wanted, %s found%s%s", TEXT_ARG(wanted), found,
                     why[0] != '\0' ? ": " : "", why);
}

bool eval_refined(struct eval_machine *m, uint32_t type, struct value v, bool *holds)
{
    struct value answer;
    uint32_t block = m->scope->ir->types[type].refined;
    *holds = true;
    if (block == IR_NONE)
        return true;
    if (!eval_machine_block(m, block, &v, 1, &answer))
        return false;
    *holds = answer.kind == VALUE_BOOL && answer.yes;
    return true;
}

/* Its kind first, then its refinement. */
bool eval_machine_convert(struct eval_machine *m, uint32_t from, uint32_t to,
                          struct value v, struct value *out)
{
    bool holds;
    const struct ir_type *type = &m->scope->ir->types[to];
    if (from == to) {
        *out = v;
        return true;
    }
    const struct ir_type *source = type_at(m, from);
    if (source != NULL && source->kind == IR_TYPE_JSON && v.kind == VALUE_TEXT &&
        type->kind != IR_TYPE_JSON)
        return eval_from_json(m, to, v, out);
    if (type->kind == IR_TYPE_JSON && from != IR_NONE)
        return eval_to_json(m, from, v, out);
    if (!convert(m, from, to, v, out))
        return false;
    out->is_private |= type->is_private || type->is_secret;
    if (type->refined == IR_NONE || type->kind == IR_TYPE_OPTIONAL)
        return true;
    if (!eval_refined(m, to, *out, &holds))
        return false;
    if (holds)
        return true;
    char must[120] = "";
    struct text pattern = ir_text(m->scope->ir, type->pattern);
    if (pattern.n > 0)
        snprintf(must, sizeof must, "it must fit " TEXT_FMT, TEXT_ARG(pattern));
    return misfit(m, to, *out, must);
}

static bool to_decimal(struct eval_machine *m, uint32_t to, struct value v,
                       struct value *out)
{
    const struct ir_type *type = type_at(m, to);
    struct decimal d = value_decimal_of(v);
    if (v.kind != VALUE_INT && v.kind != VALUE_DECIMAL)
        return misfit(m, to, v, "");
    if (type->scale != IR_NONE &&
        !decimal_round(d, (uint8_t)type->scale, DECIMAL_HALF_EVEN, &d))
        return misfit(m, to, v, "it is too large");
    *out = value_decimal(d);
    out->is_private = v.is_private;
    return true;
}

static bool to_money(struct eval_machine *m, uint32_t to, struct value v,
                     struct value *out)
{
    struct text currency = ir_text(m->scope->ir, type_at(m, to)->scale);
    if (v.kind != VALUE_MONEY)
        return misfit(m, to, v, "");
    *out = v;
    if (currency.n != 3 || memcmp(v.currency, currency.chars, 3) == 0)
        return true;
    if (v.currency[0] != '\0' || v.units != 0)
        return misfit(m, to, v, "");
    memcpy(out->currency, currency.chars, 3);
    return true;
}

static bool to_optional(struct eval_machine *m, uint32_t from, uint32_t to,
                        struct value v, struct value *out)
{
    const struct ir_type *source = type_at(m, from);
    *out = v;
    if (v.kind == VALUE_NONE)
        return true;
    bool is_optional = source != NULL && source->kind == IR_TYPE_OPTIONAL;
    return eval_machine_convert(m, is_optional ? source->of : from, type_at(m, to)->of, v,
                                out);
}

static bool to_list(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                    struct value *out)
{
    const struct ir_type *source = type_at(m, from);
    uint32_t inner =
        source != NULL && source->kind == IR_TYPE_LIST ? source->of : IR_NONE;
    if (v.kind != VALUE_LIST)
        return misfit(m, to, v, "");
    struct value *items = eval_array(m, struct value, v.n);
    if (items == NULL || !eval_burn(m, v.n))
        return false;
    for (uint32_t i = 0; i < v.n; i++)
        if (!eval_machine_convert(m, inner, type_at(m, to)->of, v.items[i], &items[i]))
            return false;
    return eval_made(m, value_list(items, v.n), out);
}

static bool to_map(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                   struct value *out)
{
    const struct ir_type *source = type_at(m, from), *type = type_at(m, to);
    bool is_map = source != NULL && source->kind == IR_TYPE_MAP;
    if (v.kind != VALUE_MAP)
        return misfit(m, to, v, "");
    struct value *items = eval_array(m, struct value, v.n);
    if (items == NULL || !eval_burn(m, v.n))
        return false;
    for (uint32_t i = 0; i < v.n; i += 2)
        if (!eval_machine_convert(m, is_map ? source->key : IR_NONE, type->key,
                                  v.items[i], &items[i]) ||
            !eval_machine_convert(m, is_map ? source->of : IR_NONE, type->of,
                                  v.items[i + 1], &items[i + 1]))
            return false;
    return eval_made(m, value_map(items, v.n), out);
}

/* Where a field of that name stands among others; IR_NONE: nowhere. */
static uint32_t field_named(const struct ir *ir, struct ir_range parts, uint32_t name)
{
    for (uint32_t i = 0; i < parts.n; i++) {
        uint32_t other = ir->fields[parts.first + i].name;
        if (other == name || text_is(ir_text(ir, other), ir_text(ir, name)))
            return i;
    }
    return IR_NONE;
}

/* A record fits where the wanted fields are among its own (an optional one may be
 * missing, and is none). */
static bool to_record(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                      struct value *out)
{
    const struct ir *ir = m->scope->ir;
    const struct ir_type *source = type_at(m, from), *type = type_at(m, to);
    bool is_named = source != NULL && source->kind == IR_TYPE_RECORD;
    if (v.kind != VALUE_RECORD || (is_named && v.n != source->parts.n))
        return misfit(m, to, v, "");
    struct value *items = eval_array(m, struct value, type->parts.n);
    if (items == NULL || !eval_burn(m, type->parts.n))
        return false;
    for (uint32_t i = 0; i < type->parts.n; i++) {
        const struct ir_field *want = &ir->fields[type->parts.first + i];
        uint32_t at = is_named ? field_named(ir, source->parts, want->name) : i;
        if (at == IR_NONE && ir->types[want->type].kind == IR_TYPE_OPTIONAL) {
            items[i] = value_none();
            continue;
        }
        if (at == IR_NONE || at >= v.n)
            return misfit(m, to, v, "a field is missing");
        uint32_t had = is_named ? ir->fields[source->parts.first + at].type : IR_NONE;
        if (!eval_machine_convert(m, had, want->type, v.items[at], &items[i]))
            return false;
    }
    return eval_made(m, value_record(items, type->parts.n), out);
}

static uint32_t case_named(const struct ir *ir, struct ir_range parts, uint32_t name)
{
    for (uint32_t i = 0; i < parts.n; i++)
        if (text_is(ir_text(ir, ir->cases[parts.first + i].name), ir_text(ir, name)))
            return i;
    return IR_NONE;
}

static bool to_variant(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                       struct value *out)
{
    const struct ir *ir = m->scope->ir;
    const struct ir_type *source = type_at(m, from), *type = type_at(m, to);
    bool is_named = source != NULL && source->kind == IR_TYPE_VARIANT;
    uint32_t at = v.tag, had = IR_NONE;
    if (v.kind != VALUE_VARIANT || (is_named && v.tag >= source->parts.n))
        return misfit(m, to, v, "");
    if (is_named) {
        const struct ir_case *c = &ir->cases[source->parts.first + v.tag];
        had = c->record;
        at = case_named(ir, type->parts, c->name);
    }
    if (at == IR_NONE || at >= type->parts.n)
        return misfit(m, to, v, "it has no such case");
    const struct ir_case *want = &ir->cases[type->parts.first + at];
    if ((v.n == 1) != (want->fields.n > 0))
        return misfit(m, to, v, "its data differ");
    if (v.n == 0) {
        *out = value_variant(at, NULL);
        return true;
    }
    struct value *held = eval_array(m, struct value, 1);
    return held != NULL && eval_machine_convert(m, had, want->record, v.items[0], held) &&
           eval_made(m, value_variant(at, held), out);
}

static bool keep(struct eval_machine *m, uint32_t to, struct value v,
                 enum value_kind kind, struct value *out)
{
    *out = v;
    return v.kind == kind || misfit(m, to, v, "");
}

static bool convert(struct eval_machine *m, uint32_t from, uint32_t to, struct value v,
                    struct value *out)
{
    const struct ir_type *source = type_at(m, from), *type = type_at(m, to);
    if (source != NULL && source->kind == IR_TYPE_OPTIONAL &&
        type->kind != IR_TYPE_OPTIONAL)
        from = source->of; /* narrowed: none falls through to a misfit */
    switch ((enum ir_type_kind)type->kind) {
    case IR_TYPE_TEXT:
    case IR_TYPE_JSON:
        return keep(m, to, v, VALUE_TEXT, out);
    case IR_TYPE_BOOL:
        return keep(m, to, v, VALUE_BOOL, out);
    case IR_TYPE_INT:
        return keep(m, to, v, VALUE_INT, out);
    case IR_TYPE_DECIMAL:
        return to_decimal(m, to, v, out);
    case IR_TYPE_MONEY:
        return to_money(m, to, v, out);
    case IR_TYPE_DATE:
        return keep(m, to, v, VALUE_DATE, out);
    case IR_TYPE_INSTANT:
        return keep(m, to, v, VALUE_INSTANT, out);
    case IR_TYPE_DURATION:
        return keep(m, to, v, VALUE_DURATION, out);
    case IR_TYPE_WORKDAYS:
        return v.kind == VALUE_WORK_HOURS ? (*out = v, true)
                                          : keep(m, to, v, VALUE_WORK_DAYS, out);
    case IR_TYPE_OPTIONAL:
        return to_optional(m, from, to, v, out);
    case IR_TYPE_LIST:
        return to_list(m, from, to, v, out);
    case IR_TYPE_MAP:
        return to_map(m, from, to, v, out);
    case IR_TYPE_RECORD:
        return to_record(m, from, to, v, out);
    case IR_TYPE_VARIANT:
        return to_variant(m, from, to, v, out);
    }
    return misfit(m, to, v, "");
}
