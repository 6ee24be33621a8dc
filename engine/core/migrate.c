/* Going over: everything the instance holds, re-said in the words of the new version. */
#include "engine/core/migrate.h"

#include "engine/core/advance_turn.h"
#include "engine/core/migrate_point.h"

struct moving {
    struct turn *turn; /* of the new version */
    struct arena *arena;
    const struct ir_shift *shift;
    const struct ir *old, *now;
    const struct instance *was;
    struct instance *is;
    bool enters; /* its state from the beginning */
};

static bool move_state(struct moving *m);
static bool move_values(struct moving *m);
static void move_fibres(struct moving *m);
static bool move_records(struct moving *m);
static void move_visits(struct moving *m);
static bool set_initials(struct moving *m);
static void say_moved(struct moving *m);

static bool fibre_rests(const struct fibre *f)
{
    bool is_root =
        f->kind == FIBRE_FLOW || f->kind == FIBRE_STATE || f->kind == FIBRE_HANDLER;
    bool waits = f->wait == FIBRE_EVENT || f->wait == FIBRE_TIME ||
                 f->wait == FIBRE_CONDITION || f->wait == FIBRE_PERSON ||
                 (f->wait == FIBRE_PARKED && f->target < TARGET_BODY);
    return is_root && waits && !f->stopping;
}

bool migrate_rests(const struct instance *inst)
{
    if (inst->unwinding != 0 || inst->is_cancelling ||
        instance_status_is_ended(inst->status))
        return false;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (!fibre_rests(&inst->fibres.at[i]))
            return false;
    for (uint32_t i = 0; i < inst->queues.n; i++)
        if (inst->queues.at[i].events.n > 0)
            return false;
    return true;
}

static bool refuse(struct moving *m, const char *why)
{
    return turn_refuse(m->turn, ERR_CONFLICT, "it stays on version %u: %s",
                       m->old->flow.version, why);
}

/* ---- the whole ---- */

static struct instance *empty_like(struct moving *m)
{
    const struct instance *was = m->was;
    struct instance *is = instance_new(m->arena, m->now, was->id);
    is->key = was->key;
    is->rev = was->rev;
    is->status = was->status;
    is->since = was->since;
    is->started_at = was->started_at;
    is->next_number = was->next_number;
    is->is_paused = was->is_paused;
    is->parent = was->parent;
    is->is_owned = was->is_owned;
    is->error = TEXT("");
    for (uint32_t i = 0; i < was->marks.n; i++)
        vec_push(m->arena, &is->marks, was->marks.at[i]);
    return is;
}

/* All of it is listened for anew: numbers and events are the new version's. */
static void drop_subscriptions(struct moving *m)
{
    for (uint32_t i = 0; i < m->was->subscriptions.n; i++) {
        struct subscription_change change = {.change = CHANGE_DROP,
                                             .subscription = m->was->subscriptions.at[i]};
        vec_push(m->arena, &m->turn->decision->left_subscriptions, change);
    }
    m->turn->listens_anew = m->turn->places_changed = true;
}

static bool move(struct moving *m)
{
    if (!migrate_rests(m->was))
        return refuse(m, "something of it is under way");
    if (m->shift->migration == NULL)
        return turn_refuse(m->turn, ERR_CONFLICT,
                           "version %u does not say how version %u comes to it",
                           m->now->flow.version, m->old->flow.version);
    if (!move_state(m) || !move_values(m))
        return false;
    move_visits(m);
    if (!move_records(m) || !set_initials(m))
        return false;
    move_fibres(m);
    say_moved(m);
    if (m->enters)
        state_enter(m->turn, m->shift->states[m->was->state].to);
    drop_subscriptions(m);
    return true;
}

struct decision *advance_migrate(struct arena *arena, const struct ir *old,
                                 const struct ir *now, const struct instance *inst,
                                 const struct environment *environment,
                                 const struct stimulus *stimulus)
{
    struct turn turn;
    turn_open(&turn, arena, now, instance_new(arena, now, inst->id), environment,
              stimulus);
    struct moving m = {.turn = &turn,
                       .arena = arena,
                       .shift = ir_shift_new(arena, old, now),
                       .old = old,
                       .now = now,
                       .was = inst};
    m.is = turn.inst = turn.decision->after = empty_like(&m);
    turn.decision->left = old;
    if (move(&m))
        turn_settle(&turn);
    return turn.decision;
}

