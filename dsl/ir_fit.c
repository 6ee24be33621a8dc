/* One walk over two types at once, strict or lenient. */
#include "dsl/ir_fit.h"

enum { PAIRS_MAX = 32 }; /* types within types; what is deeper is said not to fit */

struct fitting {
    const struct ir *from, *to;
    bool is_strict;
    uint32_t pairs[PAIRS_MAX]
                  [2]; /* being compared: met again they hold if all else does */
    uint32_t pairs_n;
};

static bool fits(struct fitting *f, uint32_t from, uint32_t to);

static uint32_t field_named(const struct ir *ir, struct ir_range fields, struct text name)
{
    for (uint32_t i = 0; i < fields.n; i++)
        if (text_is(ir_text(ir, ir->fields[fields.first + i].name), name))
            return fields.first + i;
    return IR_NONE;
}

static bool may_be_left_out(const struct ir *ir, const struct ir_field *field)
{
    return field->standard != IR_NONE || ir->types[field->type].kind == IR_TYPE_OPTIONAL;
}

static bool fields_fit(struct fitting *f, struct ir_range from, struct ir_range to)
{
    if (f->is_strict && from.n != to.n)
        return false;
    for (uint32_t i = 0; i < to.n; i++) {
        const struct ir_field *wanted = &f->to->fields[to.first + i];
        uint32_t given = field_named(f->from, from, ir_text(f->to, wanted->name));
        if (given == IR_NONE && !f->is_strict && may_be_left_out(f->to, wanted))
            continue;
        if (given == IR_NONE || (f->is_strict && given != from.first + i) ||
            !fits(f, f->from->fields[given].type, wanted->type))
            return false;
    }
    return true;
}

static bool cases_fit(struct fitting *f, const struct ir_type *from,
                      const struct ir_type *to)
{
    if (f->is_strict && from->parts.n != to->parts.n)
        return false;
    for (uint32_t i = 0; i < from->parts.n; i++) {
        const struct ir_case *given = &f->from->cases[from->parts.first + i];
        const struct ir_case *wanted = NULL;
        for (uint32_t k = 0; k < to->parts.n && wanted == NULL; k++) {
            const struct ir_case *one = &f->to->cases[to->parts.first + k];
            if (text_is(ir_text(f->to, one->name), ir_text(f->from, given->name)))
                wanted = one;
        }
        if (wanted == NULL || (f->is_strict && wanted->position != given->position) ||
            (wanted->record == IR_NONE) != (given->record == IR_NONE) ||
            !fields_fit(f, given->fields, wanted->fields))
            return false;
    }
    return true;
}

/* What narrows a type: what was free may not be bound now. */
static bool bounds_fit(const struct fitting *f, const struct ir_type *from,
                       const struct ir_type *to)
{
    bool is_lifted = !f->is_strict;
    struct text was = ir_text(f->from, from->pattern), is = ir_text(f->to, to->pattern);
    if ((to->refined != IR_NONE || (from->refined != IR_NONE && f->is_strict)) &&
        (from->refined == IR_NONE || to->refined == IR_NONE || !text_is(was, is)))
        return false;
    if (from->is_private != to->is_private || from->is_secret != to->is_secret)
        return is_lifted && !from->is_secret && !to->is_secret;
    if (to->kind == IR_TYPE_DECIMAL)
        return from->scale == to->scale ||
               (is_lifted && (to->scale == IR_NONE ||
                              (from->scale != IR_NONE && from->scale <= to->scale)));
    if (to->kind == IR_TYPE_MONEY && (from->scale != IR_NONE || to->scale != IR_NONE))
        return (is_lifted && to->scale == IR_NONE) ||
               (from->scale != IR_NONE && to->scale != IR_NONE &&
                text_is(ir_text(f->from, from->scale), ir_text(f->to, to->scale)));
    return true;
}

static bool parts_fit(struct fitting *f, const struct ir_type *from,
                      const struct ir_type *to)
{
    if (!f->is_strict && to->kind == IR_TYPE_OPTIONAL && from->kind != IR_TYPE_OPTIONAL)
        return fits(f, (uint32_t)(from - f->from->types), to->of);
    if (from->kind != to->kind || !bounds_fit(f, from, to))
        return false;
    switch ((enum ir_type_kind)to->kind) {
    case IR_TYPE_OPTIONAL:
    case IR_TYPE_LIST:
        return fits(f, from->of, to->of);
    case IR_TYPE_MAP:
        return fits(f, from->key, to->key) && fits(f, from->of, to->of);
    case IR_TYPE_RECORD:
        return fields_fit(f, from->parts, to->parts);
    case IR_TYPE_VARIANT:
        return cases_fit(f, from, to);
    case IR_TYPE_TEXT:
    case IR_TYPE_BOOL:
    case IR_TYPE_INT:
    case IR_TYPE_DECIMAL:
    case IR_TYPE_MONEY:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_JSON:
        return true;
    }
    return false;
}

static bool fits(struct fitting *f, uint32_t from, uint32_t to)
{
    if (from == IR_NONE || to == IR_NONE)
        return from == to;
    for (uint32_t i = 0; i < f->pairs_n; i++)
        if (f->pairs[i][0] == from && f->pairs[i][1] == to)
            return true;
    if (f->pairs_n == PAIRS_MAX)
        return false;
    f->pairs[f->pairs_n][0] = from;
    f->pairs[f->pairs_n++][1] = to;
    bool yes = parts_fit(f, &f->from->types[from], &f->to->types[to]);
    f->pairs_n--;
    return yes;
}

bool ir_type_is_same(const struct ir *a, uint32_t type_a, const struct ir *b,
                     uint32_t type_b)
{
    struct fitting f = {.from = a, .to = b, .is_strict = true};
    return fits(&f, type_a, type_b);
}

bool ir_type_fits(const struct ir *from, uint32_t type_from, const struct ir *to,
                  uint32_t type_to)
{
    struct fitting f = {.from = from, .to = to};
    return fits(&f, type_from, type_to);
}

bool ir_fields_fit(const struct ir *from, struct ir_range fields_from,
                   const struct ir *to, struct ir_range fields_to)
{
    struct fitting f = {.from = from, .to = to};
    return fields_fit(&f, fields_from, fields_to);
}
