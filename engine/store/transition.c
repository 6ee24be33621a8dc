/* A decision as rows: what is handed to the store for it. */
#include "dsl/ir_signature.h"
#include "engine/base/json.h"
#include "engine/core/subscribe.h"
#include "engine/core/wire.h"
#include "engine/store/store_ops.h"

static struct text event_name(const struct ir *ir, uint32_t event)
{
    return ir_text(ir, ir->events[event].name);
}

static struct store_event_out event_row(struct arena *turn, const struct ir *ir,
                                        const struct event_out *e)
{
    const struct ir_event *row = &ir->events[e->event];
    scoped_json json_t *body = wire_write(ir, row->record, e->body, WIRE_WHOLE);
    return (struct store_event_out){.event = event_name(ir, e->event),
                                    .body = json_write(turn, body),
                                    .held = row->held};
}

static void add_events(struct arena *turn, const struct ir *ir,
                       const struct decision *decision, struct store_transition *t)
{
    uint32_t n = decision->events.n, back = decision->unanswered.n;
    struct store_event_out *all = arena_array(turn, struct store_event_out, n + back);
    for (uint32_t i = 0; i < n; i++) {
        const struct event_out *e = &decision->events.at[i];
        all[i] = event_row(turn, ir, e);
        all[i].has_unique = subscribe_unique(ir, e->event, e->body, &all[i].unique);
    }
    for (uint32_t i = 0; i < back; i++) {
        all[n + i] = event_row(turn, ir, &decision->unanswered.at[i]);
        all[n + i].is_unclaimed = true;
    }
    t->events = all;
    t->events_n = n + back;
}

static struct store_subscription subscription_of(const struct ir *ir,
                                                 const struct subscription_change *c)
{
    return (struct store_subscription){.drop = c->change == CHANGE_DROP,
                                       .number = c->subscription.number,
                                       .event = event_name(ir, c->subscription.event),
                                       .key = c->subscription.key,
                                       .fields = c->subscription.fields,
                                       .is_held =
                                           ir->events[c->subscription.event].held > 0};
}

static void add_subscriptions(struct arena *turn, const struct ir *ir,
                              const struct decision *decision, struct store_transition *t)
{
    uint32_t left = decision->left_subscriptions.n, n = decision->subscriptions.n;
    struct store_subscription *all =
        arena_array(turn, struct store_subscription, left + n);
    for (uint32_t i = 0; i < left; i++)
        all[i] = subscription_of(decision->left, &decision->left_subscriptions.at[i]);
    for (uint32_t i = 0; i < n; i++)
        all[left + i] = subscription_of(ir, &decision->subscriptions.at[i]);
    t->subscriptions = all;
    t->subscriptions_n = left + n;
}

static struct text json_or_none(struct arena *turn, const json_t *json)
{
    return json == NULL ? (struct text){"", 0} : json_write(turn, json);
}

static void add_tasks(struct arena *turn, const struct ir *ir,
                      const struct decision *decision, struct store_transition *t)
{
    struct store_task *all = arena_array(turn, struct store_task, decision->tasks.n);
    for (uint32_t i = 0; i < decision->tasks.n; i++) {
        const struct task_change *c = &decision->tasks.at[i];
        bool named = c->task.is_dead_letter && c->task.what != IR_NONE;
        all[i] = (struct store_task){
            .drop = c->change == CHANGE_DROP,
            .number = c->task.number,
            .is_dead_letter = c->task.is_dead_letter,
            .what = named ? ir_text(ir, ir->dead_letters[c->task.what].name)
                    : c->task.is_dead_letter ? TEXT("stuck")
                                             : TEXT(""),
            .role = c->task.role,
            .question = c->task.question,
            .outcomes = json_or_none(turn, c->outcomes),
            .showing = json_or_none(turn, c->showing),
            .since = c->task.since,
            .until = c->task.until};
    }
    t->tasks = all;
    t->tasks_n = decision->tasks.n;
}

static void add_children(struct arena *turn, const struct ir *ir,
                         const struct decision *decision, struct store_transition *t)
{
    struct store_child *all = arena_array(turn, struct store_child, decision->children.n);
    for (uint32_t i = 0; i < decision->children.n; i++) {
        const struct child_order *order = &decision->children.at[i];
        const struct ir_child *row = &ir->children[order->child];
        scoped_json json_t *args =
            wire_write_fields(ir, row->params, order->args.items, WIRE_WHOLE);
        all[i] = (struct store_child){.id = order->id,
                                      .flow = ir_text(ir, row->flow),
                                      .signature = ir_child_signature(turn, ir, row),
                                      .key = order->key,
                                      .args = json_write(turn, args),
                                      .is_owned = row->is_owned};
    }
    t->children = all;
    t->children_n = decision->children.n;
}

