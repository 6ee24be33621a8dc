/* JSON into values, by their types (contract §5): what does not fit is refused with its
 * place. */
#include "engine/core/wire.h"

#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/core/eval_machine.h"
#include "engine/core/wire_types.h"

/* The way down to the value in hand, newest first; it becomes a JSON Pointer when
 * something is refused. */
struct place {
    const struct place *above; /* NULL: the whole */
    struct text member;        /* or empty, and */
    size_t index;              /* the item of a list */
    unsigned depth;
};

struct reader {
    struct eval_machine m; /* for defaults and refinements */
    struct eval_problem problem;
    const struct ir *ir;
    enum wire_unknown unknown;
    struct err *err;
};

static bool read_value(struct reader *r, uint32_t type, const json_t *json,
                       const struct place *place, struct value *out);

bool wire_read(struct arena *turn, const struct eval_scope *scope, uint32_t type,
               const json_t *json, enum wire_unknown unknown, struct value *out,
               struct err *err)
{
    struct reader r = {.ir = scope->ir, .unknown = unknown, .err = err};
    struct place whole = {0};
    eval_machine_init(&r.m, turn, scope, &r.problem);
    /* What comes in was bounded as JSON; a value of it may take what a turn has. */
    r.m.bytes_left = INT64_MAX / 2;
    bool ok = read_value(&r, type, json, &whole, out);
    eval_machine_deinit(&r.m);
    return ok;
}

/* ---- refusing ---- */

static void pointer_of(const struct place *place, char *out, size_t room)
{
    char digits[24];
    if (place->above == NULL)
        return;
    pointer_of(place->above, out, room);
    snprintf(digits, sizeof digits, "%zu", place->index);
    json_pointer_add(out, room,
                     place->member.chars != NULL ? place->member : text_of(digits));
}

static bool refuse(struct reader *r, const struct place *place, const char *what)
{
    char pointer[ERR_POINTER_BYTES] = "";
    pointer_of(place, pointer, sizeof pointer);
    err_set(r->err, ERR_BAD_DATA, "%s%s%s", pointer, pointer[0] != '\0' ? ": " : "",
            what);
    memcpy(r->err->pointer, pointer, sizeof pointer);
    return false;
}

/* What was found, as a person would say it. What is private is only named. */
static struct text found(struct reader *r, const json_t *json, bool is_hidden)
{
    char shown[EVAL_SHOWN_BYTES];
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return TEXT("an object");
    case JSON_ARRAY:
        return TEXT("a list");
    case JSON_STRING:
        if (is_hidden)
            return TEXT("another text");
        eval_show(value_text(json_text_of(json)), shown);
        return text_of(arena_printf(r->m.turn, "the text %s", shown));
    case JSON_INTEGER:
        if (is_hidden)
            return TEXT("a number");
        return text_of(arena_printf(r->m.turn, "the number %" JSON_INTEGER_FORMAT,
                                    json_integer_value(json)));
    case JSON_REAL:
        if (is_hidden)
            return TEXT("a number");
        return text_of(
            arena_printf(r->m.turn, "the number %.15g", json_real_value(json)));
    case JSON_TRUE:
        return TEXT("true");
    case JSON_FALSE:
        return TEXT("false");
    case JSON_NULL:
        return TEXT("null");
    }
    return TEXT("something else");
}

static bool misfit(struct reader *r, uint32_t type, const json_t *json,
                   const struct place *place)
{
    struct text wanted = wire_type_name(r->m.turn, r->ir, type);
    struct text got = found(r, json, wire_is_hidden(r->ir, type, WIRE_MASK_PRIVATE));
    return refuse(r, place,
                  arena_printf(r->m.turn, TEXT_FMT " is wanted, " TEXT_FMT " was found",
                               TEXT_ARG(wanted), TEXT_ARG(got)));
}

static bool too_large(struct reader *r, const struct place *place)
{
    refuse(r, place, "the data take more memory than is set aside for them");
    r->err->code = ERR_TOO_LARGE;
    return false;
}

/* Room for `n` values; NULL: refused. */
static struct value *room(struct reader *r, size_t n, const struct place *place)
{
    if (n * sizeof(struct value) + (64 << 10) > arena_left(r->m.turn)) {
        too_large(r, place);
        return NULL;
    }
    return arena_array(r->m.turn, struct value, n > 0 ? n : 1);
}

