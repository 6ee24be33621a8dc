/* What two states have in common that are taken for one.
 *
 * A state is hashed without what cannot matter to what comes next:
 *
 * - Numbers of fibres, calls, tasks and records only tell who is older: their rank is
 *   taken.
 * - Of moments, only how far they lie ahead, or back: the order of those that something
 *   waits for exactly, distances to one part in eight. That it is Tuesday, and how long
 *   ago something was, is not seen: a flow that computes with `now`, or whose business
 *   days begin to differ, may be taken for the same where it is not quite.
 * - Effects that are put back, kept or left standing are past; of the others the
 *   arguments are not looked at, since no answer depends on them. Of those that stay in
 *   any case, done again and again at one place (a reminder every week), two stand for
 *   all.
 * - Nor are arguments of calls, for the same reason, and the parameters, which never
 *   change; the id of a flow that was let go is only a name.
 * - Of the journal: marks, keys, texts of problems and of questions.
 * - Visits of states without `up to N times`.
 *
 * Everything else is taken as it is: where each fibre stands and what it waits for, the
 * values of variables and locals, queues, held events, faults so far. Two states of ten
 * million whose 64 bits are equal by chance: once in some 400,000 explorations. */
#include "tools/explore/explore_in.h"

enum { MOMENTS_MAX = 128 }; /* whose order is told; of more only the distance is */

struct state_hash {
    const struct world *world;
    bool *is_param;      /* as many as slots */
    bool *is_timeless;   /* places that hold no moment */
    bool *is_mark;       /* places that say where the undo log stood */
    bool *is_frame_mark; /* the same, as many as frame places */
    bool *is_id;         /* places with the id of a flow that was let go: made from the
                            moment it began, so that no two would be the same */
    bool *is_frame_id;
};

struct hasher {
    const struct state_hash *of;
    const struct ir *ir;
    const struct instance *inst;
    int64_t now;
    const struct undo_record **live; /* the effects that still count, oldest first */
    uint32_t live_n;
    int64_t moments[MOMENTS_MAX];
    uint32_t moments_n;
    uint64_t h;
};

static bool holds_moment(const struct ir *ir, uint32_t type, bool *seen);

static bool is_held(const struct ir *ir, struct ir_range fields, bool *seen)
{
    for (uint32_t i = fields.first; i < fields.first + fields.n; i++)
        if (holds_moment(ir, ir->fields[i].type, seen))
            return true;
    return false;
}

/* `seen`: types that are looked into already; as many as types. */
static bool holds_moment(const struct ir *ir, uint32_t type, bool *seen)
{
    if (type >= ir->types_n || seen[type])
        return type >= ir->types_n; /* a hidden place may hold anything */
    const struct ir_type *row = &ir->types[type];
    bool holds = row->kind == IR_TYPE_INSTANT;
    seen[type] = true;
    if (row->kind == IR_TYPE_OPTIONAL || row->kind == IR_TYPE_LIST ||
        row->kind == IR_TYPE_MAP)
        holds = holds_moment(ir, row->of, seen);
    if (row->kind == IR_TYPE_MAP)
        holds = holds || holds_moment(ir, row->key, seen);
    if (row->kind == IR_TYPE_RECORD)
        holds = is_held(ir, row->parts, seen);
    for (uint32_t i = 0; row->kind == IR_TYPE_VARIANT && i < row->parts.n && !holds; i++)
        holds = is_held(ir, ir->cases[row->parts.first + i].fields, seen);
    return holds;
}

struct state_hash *state_hash_new(struct arena *arena, const struct world *world)
{
    const struct ir *ir = world->ir;
    struct state_hash *hash = arena_new_of(arena, struct state_hash);
    hash->world = world;
    hash->is_param = arena_array(arena, bool, ir->slots_n + 1);
    hash->is_mark = arena_array(arena, bool, ir->slots_n + 1);
    hash->is_timeless = arena_array(arena, bool, ir->slots_n + 1);
    for (uint32_t i = 0; i < ir->slots_n; i++) {
        bool *seen = arena_array(arena, bool, ir->types_n + 1);
        hash->is_param[i] = ir->slots[i].kind == IR_SLOT_PARAM;
        hash->is_timeless[i] = !holds_moment(ir, ir->slots[i].type, seen);
    }
    hash->is_frame_mark = arena_array(arena, bool, ir->flow.frame_slots + 1);
    hash->is_id = arena_array(arena, bool, ir->slots_n + 1);
    hash->is_frame_id = arena_array(arena, bool, ir->flow.frame_slots + 1);
    for (uint32_t i = 0; i < ir->children_n; i++) {
        uint32_t at = ir->children[i].place, place = at & ~IR_FRAME;
        if (ir->children[i].is_owned || at == IR_NONE)
            continue;
        if ((at & IR_FRAME) == 0 && place < ir->slots_n)
            hash->is_id[place] = true;
        else if ((at & IR_FRAME) != 0 && place < ir->flow.frame_slots)
            hash->is_frame_id[place] = true;
    }
    for (uint32_t i = 0; i < ir->attempts_n; i++) {
        uint32_t mark = ir->attempts[i].mark, place = mark & ~IR_FRAME;
        if ((mark & IR_FRAME) == 0 && place < ir->slots_n)
            hash->is_mark[place] = true;
        else if ((mark & IR_FRAME) != 0 && place < ir->flow.frame_slots)
            hash->is_frame_mark[place] = true;
    }
    return hash;
}

