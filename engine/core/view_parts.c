/* Where an instance is and what it waits for, in the words of its flow. */
#include "engine/core/view_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"

struct view view_of(struct arena *turn, const struct ir *ir, const struct instance *inst,
                    const struct environment *environment, enum wire_private private)
{
    struct view view = {.turn = turn, .ir = ir, .inst = inst, .private = private};
    const json_t *given = environment != NULL ? environment->settings : NULL;
    view.adapters = environment != NULL ? environment->adapters : NULL;
    view.held = environment != NULL ? environment->held : NULL;
    struct eval_scope scope = {.ir = ir};
    view.settings = arena_array(turn, struct value, ir->settings_n);
    for (uint32_t i = 0; i < ir->settings_n; i++) {
        struct text name = ir_text(ir, ir->settings[i].name);
        const json_t *json = json_object_getn(given, name.chars, name.n);
        struct err err = {0};
        if (json == NULL || !wire_read(turn, &scope, ir->settings[i].type, json,
                                       WIRE_IGNORE_UNKNOWN, &view.settings[i], &err))
            view.settings[i] = (struct value){0};
    }
    view.calendar = advance_calendar(ir, environment);
    return view;
}

uint32_t view_home(const struct view *view, const struct fibre *f)
{
    switch ((enum fibre_kind)f->kind) {
    case FIBRE_STATE:
    case FIBRE_CHOICE:
    case FIBRE_PART:
        return f->owner < view->ir->states_n ? f->owner : IR_NONE;
    case FIBRE_HANDLER:
        return view->ir->handlers[f->owner].state;
    case FIBRE_FLOW:
    case FIBRE_UNDO:
        return IR_NONE;
    }
    return IR_NONE;
}

const struct undo_record *view_stuck(const struct view *view, const struct fibre *f)
{
    if (f->wait != FIBRE_PARKED || view->inst->unwinding != f->number)
        return NULL;
    for (uint32_t i = view->inst->undo.n; i-- > 0;)
        if (view->inst->undo.at[i].state == UNDO_STUCK)
            return &view->inst->undo.at[i];
    return NULL;
}

static uint32_t step_at(const struct ir *ir, uint32_t pc)
{
    if (pc >= ir->code_n)
        return IR_NONE;
    uint32_t b = ir->code[pc].b;
    if (ir->code[pc].code == IR_CALL)
        return ir->sites[b].step;
    if (ir->code[pc].code == IR_RUN || ir->code[pc].code == IR_START)
        return ir->children[b].step;
    if (ir->code[pc].code == IR_WAIT)
        return ir->waits[b].step;
    if (ir->code[pc].code == IR_ASK)
        return ir->questions[b].step;
    if (ir->code[pc].code == IR_UNDO)
        return ir->undos[b].step;
    if (ir->code[pc].code == IR_ATTEMPT)
        return ir->attempts[b].step;
    if (ir->code[pc].code == IR_FORK)
        return ir->forks[b].step;
    return IR_NONE;
}

struct text view_step(const struct view *view, const struct fibre *f)
{
    const struct ir *ir = view->ir;
    const struct undo_record *stuck = view_stuck(view, f);
    uint32_t home = view_home(view, f);
    uint32_t step = stuck != NULL && stuck->site < ir->sites_n
                        ? ir->sites[stuck->site].step
                        : step_at(ir, f->pc);
    if (step == IR_NONE)
        step = home != IR_NONE ? ir->states[home].path : ir->flow.name;
    struct text which =
        stuck != NULL ? stuck->which : fibre_which(view->turn, ir, view->inst, f);
    return which.n == 0 ? ir_text(ir, step)
                        : view_say(view, TEXT_FMT TEXT_FMT, TEXT_ARG(ir_text(ir, step)),
                                   TEXT_ARG(which));
}

uint32_t view_line(const struct view *view, const struct fibre *f)
{
    uint32_t home = view_home(view, f);
    if (f->pc < view->ir->lines_n)
        return view->ir->lines[f->pc];
    return home != IR_NONE ? view->ir->states[home].line : 0;
}

struct text view_operation(const struct view *view, uint32_t operation)
{
    const struct ir *ir = view->ir;
    if (operation >= ir->operations_n)
        return TEXT("");
    const struct ir_operation *row = &ir->operations[operation];
    return view_say(view, TEXT_FMT "." TEXT_FMT,
                    TEXT_ARG(ir_text(ir, ir->adapters[row->adapter].name)),
                    TEXT_ARG(ir_text(ir, row->name)));
}

struct text view_effect(const struct view *view, const struct undo_record *record)
{
    if (!record_is_child(record))
        return view_operation(view, record->operation);
    return view_say(view, "run " TEXT_FMT,
                    TEXT_ARG(ir_text(view->ir, view->ir->children[record->site].flow)));
}

struct text view_state(const struct view *view)
{
    return instance_state_path(view->ir, view->inst);
}

const struct task *view_task(const struct view *view, uint32_t number)
{
    for (uint32_t i = 0; number != 0 && i < view->inst->tasks.n; i++)
        if (view->inst->tasks.at[i].number == number)
            return &view->inst->tasks.at[i];
    return NULL;
}

