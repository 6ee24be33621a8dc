/* What one stimulus means, given back, printed, and as the journal stores it. */
#include "engine/core/decision.h"

#include "engine/base/json.h"
#include "engine/base/json_plain.h"
#include "engine/base/utf8.h"
#include "engine/base/when.h"
#include "engine/core/wire.h"

const char *entry_kind_name(enum entry_kind kind)
{
    static const char *const names[] = {
#define ENTRY(name, text, sentence) text,
#include "engine/core/journal.def"
#undef ENTRY
    };
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

void decision_done(struct decision *decision)
{
    for (uint32_t i = 0; i < decision->entries.n; i++) {
        json_decref(decision->entries.at[i].data);
        decision->entries.at[i].data = NULL;
    }
    for (uint32_t i = 0; i < decision->tasks.n; i++) {
        struct task_change *change = &decision->tasks.at[i];
        json_decref(change->outcomes);
        json_decref(change->showing);
        change->outcomes = change->showing = NULL;
    }
    json_decref(decision->told);
    decision->told = NULL;
}

static struct text state_path(const struct ir *ir, uint32_t state)
{
    return state < ir->states_n ? ir_text(ir, ir->states[state].path) : TEXT("");
}

static void put_text_or_null(struct buf *out, struct text t)
{
    buf_char(out, ',');
    must(utf8_valid(t, NULL));
    if (t.n > 0)
        json_plain_write_text(out, t);
    else
        buf_chars(out, "null");
}

static void put_row(struct buf *out, const struct ir *ir, const struct entry *e)
{
    buf_char(out, '[');
    json_plain_write_text(out, text_of(entry_kind_name(e->kind)));
    put_text_or_null(out, state_path(ir, e->state));
    put_text_or_null(out, e->step);
    buf_char(out, ',');
    if (e->line > 0)
        buf_digits(out, e->line);
    else
        buf_chars(out, "null");
    put_text_or_null(out, e->actor);
    put_text_or_null(out, e->text);
    buf_char(out, ',');
    if (e->data != NULL)
        json_plain_write(out, e->data);
    else
        buf_chars(out, "null");
    buf_char(out, ']');
}

/* Written at every transition: no tree is made of it. */
struct text decision_entries_json(struct arena *turn, const struct ir *ir,
                                  const struct decision *decision)
{
    struct buf out;
    buf_init(&out, turn);
    buf_char(&out, '[');
    for (uint32_t i = 0; i < decision->entries.n; i++) {
        if (i > 0)
            buf_char(&out, ',');
        put_row(&out, ir, &decision->entries.at[i]);
    }
    buf_char(&out, ']');
    return buf_done(&out);
}

/* ---- printing: one stable line an item ---- */

static void print_moment(struct buf *out, const char *before, int64_t at)
{
    char when[WHEN_TEXT_BYTES];
    if (at == 0)
        return;
    buf_chars(out, before);
    buf_text(out, when_instant_print(at, when));
}

static void print_json(struct buf *out, const char *before, const json_t *json)
{
    if (json == NULL)
        return;
    buf_chars(out, before);
    buf_text(out, json_write(out->arena, json));
}

/* Keys are long: enough of one to tell it from another. */
static void print_digest(struct buf *out, const char *before, const struct digest *digest)
{
    char hex[DIGEST_HEX_BYTES];
    buf_printf(out, "%s%.8s", before, digest_hex(digest, hex).chars);
}

static void print_operation(struct buf *out, const struct ir *ir, uint32_t operation)
{
    if (operation >= ir->operations_n) {
        buf_chars(out, "?");
        return;
    }
    const struct ir_operation *row = &ir->operations[operation];
    buf_text(out, ir_text(ir, ir->adapters[row->adapter].name));
    buf_char(out, '.');
    buf_text(out, ir_text(ir, row->name));
}

static void print_entry(struct buf *out, const struct ir *ir, const struct entry *e)
{
    buf_printf(out, "entry %s", entry_kind_name(e->kind));
    if (e->state < ir->states_n)
        buf_printf(out, " in " TEXT_FMT, TEXT_ARG(state_path(ir, e->state)));
    if (e->step.n > 0)
        buf_printf(out, " step " TEXT_FMT, TEXT_ARG(e->step));
    if (e->line > 0)
        buf_printf(out, " line %u", e->line);
    if (e->actor.n > 0)
        buf_printf(out, " by " TEXT_FMT, TEXT_ARG(e->actor));
    if (e->text.n > 0)
        buf_printf(out, ": " TEXT_FMT, TEXT_ARG(e->text));
    print_json(out, " ", e->data);
    buf_char(out, '\n');
}

static void print_call(struct buf *out, const struct ir *ir, const struct call_order *c)
{
    buf_printf(out, "call %u " TEXT_FMT "." TEXT_FMT " %s step " TEXT_FMT " attempt %u",
               c->number, TEXT_ARG(c->adapter), TEXT_ARG(c->operation_name),
               c->is_effect ? "effect" : "read", TEXT_ARG(c->step), c->attempt);
    if (c->has_key)
        print_digest(out, c->key_has_generation ? " key+generation " : " key ", &c->key);
    print_moment(out, " until ", c->deadline);
    if (c->operation < ir->operations_n && c->args.kind == VALUE_RECORD &&
        c->args.n == ir->operations[c->operation].params.n) {
        scoped_json json_t *args = wire_write_fields(
            ir, ir->operations[c->operation].params, c->args.items, WIRE_MASK_PRIVATE);
        print_json(out, " ", args);
    }
    buf_char(out, '\n');
}

static void print_event(struct buf *out, const char *verb, const struct ir *ir,
                        const struct event_out *e)
{
    scoped_json json_t *body =
        wire_write(ir, ir->events[e->event].record, e->body, WIRE_MASK_PRIVATE);
    buf_printf(out, "%s " TEXT_FMT, verb,
               TEXT_ARG(ir_text(ir, ir->events[e->event].name)));
    print_json(out, " ", body);
    buf_char(out, '\n');
}

static void print_subscription(struct buf *out, const struct ir *ir,
                               const struct subscription_change *change)
{
    const struct subscription *s = &change->subscription;
    buf_printf(out, "%s %u " TEXT_FMT " fields %u key %016llx\n",
               change->change == CHANGE_ADD ? "subscribe" : "unsubscribe", s->number,
               TEXT_ARG(ir_text(ir, ir->events[s->event].name)), s->fields,
               (unsigned long long)s->key);
}

static void print_task(struct buf *out, const struct task_change *change)
{
    const struct task *t = &change->task;
    buf_printf(out, "%s %u %s for " TEXT_FMT,
               change->change == CHANGE_ADD ? "task" : "withdraw task", t->number,
               t->is_dead_letter ? "dead letter" : "question", TEXT_ARG(t->role));
    if (change->change == CHANGE_ADD) {
        buf_printf(out, " \"" TEXT_FMT "\"", TEXT_ARG(t->question));
        print_moment(out, " until ", t->until);
        print_moment(out, " next ", t->next_at);
        print_json(out, " outcomes ", change->outcomes);
        print_json(out, " showing ", change->showing);
    }
    buf_char(out, '\n');
}

/* Ids hold the moment and chance: enough of one to tell it from another. */
static void print_id(struct buf *out, const char *before, struct id id)
{
    char chars[ID_TEXT_BYTES];
    struct text t = id_print(id, chars);
    buf_printf(out, "%s" TEXT_FMT, before, TEXT_ARG(text_cut(t, t.n - 8, t.n)));
}

static void print_child(struct buf *out, const struct ir *ir, const struct child_order *c)
{
    const struct ir_child *row = &ir->children[c->child];
    buf_printf(out, "begin " TEXT_FMT, TEXT_ARG(ir_text(ir, row->flow)));
    print_id(out, row->is_owned ? " owned " : " ", c->id);
    if (c->key.n > 0)
        buf_printf(out, " key " TEXT_FMT, TEXT_ARG(c->key));
    scoped_json json_t *args =
        wire_write_fields(ir, row->params, c->args.items, WIRE_MASK_PRIVATE);
    print_json(out, " ", args);
    buf_char(out, '\n');
}

static const char *const fibre_kinds[] = {"flow",   "state", "handler",
                                          "choice", "undo",  "part"};
static const char *const fibre_waits[] = {"is ready",
                                          "calls",
                                          "waits for an event",
                                          "waits for a time",
                                          "waits for a condition",
                                          "asks",
                                          "waits for a child",
                                          "waits for the undoing",
                                          "is parked",
                                          "waits for others to settle",
                                          "waits for its parts"};
static const char *const call_phases[] = {"sent", "paused", "asking", "asking paused"};
static const char *const undo_states[] = {"armed",  "done",  "in_doubt", "kept",
                                          "undone", "stuck", "left"};

static void print_fibre(struct buf *out, const struct ir *ir, const struct fibre *f)
{
    buf_printf(out, "fibre %u %s", f->number, fibre_kinds[f->kind]);
    if (f->kind == FIBRE_STATE && f->owner < ir->states_n)
        buf_printf(out, " " TEXT_FMT, TEXT_ARG(state_path(ir, f->owner)));
    if (f->kind == FIBRE_PART)
        buf_printf(out, " [%u] of fibre %u", f->index, f->parent);
    buf_printf(out, " %s", fibre_waits[f->wait]);
    if (f->pc < ir->code_n)
        buf_printf(out, " line %u", ir->lines[f->pc]);
    print_moment(out, " until ", f->until);
    if (f->wait == FIBRE_CALL) {
        buf_printf(out, " %s ", call_phases[f->call.phase]);
        print_operation(out, ir, f->call.operation);
        buf_printf(out, " attempt %u", f->call.attempt);
        print_moment(out, " next ", f->call.next_at);
        print_moment(out, " limit ", f->call.limit_at);
    }
    if (f->problem_kind.n > 0)
        buf_printf(out, " problem " TEXT_FMT ": " TEXT_FMT, TEXT_ARG(f->problem_kind),
                   TEXT_ARG(f->problem_message));
    buf_chars(out, f->stopping ? " stopping\n" : "\n");
}

static void print_after(struct buf *out, const struct ir *ir, const struct instance *inst)
{
    buf_printf(out, "status %s", instance_status_name(inst->status));
    if (inst->state < ir->states_n)
        buf_printf(out, " in " TEXT_FMT, TEXT_ARG(state_path(ir, inst->state)));
    buf_printf(out, " rev %u", inst->rev);
    print_moment(out, " wakes ", instance_wake_at(inst));
    buf_char(out, '\n');
    for (uint32_t i = 0; i < inst->fibres.n; i++)
        print_fibre(out, ir, &inst->fibres.at[i]);
    for (uint32_t i = 0; i < inst->undo.n; i++) {
        const struct undo_record *u = &inst->undo.at[i];
        buf_printf(out, "record %u ", u->number);
        if (record_is_child(u))
            buf_printf(out, "run " TEXT_FMT,
                       TEXT_ARG(ir_text(ir, ir->children[u->site].flow)));
        else
            print_operation(out, ir, u->operation);
        buf_printf(out, " as " TEXT_FMT TEXT_FMT " %s%s%s%s\n", TEXT_ARG(u->name),
                   TEXT_ARG(u->which), undo_states[u->state], u->stays ? " stays" : "",
                   u->is_lost ? " lost" : "", u->is_asked ? " asked to unwind" : "");
    }
    if (inst->result.kind != VALUE_UNSET && ir->flow.gives != IR_NONE) {
        scoped_json json_t *result =
            wire_write(ir, ir->flow.gives, inst->result, WIRE_MASK_PRIVATE);
        print_json(out, "result ", result);
        buf_char(out, '\n');
    }
    if (inst->move.to != 0)
        buf_printf(out, "asked to go over to version %u%s" TEXT_FMT "\n", inst->move.to,
                   inst->move.stays.n > 0 ? ": " : "", TEXT_ARG(inst->move.stays));
    if (inst->error.n > 0)
        buf_printf(out, "error " TEXT_FMT "\n", TEXT_ARG(inst->error));
}

static void print_measured(struct buf *out, const struct ir *ir, const struct measured *m)
{
    char digits[DECIMAL_TEXT_BYTES];
    buf_printf(out, "measured " TEXT_FMT " " TEXT_FMT "%s%s",
               TEXT_ARG(ir_text(ir, ir->measures[m->measure].name)),
               TEXT_ARG(decimal_print(m->value, digits)), m->unit[0] != '\0' ? " " : "",
               m->unit);
    if (m->has_goal)
        buf_printf(out, " goal " TEXT_FMT, TEXT_ARG(decimal_print(m->goal, digits)));
    buf_chars(out, m->met == MEASURED_MET      ? " met\n"
                   : m->met == MEASURED_MISSED ? " missed\n"
                                               : "\n");
}

void decision_print(struct buf *out, const struct ir *ir, const struct decision *decision)
{
    if (decision->refused != ERR_OK) {
        buf_printf(out, "refused %s: %s%s%s\n", err_name(decision->refused),
                   decision->refusal, decision->refusal_pointer[0] != '\0' ? " at " : "",
                   decision->refusal_pointer);
        return;
    }
    if (decision->is_nothing) {
        buf_chars(out, "nothing\n");
        return;
    }
    for (uint32_t i = 0; i < decision->entries.n; i++)
        print_entry(out, ir, &decision->entries.at[i]);
    for (uint32_t i = 0; i < decision->calls.n; i++)
        print_call(out, ir, &decision->calls.at[i]);
    for (uint32_t i = 0; i < decision->children.n; i++)
        print_child(out, ir, &decision->children.at[i]);
    for (uint32_t i = 0; i < decision->unwinds.n; i++) {
        print_id(out, "unwind ", decision->unwinds.at[i]);
        buf_char(out, '\n');
    }
    if (decision->tells_parent) {
        print_json(out, "tell the parent ", decision->told);
        buf_char(out, '\n');
    }
    if (decision->goes_over)
        buf_chars(out, "it is told to go over\n");
    for (uint32_t i = 0; i < decision->events.n; i++)
        print_event(out, "emit", ir, &decision->events.at[i]);
    for (uint32_t i = 0; i < decision->unanswered.n; i++)
        print_event(out, "hand back", ir, &decision->unanswered.at[i]);
    for (uint32_t i = 0; i < decision->left_subscriptions.n; i++)
        print_subscription(out, decision->left, &decision->left_subscriptions.at[i]);
    for (uint32_t i = 0; i < decision->subscriptions.n; i++)
        print_subscription(out, ir, &decision->subscriptions.at[i]);
    for (uint32_t i = 0; i < decision->tasks.n; i++)
        print_task(out, &decision->tasks.at[i]);
    for (uint32_t i = 0; i < decision->generations.n; i++) {
        print_digest(out, "generation ", &decision->generations.at[i]);
        buf_char(out, '\n');
    }
    for (uint32_t i = 0; i < decision->measured.n; i++)
        print_measured(out, ir, &decision->measured.at[i]);
    print_after(out, ir, decision->after);
}
