/* A parsed environment as the one JSON document that is deployed. */
#include "dsl/bind.h"

#include "dsl/fold.h"
#include "dsl/lower.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/when.h"

struct bind {
    struct program *program;
    const struct module *module;
    uint32_t errors; /* before this environment was begun */
};

static void put(struct bind *bind, json_t *object, struct text name, json_t *value)
{
    json_object_set_new(object, text_chars(bind->program->compile, name), value);
}

/* ---- settings, roles, calendars ---- */

static json_t *setting_json(struct bind *bind, const struct node *node)
{
    const struct symbol *setting =
        node->symbol != NULL ? node->symbol
                             : program_find(bind->program, bind->module, node->name);
    const struct type *type = setting != NULL && setting->kind == SYMBOL_SETTING
                                  ? setting->type
                                  : node->value->type;
    const struct node *culprit = node->value;
    json_t *json = type != NULL
                       ? fold_wire(bind->program->compile, node->value, type, &culprit)
                       : NULL;
    if (json != NULL)
        return json;
    struct diag *diag = diag_add(bind->program->diags, DIAG_F0604, culprit->span,
                                 "`" TEXT_FMT "` needs a value that stands in the text",
                                 TEXT_ARG(node->name));
    diag_why(bind->program->diags, diag,
             "An environment is data: nothing is computed when it is deployed.");
    return json_null();
}

static json_t *open_json(const struct node *row)
{
    json_t *open = json_object();
    struct text last = row->as.n > 0 ? row->as : row->name;
    json_object_set_new(open, "first_day", json_text(row->name));
    json_object_set_new(open, "last_day", json_text(last));
    json_object_set_new(open, "from", json_text(row->value->name));
    json_object_set_new(open, "to", json_text(row->other->name));
    return open;
}

static json_t *calendar_json(const struct node *node)
{
    char when[WHEN_TEXT_BYTES];
    json_t *calendar = json_object(), *open = json_array(), *closed = json_array();
    json_object_set_new(calendar, "zone", json_string("UTC"));
    node_each(row, node->items)
    {
        if (row->kind == NODE_ZONE)
            json_object_set_new(calendar, "zone", json_text(row->value->name));
        if (row->kind == NODE_OPEN)
            json_array_append_new(open, open_json(row));
        if (row->kind == NODE_CLOSED)
            node_each(date, row->items)
            {
                json_array_append_new(
                    closed, json_text(when_date_print((int32_t)date->number, when)));
            }
    }
    json_object_set_new(calendar, "open", open);
    json_object_set_new(calendar, "closed", closed);
    return calendar;
}

/* ---- adapters ---- */

/* {"secret": "erp_token"} for `secret("erp_token")`; NULL: it is something else. */
static json_t *secret_json(const struct node *expr)
{
    while (expr->kind == NODE_PARENS)
        expr = expr->value;
    if (expr->kind != NODE_APPLY || !text_is_chars(expr->name, "secret") ||
        expr->args.n != 1 || expr->args.first->value->kind != NODE_TEXT)
        return NULL;
    json_t *secret = json_object();
    json_object_set_new(secret, "secret", json_text(expr->args.first->value->name));
    return secret;
}

static json_t *not_text(struct bind *bind, const struct node *expr)
{
    struct diag *diag = diag_add(bind->program->diags, DIAG_F0604, expr->span,
                                 "only text and `secret(\"name\")` can stand here");
    diag_help(bind->program->diags, diag, "{secret(\"erp_token\")}");
    return json_null();
}

/* The pieces of a text, one after the other. */
static json_t *pieces_json(struct bind *bind, const struct node *text)
{
    json_t *pieces = json_array();
    node_each(piece, text->items)
    {
        json_t *secret = secret_json(piece);
        if (piece->kind == NODE_TEXT)
            json_array_append_new(pieces, json_text(piece->name));
        else
            json_array_append_new(pieces,
                                  secret != NULL ? secret : not_text(bind, piece));
    }
    return pieces;
}

static json_t *text_json(struct bind *bind, const struct node *text)
{
    if (text->kind == NODE_TEXT)
        return json_text(text->name);
    if (text->kind == NODE_TEMPLATE)
        return pieces_json(bind, text);
    return not_text(bind, text);
}

