/* Mappings: every expression of an adapter's operations, or of a source of events, as a
 * function of one image, and a document that says which function is for what. Its shape
 * is told in engine/run/mapping.h, where it is read. */
#include "dsl/bind.h"
#include "dsl/ir_pack.h"
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/base64.h"
#include "engine/base/json.h"

/* What the functions of one operation, or of one event, are given: its arguments, then
 * the names in `node->params`. */
struct mapping {
    struct lower *l;
    const struct node *node;
    uint32_t args;
};

static void set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
}

/* ---- functions ---- */

static struct lower_context open_function(const struct mapping *m, const struct node *at)
{
    struct lower_context before = lower_enter(m->l, LOWER_FUNCTION, at);
    uint32_t temp = m->args;
    lower_line(m->l, at);
    ir_open_block(m->l->b, m->args + m->node->params.n);
    node_each(param, m->node->params)
    {
        lower_declare_temp(m->l, param->declares, temp++);
    }
    return before;
}

static json_t *close_function(const struct mapping *m, const struct node *at,
                              uint32_t gives, struct lower_context before)
{
    uint32_t block = ir_close(m->l->b);
    uint32_t function = ir_new(m->l->b, functions);
    m->l->b->functions.at[function] =
        (struct ir_function){.name = lower_text(m->l, span_text(at->span)),
                             .params = m->args + m->node->params.n,
                             .block = block,
                             .gives = gives};
    lower_leave(m->l, before);
    return json_integer(function);
}

static json_t *value_of(const struct mapping *m, const struct node *expr)
{
    uint32_t gives = lower_type(m->l, expr->wanted != NULL ? expr->wanted : expr->type);
    struct lower_context before = open_function(m, expr);
    lower_expr(m->l, expr);
    return close_function(m, expr, gives, before);
}

/* NAME(field: …): a record of that type. */
static json_t *record_of(const struct mapping *m, const struct node *construct,
                         const struct type *record)
{
    uint32_t type = lower_type(m->l, record);
    struct lower_context before = open_function(m, construct);
    lower_fields(m->l, record, construct->args);
    ir_emit(m->l->b, IR_RECORD, record->fields_n, type);
    return close_function(m, construct, type, before);
}

/* ---- operations ---- */

/* Texts stand as they are; what is between them is a function. */
static json_t *path_of(const struct mapping *m, const struct node *path)
{
    json_t *pieces = json_array();
    if (path->kind == NODE_TEXT)
        json_array_append_new(pieces, json_text(path->name));
    node_each(piece, path->items)
    {
        json_array_append_new(pieces, piece->kind == NODE_TEXT ? json_text(piece->name)
                                                               : value_of(m, piece));
    }
    return pieces;
}

static json_t *method_of(struct lower *l, struct text name)
{
    char *chars = text_chars(l->compile, name);
    for (size_t i = 0; i < name.n; i++)
        chars[i] = (char)(chars[i] - 'a' + 'A');
    return json_string(chars);
}

static void add_says(const struct mapping *m, json_t *row, const struct node *says)
{
    if (text_is_chars(says->name, "body")) {
        set(row, "body", value_of(m, says->value));
        return;
    }
    set(row, "method", method_of(m->l, says->name));
    set(row, "path", path_of(m, says->value));
}

static void add_part(const struct mapping *m, json_t *row, const struct node *part)
{
    json_t *pair = json_array();
    json_array_append_new(pair, json_text(part->target->name));
    json_array_append_new(pair, value_of(m, part->value));
    const char *list = text_is_chars(part->name, "query") ? "query" : "headers";
    json_array_append_new(json_object_get(row, list), pair);
}

static void add_fails(const struct mapping *m, json_t *row, const struct node *fails)
{
    const struct symbol *error = fails->target->symbol;
    json_t *one = json_object();
    set(one, "error", json_text(error->name));
    set(one, "where", value_of(m, fails->where));
    if (error->type != NULL)
        set(one, "data", record_of(m, fails->target, error->type));
    json_array_append_new(json_object_get(row, "fails"), one);
}

