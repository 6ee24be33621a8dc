/* The snapshot: an instance as bytes, and back.
 *
 * It is written at every transition, so it is short and flat: whole numbers are varints,
 * moments count from the start of the instance, references count from one (0 is none),
 * and what is not in use is a bit in a byte of flags. Each put_ stands beside its cut_.
 *
 * What a step changes stands in front, and what it leaves alone behind: of two versions
 * of a row PostgreSQL logs what lies between the same beginning and the same end. So
 * lists that grow stand newest first, and the places, the key and the id come last (the
 * tail). Arguments are places as a rule, and are handed on to call after call: a value
 * that is a place's is its number.
 *
 * What is read back may be anything: counts are held against the bytes that are left,
 * references against the image, and the first thing that does not fit makes the whole
 * BROKEN. */
#include "engine/base/err.h"
#include "engine/base/limits.h"
#include "engine/core/instance.h"
#include "engine/core/shelf.h"

/* It is read and not written: its order is another, and what is equal stands there twice.
 */
enum { SNAPSHOT_FORMAT_BEFORE = SNAPSHOT_FORMAT - 1 };

/* In place of a value's kind: it is that of the place whose number follows. */
enum { VALUE_OF_PLACE = 0x7E };

/* What all values that stand for a place's weigh in memory: more are written out. So a
 * few doctored bytes cannot become more than a copy has room for. */
enum { OF_PLACES_WEIGHT_MAX = 4 * LIMIT_SNAPSHOT_BYTES };

struct reader {
    struct arena *arena;
    const struct ir *ir;
    struct cut cut;
    uint8_t format;
    int64_t base;                /* started_at */
    uint64_t of_places;          /* weight of the values that are places' */
    const struct instance *inst; /* what was read of it so far */
    const struct shelf *shelf;   /* its large values; NULL: none */
};

struct writer {
    struct buf *out;
    const struct ir *ir;
    int64_t base;
    uint64_t of_places;
    const struct instance *inst;
    struct shelf *shelf; /* where large values go; NULL: nowhere */
};

/* ---- the small parts ---- */

static void put_time(const struct writer *w, int64_t at)
{
    if (at == 0) {
        buf_u8(w->out, 0);
        return;
    }
    /* Zigzag of the distance, and one: 0 stays free for "none". */
    int64_t by = (int64_t)((uint64_t)at - (uint64_t)w->base);
    uint64_t zigzag = ((uint64_t)by << 1) ^ (uint64_t)(by >> 63);
    buf_u64(w->out, zigzag + 1);
}

static int64_t cut_time(struct reader *r)
{
    uint64_t zigzag = cut_u64(&r->cut);
    if (zigzag == 0)
        return 0;
    zigzag--;
    int64_t by = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
    return (int64_t)((uint64_t)r->base + (uint64_t)by);
}

static void put_reference(const struct writer *w, uint32_t index)
{
    buf_u32(w->out, index + 1); /* IR_NONE wraps to 0 */
}

/* Below `n`, or IR_NONE. */
static uint32_t cut_reference(struct reader *r, uint32_t n)
{
    uint32_t index = cut_u32(&r->cut) - 1;
    if (index != IR_NONE && index >= n)
        r->cut.bad = true;
    return r->cut.bad ? IR_NONE : index;
}

/* One of the `n` things of a kind: never none. */
static uint32_t cut_index(struct reader *r, uint32_t n)
{
    uint32_t index = cut_u32(&r->cut);
    if (index >= n)
        r->cut.bad = true;
    return r->cut.bad ? 0 : index;
}

static struct text cut_text(struct reader *r)
{
    struct text t = cut_bytes(&r->cut);
    if (r->cut.bad || t.n == 0)
        return TEXT("");
    if (t.n + 64 > arena_left(r->arena)) {
        r->cut.bad = true;
        return TEXT("");
    }
    return text_dup(r->arena, t);
}

static void put_digest(const struct writer *w, const struct digest *digest)
{
    buf_add(w->out, digest->bytes, sizeof digest->bytes);
}

static void cut_raw(struct reader *r, void *to, size_t n)
{
    if (r->cut.bad || (size_t)(r->cut.end - r->cut.at) < n) {
        r->cut.bad = true;
        return;
    }
    memcpy(to, r->cut.at, n);
    r->cut.at += n;
}

/* A count, of things that take at least one byte each, and `bytes` in memory. */
static uint32_t cut_count(struct reader *r, size_t bytes)
{
    uint32_t n = cut_u32(&r->cut);
    if (n > (size_t)(r->cut.end - r->cut.at) ||
        n * (uint64_t)bytes + 64 > arena_left(r->arena))
        r->cut.bad = true;
    return r->cut.bad ? 0 : n;
}