/* ---- where it is ---- */

static bool has_point(struct moving *m, const struct fibre *f)
{
    bool has_letter = f->wait != FIBRE_PARKED || f->dead_letter == IR_NONE ||
                      m->shift->dead_letters[f->dead_letter] != IR_NONE;
    return has_letter && migrate_point_of(m->arena, m->shift, f).pc != IR_NONE;
}

/* A state that is at rest behind its steps is so in the new version too, if it is the
 * same state or one without steps. */
static bool rests_there(const struct moving *m, uint32_t state, struct ir_shift_state to)
{
    for (uint32_t i = 0; i < m->was->fibres.n; i++)
        if (m->was->fibres.at[i].kind == FIBRE_STATE &&
            m->was->fibres.at[i].owner == state)
            return true; /* it has not come to their end */
    return to.how == IR_SHIFT_SAME || m->now->states[to.to].body == IR_NONE;
}

static bool goes_on(struct moving *m, struct ir_shift_state to)
{
    if (!rests_there(m, m->was->state, to) ||
        m->now->states[to.to].first_inner != IR_NONE)
        return false;
    for (uint32_t i = 0; i < m->was->fibres.n; i++)
        if (!has_point(m, &m->was->fibres.at[i]))
            return false;
    return true;
}

static bool move_state(struct moving *m)
{
    if (m->was->state == IR_NONE) {
        for (uint32_t i = 0; i < m->was->fibres.n; i++)
            if (!has_point(m, &m->was->fibres.at[i]))
                return refuse(m, "the step it waits in is not there");
        return true;
    }
    struct ir_shift_state to = m->shift->states[m->was->state];
    if (to.how == IR_SHIFT_STAYS)
        return refuse(m, "what is in this state stays");
    if (to.to == IR_NONE)
        return refuse(m, "nothing says where this state goes");
    m->enters = !goes_on(m, to);
    if (m->enters && to.how != IR_SHIFT_SAID)
        return refuse(m, "the step it waits in is not there");
    m->is->state = m->enters ? IR_NONE : to.to;
    return true;
}

/* Counts of visits go along; what is active is what is around the new state. */
static void move_visits(struct moving *m)
{
    for (uint32_t i = 0; i < m->old->states_n; i++) {
        uint32_t to = m->shift->states[i].to;
        if (to == IR_NONE)
            continue;
        struct state_visit *visit = &m->is->visits[to];
        const struct state_visit *was = &m->was->visits[i];
        bool is_around = !m->enters && was->entered_at != 0 &&
                         state_is_within(m->now, m->is->state, to);
        if (visit->visits < was->visits)
            *visit = *was;
        if (!is_around)
            visit->entered_at = visit->limit_at = 0;
        else if (m->now->states[to].limit == IR_NONE)
            visit->limit_at = 0;
    }
    for (uint32_t s = m->is->state; s != IR_NONE; s = m->now->states[s].parent) {
        struct state_visit *visit = &m->is->visits[s];
        if (visit->entered_at == 0) {
            visit->visits++;
            visit->entered_at = m->turn->now;
        }
        if (visit->limit_at == 0 &&
            !limit_of(m->turn, NULL, m->now->states[s].limit, &visit->limit_at))
            visit->limit_at = 0;
    }
    for (uint32_t i = 0; i < m->old->handlers_n; i++) {
        uint32_t to = migrate_handler(m->shift, i);
        if (to != IR_NONE)
            m->is->timers[to] = m->was->timers[i];
    }
}

/* ---- what it knows ---- */

/* A value of one type as one of another that it fits: by way of the wire. */
static bool convert(struct moving *m, uint32_t from, uint32_t to, struct value v,
                    struct value *out)
{
    struct err err = {0};
    struct eval_scope scope = turn_scope(m->turn, NULL);
    scoped_json json_t *json = wire_write(m->old, from, v, WIRE_WHOLE);
    return wire_read(m->arena, &scope, to, json, WIRE_IGNORE_UNKNOWN, out, &err);
}

static bool move_values(struct moving *m)
{
    for (uint32_t i = 0; i < m->now->slots_n; i++) {
        const struct ir_shift_slot *slot = &m->shift->slots[i];
        struct value *out = &m->is->places[i];
        if (slot->how != IR_SHIFT_CARRIED)
            continue;
        struct value v = m->was->places[slot->from];
        if (slot->is_same || v.kind == VALUE_UNSET)
            *out = v;
        else if (!convert(m, m->old->slots[slot->from].type, m->now->slots[i].type, v,
                          out))
            return refuse(m, "a variable does not fit its new type");
    }
    return true;
}

