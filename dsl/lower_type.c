/* Types of the checker as types of the image. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

static enum ir_type_kind kind_of(const struct type *type)
{
    switch (type->kind) {
    case TYPE_TEXT:
        return IR_TYPE_TEXT;
    case TYPE_BOOL:
        return IR_TYPE_BOOL;
    case TYPE_INT:
        return IR_TYPE_INT;
    case TYPE_DECIMAL:
        return IR_TYPE_DECIMAL;
    case TYPE_MONEY:
        return IR_TYPE_MONEY;
    case TYPE_DATE:
        return IR_TYPE_DATE;
    case TYPE_INSTANT:
        return IR_TYPE_INSTANT;
    case TYPE_DURATION:
        return IR_TYPE_DURATION;
    case TYPE_WORKDAYS:
        return IR_TYPE_WORKDAYS;
    case TYPE_OPTIONAL:
    case TYPE_NONE: /* only `none` has it: an optional of anything */
        return IR_TYPE_OPTIONAL;
    case TYPE_LIST:
        return IR_TYPE_LIST;
    case TYPE_MAP:
        return IR_TYPE_MAP;
    case TYPE_RECORD:
        return IR_TYPE_RECORD;
    case TYPE_VARIANT:
        return IR_TYPE_VARIANT;
    case TYPE_POISON:
    case TYPE_NOTHING: /* the items of `[]`: there are none */
    case TYPE_JSON:
        return IR_TYPE_JSON;
    }
    return IR_TYPE_JSON;
}

/* A declared type is known by its name and place, so that it may hold itself; a type
 * without a name by its address. */
static struct text identity_of(struct lower *l, const struct type *type)
{
    struct buf key;
    buf_init(&key, l->compile);
    if (type->name.n > 0 && type->declared != NULL) {
        buf_add(&key, &type->declared, sizeof type->declared);
        buf_text(&key, type->name);
    } else {
        buf_add(&key, &type, sizeof type);
    }
    buf_u8(&key, (uint8_t)type->kind);
    buf_u8(&key, type->is_private);
    buf_u8(&key, type->is_secret);
    buf_add(&key, &type->refinement, sizeof type->refinement);
    return buf_done(&key);
}

/* ---- parts ---- */

/* The default of a field or parameter is a constant: a block that reads nothing. */
static uint32_t standard_block(struct lower *l, const struct node *standard)
{
    if (standard == NULL)
        return IR_NONE;
    struct lower_context before = lower_enter(l, LOWER_FUNCTION, standard);
    uint32_t block = lower_block(l, standard);
    lower_leave(l, before);
    return block;
}

static struct ir_range lower_field_rows(struct lower *l, const struct type *record)
{
    struct ir_range range = {ir_new_many(l->b, fields, record->fields_n),
                             record->fields_n};
    for (uint32_t i = 0; i < range.n; i++) {
        const struct type_field *field = &record->fields[i];
        uint32_t name = lower_text(l, field->name);
        uint32_t type = lower_type(l, field->type);
        uint32_t standard = standard_block(l, field->standard);
        l->b->fields.at[range.first + i] = (struct ir_field){name, type, standard};
    }
    return range;
}

struct ir_range lower_params(struct lower *l, struct nodes params)
{
    struct ir_range range = {ir_new_many(l->b, fields, params.n), params.n};
    uint32_t i = 0;
    node_each(param, params)
    {
        uint32_t name = lower_text(l, param->name);
        uint32_t type = lower_type(l, param->type_of->type);
        uint32_t standard = standard_block(l, param->value);
        l->b->fields.at[range.first + i++] = (struct ir_field){name, type, standard};
    }
    return range;
}

uint32_t lower_record_over(struct lower *l, struct ir_range fields)
{
    struct ir_type type = ir_type_of_kind(IR_TYPE_RECORD);
    type.parts = fields;
    return ir_add_type(l->b, type);
}