/* ---- the kinds ---- */

static bool read_text(struct reader *r, uint32_t type, const json_t *json,
                      const struct place *place, struct value *out)
{
    struct text t = json_text_of(json);
    if (!json_is_string(json))
        return misfit(r, type, json, place);
    if (t.n + (64 << 10) > arena_left(r->m.turn))
        return too_large(r, place);
    *out = value_text(text_dup(r->m.turn, t));
    return true;
}

/* A decimal is a text, or a number of up to 15 digits, which survives a double. */
static bool decimal_of(const json_t *json, struct decimal *out)
{
    char digits[40];
    if (json_is_string(json))
        return decimal_parse(json_text_of(json), out);
    if (json_is_integer(json)) {
        *out = decimal_from_i64(json_integer_value(json));
        return true;
    }
    if (!json_is_real(json))
        return false;
    snprintf(digits, sizeof digits, "%.15g", json_real_value(json));
    return decimal_parse_json(text_of(digits), out);
}

static bool read_decimal(struct reader *r, uint32_t type, const json_t *json,
                         const struct place *place, struct value *out)
{
    struct decimal d, fitted;
    uint32_t scale = r->ir->types[type].scale;
    if (!decimal_of(json, &d))
        return misfit(r, type, json, place);
    if (scale != IR_NONE) {
        if (!decimal_round(d, (uint8_t)scale, DECIMAL_HALF_EVEN, &fitted) ||
            decimal_cmp(d, fitted) != 0)
            return misfit(r, type, json, place);
        d = fitted;
    }
    *out = value_decimal(d);
    return true;
}

static bool is_currency(struct text code)
{
    if (code.n != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (code.chars[i] < 'A' || code.chars[i] > 'Z')
            return false;
    return true;
}

static bool read_money(struct reader *r, uint32_t type, const json_t *json,
                       const struct place *place, struct value *out)
{
    struct decimal d;
    struct text wanted = ir_text(r->ir, r->ir->types[type].scale);
    json_t *amount = json_object_get(json, "amount");
    struct text code = json_text_of(json_object_get(json, "currency"));
    bool is_none = text_is_chars(code, WIRE_NO_CURRENCY);
    if (amount == NULL || !decimal_of(amount, &d) || !is_currency(code))
        return misfit(r, type, json, place);
    if (json_object_size(json) > 2 && r->unknown == WIRE_REFUSE_UNKNOWN)
        return refuse(r, place, "money has the members amount and currency only");
    if (is_none && d.units == 0) {
        *out = value_money(d, wanted.n == 3 ? wanted.chars : "\0\0");
        return true;
    }
    if (is_none || (wanted.n == 3 && !text_is(code, wanted)))
        return misfit(r, type, json, place);
    *out = value_money(d, code.chars);
    return true;
}

static bool read_moment(struct reader *r, uint32_t type, const json_t *json,
                        const struct place *place, struct value *out)
{
    enum ir_type_kind kind = (enum ir_type_kind)r->ir->types[type].kind;
    struct text t = json_text_of(json);
    int32_t date;
    bool ok = json_is_string(json);
    if (kind == IR_TYPE_DATE) {
        ok = ok && when_date_parse(t, &date);
        *out = (struct value){.kind = VALUE_DATE, .whole = ok ? date : 0};
    } else if (kind == IR_TYPE_INSTANT) {
        out->kind = VALUE_INSTANT;
        ok = ok && when_instant_parse(t, &out->whole);
    } else if (kind == IR_TYPE_DURATION) {
        out->kind = VALUE_DURATION;
        ok = ok && when_duration_parse(t, &out->whole);
    } else {
        ok = ok && wire_work_parse(t, out);
    }
    return ok || misfit(r, type, json, place);
}

static bool read_list(struct reader *r, uint32_t type, const json_t *json,
                      const struct place *place, struct value *out)
{
    size_t n = json_array_size(json);
    if (!json_is_array(json))
        return misfit(r, type, json, place);
    struct value *items = room(r, n, place);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct place item = {.above = place, .index = i, .depth = place->depth + 1};
        if (!read_value(r, r->ir->types[type].of, json_array_get(json, i), &item,
                        &items[i]))
            return false;
    }
    *out = value_list(items, (uint32_t)n);
    return true;
}

