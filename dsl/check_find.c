/* What paths lead to: operations, flows, events, errors, states. */
#include "dsl/check_in.h"

static const struct scope *scope_of_module(struct check *c, const struct node *name)
{
    const struct symbol *module = scope_find_kind(c->scope, SYMBOL_MODULE, name->name);
    for (uint32_t i = 0; module != NULL && i < c->program->modules_n; i++)
        if (c->program->modules[i]->file == module->node)
            return c->program->modules[i]->scope;
    return NULL;
}

/* Takes `c.` off a path, when it is a file's name there. */
static const struct scope *look_in(struct check *c, const struct node *path,
                                   const struct node **first)
{
    *first = path->items.first;
    const struct scope *other = path->items.n > 1 ? scope_of_module(c, *first) : NULL;
    if (other == NULL)
        return c->scope;
    *first = (*first)->next;
    return other;
}

struct symbol *check_find_operation(struct check *c, struct node *path)
{
    const struct node *first;
    const struct scope *scope = look_in(c, path, &first);
    if (first->next == NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_F0101, path->span,
                                     "`" TEXT_FMT "` is no operation of an adapter",
                                     TEXT_ARG(path->name));
        diag_help(c->diags, diag, "call ADAPTER." TEXT_FMT "(…)", TEXT_ARG(path->name));
        return NULL;
    }
    struct symbol *adapter = scope_find_kind(scope, SYMBOL_ADAPTER, first->name);
    if (adapter == NULL) {
        adapter = check_unknown(c, first->span, "adapter", first->name, scope,
                                1U << SYMBOL_ADAPTER);
        if (adapter == NULL)
            return NULL;
    }
    adapter->uses++;
    struct symbol *operation = map_get(adapter->members, first->next->name);
    if (operation == NULL) {
        const struct scope members = {.names = adapter->members};
        struct diag *diag =
            diag_add(c->diags, DIAG_F0101, first->next->span,
                     "`" TEXT_FMT "` has no operation `" TEXT_FMT "`",
                     TEXT_ARG(adapter->name), TEXT_ARG(first->next->name));
        struct near near = near_to(first->next->name);
        near_try_scope(&near, &members, 1U << SYMBOL_OPERATION);
        near_say(c, diag, first->next->span, &near);
        if (!near_is_sure(&near))
            return NULL;
        operation = near.symbol;
    }
    operation->uses++;
    path->symbol = operation;
    return operation;
}

struct symbol *check_find_flow(struct check *c, struct node *path)
{
    const struct node *first;
    const struct scope *scope = look_in(c, path, &first);
    struct symbol *flow = scope_find_kind(scope, SYMBOL_FLOW, first->name);
    if (flow == NULL)
        flow =
            check_unknown(c, first->span, "flow", first->name, scope, 1U << SYMBOL_FLOW);
    path->symbol = flow;
    return flow;
}

struct symbol *check_find_event(struct check *c, struct node *path, bool must_be_there)
{
    const struct node *first;
    const struct scope *scope = look_in(c, path, &first);
    struct symbol *event = scope_find_kind(scope, SYMBOL_EVENT, first->name);
    if (event != NULL && event->kind != SYMBOL_EVENT)
        event = NULL;
    if (event == NULL && must_be_there)
        event = check_unknown(c, first->span, "event", first->name, scope,
                              1U << SYMBOL_EVENT);
    path->symbol = event;
    return event;
}

/* ---- errors ---- */

bool check_is_builtin_error(struct text name)
{
    static const char *const names[] = {"unavailable", "in_doubt",  "broken",
                                        "late",        "bad_value", "too_often",
                                        "failed",      "cancelled"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_is_chars(name, names[i]))
            return true;
    return false;
}

static struct symbol *among(struct symbol *const *errors, uint32_t n, struct text name)
{
    for (uint32_t i = 0; i < n; i++)
        if (text_is(errors[i]->name, name))
            return errors[i];
    return NULL;
}

static struct symbol *of_symbol(const struct symbol *symbol, struct text name)
{
    struct symbol *found = among(symbol->errors, symbol->errors_n, name);
    for (uint32_t i = 0; found == NULL && symbol->members != NULL &&
                         symbol->kind == SYMBOL_ADAPTER && i < map_count(symbol->members);
         i++)
        found = of_symbol(map_item_at(symbol->members, i), name);
    return found;
}

struct symbol *check_find_error(struct check *c, const struct node *path,
                                struct symbol *const *errors, uint32_t n)
{
    if (errors != NULL)
        return among(errors, n, path->name);
    for (const struct scope *scope = c->scope; scope != NULL; scope = scope->outer)
        for (uint32_t i = 0; i < map_count(scope->names); i++) {
            const struct symbol *symbol = map_item_at(scope->names, i);
            if (symbol->kind != SYMBOL_ADAPTER && symbol->kind != SYMBOL_FLOW)
                continue;
            struct symbol *found = of_symbol(symbol, path->name);
            if (found != NULL)
                return found;
        }
    return NULL;
}

