/* What is waited for: events and who takes them, moments, conditions, and the
 * subscriptions that bring events here.
 *
 * One event has one taker inside an instance: a waiting step before any handler, inner
 * before outer, source order among equals. A handler takes its events one at a time;
 * what it has not got to yet waits in its queue. What is queued for a handler that is no
 * longer on duty is offered to whoever else listens, and goes back on when its state is
 * entered again. */
#include "engine/core/advance_turn.h"

/* ---- steps that wait ---- */

static uint32_t depth_of(const struct ir *ir, uint32_t state)
{
    uint32_t depth = 0;
    for (; state != IR_NONE; state = ir->states[state].parent)
        depth++;
    return depth;
}

void wait_begin(struct turn *turn, struct fibre *f)
{
    const struct ir_wait *w = &turn->ir->waits[turn->ir->code[f->pc].b];
    if (!limit_of(turn, f, w->limit, &f->until)) {
        raise_problem(turn, f);
        return;
    }
    f->wait = FIBRE_EVENT;
    f->since = turn->now;
    turn->listens_anew = true;
    turn_entry(turn, ENTRY_WAITS, f,
               w->matches.n == 0
                   ? TEXT("for its limit")
                   : note(turn, "for " TEXT_FMT,
                          TEXT_ARG(ir_text(
                              turn->ir,
                              turn->ir->events[turn->ir->matches[w->matches.first].event]
                                  .name))));
}

void wait_time(struct turn *turn, struct fibre *f, struct value v)
{
    if (!moment_of(turn, v, &f->until)) {
        f->until = 0;
        raise_problem(turn, f);
        return;
    }
    if (f->until <= turn->now) {
        f->until = 0;
        f->pc++;
        return;
    }
    f->wait = FIBRE_TIME;
    f->since = turn->now;
    turn_entry(turn, ENTRY_WAITS, f, TEXT("for a moment"));
}

void wait_late(struct turn *turn, struct fibre *f)
{
    const struct ir_wait *w = &turn->ir->waits[turn->ir->code[f->pc].b];
    struct trouble late = trouble_of("late", TEXT("nothing came in time"));
    f->until = 0;
    turn->listens_anew = true;
    turn_entry(turn, ENTRY_LATE, f, late.message);
    if (w->late_pc == IR_NONE)
        raise_trouble(turn, f, late);
    else if (fibre_first_op(turn->ir, w->late_pc)->code == IR_REFER)
        people_park(turn, f, fibre_first_op(turn->ir, w->late_pc)->b, &late);
    else
        fibre_go_on(turn, f, w->late_pc);
}

bool wait_conditions(struct turn *turn)
{
    if (!turn->places_changed)
        return false;
    turn->places_changed = false;
    bool any = false;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        struct value holds;
        if (f->number == 0 || f->wait != FIBRE_CONDITION)
            continue;
        bool is_known = turn_eval(turn, f, turn->ir->code[f->pc].b, NULL, 0, &holds);
        if (is_known && !holds.yes)
            continue;
        any = true;
        if (is_known)
            fibre_go_on(turn, f, f->pc + 1);
        else
            raise_problem(turn, f);
    }
    return any;
}

/* ---- does an event fit ---- */

static bool key_fits(struct turn *turn, const struct fibre *f,
                     const struct ir_match_key *key, struct value body)
{
    struct value wanted;
    if (!turn_eval(turn, f, key->block, NULL, 0, &wanted))
        return false;
    if (!key->is_list)
        return value_is(wanted, body.items[key->field]);
    for (uint32_t i = 0; wanted.kind == VALUE_LIST && i < wanted.n; i++)
        if (value_is(wanted.items[i], body.items[key->field]))
            return true;
    return false;
}

static bool keys_fit(struct turn *turn, const struct fibre *f,
                     const struct ir_match *match, struct value body)
{
    for (uint32_t i = 0; i < match->keys.n; i++)
        if (!key_fits(turn, f, &turn->ir->match_keys[match->keys.first + i], body))
            return false;
    return true;
}

bool wait_where_holds(struct turn *turn, struct fibre *f, uint32_t where, uint32_t place,
                      struct value body)
{
    struct value holds, before = place_get(turn, f, place);
    bool changed = turn->places_changed, anew = turn->listens_anew;
    if (where == IR_NONE)
        return true;
    place_set(turn, f, place, body);
    bool is_known = turn_eval(turn, f, where, NULL, 0, &holds);
    place_set(turn, f, place, before);
    turn->places_changed = changed;
    turn->listens_anew = anew;
    return is_known && holds.yes;
}

