/* One flow, one image: what it takes and gives, its own steps, and then everything its
 * states hold. */
#include "dsl/lower.h"

#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

/* ---- what all parts use ---- */

void lower_cannot(struct lower *l, const struct node *at, const char *what)
{
    l->failed = true;
    struct diag *diag = diag_add(l->program->diags, DIAG_F0991, at->span,
                                 "%s cannot be carried out", what);
    diag_why(l->program->diags, diag,
             "It has passed every check: this is a mistake of the compiler.");
}

static struct text address_key(const void *const *address)
{
    return (struct text){(const char *)address, sizeof *address};
}

uint32_t lower_known_text(const struct map *map, struct text key)
{
    const uint32_t *index = map_get(map, key);
    return index != NULL ? *index : IR_NONE;
}

void lower_remember_text(struct lower *l, struct map *map, struct text key,
                         uint32_t index)
{
    uint32_t *kept = arena_new_of(l->compile, uint32_t);
    *kept = index;
    map_put(map, text_dup(l->compile, key), kept);
}

uint32_t lower_known(const struct map *map, const void *address)
{
    return lower_known_text(map, address_key(&address));
}

void lower_remember(struct lower *l, struct map *map, const void *address, uint32_t index)
{
    lower_remember_text(l, map, address_key(&address), index);
}

const struct module *lower_module_of(const struct lower *l, const struct node *node)
{
    for (uint32_t i = 0; i < l->program->modules_n; i++)
        if (l->program->modules[i]->source == node->span.source)
            return l->program->modules[i];
    return l->now.module;
}

struct lower_context lower_enter(struct lower *l, enum lower_scope scope,
                                 const struct node *node)
{
    struct lower_context before = l->now;
    before.line = l->b->line;
    l->now = (struct lower_context){
        .scope = scope, .module = lower_module_of(l, node), .state = IR_NONE};
    return before;
}

void lower_leave(struct lower *l, struct lower_context before)
{
    l->now = before;
    l->b->line = before.line;
}

uint32_t lower_text(struct lower *l, struct text t)
{
    return ir_add_text(l->b, t);
}

uint32_t lower_doc(struct lower *l, struct text t)
{
    return t.n > 0 ? lower_text(l, t) : IR_NONE;
}

void lower_line(struct lower *l, const struct node *node)
{
    if (node->span.source != NULL)
        l->b->line = node->span.line;
}

/* ---- the flow ---- */

struct lower *lower_new(struct program *program, const struct module *module,
                        const struct node *flow, uint32_t version)
{
    struct arena *compile = program->compile;
    struct lower *l = arena_new_of(compile, struct lower);
    l->program = program;
    l->compile = compile;
    l->flow = flow;
    l->b = ir_build_new(compile, text_chars(compile, flow->name), version);
    l->now =
        (struct lower_context){.scope = LOWER_FLOW, .module = module, .state = IR_NONE};
    struct map **maps[] = {&l->types,     &l->bindings, &l->operations, &l->adapters,
                           &l->functions, &l->events,   &l->errors,     &l->settings,
                           &l->policies,  &l->states,   &l->letters,    &l->steps};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        *maps[i] = map_new(compile);
    return l;
}

static void lower_flow_params(struct lower *l)
{
    struct ir_range fields = lower_params(l, l->flow->params);
    l->b->flow.params = lower_record_over(l, fields);
    for (uint32_t i = 0; i < fields.n; i++) {
        struct ir_slot slot = {.name = l->b->fields.at[fields.first + i].name,
                               .type = l->b->fields.at[fields.first + i].type,
                               .kind = IR_SLOT_PARAM,
                               .state = IR_NONE};
        vec_push(l->compile, &l->b->slots, slot);
    }
}

