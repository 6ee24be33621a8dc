/* Types of the language: made once, compared by structure. */
#include "dsl/type.h"

#include "dsl/ast.h"
#include "engine/base/arena.h"

#define PLAIN(lower, kind_of)                                                            \
    const struct type type_##lower = {.kind = kind_of, .scale = TYPE_SCALE_FREE}
PLAIN(poison, TYPE_POISON);
PLAIN(text, TYPE_TEXT);
PLAIN(bool, TYPE_BOOL);
PLAIN(int, TYPE_INT);
PLAIN(decimal, TYPE_DECIMAL);
PLAIN(money, TYPE_MONEY);
PLAIN(date, TYPE_DATE);
PLAIN(instant, TYPE_INSTANT);
PLAIN(duration, TYPE_DURATION);
PLAIN(workdays, TYPE_WORKDAYS);
PLAIN(none, TYPE_NONE);
PLAIN(nothing, TYPE_NOTHING);
PLAIN(json, TYPE_JSON);

/* Types may be recursive through lists, maps and optionals; deeper than this they are
 * taken to be alike. */
enum { COMPARE_DEPTH_MAX = 32 };

static struct type *new_type(struct arena *compile, enum type_kind kind,
                             const struct type *of)
{
    struct type *type = arena_new_of(compile, struct type);
    type->kind = kind;
    type->of = of;
    type->scale = TYPE_SCALE_FREE;
    return type;
}

const struct type *type_optional(struct arena *compile, const struct type *of)
{
    if (of->kind == TYPE_OPTIONAL || of->kind == TYPE_POISON || of->kind == TYPE_NONE)
        return of;
    return new_type(compile, TYPE_OPTIONAL, of);
}

const struct type *type_list(struct arena *compile, const struct type *of)
{
    return new_type(compile, TYPE_LIST, of);
}

const struct type *type_map(struct arena *compile, const struct type *key,
                            const struct type *of)
{
    struct type *type = new_type(compile, TYPE_MAP, of);
    type->key = key;
    return type;
}

const struct type *type_record(struct arena *compile, struct text name,
                               struct type_field *fields, uint32_t n)
{
    struct type *type = new_type(compile, TYPE_RECORD, NULL);
    type->name = name;
    type->fields = fields;
    type->fields_n = n;
    return type;
}

const struct type *type_present(const struct type *type)
{
    return type->kind == TYPE_OPTIONAL ? type->of : type;
}

bool type_is_number(const struct type *type)
{
    return type->kind == TYPE_INT || type->kind == TYPE_DECIMAL;
}

bool type_is_ordered(const struct type *type)
{
    switch (type->kind) {
    case TYPE_POISON:
    case TYPE_TEXT:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_MONEY:
    case TYPE_DATE:
    case TYPE_INSTANT:
    case TYPE_DURATION:
        return true;
    case TYPE_BOOL:
    case TYPE_WORKDAYS:
    case TYPE_NONE:
    case TYPE_NOTHING:
    case TYPE_OPTIONAL:
    case TYPE_LIST:
    case TYPE_MAP:
    case TYPE_RECORD:
    case TYPE_VARIANT:
    case TYPE_JSON:
        return false;
    }
    return false;
}

/* ---- comparing ---- */

static bool same(const struct type *a, const struct type *b, int depth);

static bool same_fields(const struct type *a, const struct type *b, int depth)
{
    if (a->fields_n != b->fields_n)
        return false;
    for (uint32_t i = 0; i < a->fields_n; i++)
        if (!text_is(a->fields[i].name, b->fields[i].name) ||
            !same(a->fields[i].type, b->fields[i].type, depth + 1))
            return false;
    return true;
}

static bool same_cases(const struct type *a, const struct type *b, int depth)
{
    if (a->cases_n != b->cases_n)
        return false;
    for (uint32_t i = 0; i < a->cases_n; i++) {
        const struct type *x = a->cases[i].record, *y = b->cases[i].record;
        if (!text_is(a->cases[i].name, b->cases[i].name) || (x == NULL) != (y == NULL) ||
            (x != NULL && !same(x, y, depth + 1)))
            return false;
    }
    return true;
}

static bool same(const struct type *a, const struct type *b, int depth)
{
    if (a == b || depth > COMPARE_DEPTH_MAX)
        return true;
    if (a->kind != b->kind || a->refinement != b->refinement || a->scale != b->scale ||
        !text_is(a->currency, b->currency))
        return false;
    switch (a->kind) {
    case TYPE_OPTIONAL:
    case TYPE_LIST:
        return same(a->of, b->of, depth + 1);
    case TYPE_MAP:
        return same(a->key, b->key, depth + 1) && same(a->of, b->of, depth + 1);
    case TYPE_RECORD:
        return same_fields(a, b, depth);
    case TYPE_VARIANT:
        return same_cases(a, b, depth);
    case TYPE_POISON:
    case TYPE_TEXT:
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_MONEY:
    case TYPE_DATE:
    case TYPE_INSTANT:
    case TYPE_DURATION:
    case TYPE_WORKDAYS:
    case TYPE_NONE:
    case TYPE_NOTHING:
    case TYPE_JSON:
        return true;
    }
    return true;
}

