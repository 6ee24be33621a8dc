/* JSON in bindings: looked into by place, read into types, made of values.
 *
 * A value of type `json` travels as its text. The last one that was looked into stays
 * parsed, for most mappings take one answer apart. */
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/core/builtins.h"
#include "engine/core/wire.h"

enum {
    BYTES_A_STEP = 64, /* of JSON parsed or written, for one operation of the budget */
    NODE_BYTES = 96,   /* what one part of it may take as a value */
    NUMBER_DIGITS = 15 /* that every reader of JSON numbers keeps */
};

/* Borrowed from the machine; NULL: the problem is set. */
static json_t *parsed(struct eval_machine *m, struct value v)
{
    if (v.kind != VALUE_TEXT) {
        eval_fail_one(m, "looking into", v, "it is no JSON");
        return NULL;
    }
    if (m->json != NULL && m->json_chars == v.chars)
        return m->json;
    if (!eval_burn(m, v.n / BYTES_A_STEP + 1))
        return NULL;
    json_decref(m->json);
    m->json = json_loadb(v.chars, v.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    m->json_chars = v.chars;
    if (m->json == NULL)
        eval_fail(m, "a value of type json is none");
    return m->json;
}

static int64_t parts_in(const json_t *json)
{
    int64_t n = 1;
    const char *name;
    json_t *part;
    size_t i;
    if (json_is_array(json))
        json_array_foreach(json, i, part) n += parts_in(part);
    else if (json_is_object(json))
        json_object_foreach((json_t *)json, name, part) n += parts_in(part);
    return n;
}

/* Its text as a value. It was charged before it is made: what is written may be large. */
static bool made_of(struct eval_machine *m, const json_t *json, struct value *out)
{
    int64_t room = parts_in(json) * NODE_BYTES;
    if (room > m->bytes_left || (size_t)room > arena_left(m->turn))
        return eval_room(m, (size_t)LIMIT_EVAL_BYTES + 1) != NULL;
    *out = value_text(json_write(m->turn, json));
    m->bytes_left -= out->n;
    return eval_burn(m, out->n / BYTES_A_STEP + 1);
}

bool builtin_JSON_AT(struct eval_machine *m, const struct value *args, uint32_t n,
                     struct value *out)
{
    (void)n;
    json_t *json = parsed(m, args[0]);
    if (json == NULL)
        return false;
    if (args[1].kind != VALUE_TEXT)
        return builtin_refuse(m, "a place in JSON:", args[1]);
    m->json_place = value_text_of(args[1]);
    json_t *part = json_at(json, m->json_place);
    if (part != NULL && part != json)
        return made_of(m, part, out);
    *out = part == json ? args[0] : value_text(TEXT("null"));
    return true;
}

/* ---- into types ---- */

static bool unread(struct eval_machine *m, const struct err *err)
{
    struct text what = text_of(err->what), inner = text_of(err->pointer);
    if (inner.n > 0 && text_starts(what, inner))
        what = text_cut(what, inner.n + 2, what.n); /* "/price: text is wanted …" */
    int at = snprintf(m->problem->pointer, sizeof m->problem->pointer, TEXT_FMT "%s",
                      TEXT_ARG(m->json_place), err->pointer);
    bool is_whole = at <= 0;
    return eval_fail(m, "%s%s" TEXT_FMT, m->problem->pointer, is_whole ? "" : ": ",
                     TEXT_ARG(what));
}

bool eval_from_json(struct eval_machine *m, uint32_t to, struct value v,
                    struct value *out)
{
    struct err err = {0};
    json_t *json = parsed(m, v);
    if (json == NULL)
        return false;
    const struct ir_type *type = &m->scope->ir->types[to];
    if (json_is_null(json) && type->kind != IR_TYPE_OPTIONAL) {
        struct text wanted = wire_type_name(m->turn, m->scope->ir, to);
        err_set(&err, ERR_BAD_DATA, TEXT_FMT " is wanted, and is missing",
                TEXT_ARG(wanted));
        return unread(m, &err);
    }
    int64_t room = parts_in(json) * NODE_BYTES;
    if (room > m->bytes_left)
        return eval_room(m, (size_t)LIMIT_EVAL_BYTES + 1) != NULL;
    m->bytes_left -= room;
    if (!wire_read(m->turn, m->scope, to, json, WIRE_IGNORE_UNKNOWN, out, &err))
        return unread(m, &err);
    out->is_private |= v.is_private;
    return eval_burn(m, v.n / BYTES_A_STEP + 1);
}

/* ---- out of values ---- */

bool eval_to_json(struct eval_machine *m, uint32_t from, struct value v,
                  struct value *out)
{
    scoped_json json_t *json = v.kind == VALUE_NONE || from == IR_NONE
                                   ? json_null()
                                   : wire_write(m->scope->ir, from, v, WIRE_WHOLE);
    if (!made_of(m, json, out))
        return false;
    out->is_private = v.is_private;
    return true;
}

struct text eval_json_text(struct arena *turn, struct text written)
{
    scoped_json json_t *json =
        json_loadb(written.chars, written.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (json_is_string(json))
        return text_dup(turn, json_text_of(json));
    return json == NULL || json_is_null(json) ? TEXT("") : written;
}

bool builtin_MONEY(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    struct text code = args[1].kind == VALUE_TEXT ? value_text_of(args[1]) : TEXT("");
    bool ok = code.n == 3;
    for (size_t i = 0; i < code.n; i++)
        ok = ok && code.chars[i] >= 'A' && code.chars[i] <= 'Z';
    if (!ok)
        return eval_fail_one(m, "money in", args[1], "a currency is three capitals");
    if (args[0].kind != VALUE_INT && args[0].kind != VALUE_DECIMAL)
        return builtin_refuse(m, "money of", args[0]);
    *out = value_money(value_decimal_of(args[0]), code.chars);
    return true;
}

bool builtin_AMOUNT(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_MONEY)
        return builtin_refuse(m, "amount of", args[0]);
    *out = value_decimal(value_decimal_of(args[0]));
    return true;
}

bool builtin_CURRENCY(struct eval_machine *m, const struct value *args, uint32_t n,
                      struct value *out)
{
    (void)n;
    if (args[0].kind != VALUE_MONEY || args[0].currency[0] == '\0')
        return builtin_refuse(m, "currency of", args[0]);
    *out = value_text(text_dup(m->turn, (struct text){args[0].currency, 3}));
    return true;
}

bool builtin_NUMBER(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    (void)n;
    char digits[DECIMAL_TEXT_BYTES];
    if (args[0].kind != VALUE_INT && args[0].kind != VALUE_DECIMAL)
        return builtin_refuse(m, "number of", args[0]);
    struct text t = decimal_print(value_decimal_of(args[0]), digits);
    uint32_t significant = 0;
    for (size_t i = 0; i < t.n; i++)
        significant += t.chars[i] >= '0' && t.chars[i] <= '9' &&
                       (significant > 0 || t.chars[i] != '0');
    if (significant > NUMBER_DIGITS)
        return eval_fail_one(m, "number of", args[0],
                             "JSON numbers keep 15 digits: send it as text");
    *out = value_text(text_dup(m->turn, t));
    return true;
}
