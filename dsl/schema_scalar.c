/* Plain values of a schema: numbers, texts, moments, money, choices; and their bounds. */
#include "dsl/parse.h"
#include "dsl/schema_in.h"
#include "engine/base/decimal.h"
#include "engine/base/when.h"

static struct text word(const json_t *schema, const char *member)
{
    return json_text_of(json_object_get(schema, member));
}

/* ---- money, decimals ---- */

bool schema_is_money(const json_t *schema, struct text *currency)
{
    json_t *properties = json_object_get(schema, "properties"),
           *amount = json_object_get(properties, "amount"),
           *code = json_object_get(properties, "currency"),
           *constant = json_object_get(code, "const");
    if (json_object_size(properties) != 2 || amount == NULL || code == NULL ||
        !text_is_chars(word(amount, "format"), "decimal"))
        return false;
    *currency = json_text_of(constant);
    return constant != NULL || text_is_chars(word(code, "pattern"), SCHEMA_CURRENCY);
}

/* "decimal", "decimal(2)": the places its pattern allows. */
static struct text decimal(struct schema_reading *r, const json_t *schema)
{
    struct text pattern = word(schema, "pattern");
    int64_t places;
    if (text_is_chars(pattern, "^-?[0-9]+$") || text_is_chars(pattern, "^[0-9]+$"))
        return TEXT("decimal(0)");
    for (size_t i = 0; i + 3 < pattern.n; i++)
        if (text_is(text_cut(pattern, i, 3), TEXT("{1,"))) {
            struct text rest = text_cut(pattern, i + 3, pattern.n);
            if (text_to_i64(text_split(&rest, '}'), &places) && places > 0 &&
                places <= DECIMAL_DIGITS_MAX)
                return text_of(
                    arena_printf(r->compile, "decimal(%lld)", (long long)places));
        }
    return TEXT("decimal");
}

static bool is_decimal(const json_t *schema, struct text kind)
{
    return text_is_chars(kind, "number") ||
           text_is_chars(word(schema, "format"), "decimal");
}

/* ---- texts and moments ---- */