#define cut_vec(r, vec)                                                                  \
    ((vec)->n = (vec)->room = cut_count((r), sizeof *(vec)->at),                         \
     (vec)->at =                                                                         \
         (vec)->n > 0 ? arena_alloc((r)->arena, (vec)->n * sizeof *(vec)->at) : NULL)

/* ---- values ---- */

/* Short ones are written sooner than looked for. */
static bool is_worth_a_place(struct value v)
{
    return v.kind >= VALUE_LIST ? v.n > 0 : v.kind == VALUE_TEXT && v.n > 8;
}

static uint64_t weight_of(struct value v)
{
    return v.n + (v.kind >= VALUE_LIST ? v.weight : 0);
}

/* The very value, not an equal one: where it was taken from. */
static bool is_same_value(struct value a, struct value b)
{
    if (a.kind != b.kind || a.n != b.n || a.is_private != b.is_private)
        return false;
    return a.kind == VALUE_TEXT ? a.chars == b.chars
                                : a.items == b.items && a.tag == b.tag;
}

static uint32_t place_of(const struct writer *w, struct value v)
{
    for (uint32_t i = 0; i < w->ir->slots_n; i++)
        if (is_same_value(w->inst->places[i], v))
            return i;
    return IR_NONE;
}

static bool put_place(struct writer *w, struct value v)
{
    uint32_t place = is_worth_a_place(v) ? place_of(w, v) : IR_NONE;
    if (place == IR_NONE || w->of_places + weight_of(v) > OF_PLACES_WEIGHT_MAX)
        return false;
    w->of_places += weight_of(v);
    buf_u8(w->out, VALUE_OF_PLACE);
    buf_u32(w->out, place);
    return true;
}

static struct value cut_place(struct reader *r)
{
    cut_u8(&r->cut);
    uint32_t place = cut_u32(&r->cut);
    bool is_one = !r->cut.bad && place < r->ir->slots_n && r->inst->places != NULL &&
                  is_worth_a_place(r->inst->places[place]);
    if (is_one)
        r->of_places += weight_of(r->inst->places[place]);
    if (!is_one || r->of_places > OF_PLACES_WEIGHT_MAX) {
        r->cut.bad = true;
        return value_none();
    }
    return r->inst->places[place];
}

static bool is_next(const struct reader *r, uint8_t byte)
{
    return !r->cut.bad && r->cut.at < r->cut.end && *r->cut.at == byte;
}

static void put_field(struct writer *w, struct value v)
{
    if (!put_place(w, v))
        value_pack_beside(w->out, v, w->shelf);
}

static struct value cut_field(struct reader *r)
{
    return is_next(r, VALUE_OF_PLACE) ? cut_place(r)
                                      : value_unpack_beside(r->arena, &r->cut, r->shelf);
}

/* As value_pack does, but that it, or fields of a record, may be places'. */
static void put_value(struct writer *w, struct value v)
{
    bool is_beside = w->shelf != NULL && shelf_takes(v) && !shelf_splits(v);
    if (v.kind != VALUE_RECORD || v.is_private || is_beside) {
        put_field(w, v);
        return;
    }
    if (put_place(w, v))
        return;
    buf_u8(w->out, VALUE_RECORD);
    buf_u32(w->out, v.n);
    for (uint32_t i = 0; i < v.n; i++)
        put_field(w, v.items[i]);
}

static struct value cut_value(struct reader *r)
{
    if (!is_next(r, VALUE_RECORD))
        return cut_field(r);
    cut_u8(&r->cut);
    uint32_t n = cut_count(r, sizeof(struct value));
    struct value *fields = n > 0 ? arena_array(r->arena, struct value, n) : NULL;
    for (uint32_t i = 0; i < n && !r->cut.bad; i++)
        fields[i] = cut_field(r);
    return r->cut.bad ? value_none() : value_record(fields, n);
}

static void put_values(struct writer *w, const struct value *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        put_value(w, values[i]);
}

static struct value *cut_values(struct reader *r, uint32_t n)
{
    if (n > (size_t)(r->cut.end - r->cut.at) ||
        n * sizeof(struct value) + 64 > arena_left(r->arena))
        r->cut.bad = true;
    if (r->cut.bad)
        return NULL;
    struct value *values = arena_array(r->arena, struct value, n);
    for (uint32_t i = 0; i < n && !r->cut.bad; i++)
        values[i] = cut_value(r);
    return values;
}

/* ---- a call in hand ---- */

