/* What is known to be present, along the way a body is read. */
#include "dsl/check_in.h"

/* A variable, or fields reached from one: "order" and ".contact". False for anything
 * else. */
static bool place_of(struct check *c, const struct node *node,
                     const struct symbol **symbol, struct text *path)
{
    while (node->kind == NODE_PARENS)
        node = node->value;
    if (node->kind == NODE_NAME) {
        *symbol = node->symbol;
        *path = (struct text){"", 0};
        return node->symbol != NULL && (node->symbol->kind == SYMBOL_PARAMETER ||
                                        node->symbol->kind == SYMBOL_VARIABLE ||
                                        node->symbol->kind == SYMBOL_LOCAL);
    }
    if (node->kind != NODE_MEMBER || !place_of(c, node->value, symbol, path))
        return false;
    *path = text_of(arena_printf(c->compile, TEXT_FMT "." TEXT_FMT, TEXT_ARG(*path),
                                 TEXT_ARG(node->name)));
    return true;
}

static bool knows(const struct fact *fact, const struct symbol *symbol, struct text path)
{
    for (; fact != NULL; fact = fact->before)
        if (fact->symbol == symbol && text_is(fact->path, path))
            return true;
    return false;
}

bool facts_know(const struct check *c, const struct node *expr)
{
    const struct symbol *symbol;
    struct text path;
    return c->facts != NULL && place_of((struct check *)c, expr, &symbol, &path) &&
           knows(c->facts, symbol, path);
}

static const struct fact *add(struct check *c, const struct fact *before,
                              const struct symbol *symbol, struct text path)
{
    struct fact *fact = arena_new_of(c->compile, struct fact);
    *fact = (struct fact){before, symbol, path};
    return fact;
}

void facts_present(struct check *c, const struct node *expr)
{
    const struct symbol *symbol;
    struct text path;
    if (place_of(c, expr, &symbol, &path) && !knows(c->facts, symbol, path))
        c->facts = add(c, c->facts, symbol, path);
}

static bool is_none(const struct node *node)
{
    while (node->kind == NODE_PARENS)
        node = node->value;
    return node->kind == NODE_NONE;
}

void facts_learn(struct check *c, const struct node *condition, bool truth)
{
    switch ((int)condition->kind) {
    case NODE_PARENS:
        facts_learn(c, condition->value, truth);
        return;
    case NODE_NOT:
        facts_learn(c, condition->value, !truth);
        return;
    case NODE_AND:
    case NODE_OR:
        if (truth != (condition->kind == NODE_AND))
            return;
        facts_learn(c, condition->value, truth);
        facts_learn(c, condition->other, truth);
        return;
    case NODE_IS:
    case NODE_IS_NOT:
        if (is_none(condition->other) && truth == (condition->kind == NODE_IS_NOT))
            facts_present(c, condition->value);
        else if (!is_none(condition->other) && truth == (condition->kind == NODE_IS) &&
                 condition->other->type != NULL &&
                 condition->other->type->kind != TYPE_OPTIONAL)
            facts_present(c, condition->value); /* equal to something that is there */
        return;
    }
}

static const struct fact *keep(struct check *c, const struct fact *facts,
                               const struct symbol *gone, bool all_variables)
{
    if (facts == NULL)
        return NULL;
    const struct fact *before = keep(c, facts->before, gone, all_variables);
    if (facts->symbol == gone ||
        (all_variables && facts->symbol->kind == SYMBOL_VARIABLE))
        return before;
    return before == facts->before ? facts : add(c, before, facts->symbol, facts->path);
}

void facts_forget(struct check *c, const struct symbol *symbol)
{
    c->facts = keep(c, c->facts, symbol, false);
}

void facts_suspend(struct check *c)
{
    c->facts = keep(c, c->facts, NULL, true);
}

const struct fact *facts_meet(struct check *c, const struct fact *a, const struct fact *b)
{
    if (a == b || a == NULL)
        return a;
    const struct fact *before = facts_meet(c, a->before, b);
    if (!knows(b, a->symbol, a->path))
        return before;
    return before == a->before ? a : add(c, before, a->symbol, a->path);
}

/* Another way comes in here. */
void facts_join(struct check *c, const struct fact *facts, bool is_dead)
{
    if (is_dead)
        return;
    c->facts = c->is_dead ? facts : facts_meet(c, c->facts, facts);
    c->is_dead = false;
}