static bool read_key(struct reader *r, uint32_t type, struct text name,
                     const struct place *place, struct value *out)
{
    bool holds = true;
    uint32_t key = r->ir->types[type].key;
    struct text wanted = wire_type_name(r->m.turn, r->ir, key);
    if (!wire_key_read(r->m.turn, r->ir, key, name, out) ||
        !eval_refined(&r->m, key, *out, &holds) || !holds)
        return refuse(
            r, place,
            arena_printf(r->m.turn, TEXT_FMT " is wanted as a key", TEXT_ARG(wanted)));
    return true;
}

static bool read_map(struct reader *r, uint32_t type, const json_t *json,
                     const struct place *place, struct value *out)
{
    size_t n = 2 * json_object_size(json), at = 0;
    if (!json_is_object(json))
        return misfit(r, type, json, place);
    struct value *items = room(r, 2 * n, place);
    if (items == NULL)
        return false;
    for (void *i = json_object_iter((json_t *)json); i != NULL;
         i = json_object_iter_next((json_t *)json, i)) {
        struct text name = {json_object_iter_key(i), json_object_iter_key_len(i)};
        struct place item = {.above = place, .member = name, .depth = place->depth + 1};
        if (!read_key(r, type, name, &item, &items[at]) ||
            !read_value(r, r->ir->types[type].of, json_object_iter_value(i), &item,
                        &items[at + 1]))
            return false;
        at += 2;
    }
    uint32_t kept = value_map_sort(items, (uint32_t)n, items + n);
    if (kept != n)
        return refuse(r, place, "two members are the same key");
    *out = value_map(items, kept);
    return true;
}

/* The member that no field is named after, with the fields as the hint. */
static bool refuse_unknown(struct reader *r, struct ir_range fields, const json_t *json,
                           const struct place *place)
{
    char known[ERR_HINT_BYTES - 40] = "";
    size_t at = 0;
    void *i = json_object_iter((json_t *)json);
    for (; i != NULL; i = json_object_iter_next((json_t *)json, i)) {
        struct text name = {json_object_iter_key(i), json_object_iter_key_len(i)};
        bool is_known = false;
        for (uint32_t f = 0; f < fields.n && !is_known; f++)
            is_known =
                text_is(name, ir_text(r->ir, r->ir->fields[fields.first + f].name));
        if (!is_known)
            break;
    }
    must(i != NULL);
    struct place item = {
        .above = place, .member = {json_object_iter_key(i), json_object_iter_key_len(i)}};
    refuse(r, &item, "there is no such member");
    for (uint32_t f = 0; f < fields.n && at < sizeof known - 1; f++) {
        struct text name = ir_text(r->ir, r->ir->fields[fields.first + f].name);
        int n = snprintf(known + at, sizeof known - at, "%s" TEXT_FMT, f > 0 ? ", " : "",
                         TEXT_ARG(name));
        at += n > 0 ? (size_t)n : 0;
    }
    return err_hint(r->err, fields.n > 0 ? "it may have %s" : "it has no members", known);
}

static bool read_missing(struct reader *r, const struct ir_field *field,
                         const struct place *place, struct value *out)
{
    if (field->standard != IR_NONE) {
        if (eval_machine_block(&r->m, field->standard, NULL, 0, out))
            return true;
        return refuse(
            r, place,
            arena_printf(r->m.turn, "its default has no value: %s", r->problem.message));
    }
    *out = value_none();
    if (r->ir->types[field->type].kind == IR_TYPE_OPTIONAL)
        return true;
    struct text wanted = wire_type_name(r->m.turn, r->ir, field->type);
    return refuse(
        r, place,
        arena_printf(r->m.turn, TEXT_FMT " is wanted, and is missing", TEXT_ARG(wanted)));
}

static bool read_fields(struct reader *r, struct ir_range fields, const json_t *json,
                        const struct place *place, struct value *out)
{
    size_t given = 0;
    struct value *items = room(r, fields.n, place);
    if (items == NULL)
        return false;
    for (uint32_t f = 0; f < fields.n; f++) {
        const struct ir_field *field = &r->ir->fields[fields.first + f];
        struct text name = ir_text(r->ir, field->name);
        struct place item = {.above = place, .member = name, .depth = place->depth + 1};
        json_t *member = json_object_getn(json, name.chars, name.n);
        given += member != NULL;
        if (member == NULL ? !read_missing(r, field, &item, &items[f])
                           : !read_value(r, field->type, member, &item, &items[f]))
            return false;
    }
    if (given != json_object_size(json) && r->unknown == WIRE_REFUSE_UNKNOWN)
        return refuse_unknown(r, fields, json, place);
    *out = value_record(items, fields.n);
    return true;
}