static bool match_fits(struct turn *turn, struct fibre *f, const struct ir_match *match,
                       uint32_t event, struct value body)
{
    return match->event == event && keys_fit(turn, f, match, body) &&
           wait_where_holds(turn, f, match->where, match->place, body);
}

/* A fibre that is nobody's, to evaluate what belongs to a handler. */
static struct fibre nobody(struct turn *turn, uint32_t handler)
{
    struct fibre f = {
        .kind = FIBRE_HANDLER, .owner = handler, .pc = turn->ir->handlers[handler].body};
    if (turn->ir->flow.frame_slots > 0)
        f.frame = arena_array(turn->arena, struct value, turn->ir->flow.frame_slots);
    return f;
}

/* ---- who takes it ---- */

static void entry_event(struct turn *turn, const struct fibre *f, uint32_t event,
                        struct value body)
{
    const struct ir_event *e = &turn->ir->events[event];
    struct entry *entry = turn_entry(turn, ENTRY_EVENT, f, ir_text(turn->ir, e->name));
    if (turn_is_read(turn))
        entry->data = wire_write(turn->ir, e->record, body, WIRE_MASK_PRIVATE);
}

static const struct ir_match *match_of_step(struct turn *turn, struct fibre *f,
                                            uint32_t event, struct value body)
{
    const struct ir_wait *w = &turn->ir->waits[turn->ir->code[f->pc].b];
    for (uint32_t i = 0; i < w->matches.n; i++) {
        const struct ir_match *match = &turn->ir->matches[w->matches.first + i];
        if (match_fits(turn, f, match, event, body))
            return match;
    }
    return NULL;
}

static bool step_takes(struct turn *turn, uint32_t event, struct value body)
{
    struct fibre *taker = NULL;
    const struct ir_match *how = NULL;
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->wait != FIBRE_EVENT)
            continue;
        uint32_t depth = depth_of(turn->ir, fibre_home(turn, f)) + 1;
        const struct ir_match *match =
            depth > deepest ? match_of_step(turn, f, event, body) : NULL;
        if (match != NULL) {
            taker = f;
            how = match;
            deepest = depth;
        }
    }
    if (taker == NULL)
        return false;
    entry_event(turn, taker, event, body);
    place_set(turn, taker, how->place, body);
    fibre_go_on(turn, taker, how->pc);
    return true;
}

/* `ignore E` drops what any other pattern of the flow would have correlated. */
static bool is_ours(struct turn *turn, uint32_t handler, uint32_t event,
                    struct value body)
{
    struct fibre f = nobody(turn, handler);
    for (uint32_t i = 0; i < turn->ir->matches_n; i++) {
        const struct ir_match *match = &turn->ir->matches[i];
        if (match->event == event && match->keys.n > 0 && keys_fit(turn, &f, match, body))
            return true;
    }
    return false;
}

static bool handler_takes(struct turn *turn, uint32_t handler, uint32_t event,
                          struct value body)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    struct fibre f = nobody(turn, handler);
    if (!state_handler_is_armed(turn, handler) ||
        (h->kind != IR_HANDLER_EVENT && h->kind != IR_HANDLER_IGNORE))
        return false;
    const struct ir_match *match = &turn->ir->matches[h->match];
    if (h->kind == IR_HANDLER_IGNORE) {
        if (match->event != event || !is_ours(turn, handler, event, body))
            return false;
        entry_event(turn, NULL, event, body);
        return true;
    }
    if (!match_fits(turn, &f, match, event, body))
        return false;
    entry_event(turn, &f, event, body);
    return wait_queue_push(turn, handler, body);
}

static bool level_takes(struct turn *turn, uint32_t state, uint32_t event,
                        struct value body)
{
    for (uint32_t h = 0; h < turn->ir->handlers_n; h++)
        if (turn->ir->handlers[h].state == state && handler_takes(turn, h, event, body))
            return true;
    return false;
}

bool wait_event(struct turn *turn, uint32_t event, struct value body)
{
    if (step_takes(turn, event, body))
        return true;
    for (uint32_t s = turn->inst->state; s != IR_NONE; s = turn->ir->states[s].parent)
        if (level_takes(turn, s, event, body))
            return true;
    return level_takes(turn, IR_NONE, event, body);
}

/* ---- queues ---- */

