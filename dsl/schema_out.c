/* Types as JSON Schema. */
#include "dsl/schema.h"

#include "dsl/ast.h"
#include "dsl/fold.h"
#include "dsl/outline.h"
#include "dsl/scope.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"

struct def {
    const struct type *type; /* as it was declared */
    struct text name;
};

struct writing {
    struct arena *compile;
    const struct type *root;
    json_t *defs;
    VEC(struct def) known;
};

static json_t *shape(struct writing *w, const struct type *type);
static json_t *refer(struct writing *w, const struct type *type);

static void put(json_t *object, const char *name, struct text t)
{
    json_object_set_new(object, name, json_text(t));
}

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *formatted(const char *format)
{
    return json_pack("{s:s,s:s}", "type", "string", "format", format);
}

/* ---- numbers and money ---- */

/* A text of digits, or a number as far as JSON's are exact. */
static json_t *decimal(struct writing *w, int32_t scale, bool is_negative_too)
{
    const char *sign = is_negative_too ? "-?" : "";
    char *pattern =
        scale == TYPE_SCALE_FREE ? arena_printf(w->compile, "^%s" SCHEMA_DIGITS "$", sign)
        : scale == 0
            ? arena_printf(w->compile, "^%s[0-9]+$", sign)
            : arena_printf(w->compile, "^%s[0-9]+(\\.[0-9]{1,%d})?$", sign, (int)scale);
    return json_pack("{s:[ss],s:s,s:s}", "type", "string", "number", "format", "decimal",
                     "pattern", pattern);
}

static json_t *money(struct writing *w, struct text currency)
{
    json_t *code = typed("string");
    if (currency.n > 0)
        put(code, "const", currency);
    else
        json_object_set_new(code, "pattern", json_string(SCHEMA_CURRENCY));
    return json_pack("{s:s,s:{s:o,s:o},s:[ss],s:b}", "type", "object", "properties",
                     "amount", decimal(w, TYPE_SCALE_FREE, true), "currency", code,
                     "required", "amount", "currency", "additionalProperties", 0);
}

/* ---- records, variants, lists, maps ---- */

static const struct node *field_node(const struct type *record, uint32_t i)
{
    const struct node *declared = record->declared;
    if (declared == NULL)
        return NULL;
    const struct node *field =
        declared->items.first != NULL ? declared->items.first : declared->params.first;
    while (field != NULL && i-- > 0)
        field = field->next;
    return field;
}

static void put_field(struct writing *w, json_t *whole, const struct type *record,
                      uint32_t i)
{
    const struct type_field *field = &record->fields[i];
    const struct node *node = field_node(record, i), *culprit;
    json_t *it = refer(w, field->type);
    if (node != NULL && node->kind == NODE_FIELD && node->doc.n > 0)
        put(it, "description", node->doc);
    json_t *standard = field->standard == NULL ? NULL
                                               : fold_wire(w->compile, field->standard,
                                                           field->type, &culprit);
    if (standard != NULL)
        json_object_set_new(it, "default", standard);
    json_object_set_new(json_object_get(whole, "properties"),
                        text_chars(w->compile, field->name), it);
    if (field->standard == NULL && field->type->kind != TYPE_OPTIONAL)
        json_array_append_new(json_object_get(whole, "required"), json_text(field->name));
}

static json_t *record(struct writing *w, const struct type *type)
{
    json_t *whole = json_pack("{s:s,s:{},s:[],s:b}", "type", "object", "properties",
                              "required", "additionalProperties", 0);
    for (uint32_t i = 0; i < type->fields_n; i++)
        put_field(w, whole, type, i);
    if (json_array_size(json_object_get(whole, "required")) == 0)
        json_object_del(whole, "required");
    return whole;
}

