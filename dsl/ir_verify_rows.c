/* What must hold between the fields of one row, and between rows. */
#include "dsl/ir_verify_in.h"
#include "engine/base/arena.h"

enum {
    KEYS_MAX = 4
}; /* engine/core/subscribe.h hashes every subset of an event's keys */

/* ---- types ---- */

static bool part_is_fit(const struct ir_type *type, uint32_t fields, uint32_t cases)
{
    uint32_t n = type->kind == IR_TYPE_RECORD ? fields : cases;
    return type->parts.first <= n && type->parts.n <= n - type->parts.first;
}

/* Optionals of optionals end soon in something else: whoever looks for it goes straight
 * on.
 */
static bool optional_ends(const struct ir *ir, const struct ir_type *t)
{
    enum { NESTED = 8 };
    uint32_t depth = 0;
    for (; t->kind == IR_TYPE_OPTIONAL && depth < NESTED; depth++) {
        if (t->of == IR_NONE)
            return false;
        t = &ir->types[t->of];
    }
    return depth < NESTED;
}

static bool type_is_fit(struct ir_verifying *v, const struct ir_type *t)
{
    const struct ir *ir = v->ir;
    if (t->refined != IR_NONE && !ir_is_block(v, t->refined, 1))
        return false;
    switch ((enum ir_type_kind)t->kind) {
    case IR_TYPE_TEXT:
    case IR_TYPE_BOOL:
    case IR_TYPE_INT:
    case IR_TYPE_DATE:
    case IR_TYPE_INSTANT:
    case IR_TYPE_DURATION:
    case IR_TYPE_WORKDAYS:
    case IR_TYPE_JSON:
        return true;
    case IR_TYPE_DECIMAL:
        return t->scale == IR_NONE || t->scale <= DECIMAL_DIGITS_MAX;
    case IR_TYPE_MONEY:
        return t->scale == IR_NONE ||
               (t->scale < ir->texts_n && ir->texts[t->scale].n == 3);
    case IR_TYPE_OPTIONAL:
        return optional_ends(ir, t);
    case IR_TYPE_LIST:
        return t->of != IR_NONE;
    case IR_TYPE_MAP:
        return t->of != IR_NONE && t->key != IR_NONE;
    case IR_TYPE_RECORD:
        return part_is_fit(t, ir->fields_n, ir->cases_n) && t->parts.n <= UINT16_MAX;
    case IR_TYPE_VARIANT:
        if (!part_is_fit(t, ir->fields_n, ir->cases_n) || t->parts.n == 0 ||
            t->parts.n > UINT16_MAX)
            return false;
        for (uint32_t i = 0; i < t->parts.n; i++)
            if (ir->cases[t->parts.first + i].position != i)
                return false;
        return true;
    }
    return false;
}

/* A record or variant may hold itself only where there can be none of it: inside a list,
 * a map or an optional. A walk with a stack of its own, since hostile types are deep. */
struct type_walk {
    uint8_t *seen;  /* 0 not yet, 1 on the way, 2 done */
    uint32_t *part; /* which part is next */
    uint32_t *path;
};

static uint32_t next_part(const struct ir *ir, struct type_walk *walk, uint32_t type)
{
    const struct ir_type *t = &ir->types[type];
    if (t->kind != IR_TYPE_RECORD && t->kind != IR_TYPE_VARIANT)
        return IR_NONE;
    while (walk->part[type] < t->parts.n) {
        uint32_t at = t->parts.first + walk->part[type]++;
        uint32_t part =
            t->kind == IR_TYPE_RECORD ? ir->fields[at].type : ir->cases[at].record;
        if (part != IR_NONE && walk->seen[part] != 2)
            return part;
    }
    return IR_NONE;
}

static bool type_ends(const struct ir *ir, struct type_walk *walk, uint32_t root)
{
    uint32_t n = 0;
    walk->path[n++] = root;
    walk->seen[root] = 1;
    while (n > 0) {
        uint32_t part = next_part(ir, walk, walk->path[n - 1]);
        if (part == IR_NONE) {
            walk->seen[walk->path[--n]] = 2;
        } else if (walk->seen[part] == 1) {
            return false;
        } else {
            walk->seen[part] = 1;
            walk->path[n++] = part;
        }
    }
    return true;
}