json_t *view_match_keys(const struct view *view, const struct fibre *f, uint32_t match)
{
    const struct ir *ir = view->ir;
    const struct ir_match *row = &ir->matches[match];
    const struct ir_type *record = &ir->types[ir->events[row->event].record];
    struct eval_scope scope = {.ir = ir,
                               .places = view->inst->places,
                               .frame = f != NULL ? f->frame : NULL,
                               .settings = view->settings,
                               .calendar = view->calendar,
                               .now = f != NULL ? f->since : view->inst->since};
    json_t *keys = json_object();
    for (uint32_t i = 0; i < row->keys.n; i++) {
        const struct ir_match_key *key = &ir->match_keys[row->keys.first + i];
        const struct ir_field *field = &ir->fields[record->parts.first + key->field];
        struct text name = ir_text(ir, field->name);
        struct eval_problem problem;
        struct value v;
        if (!eval_block(view->turn, &scope, key->block, NULL, 0, &v, &problem)) {
            json_decref(keys);
            return NULL;
        }
        if (key->is_list) /* any of these: the first says enough */
            v = v.kind == VALUE_LIST && v.n > 0 ? v.items[0] : value_none();
        json_object_setn_new_nocheck(keys, name.chars, name.n,
                                     wire_write(ir, field->type, v, view->private));
    }
    return keys;
}

static bool is_active(const struct view *view, uint32_t state)
{
    return state == IR_NONE || view->inst->visits[state].entered_at != 0;
}

bool view_is_armed(const struct view *view, const struct ir_handler *handler)
{
    uint32_t state = view->inst->state;
    bool is_final = state < view->ir->states_n && view->ir->states[state].is_final;
    return !is_final && !instance_status_is_ended(view->inst->status) &&
           is_active(view, handler->state);
}

bool view_rests(const struct view *view)
{
    for (uint32_t i = 0; i < view->inst->fibres.n; i++) {
        const struct fibre *f = &view->inst->fibres.at[i];
        if (f->kind == FIBRE_FLOW || f->kind == FIBRE_STATE || f->kind == FIBRE_CHOICE)
            return false;
    }
    return true;
}

/* ---- what it waits for ---- */