static json_t *case_of(struct writing *w, const struct type_case *one)
{
    json_t *whole = json_pack("{s:s,s:{},s:[],s:b}", "type", "object", "properties",
                              "required", "additionalProperties", 0);
    if (one->record == NULL) {
        json_decref(whole);
        whole = json_object();
        put(whole, "const", one->name);
        return whole;
    }
    json_object_set_new(json_object_get(whole, "properties"),
                        text_chars(w->compile, one->name), record(w, one->record));
    json_array_append_new(json_object_get(whole, "required"), json_text(one->name));
    return whole;
}

/* Plain cases are an enumeration; with data each is an object of one member. */
static json_t *variant(struct writing *w, const struct type *type)
{
    json_t *plain = json_array(), *all = json_array(), *whole = json_object();
    for (uint32_t i = 0; i < type->cases_n; i++) {
        if (type->cases[i].record == NULL)
            json_array_append_new(plain, json_text(type->cases[i].name));
        json_array_append_new(all, case_of(w, &type->cases[i]));
    }
    bool is_plain = json_array_size(plain) == type->cases_n;
    json_object_set(whole, is_plain ? "enum" : "oneOf", is_plain ? plain : all);
    json_decref(plain);
    json_decref(all);
    return whole;
}

static json_t *map(struct writing *w, const struct type *type)
{
    json_t *whole = typed("object");
    if (type->key->kind == TYPE_DATE)
        json_object_set_new(whole, "propertyNames", json_pack("{s:s}", "format", "date"));
    else if (type->key->kind == TYPE_INT)
        json_object_set_new(whole, "propertyNames",
                            json_pack("{s:s}", "pattern", "^-?[0-9]+$"));
    else if (type->key->kind == TYPE_TEXT && (type->key->name.n > 0))
        json_object_set_new(whole, "propertyNames", refer(w, type->key));
    json_object_set_new(whole, "additionalProperties", refer(w, type->of));
    return whole;
}

static json_t *optional(struct writing *w, const struct type *type)
{
    json_t *of = refer(w, type->of), *kind = json_object_get(of, "type");
    if (json_is_string(kind) && json_object_get(of, "const") == NULL) {
        json_object_set_new(of, "type", json_pack("[O,s]", kind, "null"));
        return of;
    }
    if (json_is_array(kind)) {
        json_array_append_new(kind, json_string("null"));
        return of;
    }
    return json_pack("{s:[o,{s:s}]}", "anyOf", of, "type", "null");
}

static json_t *plain_shape(struct writing *w, const struct type *type)
{
    switch (type->kind) {
    case TYPE_TEXT:
        return typed("string");
    case TYPE_BOOL:
        return typed("boolean");
    case TYPE_INT:
        return typed("integer");
    case TYPE_DECIMAL:
        return decimal(w, type->scale, true);
    case TYPE_MONEY:
        return money(w, type->currency);
    case TYPE_DATE:
        return formatted("date");
    case TYPE_INSTANT:
        return formatted("date-time");
    case TYPE_DURATION:
        return formatted("duration");
    case TYPE_WORKDAYS:
        return json_pack("{s:s,s:s}", "type", "string", "pattern", SCHEMA_WORKDAYS);
    case TYPE_OPTIONAL:
        return optional(w, type);
    case TYPE_LIST:
        return json_pack("{s:s,s:o}", "type", "array", "items", refer(w, type->of));
    case TYPE_MAP:
        return map(w, type);
    case TYPE_RECORD:
        return record(w, type);
    case TYPE_VARIANT:
        return variant(w, type);
    case TYPE_POISON:
    case TYPE_NONE:
    case TYPE_NOTHING:
    case TYPE_JSON:
        break;
    }
    return json_object();
}

/* ---- what a `where` says ---- */

static bool is_it(const struct node *node)
{
    return node->kind == NODE_NAME && text_is_chars(node->name, "it");
}

static bool is_length_of_it(const struct node *node)
{
    return node->kind == NODE_APPLY && text_is_chars(node->name, "length") &&
           node->args.n == 1 && is_it(node->args.first->value);
}