/* "stocked", or {"drop_shipped": {…}} where the case has data. */
static bool read_variant(struct reader *r, uint32_t type, const json_t *json,
                         const struct place *place, struct value *out)
{
    struct ir_range cases = r->ir->types[type].parts;
    bool is_plain = json_is_string(json);
    struct text name = json_text_of(json);
    void *only = NULL;
    if (json_is_object(json) && json_object_size(json) == 1) {
        only = json_object_iter((json_t *)json);
        name = (struct text){json_object_iter_key(only), json_object_iter_key_len(only)};
    } else if (!is_plain) {
        return misfit(r, type, json, place);
    }
    for (uint32_t i = 0; i < cases.n; i++) {
        const struct ir_case *c = &r->ir->cases[cases.first + i];
        if (!text_is(ir_text(r->ir, c->name), name) || (c->fields.n == 0) != is_plain)
            continue;
        *out = value_variant(i, NULL);
        if (is_plain)
            return true;
        struct place item = {.above = place, .member = name, .depth = place->depth + 1};
        struct value *held = room(r, 1, place);
        if (held == NULL)
            return false;
        json_t *data = json_object_iter_value(only);
        if (!json_is_object(data))
            return misfit(r, c->record, data, &item);
        if (!read_fields(r, c->fields, data, &item, held))
            return false;
        *out = value_variant(i, held);
        return true;
    }
    return misfit(r, type, json, place);
}

static bool read_kind(struct reader *r, uint32_t type, const json_t *json,
                      const struct place *place, struct value *out)
{
    const struct ir_type *row = &r->ir->types[type];
    switch ((enum ir_type_kind)row->kind) {
    case IR_TYPE_TEXT:
        return read_text(r, type, json, place, out);
    case IR_TYPE_BOOL:
        *out = value_bool(json_is_true(json));
        return json_is_boolean(json) || misfit(r, type, json, place);
    case IR_TYPE_INT:
        *out = value_int(json_integer_value(json));
        return json_is_integer(json) || misfit(r, type, json, place);
    case IR_TYPE_DECIMAL:
        return read_decimal(r, type, json, place, out);
    case IR_TYPE_MONEY:
        return read_money(r, type, json, place, out);
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
        return read_moment(r, type, json, place, out);
    case IR_TYPE_OPTIONAL:
        *out = value_none();
        return json_is_null(json) || read_value(r, row->of, json, place, out);
    case IR_TYPE_LIST:
        return read_list(r, type, json, place, out);
    case IR_TYPE_MAP:
        return read_map(r, type, json, place, out);
    case IR_TYPE_RECORD:
        if (!json_is_object(json))
            return misfit(r, type, json, place);
        return read_fields(r, row->parts, json, place, out);
    case IR_TYPE_VARIANT:
        return read_variant(r, type, json, place, out);
    case IR_TYPE_JSON:
        *out = value_text(json_write(r->m.turn, json));
        return true;
    }
    return misfit(r, type, json, place);
}

static bool read_value(struct reader *r, uint32_t type, const json_t *json,
                       const struct place *place, struct value *out)
{
    bool holds;
    const struct ir_type *row = &r->ir->types[type];
    *out = (struct value){0};
    if (place->depth > LIMIT_JSON_DEPTH)
        return refuse(r, place, "the data nest too deep");
    if (!read_kind(r, type, json, place, out))
        return false;
    out->is_private |= row->is_private || row->is_secret;
    if (row->refined == IR_NONE || out->kind == VALUE_NONE)
        return true;
    r->m.fuel = LIMIT_EVAL_FUEL; /* of each refinement */
    if (!eval_refined(&r->m, type, *out, &holds))
        return refuse(
            r, place,
            arena_printf(r->m.turn, "it cannot be checked: %s", r->problem.message));
    return holds || misfit(r, type, json, place);
}

/* ---- names of types ---- */

