/* Types that hold themselves: there could be no value of them. (F0116) */
#include "dsl/check_in.h"
#include "engine/base/vec.h"

enum colour { UNSEEN = -1, ON_THE_WAY, DONE }; /* kept as a declaration's position */

struct holding {
    struct node *decl;
    struct node *part; /* field or parameter that is looked at; of an alias: itself */
};

struct circles {
    struct check *c;
    VEC(struct holding) way; /* a stack of its own, since hostile types are deep */
};

/* Of a variant each parameter of each case is a part. */
static struct node *part_of_cases(const struct node *decl, const struct node *after)
{
    bool is_behind = after == NULL;
    node_each(one, decl->items) node_each(param, one->params)
    {
        if (is_behind)
            return param;
        is_behind = param == after;
    }
    return NULL;
}

static struct node *next_part(const struct holding *at)
{
    if (at->decl->kind == NODE_ALIAS_DECL)
        return at->part == NULL ? at->decl : NULL;
    if (at->decl->kind == NODE_VARIANT_DECL)
        return part_of_cases(at->decl, at->part);
    return at->part == NULL ? at->decl->items.first : at->part->next;
}

/* What is surely inside: not of lists, maps and optionals, of which there can be none. */
static struct node *held_by(const struct node *part)
{
    const struct node *type = part->type_of;
    while (type != NULL &&
           (type->kind == NODE_TYPE_PRIVATE || type->kind == NODE_TYPE_SECRET))
        type = type->type_of;
    if (type == NULL || type->kind != NODE_TYPE_NAME || type->symbol == NULL ||
        type->symbol->node == NULL)
        return NULL;
    struct node *decl = (struct node *)type->symbol->node;
    return decl->kind == NODE_RECORD_DECL || decl->kind == NODE_VARIANT_DECL ||
                   decl->kind == NODE_ALIAS_DECL
               ? decl
               : NULL;
}

static void say_circle(struct circles *k, const struct node *first)
{
    uint32_t from = k->way.n;
    while (k->way.at[from - 1].decl != first)
        from--;
    bool is_only_named = true; /* that names stand for each other is said elsewhere */
    for (uint32_t i = from - 1; i < k->way.n; i++)
        is_only_named &= k->way.at[i].decl->kind == NODE_ALIAS_DECL;
    if (is_only_named)
        return;
    struct diag *diag = diag_add(k->c->diags, DIAG_F0116, first->name_span,
                                 "`" TEXT_FMT "` holds itself", TEXT_ARG(first->name));
    for (uint32_t i = from - 1; i < k->way.n; i++)
        diag_also(k->c->diags, diag, k->way.at[i].part->type_of->span,
                  i + 1 == k->way.n ? "here it begins anew" : "by way of this");
    diag_why(k->c->diags, diag, "A value of it would never end.");
    diag_help(k->c->diags, diag, TEXT_FMT "?     or   list of " TEXT_FMT,
              TEXT_ARG(span_text(vec_last(&k->way).part->type_of->span)),
              TEXT_ARG(span_text(vec_last(&k->way).part->type_of->span)));
}

static void enter(struct circles *k, struct node *decl)
{
    struct holding new = {decl, NULL};
    decl->position = ON_THE_WAY;
    vec_push(k->c->compile, &k->way, new);
}

static void follow(struct circles *k, struct node *start)
{
    enter(k, start);
    while (k->way.n > 0) {
        struct holding *at = &vec_last(&k->way);
        at->part = next_part(at);
        if (at->part == NULL) {
            at->decl->position = DONE;
            k->way.n--;
            continue;
        }
        struct node *held = held_by(at->part);
        if (held != NULL && held->position == ON_THE_WAY)
            say_circle(k, held);
        else if (held != NULL && held->position == UNSEEN)
            enter(k, held);
    }
}

void check_type_circles(struct check *c)
{
    struct circles k = {.c = c};
    node_each(decl, c->module->file->items) if ((decl->kind == NODE_RECORD_DECL ||
                                                 decl->kind == NODE_VARIANT_DECL ||
                                                 decl->kind == NODE_ALIAS_DECL) &&
                                                decl->position == UNSEEN)
        follow(&k, decl);
}
