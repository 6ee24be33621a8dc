/* What each name in a program stands for.
 *
 * The checker has left symbols on the nodes, and positions of fields; here every word
 * that is such a name is put down with the thing (thing.h) that it stands for. */
#include "tools/lsp/mention.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "tools/lsp/tree.h"

struct gathering {
    struct arena *memory;
    const struct program *program;
    const struct module *module;
    const struct node *flow;    /* around; NULL */
    const struct symbol *owner; /* of this flow or adapter */
    struct things things;
    VEC(struct mention) found;
};

static void gather(void *context, const struct node *node);

static void put(struct gathering *g, struct span at, const struct thing *thing,
                enum mention_use use)
{
    if (thing == NULL || at.source == NULL || at.to <= at.from)
        return;
    struct mention mention = {at, thing, use};
    vec_push(g->memory, &g->found, mention);
}

static void put_symbol(struct gathering *g, struct span at, const struct symbol *symbol,
                       enum mention_use use)
{
    put(g, at, thing_of(&g->things, symbol, g->flow), use);
}

/* ---- arguments: names of parameters and fields ---- */

static void put_params(struct gathering *g, struct nodes args,
                       const struct symbol *callee)
{
    if (callee == NULL || callee->params == NULL)
        return;
    node_each(arg, args)
    {
        for (uint32_t i = 0; arg->name.n > 0 && i < callee->params_n; i++)
            if (text_is(callee->params[i]->name, arg->name))
                put_symbol(g, arg->name_span, callee->params[i], MENTION_READS);
    }
}

static void put_fields(struct gathering *g, struct nodes args, const struct type *record)
{
    if (record == NULL)
        return;
    record = type_present(record);
    node_each(arg, args) if (arg->name.n > 0)
        put(g, arg->name_span, thing_field(&g->things, record, arg->name), MENTION_READS);
}

static void put_case_args(struct gathering *g, const struct node *node)
{
    const struct type *variant = node->symbol->type;
    int32_t at = variant == NULL ? -1 : type_case_find(variant, node->name);
    if (at >= 0)
        put_fields(g, node->args, variant->cases[at].record);
}

/* ---- paths ---- */

static const struct node *path_back(const struct node *path, uint32_t n)
{
    const struct node *part = path->items.first;
    for (uint32_t i = path->items.n; part != NULL && i > n + 1; i--)
        part = part->next;
    return path->items.n > n ? part : NULL;
}

/* The last part, and before it what that belongs to: a.b.c. */
static void put_path(struct gathering *g, const struct node *path,
                     const struct symbol *symbol)
{
    for (uint32_t back = 0; symbol != NULL && path_back(path, back) != NULL; back++) {
        put_symbol(g, path_back(path, back)->span, symbol, MENTION_READS);
        symbol = symbol->owner;
    }
    const struct node *first = path->items.first;
    const struct symbol *file =
        first == NULL || first->next == NULL
            ? NULL
            : scope_find_kind(g->module->scope, SYMBOL_MODULE, first->name);
    if (file != NULL)
        put_symbol(g, first->span, file, MENTION_READS);
}

/* ---- by kind of node ---- */

static void put_declaration(struct gathering *g, const struct node *node)
{
    const struct symbol *symbol = node->declares;
    if (symbol == NULL)
        return;
    struct span name = node->kind == NODE_FOR_EACH ? node->name_span
                                                   : thing_name_span(node, symbol->name);
    put_symbol(g, name, symbol, MENTION_DECLARES);
}

static void put_error(struct gathering *g, const struct node *path)
{
    if (path->symbol != NULL)
        put_path(g, path, path->symbol);
    else if (path->items.n == 1)
        put(g, path->name_span, thing_built_in(&g->things, THING_ERROR, path->name, NULL),
            MENTION_READS);
}

