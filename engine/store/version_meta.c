/* What the database knows of a version without understanding its image. */
#include "engine/store/version_meta.h"

#include "dsl/ir_signature.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

static json_t *name_of(const struct ir *ir, uint32_t text)
{
    return text == IR_NONE ? json_null() : json_text(ir_text(ir, text));
}

/* The JSON kinds a value of this type may have on the wire (contract, values). */
static const char *plain_kind(const struct ir *ir, uint32_t type)
{
    switch ((enum ir_type_kind)ir->types[type].kind) {
    case IR_TYPE_TEXT:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
        return "string";
    case IR_TYPE_BOOL:
        return "boolean";
    case IR_TYPE_INT:
        return "number";
    case IR_TYPE_DECIMAL:
        return "string|number";
    case IR_TYPE_MONEY:
    case IR_TYPE_MAP:
    case IR_TYPE_RECORD:
        return "object";
    case IR_TYPE_LIST:
        return "array";
    case IR_TYPE_VARIANT:
        return "string|object";
    case IR_TYPE_OPTIONAL:
    case IR_TYPE_JSON:
        return "any";
    }
    return "any";
}

static json_t *kind_of(const struct ir *ir, uint32_t type)
{
    if (type == IR_NONE)
        return json_string("any");
    const struct ir_type *row = &ir->types[type];
    if (row->kind != IR_TYPE_OPTIONAL || row->of == IR_NONE)
        return json_string(plain_kind(ir, type));
    const char *inner = plain_kind(ir, row->of);
    return strcmp(inner, "any") == 0 ? json_string("any")
                                     : json_sprintf("%s|null", inner);
}

static json_t *fields_of(const struct ir *ir, uint32_t record)
{
    json_t *all = json_array();
    if (record == IR_NONE)
        return all;
    struct ir_range parts = ir->types[record].parts;
    for (uint32_t i = 0; i < parts.n; i++) {
        const struct ir_field *field = &ir->fields[parts.first + i];
        bool optional =
            field->type != IR_NONE && ir->types[field->type].kind == IR_TYPE_OPTIONAL;
        json_array_append_new(all,
                              json_pack("{s:o,s:o,s:b}", "name", name_of(ir, field->name),
                                        "kind", kind_of(ir, field->type), "required",
                                        field->standard == IR_NONE && !optional));
    }
    return all;
}

/* Names of the record's fields at some of its positions. */
static json_t *field_names(const struct ir *ir, uint32_t record, struct ir_range range)
{
    json_t *all = json_array();
    struct ir_range parts = ir->types[record].parts;
    for (uint32_t i = 0; i < range.n; i++) {
        uint32_t position = ir->positions[range.first + i];
        json_array_append_new(all, name_of(ir, ir->fields[parts.first + position].name));
    }
    return all;
}

static json_t *events_of(const struct ir *ir)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->events_n; i++) {
        const struct ir_event *e = &ir->events[i];
        json_array_append_new(
            all, json_pack("{s:o,s:o,s:o,s:o,s:I}", "name", name_of(ir, e->name),
                           "fields", fields_of(ir, e->record), "keys",
                           field_names(ir, e->record, e->keys), "unique",
                           field_names(ir, e->record, e->unique), "held",
                           (json_int_t)e->held));
    }
    return all;
}

static json_t *states_of(const struct ir *ir, bool only_finals)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (!only_finals || ir->states[i].is_final)
            json_array_append_new(all, name_of(ir, ir->states[i].path));
    return all;
}

static void add_once(json_t *all, json_t *name)
{
    size_t i;
    json_t *there;
    json_array_foreach(all, i, there) if (json_equal(there, name))
    {
        json_decref(name);
        return;
    }
    json_array_append_new(all, name);
}

static json_t *roles_of(const struct ir *ir)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        add_once(all, name_of(ir, ir->dead_letters[i].role));
    for (uint32_t i = 0; i < ir->questions_n; i++)
        add_once(all, name_of(ir, ir->questions[i].role));
    for (uint32_t i = 0; i < ir->escalations_n; i++)
        if (ir->escalations[i].role != IR_NONE)
            add_once(all, name_of(ir, ir->escalations[i].role));
    return all;
}

static json_t *starts_of(const struct ir *ir)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->starts_on_n; i++) {
        const struct ir_match *match = &ir->matches[ir->starts_on[i].match];
        add_once(all, name_of(ir, ir->events[match->event].name));
    }
    return all;
}

/* As each line says it. */
static json_t *moments_of(const struct ir *ir)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->starts_every_n; i++)
        json_array_append_new(all, name_of(ir, ir->starts_every[i].said));
    return all;
}

static json_t *measure_of(const struct ir *ir, const struct ir_measure *measure)
{
    static const char *const kinds[] = {"span", "share", "amount"};
    return json_pack("{s:o,s:s,s:o}", "name", name_of(ir, measure->name), "kind",
                     kinds[measure->kind], "goal", name_of(ir, measure->goal_said));
}

static json_t *digest_json(const struct digest digest)
{
    char hex[DIGEST_HEX_BYTES];
    return json_text(digest_hex(&digest, hex));
}

/* Each flow that it begins, once, with the signature it must have. */
static json_t *children_of(const struct ir *ir, struct arena *scratch)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->children_n; i++)
        add_once(
            all,
            json_pack("{s:o,s:o}", "flow", name_of(ir, ir->children[i].flow), "signature",
                      digest_json(ir_child_signature(scratch, ir, &ir->children[i]))));
    return all;
}

/* The versions whose instances it takes over. */
static json_t *migrates_of(const struct ir *ir)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < ir->migrations_n; i++)
        json_array_append_new(all, json_integer(ir->migrations[i].from));
    return all;
}

json_t *version_meta(const struct ir *ir)
{
    scoped_arena struct arena *scratch = arena_new("signatures", LIMIT_TURN_BYTES);
    json_t *adapters = json_array(), *settings = json_array(), *measures = json_array();
    for (uint32_t i = 0; i < ir->adapters_n; i++)
        json_array_append_new(adapters, name_of(ir, ir->adapters[i].name));
    for (uint32_t i = 0; i < ir->settings_n; i++)
        json_array_append_new(
            settings, json_pack("{s:o,s:b}", "name", name_of(ir, ir->settings[i].name),
                                "required", ir->settings[i].standard == IR_NONE));
    for (uint32_t i = 0; i < ir->measures_n; i++)
        json_array_append_new(measures, measure_of(ir, &ir->measures[i]));
    json_t *meta = json_pack(
        "{s:o,s:I,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
        "flow", name_of(ir, ir->flow.name), "number", (json_int_t)ir->flow.version, "doc",
        name_of(ir, ir->flow.doc), "params", fields_of(ir, ir->flow.params), "has_key",
        ir->flow.key != IR_NONE, "key_path", name_of(ir, ir->flow.key_path), "states",
        states_of(ir, false), "finals", states_of(ir, true), "starts_on", starts_of(ir),
        "starts_every", moments_of(ir), "events", events_of(ir), "adapters", adapters,
        "roles", roles_of(ir), "settings", settings, "measures", measures, "signature",
        digest_json(ir_signature(scratch, ir)), "children", children_of(ir, scratch),
        "migrates", migrates_of(ir));
    must(meta != NULL);
    return meta;
}