bool type_same(const struct type *a, const struct type *b)
{
    return same(a, b, 0);
}

static bool fits(const struct type *from, const struct type *to, int depth);

static bool fits_record(const struct type *from, const struct type *to, int depth)
{
    for (uint32_t i = 0; i < to->fields_n; i++) {
        int32_t at = type_field_find(from, to->fields[i].name);
        if (at < 0 || !fits(from->fields[at].type, to->fields[i].type, depth + 1))
            return false;
    }
    return true;
}

static bool fits_money(const struct type *from, const struct type *to)
{
    return from->currency.n == 0 || to->currency.n == 0 ||
           text_is(from->currency, to->currency);
}

static bool fits(const struct type *from, const struct type *to, int depth)
{
    if (from == to || depth > COMPARE_DEPTH_MAX || from->kind == TYPE_POISON ||
        to->kind == TYPE_POISON || from->kind == TYPE_NOTHING)
        return true;
    if (to->kind == TYPE_JSON || from->kind == TYPE_JSON)
        return true; /* looked at when it is read: only there is it known */
    if (to->kind == TYPE_OPTIONAL)
        return from->kind == TYPE_NONE || fits(type_present(from), to->of, depth + 1);
    if (from->kind == TYPE_INT && to->kind == TYPE_DECIMAL)
        return true;
    if (from->kind != to->kind)
        return false;
    switch (to->kind) {
    case TYPE_MONEY:
        return fits_money(from, to);
    case TYPE_LIST:
        return fits(from->of, to->of, depth + 1);
    case TYPE_MAP:
        return fits(from->key, to->key, depth + 1) && fits(from->of, to->of, depth + 1);
    case TYPE_RECORD:
        return fits_record(from, to, depth);
    case TYPE_VARIANT:
        return same_cases(from, to, depth);
    case TYPE_POISON:
    case TYPE_TEXT:
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DECIMAL:
    case TYPE_DATE:
    case TYPE_INSTANT:
    case TYPE_DURATION:
    case TYPE_WORKDAYS:
    case TYPE_NONE:
    case TYPE_NOTHING:
    case TYPE_OPTIONAL:
    case TYPE_JSON:
        return true;
    }
    return true;
}

bool type_fits(const struct type *from, const struct type *to)
{
    return fits(from, to, 0);
}

static bool converts(const struct type *from, const struct type *to, int depth)
{
    if (to->kind == TYPE_JSON)
        return from->kind != TYPE_JSON && from->kind != TYPE_POISON;
    if (from == to || depth > COMPARE_DEPTH_MAX || from->kind == TYPE_NOTHING ||
        from->kind == TYPE_NONE || from->kind == TYPE_POISON || to->kind == TYPE_POISON)
        return false;
    if (to->kind == TYPE_OPTIONAL)
        return converts(type_present(from), to->of, depth + 1);
    if (from->kind != to->kind ||
        (to->refinement != NULL && to->refinement != from->refinement) ||
        (to->scale != TYPE_SCALE_FREE && to->scale != from->scale) ||
        (to->currency.n > 0 && !text_is(to->currency, from->currency)))
        return true;
    if (to->kind == TYPE_LIST)
        return converts(from->of, to->of, depth + 1);
    if (to->kind == TYPE_MAP)
        return converts(from->key, to->key, depth + 1) ||
               converts(from->of, to->of, depth + 1);
    if (to->kind != TYPE_RECORD)
        return false;
    if (from->fields_n != to->fields_n)
        return true;
    for (uint32_t i = 0; i < to->fields_n; i++)
        if (!text_is(from->fields[i].name, to->fields[i].name) ||
            converts(from->fields[i].type, to->fields[i].type, depth + 1))
            return true;
    return false;
}

bool type_converts(const struct type *from, const struct type *to)
{
    return converts(from, to, 0);
}

static const struct type *without_refinement(const struct type *type)
{
    while (type->refinement != NULL && type->base != NULL)
        type = type->base;
    return type;
}

const struct type *type_join(struct arena *compile, const struct type *a,
                             const struct type *b)
{
    if (a == b || b->kind == TYPE_NOTHING || b->kind == TYPE_POISON)
        return a;
    if (a->kind == TYPE_NOTHING || a->kind == TYPE_POISON)
        return b;
    if (a->kind == TYPE_JSON || b->kind == TYPE_JSON)
        return a->kind == TYPE_JSON ? b : a;
    if (a->kind == TYPE_NONE || b->kind == TYPE_NONE)
        return a->kind == b->kind ? a
                                  : type_optional(compile, a->kind == TYPE_NONE ? b : a);
    if (a->kind == TYPE_OPTIONAL || b->kind == TYPE_OPTIONAL) {
        const struct type *inner = type_join(compile, type_present(a), type_present(b));
        return inner == NULL ? NULL : type_optional(compile, inner);
    }
    if (type_same(a, b))
        return a;
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY)
        return &type_money;
    const struct type *x = without_refinement(a), *y = without_refinement(b);
    if (type_is_number(x) && type_is_number(y))
        return x->kind == TYPE_INT && y->kind == TYPE_INT ? &type_int : &type_decimal;
    if (type_fits(x, y))
        return y;
    return type_fits(y, x) ? x : NULL;
}

