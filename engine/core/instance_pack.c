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
#include "engine/core/instance_pack_in.h"
#include "engine/core/shelf.h"

/* It is read and not written: its order is another, and what is equal stands there twice.
 */
enum { SNAPSHOT_FORMAT_BEFORE = SNAPSHOT_FORMAT - 1 };

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

struct instance *instance_read(struct arena *arena, const struct ir *ir,
                               struct text snapshot, struct text values, struct err *err)
{
    struct shelf shelf;
    shelf_init(&shelf, arena);
    return shelf_read(&shelf, values, err)
               ? instance_unpack(arena, ir, snapshot, &shelf, err)
               : NULL;
}
