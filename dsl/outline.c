/* The outline of a flow: its places, and everything its steps and handlers lead to. */
#include "dsl/outline_in.h"

static void walk(struct outlining o, const struct node *node);

/* ---- places ---- */

static enum outline_place_kind place_kind(const struct node *node)
{
    return node->kind == NODE_STATE   ? OUTLINE_STATE
           : node->kind == NODE_FINAL ? OUTLINE_FINAL
                                      : OUTLINE_LETTER;
}

static bool is_place(const struct node *node)
{
    return node->kind == NODE_STATE || node->kind == NODE_FINAL ||
           node->kind == NODE_DEAD_LETTER;
}

static void put_places(struct outlining *o, const struct node *owner, uint32_t outer)
{
    node_each(item, owner->items)
    {
        if (!is_place(item))
            continue;
        struct outline_place new = {place_kind(item), item, item->name, outer, 0};
        if (outer != OUTLINE_FLOW) {
            struct text path = o->outline->places.at[outer].path;
            new.path = text_of(arena_printf(o->compile, TEXT_FMT "." TEXT_FMT,
                                            TEXT_ARG(path), TEXT_ARG(item->name)));
            o->outline->places.at[outer].inner_n += item->kind != NODE_DEAD_LETTER;
        }
        vec_push(o->compile, &o->outline->places, new);
        put_places(o, item, o->outline->places.n - 1);
    }
}

static uint32_t place_of(const struct outlining *o, const struct node *node)
{
    for (uint32_t i = 0; i < o->outline->places.n; i++)
        if (o->outline->places.at[i].node == node)
            return i;
    return OUTLINE_FLOW;
}

/* ---- causes ---- */

static struct outlining because(struct outlining o, enum outline_cause_kind kind,
                                struct text name, const struct node *node)
{
    struct outline_cause new = {o.cause, kind, name, node};
    o.cause = arena_copy(o.compile, &new, sizeof new);
    return o;
}

/* A way out of a step: what it is depends on what has it. */
static struct outlining by_when(struct outlining o, const struct node *step,
                                const struct node *when)
{
    struct text name = when->target == NULL                 ? TEXT("late")
                       : when->target->kind == NODE_PATTERN ? when->target->target->name
                                                            : when->target->name;
    enum outline_cause_kind kind =
        when->flag && when->target == NULL                         ? OUTLINE_ON_LATE
        : step->kind == NODE_ASK || step->kind == NODE_DEAD_LETTER ? OUTLINE_ON_ANSWER
        : step->kind == NODE_WAIT_ANY                              ? OUTLINE_ON_EVENT
                                                                   : OUTLINE_ON_ERROR;
    o = because(o, kind, name, when);
    if (when->where != NULL)
        o = because(o, OUTLINE_ON_IF, outline_source(o.compile, when->where->span), when);
    return o;
}

/* ---- what is met ---- */

static void put_way(struct outlining *o, enum outline_way_kind kind, uint32_t to,
                    const struct node *node)
{
    struct outline_way new = {kind, o->place, to, o->cause, node};
    vec_push(o->compile, &o->outline->ways, new);
}

static void put_way_to(struct outlining *o, enum outline_way_kind kind,
                       const struct node *step, const struct symbol *to)
{
    if (to != NULL && to->node != NULL)
        put_way(o, kind, place_of(o, to->node), step);
}

static void put_call(struct outlining *o, const struct node *step)
{
    struct outline_call new = {.node = step,
                               .place = o->place,
                               .cause = o->cause,
                               .is_repeated = o->is_repeated};
    if (step->kind == NODE_KEEP_ALL)
        new.name = TEXT("keep all");
    else
        outline_fill_call(o, &new);
    vec_push(o->compile, &o->outline->calls, new);
}

static void put_event(struct outlining *o, const struct symbol *event,
                      enum outline_event_way way, const struct node *node)
{
    struct outline_event new = {event, o->place, way, node};
    if (event != NULL)
        vec_push(o->compile, &o->outline->events, new);
}