static void put_when(struct gathering *g, const struct node *when)
{
    const struct node *target = when->target;
    if (target == NULL)
        return;
    if (target->kind == NODE_PATTERN)
        target = target->target;
    if (when->symbol != NULL)
        put_path(g, target, when->symbol);
    else if (when->type == g->program->problem)
        put_error(g, target);
    else if (g->flow != NULL && when->target->kind == NODE_PATH)
        put(g, when->name_span,
            thing_named(&g->things, THING_ANSWER, when->name, g->flow, when),
            MENTION_DECLARES);
    if (when->params.n > 0 || when->target->kind == NODE_PATTERN)
        put_fields(g, when->target->args, when->type);
}

static void put_role(struct gathering *g, const struct node *node, struct text name,
                     struct span at, bool declares)
{
    const struct thing *role =
        text_is_chars(name, "operator")
            ? thing_built_in(&g->things, THING_ROLE, name, NULL)
            : thing_named(&g->things, THING_ROLE, name, NULL, declares ? node : NULL);
    put(g, at, role, declares ? MENTION_DECLARES : MENTION_READS);
}

static void put_policy(struct gathering *g, struct text name, struct span at)
{
    if (name.n == 0)
        return;
    const struct symbol *policy = scope_find_kind(g->module->scope, SYMBOL_POLICY, name);
    if (policy != NULL)
        put_symbol(g, at, policy, MENTION_READS);
    else
        put(g, at, thing_built_in(&g->things, THING_POLICY, name, NULL), MENTION_READS);
}

static void put_inside(struct gathering *g, enum symbol_kind kind, struct text name,
                       struct span at, enum mention_use use)
{
    if (g->owner != NULL && g->owner->inside != NULL)
        put_symbol(g, at, scope_find_kind_here(g->owner->inside, kind, name), use);
}

static void put_inside_list(struct gathering *g, enum symbol_kind kind,
                            struct nodes names)
{
    node_each(name, names) put_inside(g, kind, name->name, name->span, MENTION_READS);
}

/* What a file is called: `use c`, `use c as x`. */
static void put_use(struct gathering *g, const struct node *use)
{
    for (uint32_t i = 0; i < g->program->modules_n; i++) {
        const struct module *module = g->program->modules[i];
        if (!text_is(module->name, use->target->name) || module->is_binding)
            continue;
        put(g, use->target->span, thing_file(&g->things, module), MENTION_READS);
    }
    if (use->as.n > 0)
        put(g, use->as_span, thing_built_in(&g->things, THING_FILE, use->as, NULL),
            MENTION_READS);
}

static void put_type_name(struct gathering *g, const struct node *node)
{
    if (node->symbol != NULL) {
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        if (node->target != NULL)
            put_symbol(g, node->target->items.first->span,
                       scope_find_kind(g->module->scope, SYMBOL_MODULE,
                                       node->target->items.first->name),
                       MENTION_READS);
    } else if (node->type != NULL && node->type->kind != TYPE_POISON) {
        put(g, node->name_span, thing_built_in(&g->things, THING_TYPE, node->name, NULL),
            MENTION_READS);
    }
}

/* The form of the question that a test answers. */
static void put_answer(struct gathering *g, const struct node *node)
{
    put_role(g, node, node->target->name, node->target->span, false);
    if (g->flow != NULL)
        put(g, node->name_span,
            thing_named(&g->things, THING_ANSWER, node->name, g->flow, NULL),
            MENTION_READS);
    put_fields(g, node->args, node->type);
}

static void put_member(struct gathering *g, const struct node *node)
{
    const struct type *record = node->value == NULL || node->value->type == NULL
                                    ? NULL
                                    : type_present(node->value->type);
    if (record != NULL && record->kind == TYPE_RECORD)
        put(g, node->name_span, thing_field(&g->things, record, node->name),
            MENTION_READS);
}

static void put_field_decl(struct gathering *g, const struct node *node,
                           const struct node *owner)
{
    struct thing like = {.kind = THING_FIELD,
                         .name = node->name,
                         .node = node,
                         .owner = owner,
                         .type = node->type_of == NULL ? NULL : node->type_of->type};
    put(g, node->name_span, thing_declared_at(&g->things, like, node->name_span),
        MENTION_DECLARES);
}

