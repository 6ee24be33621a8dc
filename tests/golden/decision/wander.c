/* Plays flows by dice: `wander SEEDS FLOW…`; `wander =SEED FLOW` tells one game. Whatever
 * comes, these hold:
 *
 * - the rows beside an instance (subscriptions, tasks) are what its decisions say;
 * - whoever has ended has no child that lives, and what was undone has none that stands;
 * - undoing goes strictly newest first, by when completion was recorded;
 * - what lies side by side has its own keys, and is over before who joins it goes on;
 * - the next attempt of a call carries the key of the one before;
 * - what has ended stays as it is, and keeps nothing open;
 * - a final state that has been entered is never left;
 * - what is written is one revision on, and what is not written changes nothing;
 * - from anywhere, cancelling and answering everything ends with nothing standing;
 * - the same stimuli give the same bytes.
 *
 * A failure prints its seed. */
#include <stdio.h>

#include "engine/base/limits.h"
#include "engine/core/advance_turn.h"
#include "tests/golden/decision/read.h"
#include "tools/play.h"

enum { STIMULI = 100, FINISH_ROUNDS = 400, STEPS_REMEMBERED = 64 };

struct kept { /* a stimulus as it was given, to be given again */
    struct stimulus stimulus;
    int64_t now;
    uint32_t dice;
    json_t *data;
};

struct sent_key {
    struct text step;
    uint32_t operation;
    uint32_t attempt;
    struct digest key;
};

struct child { /* an instance that it has run, as that one stands */
    struct id id;
    uint32_t site;
    enum { CHILD_LIVES, CHILD_COMPLETED, CHILD_GONE } state;
    bool is_asked; /* the word that it is to unwind is in its mailbox */
};

struct child_end { /* in our mailbox */
    struct id id;
    const char *how;
    json_t *told;
};

struct wander {
    const struct ir *ir;
    struct play *play;
    uint64_t seed, state;
    bool failed;
    bool tells;
    VEC(struct kept) stimuli;
    VEC(struct subscription) subscriptions;
    VEC(uint32_t) tasks;
    VEC(struct sent_key) keys;
    VEC(struct child) children;
    VEC(struct child_end) ends;
    uint32_t ends_read;
    uint32_t final; /* that has been entered; IR_NONE */
};

static uint32_t roll(struct wander *w, uint32_t below)
{
    w->state = w->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->state >> 33) % below;
}

static void wrong(struct wander *w, const char *what)
{
    if (!w->failed)
        fprintf(stderr, "seed %llu of " TEXT_FMT ": %s after %u stimuli\n",
                (unsigned long long)w->seed, TEXT_ARG(ir_text(w->ir, w->ir->flow.name)),
                what, w->stimuli.n);
    w->failed = true;
}

/* ---- what holds ---- */

static void follow_subscriptions(struct wander *w, const struct decision *d)
{
    for (uint32_t i = 0; i < d->subscriptions.n; i++) {
        const struct subscription_change *c = &d->subscriptions.at[i];
        uint32_t at = 0;
        while (at < w->subscriptions.n &&
               w->subscriptions.at[at].number != c->subscription.number)
            at++;
        if (c->change == CHANGE_ADD)
            vec_push(w->play->arena, &w->subscriptions, c->subscription);
        else if (at == w->subscriptions.n)
            wrong(w, "a subscription is dropped that is not there");
        else
            w->subscriptions.at[at] = w->subscriptions.at[--w->subscriptions.n];
    }
    if (w->subscriptions.n != d->after->subscriptions.n)
        wrong(w, "subscriptions are not what decisions said");
}

static void follow_tasks(struct wander *w, const struct decision *d)
{
    for (uint32_t i = 0; i < d->tasks.n; i++) {
        const struct task_change *c = &d->tasks.at[i];
        uint32_t at = 0;
        while (at < w->tasks.n && w->tasks.at[at] != c->task.number)
            at++;
        if (c->change == CHANGE_DROP && at == w->tasks.n)
            wrong(w, "a task is dropped that is not there");
        else if (c->change == CHANGE_DROP)
            w->tasks.at[at] = w->tasks.at[--w->tasks.n];
        else if (at == w->tasks.n)
            vec_push(w->play->arena, &w->tasks, c->task.number);
    }
    if (w->tasks.n != d->after->tasks.n)
        wrong(w, "tasks are not what decisions said");
}

