/* What a new version forgets of the ones before it. */
#include "dsl/check_versions.h"

#include "dsl/diff.h"
#include "dsl/diff_stub.h"
#include "dsl/ir_meaning.h"
#include "dsl/ir_shift.h"
#include "engine/base/arena.h"

enum { NAMED_MAX = 6 }; /* states named in one diagnostic */

struct holding { /* one flow against one published version */
    struct arena *arena;
    struct compiled *compiled;
    struct diags *diags;
    const struct compile_flow *flow;
    const struct published *was;
    const struct ir *old, *now;
    const struct node *block; /* NODE_MIGRATE */
    const struct ir_shift *shift;
};

/* ---- places ---- */

/* `migrate from 3`, without what stands in its braces. */
static struct span head_of(const struct node *block)
{
    struct text text = span_text(block->span);
    uint32_t n = 0;
    while (n < text.n && text.chars[n] != '{')
        n++;
    while (n > 0 && (text.chars[n - 1] == ' ' || text.chars[n - 1] == '\n'))
        n--;
    return source_span(block->span.source, block->span.from, block->span.from + n);
}

/* The number behind `version`. */
static struct span version_of(const struct node *flow)
{
    struct span all = flow->span;
    struct text text = all.source->text;
    uint32_t from = flow->name_span.to;
    while (from < all.to && (text.chars[from] < '0' || text.chars[from] > '9'))
        from++;
    uint32_t to = from;
    while (to < all.to && text.chars[to] >= '0' && text.chars[to] <= '9')
        to++;
    return source_span(all.source, from, to);
}

static struct span operation_span(const struct holding *h, struct text adapter,
                                  struct text name)
{
    for (uint32_t i = 0; i < h->compiled->program.modules_n; i++)
        node_each(item, h->compiled->program.modules[i]->file->items)
        {
            if (item->kind != NODE_ADAPTER || !text_is(item->name, adapter))
                continue;
            node_each(operation,
                      item->items) if (operation->kind == NODE_OPERATION &&
                                       text_is(operation->name,
                                               name)) return operation->name_span;
        }
    return head_of(h->block);
}

/* ---- F0701 ---- */

static void say_missing(struct buf *out, const struct holding *h, uint32_t state,
                        uint32_t n)
{
    struct text path = ir_text(h->old, h->old->states[state].path);
    int64_t there =
        h->was->count == NULL ? 0 : h->was->count(h->was->context, h->old, path);
    buf_printf(out, "%s" TEXT_FMT, n == 0 ? "Missing: " : ", ", TEXT_ARG(path));
    if (there > 0)
        buf_printf(out, " (%lld %s there now)", (long long)there,
                   there == 1 ? "is" : "are");
}

/* Where it went by what it does; else it stays. */
static void suggest_state(struct buf *out, const struct diff *diff, struct text path)
{
    struct text to = TEXT("stays");
    for (uint32_t i = 0; i < diff->changes.n; i++)
        if (diff->changes.at[i].how == DIFF_RENAMED &&
            text_is(diff->changes.at[i].before, path))
            to = diff->changes.at[i].after;
    buf_printf(out, "%sstate " TEXT_FMT " -> " TEXT_FMT, out->n > 0 ? "\n" : "",
               TEXT_ARG(path), TEXT_ARG(to));
}

static void check_states(struct holding *h)
{
    struct buf missing, help;
    uint32_t n = 0;
    const struct diff *diff = diff_flows(h->arena, h->old, h->now);
    buf_init(&missing, h->arena);
    buf_init(&help, h->arena);
    for (uint32_t i = 0; i < h->old->states_n; i++) {
        if (h->shift->states[i].how != IR_SHIFT_GAP || !ir_state_is_lived_in(h->old, i))
            continue;
        if (n++ >= NAMED_MAX)
            continue;
        say_missing(&missing, h, i, n - 1);
        suggest_state(&help, diff, ir_text(h->old, h->old->states[i].path));
    }
    if (n == 0)
        return;
    if (n > NAMED_MAX)
        buf_printf(&missing, ", and %u more", n - NAMED_MAX);
    struct diag *diag = diag_add(h->diags, DIAG_F0701, head_of(h->block),
                                 "version %u forgets where version %u can be",
                                 h->now->flow.version, h->old->flow.version);
    diag_why(h->diags, diag, TEXT_FMT, TEXT_ARG(buf_done(&missing)));
    diag_help(h->diags, diag, TEXT_FMT, TEXT_ARG(buf_done(&help)));
}