/* Bits beside a call's phase. */
enum { CALL_LIMIT_PASSED = 0x80, CALL_IS_RECOVERED = 0x40 };

static void put_call(struct writer *w, const struct wait_call *c)
{
    buf_u32(w->out, c->number);
    buf_u8(w->out, (uint8_t)(c->phase | (c->limit_passed ? CALL_LIMIT_PASSED : 0) |
                             (c->is_recovered ? CALL_IS_RECOVERED : 0)));
    put_reference(w, c->operation);
    put_reference(w, c->policy);
    buf_u32(w->out, c->attempt);
    buf_u32(w->out, c->tries);
    put_time(w, c->began_at);
    put_time(w, c->sent_at);
    put_time(w, c->next_at);
    put_time(w, c->limit_at);
    put_value(w, c->args);
    put_digest(w, &c->key);
    buf_u32(w->out, c->record);
    buf_bytes(w->out, c->problem);
    buf_u32(w->out, c->problem_kind);
}

static void cut_call(struct reader *r, struct wait_call *c)
{
    c->number = cut_u32(&r->cut);
    uint8_t phase = cut_u8(&r->cut);
    c->phase = phase & ~(CALL_LIMIT_PASSED | CALL_IS_RECOVERED);
    c->limit_passed = (phase & CALL_LIMIT_PASSED) != 0;
    c->is_recovered = (phase & CALL_IS_RECOVERED) != 0;
    if (c->phase > CALL_ASK_HELD)
        r->cut.bad = true;
    c->operation = cut_reference(r, r->ir->operations_n);
    c->policy = cut_reference(r, r->ir->policies_n);
    c->attempt = cut_u32(&r->cut);
    c->tries = cut_u32(&r->cut);
    c->began_at = cut_time(r);
    c->sent_at = cut_time(r);
    c->next_at = cut_time(r);
    c->limit_at = cut_time(r);
    c->args = cut_value(r);
    cut_raw(r, &c->key, sizeof c->key);
    c->record = cut_u32(&r->cut);
    c->problem = cut_text(r);
    c->problem_kind = cut_u32(&r->cut);
}

/* ---- fibres ---- */

enum {
    FIBRE_HAS_CALL = 1,
    FIBRE_HAS_FRAME = 2,
    FIBRE_HAS_PROBLEM = 4,
    FIBRE_IS_STOPPING = 8,
    FIBRE_HAS_CAUSE = 16,
    FIBRE_IS_PART = 32,
    FIBRE_HAS_PARTS = 64
};

static bool has_call(const struct fibre *f)
{
    return f->call.number != 0 || f->call.attempt != 0 || f->call.record != 0 ||
           f->call.args.kind != VALUE_UNSET;
}

static bool has_problem(const struct fibre *f)
{
    return f->wait == FIBRE_PARKED || f->problem_kind.n > 0 || f->problem_message.n > 0 ||
           f->problem_data.kind != VALUE_UNSET;
}

static void put_fibre(struct writer *w, const struct fibre *f)
{
    uint8_t flags = (uint8_t)((has_call(f) ? FIBRE_HAS_CALL : 0) |
                              (f->frame != NULL ? FIBRE_HAS_FRAME : 0) |
                              (has_problem(f) ? FIBRE_HAS_PROBLEM : 0) |
                              (f->stopping ? FIBRE_IS_STOPPING : 0) |
                              (f->cause_kind.n > 0 ? FIBRE_HAS_CAUSE : 0) |
                              (f->kind == FIBRE_PART ? FIBRE_IS_PART : 0) |
                              (f->wait == FIBRE_JOINING ? FIBRE_HAS_PARTS : 0));
    buf_u8(w->out, flags);
    buf_u32(w->out, f->number);
    buf_u8(w->out, (uint8_t)f->kind);
    put_reference(w, f->owner);
    buf_u32(w->out, f->parked);
    put_reference(w, f->pc);
    buf_u8(w->out, (uint8_t)f->wait);
    put_time(w, f->since);
    put_time(w, f->until);
    put_reference(w, f->target);
    buf_u32(w->out, f->task);
    if (flags & FIBRE_HAS_CALL)
        put_call(w, &f->call);
    if (flags & FIBRE_HAS_FRAME)
        put_values(w, f->frame, w->ir->flow.frame_slots);
    if (flags & FIBRE_HAS_PROBLEM) {
        put_reference(w, f->dead_letter);
        buf_bytes(w->out, f->problem_kind);
        buf_bytes(w->out, f->problem_message);
        buf_u32(w->out, f->problem_attempts);
        put_value(w, f->problem_data);
    }
    if (flags & FIBRE_HAS_CAUSE) {
        buf_bytes(w->out, f->cause_kind);
        buf_bytes(w->out, f->cause_message);
        put_value(w, f->cause_data);
    }
    if (flags & FIBRE_IS_PART) {
        buf_u32(w->out, f->parent);
        buf_u8(w->out, (uint8_t)f->root);
        buf_u32(w->out, f->index);
    }
    if (flags & FIBRE_HAS_PARTS) {
        buf_u32(w->out, f->begun);
        buf_u32(w->out, f->window);
    }
}