static bool was_sent(const struct wander *w, const struct call_order *order)
{
    for (uint32_t i = 0; i < w->keys.n; i++) {
        const struct sent_key *before = &w->keys.at[i];
        if (before->operation == order->operation && before->attempt < order->attempt &&
            text_is(before->step, order->step) && digest_is(&before->key, &order->key))
            return true;
    }
    return false;
}

/* Keys of different steps differ, and iterations are different steps. */
static bool is_taken(const struct wander *w, const struct call_order *order)
{
    for (uint32_t i = 0; i < w->keys.n; i++)
        if (digest_is(&w->keys.at[i].key, &order->key) &&
            w->keys.at[i].operation == order->operation &&
            !text_is(w->keys.at[i].step, order->step))
            return true;
    return false;
}

static void follow_keys(struct wander *w, const struct decision *d)
{
    for (uint32_t i = 0; i < d->calls.n; i++) {
        const struct call_order *order = &d->calls.at[i];
        if (!order->has_key)
            continue;
        if (order->attempt > 1 && !was_sent(w, order))
            wrong(w, "another attempt has another key");
        if (!order->key_has_generation && is_taken(w, order))
            wrong(w, "two steps share a key");
        struct sent_key sent = {text_dup(w->play->arena, order->step), order->operation,
                                order->attempt, order->key};
        vec_push(w->play->arena, &w->keys, sent);
    }
}

static struct child *child_of(const struct wander *w, struct id id)
{
    for (uint32_t i = 0; i < w->children.n; i++)
        if (id_is(w->children.at[i].id, id))
            return &w->children.at[i];
    return NULL;
}

static void follow_children(struct wander *w, const struct decision *d)
{
    for (uint32_t i = 0; i < d->children.n; i++) {
        const struct child_order *order = &d->children.at[i];
        struct child child = {.id = order->id, .site = order->child};
        if (child_of(w, child.id) != NULL)
            wrong(w, "two children have one id");
        if (w->ir->children[order->child].is_owned)
            vec_push(w->play->arena, &w->children, child);
    }
    for (uint32_t i = 0; i < d->unwinds.n; i++) {
        struct child *child = child_of(w, d->unwinds.at[i]);
        if (child == NULL || child->is_asked)
            wrong(w, "a child is asked twice, or is none");
        else
            child->is_asked = true;
    }
}

static bool stands(const struct undo_record *r)
{
    return !r->stays && (r->state == UNDO_DONE || r->state == UNDO_IN_DOUBT ||
                         r->state == UNDO_ARMED || r->state == UNDO_STUCK);
}

static void check_order(struct wander *w, const struct instance *inst)
{
    const struct fibre *by = NULL;
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].number == inst->unwinding)
            by = &inst->fibres.at[i];
    if (by == NULL || by->call.record == 0 ||
        (by->target != TARGET_FAIL && by->target != TARGET_CANCEL))
        return;
    uint32_t order = 0;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        if (inst->undo.at[i].number == by->call.record)
            order = inst->undo.at[i].order;
    for (uint32_t i = 0; i < inst->undo.n; i++)
        if (inst->undo.at[i].order > order && stands(&inst->undo.at[i]))
            wrong(w, "an older effect is undone before a younger one");
}

/* A part has somebody who waits for it; what is recorded of one that is over is its
 * parent's. */
static void check_parts(struct wander *w, const struct instance *inst)
{
    for (uint32_t i = 0; i < inst->fibres.n; i++) {
        const struct fibre *f = &inst->fibres.at[i], *parent = NULL;
        for (uint32_t k = 0; f->kind == FIBRE_PART && k < inst->fibres.n; k++)
            if (inst->fibres.at[k].number == f->parent)
                parent = &inst->fibres.at[k];
        if (f->kind == FIBRE_PART && (parent == NULL || parent->wait != FIBRE_JOINING))
            wrong(w, "a part runs that nobody waits for");
    }
}