static void put_question(struct outlining *o, const struct node *ask)
{
    struct outline_question new = {ask, o->place, o->cause};
    vec_push(o->compile, &o->outline->questions, new);
}

/* ---- steps ---- */

static void walk_list(struct outlining o, struct nodes list)
{
    node_each(item, list) walk(o, item);
}

static void walk_whens(struct outlining o, const struct node *step)
{
    node_each(when, step->whens)
    {
        if (step->kind == NODE_WAIT_ANY && when->target != NULL)
            put_event(&o, when->target->symbol, OUTLINE_AWAITS, when);
        walk(by_when(o, step, when), when->block);
    }
    if (step->otherwise != NULL)
        walk(because(o, OUTLINE_ON_LATE, TEXT("late"), step), step->otherwise);
}

static void walk_if(struct outlining o, const struct node *step)
{
    struct text condition = outline_source(o.compile, step->value->span);
    walk(because(o, OUTLINE_ON_IF, condition, step), step->block);
    if (step->otherwise == NULL)
        return;
    if (step->otherwise->kind == NODE_IF)
        walk(o, step->otherwise);
    else
        walk(because(o, OUTLINE_ON_ELSE, TEXT("else"), step), step->otherwise);
}

static void walk_match(struct outlining o, const struct node *step)
{
    struct outline_choice new = {step, o.place};
    vec_push(o.compile, &o.outline->choices, new);
    node_each(arm, step->whens)
    {
        struct text name = arm->value == NULL
                               ? TEXT("else")
                               : outline_source(o.compile, arm->value->span);
        struct outlining inside =
            because(o, arm->value == NULL ? OUTLINE_ON_ELSE : OUTLINE_ON_CASE, name, arm);
        if (arm->where != NULL)
            inside = because(inside, OUTLINE_ON_IF,
                             outline_source(o.compile, arm->where->span), arm);
        walk(inside, arm->block);
    }
}

static void walk_rounds(struct outlining o, const struct node *step)
{
    struct outlining inside = o;
    inside.is_repeated = true;
    walk(inside, step->block);
    if (step->otherwise != NULL)
        walk(because(o, OUTLINE_ON_EXHAUSTED, TEXT("exhausted"), step), step->otherwise);
}

static void walk(struct outlining o, const struct node *step)
{
    if (step == NULL)
        return;
    switch ((int)step->kind) {
    case NODE_BLOCK:
        walk_list(o, step->items);
        break;
    case NODE_TOGETHER:
        node_each(branch, step->items) walk(o, branch->block);
        break;
    case NODE_IF:
        walk_if(o, step);
        break;
    case NODE_MATCH:
        walk_match(o, step);
        break;
    case NODE_FOR_EACH:
    case NODE_REPEAT:
        walk_rounds(o, step);
        break;
    case NODE_ATTEMPT:
        walk(o, step->block);
        walk_whens(o, step);
        break;
    case NODE_CALL:
    case NODE_RUN:
    case NODE_START:
    case NODE_KEEP_ALL:
        put_call(&o, step);
        walk_whens(o, step);
        break;
    case NODE_ASK:
        put_question(&o, step);
        walk_whens(o, step);
        break;
    case NODE_WAIT_FOR:
        put_event(&o, step->target->symbol, OUTLINE_AWAITS, step);
        walk_whens(o, step);
        break;
    case NODE_WAIT_ANY:
    case NODE_UNDO:
    case NODE_UNDO_ALL:
    case NODE_UNDO_SINCE:
        walk_whens(o, step);
        break;
    case NODE_EMIT:
        put_event(&o, step->target->symbol, OUTLINE_SENDS, step);
        break;
    case NODE_GO_TO:
        put_way_to(&o, OUTLINE_GOES, step, step->symbol);
        break;
    case NODE_REFER_TO:
        put_way_to(&o, OUTLINE_REFERS, step, step->symbol);
        break;
    case NODE_RETRY:
        put_way(&o, OUTLINE_RETRIES, o.place, step);
        break;
    case NODE_STAY:
        put_way(&o, OUTLINE_STAYS, o.place, step);
        break;
    case NODE_FAIL:
        put_way(&o, OUTLINE_FAILS, OUTLINE_END, step);
        break;
    }
}