/* What `state` names must have been a state of that version. */
static void check_moves(struct holding *h)
{
    node_each(item, h->block->items)
    {
        if (item->kind != NODE_MIGRATE_STATE)
            continue;
        struct text path = path_text(h->arena, item->target);
        if (ir_find_state(h->old, path) == IR_NONE)
            diag_add(h->diags, DIAG_F0101, item->target->span,
                     "version %u has no state `" TEXT_FMT "`", h->old->flow.version,
                     TEXT_ARG(path));
    }
}

/* ---- F0702 ---- */

/* The state in whose text the line is. */
static struct text reader_of(const struct ir *ir, uint32_t line)
{
    uint32_t found = IR_NONE;
    for (uint32_t i = 0; i < ir->states_n; i++)
        if (ir->states[i].line <= line &&
            (found == IR_NONE || ir->states[i].line >= ir->states[found].line))
            found = i;
    return found == IR_NONE ? ir_text(ir, ir->flow.name)
                            : ir_text(ir, ir->states[found].path);
}

static void say_unset(struct holding *h, uint32_t slot)
{
    const struct ir_slot *s = &h->now->slots[slot];
    const struct ir_shift_slot *shift = &h->shift->slots[slot];
    struct text name = ir_text(h->now, s->name);
    struct buf initial;
    struct diag *diag =
        diag_add(h->diags, DIAG_F0702, head_of(h->block),
                 "nothing sets `" TEXT_FMT "` for orders that come from version %u",
                 TEXT_ARG(name), h->old->flow.version);
    if (shift->how == IR_SHIFT_OTHER)
        diag_why(h->diags, diag, "It has another type in version %u.",
                 h->old->flow.version);
    else
        diag_why(h->diags, diag,
                 "It has no value in version %u, and `" TEXT_FMT "` reads it on line %u.",
                 h->old->flow.version,
                 TEXT_ARG(reader_of(h->now, h->now->lines[shift->read_at])),
                 h->now->lines[shift->read_at]);
    buf_init(&initial, h->arena);
    if (s->kind == IR_SLOT_PARAM)
        diag_help(h->diags, diag, "give the parameter a default, or let it be absent");
    else if (diff_initial(&initial, h->now, slot))
        diag_help(h->diags, diag, "set " TEXT_FMT " = " TEXT_FMT, TEXT_ARG(name),
                  TEXT_ARG(buf_done(&initial)));
    else
        diag_help(h->diags, diag, "set " TEXT_FMT " = …", TEXT_ARG(name));
}

/* A parameter that may be left out at a start may be left out here. */
static bool may_be_left_out(const struct ir *ir, uint32_t slot)
{
    const struct ir_slot *s = &ir->slots[slot];
    const struct ir_field *field = &ir->fields[ir->types[ir->flow.params].parts.first];
    return s->kind == IR_SLOT_PARAM && (field[slot].standard != IR_NONE ||
                                        ir->types[s->type].kind == IR_TYPE_OPTIONAL);
}

static void check_variables(struct holding *h)
{
    for (uint32_t i = 0; i < h->now->slots_n; i++) {
        const struct ir_slot *slot = &h->now->slots[i];
        enum ir_shift_value how = h->shift->slots[i].how;
        bool is_flows = (slot->kind == IR_SLOT_PARAM || slot->kind == IR_SLOT_VAR) &&
                        slot->state == IR_NONE;
        if (is_flows && (how == IR_SHIFT_OTHER ||
                         (how == IR_SHIFT_UNSET && !may_be_left_out(h->now, i))))
            say_unset(h, i);
    }
}

/* ---- F0703 ---- */

static const char *what_became(const struct holding *h, uint32_t operation)
{
    return h->shift->operations[operation] == IR_NONE
               ? "this version removes"
               : "takes other arguments in this version";
}