/* What it says to those it has run, and to the one that runs it. */
static void add_words(struct arena *turn, const struct ir *ir,
                      const struct decision *decision, struct store_transition *t)
{
    const struct instance *after = decision->after;
    struct store_word *all =
        arena_array(turn, struct store_word, decision->unwinds.n + 2);
    for (uint32_t i = 0; i < decision->unwinds.n; i++)
        all[t->words_n++] = (struct store_word){
            .to = decision->unwinds.at[i],
            .kind = STIMULUS_UNWIND,
            .verb = TEXT(""),
            .actor = ir_text(ir, ir->flow.name),
            .reason = text_of(arena_printf(turn, TEXT_FMT " " TEXT_FMT " undoes it",
                                           TEXT_ARG(ir_text(ir, ir->flow.name)),
                                           TEXT_ARG(after->key))),
            .data = TEXT("")};
    if (decision->tells_parent)
        all[t->words_n++] =
            (struct store_word){.to = after->parent,
                                .kind = STIMULUS_CHILD_END,
                                .verb = text_of(instance_status_name(after->status)),
                                .actor = TEXT(""),
                                .reason = TEXT(""),
                                .data = json_or_none(turn, decision->told)};
    if (decision->goes_over)
        all[t->words_n++] = (struct store_word){.to = after->id,
                                                .kind = STIMULUS_MIGRATE,
                                                .verb = TEXT(""),
                                                .actor = TEXT(""),
                                                .reason = TEXT(""),
                                                .data = TEXT("")};
    t->words = all;
}

static void add_measured(struct arena *turn, const struct ir *ir,
                         const struct decision *decision, struct store_transition *t)
{
    char digits[DECIMAL_TEXT_BYTES];
    struct store_measured *all =
        arena_array(turn, struct store_measured, decision->measured.n);
    for (uint32_t i = 0; i < decision->measured.n; i++) {
        const struct measured *m = &decision->measured.at[i];
        all[i].measure = ir_text(ir, ir->measures[m->measure].name);
        all[i].value = text_dup(turn, decimal_print(m->value, digits));
        all[i].unit = text_of(m->unit);
        all[i].goal =
            m->has_goal ? text_dup(turn, decimal_print(m->goal, digits)) : TEXT("");
        all[i].met = m->met;
    }
    t->measured = all;
    t->measured_n = decision->measured.n;
}

static void add_keys(struct arena *turn, const struct decision *decision,
                     struct store_transition *t)
{
    struct digest *asked = arena_array(turn, struct digest, decision->calls.n);
    for (uint32_t i = 0; i < decision->calls.n; i++)
        if (decision->calls.at[i].key_has_generation)
            asked[t->asked_n++] = decision->calls.at[i].key;
    t->asked = asked;
    t->raised = decision->generations.at;
    t->raised_n = decision->generations.n;
}

static void add_values(struct arena *turn, const struct shelf *shelf,
                       struct store_transition *t)
{
    uint32_t n = shelf->all.n;
    struct store_value *held = arena_array(turn, struct store_value, n);
    struct digest *dropped = arena_array(turn, struct digest, n),
                  *holds = arena_array(turn, struct digest, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct shelved *one = &shelf->all.at[i];
        bool is_new = one->bytes.n > 0;
        if (is_new)
            held[t->held_n++] = (struct store_value){one->hash, one->bytes};
        if (one->is_used)
            holds[t->holds_n++] = one->hash;
        else
            dropped[t->dropped_n++] = one->hash;
    }
    t->held = held;
    t->dropped = dropped;
    t->holds = holds;
}

