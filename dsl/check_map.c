/* Mappings: do they speak of an operation that is there, and does what they say of its
 * request and its answer fit? Whether the transport can carry them is bind_check.c's. */
#include "dsl/check_in.h"

#include <strings.h>

/* ---- what a mapping may read ---- */

static struct symbol *put_local(struct check *c, struct node *mapping, struct text name,
                                const struct type *type)
{
    struct symbol *symbol = check_symbol(c, SYMBOL_LOCAL, name, mapping);
    struct node *param = node_new(c->compile, NODE_PARAM, mapping->span);
    symbol->type = type;
    param->declares = symbol;
    nodes_add(&mapping->params, param);
    scope_put(c->scope, symbol);
    return symbol;
}

/* The request sees the arguments and by what names the call goes; the answer sees these
 * and itself. `reply` and `status` hide arguments of that name. */
static void open_request(struct check *c, struct node *mapping,
                         const struct symbol *operation)
{
    c->scope = scope_new(c->compile, c->scope);
    for (uint32_t i = 0; i < operation->params_n; i++)
        scope_put(c->scope, operation->params[i]);
    c->scope = scope_new(c->compile, c->scope);
    put_local(c, mapping, TEXT("idempotency_key"), &type_text);
    put_local(c, mapping, TEXT("correlation_id"), &type_text);
}

static void open_answer(struct check *c, struct node *mapping)
{
    c->scope = scope_new(c->compile, c->scope);
    put_local(c, mapping, TEXT("reply"), &type_json);
    put_local(c, mapping, TEXT("status"), &type_int);
}

/* ---- the request ---- */

static const char *const methods[] = {"get", "post", "put", "patch", "delete"};

static bool is_method(struct text name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (text_is_chars(name, methods[i]))
            return true;
    return false;
}

static struct node *said_of(const struct node *mapping, enum node_kind kind,
                            bool (*is)(struct text name), const struct node *before)
{
    for (struct node *item = mapping->items.first; item != NULL && item != before;
         item = item->next)
        if (item->kind == kind && (is == NULL || is(item->name)))
            return item;
    return NULL;
}

static bool is_body(struct text name)
{
    return text_is_chars(name, "body");
}

static void say_twice(struct check *c, const struct node *item, const struct node *first)
{
    if (first == NULL)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0109, item->span, "this is said twice");
    diag_also(c->diags, diag, first->span, "here first");
}

/* One line of text: numbers, dates and cases have a form for it, lists and records none.
 */
void check_line(struct check *c, struct node *value, bool may_be_absent)
{
    const struct type *type = check_expr(c, value, &type_text);
    const struct type *inner = type_present(type);
    if (inner->is_secret || type->is_secret)
        diag_add(c->diags, DIAG_F0802, value->span, "a secret cannot become text");
    else if (inner->kind == TYPE_LIST || inner->kind == TYPE_MAP ||
             inner->kind == TYPE_RECORD)
        diag_add(c->diags, DIAG_F0102, value->span, TEXT_FMT " where text is wanted",
                 TEXT_ARG(type_words(c->compile, type)));
    else if (type->kind == TYPE_NONE || (type->kind == TYPE_OPTIONAL && !may_be_absent))
        check_fit(c, value, &type_text);
}

static void check_no_query(struct check *c, struct node *piece)
{
    piece->type = &type_text;
    if (piece->kind != NODE_TEXT ||
        (memchr(piece->name.chars, '?', piece->name.n) == NULL &&
         memchr(piece->name.chars, '#', piece->name.n) == NULL))
        return;
    struct diag *diag = diag_add(c->diags, DIAG_F0608, piece->span,
                                 "what stands behind `?` is said apart");
    diag_help(c->diags, diag, "query \"page\": \"1\"");
}

static void check_path(struct check *c, const struct node *says)
{
    struct node *path = says->value;
    const struct node *first = path->kind == NODE_TEMPLATE ? path->items.first : path;
    if (first == NULL || first->kind != NODE_TEXT || first->name.n == 0 ||
        first->name.chars[0] != '/') {
        struct diag *diag = diag_add(c->diags, DIAG_F0608, path->span,
                                     "a path begins with `/`, behind the adapter's url");
        diag_help(c->diags, diag, TEXT_FMT " \"/orders/{number}\"", TEXT_ARG(says->name));
        return;
    }
    path->type = &type_text;
    check_no_query(c, path);
    node_each(piece, path->items)
    {
        if (piece->kind != NODE_TEXT)
            check_line(c, piece, false);
        else
            check_no_query(c, piece);
    }
}

static void unknown_row(struct check *c, const struct node *says)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_F0608, says->name_span,
                 "`" TEXT_FMT "` says nothing of a request", TEXT_ARG(says->name));
    struct near near = near_to(says->name);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        near_try(&near, text_of(methods[i]), NULL);
    near_try(&near, TEXT("body"), NULL);
    near_try(&near, TEXT("header"), NULL);
    near_try(&near, TEXT("query"), NULL);
    if (!near_say(c, diag, says->name_span, &near))
        diag_why(c->diags, diag,
                 "There are get, post, put, patch and delete with a path; query, header "
                 "and body; gives and fails.");
}

