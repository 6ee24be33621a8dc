/* Did you mean …? The nearest of the names that could stand there. */
#include "dsl/check_in.h"

enum { SLIPS_MAX = 2, CHARS_OF_A_SURE_SLIP = 3 };

struct near near_to(struct text name)
{
    return (struct near){.name = name, .slips = SLIPS_MAX + 1};
}

void near_try(struct near *near, struct text name, const struct node *node)
{
    unsigned slips = text_distance(name, near->name, SLIPS_MAX);
    if (slips >= near->name.n || slips > near->slips || slips > SLIPS_MAX)
        return;
    if (slips == near->slips) {
        near->is_one_of_several |= !text_is(name, near->best);
        return;
    }
    near->best = name;
    near->node = node;
    near->symbol = NULL;
    near->slips = slips;
    near->is_one_of_several = false;
}

void near_try_scope(struct near *near, const struct scope *scope, uint32_t kinds)
{
    for (; scope != NULL; scope = scope->outer)
        for (uint32_t i = 0; i < map_count(scope->names); i++) {
            struct symbol *symbol = map_item_at(scope->names, i);
            if ((kinds & (UINT32_C(1) << symbol->kind)) == 0)
                continue;
            near_try(near, symbol->name, symbol->node);
            if (near->symbol == NULL && text_is(near->best, symbol->name))
                near->symbol = symbol;
        }
}

void near_try_fields(struct near *near, const struct type *record)
{
    for (uint32_t i = 0; i < record->fields_n; i++)
        near_try(near, record->fields[i].name, NULL);
}

void near_try_cases(struct near *near, const struct type *variant)
{
    for (uint32_t i = 0; i < variant->cases_n; i++)
        near_try(near, variant->cases[i].name, NULL);
}

bool near_is_sure(const struct near *near)
{
    return near->best.n > 0 && !near->is_one_of_several &&
           near->best.chars[0] == near->name.chars[0] &&
           near->slips * CHARS_OF_A_SURE_SLIP <= near->name.n;
}

bool near_say(struct check *c, struct diag *diag, struct span at, const struct near *near)
{
    if (near->best.n == 0)
        return false;
    if (near->node != NULL && near->node->span.source == at.source)
        diag_label(c->diags, diag, "did you mean `" TEXT_FMT "` (line %u)?",
                   TEXT_ARG(near->best), near->node->span.line);
    else
        diag_label(c->diags, diag, "did you mean `" TEXT_FMT "`?", TEXT_ARG(near->best));
    if (near_is_sure(near))
        diag_fix(c->diags, diag, at, TEXT_FMT, TEXT_ARG(near->best));
    else
        diag_offer(c->diags, diag, at, TEXT_FMT, TEXT_ARG(near->best));
    return true;
}