/* "/order/id" where the key is a path into the parameters; else empty. */
static struct text key_path(struct lower *l, const struct node *expr)
{
    struct buf out;
    buf_init(&out, l->compile);
    while (expr->kind == NODE_PARENS)
        expr = expr->value;
    if (expr->kind == NODE_NAME && expr->symbol != NULL &&
        expr->symbol->kind == SYMBOL_PARAMETER) {
        buf_char(&out, '/');
        buf_text(&out, expr->name);
        return buf_done(&out);
    }
    if (expr->kind != NODE_MEMBER || expr->flag)
        return (struct text){"", 0};
    struct text outer = key_path(l, expr->value);
    if (outer.n == 0)
        return outer;
    buf_text(&out, outer);
    buf_char(&out, '/');
    buf_text(&out, expr->name);
    return buf_done(&out);
}

static const struct node *flow_item(const struct node *flow, enum node_kind kind)
{
    node_each(item, flow->items)
    {
        if (item->kind == kind)
            return item;
    }
    return NULL;
}

static void lower_flow_key(struct lower *l)
{
    const struct node *key = flow_item(l->flow, NODE_KEY);
    if (key == NULL)
        return;
    l->b->flow.key = lower_text_block(l, key->value);
    struct text path = key_path(l, key->value);
    if (path.n > 0)
        l->b->flow.key_path = lower_text(l, path);
}

static void lower_flow_head(struct lower *l)
{
    struct ir_flow *flow = &l->b->flow;
    struct buf source;
    buf_init(&source, l->compile);
    buf_text(&source, l->now.module->name);
    buf_chars(&source, ".flow");
    flow->source = lower_text(l, buf_done(&source));
    flow->doc = lower_doc(l, l->flow->doc);
    flow->gives =
        l->flow->type_of != NULL ? lower_type(l, l->flow->type_of->type) : IR_NONE;
    const struct symbol *symbol = l->flow->declares;
    if (symbol != NULL && symbol->kind == SYMBOL_FLOW)
        flow->errors = lower_error_uses(l, symbol->errors, symbol->errors_n);
    const struct node *calendar = flow_item(l->flow, NODE_CALENDAR_USE);
    if (calendar != NULL)
        flow->calendar = lower_text(l, calendar->name);
}

static void lower_flow_body(struct lower *l)
{
    bool has_steps = false;
    node_each(item, l->flow->items)
    {
        has_steps = has_steps || lower_is_step(item);
    }
    if (!has_steps)
        return;
    lower_line(l, l->flow);
    ir_open_body(l->b);
    lower_steps(l, l->flow->items);
    l->b->flow.body = ir_close(l->b);
}

struct lower *lower_flow_open(struct program *program, const struct module *module,
                              const struct node *flow)
{
    struct lower *l = lower_new(program, module, flow, (uint32_t)flow->number);
    lower_line(l, flow);
    lower_flow_params(l);
    lower_flow_head(l);
    lower_reserve(l);
    lower_flow_key(l);
    lower_flow_body(l);
    lower_states(l);
    lower_dead_letters(l);
    lower_starts(l);
    lower_measures(l);
    lower_migrations(l);
    return l;
}

struct ir *lower_flow_close(struct lower *l)
{
    /* What an operation cannot count is only met by loops, too. */
    if (l->b->is_too_large || l->b->temps_work > LIMIT_TEMPS_WORK) {
        diag_add(l->program->diags, DIAG_F0007, l->flow->name_span,
                 "`" TEXT_FMT "` has an expression with too many loops in it",
                 TEXT_ARG(l->flow->name));
        return NULL;
    }
    if (l->b->flow.frame_slots > LIMIT_FRAME_PLACES) {
        diag_add(l->program->diags, DIAG_F0007, l->flow->name_span,
                 "`" TEXT_FMT
                 "` has an iteration, branch, choice or undo block of more than %d names",
                 TEXT_ARG(l->flow->name), LIMIT_FRAME_PLACES);
        return NULL;
    }
    return l->failed ? NULL : ir_build_done(l->b);
}

struct ir *lower_flow(struct program *program, const struct module *module,
                      const struct node *flow)
{
    return lower_flow_close(lower_flow_open(program, module, flow));
}