/* What a fibre is of must exist: its state, its handler. */
static bool owner_is_there(const struct ir *ir, const struct fibre *f)
{
    switch ((enum fibre_kind)f->kind) {
    case FIBRE_STATE:
        return f->owner < ir->states_n;
    case FIBRE_HANDLER:
        return f->owner < ir->handlers_n;
    case FIBRE_CHOICE:
    case FIBRE_PART:
        return f->owner < ir->states_n || f->owner == IR_NONE;
    case FIBRE_FLOW:
    case FIBRE_UNDO:
        return true;
    }
    return false;
}

static void cut_fibre(struct reader *r, struct fibre *f)
{
    uint8_t flags = cut_u8(&r->cut);
    f->stopping = (flags & FIBRE_IS_STOPPING) != 0;
    f->number = cut_u32(&r->cut);
    f->kind = cut_u8(&r->cut);
    f->owner = cut_reference(r, UINT32_MAX);
    f->parked = cut_u32(&r->cut);
    f->pc = cut_reference(r, r->ir->code_n);
    f->wait = cut_u8(&r->cut);
    f->since = cut_time(r);
    f->until = cut_time(r);
    f->target = cut_reference(r, UINT32_MAX);
    f->task = cut_u32(&r->cut);
    f->problem_kind = f->problem_message = f->call.problem = TEXT("");
    f->cause_kind = f->cause_message = TEXT("");
    f->dead_letter = IR_NONE;
    if (flags > 127 || f->wait > FIBRE_JOINING || !owner_is_there(r->ir, f))
        r->cut.bad = true;
    if (flags & FIBRE_HAS_CALL)
        cut_call(r, &f->call);
    if (flags & FIBRE_HAS_FRAME)
        f->frame = cut_values(r, r->ir->flow.frame_slots);
    if (flags & FIBRE_HAS_PROBLEM) {
        f->dead_letter = cut_reference(r, r->ir->dead_letters_n);
        f->problem_kind = cut_text(r);
        f->problem_message = cut_text(r);
        f->problem_attempts = cut_u32(&r->cut);
        f->problem_data = cut_value(r);
    }
    if (flags & FIBRE_HAS_CAUSE) {
        f->cause_kind = cut_text(r);
        f->cause_message = cut_text(r);
        f->cause_data = cut_value(r);
    }
    if (flags & FIBRE_IS_PART) {
        f->parent = cut_u32(&r->cut);
        f->root = cut_u8(&r->cut);
        f->index = cut_u32(&r->cut);
    }
    if (flags & FIBRE_HAS_PARTS) {
        f->begun = cut_u32(&r->cut);
        f->window = cut_u32(&r->cut);
    }
    bool is_part = (flags & FIBRE_IS_PART) != 0;
    if (is_part != (f->kind == FIBRE_PART))
        r->cut.bad = true;
    if (is_part && (f->root >= FIBRE_PART || f->parent >= f->number))
        r->cut.bad = true; /* who joins is older: so nobody joins itself */
}

/* ---- undo records ---- */

enum {
    RECORD_STAYS = 1,
    RECORD_HAS_FRAME = 2,
    RECORD_STATE_SHIFT = 2,
    RECORD_STATE_MASK = 7,
    RECORD_IS_CHILD = 0x20,
    RECORD_IS_ASKED = 0x40,
    RECORD_IS_LOST = 0x80
};

/* What was armed has the arguments of the call that is in flight for it. Fibres stand in
 * the order of their numbers. */
static const struct wait_call *call_of(const struct instance *inst,
                                       const struct undo_record *u)
{
    uint32_t low = 0, high = inst->fibres.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (inst->fibres.at[middle].number < u->fibre)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == inst->fibres.n)
        return NULL;
    const struct fibre *f = &inst->fibres.at[low];
    bool is_its = f->number == u->fibre && f->call.record == u->number &&
                  f->call.args.kind == VALUE_RECORD;
    return is_its ? &f->call : NULL;
}

static bool is_same_record(struct value a, struct value b)
{
    return a.kind == VALUE_RECORD && b.kind == VALUE_RECORD && a.n == b.n &&
           a.items == b.items;
}