/* ---- handlers, dead letters, states ---- */

static void walk_on(struct outlining o, const struct node *handler)
{
    put_event(&o, handler->target->symbol, OUTLINE_TAKES, handler);
    o = because(o, OUTLINE_ON_EVENT, handler->target->target->name, handler);
    if (handler->where != NULL)
        o = because(o, OUTLINE_ON_IF, outline_source(o.compile, handler->where->span),
                    handler);
    o.is_repeated = true;
    walk(o, handler->block);
}

static void walk_handler(struct outlining o, const struct node *handler)
{
    switch ((int)handler->kind) {
    case NODE_ON:
        walk_on(o, handler);
        return;
    case NODE_ON_ERROR:
        o = because(o, OUTLINE_ON_ERROR,
                    handler->target == NULL ? TEXT("error") : handler->target->name,
                    handler);
        break;
    case NODE_ON_LATE:
        o = because(o, OUTLINE_ON_LATE, TEXT("late"), handler);
        break;
    case NODE_ON_CANCEL:
        o = because(o, OUTLINE_ON_CANCEL, TEXT("cancel"), handler);
        break;
    case NODE_AFTER:
    case NODE_DL_AFTER:
        o = because(o, OUTLINE_ON_AFTER, outline_source(o.compile, handler->value->span),
                    handler);
        break;
    case NODE_EVERY:
        o = because(o, OUTLINE_ON_EVERY, outline_source(o.compile, handler->value->span),
                    handler);
        o.is_repeated = true;
        break;
    }
    walk(o, handler->block);
}

static void walk_letter(struct outlining o, const struct node *letter)
{
    node_each(when, letter->whens)
    {
        if (when->kind == NODE_DL_AFTER)
            walk_handler(o, when);
        else
            walk(by_when(o, letter, when), when->block);
    }
}

static const struct node *first_inside(const struct node *owner)
{
    node_each(item, owner->items) if (item->kind == NODE_STATE ||
                                      item->kind == NODE_FINAL) return item;
    return NULL;
}

static void walk_owner(struct outlining o, const struct node *owner, uint32_t place);

static void walk_item(struct outlining o, const struct node *item)
{
    if (item->kind == NODE_STATE || item->kind == NODE_FINAL)
        walk_owner(o, item, place_of(&o, item));
    else if (item->kind >= NODE_ON && item->kind <= NODE_EVERY)
        walk_handler(o, item);
    else if (item->kind == NODE_IGNORE)
        put_event(&o, item->symbol, OUTLINE_IGNORES, item);
    else if (item->kind == NODE_STARTS_ON)
        put_event(&o, item->target->symbol, OUTLINE_TAKES, item);
    else if (item->kind == NODE_DEAD_LETTER) {
        o.place = place_of(&o, item);
        walk_letter(o, item);
    } else
        walk(o, item);
}

static void walk_owner(struct outlining o, const struct node *owner, uint32_t place)
{
    o.place = place;
    o.cause = NULL;
    o.is_repeated = false;
    if (owner->kind == NODE_FINAL) {
        walk(o, owner->block);
        return;
    }
    const struct node *first = first_inside(owner);
    if (owner->kind == NODE_FLOW)
        put_way(&o, first == NULL ? OUTLINE_ENDS : OUTLINE_BEGINS,
                first == NULL ? OUTLINE_END : place_of(&o, first), NULL);
    node_each(item, owner->items) walk_item(o, item);
}

struct outline *outline_of(struct arena *compile, const struct node *flow)
{
    struct outlining o = {.compile = compile,
                          .outline = arena_new_of(compile, struct outline)};
    o.outline->flow = flow;
    put_places(&o, flow, OUTLINE_FLOW);
    walk_owner(o, flow, OUTLINE_FLOW);
    outline_fill_uses(&o);
    return o.outline;
}