static struct ir_range lower_case_rows(struct lower *l, const struct type *variant)
{
    struct ir_range range = {ir_new_many(l->b, cases, variant->cases_n),
                             variant->cases_n};
    for (uint32_t i = 0; i < range.n; i++) {
        const struct type_case *from = &variant->cases[i];
        struct ir_case made = {
            .name = lower_text(l, from->name), .record = IR_NONE, .position = i};
        if (from->record != NULL && from->record->fields_n > 0) {
            made.record = lower_type(l, from->record);
            made.fields = l->b->types.at[made.record].parts;
        }
        l->b->cases.at[range.first + i] = made;
    }
    return range;
}

uint32_t lower_case(struct lower *l, const struct type *variant, uint32_t position)
{
    uint32_t type = lower_type(l, type_present(variant));
    return l->b->types.at[type].parts.first + position;
}

/* ---- refinements ---- */

static void lower_refinement_of(struct lower *l, const struct type *type, uint32_t fails)
{
    if (type->base != NULL && type->base->refinement != NULL)
        lower_refinement_of(l, type->base, fails);
    lower_expr(l, type->refinement);
    ir_emit(l->b, IR_JUMP_FALSE, 0, fails);
}

/* Over temp 0: the refinement of the type it refines, then its own. */
static uint32_t refinement_block(struct lower *l, const struct type *type)
{
    struct lower_context before = lower_enter(l, LOWER_REFINEMENT, type->refinement);
    lower_line(l, type->refinement);
    ir_open_block(l->b, 1);
    uint32_t fails = ir_label(l->b), end = ir_label(l->b);
    lower_refinement_of(l, type, fails);
    ir_push_bool(l->b, true);
    ir_emit(l->b, IR_JUMP, 0, end);
    ir_here(l->b, fails);
    ir_push_bool(l->b, false);
    ir_here(l->b, end);
    uint32_t block = ir_close(l->b);
    lower_leave(l, before);
    return block;
}

/* ---- the whole ---- */

static struct ir_type head_of(struct lower *l, const struct type *type)
{
    struct ir_type made = ir_type_of_kind(kind_of(type));
    made.name = type->name.n > 0 ? lower_text(l, type->name) : IR_NONE;
    made.is_private = type->is_private;
    made.is_secret = type->is_secret;
    if (type->kind == TYPE_DECIMAL && type->scale != TYPE_SCALE_FREE)
        made.scale = (uint32_t)type->scale;
    if (type->kind == TYPE_MONEY && type->currency.n > 0)
        made.scale = lower_text(l, type->currency);
    return made;
}

static void fill(struct lower *l, const struct type *type, struct ir_type *made)
{
    if (type->kind == TYPE_NONE)
        made->of = ir_add_simple(l->b, IR_TYPE_JSON);
    if (type->kind == TYPE_OPTIONAL || type->kind == TYPE_LIST || type->kind == TYPE_MAP)
        made->of = lower_type(l, type->of);
    if (type->kind == TYPE_MAP)
        made->key = lower_type(l, type->key);
    if (type->kind == TYPE_RECORD)
        made->parts = lower_field_rows(l, type);
    if (type->kind == TYPE_VARIANT)
        made->parts = lower_case_rows(l, type);
    if (type->refinement != NULL) {
        made->refined = refinement_block(l, type);
        made->pattern = lower_text(l, span_text(type->refinement->span));
    }
}

uint32_t lower_type(struct lower *l, const struct type *type)
{
    if (type == NULL)
        return ir_add_simple(l->b, IR_TYPE_JSON);
    if (type == l->program->problem)
        return l->b->flow.problem;
    struct text identity = identity_of(l, type);
    uint32_t known = lower_known_text(l->types, identity);
    if (known != IR_NONE)
        return known;
    struct ir_type made = head_of(l, type);
    bool may_hold_itself =
        type->name.n > 0 && (type->kind == TYPE_RECORD || type->kind == TYPE_VARIANT);
    if (may_hold_itself) {
        uint32_t index = ir_new(l->b, types);
        l->b->types.at[index] = made;
        lower_remember_text(l, l->types, identity, index);
        fill(l, type, &made);
        l->b->types.at[index] = made;
        return index;
    }
    fill(l, type, &made);
    uint32_t index = ir_add_type(l->b, made);
    lower_remember_text(l, l->types, identity, index);
    return index;
}
