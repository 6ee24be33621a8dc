/* Signatures of flows: types written out as far as they reach, and digested. */
#include "dsl/ir_signature.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"

/* The types around the one being written: one that holds itself (in a list) is written as
 * how far out it is. */
struct around {
    const struct around *outer;
    uint32_t type;
};

struct writing {
    struct buf out;
    const struct ir *ir;
};

static void add_type(struct writing *w, uint32_t type, const struct around *outer);

/* Types may be far larger written out than they are in the image: what lies beyond the
 * bound does not count. */
static bool is_full(const struct writing *w)
{
    return w->out.n >= LIMIT_SIGNATURE_BYTES;
}

static void add_fields(struct writing *w, struct ir_range fields,
                       const struct around *outer)
{
    for (uint32_t i = 0; i < fields.n && !is_full(w); i++) {
        const struct ir_field *field = &w->ir->fields[fields.first + i];
        buf_bytes(&w->out, ir_text(w->ir, field->name));
        add_type(w, field->type, outer);
    }
}

static void add_cases(struct writing *w, struct ir_range cases,
                      const struct around *outer)
{
    for (uint32_t i = 0; i < cases.n && !is_full(w); i++) {
        const struct ir_case *c = &w->ir->cases[cases.first + i];
        buf_bytes(&w->out, ir_text(w->ir, c->name));
        buf_u32(&w->out, c->fields.n);
        add_fields(w, c->fields, outer);
    }
}

static bool is_around(struct writing *w, uint32_t type, const struct around *outer)
{
    uint32_t depth = 0;
    for (; outer != NULL && outer->type != type; outer = outer->outer)
        depth++;
    if (outer == NULL && depth < LIMIT_EXPR_DEPTH)
        return false;
    buf_char(&w->out, '^');
    buf_u32(&w->out, depth);
    return true;
}

static void add_type(struct writing *w, uint32_t type, const struct around *outer)
{
    if (type == IR_NONE || is_around(w, type, outer)) {
        buf_char(&w->out, '-');
        return;
    }
    const struct ir_type *t = &w->ir->types[type];
    struct around here = {outer, type};
    buf_u32(&w->out, t->kind);
    buf_u8(&w->out, (uint8_t)(t->is_private | t->is_secret << 1));
    buf_bytes(&w->out, ir_text(w->ir, t->pattern));
    switch ((enum ir_type_kind)t->kind) {
    case IR_TYPE_DECIMAL:
        buf_u32(&w->out, t->scale);
        return;
    case IR_TYPE_MONEY:
        buf_bytes(&w->out, ir_text(w->ir, t->scale));
        return;
    case IR_TYPE_OPTIONAL:
    case IR_TYPE_LIST:
        add_type(w, t->of, &here);
        return;
    case IR_TYPE_MAP:
        add_type(w, t->key, &here);
        add_type(w, t->of, &here);
        return;
    case IR_TYPE_RECORD:
        buf_u32(&w->out, t->parts.n);
        add_fields(w, t->parts, &here);
        return;
    case IR_TYPE_VARIANT:
        buf_u32(&w->out, t->parts.n);
        add_cases(w, t->parts, &here);
        return;
    case IR_TYPE_TEXT:
    case IR_TYPE_BOOL:
    case IR_TYPE_INT:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_JSON:
        return;
    }
}

static struct digest signature(struct arena *arena, const struct ir *ir,
                               struct ir_range params, uint32_t gives,
                               struct ir_range errors, bool has_key)
{
    struct writing w = {.ir = ir};
    buf_init(&w.out, arena);
    buf_u32(&w.out, params.n);
    add_fields(&w, params, NULL);
    add_type(&w, gives, NULL);
    buf_u32(&w.out, errors.n);
    for (uint32_t i = 0; i < errors.n && !is_full(&w); i++) {
        const struct ir_error *error = &ir->errors[ir->error_uses[errors.first + i]];
        buf_bytes(&w.out, ir_text(ir, error->name));
        add_type(&w, error->record, NULL);
    }
    buf_u8(&w.out, has_key);
    return digest_of(buf_done(&w.out));
}

struct digest ir_signature(struct arena *arena, const struct ir *ir)
{
    return signature(arena, ir, ir->types[ir->flow.params].parts, ir->flow.gives,
                     ir->flow.errors, ir->flow.key != IR_NONE);
}

struct digest ir_child_signature(struct arena *arena, const struct ir *ir,
                                 const struct ir_child *child)
{
    return signature(arena, ir, child->params, child->gives, child->errors,
                     child->key != IR_NONE);
}