static struct handler_queue *queue_of(const struct turn *turn, uint32_t handler)
{
    for (uint32_t i = 0; i < turn->inst->queues.n; i++)
        if (turn->inst->queues.at[i].handler == handler)
            return &turn->inst->queues.at[i];
    return NULL;
}

bool wait_queue_is_empty(const struct turn *turn, uint32_t handler)
{
    const struct handler_queue *q = queue_of(turn, handler);
    return q == NULL || q->events.n == 0;
}

/* Inner states before outer ones, in each as the source has it. */
bool wait_comes_first(const struct turn *turn, uint32_t handler, uint32_t other)
{
    const struct ir *ir = turn->ir;
    uint32_t inner = depth_of(ir, ir->handlers[handler].state);
    uint32_t outer = depth_of(ir, ir->handlers[other].state);
    return inner != outer ? inner > outer : handler < other;
}

/* Among the others in the order in which handlers have their turn. */
static struct handler_queue *queue_new(struct turn *turn, uint32_t handler)
{
    struct instance *inst = turn->inst;
    struct handler_queue fresh = {.handler = handler};
    uint32_t at = inst->queues.n;
    vec_push(turn->arena, &inst->queues, fresh);
    for (; at > 0 && wait_comes_first(turn, handler, inst->queues.at[at - 1].handler);
         at--)
        inst->queues.at[at] = inst->queues.at[at - 1];
    inst->queues.at[at] = fresh;
    return &inst->queues.at[at];
}

bool wait_queue_push(struct turn *turn, uint32_t handler, struct value body)
{
    struct handler_queue *q = queue_of(turn, handler);
    if (q == NULL)
        q = queue_new(turn, handler);
    if (q->events.n >= LIMIT_HANDLER_QUEUE || !turn_has_room(turn, value_none(), body))
        return false;
    vec_push(turn->arena, &q->events, body);
    return true;
}

static void queue_shift(struct handler_queue *q)
{
    q->events.n--;
    memmove(q->events.at, q->events.at + 1, q->events.n * sizeof *q->events.at);
}

/* The first of a queue finds its handler, or, when that is off duty, another taker. */
static bool queue_moves(struct turn *turn, uint32_t i)
{
    struct handler_queue *q = &turn->inst->queues.at[i];
    const struct ir_handler *h = &turn->ir->handlers[q->handler];
    if (q->events.n == 0)
        return false;
    struct value first = q->events.at[0];
    if (state_handler_is_armed(turn, q->handler)) {
        if (state_handler_fibre(turn, q->handler) != NULL || !fibre_has_room(turn))
            return false;
        queue_shift(q);
        state_start_handler(turn, q->handler, first);
        return true;
    }
    if (h->kind != IR_HANDLER_EVENT) { /* a timer of a state that has been left */
        queue_shift(q);
        return true;
    }
    uint32_t handler = q->handler;
    if (!wait_event(turn, turn->ir->matches[h->match].event, first))
        return false;
    queue_shift(queue_of(turn, handler)); /* another may have come before it */
    return true;
}

bool wait_queues(struct turn *turn)
{
    if (state_is_deaf(turn))
        return false;
    for (uint32_t i = 0; i < turn->inst->queues.n; i++)
        if (queue_moves(turn, i))
            return true;
    return false;
}

/* ---- subscriptions ---- */

struct wanted {
    VEC(struct subscription) all;
};

static void want(struct turn *turn, struct wanted *wanted, uint32_t event,
                 uint32_t fields, const struct value *values)
{
    struct subscription s = {.event = event,
                             .key = subscribe_key(turn->ir, event, fields, values),
                             .fields = fields};
    for (uint32_t i = 0; i < wanted->all.n; i++)
        if (wanted->all.at[i].event == event && wanted->all.at[i].key == s.key &&
            wanted->all.at[i].fields == fields)
            return;
    vec_push(turn->arena, &wanted->all, s);
}

/* One subscription for each choice of items from the keys that are lists. */
static void want_each(struct turn *turn, struct wanted *wanted,
                      const struct ir_match *match, const struct value *keys,
                      const uint32_t *bits, uint32_t at, struct value *chosen)
{
    if (at == match->keys.n) {
        uint32_t fields = 0;
        for (uint32_t i = 0; i < at; i++)
            fields |= UINT32_C(1) << bits[i];
        want(turn, wanted, match->event, fields, chosen);
        return;
    }
    if (!turn->ir->match_keys[match->keys.first + at].is_list) {
        chosen[at] = keys[at];
        want_each(turn, wanted, match, keys, bits, at + 1, chosen);
        return;
    }
    for (uint32_t i = 0; keys[at].kind == VALUE_LIST && i < keys[at].n; i++) {
        chosen[at] = keys[at].items[i];
        want_each(turn, wanted, match, keys, bits, at + 1, chosen);
    }
}