static void check_end(struct wander *w, const struct instance *inst)
{
    if (!instance_status_is_ended(inst->status))
        return;
    if (inst->fibres.n > 0 || inst->tasks.n > 0 || inst->subscriptions.n > 0 ||
        instance_wake_at(inst) != 0)
        wrong(w, "it has ended and keeps something open");
    for (uint32_t i = 0; i < inst->undo.n && inst->status != STATUS_COMPLETED; i++)
        if (stands(&inst->undo.at[i]))
            wrong(w, "it has ended undone and something stands");
    for (uint32_t i = 0; i < w->children.n; i++)
        if (w->children.at[i].state == CHILD_LIVES)
            wrong(w, "it has ended and a child of it lives on");
}

static void check_final(struct wander *w, const struct instance *inst)
{
    if (w->final != IR_NONE && inst->state != w->final)
        wrong(w, "a final state has been left");
    if (inst->state != IR_NONE && w->ir->states[inst->state].is_final)
        w->final = inst->state;
}

static void check(struct wander *w, const struct decision *d, uint64_t rev)
{
    bool is_written = !d->is_nothing && d->refused == ERR_OK;
    if (w->play->inst->rev != rev + is_written)
        wrong(w, "revisions do not rise one by one");
    if (!is_written)
        return;
    check_final(w, w->play->inst);
    follow_subscriptions(w, d);
    follow_tasks(w, d);
    follow_keys(w, d);
    follow_children(w, d);
    check_order(w, w->play->inst);
    check_parts(w, w->play->inst);
    check_end(w, w->play->inst);
}

/* ---- stimuli ---- */

static void tell(struct wander *w, const struct kept *kept, const struct decision *d)
{
    static const char *const kinds[] = {
#define STIMULUS(name, sentence) #name,
#include "engine/core/stimulus.def"
#undef STIMULUS
    };
    struct buf out;
    buf_init(&out, w->play->turn);
    buf_printf(&out, "> %u %s call %u task %u " TEXT_FMT " " TEXT_FMT " outcome %d ",
               w->stimuli.n, kinds[kept->stimulus.kind], kept->stimulus.call,
               kept->stimulus.task, TEXT_ARG(kept->stimulus.verb),
               TEXT_ARG(kept->stimulus.event), (int)kept->stimulus.outcome.kind);
    if (kept->data != NULL)
        buf_text(&out, json_write(w->play->turn, kept->data));
    buf_char(&out, '\n');
    decision_print(&out, w->ir, d);
    struct text t = buf_done(&out);
    fwrite(t.chars, 1, t.n, stdout);
    fflush(stdout);
}

static const struct decision *give(struct wander *w, struct stimulus s, json_t *data)
{
    struct kept kept = {s, w->play->now, roll(w, 1000), data};
    kept.stimulus.data = kept.stimulus.outcome.data = data;
    kept.stimulus.step = text_dup(w->play->arena, s.step);
    vec_push(w->play->arena, &w->stimuli, kept);
    bool had_ended = instance_status_is_ended(w->play->inst->status);
    uint64_t rev = w->play->inst->rev;
    w->play->dice = kept.dice;
    const struct decision *d = play_do(w->play, kept.stimulus);
    if (w->tells)
        tell(w, &kept, d);
    if (had_ended && !d->is_nothing && d->refused == ERR_OK && s.kind != STIMULUS_UNWIND)
        wrong(w, "what has ended has moved");
    check(w, d, rev);
    return d;
}

/* Lists of one get more items; texts among them differ. */
static void throw_items(struct wander *w, json_t *list)
{
    static const char *const texts[] = {"x", "y", "z", "u", "v"};
    uint32_t more = roll(w, 5);
    for (uint32_t i = 0; i < more && json_array_size(list) < 5; i++)
        json_array_append_new(list, json_is_string(json_array_get(list, 0))
                                        ? json_string(texts[i])
                                        : json_deep_copy(json_array_get(list, 0)));
}