static void check_says(struct check *c, struct node *mapping, struct node *says)
{
    const struct node *method;
    if (is_method(says->name)) {
        say_twice(c, says, said_of(mapping, NODE_MAP_SAYS, is_method, says));
        check_path(c, says);
    } else if (is_body(says->name)) {
        say_twice(c, says, said_of(mapping, NODE_MAP_SAYS, is_body, says));
        check_want(c, says->value, &type_json);
        method = said_of(mapping, NODE_MAP_SAYS, is_method, NULL);
        if (method != NULL && text_is_chars(method->name, "get"))
            diag_add(c->diags, DIAG_F0608, says->name_span,
                     "a `get` carries no body: say it by `query`");
    } else {
        check_expr(c, says->value, NULL);
        unknown_row(c, says);
    }
}

static void check_part(struct check *c, struct node *mapping, struct node *part)
{
    if (!text_is_chars(part->name, "header") && !text_is_chars(part->name, "query"))
        unknown_row(c, part);
    node_each(other, mapping->items)
    {
        if (other == part)
            break;
        bool is_header = text_is_chars(part->name, "header");
        if (other->kind == NODE_MAP_PART && text_is(other->name, part->name) &&
            other->target->name.n == part->target->name.n &&
            (is_header ? strncasecmp(other->target->name.chars, part->target->name.chars,
                                     part->target->name.n) == 0
                       : text_is(other->target->name, part->target->name)))
            say_twice(c, part, other);
    }
    check_line(c, part->value, true);
}

/* ---- the answer ---- */

static void check_gives(struct check *c, struct node *mapping, struct node *gives,
                        const struct symbol *operation)
{
    say_twice(c, gives, said_of(mapping, NODE_MAP_GIVES, NULL, gives));
    if (operation->type != NULL) {
        check_want(c, gives->value, operation->type);
        return;
    }
    check_expr(c, gives->value, NULL);
    struct diag *diag =
        diag_add(c->diags, DIAG_F0608, gives->span, "`" TEXT_FMT "` gives nothing",
                 TEXT_ARG(operation->name));
    diag_also(c->diags, diag, operation->node->name_span, "declared here");
}

static void check_fails(struct check *c, struct node *fails,
                        const struct symbol *operation)
{
    struct node *construct = fails->target;
    struct symbol *error =
        check_find_error(c, construct->target, operation->errors, operation->errors_n);
    construct->symbol = error;
    check_condition(c, fails->where);
    if (error != NULL) {
        check_args(c, construct->args, error->type, construct->span,
                   arena_printf(c->compile, "`" TEXT_FMT "`", TEXT_ARG(error->name)),
                   false, true);
        return;
    }
    node_each(arg, construct->args) check_expr(c, arg->value, NULL);
    struct diag *diag =
        diag_add(c->diags, DIAG_F0610, construct->target->span,
                 "`" TEXT_FMT "` does not fail with `" TEXT_FMT "`",
                 TEXT_ARG(operation->name), TEXT_ARG(construct->target->name));
    struct near near = near_to(construct->target->name);
    for (uint32_t i = 0; i < operation->errors_n; i++)
        near_try(&near, operation->errors[i]->name, operation->errors[i]->node);
    if (!near_say(c, diag, construct->target->span, &near))
        diag_also(c->diags, diag, operation->node->name_span, "declared here");
}

/* ---- the whole ---- */

static void check_operation(struct check *c, struct node *mapping,
                            const struct symbol *operation)
{
    open_request(c, mapping, operation);
    node_each(item, mapping->items)
    {
        if (item->kind == NODE_MAP_SAYS)
            check_says(c, mapping, item);
        else if (item->kind == NODE_MAP_PART)
            check_part(c, mapping, item);
    }
    open_answer(c, mapping);
    node_each(item, mapping->items)
    {
        if (item->kind == NODE_MAP_GIVES)
            check_gives(c, mapping, item, operation);
        else if (item->kind == NODE_MAP_FAILS)
            check_fails(c, item, operation);
    }
}

void check_mappings(struct check *c, struct node *adapter)
{
    struct scope *outer = c->scope;
    node_each(mapping, adapter->items)
    {
        if (mapping->kind != NODE_BIND_OPERATION || adapter->symbol == NULL)
            continue;
        for (const struct node *other = adapter->items.first; other != mapping;
             other = other->next)
            if (other->kind == NODE_BIND_OPERATION && text_is(other->name, mapping->name))
                say_twice(c, mapping, other);
        struct symbol *operation = map_get(adapter->symbol->members, mapping->name);
        mapping->symbol = operation;
        const struct scope members = {.names = adapter->symbol->members};
        if (operation == NULL)
            check_unknown(c, mapping->name_span, "operation", mapping->name, &members,
                          1U << SYMBOL_OPERATION);
        else
            check_operation(c, mapping, operation);
        c->scope = outer;
    }
}