/* ---- mixing ---- */

static void put(struct hasher *s, uint64_t x)
{
    unsigned __int128 product =
        (unsigned __int128)(s->h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
    s->h = ((uint64_t)product ^ (uint64_t)(product >> 64)) + UINT64_C(0xD1B54A32D192ED03);
}

static void put_text(struct hasher *s, struct text t)
{
    uint64_t word;
    put(s, t.n);
    for (; t.n >= sizeof word; t.chars += sizeof word, t.n -= sizeof word) {
        memcpy(&word, t.chars, sizeof word);
        put(s, word);
    }
    if (t.n > 0) {
        word = 0;
        memcpy(&word, t.chars, t.n);
        put(s, word);
    }
}

/* One part in eight. */
static uint64_t distance(int64_t by)
{
    uint64_t ms = by > 0 ? (uint64_t)by / 1000 : 0;
    if (ms < 8)
        return ms;
    uint32_t high = 63 - (uint32_t)__builtin_clzll(ms);
    return (uint64_t)high * 8 + (ms >> (high - 3) & 7);
}

static void put_value(struct hasher *s, const struct value *v)
{
    put(s, (uint64_t)v->kind | (uint64_t)v->tag << 8 | (uint64_t)v->n << 32);
    switch ((enum value_kind)v->kind) {
    case VALUE_UNSET:
    case VALUE_NONE:
        return;
    case VALUE_BOOL:
        put(s, v->yes);
        return;
    case VALUE_INT:
    case VALUE_DATE:
    case VALUE_DURATION:
    case VALUE_WORK_DAYS:
    case VALUE_WORK_HOURS:
        put(s, (uint64_t)v->whole);
        return;
    case VALUE_INSTANT:
        put(s, v->whole > s->now ? distance(v->whole - s->now)
                                 : ~distance(s->now - v->whole));
        return;
    case VALUE_MONEY:
        put_text(s, text_of(v->currency));
        put(s, (uint64_t)v->units ^ v->scale);
        return;
    case VALUE_DECIMAL:
        put(s, (uint64_t)v->units ^ v->scale);
        return;
    case VALUE_TEXT:
        put_text(s, (struct text){v->chars, v->n});
        return;
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_RECORD:
    case VALUE_VARIANT:
        for (uint32_t i = 0; i < v->n; i++)
            put_value(s, &v->items[i]);
        return;
    }
}

/* ---- ranks ---- */

static bool stays_done(const struct undo_record *record)
{
    return record->stays && record->state == UNDO_DONE;
}

/* Two newer ones say all that it says. */
static bool is_one_of_many(const struct instance *inst, uint32_t at)
{
    uint32_t newer = 0;
    if (!stays_done(&inst->undo.at[at]))
        return false;
    for (uint32_t i = at + 1; i < inst->undo.n && newer < 2; i++)
        newer += inst->undo.at[i].site == inst->undo.at[at].site &&
                 stays_done(&inst->undo.at[i]);
    return newer == 2;
}

static void find_live(struct hasher *s, struct arena *arena)
{
    s->live = arena_array(arena, const struct undo_record *, s->inst->undo.n + 1);
    for (uint32_t i = 0; i < s->inst->undo.n; i++) {
        const struct undo_record *record = &s->inst->undo.at[i];
        enum undo_state state = record->state;
        if (state != UNDO_UNDONE && state != UNDO_KEPT && state != UNDO_LEFT &&
            !is_one_of_many(s->inst, i))
            s->live[s->live_n++] = record;
    }
}

/* How many effects that still count are older. */
static uint32_t records_before(const struct hasher *s, uint32_t number)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->live_n; i++)
        n += s->live[i]->number < number;
    return n;
}

static void put_record(struct hasher *s, uint32_t number)
{
    put(s, number == 0 ? 0 : records_before(s, number) + 1);
}