static json_t *operation_json(struct lower *l, const struct node *node)
{
    const struct mapping m = {l, node, node->symbol->params_n};
    json_t *row = json_object();
    set(row, "args",
        json_integer(lower_record_over(l, lower_params(l, node->symbol->node->params))));
    set(row, "query", json_array());
    set(row, "headers", json_array());
    set(row, "fails", json_array());
    node_each(item, node->items)
    {
        if (item->kind == NODE_MAP_SAYS)
            add_says(&m, row, item);
        else if (item->kind == NODE_MAP_PART)
            add_part(&m, row, item);
        else if (item->kind == NODE_MAP_GIVES)
            set(row, "gives", value_of(&m, item->value));
        else if (item->kind == NODE_MAP_FAILS)
            add_fails(&m, row, item);
    }
    return row;
}

/* ---- sources of events ---- */

static json_t *over_json(const struct node *text)
{
    json_t *pieces = json_array();
    node_each(piece, text->items)
    {
        json_t *part = json_object();
        set(part, "part", json_text(piece->name));
        json_array_append_new(pieces, piece->kind == NODE_TEXT ? json_text(piece->name)
                                                               : json_incref(part));
        json_decref(part);
    }
    return pieces;
}

static json_t *signed_json(const struct node *sign)
{
    json_t *json = json_object(), *secret = json_object();
    set(secret, "secret", json_text(sign->value->args.first->value->name));
    set(json, "header", json_text(sign->target->name));
    set(json, "key", secret);
    node_each(clause, sign->clauses)
    {
        if (clause->kind == NODE_SIGN_FRESH) {
            set(json, "timestamp", json_text(clause->target->name));
            set(json, "within_us", json_integer(clause->value->number));
        } else if (text_is_chars(clause->name, "over")) {
            set(json, "over", over_json(clause->value));
        } else if (text_is_chars(clause->name, "prefix")) {
            set(json, "prefix", json_text(clause->value->name));
        } else {
            set(json, "written", json_text(clause->value->name));
        }
    }
    return json;
}

static json_t *event_json(struct lower *l, const struct node *row)
{
    const struct mapping m = {l, row, 0};
    const struct symbol *event = row->target->symbol;
    json_t *json = json_object();
    set(json, "event", json_text(event->name));
    if (row->where != NULL)
        set(json, "where", value_of(&m, row->where));
    if (row->value != NULL)
        set(json, "id", value_of(&m, row->value));
    if (row->target->flag)
        set(json, "data", record_of(&m, row->target, event->type));
    return json;
}

/* ---- the image ---- */

/* Takes `rows`; NULL after mistakes, which have been said. */
static json_t *with_image(struct lower *l, const struct node *node, const char *name,
                          json_t *rows)
{
    struct err err = {0};
    struct text packed;
    struct ir *image = lower_flow_close(l);
    if (image != NULL && ir_pack(l->compile, image, &packed, &err)) {
        json_t *whole = json_object();
        set(whole, "image", json_text(base64_write(l->compile, packed)));
        set(whole, name, rows);
        return whole;
    }
    if (image != NULL) {
        struct diag *diag =
            diag_add(l->program->diags, DIAG_F0991, node->name_span,
                     "the image of `" TEXT_FMT "` does not hold", TEXT_ARG(node->name));
        diag_why(l->program->diags, diag, "%s", err.what);
    }
    json_decref(rows);
    return NULL;
}

json_t *lower_mappings(struct program *program, const struct module *module,
                       const struct node *adapter)
{
    json_t *rows = NULL;
    struct lower *l = NULL;
    node_each(item, adapter->items)
    {
        if (item->kind != NODE_BIND_OPERATION)
            continue;
        if (l == NULL)
            l = lower_new(program, module, adapter, 1);
        if (rows == NULL)
            rows = json_object();
        set(rows, text_chars(l->compile, item->name), operation_json(l, item));
    }
    return l != NULL ? with_image(l, adapter, "operations", rows) : NULL;
}

json_t *lower_inbound(struct program *program, const struct module *module,
                      const struct node *events)
{
    struct lower *l = lower_new(program, module, events, 1);
    json_t *rows = json_array(), *sign = NULL;
    node_each(item, events->items)
    {
        if (item->kind == NODE_MAP_EVENT)
            json_array_append_new(rows, event_json(l, item));
        if (item->kind == NODE_SIGNED)
            sign = signed_json(item);
    }
    json_t *whole = with_image(l, events, "events", rows);
    if (whole != NULL && sign != NULL)
        set(whole, "signed", json_incref(sign));
    json_decref(sign);
    return whole;
}