/* The same comparison with its sides changed. */
static enum node_kind turned(enum node_kind kind)
{
    return kind == NODE_LESS      ? NODE_MORE
           : kind == NODE_LESS_EQ ? NODE_MORE_EQ
           : kind == NODE_MORE    ? NODE_LESS
           : kind == NODE_MORE_EQ ? NODE_LESS_EQ
                                  : kind;
}

static bool put_bound(json_t *out, enum node_kind kind, const struct fold *bound)
{
    const char *name = kind == NODE_LESS      ? "exclusiveMaximum"
                       : kind == NODE_LESS_EQ ? "maximum"
                       : kind == NODE_MORE    ? "exclusiveMinimum"
                       : kind == NODE_MORE_EQ ? "minimum"
                                              : NULL;
    struct err ignored = {0};
    char digits[DECIMAL_TEXT_BYTES];
    if (name == NULL || json_object_get(out, name) != NULL ||
        (bound->kind != TYPE_INT && bound->kind != TYPE_DECIMAL))
        return false;
    json_t *number = json_read(decimal_print(bound->decimal, digits), &ignored);
    return number != NULL && json_object_set_new(out, name, number) == 0;
}

static bool put_length(json_t *out, enum node_kind kind, int64_t n)
{
    bool is_most = kind == NODE_LESS || kind == NODE_LESS_EQ || kind == NODE_IS,
         is_least = kind == NODE_MORE || kind == NODE_MORE_EQ || kind == NODE_IS;
    n += kind == NODE_MORE ? 1 : kind == NODE_LESS ? -1 : 0;
    if (n < 0 || !(is_most || is_least))
        return false;
    if (is_most)
        json_object_set_new(out, "maxLength", json_integer(n));
    if (is_least)
        json_object_set_new(out, "minLength", json_integer(n));
    return true;
}

static bool put_comparison(struct writing *w, json_t *out, enum node_kind kind,
                           const struct node *it, const struct node *with)
{
    struct fold bound;
    if (!is_it(it) && !is_length_of_it(it))
        return false;
    if (is_it(it) && kind == NODE_IS && with->kind == NODE_TEXT)
        return put(out, "const", with->name), true;
    if (!fold_scalar(w->compile, with, &bound))
        return false;
    if (is_length_of_it(it))
        return bound.kind == TYPE_INT && put_length(out, kind, bound.whole);
    if (kind == NODE_IS && bound.kind == TYPE_INT)
        return json_object_set_new(out, "const", json_integer(bound.whole)) == 0;
    return put_bound(out, kind, &bound);
}

static bool put_choice(struct writing *w, json_t *out, const struct node *list,
                       const struct type *base)
{
    const struct node *culprit;
    json_t *all = list->kind == NODE_LIST ? json_array() : NULL;
    if (all == NULL || (base->kind != TYPE_TEXT && base->kind != TYPE_INT))
        return json_decref(all), false;
    node_each(item, list->items)
    {
        json_t *one = fold_wire(w->compile, item, base, &culprit);
        if (one == NULL)
            return json_decref(all), false;
        json_array_append_new(all, one);
    }
    return json_object_set_new(out, "enum", all) == 0;
}

static bool put_matches(struct writing *w, json_t *out, const struct node *apply)
{
    struct text pattern;
    if (!text_is_chars(apply->name, "matches") || apply->args.n != 2 ||
        !is_it(apply->args.first->value) || apply->args.last->value->kind != NODE_TEXT ||
        json_object_get(out, "pattern") != NULL ||
        !schema_pattern_out(w->compile, apply->args.last->value->name, &pattern))
        return false;
    put(out, "pattern", pattern);
    return true;
}