static uint32_t bit_of(const struct ir *ir, uint32_t event, uint32_t field)
{
    const struct ir_range *keys = &ir->events[event].keys;
    for (uint32_t i = 0; i < keys->n; i++)
        if (ir->positions[keys->first + i] == field)
            return i;
    must(!"a pattern correlates by key fields only");
    return 0;
}

/* Keys that cannot be told yet (a variable that is not set) subscribe to nothing; they
 * are looked at again when a variable changes. */
static void want_match(struct turn *turn, struct wanted *wanted, const struct fibre *f,
                       const struct ir_match *match)
{
    struct value keys[SUBSCRIBE_KEYS_MAX], chosen[SUBSCRIBE_KEYS_MAX];
    uint32_t bits[SUBSCRIBE_KEYS_MAX];
    must(match->keys.n <= SUBSCRIBE_KEYS_MAX);
    for (uint32_t i = 0; i < match->keys.n; i++) {
        const struct ir_match_key *key = &turn->ir->match_keys[match->keys.first + i];
        bits[i] = bit_of(turn->ir, match->event, key->field);
        if (!turn_eval(turn, f, key->block, NULL, 0, &keys[i]))
            return;
    }
    want_each(turn, wanted, match, keys, bits, 0, chosen);
}

static void want_handler(struct turn *turn, struct wanted *wanted, uint32_t handler)
{
    const struct ir_handler *h = &turn->ir->handlers[handler];
    struct fibre f = nobody(turn, handler);
    if (!state_handler_is_armed(turn, handler))
        return;
    if (h->kind == IR_HANDLER_EVENT)
        want_match(turn, wanted, &f, &turn->ir->matches[h->match]);
    for (uint32_t i = 0; h->kind == IR_HANDLER_IGNORE && i < turn->ir->matches_n; i++)
        if (turn->ir->matches[i].event == turn->ir->matches[h->match].event &&
            turn->ir->matches[i].keys.n > 0)
            want_match(turn, wanted, &f, &turn->ir->matches[i]);
}

static struct wanted wanted_now(struct turn *turn)
{
    struct wanted wanted = {0};
    if (instance_status_is_ended(turn->inst->status))
        return wanted;
    for (uint32_t i = 0; i < turn->inst->fibres.n; i++) {
        struct fibre *f = &turn->inst->fibres.at[i];
        if (f->number == 0 || f->wait != FIBRE_EVENT)
            continue;
        const struct ir_wait *w = &turn->ir->waits[turn->ir->code[f->pc].b];
        for (uint32_t m = 0; m < w->matches.n; m++)
            want_match(turn, &wanted, f, &turn->ir->matches[w->matches.first + m]);
    }
    for (uint32_t h = 0; h < turn->ir->handlers_n; h++)
        want_handler(turn, &wanted, h);
    return wanted;
}

static bool is_among(const struct subscription *s, const struct subscription *all,
                     uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (all[i].event == s->event && all[i].key == s->key &&
            all[i].fields == s->fields)
            return true;
    return false;
}

static void change(struct turn *turn, enum effect_change how, struct subscription s)
{
    struct subscription_change c = {.change = how, .subscription = s};
    vec_push(turn->arena, &turn->decision->subscriptions, c);
}

void wait_subscribe(struct turn *turn)
{
    struct instance *inst = turn->inst;
    if (!turn->listens_anew)
        return;
    turn->listens_anew = false;
    struct wanted wanted = wanted_now(turn);
    uint32_t kept = 0, had = inst->subscriptions.n;
    for (uint32_t i = 0; i < had; i++) {
        struct subscription s = inst->subscriptions.at[i];
        if (is_among(&s, wanted.all.at, wanted.all.n))
            inst->subscriptions.at[kept++] = s;
        else
            change(turn, CHANGE_DROP, s);
    }
    inst->subscriptions.n = kept;
    for (uint32_t i = 0; i < wanted.all.n; i++) {
        if (is_among(&wanted.all.at[i], inst->subscriptions.at, kept))
            continue;
        wanted.all.at[i].number = inst->next_number++;
        vec_push(turn->arena, &inst->subscriptions, wanted.all.at[i]);
        change(turn, CHANGE_ADD, wanted.all.at[i]);
    }
}