/* ---- states ---- */

static struct symbol *state_here(struct check *c, struct text name)
{
    for (const struct state_in *state = c->state; state != NULL; state = state->outer) {
        struct symbol *inner = map_get(state->symbol->members, name);
        if (inner != NULL)
            return inner;
    }
    struct symbol *top = map_get(c->flow->symbol->members, name);
    return top != NULL ? top : scope_find_kind_here(c->flow->names, SYMBOL_STATE, name);
}

static struct symbol *unknown_state(struct check *c, const struct node *name)
{
    return check_unknown(c, name->span, "state", name->name, c->flow->names,
                         1U << SYMBOL_STATE);
}

struct symbol *check_find_state(struct check *c, struct node *path)
{
    struct symbol *state = NULL;
    node_each(name, path->items)
    {
        state = name == path->items.first ? state_here(c, name->name)
                                          : map_get(state->members, name->name);
        if (state == NULL || state->kind != SYMBOL_STATE) {
            state = unknown_state(c, name);
            if (state == NULL || name->next != NULL)
                return NULL;
        }
    }
    path->symbol = state;
    state->uses++;
    return state;
}

/* ---- what a flow names: states, dead letters, marks, effects ---- */

static void put_name(struct check *c, struct symbol *symbol)
{
    if (scope_find_kind_here(c->flow->names, symbol->kind, symbol->name) == NULL)
        scope_put(c->flow->names, symbol);
}

static void say_state_taken(struct check *c, const struct node *node,
                            const struct symbol *other)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_F0109, node->name_span,
                 "there are two states `" TEXT_FMT "`", TEXT_ARG(node->name));
    diag_also(c->diags, diag, other->node->name_span, "the other one");
}

static void collect(struct check *c, struct node *node, struct symbol *owner,
                    struct map *members);

static void collect_list(struct check *c, struct nodes list, struct symbol *owner,
                         struct map *members)
{
    node_each(item, list) collect(c, item, owner, members);
}

static void collect_state(struct check *c, struct node *node, struct symbol *owner,
                          struct map *members)
{
    struct symbol *state = check_symbol(
        c, node->kind == NODE_DEAD_LETTER ? SYMBOL_DEAD_LETTER : SYMBOL_STATE, node->name,
        node);
    state->owner = owner;
    state->members = map_new(c->compile);
    node->declares = state;
    const struct symbol *other = map_get(members, node->name);
    if (other != NULL)
        say_state_taken(c, node, other);
    else
        map_put(members, node->name, state);
    put_name(c, state);
    collect_list(c, node->items, state, state->members);
    collect(c, node->block, state, state->members);
    collect_list(c, node->whens, state, state->members);
}

static void collect_effect(struct check *c, struct node *node, struct text name)
{
    if (name.n > 0)
        put_name(c, check_symbol(c, SYMBOL_NAMED_EFFECT, name, node));
}

static void collect(struct check *c, struct node *node, struct symbol *owner,
                    struct map *members)
{
    if (node == NULL)
        return;
    if (node->kind == NODE_STATE || node->kind == NODE_FINAL ||
        node->kind == NODE_DEAD_LETTER) {
        collect_state(c, node, owner, members);
        return;
    }
    if (node->kind == NODE_CALL || node->kind == NODE_RUN)
        collect_effect(c, node, node->as);
    else if (node->kind == NODE_ATTEMPT)
        collect_effect(c, node, node->name);
    else if (node->kind == NODE_MARK)
        put_name(c, check_symbol(c, SYMBOL_MARK, node->name, node));
    collect_list(c, node->items, owner, members);
    collect(c, node->block, owner, members);
    collect(c, node->otherwise, owner, members);
    collect_list(c, node->whens, owner, members);
}

/* What has no `as` is named after its operation, where nothing else has that name. */
static void collect_operations(struct check *c, struct node *node)
{
    if (node == NULL)
        return;
    if ((node->kind == NODE_CALL || node->kind == NODE_RUN) && node->as.n == 0)
        collect_effect(c, node, node->target->name);
    node_each(item, node->items) collect_operations(c, item);
    node_each(when, node->whens) collect_operations(c, when);
    collect_operations(c, node->block);
    collect_operations(c, node->otherwise);
}

void check_collect_names(struct check *c, struct node *flow)
{
    c->flow->names = scope_new(c->compile, NULL);
    c->flow->symbol->members = map_new(c->compile);
    collect_list(c, flow->items, NULL, c->flow->symbol->members);
    collect_operations(c, flow);
    static const char *const own_marks[] = {"started", "ended"};
    for (size_t i = 0; i < 2; i++)
        put_name(c, check_symbol(c, SYMBOL_MARK, text_of(own_marks[i]), NULL));
    if (flow->declares->errors_n > 0) {
        struct symbol *failed = check_symbol(c, SYMBOL_STATE, TEXT("failed"), NULL);
        failed->members = map_new(c->compile);
        put_name(c, failed);
    }
}
