/* Where parameters, variables and locals live. */
#include "dsl/lower_in.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/must.h"

static struct text key_of(struct symbol *const *symbol)
{
    return (struct text){(const char *)symbol, sizeof *symbol};
}

static struct lower_binding *bind(struct lower *l, struct map *map, struct symbol *symbol,
                                  struct lower_binding binding)
{
    struct lower_binding *kept = arena_new_of(l->compile, struct lower_binding);
    *kept = binding;
    map_put(map, text_dup(l->compile, key_of(&symbol)), kept);
    return kept;
}

static uint32_t state_of(const struct lower *l, const struct symbol *symbol)
{
    if (symbol->owner != NULL && symbol->owner->kind == SYMBOL_STATE &&
        symbol->owner->node != NULL)
        return lower_known(l->states, symbol->owner->node);
    return l->now.state;
}

static uint32_t new_slot(struct lower *l, struct symbol *symbol)
{
    uint32_t slot = ir_new(l->b, slots);
    uint32_t type = lower_type(l, symbol->type);
    struct ir_slot *row = &l->b->slots.at[slot];
    row->name = lower_text(l, symbol->name);
    row->type = type;
    row->kind = symbol->kind == SYMBOL_VARIABLE ? IR_SLOT_VAR : IR_SLOT_LOCAL;
    row->state = state_of(l, symbol);
    bind(l, l->bindings, symbol, (struct lower_binding){false, slot});
    return slot;
}

void lower_frame_open(struct lower *l, struct lower_frame *frame, bool freezes)
{
    *frame = (struct lower_frame){
        .outer = l->now.frame, .freezes = freezes, .places = map_new(l->compile)};
    frame->n = freezes || frame->outer == NULL ? &frame->own_n : frame->outer->n;
    l->now.frame = frame;
}

void lower_frame_close(struct lower *l)
{
    l->now.frame = l->now.frame->outer;
}

static uint32_t new_frame_place(struct lower *l, const struct lower_frame *frame)
{
    uint32_t place = IR_FRAME | (*frame->n)++;
    if (*frame->n > l->b->flow.frame_slots)
        l->b->flow.frame_slots = *frame->n;
    return place;
}

uint32_t lower_declare(struct lower *l, struct symbol *symbol)
{
    if (l->now.frame == NULL) {
        const struct lower_binding *known = map_get(l->bindings, key_of(&symbol));
        return known != NULL ? known->at : new_slot(l, symbol);
    }
    uint32_t place = new_frame_place(l, l->now.frame);
    bind(l, l->now.frame->places, symbol, (struct lower_binding){false, place});
    return place;
}

uint32_t lower_hidden(struct lower *l)
{
    return l->now.frame != NULL ? new_frame_place(l, l->now.frame) : ir_add_hidden(l->b);
}

void lower_declare_temp(struct lower *l, struct symbol *symbol, uint32_t temp)
{
    bind(l, l->bindings, symbol, (struct lower_binding){true, temp});
}

static uint32_t slot_of(struct lower *l, struct symbol *symbol)
{
    const struct lower_binding *known = map_get(l->bindings, key_of(&symbol));
    if (known != NULL)
        return known->at;
    return symbol->kind == SYMBOL_PARAMETER ? symbol->position : new_slot(l, symbol);
}

static uint32_t place_of(struct lower *l, struct lower_frame *frame,
                         struct symbol *symbol);

/* A value of the flow in an undo block is a copy, made when the effect happens. */
static uint32_t frozen(struct lower *l, struct lower_frame *frame, struct symbol *symbol)
{
    uint32_t place = new_frame_place(l, frame);
    bind(l, frame->places, symbol, (struct lower_binding){false, place});
    struct ir_capture capture = {place_of(l, frame->outer, symbol), place};
    vec_push(l->compile, &frame->captures, capture);
    return place;
}

static uint32_t place_of(struct lower *l, struct lower_frame *frame,
                         struct symbol *symbol)
{
    for (; frame != NULL; frame = frame->outer) {
        const struct lower_binding *known = map_get(frame->places, key_of(&symbol));
        if (known != NULL)
            return known->at;
        if (frame->freezes)
            return frozen(l, frame, symbol);
    }
    return slot_of(l, symbol);
}

static void load_parameter(struct lower *l, struct symbol *symbol)
{
    if (l->now.scope == LOWER_FLOW)
        ir_emit(l->b, IR_LOAD, 0, symbol->position);
    else
        ir_emit(l->b, IR_TEMP, symbol->position, 0);
}

void lower_load(struct lower *l, const struct node *at, struct symbol *symbol)
{
    const struct lower_binding *known = map_get(l->bindings, key_of(&symbol));
    if (symbol->kind == SYMBOL_PARAMETER)
        load_parameter(l, symbol);
    else if (known != NULL && known->is_temp)
        ir_emit(l->b, IR_TEMP, known->at, 0);
    else if (l->now.scope == LOWER_REFINEMENT && text_is_chars(symbol->name, "it"))
        ir_emit(l->b, IR_TEMP, 0, 0);
    else if (l->now.scope == LOWER_OPERATION && text_is_chars(symbol->name, "result"))
        ir_emit(l->b, IR_TEMP, l->now.result, 0);
    else if (l->now.scope != LOWER_FLOW) {
        lower_cannot(l, at, "a variable here");
        ir_push_none(l->b);
    } else
        ir_emit(l->b, IR_LOAD, 0, place_of(l, l->now.frame, symbol));
}

uint32_t lower_target(struct lower *l, struct symbol *symbol)
{
    for (struct lower_frame *frame = l->now.frame; frame != NULL; frame = frame->outer) {
        const struct lower_binding *known = map_get(frame->places, key_of(&symbol));
        if (known != NULL)
            return known->at;
        if (frame->freezes)
            break;
    }
    return slot_of(l, symbol);
}

uint32_t lower_as(struct lower *l, const struct node *node)
{
    if (node->declares != NULL)
        return lower_declare(l, node->declares);
    if (node->symbol != NULL && node->symbol->kind == SYMBOL_VARIABLE &&
        (node->as.n > 0 || node->kind == NODE_AS))
        return lower_target(l, node->symbol);
    return IR_NONE;
}
