/* The deterministic value made from a type: what `over fake` answers, what an operation
 * that is not mocked gives (LANGUAGE §11). */
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/core/wire.h"

/* Virtual time begins here: 2026-05-12T15:00:00Z. */
enum { SAMPLE_DATE = 20585 };
#define SAMPLE_INSTANT (SAMPLE_DATE * WHEN_DAY + 15 * WHEN_HOUR)

struct sampler {
    struct arena *turn;
    const struct ir *ir;
    struct value *made; /* per type; UNSET: not yet. Makes wide types cheap */
    bool *in_hand;      /* types that hold themselves end in an empty list */
};

static struct value sample(struct sampler *s, uint32_t type, unsigned depth);

struct value wire_sample(struct arena *turn, const struct ir *ir, uint32_t type)
{
    struct sampler s = {.turn = turn,
                        .ir = ir,
                        .made = arena_array(turn, struct value, ir->types_n + 1),
                        .in_hand = arena_array(turn, bool, ir->types_n + 1)};
    return sample(&s, type, 0);
}

static struct value amount(int64_t ones, uint8_t scale)
{
    struct decimal d;
    if (!decimal_round(decimal_from_i64(ones), scale, DECIMAL_HALF_EVEN, &d))
        d = decimal_from_i64(ones);
    return value_decimal(d);
}

static struct value sample_money(const struct ir *ir, const struct ir_type *type,
                                 int64_t ones)
{
    struct text code = ir_text(ir, type->scale);
    const char *currency = code.n == 3 ? code.chars : "USD";
    return value_money(value_decimal_of(amount(ones, currency_scale(currency))),
                       currency);
}

/* A number of the type's kind that says `ones`. */
static struct value number_like(const struct ir *ir, const struct ir_type *type,
                                int64_t ones)
{
    if (type->kind == IR_TYPE_MONEY)
        return sample_money(ir, type, ones);
    if (type->kind == IR_TYPE_DECIMAL)
        return amount(ones, type->scale != IR_NONE ? (uint8_t)type->scale : 0);
    return value_int(ones);
}

static struct value sample_fields(struct sampler *s, struct ir_range fields,
                                  unsigned depth)
{
    struct value *items = arena_array(s->turn, struct value, fields.n + 1);
    for (uint32_t i = 0; i < fields.n; i++)
        items[i] = sample(s, s->ir->fields[fields.first + i].type, depth + 1);
    return value_record(items, fields.n);
}

static struct value sample_list(struct sampler *s, uint32_t of, unsigned depth)
{
    if (s->in_hand[of])
        return value_list(NULL, 0);
    struct value *item = arena_new_of(s->turn, struct value);
    *item = sample(s, of, depth + 1);
    return value_list(item, 1);
}

static struct value sample_variant(struct sampler *s, struct ir_range cases,
                                   unsigned depth)
{
    const struct ir_case *first = &s->ir->cases[cases.first];
    if (cases.n == 0 || first->fields.n == 0)
        return value_variant(0, NULL);
    struct value *held = arena_new_of(s->turn, struct value);
    *held = sample_fields(s, first->fields, depth);
    return value_variant(0, held);
}

static struct value sample_kind(struct sampler *s, const struct ir_type *type,
                                unsigned depth)
{
    switch ((enum ir_type_kind)type->kind) {
    case IR_TYPE_TEXT:
        return value_text(TEXT("x"));
    case IR_TYPE_BOOL:
        return value_bool(false);
    case IR_TYPE_INT:
    case IR_TYPE_DECIMAL:
    case IR_TYPE_MONEY:
        return number_like(s->ir, type, 1);
    case IR_TYPE_DATE:
        return (struct value){.kind = VALUE_DATE, .whole = SAMPLE_DATE};
    case IR_TYPE_INSTANT:
        return value_instant(SAMPLE_INSTANT);
    case IR_TYPE_DURATION:
        return (struct value){.kind = VALUE_DURATION, .whole = WHEN_HOUR};
    case IR_TYPE_WORKDAYS:
        return (struct value){.kind = VALUE_WORK_DAYS, .whole = 1};
    case IR_TYPE_OPTIONAL:
        return value_none();
    case IR_TYPE_LIST:
        return sample_list(s, type->of, depth);
    case IR_TYPE_MAP:
        return value_map(NULL, 0);
    case IR_TYPE_RECORD:
        return sample_fields(s, type->parts, depth);
    case IR_TYPE_VARIANT:
        return sample_variant(s, type->parts, depth);
    case IR_TYPE_JSON:
        return value_text(TEXT("\"x\""));
    }
    return value_none();
}