static struct text of_string(const json_t *schema)
{
    static const struct {
        const char *format, *type;
    } formats[] = {{"date", "date"}, {"date-time", "instant"}, {"duration", "duration"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (text_is_chars(word(schema, "format"), formats[i].format))
            return text_of(formats[i].type);
    return text_is_chars(word(schema, "pattern"), SCHEMA_WORKDAYS) ? TEXT("workdays")
                                                                   : TEXT("text");
}

bool schema_scalar(struct schema_reading *r, const json_t *schema, struct text kind,
                   const struct schema_place *at, struct schema_shape *out)
{
    if (is_decimal(schema, kind))
        out->body = decimal(r, schema);
    else if (text_is_chars(kind, "string"))
        out->body = of_string(schema);
    else if (text_is_chars(kind, "integer"))
        out->body = TEXT("int");
    else if (text_is_chars(kind, "boolean"))
        out->body = TEXT("bool");
    else
        return false;
    out->kind = SCHEMA_PLAIN;
    out->base = out->body;
    schema_conditions(r, schema, at, out);
    return true;
}

/* ---- what is said of `it` ---- */

static void also(struct schema_reading *r, struct schema_shape *shape, struct text what)
{
    shape->where = shape->where.n == 0
                       ? what
                       : text_of(arena_printf(r->compile, TEXT_FMT " and " TEXT_FMT,
                                              TEXT_ARG(shape->where), TEXT_ARG(what)));
}

static bool is_text(const struct schema_shape *shape)
{
    return text_is_chars(shape->base, "text");
}

static bool is_number(const struct schema_shape *shape)
{
    return text_is_chars(shape->base, "int") || text_starts(shape->base, TEXT("decimal"));
}

static void add_bound(struct schema_reading *r, const struct schema_place *at,
                      struct schema_shape *shape, const char *member, const json_t *value)
{
    static const struct {
        const char *member, *format;
        bool is_length;
    } bounds[] = {{"minimum", "it >= " TEXT_FMT, false},
                  {"maximum", "it <= " TEXT_FMT, false},
                  {"exclusiveMinimum", "it > " TEXT_FMT, false},
                  {"exclusiveMaximum", "it < " TEXT_FMT, false},
                  {"minLength", "length(it) >= " TEXT_FMT, true},
                  {"maxLength", "length(it) <= " TEXT_FMT, true}};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        if (strcmp(member, bounds[i].member) != 0)
            continue;
        bool fits = bounds[i].is_length ? is_text(shape) : is_number(shape);
        struct text literal =
            schema_literal(r, value, bounds[i].is_length ? TEXT("int") : shape->base);
        if (fits && literal.n > 0)
            also(r, shape,
                 text_of(arena_printf(r->compile, bounds[i].format, TEXT_ARG(literal))));
        else
            schema_remark(r, at, "`%s` is not kept", member);
    }
}

static bool is_our_pattern(const struct schema_shape *shape)
{
    return text_starts(shape->base, TEXT("decimal")) ||
           text_is_chars(shape->base, "workdays");
}

static void add_pattern(struct schema_reading *r, const struct schema_place *at,
                        struct schema_shape *shape, struct text pattern)
{
    struct text posix;
    if (is_our_pattern(shape))
        return;
    if (is_text(shape) && schema_pattern_in(r->compile, pattern, &posix))
        also(r, shape,
             text_of(arena_printf(r->compile, "matches(it, '" TEXT_FMT "')",
                                  TEXT_ARG(posix))));
    else
        schema_remark(r, at, "the pattern `" TEXT_FMT "` is not kept", TEXT_ARG(pattern));
}

/* Formats that are types of their own are known; the others say nothing that is checked.
 */
void schema_conditions(struct schema_reading *r, const json_t *schema,
                       const struct schema_place *at, struct schema_shape *shape)
{
    static const char *const unsaid[] = {"multipleOf",
                                         "minItems",
                                         "maxItems",
                                         "uniqueItems",
                                         "contains",
                                         "not",
                                         "if",
                                         "dependentRequired",
                                         "minProperties",
                                         "maxProperties",
                                         "patternProperties"};
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)schema, member, value)
    {
        if (strcmp(member, "pattern") == 0 && json_is_string(value))
            add_pattern(r, at, shape, json_text_of(value));
        else
            add_bound(r, at, shape, member, value);
        for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++)
            if (strcmp(member, unsaid[i]) == 0 && !json_is_false(value))
                schema_remark(r, at, "`%s` is not kept", member);
    }
}

/* ---- choices ---- */

bool schema_is_case_name(struct text name)
{
    bool fits = name.n > 0 && name.n <= LIMIT_NAME_BYTES && name.chars[0] >= 'a' &&
                name.chars[0] <= 'z' && !parse_is_keyword(name);
    for (size_t i = 0; i < name.n; i++)
        fits &= (name.chars[i] >= 'a' && name.chars[i] <= 'z') || name.chars[i] == '_' ||
                (name.chars[i] >= '0' && name.chars[i] <= '9');
    return fits;
}

static bool are_cases(const json_t *values)
{
    size_t i;
    json_t *one;
    bool are = json_array_size(values) > 1;
    json_array_foreach((json_t *)values, i, one)
    {
        are &= json_is_string(one) && schema_is_case_name(json_text_of(one));
    }
    return are;
}