/* Types may share their parts (a private record and a plain one), but not so often that
 * looking at each part of each type takes long. */
static bool parts_are_few(const struct ir *ir)
{
    uint64_t parts = 0;
    for (uint32_t i = 0; i < ir->types_n; i++)
        if (ir->types[i].kind == IR_TYPE_RECORD || ir->types[i].kind == IR_TYPE_VARIANT)
            parts += ir->types[i].parts.n;
    return parts <= 8 * ((uint64_t)ir->fields_n + ir->cases_n);
}

static bool types_fit(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    for (uint32_t i = 0; i < ir->types_n; i++)
        if (!type_is_fit(v, &ir->types[i]))
            return ir_refuse(v, "type %u is malformed", i);
    for (uint32_t i = 0; i < ir->cases_n; i++) {
        const struct ir_case *c = &ir->cases[i];
        if ((c->record == IR_NONE) != (c->fields.n == 0) ||
            (c->record != IR_NONE &&
             (!ir_is_record(v, c->record) ||
              ir->types[c->record].parts.first != c->fields.first ||
              ir->types[c->record].parts.n != c->fields.n)))
            return ir_refuse(v, "case %u and its record differ", i);
    }
    if (!parts_are_few(ir))
        return ir_refuse(v, "types share their parts too often");
    struct type_walk walk = {.seen = arena_alloc(v->scratch, ir->types_n + 1),
                             .part = arena_array(v->scratch, uint32_t, ir->types_n + 1),
                             .path = arena_array(v->scratch, uint32_t, ir->types_n + 1)};
    for (uint32_t i = 0; i < ir->types_n; i++)
        if (walk.seen[i] == 0 && !type_ends(ir, &walk, i))
            return ir_refuse(v, "type %u holds itself", i);
    return true;
}

static bool consts_fit(struct ir_verifying *v)
{
    for (uint32_t i = 0; i < v->ir->consts_n; i++) {
        const struct ir_const *c = &v->ir->consts[i];
        bool fits = true;
        if (c->kind == IR_CONST_TEXT || c->kind == IR_CONST_MONEY)
            fits = c->text != IR_NONE;
        if (fits && c->kind == IR_CONST_MONEY)
            fits = v->ir->texts[c->text].n == 3 || v->ir->texts[c->text].n == 0;
        if (c->kind == IR_CONST_BOOL)
            fits = c->whole == 0 || c->whole == 1;
        if (c->kind == IR_CONST_DATE)
            fits = c->whole >= INT32_MIN && c->whole <= INT32_MAX;
        if (!fits)
            return ir_refuse(v, "constant %u is malformed", i);
    }
    return true;
}

/* ---- the outside world ---- */

static bool operation_is_fit(struct ir_verifying *v, const struct ir_operation *op)
{
    uint32_t params = op->params.n, given = params + (op->gives != IR_NONE);
    return params < UINT16_MAX &&
           (op->key_kind == IR_KEY_VALUE) == (op->key != IR_NONE) &&
           (op->key == IR_NONE || ir_is_block(v, op->key, params)) &&
           (op->undone_by == IR_NONE) == (op->undone_args == IR_NONE) &&
           (op->undone_args == IR_NONE || ir_is_block(v, op->undone_args, given)) &&
           (op->found_by == IR_NONE) == (op->found_args == IR_NONE) &&
           (op->found_args == IR_NONE || ir_is_block(v, op->found_args, params)) &&
           (op->within == IR_NONE || ir_is_block(v, op->within, params));
}

static bool positions_are_of(const struct ir *ir, struct ir_range positions,
                             uint32_t record)
{
    for (uint32_t i = 0; i < positions.n; i++)
        if (ir->positions[positions.first + i] >= ir->types[record].parts.n)
            return false;
    return true;
}

static bool event_is_fit(struct ir_verifying *v, const struct ir_event *event)
{
    return ir_is_record(v, event->record) && event->keys.n <= KEYS_MAX &&
           event->held >= 0 && positions_are_of(v->ir, event->keys, event->record) &&
           positions_are_of(v->ir, event->unique, event->record);
}