struct store_transition store_transition_of(struct arena *turn, const struct ir *ir,
                                            const struct store_instance *row,
                                            const struct stimulus *stimulus,
                                            const struct store_mail *mail,
                                            const struct decision *decision,
                                            struct shelf *shelf)
{
    const struct instance *after = decision->after;
    struct store_transition t = {.id = row->id,
                                 .rev = row->rev,
                                 .status_was = row->status,
                                 .status = after->status,
                                 .in_flight = instance_has_calls(after),
                                 .since = after->since,
                                 .started_at = after->started_at,
                                 .ended_at = after->ended_at,
                                 .wake_at = instance_wake_at(after),
                                 .timer_at = row->timer_at,
                                 .at = stimulus->now,
                                 .stimulus = stimulus->kind,
                                 .goes_over = decision->left != NULL,
                                 .image = ir->hash};
    t.state = instance_state_path(ir, after);
    struct buf snapshot;
    buf_init(&snapshot, turn);
    instance_pack(&snapshot, ir, after, shelf);
    t.snapshot = buf_done(&snapshot);
    t.entries = decision_entries_json(turn, ir, decision);
    if (mail != NULL) {
        t.mail = mail->seq;
        t.event_given_back = mail->kind == STIMULUS_EVENT && !decision->event_taken;
    }
    add_events(turn, ir, decision, &t);
    add_subscriptions(turn, ir, decision, &t);
    add_tasks(turn, ir, decision, &t);
    add_children(turn, ir, decision, &t);
    add_words(turn, ir, decision, &t);
    add_measured(turn, ir, decision, &t);
    add_keys(turn, decision, &t);
    add_values(turn, shelf, &t);
    return t;
}

/* ---- copying ---- */

static struct text copy(struct arena *arena, struct text t)
{
    return t.n == 0 ? (struct text){"", 0}
                    : (struct text){arena_copy(arena, t.chars, t.n), t.n};
}

#define COPY_ARRAY(arena, t, name)                                                       \
    ((t)->name##_n == 0                                                                  \
         ? NULL                                                                          \
         : arena_copy((arena), (t)->name, (t)->name##_n * sizeof *(t)->name))

static void copy_one(struct arena *arena, struct store_transition *t)
{
    t->state = copy(arena, t->state);
    t->snapshot = copy(arena, t->snapshot);
    t->entries = copy(arena, t->entries);
    struct store_event_out *events = COPY_ARRAY(arena, t, events);
    for (uint32_t i = 0; i < t->events_n; i++) {
        events[i].event = copy(arena, events[i].event);
        events[i].body = copy(arena, events[i].body);
    }
    t->events = events;
    struct store_subscription *subscriptions = COPY_ARRAY(arena, t, subscriptions);
    for (uint32_t i = 0; i < t->subscriptions_n; i++)
        subscriptions[i].event = copy(arena, subscriptions[i].event);
    t->subscriptions = subscriptions;
    struct store_task *tasks = COPY_ARRAY(arena, t, tasks);
    for (uint32_t i = 0; i < t->tasks_n; i++) {
        struct text *texts[] = {&tasks[i].what, &tasks[i].role, &tasks[i].question,
                                &tasks[i].outcomes, &tasks[i].showing};
        for (uint32_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = copy(arena, *texts[k]);
    }
    t->tasks = tasks;
    struct store_child *children = COPY_ARRAY(arena, t, children);
    for (uint32_t i = 0; i < t->children_n; i++) {
        children[i].flow = copy(arena, children[i].flow);
        children[i].key = copy(arena, children[i].key);
        children[i].args = copy(arena, children[i].args);
    }
    t->children = children;
    struct store_word *words = COPY_ARRAY(arena, t, words);
    for (uint32_t i = 0; i < t->words_n; i++) {
        struct text *texts[] = {&words[i].verb, &words[i].actor, &words[i].reason,
                                &words[i].data};
        for (uint32_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = copy(arena, *texts[k]);
    }
    t->words = words;
    struct store_measured *measured = COPY_ARRAY(arena, t, measured);
    for (uint32_t i = 0; i < t->measured_n; i++) {
        struct text *texts[] = {&measured[i].measure, &measured[i].value,
                                &measured[i].unit, &measured[i].goal};
        for (uint32_t k = 0; k < sizeof texts / sizeof *texts; k++)
            *texts[k] = copy(arena, *texts[k]);
    }
    t->measured = measured;
    t->raised = COPY_ARRAY(arena, t, raised);
    t->asked = COPY_ARRAY(arena, t, asked);
    struct store_value *held = COPY_ARRAY(arena, t, held);
    for (uint32_t i = 0; i < t->held_n; i++)
        held[i].bytes = copy(arena, held[i].bytes);
    t->held = held;
    t->dropped = COPY_ARRAY(arena, t, dropped);
    t->holds = COPY_ARRAY(arena, t, holds);
}

struct store_transition *store_transitions_copy(struct arena *arena,
                                                const struct store_transition *all,
                                                uint32_t n)
{
    struct store_transition *copies = arena_copy(arena, all, n * sizeof *all);
    for (uint32_t i = 0; i < n; i++)
        copy_one(arena, &copies[i]);
    return copies;
}