static void add_wait(json_t *list, const char *kind, struct text what, int64_t since,
                     int64_t until, uint32_t line)
{
    json_t *row = json_object();
    json_object_set_new(row, "kind", json_string(kind));
    json_object_set_new(row, "what", json_text(what));
    json_object_set_new(row, "since", view_instant(since));
    json_object_set_new(row, "until", view_instant(until));
    json_object_set_new(row, "line", line > 0 ? json_integer(line) : json_null());
    json_array_append_new(list, row);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

const struct undo_record *view_child(const struct view *view, const struct fibre *f)
{
    for (uint32_t i = 0; i < view->inst->undo.n; i++) {
        const struct undo_record *record = &view->inst->undo.at[i];
        if (record_is_child(record) && record->number == f->call.record)
            return record;
    }
    return NULL;
}

/* Under way or unwinding: it is waited for. */
static bool add_child(const struct view *view, json_t *list, const struct fibre *f)
{
    const struct undo_record *record = view_child(view, f);
    if (record != NULL)
        add_wait(list, "child", ir_text(view->ir, view->ir->children[record->site].flow),
                 f->since, f->until, view_line(view, f));
    return record != NULL;
}

static void add_call(const struct view *view, json_t *list, const struct fibre *f)
{
    const struct wait_call *c = &f->call;
    if (f->wait == FIBRE_UNDOING && add_child(view, list, f))
        return;
    if (c->number == 0 && f->wait == FIBRE_UNDOING)
        return;
    bool is_paused = c->phase != CALL_SENT && c->phase != CALL_ASKING;
    add_wait(list, fibre_is_held(f) ? "slot" : "call", view_operation(view, c->operation),
             is_paused ? f->since : c->sent_at,
             sooner(is_paused ? c->next_at : 0, c->limit_passed ? 0 : c->limit_at),
             view_line(view, f));
}

static struct text event_name(const struct view *view, uint32_t match)
{
    const struct ir *ir = view->ir;
    return ir_text(ir, ir->events[ir->matches[match].event].name);
}

static void add_events(const struct view *view, json_t *list, const struct fibre *f)
{
    const struct ir_wait *wait = &view->ir->waits[view->ir->code[f->pc].b];
    for (uint32_t i = 0; i < wait->matches.n; i++)
        add_wait(list, "event", event_name(view, wait->matches.first + i), f->since,
                 f->until, view_line(view, f));
    if (wait->matches.n == 0)
        add_wait(list, "timer", view_step(view, f), f->since, f->until,
                 view_line(view, f));
}

static void add_fibre(const struct view *view, json_t *list, const struct fibre *f)
{
    const struct task *task = view_task(view, f->task);
    switch ((enum fibre_wait)f->wait) {
    case FIBRE_CALL:
    case FIBRE_UNDOING:
        add_call(view, list, f);
        return;
    case FIBRE_EVENT:
        if (f->pc < view->ir->code_n && view->ir->code[f->pc].code == IR_WAIT)
            add_events(view, list, f);
        return;
    case FIBRE_TIME:
        add_wait(list, "timer", view_step(view, f), f->since, f->until,
                 view_line(view, f));
        return;
    case FIBRE_CONDITION:
        add_wait(list, "condition", view_step(view, f), f->since, f->until,
                 view_line(view, f));
        return;
    case FIBRE_PERSON:
    case FIBRE_PARKED:
        if (task != NULL)
            add_wait(list, "person", task->role, f->since,
                     f->wait == FIBRE_PERSON ? f->until : task->until,
                     view_line(view, f));
        return;
    case FIBRE_CHILD:
        (void)add_child(view, list, f);
        return;
    case FIBRE_READY:
    case FIBRE_SETTLING:
    case FIBRE_JOINING:
        return;
    }
}

/* Limits of states, `after` and `every`. */
static void add_timers(const struct view *view, json_t *list)
{
    const struct ir *ir = view->ir;
    for (uint32_t i = 0; i < ir->states_n; i++) {
        const struct state_visit *visit = &view->inst->visits[i];
        if (visit->entered_at != 0 && visit->limit_at != 0)
            add_wait(list, "timer",
                     view_say(view, "the limit of " TEXT_FMT,
                              TEXT_ARG(ir_text(ir, ir->states[i].path))),
                     visit->entered_at, visit->limit_at, ir->states[i].line);
    }
    for (uint32_t i = 0; i < ir->handlers_n; i++)
        if (view->inst->timers[i].due != 0)
            add_wait(list, "timer",
                     ir->handlers[i].kind == IR_HANDLER_EVERY ? TEXT("every")
                                                              : TEXT("after"),
                     0, view->inst->timers[i].due, ir->handlers[i].line);
}

json_t *view_waiting(const struct view *view)
{
    const struct ir *ir = view->ir;
    json_t *list = json_array();
    if (instance_status_is_ended(view->inst->status))
        return list;
    for (uint32_t i = 0; i < view->inst->fibres.n; i++)
        add_fibre(view, list, &view->inst->fibres.at[i]);
    for (uint32_t i = 0; i < ir->handlers_n && view_rests(view); i++)
        if (ir->handlers[i].kind == IR_HANDLER_EVENT &&
            view_is_armed(view, &ir->handlers[i]))
            add_wait(list, "event", event_name(view, ir->handlers[i].match),
                     view->inst->since, 0, ir->handlers[i].line);
    add_timers(view, list);
    return list;
}

/* ---- words ---- */

json_t *view_text(struct text t)
{
    return t.n > 0 ? json_text(t) : json_null();
}

json_t *view_instant(int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    return at != 0 ? json_text(when_instant_print(at, when)) : json_null();
}

struct text view_say(const struct view *view, const char *format, ...)
{
    char chars[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(chars, sizeof chars, format, args);
    va_end(args);
    size_t bytes = n < 0 ? 0 : (size_t)n < sizeof chars ? (size_t)n : sizeof chars - 1;
    /* Cut between code points. */
    while (bytes > 0 && (size_t)n >= sizeof chars &&
           ((unsigned char)chars[bytes] & 0xc0) == 0x80)
        bytes--;
    return text_dup(view->turn, (struct text){chars, bytes});
}

struct text view_span(const struct view *view, int64_t us)
{
    static const struct {
        int64_t us;
        const char *name;
    } parts[] = {
        {WHEN_DAY, "d"}, {WHEN_HOUR, "h"}, {WHEN_MINUTE, "m"}, {WHEN_SECOND, "s"}};
    us = us < 0 ? -us : us;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (us < parts[i].us)
            continue;
        long long most = us / parts[i].us;
        bool has_next = i + 1 < sizeof parts / sizeof *parts;
        long long rest = has_next ? us % parts[i].us / parts[i + 1].us : 0;
        return rest > 0 ? view_say(view, "%lld%s %lld%s", most, parts[i].name, rest,
                                   parts[i + 1].name)
                        : view_say(view, "%lld%s", most, parts[i].name);
    }
    return TEXT("less than a second");
}

/* ---- to another version ---- */

json_t *view_move(const struct view *view)
{
    const struct instance_move *move = &view->inst->move;
    if (move->to == 0)
        return json_null();
    return json_pack("{s:i, s:o, s:o, s:o, s:o}", "to", (int)move->to, "asked_at",
                     view_instant(move->asked_at), "by", view_text(move->actor), "reason",
                     view_text(move->reason), "stays", view_text(move->stays));
}

struct text view_move_says(const struct view *view)
{
    const struct instance_move *move = &view->inst->move;
    if (move->to == 0)
        return TEXT("");
    if (move->stays.n == 0)
        return view_say(view, " It waits to go over to version %u at its next rest.",
                        move->to);
    return view_say(
        view, " It waits to go over to version %u; where it rests now, " TEXT_FMT ".",
        move->to, TEXT_ARG(move->stays));
}
