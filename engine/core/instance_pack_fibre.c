/* Fibres in a snapshot, with the calls they have in hand, and what would be put back. */
#include "engine/core/instance_pack_in.h"

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

void put_fibre(struct writer *w, const struct fibre *f)
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

void cut_fibre(struct reader *r, struct fibre *f)
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

void put_record(struct writer *w, const struct undo_record *u)
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

void cut_record(struct reader *r, struct undo_record *u)
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