bool schema_enum(struct schema_reading *r, const json_t *values,
                 const struct schema_place *at, struct schema_shape *out)
{
    size_t i;
    json_t *one, *first = json_array_get(values, 0);
    struct buf list;
    bool are = are_cases(values);
    out->kind = are ? SCHEMA_VARIANT : SCHEMA_PLAIN;
    out->base = are ? TEXT("") : json_is_integer(first) ? TEXT("int") : TEXT("text");
    out->body = out->base;
    buf_init(&list, r->compile);
    json_array_foreach((json_t *)values, i, one)
    {
        struct text literal = are ? json_text_of(one) : schema_literal(r, one, out->base);
        if (literal.n == 0)
            return schema_refuse(r, at,
                                 "a choice among values that are not all texts or "
                                 "all whole numbers");
        buf_chars(&list, i == 0 ? "" : are ? " | " : ", ");
        buf_text(&list, literal);
    }
    struct text all = buf_done(&list);
    if (all.n == 0)
        return schema_refuse(r, at, "a choice of nothing");
    if (are)
        out->body = all;
    else
        out->where = text_of(
            json_array_size(values) == 1
                ? arena_printf(r->compile, "it is " TEXT_FMT, TEXT_ARG(all))
                : arena_printf(r->compile, "it in [" TEXT_FMT "]", TEXT_ARG(all)));
    return true;
}

/* ---- as the language writes it ---- */

struct text schema_quoted(struct arena *compile, struct text t)
{
    struct buf out;
    buf_init(&out, compile);
    buf_char(&out, '"');
    for (size_t i = 0; i < t.n; i++) {
        char c = t.chars[i];
        if (c == '"' || c == '\\' || c == '{')
            buf_char(&out, '\\');
        if (c == '\n')
            buf_chars(&out, "\\n");
        else if ((unsigned char)c < 0x20)
            return TEXT("");
        else
            buf_char(&out, c);
    }
    buf_char(&out, '"');
    return buf_done(&out);
}

static struct text number_literal(struct schema_reading *r, const json_t *value,
                                  struct text base)
{
    char digits[JSON_DECIMAL_BYTES];
    struct decimal d;
    bool is_digits = json_is_string(value) && decimal_parse(json_text_of(value), &d);
    if (is_digits)
        return text_dup(r->compile, decimal_print(d, digits));
    if (!json_decimal_text(value, digits) ||
        (text_is_chars(base, "int") && !json_is_integer(value)))
        return TEXT("");
    return text_dup(r->compile, text_of(digits));
}

static struct text money_literal(struct schema_reading *r, const json_t *value)
{
    json_t *amount = json_object_get(value, "amount");
    struct text currency = word(value, "currency"),
                digits = number_literal(r, amount, TEXT("decimal"));
    bool is_code = currency.n == 3 && digits.n > 0;
    for (size_t i = 0; i < currency.n; i++)
        is_code &= currency.chars[i] >= 'A' && currency.chars[i] <= 'Z';
    return !is_code ? TEXT("")
                    : text_of(arena_printf(r->compile, TEXT_FMT " " TEXT_FMT,
                                           TEXT_ARG(digits), TEXT_ARG(currency)));
}

static bool is_moment(struct text base, struct text t)
{
    int32_t date;
    int64_t instant;
    return (text_is_chars(base, "date") && when_date_parse(t, &date)) ||
           (text_is_chars(base, "instant") && text_ends(t, TEXT("Z")) &&
            when_instant_parse(t, &instant));
}

struct text schema_literal(struct schema_reading *r, const json_t *value,
                           struct text base)
{
    if (text_is_chars(base, "int") || text_starts(base, TEXT("decimal")))
        return text_is_chars(base, "int") && !json_is_integer(value)
                   ? TEXT("")
                   : number_literal(r, value, base);
    if (text_is_chars(base, "bool") && json_is_boolean(value))
        return json_is_true(value) ? TEXT("true") : TEXT("false");
    if (text_is_chars(base, "text") && json_is_string(value))
        return schema_quoted(r->compile, json_text_of(value));
    if (text_starts(base, TEXT("money")))
        return money_literal(r, value);
    if (is_moment(base, json_text_of(value)))
        return json_text_of(value);
    if (base.n == 0 && json_is_string(value) && schema_is_case_name(json_text_of(value)))
        return json_text_of(value);
    return TEXT("");
}