static void put_fields_decl(struct gathering *g, const struct node *owner,
                            struct nodes fields)
{
    node_each(one, fields) if (one->kind == NODE_FIELD || one->kind == NODE_PARAM)
        put_field_decl(g, one, owner);
}

static void put_named_at(struct gathering *g, enum thing_kind kind,
                         const struct node *node, const struct node *flow)
{
    put(g, node->name_span, thing_named(&g->things, kind, node->name, flow, node),
        MENTION_DECLARES);
}

static void put_result(struct gathering *g, const struct node *step)
{
    if (step->symbol != NULL && step->as.n > 0)
        put_symbol(g, step->as_span, step->symbol, MENTION_WRITES);
    else
        put_declaration(g, step);
}

static void put_of_kind(struct gathering *g, const struct node *node)
{
    switch ((int)node->kind) {
    case NODE_USE:
        put_use(g, node);
        return;
    case NODE_TYPE_NAME:
        put_type_name(g, node);
        return;
    case NODE_RECORD_DECL:
    case NODE_EVENT:
        put_declaration(g, node);
        put_fields_decl(g, node, node->items);
        node_each(clause, node->clauses) if (node->declares !=
                                             NULL) node_each(name, clause->items)
            put(g, name->span, thing_field(&g->things, node->declares->type, name->name),
                MENTION_READS);
        return;
    case NODE_VARIANT_DECL:
        put_declaration(g, node);
        node_each(one, node->items)
        {
            if (node->declares != NULL)
                put(g, one->name_span,
                    thing_case(&g->things, node->declares->type, one->name),
                    MENTION_DECLARES);
            put_fields_decl(g, one, one->params);
        }
        return;
    case NODE_ERROR_DECL:
        put_symbol(g, node->name_span, node->declares, MENTION_DECLARES);
        put_fields_decl(g, node, node->params);
        return;
    case NODE_UNDONE_BY_OP:
    case NODE_FOUND_BY:
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        put_params(g, node->args, node->symbol);
        return;
    case NODE_USING:
        put_policy(g, node->name, node->name_span);
        return;
    case NODE_STATE:
        put_declaration(g, node);
        put_policy(g, node->policy, node->policy_span);
        return;
    case NODE_CALENDAR_USE:
        put(g, node->name_span,
            thing_named(&g->things, THING_CALENDAR, node->name, NULL, NULL),
            MENTION_READS);
        return;
    case NODE_BIND_CALENDAR:
        put_named_at(g, THING_CALENDAR, node, NULL);
        return;
    case NODE_MEASURE_FROM:
        put_inside(g, SYMBOL_MARK, node->target->name, node->target->span, MENTION_READS);
        put_inside(g, SYMBOL_MARK, node->other->name, node->other->span, MENTION_READS);
        /* fall through */
    case NODE_MEASURE_SHARE:
    case NODE_MEASURE_OF:
        put_named_at(g, THING_MEASURE, node, g->flow);
        return;
    case NODE_ENVIRONMENT:
        put_named_at(g, THING_ENVIRONMENT, node, NULL);
        return;
    case NODE_MIGRATE_STATE:
        if (node->other != NULL)
            put_path(g, node->other, node->other->symbol);
        return;
    case NODE_DEAD_LETTER:
        put_declaration(g, node);
        put_role(g, node, node->target->name, node->target->span, false);
        return;
    case NODE_ASK:
        put_role(g, node, node->target->name, node->target->span, false);
        put_result(g, node);
        return;
    case NODE_ESCALATE:
        put_role(g, node, node->name, node->name_span, false);
        return;
    case NODE_BIND_ROLE:
        put_role(g, node, node->name, node->name_span, true);
        return;
    case NODE_BIND_SETTING:
    case NODE_BIND_ADAPTER:
    case NODE_BIND_OPERATION:
    case NODE_IGNORE:
    case NODE_REFER_TO:
    case NODE_UNDO:
    case NODE_KEEP:
    case NODE_UNDO_SINCE:
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        return;
    case NODE_SET:
    case NODE_ADD:
    case NODE_MIGRATE_SET:
        put_symbol(g, node->name_span, node->symbol, MENTION_WRITES);
        return;
    case NODE_PATTERN:
    case NODE_CONSTRUCT:
        put_path(g, node->target, node->symbol);
        put_fields(g, node->args, node->symbol == NULL ? NULL : node->symbol->type);
        return;
    case NODE_ON_ERROR:
        if (node->target != NULL)
            put_error(g, node->target);
        put_declaration(g, node);
        return;
    case NODE_CALL:
    case NODE_RUN:
    case NODE_START:
        put_path(g, node->target, node->target->symbol);
        put_params(g, node->args, node->target->symbol);
        put_result(g, node);
        return;
    case NODE_WAIT_FOR:
        put_result(g, node);
        return;
    case NODE_STARTS_ON:
        put_declaration(g, node);
        put_params(g, node->args, g->owner);
        return;
    case NODE_GO_TO:
        put_path(g, node->target, node->target->symbol);
        return;
    case NODE_WHEN:
        put_when(g, node);
        put_fields_decl(g, node, node->params);
        put_declaration(g, node);
        return;
    case NODE_ARM:
        if (node->value != NULL && node->value->kind == NODE_NAME && node->position >= 0)
            put(g, node->value->span,
                thing_case(&g->things, node->value->type, node->value->name),
                MENTION_READS);
        put_declaration(g, node);
        return;
    case NODE_MATCH:
        node_each(arm, node->whens) if (arm->value != NULL && node->value != NULL &&
                                        arm->value->kind == NODE_NAME &&
                                        node->value->type != NULL)
            put(g, arm->value->span,
                thing_case(&g->things, type_present(node->value->type), arm->value->name),
                MENTION_READS);
        return;
    case NODE_BRANCH: {
        struct thing like = {.kind = THING_BRANCH, .name = node->name, .node = node};
        put(g, node->name_span, thing_declared_at(&g->things, like, node->name_span),
            MENTION_DECLARES);
        return;
    }
    case NODE_FOR_EACH:
    case NODE_TOGETHER: {
        const struct node *as = node_clause(node, NODE_AS);
        put_declaration(g, node);
        if (as != NULL && as->symbol != NULL)
            put_symbol(g, as->name_span, as->symbol, MENTION_WRITES);
        else if (as != NULL)
            put_symbol(g, as->name_span, as->declares, MENTION_DECLARES);
        return;
    }
    case NODE_ATTEMPT:
        if (node->name.n > 0)
            put_inside(g, SYMBOL_NAMED_EFFECT, node->name, node->name_span,
                       MENTION_DECLARES);
        return;
    case NODE_MARK:
        put_inside(g, SYMBOL_MARK, node->name, node->name_span, MENTION_DECLARES);
        return;
    case NODE_EXPECT_MARK:
        put_inside(g, SYMBOL_MARK, node->name, node->name_span, MENTION_READS);
        return;
    case NODE_EXPECT_AT:
        put_inside(g, SYMBOL_STATE, node->name, node->name_span, MENTION_READS);
        return;
    case NODE_EXPECT_FINAL:
        put_inside_list(g, SYMBOL_STATE, node->items);
        return;
    case NODE_EXPECT_STATE:
        put_path(g, node->target, node->target->symbol);
        return;
    case NODE_EXPECT_CALLED:
    case NODE_EXPECT_UNDONE:
        put_path(g, node->target, node->target->symbol);
        put_params(g, node->args, node->target->symbol);
        return;
    case NODE_MOCK:
        put_path(g, node->target, node->target->symbol);
        return;
    case NODE_MOCK_FAILS:
        put_error(g, node->target);
        put_fields(g, node->args, node->symbol == NULL ? NULL : node->symbol->type);
        return;
    case NODE_ANSWER:
        put_answer(g, node);
        return;
    case NODE_TEST:
    case NODE_EXPLORE:
        put_symbol(g, node->target->span, node->symbol, MENTION_READS);
        return;
    case NODE_TEST_START:
        put_params(g, node->args, g->owner);
        return;
    case NODE_NAME:
        put_symbol(g, node->span, node->symbol, MENTION_READS);
        return;
    case NODE_REDUCE:
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        return;
    case NODE_APPLY:
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        if (node->symbol != NULL && node->symbol->kind == SYMBOL_FUNCTION)
            put_params(g, node->args, node->symbol);
        else if (node->symbol != NULL && node->symbol->kind == SYMBOL_CASE)
            put_case_args(g, node);
        return;
    case NODE_MAKE:
        put_symbol(g, node->name_span, node->symbol, MENTION_READS);
        put_fields(g, node->args, node->symbol == NULL ? NULL : node->symbol->type);
        return;
    case NODE_RECORD:
    case NODE_WITH_FIELDS:
        put_fields(g, node->args, node->type);
        return;
    case NODE_MEMBER:
        put_member(g, node);
        return;
    }
    put_declaration(g, node);
}