int32_t type_field_find(const struct type *record, struct text name)
{
    for (uint32_t i = 0; i < record->fields_n; i++)
        if (text_is(record->fields[i].name, name))
            return (int32_t)i;
    return -1;
}

int32_t type_case_find(const struct type *variant, struct text name)
{
    for (uint32_t i = 0; i < variant->cases_n; i++)
        if (text_is(variant->cases[i].name, name))
            return (int32_t)i;
    return -1;
}

/* ---- saying ---- */

static void write_fields(struct buf *out, const struct type *type)
{
    buf_char(out, '(');
    for (uint32_t i = 0; i < type->fields_n; i++) {
        buf_printf(out, "%s" TEXT_FMT ": ", i > 0 ? ", " : "",
                   TEXT_ARG(type->fields[i].name));
        type_write(out, type->fields[i].type);
    }
    buf_char(out, ')');
}

static void write_cases(struct buf *out, const struct type *type)
{
    for (uint32_t i = 0; i < type->cases_n; i++)
        buf_printf(out, "%s" TEXT_FMT, i > 0 ? " | " : "", TEXT_ARG(type->cases[i].name));
}

void type_write(struct buf *out, const struct type *type)
{
    static const char *const plain[] = {
        [TYPE_POISON] = "?",          [TYPE_TEXT] = "text",
        [TYPE_BOOL] = "bool",         [TYPE_INT] = "int",
        [TYPE_DECIMAL] = "decimal",   [TYPE_MONEY] = "money",
        [TYPE_DATE] = "date",         [TYPE_INSTANT] = "instant",
        [TYPE_DURATION] = "duration", [TYPE_WORKDAYS] = "workdays",
        [TYPE_NONE] = "none",         [TYPE_NOTHING] = "nothing",
        [TYPE_JSON] = "json"};
    if (type->name.n > 0) {
        buf_text(out, type->name);
        return;
    }
    switch ((int)type->kind) {
    case TYPE_OPTIONAL: {
        bool is_long = type->of->name.n == 0 &&
                       (type->of->kind == TYPE_LIST || type->of->kind == TYPE_MAP);
        buf_chars(out, is_long ? "(" : "");
        type_write(out, type->of);
        buf_chars(out, is_long ? ")?" : "?");
        return;
    }
    case TYPE_LIST:
        buf_chars(out, "list of ");
        type_write(out, type->of);
        return;
    case TYPE_MAP:
        buf_chars(out, "map of ");
        type_write(out, type->key);
        buf_chars(out, " to ");
        type_write(out, type->of);
        return;
    case TYPE_RECORD:
        write_fields(out, type);
        return;
    case TYPE_VARIANT:
        write_cases(out, type);
        return;
    }
    buf_chars(out, plain[type->kind]);
    if (type->scale != TYPE_SCALE_FREE)
        buf_printf(out, "(%d)", type->scale);
    if (type->currency.n > 0)
        buf_printf(out, "(" TEXT_FMT ")", TEXT_ARG(type->currency));
}

struct text type_text_of(struct arena *compile, const struct type *type)
{
    struct buf out;
    buf_init(&out, compile);
    type_write(&out, type);
    return buf_done(&out);
}

struct text type_words(struct arena *compile, const struct type *type)
{
    static const char *const plain[] = {[TYPE_POISON] = "something",
                                        [TYPE_TEXT] = "text",
                                        [TYPE_BOOL] = "true or false",
                                        [TYPE_INT] = "a whole number",
                                        [TYPE_DECIMAL] = "a decimal",
                                        [TYPE_MONEY] = "money",
                                        [TYPE_DATE] = "a date",
                                        [TYPE_INSTANT] = "a moment",
                                        [TYPE_DURATION] = "a duration",
                                        [TYPE_WORKDAYS] = "business time",
                                        [TYPE_NONE] = "none",
                                        [TYPE_NOTHING] = "nothing",
                                        [TYPE_JSON] = "JSON"};
    struct buf out;
    buf_init(&out, compile);
    if (type->name.n > 0) {
        bool is_vowel = memchr("AEIO", type->name.chars[0], 4) != NULL;
        buf_chars(&out, is_vowel ? "an " : "a ");
        type_write(&out, type);
    } else if (type->kind == TYPE_LIST || type->kind == TYPE_MAP) {
        buf_chars(&out, "a ");
        type_write(&out, type);
    } else if (type->kind == TYPE_RECORD) {
        buf_chars(&out, "a record ");
        type_write(&out, type);
    } else if (type->kind == TYPE_VARIANT) {
        buf_chars(&out, "one of ");
        type_write(&out, type);
    } else if (type->kind == TYPE_OPTIONAL) {
        buf_text(&out, type_words(compile, type->of));
        buf_chars(&out, " or none");
    } else if (type->currency.n > 0) {
        buf_printf(&out, TEXT_FMT " money", TEXT_ARG(type->currency));
    } else {
        buf_chars(&out, plain[type->kind]);
    }
    return buf_done(&out);
}