static void put_fibre_number(struct hasher *s, uint32_t number)
{
    uint32_t rank = 0;
    for (uint32_t i = 0; number != 0 && i < s->inst->fibres.n; i++)
        if (s->inst->fibres.at[i].number == number)
            rank = i + 1;
    put(s, rank);
}

/* ---- moments ---- */

static void add_moment(struct hasher *s, int64_t at)
{
    if (at != 0 && s->moments_n < MOMENTS_MAX)
        s->moments[s->moments_n++] = at;
}

static void add_moments(struct hasher *s, const struct node *node)
{
    const struct instance *inst = s->inst;
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        add_moment(s, inst->fibres.at[i].until);
        add_moment(s, inst->fibres.at[i].call.next_at);
        add_moment(s, inst->fibres.at[i].call.limit_at);
    }
    for (uint32_t i = 0; i < inst->tasks.n; i++) {
        add_moment(s, inst->tasks.at[i].next_at);
        add_moment(s, inst->tasks.at[i].until);
    }
    for (uint32_t i = 0; i < inst->visits_n; i++)
        if (inst->visits[i].entered_at != 0)
            add_moment(s, inst->visits[i].limit_at);
    for (uint32_t i = 0; i < inst->timers_n; i++)
        add_moment(s, inst->timers[i].due);
    for (uint32_t i = 0; i < s->of->world->events_n; i++)
        add_moment(s, node->held_until[i]);
}

static void put_moment(struct hasher *s, int64_t at)
{
    uint32_t rank = 1;
    for (uint32_t i = 0; at != 0 && i < s->moments_n; i++)
        rank += s->moments[i] < at;
    put(s, at == 0 ? 0 : (uint64_t)rank << 32 | distance(at - s->now));
}

/* ---- the parts ---- */

static void put_call(struct hasher *s, const struct wait_call *c)
{
    put(s, (uint64_t)c->phase | (uint64_t)c->limit_passed << 4 |
               (uint64_t)c->is_recovered << 5 | (uint64_t)c->problem_kind << 8 |
               (uint64_t)c->operation << 32);
    put(s, c->tries);
    put(s, distance(s->now - c->began_at));
    put_moment(s, c->next_at);
    put_moment(s, c->limit_at);
    put_record(s, c->record);
}

/* One that says where the undo log stood is a rank in it; an id is only there or not. */
static void put_place(struct hasher *s, const struct value *v, bool is_mark, bool is_id)
{
    if (is_id)
        put(s, v->kind);
    else if (is_mark && v->kind == VALUE_INT)
        put(s, records_before(s, (uint32_t)v->whole));
    else
        put_value(s, v);
}

static void put_frame(struct hasher *s, const struct value *frame)
{
    put(s, frame != NULL);
    for (uint32_t i = 0; frame != NULL && i < s->ir->flow.frame_slots; i++)
        put_place(s, &frame[i], s->of->is_frame_mark[i], s->of->is_frame_id[i]);
}

static void put_fibre(struct hasher *s, const struct fibre *f)
{
    put(s, (uint64_t)f->kind | (uint64_t)f->wait << 8 | (uint64_t)f->stopping << 16 |
               (uint64_t)f->pc << 32);
    if (f->kind == FIBRE_UNDO)
        put_record(s, f->owner);
    else
        put(s, f->owner);
    put_fibre_number(s, f->parked);
    put(s, f->target);
    put_moment(s, f->until);
    if (f->call.number != 0)
        put_call(s, &f->call);
    put_frame(s, f->frame);
    if (f->kind == FIBRE_PART) {
        put_fibre_number(s, f->parent);
        put(s, (uint64_t)f->root << 32 | f->index);
    }
    if (f->wait == FIBRE_JOINING)
        put(s, (uint64_t)f->begun << 32 | f->window);
    if (f->wait == FIBRE_PARKED) {
        put(s, f->dead_letter);
        put_text(s, f->problem_kind);
        put(s, f->task != 0);
    }
    put_text(s, f->cause_kind);
}

static bool is_same(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && a->tag == b->tag && a->n == b->n &&
           a->scale == b->scale &&
           memcmp(a->currency, b->currency, sizeof a->currency) == 0 &&
           memcmp(&a->units, &b->units, sizeof a->units) == 0;
}

/* Values are shared with the state before: what is the same there has the same hash,
 * unless it holds a moment and time has passed. */