/* A value made from its type, but for truths and the length of lists, which are thrown.
 */
static json_t *throw_truths(struct wander *w, json_t *json)
{
    const char *name;
    json_t *part;
    size_t i;
    json_object_foreach(json, name, part)
        json_object_set_new(json, name, throw_truths(w, json_incref(part)));
    if (json_array_size(json) == 1)
        throw_items(w, json);
    json_array_foreach(json, i, part)
        json_array_set_new(json, i, throw_truths(w, json_incref(part)));
    if (!json_is_boolean(json))
        return json;
    json_decref(json);
    return json_boolean(roll(w, 2));
}

static json_t *sample_json(struct wander *w, uint32_t type)
{
    if (type == IR_NONE)
        return json_null();
    return throw_truths(w,
                        wire_write(w->ir, type, wire_sample(w->play->turn, w->ir, type),
                                   WIRE_SHOW_PRIVATE));
}

static void answer_call(struct wander *w, bool kindly)
{
    const struct play_call *call = &w->play->calls.at[roll(w, w->play->calls.n)];
    const struct ir_operation *op = &w->ir->operations[call->order.operation];
    uint32_t dice = kindly ? 0 : roll(w, 12);
    struct stimulus s = {.kind = STIMULUS_OUTCOME, .call = call->order.number};
    json_t *data = NULL;
    s.outcome.kind = dice < 6    ? OUTCOME_VALUE
                     : dice == 6 ? OUTCOME_REFUSED
                     : dice < 9  ? OUTCOME_UNAVAILABLE
                     : dice < 11 ? OUTCOME_IN_DOUBT
                                 : OUTCOME_BROKEN;
    if (dice == 5)
        data = json_pack("{s:[i]}", "nonsense", 1);
    else if (s.outcome.kind == OUTCOME_VALUE)
        data = sample_json(w, op->gives);
    if (s.outcome.kind == OUTCOME_REFUSED && op->errors.n > 0) {
        const struct ir_error *e =
            &w->ir->errors[w->ir->error_uses[op->errors.first + roll(w, op->errors.n)]];
        s.outcome.name = ir_text(w->ir, e->name);
        data = sample_json(w, e->record);
    }
    give(w, s, data);
    uint32_t n = 0; /* heard or not: nobody answers twice */
    for (uint32_t i = 0; i < w->play->calls.n; i++)
        if (w->play->calls.at[i].order.number != s.call)
            w->play->calls.at[n++] = w->play->calls.at[i];
    w->play->calls.n = n;
}

/* A child says how it ended: to our mailbox, where it may wait. */
static void child_says(struct wander *w, const struct child *child, const char *how)
{
    const struct ir_child *c = &w->ir->children[child->site];
    struct child_end end = {.id = child->id, .how = how, .told = json_object()};
    if (strcmp(how, "completed") == 0 && c->gives != IR_NONE)
        json_object_set_new(end.told, "result", sample_json(w, c->gives));
    if (strcmp(how, "failed") == 0 && c->errors.n > 0) {
        const struct ir_error *e = &w->ir->errors[w->ir->error_uses[c->errors.first]];
        json_object_set_new(end.told, "error", json_text(ir_text(w->ir, e->name)));
        json_object_set_new(end.told, "data", sample_json(w, e->record));
    }
    vec_push(w->play->arena, &w->ends, end);
}

/* One child goes a step on its way. */
static void move_child(struct wander *w, bool kindly)
{
    static const char *const ways[] = {"failed", "cancelled", "refused"};
    if (w->children.n == 0)
        return;
    struct child *child = &w->children.at[roll(w, w->children.n)];
    uint32_t dice = roll(w, 8);
    if (child->is_asked && child->state != CHILD_GONE && (kindly || dice > 2)) {
        child->state = CHILD_GONE;
        child_says(w, child, "cancelled");
    } else if (child->state == CHILD_LIVES && !kindly) {
        child->state = dice < 5 ? CHILD_COMPLETED : CHILD_GONE;
        child_says(w, child, dice < 5 ? "completed" : ways[dice - 5]);
    }
}