/* A word is one piece: text, or one secret alone. */
static json_t *words_json(struct bind *bind, const struct node *option)
{
    json_t *words = json_array();
    node_each(word, option->items)
    {
        json_t *secret = word->kind == NODE_TEMPLATE && word->items.n == 1
                             ? secret_json(word->items.first)
                             : NULL;
        if (secret != NULL)
            json_array_append_new(words, secret);
        else if (word->kind == NODE_TEXT)
            json_array_append_new(words, json_text(word->name));
        else
            json_array_append_new(words, not_text(bind, word));
    }
    return words;
}

static void add_row(struct bind *bind, json_t *options, const struct node *option)
{
    const char *name = text_chars(bind->program->compile, option->name);
    json_t *table = json_object_get(options, name);
    if (table == NULL) {
        table = json_object();
        json_object_set_new(options, name, table);
    }
    if (json_is_object(table))
        put(bind, table, option->value->name, text_json(bind, option->items.first));
}

static void add_option(struct bind *bind, json_t *options, const struct node *adapter,
                       const struct node *option)
{
    const struct catalog_option *known = bind_option(bind->program, adapter, option);
    bool is_words = known != NULL ? known->kind == CATALOG_WORDS : option->items.n > 1;
    if (option->value != NULL)
        add_row(bind, options, option);
    else if (is_words)
        put(bind, options, option->name, words_json(bind, option));
    else if (option->items.n > 0)
        put(bind, options, option->name, text_json(bind, option->items.first));
}

static json_t *adapter_json(struct bind *bind, const struct node *node)
{
    json_t *adapter = json_object(), *options = json_object();
    bind_check_adapter(bind->program, node);
    json_object_set_new(adapter, "over", json_text(node->target->name));
    node_each(option, node->items)
    {
        if (option->kind == NODE_OPTION)
            add_option(bind, options, node, option);
    }
    json_object_set_new(adapter, "options", options);
    json_t *mapping = lower_mappings(bind->program, bind->module, node);
    if (mapping != NULL)
        json_object_set_new(adapter, "mapping", mapping);
    return adapter;
}

/* ---- the whole ---- */

/* The section is there where events come in. Folders have one of their own: an engine
 * that knows none must not serve them at its door. */
static void add_events(struct bind *bind, json_t *document, const struct node *item)
{
    json_t *source = lower_inbound(bind->program, bind->module, item);
    const char *section = node_is_folder(item) ? "folders" : "events";
    json_t *events = json_object_get(document, section);
    if (source == NULL)
        return;
    if (events == NULL) {
        events = json_object();
        json_object_set_new(document, section, events);
    }
    put(bind, events, item->name, source);
}

static void add_item(struct bind *bind, json_t *document, const struct node *item)
{
    switch ((int)item->kind) {
    case NODE_BIND_SETTING:
        put(bind, json_object_get(document, "settings"), item->name,
            setting_json(bind, item));
        return;
    case NODE_BIND_ROLE:
        put(bind, json_object_get(document, "roles"), item->name,
            json_text(item->value->name));
        return;
    case NODE_BIND_CALENDAR:
        put(bind, json_object_get(document, "calendars"), item->name,
            calendar_json(item));
        return;
    case NODE_BIND_EVENTS:
        add_events(bind, document, item);
        return;
    case NODE_BIND_ADAPTER:
        put(bind, json_object_get(document, "adapters"), item->name,
            adapter_json(bind, item));
        return;
    }
}

struct text bind_environment(struct program *program, const struct module *module,
                             const struct node *environment)
{
    struct bind bind = {program, module, diags_count(program->diags, DIAG_ERROR)};
    scoped_json json_t *document = json_object();
    json_object_set_new(document, "name", json_text(environment->name));
    static const char *const parts[] = {"settings", "roles", "calendars", "adapters"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_object_set_new(document, parts[i], json_object());
    node_each(item, environment->items)
    {
        add_item(&bind, document, item);
    }
    bind_check_flows(program, environment);
    if (diags_count(program->diags, DIAG_ERROR) > bind.errors)
        return (struct text){"", 0};
    return json_write(program->compile, document);
}