/* ---- refinements ---- */

static bool fits(struct sampler *s, const struct ir_type *type, struct value v)
{
    struct eval_scope scope = {.ir = s->ir, .now = SAMPLE_INSTANT};
    struct eval_problem problem;
    struct value answer;
    return eval_block(s->turn, &scope, type->refined, &v, 1, &answer, &problem) &&
           answer.kind == VALUE_BOOL && answer.yes;
}

/* A text of `n` x, for refinements about length. */
static struct value exes(struct sampler *s, int64_t n)
{
    enum { LONGEST = 1000 };
    n = n < 0 ? 0 : n > LONGEST ? LONGEST : n;
    char *chars = arena_alloc(s->turn, (size_t)n + 1);
    memset(chars, 'x', (size_t)n);
    return value_text((struct text){chars, (size_t)n});
}

/* The constants that a refinement names, and their neighbours, are what could meet it. */
static bool fits_near(struct sampler *s, const struct ir_type *type,
                      const struct ir_const *c, struct value *out)
{
    int64_t ones = c->whole;
    if ((c->kind == IR_CONST_DECIMAL || c->kind == IR_CONST_MONEY)) {
        struct decimal down;
        struct value as_is = type->kind == IR_TYPE_MONEY ? value_from_const(s->ir, c)
                                                         : value_decimal(c->decimal);
        if (type->kind != IR_TYPE_INT && fits(s, type, as_is)) {
            *out = as_is;
            return true;
        }
        if (!decimal_round(c->decimal, 0, DECIMAL_FLOOR, &down) ||
            !decimal_to_i64(down, &ones))
            return false;
    } else if (c->kind == IR_CONST_TEXT && type->kind == IR_TYPE_TEXT) {
        *out = value_text(ir_text(s->ir, c->text));
        return fits(s, type, *out);
    } else if (c->kind != IR_CONST_INT) {
        return false;
    }
    for (int64_t step = -1; step <= 1; step++) {
        int64_t near;
        if (__builtin_add_overflow(ones, step, &near))
            continue;
        *out =
            type->kind == IR_TYPE_TEXT ? exes(s, near) : number_like(s->ir, type, near);
        if (fits(s, type, *out))
            return true;
    }
    return false;
}

static struct value refine(struct sampler *s, const struct ir_type *type, struct value v)
{
    bool is_plain = type->kind == IR_TYPE_TEXT || type->kind == IR_TYPE_INT ||
                    type->kind == IR_TYPE_DECIMAL || type->kind == IR_TYPE_MONEY;
    struct value met;
    if (type->refined == IR_NONE || !is_plain || fits(s, type, v))
        return v;
    for (uint32_t pc = type->refined; s->ir->code[pc].code != IR_RETURN; pc++)
        if (s->ir->code[pc].code == IR_CONST &&
            fits_near(s, type, &s->ir->consts[s->ir->code[pc].b], &met))
            return met;
    return v;
}

static struct value sample(struct sampler *s, uint32_t type, unsigned depth)
{
    if (s->made[type].kind != VALUE_UNSET)
        return s->made[type];
    if (depth > LIMIT_JSON_DEPTH / 2)
        return value_none();
    const struct ir_type *row = &s->ir->types[type];
    s->in_hand[type] = true;
    struct value v = refine(s, row, sample_kind(s, row, depth));
    s->in_hand[type] = false;
    v.is_private = row->is_private || row->is_secret;
    s->made[type] = v;
    return v;
}