/* What it has of its call. */
enum { CALL_HAS_ARGS = 1, CALL_HAS_KEY = 2 };

static void put_record_values(struct writer *w, const struct undo_record *u)
{
    const struct wait_call *c = call_of(w->inst, u);
    bool has_args = c != NULL && is_same_record(c->args, u->args);
    bool has_key = c != NULL && digest_is(&c->key, &u->key);
    buf_u8(w->out, (has_args ? CALL_HAS_ARGS : 0) | (has_key ? CALL_HAS_KEY : 0));
    if (!has_args)
        put_value(w, u->args);
    put_value(w, u->undo_args);
    if (!has_key)
        put_digest(w, &u->key);
}

static void cut_record_values(struct reader *r, struct undo_record *u)
{
    uint8_t shared = cut_u8(&r->cut);
    const struct wait_call *c = shared != 0 ? call_of(r->inst, u) : NULL;
    if (shared > (CALL_HAS_ARGS | CALL_HAS_KEY) || (shared != 0 && c == NULL)) {
        r->cut.bad = true;
        return;
    }
    u->args = shared & CALL_HAS_ARGS ? c->args : cut_value(r);
    u->undo_args = cut_value(r);
    if (shared & CALL_HAS_KEY)
        u->key = c->key;
    else
        cut_raw(r, &u->key, sizeof u->key);
}

static void put_record(struct writer *w, const struct undo_record *u)
{
    buf_u8(w->out, (uint8_t)((u->stays ? RECORD_STAYS : 0) |
                             (u->frame != NULL ? RECORD_HAS_FRAME : 0) |
                             (u->is_lost ? RECORD_IS_LOST : 0) |
                             (u->state << RECORD_STATE_SHIFT) |
                             (record_is_child(u) ? RECORD_IS_CHILD : 0) |
                             (u->is_asked ? RECORD_IS_ASKED : 0)));
    buf_u32(w->out, u->number);
    if (record_is_child(u))
        buf_add(w->out, u->child.bytes, sizeof u->child.bytes);
    else
        buf_u32(w->out, u->operation);
    put_reference(w, u->site);
    buf_bytes(w->out, u->name);
    put_time(w, u->at);
    buf_u32(w->out, u->order);
    buf_u32(w->out, u->fibre);
    buf_bytes(w->out, u->which);
    put_reference(w, u->undo_by);
    if (!record_is_for_show(u))
        put_record_values(w, u);
    if (u->frame != NULL)
        put_values(w, u->frame, w->ir->flow.frame_slots);
}

static void cut_record(struct reader *r, struct undo_record *u)
{
    uint8_t flags = cut_u8(&r->cut);
    u->stays = (flags & RECORD_STAYS) != 0;
    u->is_lost = (flags & RECORD_IS_LOST) != 0;
    u->is_asked = (flags & RECORD_IS_ASKED) != 0;
    u->state = flags >> RECORD_STATE_SHIFT & RECORD_STATE_MASK;
    bool is_child = (flags & RECORD_IS_CHILD) != 0;
    if (u->state > UNDO_LEFT)
        r->cut.bad = true;
    u->number = cut_u32(&r->cut);
    u->operation = IR_NONE;
    if (is_child) {
        cut_raw(r, u->child.bytes, sizeof u->child.bytes);
        r->cut.bad = r->cut.bad || id_is_none(u->child);
    } else {
        u->operation = cut_index(r, r->ir->operations_n);
    }
    u->site = cut_reference(r, is_child ? r->ir->children_n : r->ir->sites_n);
    r->cut.bad = r->cut.bad || (is_child && u->site == IR_NONE);
    u->name = cut_text(r);
    u->at = cut_time(r);
    u->order = cut_u32(&r->cut);
    u->fibre = cut_u32(&r->cut);
    u->which = cut_text(r);
    u->undo_by = cut_reference(r, r->ir->operations_n);
    if (!record_is_for_show(u))
        cut_record_values(r, u);
    if (flags & RECORD_HAS_FRAME)
        u->frame = cut_values(r, r->ir->flow.frame_slots);
}

/* ---- states, handlers ---- */

static void put_visit(struct writer *w, const struct state_visit *v)
{
    buf_u32(w->out, v->visits);
    if (v->visits == 0)
        return; /* most states of most orders: not in use */
    buf_u32(w->out, v->mark);
    put_time(w, v->entered_at);
    put_time(w, v->limit_at);
}

static void cut_visit(struct reader *r, struct state_visit *v)
{
    v->visits = cut_u32(&r->cut);
    if (v->visits == 0)
        return;
    v->mark = cut_u32(&r->cut);
    v->entered_at = cut_time(r);
    v->limit_at = cut_time(r);
}