static void put_places(struct hasher *s, struct arena *arena, struct node *node,
                       const struct node *from)
{
    bool can_share = from != NULL && from->places != NULL;
    bool has_passed = can_share && from->now != node->now;
    uint64_t before = s->h;
    node->places = arena_array(arena, uint64_t, s->ir->slots_n + 1);
    for (uint32_t i = 0; i < s->ir->slots_n; i++) {
        const struct value *v = &s->inst->places[i];
        if (s->of->is_param[i])
            continue;
        if (can_share && !s->of->is_mark[i] && (!has_passed || s->of->is_timeless[i]) &&
            is_same(v, &from->inst->places[i])) {
            node->places[i] = from->places[i];
        } else {
            s->h = i;
            put_place(s, v, s->of->is_mark[i], s->of->is_id[i]);
            node->places[i] = s->h;
        }
    }
    s->h = before;
    for (uint32_t i = 0; i < s->ir->slots_n; i++)
        put(s, node->places[i]);
}

static void put_states(struct hasher *s)
{
    for (uint32_t i = 0; i < s->inst->visits_n; i++) {
        const struct state_visit *visit = &s->inst->visits[i];
        if (s->ir->states[i].visits_max > 0)
            put(s, visit->visits);
        put(s, visit->mark == 0 ? 0 : records_before(s, visit->mark));
        put_moment(s, visit->entered_at != 0 ? visit->limit_at : 0);
    }
    for (uint32_t i = 0; i < s->inst->timers_n; i++)
        put_moment(s, s->inst->timers[i].due);
}

/* How many effects that still count are put back before it. */
static uint32_t newer_than(const struct hasher *s, const struct undo_record *record)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->live_n; i++)
        n += s->live[i]->order > record->order;
    return n;
}

static void put_log(struct hasher *s)
{
    for (uint32_t i = 0; i < s->live_n; i++) {
        const struct undo_record *record = s->live[i];
        put(s, (uint64_t)record->state | (uint64_t)record->is_lost << 8 |
                   (uint64_t)record->site << 32);
        put(s, newer_than(s, record));
        put_fibre_number(s, record->fibre);
        put_frame(s, record->frame);
    }
}

static void put_queues(struct hasher *s)
{
    for (uint32_t i = 0; i < s->inst->queues.n; i++) {
        put(s, (uint64_t)s->inst->queues.at[i].handler << 32 |
                   s->inst->queues.at[i].events.n);
        for (uint32_t k = 0; k < s->inst->queues.at[i].events.n; k++)
            put_value(s, &s->inst->queues.at[i].events.at[k]);
    }
}

static void put_tasks(struct hasher *s)
{
    for (uint32_t i = 0; i < s->inst->tasks.n; i++) {
        const struct task *task = &s->inst->tasks.at[i];
        put_fibre_number(s, task->fibre);
        put(s, (uint64_t)task->what << 32 | task->escalated);
        put_moment(s, task->next_at);
        put_moment(s, task->until);
    }
}

/* The fibre that waits for it says where in the flow that is. */
static void put_children(struct hasher *s, const struct node *node)
{
    put(s, node->children_n);
    for (uint32_t i = 0; i < node->children_n; i++) {
        uint32_t number = 0;
        for (uint32_t k = 0; k < s->inst->undo.n; k++)
            if (id_is(s->inst->undo.at[k].child, node->children[i].id))
                number = s->inst->undo.at[k].number;
        put(s, node->children[i].child);
        put_record(s, number);
    }
}

static void put_world(struct hasher *s, const struct node *node)
{
    put(s, (uint64_t)node->faults << 32 | node->sent);
    for (uint32_t i = 0; i < s->of->world->events_n; i++)
        put_moment(s, node->held_until[i]);
    for (uint32_t i = 0; i < node->persists_n; i++) {
        put_fibre_number(s, node->persists[i].fibre);
        put(s, node->persists[i].kind);
    }
    for (uint32_t i = 0; i < s->of->world->counted; i++)
        put(s, node->mocks[i]);
}

uint64_t state_hash_of(const struct state_hash *hash, struct arena *arena,
                       struct node *node, const struct node *from)
{
    const struct instance *inst = node->inst;
    struct hasher s = {.of = hash,
                       .ir = hash->world->ir,
                       .inst = inst,
                       .now = node->now,
                       .h = UINT64_C(0x243F6A8885A308D3)};
    find_live(&s, arena);
    put(&s, (uint64_t)inst->status | (uint64_t)inst->state << 32);
    put(&s, (uint64_t)inst->is_paused | (uint64_t)inst->is_cancelling << 1);
    put_fibre_number(&s, inst->unwinding);
    add_moments(&s, node);
    put_world(&s, node);
    put_children(&s, node);
    put_places(&s, arena, node, from);
    put_states(&s);
    put_log(&s);
    if (instance_status_is_ended(inst->status))
        return s.h;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        put_fibre(&s, &inst->fibres.at[i]);
    put_queues(&s);
    put_tasks(&s);
    put_value(&s, &inst->result);
    return s.h;
}
