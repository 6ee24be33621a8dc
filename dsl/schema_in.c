/* A JSON Schema as declarations of types. */
#include "dsl/schema_in.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/limits.h"
#include "engine/base/utf8.h"

static bool shape_of(struct schema_reading *r, const json_t *schema,
                     const struct schema_place *at, struct text hint,
                     struct schema_shape *out);

/* ---- places and what is said of them ---- */

struct schema_place schema_inside(const struct schema_place *above, const char *member)
{
    return (struct schema_place){above, text_of(member), above->depth + 1};
}

static void pointer_of(const struct schema_place *at, char *out, size_t room)
{
    if (at->above == NULL)
        return;
    pointer_of(at->above, out, room);
    json_pointer_add(out, room, at->member);
}

bool schema_refuse(struct schema_reading *r, const struct schema_place *at,
                   const char *format, ...)
{
    char words[ERR_WHAT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    err_set(r->err, ERR_BAD_DATA, "%s", words);
    pointer_of(at, r->err->pointer, sizeof r->err->pointer);
    return false;
}

void schema_remark(struct schema_reading *r, const struct schema_place *at,
                   const char *format, ...)
{
    char words[ERR_WHAT_BYTES], pointer[ERR_POINTER_BYTES] = "";
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    pointer_of(at, pointer, sizeof pointer);
    struct schema_remark new = {text_dup(r->compile, text_of(pointer)),
                                text_dup(r->compile, text_of(words))};
    vec_push(r->compile, &r->out->remarks, new);
}

/* ---- names ---- */

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

struct text schema_type_name(struct arena *compile, struct text words)
{
    struct buf out;
    bool begins = true;
    buf_init(&out, compile);
    for (size_t i = 0; i < words.n && out.n < LIMIT_NAME_BYTES; i++) {
        char c = words.chars[i];
        if (!is_capital(c) && !is_small(c)) {
            begins = true;
            continue;
        }
        if (out.n == 0 && c >= '0' && c <= '9')
            buf_char(&out, 'T');
        buf_char(&out, begins && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
        begins = false;
    }
    return out.n == 0 ? TEXT("Type") : buf_done(&out);
}

struct text schema_field_name(struct arena *compile, struct text words)
{
    struct buf out;
    buf_init(&out, compile);
    for (size_t i = 0; i < words.n && out.n < LIMIT_NAME_BYTES; i++) {
        char c = words.chars[i];
        bool breaks = !is_capital(c) && !is_small(c);
        bool begins = is_capital(c) && i > 0 && is_small(words.chars[i - 1]);
        if ((breaks || begins) && out.n > 0 && out.bytes[out.n - 1] != '_')
            buf_char(&out, '_');
        if (out.n == 0 && c >= '0' && c <= '9')
            buf_chars(&out, "n");
        if (!breaks)
            buf_char(&out, is_capital(c) ? (char)(c - 'A' + 'a') : c);
    }
    return out.n == 0 ? TEXT("field") : buf_done(&out);
}

struct text schema_unique(struct schema_reading *r, struct text name)
{
    struct text unique = name;
    for (int n = 2; n < LIMIT_JSON_BYTES; n++) {
        bool is_taken = false;
        for (uint32_t i = 0; i < r->named.n; i++)
            is_taken |= text_is(r->named.at[i].name, unique);
        if (!is_taken)
            break;
        struct text cut = text_cut(name, 0, LIMIT_NAME_BYTES - 8);
        unique = text_of(arena_printf(r->compile, TEXT_FMT "%d", TEXT_ARG(cut), n));
    }
    return unique;
}

/* "Order" and "ship_to" → "OrderShipTo". */
static struct text name_inside(struct schema_reading *r, struct text outer,
                               struct text member)
{
    struct text words = text_of(arena_printf(r->compile, TEXT_FMT " " TEXT_FMT,
                                             TEXT_ARG(outer), TEXT_ARG(member)));
    return schema_type_name(r->compile, words);
}

/* ---- declarations ---- */

static void write_doc(struct schema_reading *r, const json_t *schema, const char *indent)
{
    struct text doc = json_text_of(json_object_get(schema, "description"));
    while (doc.n > 0) {
        struct text line = text_trim(text_split(&doc, '\n'));
        if (line.n == 0)
            continue;
        buf_printf(&r->text, "%s## ", indent);
        for (size_t i = 0; i < line.n; i++)
            buf_char(&r->text, (unsigned char)line.chars[i] < 0x20 ? ' ' : line.chars[i]);
        buf_char(&r->text, '\n');
    }
}

static void write_declaration(struct schema_reading *r, const json_t *schema,
                              struct text name, const struct schema_shape *shape)
{
    if (r->text.n > 0)
        buf_char(&r->text, '\n');
    write_doc(r, schema, "");
    buf_printf(&r->text, "type " TEXT_FMT " ", TEXT_ARG(name));
    if (shape->kind == SCHEMA_RECORD) {
        buf_printf(&r->text, "{\n" TEXT_FMT "}\n", TEXT_ARG(shape->body));
        return;
    }
    buf_printf(&r->text, "= " TEXT_FMT, TEXT_ARG(shape->body));
    if (shape->is_optional)
        buf_char(&r->text, '?');
    if (shape->where.n > 0)
        buf_printf(&r->text, " where " TEXT_FMT, TEXT_ARG(shape->where));
    buf_char(&r->text, '\n');
}

static struct text atom(struct schema_reading *r, struct text type)
{
    bool is_phrase = memchr(type.chars, ' ', type.n) != NULL;
    return is_phrase ? text_of(arena_printf(r->compile, "(" TEXT_FMT ")", TEXT_ARG(type)))
                     : type;
}

/* What may be absent is a type around what is there. */
static bool needs_name(const struct schema_shape *shape)
{
    return shape->kind != SCHEMA_PLAIN || shape->where.n > 0;
}

static void declare(struct schema_reading *r, const json_t *schema, struct text name,
                    struct schema_shape *shape)
{
    if (shape->is_optional && needs_name(shape)) {
        struct text inner = schema_unique(r, name_inside(r, name, TEXT("value")));
        struct schema_named new = {NULL, inner, shape->base, false};
        vec_push(r->compile, &r->named, new);
        shape->is_optional = false;
        write_declaration(r, NULL, inner, shape);
        *shape = (struct schema_shape){
            .body = inner, .base = shape->base, .is_optional = true};
    }
    if (shape->kind == SCHEMA_PLAIN && shape->is_optional)
        shape->body = atom(r, shape->body);
    write_declaration(r, schema, name, shape);
}

bool schema_declare(struct schema_reading *r, const json_t *schema,
                    const struct schema_place *at, struct text name, struct text *base)
{
    struct schema_shape shape = {0};
    struct schema_named new = {schema, name, TEXT(""), true};
    uint32_t index = r->named.n;
    if (index >= LIMIT_SCHEMA_TYPES)
        return schema_refuse(r, at, "more than %d types", LIMIT_SCHEMA_TYPES);
    vec_push(r->compile, &r->named, new);
    if (!shape_of(r, schema, at, name, &shape))
        return false;
    *base = shape.base;
    r->named.at[index].base = shape.base;
    r->named.at[index].is_open = false;
    declare(r, schema, name, &shape);
    return true;
}

bool schema_type(struct schema_reading *r, const json_t *schema,
                 const struct schema_place *at, struct text hint, struct text *type,
                 struct text *base)
{
    struct schema_shape shape = {0};
    if (!shape_of(r, schema, at, hint, &shape))
        return false;
    *base = shape.base;
    *type = shape.body;
    if (needs_name(&shape)) {
        bool is_optional = shape.is_optional;
        struct schema_named new = {NULL, schema_unique(r, hint), shape.base, false};
        vec_push(r->compile, &r->named, new);
        shape.is_optional = false;
        declare(r, NULL, new.name, &shape);
        shape.is_optional = is_optional;
        *type = new.name;
    }
    if (shape.is_optional)
        *type = text_of(arena_printf(r->compile, TEXT_FMT "?", TEXT_ARG(atom(r, *type))));
    bool is_private = json_is_true(json_object_get(schema, "x-private")),
         is_secret = json_is_true(json_object_get(schema, "x-secret"));
    if (is_private || is_secret)
        *type = text_of(arena_printf(r->compile, "%s " TEXT_FMT,
                                     is_private ? "private" : "secret",
                                     TEXT_ARG(atom(r, *type))));
    return true;
}

/* ---- what is elsewhere ---- */

static struct text name_of_def(struct schema_reading *r, struct text pointer)
{
    struct text last = pointer;
    for (size_t i = 0; i < pointer.n; i++)
        if (pointer.chars[i] == '/')
            last = text_cut(pointer, i + 1, pointer.n);
    return r->naming == SCHEMA_AS_SAID ? schema_type_name(r->compile, last)
                                       : name_inside(r, r->name, last);
}

/* The place a pointer names; its parts are said as they are written there. */
static const struct schema_place *place_at(struct schema_reading *r, struct text pointer,
                                           uint32_t depth)
{
    struct schema_place *at = arena_new_of(r->compile, struct schema_place);
    at->depth = depth;
    (void)text_split(&pointer, '/');
    while (pointer.n > 0) {
        struct schema_place *inside = arena_new_of(r->compile, struct schema_place);
        *inside = (struct schema_place){at, text_split(&pointer, '/'), depth};
        at = inside;
    }
    return at;
}

static bool refer(struct schema_reading *r, const json_t *schema, struct text to,
                  const struct schema_place *at, struct schema_shape *out)
{
    if (!text_starts(to, TEXT("#")))
        return schema_refuse(
            r, at, "`" TEXT_FMT "` is in another file, which is not read", TEXT_ARG(to));
    struct text pointer = text_cut(to, 1, to.n);
    const json_t *there = json_at(r->root, pointer);
    if (there == NULL)
        return schema_refuse(r, at, "`" TEXT_FMT "` leads nowhere", TEXT_ARG(to));
    uint32_t known = 0;
    while (known < r->named.n && r->named.at[known].schema != there)
        known++;
    if (known < r->named.n && r->named.at[known].is_open)
        return schema_refuse(r, at, "`" TEXT_FMT "` contains itself; no type does",
                             TEXT_ARG(to));
    if (known == r->named.n) {
        struct text ignored;
        if (!schema_declare(r, there, place_at(r, pointer, at->depth + 1),
                            schema_unique(r, name_of_def(r, pointer)), &ignored))
            return false;
    }
    out->body = r->named.at[known].name;
    out->base = r->named.at[known].base;
    schema_conditions(r, schema, at, out);
    return true;
}

/* ---- objects ---- */

static bool is_required(const json_t *schema, struct text name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(schema, "required"), i, one)
    {
        if (text_is(json_text_of(one), name))
            return true;
    }
    return false;
}

static bool field(struct schema_reading *r, const json_t *object, struct text member,
                  const json_t *schema, const struct schema_place *at, struct text outer,
                  struct buf *out)
{
    struct text type, base, name = schema_field_name(r->compile, member);
    if (!schema_type(r, schema, at, name_inside(r, outer, member), &type, &base))
        return false;
    json_t *standard = json_object_get(schema, "default");
    struct text literal = standard == NULL ? TEXT("") : schema_literal(r, standard, base);
    bool is_optional = text_ends(type, TEXT("?"));
    if (standard != NULL && !json_is_null(standard) && literal.n == 0)
        schema_remark(r, at, "the default is not kept");
    if (!text_is(name, member))
        schema_remark(r, at, "`" TEXT_FMT "` is `" TEXT_FMT "` here; a binding maps it",
                      TEXT_ARG(member), TEXT_ARG(name));
    struct buf whole = r->text; /* docs are written where declarations are */
    r->text = *out;
    write_doc(r, schema, "    ");
    *out = r->text;
    r->text = whole;
    buf_printf(out, "    " TEXT_FMT ": " TEXT_FMT, TEXT_ARG(name), TEXT_ARG(type));
    if (literal.n > 0)
        buf_printf(out, " = " TEXT_FMT, TEXT_ARG(literal));
    else if (!is_optional && !is_required(object, member))
        buf_char(out, '?');
    if (!text_is(name, member) && memchr(member.chars, '\n', member.n) == NULL)
        buf_printf(out, "  # " TEXT_FMT, TEXT_ARG(member));
    buf_char(out, '\n');
    return true;
}

static bool fields(struct schema_reading *r, const json_t *object,
                   const struct schema_place *at, struct text outer, struct buf *out)
{
    const char *member;
    json_t *schema;
    struct schema_place properties = schema_inside(at, "properties");
    json_object_foreach(json_object_get(object, "properties"), member, schema)
    {
        struct schema_place here = schema_inside(&properties, member);
        if (!field(r, object, text_of(member), schema, &here, outer, out))
            return false;
    }
    return true;
}

static bool record(struct schema_reading *r, const json_t *schema,
                   const struct schema_place *at, struct text hint,
                   struct schema_shape *out)
{
    struct buf all;
    buf_init(&all, r->compile);
    if (!fields(r, schema, at, hint, &all))
        return false;
    out->kind = SCHEMA_RECORD;
    out->body = buf_done(&all);
    return true;
}

static bool map(struct schema_reading *r, const json_t *schema,
                const struct schema_place *at, struct text hint, struct schema_shape *out)
{
    json_t *names = json_object_get(schema, "propertyNames"),
           *values = json_object_get(schema, "additionalProperties");
    struct text type, base, key = TEXT("text");
    struct schema_place inside = schema_inside(at, "additionalProperties"),
                        of_names = schema_inside(at, "propertyNames");
    if (text_is_chars(json_text_of(json_object_get(names, "format")), "date"))
        key = TEXT("date");
    else if (text_is_chars(json_text_of(json_object_get(names, "pattern")), "^-?[0-9]+$"))
        key = TEXT("int");
    else if (json_object_get(names, "$ref") != NULL &&
             !schema_type(r, names, &of_names, hint, &key, &base))
        return false;
    else if (names != NULL && json_object_get(names, "$ref") == NULL)
        schema_remark(r, at, "`propertyNames` is not kept");
    if (!schema_type(r, values, &inside, name_inside(r, hint, TEXT("item")), &type,
                     &base))
        return false;
    out->base = TEXT("map");
    out->body = text_of(arena_printf(r->compile, "map of " TEXT_FMT " to " TEXT_FMT,
                                     TEXT_ARG(key), TEXT_ARG(type)));
    return true;
}

static bool object(struct schema_reading *r, const json_t *schema,
                   const struct schema_place *at, struct text hint,
                   struct schema_shape *out)
{
    struct text currency;
    if (schema_is_money(schema, &currency)) {
        out->base = TEXT("money");
        out->body = currency.n == 0
                        ? TEXT("money")
                        : text_of(arena_printf(r->compile, "money(" TEXT_FMT ")",
                                               TEXT_ARG(currency)));
        return true;
    }
    if (json_is_object(json_object_get(schema, "properties")))
        return record(r, schema, at, hint, out);
    if (json_is_object(json_object_get(schema, "additionalProperties")))
        return map(r, schema, at, hint, out);
    return schema_refuse(r, at, "an object whose members are not said");
}

static bool list(struct schema_reading *r, const json_t *schema,
                 const struct schema_place *at, struct text hint,
                 struct schema_shape *out)
{
    struct text type, base;
    struct schema_place items = schema_inside(at, "items");
    if (!json_is_object(json_object_get(schema, "items")))
        return schema_refuse(r, at, "an array whose items are not all of one schema");
    if (!schema_type(r, json_object_get(schema, "items"), &items,
                     name_inside(r, hint, TEXT("item")), &type, &base))
        return false;
    out->base = TEXT("list");
    out->body = text_of(arena_printf(r->compile, "list of " TEXT_FMT, TEXT_ARG(type)));
    schema_conditions(r, schema, at, out);
    return true;
}

/* ---- one of several ---- */

/* "a", {"const":"a"}, {"properties":{"a":{…}},"required":["a"]}: our own cases; or an
 * object that says by a constant member which it is. */
static bool alternative(struct schema_reading *r, const json_t *schema,
                        const struct schema_place *at, struct text hint, struct buf *out)
{
    json_t *properties = json_object_get(schema, "properties"), *data = NULL;
    struct text name = json_text_of(json_object_get(schema, "const"));
    const char *member;
    json_t *value, *inside;
    if (name.n == 0 && json_object_size(properties) == 1) {
        json_object_foreach(properties, member, inside)
        {
            name = text_of(member);
            data = inside;
        }
    }
    json_object_foreach(properties, member, value)
    {
        if (name.n > 0 || !json_is_string(json_object_get(value, "const")))
            continue;
        name = json_text_of(json_object_get(value, "const"));
        data = (json_t *)schema;
        schema_remark(r, at,
                      "which case it is stands in `%s` there; here it is {\"" TEXT_FMT
                      "\": {…}}, so a binding maps it",
                      member, TEXT_ARG(name));
    }
    if (!schema_is_case_name(name))
        return schema_refuse(r, at, "a choice in which nothing says which one it is");
    buf_text(out, name);
    bool is_first = true;
    json_object_foreach(json_object_get(data, "properties"), member, value)
    {
        struct text type, base, field = schema_field_name(r->compile, text_of(member));
        struct schema_place here = schema_inside(at, member);
        if (json_is_string(json_object_get(value, "const")) && data == schema)
            continue;
        if (!schema_type(r, value, &here, name_inside(r, hint, text_of(member)), &type,
                         &base))
            return false;
        bool is_there = is_required(data, text_of(member)) || text_ends(type, TEXT("?"));
        buf_printf(out, "%s" TEXT_FMT ": " TEXT_FMT "%s", is_first ? "(" : ", ",
                   TEXT_ARG(field), TEXT_ARG(type), is_there ? "" : "?");
        is_first = false;
    }
    buf_chars(out, is_first ? "" : ")");
    return true;
}

static bool several(struct schema_reading *r, const json_t *schema,
                    const struct schema_place *at, struct text hint,
                    struct schema_shape *out)
{
    const char *word = json_object_get(schema, "oneOf") != NULL ? "oneOf" : "anyOf";
    const json_t *all = json_object_get(schema, word);
    size_t i, n = 0;
    json_t *one, *only = NULL;
    struct buf cases;
    struct schema_place inside = schema_inside(at, word);
    json_array_foreach((json_t *)all, i, one)
    {
        bool is_null = text_is_chars(json_text_of(json_object_get(one, "type")), "null");
        out->is_optional |= is_null;
        n += !is_null;
        only = is_null ? only : one;
    }
    if (n == 1) {
        bool is_optional = out->is_optional;
        bool ok = shape_of(r, only, &inside, hint, out);
        out->is_optional |= is_optional;
        return ok;
    }
    buf_init(&cases, r->compile);
    json_array_foreach((json_t *)all, i, one)
    {
        if (text_is_chars(json_text_of(json_object_get(one, "type")), "null"))
            continue;
        buf_chars(&cases, cases.n > 0 ? " | " : "");
        if (!alternative(r, one, &inside, hint, &cases))
            return false;
    }
    out->kind = SCHEMA_VARIANT;
    out->body = buf_done(&cases);
    return n > 1 || schema_refuse(r, at, "a choice of nothing");
}

/* ---- a part of a schema ---- */

/* What may be null may be absent: "null" is taken off the kinds. The first that is left;
 * "decimal" stands for a text of digits or a number. */
static struct text kind_of(const json_t *schema, bool *is_optional)
{
    json_t *type = json_object_get(schema, "type"), *one;
    struct text kind = json_text_of(type);
    size_t i, n = 0;
    json_array_foreach(type, i, one)
    {
        bool is_null = text_is_chars(json_text_of(one), "null");
        *is_optional |= is_null;
        n += !is_null;
        kind = is_null || n > 1 ? kind : json_text_of(one);
    }
    bool is_decimal =
        text_is_chars(json_text_of(json_object_get(schema, "format")), "decimal");
    if (n > 1 && !is_decimal)
        return TEXT("");
    if (kind.n > 0)
        return kind;
    return json_object_get(schema, "properties") != NULL ? TEXT("object")
           : json_object_get(schema, "items") != NULL    ? TEXT("array")
                                                         : TEXT("");
}

static bool enumerated(struct schema_reading *r, const json_t *schema,
                       const struct schema_place *at, struct schema_shape *out)
{
    json_t *values = json_object_get(schema, "enum"), *one;
    scoped_json json_t *there = json_array();
    size_t i;
    json_array_foreach(values, i, one)
    {
        if (json_is_null(one))
            out->is_optional = true;
        else
            json_array_append(there, one);
    }
    if (values == NULL)
        json_array_append(there, json_object_get(schema, "const"));
    return schema_enum(r, there, at, out);
}

static bool shape_of(struct schema_reading *r, const json_t *schema,
                     const struct schema_place *at, struct text hint,
                     struct schema_shape *out)
{
    if (at->depth > LIMIT_JSON_DEPTH)
        return schema_refuse(r, at, "deeper than %d levels", LIMIT_JSON_DEPTH);
    if (arena_left(r->compile) < LIMIT_SOURCE_BYTES || r->text.n > LIMIT_SOURCE_BYTES)
        return schema_refuse(r, at, "more types than a file may hold");
    if (!json_is_object(schema))
        return schema_refuse(r, at, "no schema but %s",
                             json_is_boolean(schema) ? "anything or nothing at all"
                                                     : "another value");
    struct text ref = json_text_of(json_object_get(schema, "$ref"));
    if (ref.n > 0)
        return refer(r, schema, ref, at, out);
    if (json_object_get(schema, "oneOf") != NULL ||
        json_object_get(schema, "anyOf") != NULL)
        return several(r, schema, at, hint, out);
    json_t *parts = json_object_get(schema, "allOf");
    struct schema_place inside = schema_inside(at, "allOf");
    if (json_array_size(parts) == 1)
        return shape_of(r, json_array_get(parts, 0), &inside, hint, out);
    if (parts != NULL)
        return schema_refuse(r, at, "`allOf` of several: write their members in one");
    if (json_object_get(schema, "enum") != NULL ||
        json_object_get(schema, "const") != NULL)
        return enumerated(r, schema, at, out);
    struct text kind = kind_of(schema, &out->is_optional);
    if (text_is_chars(kind, "object"))
        return object(r, schema, at, hint, out);
    if (text_is_chars(kind, "array"))
        return list(r, schema, at, hint, out);
    return schema_scalar(r, schema, kind, at, out) ||
           schema_refuse(r, at, "a value of any kind; say one `type`");
}

bool schema_to_types(struct arena *compile, struct text json, struct text name,
                     enum schema_naming naming, struct schema_types *out, struct err *err)
{
    struct text ignored;
    struct schema_place start = {0};
    scoped_json json_t *root = json_read(json, err);
    if (root == NULL)
        return false;
    struct text title = json_text_of(json_object_get(root, "title"));
    *out = (struct schema_types){
        .name = schema_type_name(compile,
                                 naming == SCHEMA_AS_SAID && title.n > 0 ? title : name)};
    if (naming == SCHEMA_AS_GIVEN)
        out->name = name;
    struct schema_reading r = {.compile = compile,
                               .root = root,
                               .name = out->name,
                               .naming = naming,
                               .out = out,
                               .err = err};
    buf_init(&r.text, compile);
    if (!schema_declare(&r, root, &start, out->name, &ignored))
        return false;
    out->text = text_dup(compile, buf_done(&r.text));
    return true;
}