static bool policy_is_fit(const struct ir_policy *p)
{
    return p->tries >= 1 && p->within >= 0 && p->each_within >= 0 && p->pause >= 0 &&
           p->pause_max >= p->pause;
}

static bool world_fits(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    for (uint32_t i = 0; i < ir->functions_n; i++)
        if (!ir_is_block(v, ir->functions[i].block, ir->functions[i].params))
            return ir_refuse(v, "function %u has no room for its parameters", i);
    for (uint32_t i = 0; i < ir->operations_n; i++)
        if (!operation_is_fit(v, &ir->operations[i]))
            return ir_refuse(v, "operation %u is malformed", i);
    for (uint32_t i = 0; i < ir->errors_n; i++)
        if (!ir_is_record(v, ir->errors[i].record))
            return ir_refuse(v, "error %u has no record", i);
    for (uint32_t i = 0; i < ir->events_n; i++)
        if (!event_is_fit(v, &ir->events[i]))
            return ir_refuse(v, "event %u is malformed", i);
    for (uint32_t i = 0; i < ir->policies_n; i++)
        if (!policy_is_fit(&ir->policies[i]))
            return ir_refuse(v, "policy %u is malformed", i);
    return true;
}

/* ---- steps ---- */

static bool match_is_fit(const struct ir *ir, const struct ir_match *match)
{
    const struct ir_event *event = &ir->events[match->event];
    if (match->keys.n > event->keys.n)
        return false;
    uint32_t at = 0; /* in the event's own order, each at most once */
    for (uint32_t i = 0; i < match->keys.n; i++) {
        uint32_t field = ir->match_keys[match->keys.first + i].field;
        while (at < event->keys.n && ir->positions[event->keys.first + at] != field)
            at++;
        if (at++ == event->keys.n)
            return false;
    }
    return true;
}

static bool wait_is_fit(const struct ir *ir, const struct ir_wait *wait)
{
    for (uint32_t i = 0; i < wait->matches.n; i++)
        if (ir->matches[wait->matches.first + i].pc == IR_NONE)
            return false;
    return wait->matches.n > 0 || wait->limit != IR_NONE;
}

static bool captures_fit(const struct ir *ir, const struct ir_undo_block *block)
{
    for (uint32_t i = 0; i < block->captures.n; i++)
        if ((ir->captures[block->captures.first + i].to & IR_FRAME) == 0)
            return false;
    return true;
}

static bool undo_is_fit(const struct ir_undo *undo)
{
    switch ((enum ir_undo_mode)undo->mode) {
    case IR_UNDO_ALL:
        return true;
    case IR_UNDO_SINCE:
        return undo->state != IR_NONE;
    case IR_UNDO_NAMED:
        return undo->name != IR_NONE;
    }
    return false;
}

static bool fork_is_fit(const struct ir_fork *fork)
{
    if (fork->kind == IR_FORK_BRANCHES)
        return fork->branches.n > 0 && fork->branches.n <= UINT16_MAX;
    return fork->branches.n == 1 && fork->list != IR_NONE && fork->item != IR_NONE &&
           (fork->item & IR_FRAME) != 0;
}

static bool steps_fit(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    for (uint32_t i = 0; i < ir->matches_n; i++)
        if (!match_is_fit(ir, &ir->matches[i]))
            return ir_refuse(v, "match %u asks for what is no key", i);
    for (uint32_t i = 0; i < ir->waits_n; i++)
        if (!wait_is_fit(ir, &ir->waits[i]))
            return ir_refuse(v, "wait %u cannot end", i);
    for (uint32_t i = 0; i < ir->undo_blocks_n; i++)
        if (!captures_fit(ir, &ir->undo_blocks[i]))
            return ir_refuse(v, "undo block %u writes outside its frame", i);
    for (uint32_t i = 0; i < ir->forks_n; i++)
        if (!fork_is_fit(&ir->forks[i]))
            return ir_refuse(v, "fork %u has no parts", i);
    for (uint32_t i = 0; i < ir->children_n; i++) {
        const struct ir_child *c = &ir->children[i];
        if (c->params.n >= UINT16_MAX ||
            (c->key != IR_NONE && !ir_is_block(v, c->key, c->params.n)))
            return ir_refuse(v, "child %u has no room for its parameters", i);
    }
    for (uint32_t i = 0; i < ir->undos_n; i++)
        if (!undo_is_fit(&ir->undos[i]))
            return ir_refuse(v, "undo %u does not say what", i);
    return true;
}