static void hear_child(struct wander *w)
{
    if (w->ends_read == w->ends.n)
        return;
    struct child_end *end = &w->ends.at[w->ends_read++];
    struct stimulus s = {
        .kind = STIMULUS_CHILD_END, .child = end->id, .verb = text_of(end->how)};
    give(w, s, end->told);
}

static void send_event(struct wander *w)
{
    if (w->ir->events_n == 0)
        return;
    const struct ir_event *e = &w->ir->events[roll(w, w->ir->events_n)];
    give(w, (struct stimulus){.kind = STIMULUS_EVENT, .event = ir_text(w->ir, e->name)},
         sample_json(w, e->record));
}

static void pass_time(struct wander *w, int64_t most)
{
    int64_t until =
        w->play->now + 1 + roll(w, (uint32_t)(most / WHEN_SECOND)) * WHEN_SECOND;
    for (int64_t wake; (wake = instance_wake_at(w->play->inst)) != 0 && wake <= until;) {
        if (wake > w->play->now)
            w->play->now = wake;
        if (give(w, (struct stimulus){.kind = STIMULUS_TIMER}, NULL)->is_nothing) {
            wrong(w, "it woke itself for nothing");
            return;
        }
    }
    if (until > w->play->now)
        w->play->now = until;
}

static struct ir_range whens_of(const struct wander *w, const struct task *task)
{
    if (task->what == IR_NONE)
        return (struct ir_range){0, 0};
    return task->is_dead_letter ? w->ir->dead_letters[task->what].whens
                                : w->ir->questions[task->what].whens;
}

static void answer_task(struct wander *w)
{
    const struct instance *inst = w->play->inst;
    if (inst->tasks.n == 0)
        return;
    const struct task *task = &inst->tasks.at[roll(w, inst->tasks.n)];
    struct ir_range whens = whens_of(w, task);
    struct stimulus s = {
        .kind = STIMULUS_ANSWER, .task = task->number, .verb = TEXT("retry")};
    json_t *data = NULL;
    if (whens.n > 0) {
        const struct ir_when *when = &w->ir->whens[whens.first + roll(w, whens.n)];
        s.verb = ir_text(w->ir, when->name);
        if (when->form != IR_NONE)
            data = sample_json(w, when->form);
    }
    give(w, s, data);
}

static struct text parked_step(struct wander *w)
{
    const struct instance *inst = w->play->inst;
    struct turn turn = {.arena = w->play->turn, .ir = w->ir, .inst = w->play->inst};
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        if (inst->fibres.at[i].wait == FIBRE_PARKED && inst->fibres.at[i].task != 0)
            return fibre_step(&turn, &inst->fibres.at[i]);
    return TEXT("");
}

static void command(struct wander *w, const char *verb)
{
    give(w,
         (struct stimulus){
             .kind = STIMULUS_COMMAND, .verb = text_of(verb), .step = parked_step(w)},
         NULL);
}

static void any_command(struct wander *w)
{
    static const char *const verbs[] = {
        "retry",  "retry",        "pause",          "resume", "resume",
        "absent", "done-by-hand", "leave-standing", "result", "cancel"};
    command(w, verbs[roll(w, sizeof verbs / sizeof *verbs)]);
}