static bool set_initials(struct moving *m)
{
    const struct ir_migration *migration = m->shift->migration;
    for (uint32_t i = 0; i < migration->initials.n; i++) {
        const struct ir_initial *initial =
            &m->now->initials[migration->initials.first + i];
        struct value v;
        if (!turn_eval(m->turn, NULL, initial->block, NULL, 0, &v))
            return refuse(m, m->turn->problem.message);
        place_set(m->turn, NULL, initial->place, v);
    }
    return true;
}

/* ---- what it waits for ---- */

static const struct task *task_of(const struct moving *m, uint32_t number)
{
    for (uint32_t i = 0; i < m->was->tasks.n; i++)
        if (m->was->tasks.at[i].number == number)
            return &m->was->tasks.at[i];
    return NULL;
}

static void drop_task(struct moving *m, const struct task *task)
{
    struct task_change change = {.change = CHANGE_DROP, .task = *task};
    vec_push(m->arena, &m->turn->decision->tasks, change);
}

/* The same task, in the words of the new version. */
static void move_task(struct moving *m, struct fibre *f)
{
    const struct task *was = task_of(m, f->task);
    if (was == NULL)
        return;
    struct task task = *was;
    task.what = f->wait == FIBRE_PERSON ? m->now->code[f->pc].b : f->dead_letter;
    vec_push(m->arena, &m->is->tasks, task);
    people_tell(m->turn, f, &vec_last(&m->is->tasks));
}

static struct value args_of(struct moving *m, struct ir_range was, struct ir_range is,
                            struct value args)
{
    if (args.kind != VALUE_RECORD)
        return args;
    struct value *items = arena_array(m->arena, struct value, is.n + 1);
    for (uint32_t i = 0; i < is.n; i++) {
        struct text name = ir_text(m->now, m->now->fields[is.first + i].name);
        items[i] = value_none();
        for (uint32_t k = 0; k < was.n && k < args.n; k++)
            if (text_is(ir_text(m->old, m->old->fields[was.first + k].name), name) &&
                !convert(m, m->old->fields[was.first + k].type,
                         m->now->fields[is.first + i].type, args.items[k], &items[i]))
                items[i] = args.items[k];
    }
    return value_record(items, is.n);
}

static void move_call(struct moving *m, struct fibre *f)
{
    if (f->call.operation == IR_NONE)
        return; /* it waits for a flow that it runs */
    uint32_t to = m->shift->operations[f->call.operation];
    const struct ir_op *op = &m->now->code[f->pc];
    if (f->call.args.kind != VALUE_RECORD || to == IR_NONE || op->code != IR_CALL) {
        f->call = (struct wait_call){0};
        return;
    }
    f->call.args = args_of(m, m->old->operations[f->call.operation].params,
                           m->now->operations[to].params, f->call.args);
    f->call.operation = to;
    f->call.policy = m->now->sites[op->b].policy;
}

static void move_fibre(struct moving *m, const struct fibre *was)
{
    struct migrate_point point = migrate_point_of(m->arena, m->shift, was);
    struct fibre f = *was;
    f.pc = point.pc;
    f.target = point.target;
    f.owner = point.owner;
    f.frame = m->now->flow.frame_slots == 0
                  ? NULL
                  : arena_array(m->arena, struct value, m->now->flow.frame_slots);
    if (f.wait == FIBRE_PARKED && f.dead_letter != IR_NONE)
        f.dead_letter = m->shift->dead_letters[f.dead_letter];
    for (uint32_t i = 0; i < point.hidden.n; i++)
        m->is->places[point.hidden.at[i].now] = m->was->places[point.hidden.at[i].old];
    move_call(m, &f);
    vec_push(m->arena, &m->is->fibres, f);
    move_task(m, &vec_last(&m->is->fibres));
}

static void move_fibres(struct moving *m)
{
    for (uint32_t i = 0; i < m->was->fibres.n; i++) {
        const struct fibre *f = &m->was->fibres.at[i];
        const struct task *task = task_of(m, f->task);
        if (!m->enters)
            move_fibre(m, f);
        else if (task != NULL)
            drop_task(m, task);
    }
}