static void put_queue(struct writer *w, const struct handler_queue *q)
{
    buf_u32(w->out, q->handler);
    buf_u32(w->out, q->events.n);
    put_values(w, q->events.at, q->events.n);
}

static void cut_queue(struct reader *r, struct handler_queue *q)
{
    q->handler = cut_index(r, r->ir->handlers_n);
    q->events.n = q->events.room = cut_count(r, sizeof *q->events.at);
    q->events.at = cut_values(r, q->events.n);
    if (r->cut.bad)
        q->events.n = 0;
}

/* ---- what others see of it ---- */

static void put_subscription(struct writer *w, const struct subscription *s)
{
    buf_u32(w->out, s->number);
    buf_u32(w->out, s->event);
    buf_add(w->out, &s->key, sizeof s->key);
    buf_u32(w->out, s->fields);
}

static void cut_subscription(struct reader *r, struct subscription *s)
{
    s->number = cut_u32(&r->cut);
    s->event = cut_index(r, r->ir->events_n);
    cut_raw(r, &s->key, sizeof s->key);
    s->fields = cut_u32(&r->cut);
}

static void put_task(struct writer *w, const struct task *t)
{
    buf_u32(w->out, t->number);
    buf_u32(w->out, t->fibre);
    buf_u8(w->out, t->is_dead_letter);
    put_reference(w, t->what);
    buf_bytes(w->out, t->role);
    buf_bytes(w->out, t->question);
    put_time(w, t->since);
    put_time(w, t->until);
    buf_u32(w->out, t->escalated);
    put_time(w, t->next_at);
}

static void cut_task(struct reader *r, struct task *t)
{
    t->number = cut_u32(&r->cut);
    t->fibre = cut_u32(&r->cut);
    uint8_t is_dead_letter = cut_u8(&r->cut);
    t->is_dead_letter = is_dead_letter == 1;
    if (is_dead_letter > 1)
        r->cut.bad = true;
    t->what =
        cut_reference(r, t->is_dead_letter ? r->ir->dead_letters_n : r->ir->questions_n);
    t->role = cut_text(r);
    t->question = cut_text(r);
    t->since = cut_time(r);
    t->until = cut_time(r);
    t->escalated = cut_u32(&r->cut);
    t->next_at = cut_time(r);
}

static void put_mark(struct writer *w, const struct mark_stamp *m)
{
    buf_bytes(w->out, m->name);
    put_time(w, m->at);
}

static void cut_mark(struct reader *r, struct mark_stamp *m)
{
    m->name = cut_text(r);
    m->at = cut_time(r);
}

static void put_move(struct writer *w, const struct instance_move *m)
{
    buf_u32(w->out, m->to);
    put_digest(w, &m->image);
    put_time(w, m->asked_at);
    buf_bytes(w->out, m->actor);
    buf_bytes(w->out, m->reason);
    buf_bytes(w->out, m->stays);
}

static void cut_move(struct reader *r, struct instance_move *m)
{
    m->to = cut_u32(&r->cut);
    cut_raw(r, &m->image, sizeof m->image);
    m->asked_at = cut_time(r);
    m->actor = cut_text(r);
    m->reason = cut_text(r);
    m->stays = cut_text(r);
    r->cut.bad = r->cut.bad || m->to == 0;
}

/* ---- the whole ---- */

enum {
    INSTANCE_IS_PAUSED = 1,
    INSTANCE_IS_CANCELLING = 2,
    INSTANCE_HAS_PARENT = 4,
    INSTANCE_MOVES = 8
};

static bool status_is_known(uint32_t status)
{
    return strcmp(instance_status_name((enum instance_status)status), "unknown") != 0;
}

/* The format, the flags and the start, without which nothing else can be read. */
static void put_front(const struct writer *w, size_t tail_bytes)
{
    const struct instance *inst = w->inst;
    buf_u8(w->out, SNAPSHOT_FORMAT);
    buf_u8(w->out, (uint8_t)((inst->is_paused ? INSTANCE_IS_PAUSED : 0) |
                             (inst->is_cancelling ? INSTANCE_IS_CANCELLING : 0) |
                             (!id_is_none(inst->parent) ? INSTANCE_HAS_PARENT : 0) |
                             (inst->move.to != 0 ? INSTANCE_MOVES : 0)));
    buf_u64(w->out, tail_bytes);
    buf_i64(w->out, inst->started_at);
}