static void gather(void *context, const struct node *node)
{
    struct gathering *g = context;
    const struct node *flow = g->flow;
    const struct symbol *owner = g->owner;
    if (node->kind == NODE_FLOW || node->kind == NODE_TEST ||
        node->kind == NODE_EXPLORE) {
        g->owner = node->kind == NODE_FLOW ? node->declares : node->symbol;
        g->flow = g->owner == NULL ? NULL : g->owner->node;
    }
    put_of_kind(g, node);
    tree_children(node, gather, g);
    g->flow = flow;
    g->owner = owner;
}

/* ---- in order ---- */

static int by_place(const void *a, const void *b)
{
    const struct mention *one = a, *two = b;
    if (one->at.source != two->at.source)
        return (uintptr_t)one->at.source < (uintptr_t)two->at.source ? -1 : 1;
    if (one->at.from != two->at.from)
        return one->at.from < two->at.from ? -1 : 1;
    return (int)two->use - (int)one->use; /* what declares or writes says more */
}

struct mentions *mentions_of(struct arena *memory, const struct program *program)
{
    struct gathering g = {
        .memory = memory, .program = program, .things = {memory, map_new(memory)}};
    for (uint32_t i = 0; i < program->modules_n; i++) {
        g.module = program->modules[i];
        gather(&g, g.module->file);
    }
    struct mentions *mentions = arena_new_of(memory, struct mentions);
    if (g.found.n > 0)
        qsort(g.found.at, g.found.n, sizeof *g.found.at, by_place);
    mentions->at = g.found.at;
    for (uint32_t i = 0; i < g.found.n; i++) {
        const struct mention *before =
            mentions->n == 0 ? NULL : &mentions->at[mentions->n - 1];
        if (before == NULL || before->at.source != g.found.at[i].at.source ||
            before->at.from != g.found.at[i].at.from)
            mentions->at[mentions->n++] = g.found.at[i];
    }
    return mentions;
}

static bool is_behind(const struct mention *one, const struct source *source, uint32_t at)
{
    return one->at.source == source ? one->at.from > at
                                    : (uintptr_t)one->at.source > (uintptr_t)source;
}

/* Names do not lie in each other: it is the last that begins there or before. Where two
 * touch, the one that begins. */
const struct mention *mention_at(const struct mentions *mentions,
                                 const struct source *source, uint32_t at)
{
    uint32_t low = 0, high = mentions == NULL ? 0 : mentions->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (is_behind(&mentions->at[middle], source, at))
            high = middle;
        else
            low = middle + 1;
    }
    const struct mention *one = low == 0 ? NULL : &mentions->at[low - 1];
    return one != NULL && one->at.source == source && at <= one->at.to ? one : NULL;
}