/* ---- what it has done ---- */

static bool is_needed(const struct undo_record *record)
{
    return !record->stays && (record->state == UNDO_DONE || record->state == UNDO_ARMED ||
                              record->state == UNDO_IN_DOUBT);
}

/* A call of the new version for the same effect: with the same `undone by`, where the
 * record has one of its own. */
static uint32_t site_of(struct moving *m, const struct undo_record *record)
{
    uint32_t operation = m->shift->operations[record->operation];
    if (m->old->sites[record->site].undo_block != IR_NONE)
        return ir_shift_site(m->arena, m->shift, record->site);
    for (uint32_t i = 0; i < m->now->sites_n; i++)
        if (m->now->sites[i].operation == operation &&
            m->now->sites[i].undo_block == IR_NONE)
            return i;
    return IR_NONE;
}

/* By the operation its record names, whatever the effect is put back by now. */
static uint32_t undo_by(const struct moving *m, uint32_t was, uint32_t now)
{
    uint32_t undo = was == IR_NONE ? IR_NONE : m->shift->operations[was];
    return undo == m->now->operations[now].undone_by ? IR_NONE : undo;
}

static void move_frame(struct moving *m, struct undo_record *record)
{
    const struct value *was = record->frame;
    if (was == NULL)
        return;
    uint32_t n = m->now->flow.frame_slots, had = m->old->flow.frame_slots;
    record->frame = arena_array(m->arena, struct value, n + 1);
    memcpy(record->frame, was, (n < had ? n : had) * sizeof *was);
}

/* A flow that it runs stays as it is; the new version must run one of that name. */
static bool move_child(struct moving *m, struct undo_record record)
{
    struct text flow = ir_text(m->old, m->old->children[record.site].flow);
    for (uint32_t i = 0; i < m->now->children_n; i++) {
        const struct ir_child *c = &m->now->children[i];
        if (!c->is_owned || !text_is(ir_text(m->now, c->flow), flow))
            continue;
        record.site = i;
        vec_push(m->arena, &m->is->undo, record);
        return true;
    }
    return !is_needed(&record) ||
           refuse(m, "a flow that it runs could not be undone there");
}

static bool move_records(struct moving *m)
{
    for (uint32_t i = 0; i < m->was->undo.n; i++) {
        struct undo_record record = m->was->undo.at[i];
        if (record_is_child(&record)) {
            if (!move_child(m, record))
                return false;
            continue;
        }
        const struct ir_operation *was = &m->old->operations[record.operation];
        uint32_t site = site_of(m, &record), to = m->shift->operations[record.operation];
        bool fits = site != IR_NONE &&
                    ir_shift_undo_of(m->shift, record.operation) == IR_UNDO_FITS;
        if (!fits && is_needed(&record))
            return refuse(m, "an effect of it could not be undone there");
        if (!fits)
            continue; /* it is only remembered: the journal does */
        record.args = args_of(m, was->params, m->now->operations[to].params, record.args);
        if (was->undone_by != IR_NONE)
            record.undo_args =
                args_of(m, m->old->operations[was->undone_by].params,
                        m->now->operations[m->shift->operations[was->undone_by]].params,
                        record.undo_args);
        record.undo_by =
            undo_by(m, record.undo_by != IR_NONE ? record.undo_by : was->undone_by, to);
        record.operation = to;
        record.site = site;
        move_frame(m, &record);
        vec_push(m->arena, &m->is->undo, record);
    }
    return true;
}

/* ---- the journal ---- */

static void say_moved(struct moving *m)
{
    struct text from = m->was->state == IR_NONE
                           ? TEXT("")
                           : ir_text(m->old, m->old->states[m->was->state].path);
    uint32_t state = m->enters ? m->shift->states[m->was->state].to : m->is->state;
    struct entry *entry = turn_entry(m->turn, ENTRY_MIGRATED, NULL,
                                     say(m->turn, "from version %u to version %u",
                                         m->old->flow.version, m->now->flow.version));
    entry->state = state;
    entry->data = json_pack("{s:i, s:i, s:o, s:b}", "from", (int)m->old->flow.version,
                            "to", (int)m->now->flow.version, "state", json_text(from),
                            "entered", m->enters);
    if (m->turn->stimulus->reason.n > 0)
        json_object_set_new(entry->data, "reason", json_text(m->turn->stimulus->reason));
}
