/* The facts of a flow: its head, then each state with its limit, its handlers and steps,
 * then what it does outside. */
#include "dsl/diff_facts.h"

#include <stdarg.h>
#include <stdio.h>

#include "dsl/ir_text.h"
#include "engine/base/arena.h"

struct gathering {
    struct arena *arena;
    const struct ir *ir;
    struct ir_meaning *m;
    struct diff_facts *facts;
    const struct text *places;
    struct text place;
};

static struct text words(struct gathering *g, const char *format, ...) PRINTF_LIKE(2, 3);

static struct text words(struct gathering *g, const char *format, ...)
{
    char chars[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(chars, sizeof chars, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof chars ? (size_t)n : sizeof chars - 1;
    return text_dup(g->arena, (struct text){chars, used});
}

/* A second one of the same name is its second, and so on. */
static void add(struct gathering *g, const char *what, struct text name,
                struct digest digest, struct text shown)
{
    uint32_t before = 0;
    struct text base = name;
    for (uint32_t i = 0; i < g->facts->all.n; i++) {
        const struct diff_fact *f = &g->facts->all.at[i];
        if (f->what == what && text_is(f->place, g->place) && text_is(f->name, name)) {
            name = words(g, TEXT_FMT " (%u)", TEXT_ARG(base), ++before + 1);
            i = UINT32_MAX; /* from the beginning, with that name */
        }
    }
    struct diff_fact fact = {what, g->place, name, digest, shown};
    vec_push(g->arena, &g->facts->all, fact);
}

static struct text type_text(struct gathering *g, uint32_t type)
{
    struct buf out;
    buf_init(&out, g->arena);
    ir_text_type(&out, g->ir, type);
    return buf_done(&out);
}

static struct text block_text(struct gathering *g, uint32_t block, const char *before)
{
    struct buf out;
    buf_init(&out, g->arena);
    buf_chars(&out, before);
    return ir_text_block(&out, g->ir, block) ? buf_done(&out) : TEXT("");
}

static struct digest type_digest(struct gathering *g, uint32_t type)
{
    return ir_meaning_row(g->m, IR_ARRAY_types, type);
}

/* ---- the head ---- */

static void add_variables(struct gathering *g)
{
    const struct ir *ir = g->ir;
    for (uint32_t i = 0; i < ir->slots_n; i++) {
        const struct ir_slot *slot = &ir->slots[i];
        if (slot->kind != IR_SLOT_PARAM && slot->kind != IR_SLOT_VAR)
            continue;
        g->place = slot->state == IR_NONE ? TEXT("") : g->places[slot->state];
        add(g, slot->kind == IR_SLOT_PARAM ? "parameter" : "variable",
            ir_text(ir, slot->name), type_digest(g, slot->type),
            type_text(g, slot->type));
    }
    g->place = TEXT("");
}

static void add_errors(struct gathering *g, const char *what, struct ir_range errors,
                       struct text of)
{
    for (uint32_t i = 0; i < errors.n; i++) {
        const struct ir_error *error =
            &g->ir->errors[g->ir->error_uses[errors.first + i]];
        struct text name = ir_text(g->ir, error->name);
        add(g, what,
            of.n > 0 ? words(g, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(of), TEXT_ARG(name))
                     : name,
            type_digest(g, error->record), TEXT(""));
    }
}

static void add_head(struct gathering *g)
{
    const struct ir *ir = g->ir;
    const struct ir_flow *flow = &ir->flow;
    add_variables(g);
    if (flow->gives != IR_NONE)
        add(g, "result", TEXT(""), type_digest(g, flow->gives),
            type_text(g, flow->gives));
    add_errors(g, "error", flow->errors, TEXT(""));
    if (flow->key != IR_NONE)
        add(g, "key", TEXT(""), ir_meaning_code(g->m, flow->key),
            ir_text(ir, flow->key_path));
    if (flow->calendar != IR_NONE)
        add(g, "calendar", TEXT(""), digest_of(ir_text(ir, flow->calendar)),
            ir_text(ir, flow->calendar));
    for (uint32_t i = 0; i < ir->starts_on_n; i++)
        add(g, "starts on",
            ir_text(ir, ir->events[ir->matches[ir->starts_on[i].match].event].name),
            ir_meaning_row(g->m, IR_ARRAY_starts_on, i), TEXT(""));
    for (uint32_t i = 0; i < ir->starts_every_n; i++)
        add(g, "starts every", ir_text(ir, ir->starts_every[i].said),
            ir_meaning_row(g->m, IR_ARRAY_starts_every, i), TEXT(""));
    for (uint32_t i = 0; i < ir->measures_n; i++)
        add(g, "measure", ir_text(ir, ir->measures[i].name),
            ir_meaning_row(g->m, IR_ARRAY_measures, i), TEXT(""));
}

/* ---- handlers ---- */

static struct text handler_name(struct gathering *g, const struct ir_handler *h)
{
    const struct ir *ir = g->ir;
    struct buf out;
    buf_init(&out, g->arena);
    switch ((enum ir_handler_kind)h->kind) {
    case IR_HANDLER_EVENT:
    case IR_HANDLER_IGNORE:
        return words(g, "%s " TEXT_FMT, h->kind == IR_HANDLER_EVENT ? "on" : "ignore",
                     TEXT_ARG(ir_text(ir, ir->events[ir->matches[h->match].event].name)));
    case IR_HANDLER_ERROR:
        return h->error == IR_NONE
                   ? TEXT("on error")
                   : words(g, "on error " TEXT_FMT, TEXT_ARG(ir_text(ir, h->error)));
    case IR_HANDLER_LATE:
        return TEXT("on late");
    case IR_HANDLER_CANCEL:
        return TEXT("on cancel");
    case IR_HANDLER_AFTER:
    case IR_HANDLER_EVERY:
        buf_chars(&out, h->kind == IR_HANDLER_AFTER ? "after " : "every ");
        if (!ir_text_block(&out, ir, h->period))
            buf_chars(&out, "…");
        return buf_done(&out);
    }
    return TEXT("");
}

static void add_handlers(struct gathering *g, uint32_t state)
{
    for (uint32_t i = 0; i < g->ir->handlers_n; i++)
        if (g->ir->handlers[i].state == state)
            add(g, "handler", handler_name(g, &g->ir->handlers[i]),
                ir_meaning_row(g->m, IR_ARRAY_handlers, i), TEXT(""));
}

/* ---- steps: what they call, and what people are asked ---- */

static void add_ways(struct gathering *g, const char *what, struct ir_range whens,
                     struct text of)
{
    for (uint32_t i = 0; i < whens.n; i++) {
        const struct ir_when *when = &g->ir->whens[whens.first + i];
        add(g, what,
            words(g, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(of),
                  TEXT_ARG(ir_text(g->ir, when->name))),
            type_digest(g, when->form), type_text(g, when->form));
    }
}

static struct text operation_text(struct gathering *g, uint32_t operation)
{
    const struct ir_operation *op = &g->ir->operations[operation];
    return words(g, TEXT_FMT "." TEXT_FMT,
                 TEXT_ARG(ir_text(g->ir, g->ir->adapters[op->adapter].name)),
                 TEXT_ARG(ir_text(g->ir, op->name)));
}

static void add_call(struct gathering *g, const struct ir_site *site)
{
    struct text name = operation_text(g, site->operation);
    add(g, "call", name, (struct digest){{0}}, TEXT(""));
    if (site->limit != IR_NONE)
        add(g, "limit", name, ir_meaning_code(g->m, site->limit),
            block_text(g, site->limit, site->limit_is_moment ? "by " : "within "));
    add_ways(g, "way out", site->whens, name);
    if (site->undo_block != IR_NONE || site->never_undone)
        add(g, "undo", name,
            site->never_undone
                ? (struct digest){{0}}
                : ir_meaning_row(g->m, IR_ARRAY_undo_blocks, site->undo_block),
            site->never_undone ? TEXT("never undone") : TEXT(""));
}

static void add_question(struct gathering *g, uint32_t row)
{
    const struct ir_question *q = &g->ir->questions[row];
    struct text role = ir_text(g->ir, q->role);
    add(g, "question", role, ir_meaning_code(g->m, q->question),
        block_text(g, q->question, ""));
    if (q->showing != IR_NONE)
        add(g, "shown", role, ir_meaning_code(g->m, q->showing), TEXT(""));
    if (q->limit != IR_NONE)
        add(g, "limit", role, ir_meaning_code(g->m, q->limit),
            block_text(g, q->limit, q->limit_is_moment ? "by " : "within "));
    add_ways(g, "answer", q->whens, role);
    for (uint32_t i = 0; i < q->escalations.n; i++) {
        const struct ir_escalation *e = &g->ir->escalations[q->escalations.first + i];
        add(g, "then", ir_text(g->ir, e->role), ir_meaning_code(g->m, e->after),
            block_text(g, e->after, "after "));
    }
}

static void add_wait(struct gathering *g, const struct ir_wait *wait)
{
    struct text first = TEXT("any");
    for (uint32_t i = 0; i < wait->matches.n; i++) {
        const struct ir_match *match = &g->ir->matches[wait->matches.first + i];
        struct text event = ir_text(g->ir, g->ir->events[match->event].name);
        first = wait->matches.n == 1 ? event : first;
        add(g, "wait for", event, (struct digest){{0}}, TEXT(""));
    }
    if (wait->limit != IR_NONE)
        add(g, "limit", first, ir_meaning_code(g->m, wait->limit),
            block_text(g, wait->limit, wait->limit_is_moment ? "by " : "within "));
}

static void add_body(struct gathering *g, uint32_t body)
{
    const struct ir *ir = g->ir;
    if (body == IR_NONE)
        return;
    add(g, "steps", TEXT(""), ir_meaning_code(g->m, body), TEXT(""));
    for (uint32_t pc = body + 1; pc < ir->code_n && ir->code[pc].code != IR_ENTER; pc++) {
        uint32_t b = ir->code[pc].b;
        if (ir->code[pc].code == IR_CALL)
            add_call(g, &ir->sites[b]);
        else if (ir->code[pc].code == IR_ASK)
            add_question(g, b);
        else if (ir->code[pc].code == IR_WAIT)
            add_wait(g, &ir->waits[b]);
    }
}

/* ---- states, dead letters, effects ---- */

static void add_state(struct gathering *g, uint32_t state)
{
    const struct ir_state *s = &g->ir->states[state];
    g->place = TEXT("");
    add(g, s->is_final ? "end" : "state", g->places[state], (struct digest){{0}},
        TEXT(""));
    g->place = g->places[state];
    if (s->limit != IR_NONE)
        add(g, "limit", TEXT(""), ir_meaning_code(g->m, s->limit),
            block_text(g, s->limit, s->limit_is_moment ? "by " : "within "));
    if (s->visits_max > 0) {
        struct text times = words(g, "up to %u times", s->visits_max);
        add(g, "visits", TEXT(""), digest_of(times), times);
    }
    add_body(g, s->body);
    add_handlers(g, state);
}

static void add_letter(struct gathering *g, uint32_t letter)
{
    const struct ir_dead_letter *d = &g->ir->dead_letters[letter];
    struct text name = ir_text(g->ir, d->name);
    add(g, "dead letter", name, digest_of(ir_text(g->ir, d->role)),
        words(g, "for " TEXT_FMT, TEXT_ARG(ir_text(g->ir, d->role))));
    add(g, "question", name, ir_meaning_code(g->m, d->question),
        block_text(g, d->question, ""));
    if (d->limit != IR_NONE)
        add(g, "limit", name, ir_meaning_code(g->m, d->limit),
            block_text(g, d->limit, "within "));
    add_ways(g, "choice", d->whens, name);
    struct digest row = ir_meaning_row(g->m, IR_ARRAY_dead_letters, letter);
    add(g, "choices", name, row, TEXT(""));
}

static struct text undo_text(struct gathering *g, const struct ir_operation *op)
{
    switch ((enum ir_class)op->class_of) {
    case IR_CLASS_UNDONE:
        return operation_text(g, op->undone_by);
    case IR_CLASS_IRREVERSIBLE:
        return TEXT("irreversible");
    case IR_CLASS_HARMLESS:
        return TEXT("harmless");
    case IR_CLASS_READ:
    case IR_CLASS_UNSAID:
        return TEXT("");
    }
    return TEXT("");
}

static struct digest undo_digest(struct gathering *g, const struct ir_operation *op)
{
    char hex[2][DIGEST_HEX_BYTES];
    struct digest way = ir_meaning_row(g->m, IR_ARRAY_operations, op->undone_by),
                  args = ir_meaning_code(g->m, op->undone_args);
    digest_hex(&way, hex[0]);
    digest_hex(&args, hex[1]);
    return digest_of(words(g, "%u %s %s", op->class_of, hex[0], hex[1]));
}

static bool is_called(const struct ir *ir, uint32_t operation)
{
    for (uint32_t i = 0; i < ir->sites_n; i++)
        if (ir->sites[i].operation == operation)
            return true;
    return false;
}

static void add_operation(struct gathering *g, uint32_t operation)
{
    const struct ir_operation *op = &g->ir->operations[operation];
    struct text name = operation_text(g, operation);
    add(g, "operation", name, ir_meaning_row(g->m, IR_ARRAY_operations, operation),
        TEXT(""));
    add(g, "undo", name, undo_digest(g, op), undo_text(g, op));
    add_errors(g, "outcome", op->errors, name);
}

void diff_facts_of(struct arena *arena, const struct ir *ir, struct ir_meaning *m,
                   const struct text *places, struct diff_facts *facts)
{
    struct gathering g = {
        .arena = arena, .ir = ir, .m = m, .facts = facts, .places = places};
    add_head(&g);
    add_body(&g, ir->flow.body);
    add_handlers(&g, IR_NONE);
    for (uint32_t i = 0; i < ir->states_n; i++)
        add_state(&g, i);
    g.place = TEXT("");
    for (uint32_t i = 0; i < ir->dead_letters_n; i++)
        add_letter(&g, i);
    for (uint32_t i = 0; i < ir->operations_n; i++)
        if (is_called(ir, i))
            add_operation(&g, i);
}