static const char *const kind_names[] = {
    [IR_TYPE_TEXT] = "text",
    [IR_TYPE_BOOL] = "true or false",
    [IR_TYPE_INT] = "a whole number",
    [IR_TYPE_DECIMAL] = "a decimal number",
    [IR_TYPE_MONEY] = "money",
    [IR_TYPE_DATE] = "a date",
    [IR_TYPE_INSTANT] = "an instant",
    [IR_TYPE_DURATION] = "a duration",
    [IR_TYPE_WORKDAYS] = "a number of working days",
    [IR_TYPE_OPTIONAL] = "nothing or",
    [IR_TYPE_LIST] = "a list of",
    [IR_TYPE_MAP] = "a map to",
    [IR_TYPE_RECORD] = "an object",
    [IR_TYPE_VARIANT] = "one of",
    [IR_TYPE_JSON] = "any JSON",
};

/* The base kind, with what narrows it: "text that fits '[A-Z]{3}'". */
static struct text plain_name(struct arena *turn, const struct ir *ir,
                              const struct ir_type *type)
{
    const char *name = kind_names[type->kind];
    struct text pattern = ir_text(ir, type->pattern);
    if (type->kind == IR_TYPE_MONEY && type->scale != IR_NONE)
        name =
            arena_printf(turn, "money in " TEXT_FMT, TEXT_ARG(ir_text(ir, type->scale)));
    if (type->kind == IR_TYPE_DECIMAL && type->scale != IR_NONE)
        name = arena_printf(turn, "a decimal number with at most %u places", type->scale);
    if (pattern.n > 0)
        name = arena_printf(turn, "%s where " TEXT_FMT, name, TEXT_ARG(pattern));
    return text_of(name);
}

/* The first few cases: "stocked, drop_shipped or made". */
static struct text case_names(struct arena *turn, const struct ir *ir,
                              struct ir_range cases)
{
    enum { NAMED = 8 };
    struct buf out;
    buf_init(&out, turn);
    for (uint32_t i = 0; i < cases.n && i < NAMED; i++) {
        const struct ir_case *c = &ir->cases[cases.first + i];
        buf_chars(&out, i == 0 ? "" : i + 1 == cases.n ? " or " : ", ");
        buf_text(&out, ir_text(ir, c->name));
        buf_chars(&out, c->fields.n > 0 ? " {…}" : "");
    }
    buf_chars(&out, cases.n > NAMED ? ", …" : "");
    return buf_done(&out);
}

static struct text type_name(struct arena *turn, const struct ir *ir, uint32_t type,
                             unsigned depth)
{
    enum { NESTED = 4 }; /* a list of lists of …: types may go in circles */
    const struct ir_type *row = &ir->types[type];
    struct text name = ir_text(ir, row->name), inner;
    switch ((enum ir_type_kind)row->kind) {
    case IR_TYPE_OPTIONAL:
    case IR_TYPE_LIST:
    case IR_TYPE_MAP:
        if (name.n > 0)
            return name;
        inner = depth < NESTED ? type_name(turn, ir, row->of, depth + 1) : TEXT("…");
        return text_of(
            arena_printf(turn, "%s " TEXT_FMT, kind_names[row->kind], TEXT_ARG(inner)));
    case IR_TYPE_VARIANT:
        inner = case_names(turn, ir, row->parts);
        return text_of(arena_printf(turn, "%s" TEXT_FMT "%s" TEXT_FMT "%s",
                                    name.n > 0 ? "" : "one of ", TEXT_ARG(name),
                                    name.n > 0 ? " (" : "", TEXT_ARG(inner),
                                    name.n > 0 ? ")" : ""));
    case IR_TYPE_TEXT:
    case IR_TYPE_BOOL:
    case IR_TYPE_INT:
    case IR_TYPE_DECIMAL:
    case IR_TYPE_MONEY:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_RECORD:
    case IR_TYPE_JSON:
        inner = plain_name(turn, ir, row);
        return name.n == 0 ? inner
                           : text_of(arena_printf(turn, TEXT_FMT " (" TEXT_FMT ")",
                                                  TEXT_ARG(name), TEXT_ARG(inner)));
    }
    return name;
}

struct text wire_type_name(struct arena *turn, const struct ir *ir, uint32_t type)
{
    return type_name(turn, ir, type, 0);
}