/* ---- states ---- */

static bool handler_is_fit(struct ir_verifying *v, const struct ir_handler *h)
{
    bool has_match = h->match != IR_NONE, has_body = h->body != IR_NONE,
         has_period = h->period != IR_NONE;
    switch ((enum ir_handler_kind)h->kind) {
    case IR_HANDLER_EVENT:
        return has_match && has_body;
    case IR_HANDLER_IGNORE:
        return has_match;
    case IR_HANDLER_AFTER:
    case IR_HANDLER_EVERY:
        return has_period && has_body;
    case IR_HANDLER_ERROR:
    case IR_HANDLER_LATE:
    case IR_HANDLER_CANCEL:
        return has_body;
    }
    return ir_refuse(v, "a handler of no kind");
}

static bool state_is_fit(const struct ir *ir, uint32_t index)
{
    const struct ir_state *state = &ir->states[index];
    if (state->parent != IR_NONE &&
        state->parent >= index) /* so they cannot be circles */
        return false;
    if (state->first_inner != IR_NONE && ir->states[state->first_inner].parent != index)
        return false;
    for (uint32_t i = 0; i < state->handlers.n; i++)
        if (ir->handlers[state->handlers.first + i].state != index)
            return false;
    return true;
}

static bool states_fit(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    for (uint32_t i = 0; i < ir->handlers_n; i++) {
        if (!handler_is_fit(v, &ir->handlers[i]))
            return ir_refuse(v, "handler %u is malformed", i);
        if (i > 0 && ir->handlers[i - 1].state > ir->handlers[i].state)
            return ir_refuse(v, "handler %u is out of order", i);
    }
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (!state_is_fit(ir, i))
            return ir_refuse(v, "state %u does not fit among the others", i);
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        if (ir->dead_letters[i].afters.n != ir->dead_letters[i].after_bodies.n)
            return ir_refuse(v, "dead letter %u is malformed", i);
    return true;
}

static bool flow_fits(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    if (!ir_is_record(v, ir->flow.params) || !ir_is_record(v, ir->flow.problem))
        return ir_refuse(v, "the flow has no parameters or no problem record");
    uint32_t params = ir->types[ir->flow.params].parts.n;
    if (params > ir->slots_n)
        return ir_refuse(v, "the flow has fewer slots than parameters");
    for (uint32_t i = 0; i < ir->slots_n; i++)
        if ((ir->slots[i].kind == IR_SLOT_PARAM) != (i < params))
            return ir_refuse(v, "slot %u is out of order", i);
    if ((ir->flow.first_state == IR_NONE) != (ir->states_n == 0) ||
        (ir->states_n > 0 && ir->states[ir->flow.first_state].parent != IR_NONE))
        return ir_refuse(v, "the flow does not begin in an outer state");
    return true;
}

/* What is set for those who come over is a variable of the instance, and no fibre's. */
static bool migrations_fit(struct ir_verifying *v)
{
    const struct ir *ir = v->ir;
    for (uint32_t i = 0; i < ir->initials_n; i++)
        if (ir->initials[i].place >= ir->slots_n ||
            ir->slots[ir->initials[i].place].kind != IR_SLOT_VAR)
            return ir_refuse(v, "what a migration sets is no variable");
    for (uint32_t i = 0; i < ir->migrations_n; i++)
        if (ir->migrations[i].from >= ir->flow.version)
            return ir_refuse(v, "a migration from version %u", ir->migrations[i].from);
    return true;
}

bool ir_verify_rows(struct ir_verifying *v)
{
    return types_fit(v) && consts_fit(v) && world_fits(v) && steps_fit(v) &&
           states_fit(v) && flow_fits(v) && migrations_fit(v);
}
