/* How a version takes over instances of older ones, and what it keeps for their sake. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/must.h"

static struct ir_range lower_moves(struct lower *l, const struct node *node)
{
    uint32_t n = 0;
    node_each(item, node->items) n += item->kind == NODE_MIGRATE_STATE;
    struct ir_range range = {ir_new_many(l->b, moves, n), n};
    n = range.first;
    node_each(item, node->items)
    {
        if (item->kind != NODE_MIGRATE_STATE)
            continue;
        struct ir_move *move = &l->b->moves.at[n++];
        uint32_t state = lower_text(l, path_text(l->compile, item->target));
        move->state = state;
        if (item->other != NULL)
            move->to = lower_known(l->states, item->other->symbol->node);
    }
    return range;
}

static struct ir_range lower_initials(struct lower *l, const struct node *node)
{
    uint32_t n = 0;
    node_each(item, node->items) n += item->kind == NODE_MIGRATE_SET;
    struct ir_range range = {ir_new_many(l->b, initials, n), n};
    n = range.first;
    node_each(item, node->items)
    {
        if (item->kind != NODE_MIGRATE_SET)
            continue;
        lower_line(l, item);
        uint32_t place = lower_target(l, item->symbol),
                 block = lower_block(l, item->value);
        l->b->initials.at[n++] = (struct ir_initial){place, block};
    }
    return range;
}

/* ---- what records of older versions may need ---- */

static bool is_among(const struct module *const *modules, uint32_t n,
                     const struct module *module)
{
    for (uint32_t i = 0; i < n; i++)
        if (modules[i] == module)
            return true;
    return false;
}

static const struct module *module_named(const struct lower *l, struct text name)
{
    for (uint32_t i = 0; i < l->program->modules_n; i++)
        if (text_is(l->program->modules[i]->name, name) &&
            !l->program->modules[i]->is_binding)
            return l->program->modules[i];
    return NULL;
}

static void lower_effects(struct lower *l, const struct node *adapter)
{
    node_each(item, adapter->items)
    {
        if (item->kind == NODE_OPERATION && item->flag && item->declares != NULL)
            (void)lower_operation(l, item->declares);
    }
}

/* An effect that this version does not call any more may stand in the log of an instance
 * that comes over, and be put back by one that nothing here is put back by any more:
 * every effect of the modules that the flow uses. */
static void keep_effects(struct lower *l)
{
    uint32_t n = 0;
    const struct module **modules =
        arena_array(l->compile, const struct module *, l->program->modules_n + 1);
    modules[n++] = l->now.module;
    for (uint32_t i = 0; i < n; i++)
        node_each(item, modules[i]->file->items)
        {
            const struct module *used =
                item->kind == NODE_USE ? module_named(l, item->target->name) : NULL;
            if (used != NULL && !is_among(modules, n, used))
                modules[n++] = used;
            if (item->kind == NODE_ADAPTER)
                lower_effects(l, item);
        }
}

void lower_migrations(struct lower *l)
{
    bool any = false;
    node_each(item, l->flow->items)
    {
        if (item->kind != NODE_MIGRATE)
            continue;
        any = true;
        lower_line(l, item);
        uint32_t row = ir_new(l->b, migrations);
        struct ir_migration migration = {.from = (uint32_t)item->number,
                                         .line = item->span.line};
        migration.moves = lower_moves(l, item);
        migration.initials = lower_initials(l, item);
        l->b->migrations.at[row] = migration;
    }
    if (any)
        keep_effects(l);
}