static void anything(struct wander *w)
{
    uint32_t dice = roll(w, 20);
    if (w->children.n > 0 && dice % 3 == 0)
        move_child(w, false);
    else if (w->ends_read < w->ends.n && dice % 2 == 0)
        hear_child(w);
    else if (dice < 10 && w->play->calls.n > 0)
        answer_call(w, false);
    else if (dice < 13)
        send_event(w);
    else if (dice < 15)
        pass_time(w, dice == 13 ? WHEN_MINUTE : 2 * WHEN_DAY);
    else if (dice < 17)
        answer_task(w);
    else if (dice == 17)
        any_command(w);
    else if (dice == 18) {
        w->play->calls.n = 0;
        give(w, (struct stimulus){.kind = STIMULUS_RECOVER}, NULL);
    } else if (w->play->inst->is_owned && roll(w, 6) == 0)
        give(w, (struct stimulus){.kind = STIMULUS_UNWIND}, NULL);
}

/* Cancelled, and the world answers kindly: it ends. */
static void finish(struct wander *w)
{
    command(w, "resume");
    command(w, "cancel");
    for (int i = 0; i < FINISH_ROUNDS; i++) {
        if (instance_status_is_ended(w->play->inst->status))
            return;
        move_child(w, true);
        if (w->ends_read < w->ends.n)
            hear_child(w);
        else if (w->play->calls.n > 0)
            answer_call(w, true);
        else if (w->play->inst->status == STATUS_PARKED)
            command(w, i % 3 == 0 ? "done-by-hand" : i % 3 == 1 ? "absent" : "retry");
        else
            pass_time(w, WHEN_DAY);
    }
    wrong(w, "it was cancelled and does not end");
}

/* ---- the same again ---- */

static void again(struct wander *w)
{
    struct play *play = play_open(w->ir, NULL);
    if (w->play->inst->is_owned)
        play_own(play, w->play->inst->parent);
    for (uint32_t i = 0; i < w->stimuli.n; i++) {
        const struct kept *kept = &w->stimuli.at[i];
        play->now = kept->now;
        play->dice = kept->dice;
        play_do(play, kept->stimulus);
    }
    if (!text_is(play->snapshot, w->play->snapshot))
        wrong(w, "the same stimuli give other bytes");
    play_close(play);
}

static bool wander(const struct ir *ir, uint64_t seed, bool tells)
{
    struct wander w = {.ir = ir,
                       .play = play_open(ir, NULL),
                       .seed = seed,
                       .state = seed,
                       .tells = tells,
                       .final = IR_NONE};
    if (seed % 3 == 0)
        play_own(w.play, (struct id){{1, 2, 3}});
    give(&w, (struct stimulus){.kind = STIMULUS_START}, sample_json(&w, ir->flow.params));
    for (int i = 0; i < STIMULI && !w.failed; i++)
        anything(&w);
    if (!w.failed)
        finish(&w);
    again(&w);
    for (uint32_t i = 0; i < w.stimuli.n; i++)
        json_decref(w.stimuli.at[i].data);
    while (w.ends_read < w.ends.n)
        json_decref(w.ends.at[w.ends_read++].told);
    play_close(w.play);
    return !w.failed;
}

/* ---- flows ---- */

/* Values made from types meet no patterns: here none are asked for. */
static struct ir *without_patterns(struct ir *ir)
{
    for (uint32_t i = 0; i < ir->types_n; i++)
        if (ir->types[i].kind == IR_TYPE_TEXT)
            ir->types[i].refined = IR_NONE;
    return ir;
}

int main(int argc, char **argv)
{
    bool tells = argc > 1 && argv[1][0] == '=';
    unsigned long seeds = argc > 1 ? strtoul(argv[1] + tells, NULL, 10) : 0;
    unsigned passed = 0, failed = 0;
    for (int i = 2; i < argc; i++) {
        struct arena *arena = arena_new("compile", LIMIT_COMPILE_BYTES);
        struct compiled *compiled = read_flows(arena, argv[i]);
        for (uint32_t f = 0; f < compiled->flows_n; f++)
            for (unsigned long seed = tells ? seeds : 1; seed <= seeds; seed++)
                *(wander(without_patterns(compiled->flows[f].image), seed, tells)
                      ? &passed
                      : &failed) += 1;
        if (compiled->flows_n == 0) {
            fprintf(stderr, "%s does not compile\n", argv[i]);
            failed++;
        }
        arena_free(arena);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