static uint8_t cut_flags(struct reader *r, struct instance *inst)
{
    uint8_t flags = cut_u8(&r->cut);
    if (flags > (INSTANCE_IS_PAUSED | INSTANCE_IS_CANCELLING | INSTANCE_HAS_PARENT |
                 INSTANCE_MOVES))
        r->cut.bad = true;
    inst->is_paused = (flags & INSTANCE_IS_PAUSED) != 0;
    inst->is_cancelling = (flags & INSTANCE_IS_CANCELLING) != 0;
    return flags;
}

static void put_progress(struct writer *w, const struct instance *inst)
{
    buf_u32(w->out, inst->rev);
    buf_u32(w->out, inst->status);
    put_reference(w, inst->state);
    put_time(w, inst->since);
    put_time(w, inst->ended_at);
    buf_u32(w->out, inst->next_number);
    buf_u32(w->out, inst->unwinding);
    put_value(w, inst->result);
    buf_bytes(w->out, inst->error);
    if (inst->move.to != 0)
        put_move(w, &inst->move);
}

static void cut_status(struct reader *r, struct instance *inst)
{
    inst->rev = cut_u32(&r->cut);
    uint32_t status = cut_u32(&r->cut);
    if (!status_is_known(status))
        r->cut.bad = true;
    inst->status = (enum instance_status)status;
}

/* As it lies in both formats, behind the start. */
static void cut_course(struct reader *r, struct instance *inst)
{
    inst->state = cut_reference(r, r->ir->states_n);
    inst->since = cut_time(r);
    inst->ended_at = cut_time(r);
    inst->next_number = cut_u32(&r->cut);
    inst->unwinding = cut_u32(&r->cut);
    inst->result = cut_value(r);
    inst->error = cut_text(r);
}

static void put_parent(const struct writer *w, const struct instance *inst)
{
    if (id_is_none(inst->parent))
        return;
    buf_add(w->out, inst->parent.bytes, sizeof inst->parent.bytes);
    buf_u8(w->out, inst->is_owned);
}

static void cut_parent(struct reader *r, struct instance *inst, uint8_t flags)
{
    if (!(flags & INSTANCE_HAS_PARENT))
        return;
    cut_raw(r, inst->parent.bytes, sizeof inst->parent.bytes);
    uint8_t is_owned = cut_u8(&r->cut);
    inst->is_owned = is_owned == 1;
    r->cut.bad = r->cut.bad || is_owned > 1;
}

/* What hardly changes, the arguments after the variables. */
static void put_tail(const struct writer *w, const struct instance *inst)
{
    buf_u32(w->out, w->ir->slots_n);
    for (uint32_t i = w->ir->slots_n; i-- > 0;)
        value_pack_beside(w->out, inst->places[i], w->shelf);
    put_parent(w, inst);
    buf_bytes(w->out, inst->key);
    buf_add(w->out, inst->id.bytes, sizeof inst->id.bytes);
}

static void cut_tail(struct reader *r, struct instance *inst, uint8_t flags)
{
    uint32_t n = cut_count(r, sizeof(struct value));
    if (n != r->ir->slots_n)
        r->cut.bad = true;
    if (r->cut.bad)
        return;
    for (uint32_t i = n; i-- > 0 && !r->cut.bad;)
        inst->places[i] = value_unpack_beside(r->arena, &r->cut, r->shelf);
    cut_parent(r, inst, flags);
    inst->key = cut_text(r);
    cut_raw(r, inst->id.bytes, sizeof inst->id.bytes);
    r->cut.bad = !cut_ended(&r->cut);
}

/* The front and the tail, which is taken off the end. */
static void cut_ends(struct reader *r, struct instance *inst)
{
    uint8_t flags = cut_flags(r, inst);
    uint64_t n = cut_u64(&r->cut);
    inst->started_at = r->base = cut_i64(&r->cut);
    if (r->cut.bad || n > (uint64_t)(r->cut.end - r->cut.at)) {
        r->cut.bad = true;
        return;
    }
    struct cut middle = {.at = r->cut.at, .end = r->cut.end - n};
    r->cut.at = middle.end;
    cut_tail(r, inst, flags);
    middle.bad = r->cut.bad;
    r->cut = middle;
    cut_status(r, inst);
    cut_course(r, inst);
    if (flags & INSTANCE_MOVES)
        cut_move(r, &inst->move);
}

static void cut_head_before(struct reader *r, struct instance *inst)
{
    uint8_t flags = cut_flags(r, inst);
    cut_raw(r, inst->id.bytes, sizeof inst->id.bytes);
    inst->key = cut_text(r);
    cut_status(r, inst);
    inst->started_at = r->base = cut_i64(&r->cut);
    cut_course(r, inst);
    cut_parent(r, inst, flags);
    if (flags & INSTANCE_MOVES)
        cut_move(r, &inst->move);
    if (cut_u32(&r->cut) != r->ir->slots_n)
        r->cut.bad = true;
    inst->places = cut_values(r, r->ir->slots_n);
}