/* False: there is something in it that a schema does not say. */
static bool put_condition(struct writing *w, json_t *out, const struct node *where,
                          const struct type *base)
{
    if (where->kind == NODE_PARENS)
        return put_condition(w, out, where->value, base);
    if (where->kind == NODE_AND) {
        bool first = put_condition(w, out, where->value, base);
        return put_condition(w, out, where->other, base) && first;
    }
    if (where->kind == NODE_APPLY)
        return put_matches(w, out, where);
    if (where->kind == NODE_IN && is_it(where->value))
        return put_choice(w, out, where->other, base);
    if (where->value == NULL || where->other == NULL)
        return false;
    return put_comparison(w, out, where->kind, where->value, where->other) ||
           put_comparison(w, out, turned(where->kind), where->other, where->value);
}

static json_t *refined(struct writing *w, const struct type *type)
{
    json_t *out = refer(w, type->base);
    bool is_whole = put_condition(w, out, type->refinement, type->base);
    json_t *least = json_object_get(out, "minimum");
    if (type->base->kind == TYPE_DECIMAL && json_number_value(least) >= 0 &&
        least != NULL && json_object_get(out, "$ref") == NULL)
        json_object_update_new(out, decimal(w, type->scale, false));
    if (!is_whole)
        put(out, "$comment",
            text_of(arena_printf(
                w->compile, "also: " TEXT_FMT,
                TEXT_ARG(outline_source(w->compile, type->refinement->span)))));
    return out;
}

/* ---- names ---- */

static json_t *shape(struct writing *w, const struct type *type)
{
    return type->refinement != NULL ? refined(w, type) : plain_shape(w, type);
}

static const struct type *as_declared(const struct type *type)
{
    return type->name.n > 0 && type->declared != NULL && type->declared->declares != NULL
               ? type->declared->declares->type
               : NULL;
}

static bool is_name_taken(const struct writing *w, struct text name)
{
    for (uint32_t i = 0; i < w->known.n; i++)
        if (text_is(w->known.at[i].name, name))
            return true;
    return false;
}

/* The name among the $defs; two files may each have a type of that name. */
static struct text name_of(struct writing *w, const struct type *type)
{
    for (uint32_t i = 0; i < w->known.n; i++)
        if (w->known.at[i].type == type)
            return w->known.at[i].name;
    struct def new = {type, type->name};
    for (int n = 2; is_name_taken(w, new.name); n++)
        new.name =
            text_of(arena_printf(w->compile, TEXT_FMT "%d", TEXT_ARG(type->name), n));
    vec_push(w->compile, &w->known, new);
    const char *key = text_chars(w->compile, new.name);
    json_object_set_new(w->defs, key, json_null()); /* keeps its place, ends circles */
    json_t *it = shape(w, type);
    if (type->declared->doc.n > 0)
        put(it, "description", type->declared->doc);
    json_object_set_new(w->defs, key, it);
    return new.name;
}

static json_t *refer(struct writing *w, const struct type *type)
{
    const struct type *declared = as_declared(type);
    json_t *out = declared == NULL ? shape(w, type)
                  : declared == w->root
                      ? json_pack("{s:s}", "$ref", "#")
                      : json_pack("{s:s}", "$ref",
                                  arena_printf(w->compile, "#/$defs/" TEXT_FMT,
                                               TEXT_ARG(name_of(w, declared))));
    if (type->is_private && (declared == NULL || !declared->is_private))
        json_object_set_new(out, "x-private", json_true());
    if (type->is_secret && (declared == NULL || !declared->is_secret))
        json_object_set_new(out, "x-secret", json_true());
    return out;
}

json_t *schema_of_type(struct arena *compile, const struct type *type, struct text doc)
{
    struct writing w = {.compile = compile, .root = type, .defs = json_object()};
    struct def self = {type, type->name};
    json_t *whole = json_object();
    vec_push(compile, &w.known, self);
    json_object_set_new(whole, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    put(whole, "title", type->name);
    if (doc.n > 0)
        put(whole, "description", doc);
    json_object_update_new(whole, shape(&w, type));
    if (json_object_size(w.defs) > 0)
        json_object_set(whole, "$defs", w.defs);
    json_decref(w.defs);
    return whole;
}