static void say_orphaned(struct holding *h, uint32_t operation, enum ir_shift_undo why)
{
    const struct ir_operation *op = &h->old->operations[operation];
    struct text adapter = ir_text(h->old, h->old->adapters[op->adapter].name),
                name = ir_text(h->old, op->name);
    struct diag *diag =
        diag_add(h->diags, DIAG_F0703, operation_span(h, adapter, name),
                 "version %u orders could no longer be undone", h->old->flow.version);
    if (why == IR_UNDO_NO_BLOCK)
        diag_why(h->diags, diag,
                 "Records of version %u put `" TEXT_FMT "." TEXT_FMT
                 "` back by an `undone by { … }` that this version has not.",
                 h->old->flow.version, TEXT_ARG(adapter), TEXT_ARG(name));
    else if (why == IR_UNDO_NO_EFFECT)
        diag_why(h->diags, diag,
                 "Records of version %u are of `" TEXT_FMT "." TEXT_FMT "`, which %s.",
                 h->old->flow.version, TEXT_ARG(adapter), TEXT_ARG(name),
                 what_became(h, operation));
    else
        diag_why(h->diags, diag,
                 "Records of version %u would call `" TEXT_FMT "." TEXT_FMT
                 "`, which %s.",
                 h->old->flow.version, TEXT_ARG(adapter),
                 TEXT_ARG(ir_text(h->old, h->old->operations[op->undone_by].name)),
                 what_became(h, op->undone_by));
    struct text keep = why == IR_UNDO_NO_WAY
                           ? ir_text(h->old, h->old->operations[op->undone_by].name)
                           : name;
    diag_help(h->diags, diag, "keep `" TEXT_FMT "` as it was until they have ended",
              TEXT_ARG(keep));
}

static void check_undo(struct holding *h)
{
    bool *said = arena_array(h->arena, bool, h->old->operations_n + 1);
    for (uint32_t i = 0; i < h->old->sites_n; i++) {
        const struct ir_site *site = &h->old->sites[i];
        const struct ir_operation *op = &h->old->operations[site->operation];
        bool has_block = site->undo_block != IR_NONE;
        enum ir_shift_undo why = ir_shift_undo_of(h->shift, site->operation);
        if (site->never_undone || (op->undone_by == IR_NONE && !has_block) ||
            said[site->operation])
            continue;
        if (has_block && why != IR_UNDO_NO_EFFECT)
            why = ir_shift_site(h->arena, h->shift, i) != IR_NONE ? IR_UNDO_FITS
                                                                  : IR_UNDO_NO_BLOCK;
        said[site->operation] = why != IR_UNDO_FITS;
        if (why != IR_UNDO_FITS)
            say_orphaned(h, site->operation, why);
    }
}

/* ---- F0704 ---- */

static void check_raised(struct holding *h)
{
    struct digest was = ir_meaning_flow(ir_meaning_new(h->arena, h->old)),
                  is = ir_meaning_flow(ir_meaning_new(h->arena, h->now));
    if (digest_is(&was, &is))
        return;
    const struct diff *diff = diff_flows(h->arena, h->old, h->now);
    struct text gist = diff_gist(h->arena, diff);
    struct text stub = diff->stub;
    struct diag *diag = diag_add(h->diags, DIAG_F0704, version_of(h->flow->node),
                                 "the meaning changed and the version did not");
    diag_label(h->diags, diag, "version %u was published %s" TEXT_FMT "%swith " TEXT_FMT,
               h->old->flow.version, h->was->at.n > 0 ? "on " : "", TEXT_ARG(h->was->at),
               h->was->at.n > 0 ? " " : "",
               TEXT_ARG(gist.n > 0 ? gist : TEXT("another order of things")));
    diag_help(h->diags, diag, "version %u, with\n" TEXT_FMT, h->old->flow.version + 1,
              TEXT_ARG(stub));
}

/* ---- each against each ---- */

static const struct node *block_from(const struct node *flow, uint32_t version)
{
    node_each(item, flow->items)
    {
        if (item->kind == NODE_MIGRATE && item->number == (int64_t)version)
            return item;
    }
    return NULL;
}

static void hold(struct compiled *compiled, const struct compile_flow *flow,
                 const struct published *was)
{
    struct holding h = {.arena = compiled->program.compile,
                        .compiled = compiled,
                        .diags = &compiled->diags,
                        .flow = flow,
                        .was = was,
                        .old = was->image,
                        .now = flow->image};
    if (!text_is(ir_text(h.old, h.old->flow.name), ir_text(h.now, h.now->flow.name)))
        return;
    if (h.old->flow.version == h.now->flow.version) {
        check_raised(&h);
        return;
    }
    h.block = block_from(flow->node, h.old->flow.version);
    if (h.block == NULL || h.old->flow.version > h.now->flow.version)
        return;
    h.shift = ir_shift_new(h.arena, h.old, h.now);
    check_moves(&h);
    check_states(&h);
    check_variables(&h);
    check_undo(&h);
}

void check_versions(struct compiled *compiled, const struct published *all, uint32_t n)
{
    for (uint32_t i = 0; i < compiled->flows_n; i++)
        for (uint32_t k = 0; k < n; k++)
            hold(compiled, &compiled->flows[i], &all[k]);
    diags_sort(&compiled->diags);
}