/* Each list that VEC holds: its count, then its items, the newest first where they stay
 * as they are once they are written. */
#define LISTS(LIST)                                                                      \
    LIST(fibres, fibre, false)                                                           \
    LIST(undo, record, true)                                                             \
    LIST(queues, queue, false)                                                           \
    LIST(subscriptions, subscription, false)                                             \
    LIST(tasks, task, false)                                                             \
    LIST(marks, mark, true)

static void put_lists(struct writer *w, const struct instance *inst)
{
#define LIST(list, item, newest_first)                                                   \
    buf_u32(w->out, inst->list.n);                                                       \
    for (uint32_t i = 0, n = inst->list.n; i < n; i++)                                   \
        put_##item(w, &inst->list.at[newest_first ? n - 1 - i : i]);
    LISTS(LIST)
#undef LIST
}

static void cut_lists(struct reader *r, struct instance *inst)
{
    bool is_before = r->format == SNAPSHOT_FORMAT_BEFORE;
#define LIST(list, item, newest_first)                                                   \
    cut_vec(r, &inst->list);                                                             \
    for (uint32_t i = 0, n = inst->list.n; i < n && !r->cut.bad; i++)                    \
        cut_##item(r, &inst->list.at[newest_first && !is_before ? n - 1 - i : i]);
    LISTS(LIST)
#undef LIST
}

static void put_states(struct writer *w, const struct instance *inst)
{
    buf_u32(w->out, w->ir->states_n);
    for (uint32_t i = 0; i < w->ir->states_n; i++)
        put_visit(w, &inst->visits[i]);
    buf_u32(w->out, w->ir->handlers_n);
    for (uint32_t i = 0; i < w->ir->handlers_n; i++) {
        put_time(w, inst->timers[i].due);
        buf_u32(w->out, inst->timers[i].runs);
    }
}

static void cut_states(struct reader *r, struct instance *inst)
{
    if (cut_u32(&r->cut) != r->ir->states_n)
        r->cut.bad = true;
    for (uint32_t i = 0; i < r->ir->states_n && !r->cut.bad; i++)
        cut_visit(r, &inst->visits[i]);
    if (cut_u32(&r->cut) != r->ir->handlers_n)
        r->cut.bad = true;
    for (uint32_t i = 0; i < r->ir->handlers_n && !r->cut.bad; i++) {
        inst->timers[i].due = cut_time(r);
        inst->timers[i].runs = cut_u32(&r->cut);
    }
}

void instance_pack(struct buf *out, const struct ir *ir, const struct instance *inst,
                   struct shelf *shelf)
{
    struct buf tail;
    buf_init(&tail, out->arena);
    struct writer w = {
        .out = &tail, .ir = ir, .base = inst->started_at, .inst = inst, .shelf = shelf};
    put_tail(&w, inst);
    w.out = out;
    put_front(&w, tail.n);
    put_progress(&w, inst);
    put_lists(&w, inst);
    put_states(&w, inst);
    buf_text(out, buf_done(&tail));
}

static void cut_all(struct reader *r, struct instance *inst)
{
    r->format = cut_u8(&r->cut);
    switch (r->format) {
    case SNAPSHOT_FORMAT:
        cut_ends(r, inst);
        cut_lists(r, inst);
        cut_states(r, inst);
        return;
    case SNAPSHOT_FORMAT_BEFORE:
        cut_head_before(r, inst);
        cut_states(r, inst);
        cut_lists(r, inst);
        return;
    default:
        r->cut.bad = true;
    }
}

struct instance *instance_unpack(struct arena *arena, const struct ir *ir,
                                 struct text snapshot, const struct shelf *shelf,
                                 struct err *err)
{
    struct reader r = {.arena = arena, .ir = ir, .cut = cut_of(snapshot), .shelf = shelf};
    if (snapshot.n > LIMIT_SNAPSHOT_BYTES) {
        err_set(err, ERR_BROKEN, "a snapshot of %zu bytes is larger than any we write",
                snapshot.n);
        return NULL;
    }
    struct instance *inst = instance_new(arena, ir, (struct id){0});
    r.inst = inst;
    cut_all(&r, inst);
    if (cut_ended(&r.cut))
        return inst;
    err_set(err, ERR_BROKEN,
            "the snapshot is not as this program wrote it, or not of this version of the "
            "flow");
    return NULL;
}
