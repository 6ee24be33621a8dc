/* The undo ladder, and who reads and writes what, in columns. */
#include "engine/base/arena.h"
#include "engine/base/utf8.h"
#include "tools/graph/graph.h"

enum { CELLS_MAX = 6, GAP = 3, BAR = 4 };
#define SEAL " keep all "

struct rung {
    struct text cells[CELLS_MAX];
    bool is_seal;
};

struct table {
    struct arena *arena;
    uint32_t cells_n;
    VEC(struct rung) rungs;
};

static void write_cell(struct buf *out, struct text cell, size_t width)
{
    buf_text(out, cell);
    for (size_t n = utf8_count(cell); n < width; n++)
        buf_char(out, ' ');
}

static size_t width_of(const struct table *table, uint32_t cell)
{
    size_t width = 0;
    for (uint32_t i = 0; i < table->rungs.n; i++) {
        const struct rung *rung = &table->rungs.at[i];
        size_t n = rung->is_seal ? 0 : utf8_count(rung->cells[cell]);
        if (rung->is_seal && cell == 0)
            n = BAR + sizeof SEAL - 1;
        if (rung->is_seal && cell == 2)
            n = utf8_count(rung->cells[1]);
        if (n > width)
            width = n;
    }
    return width;
}

static void bar(struct buf *out, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        buf_chars(out, "═");
}

/* ════ keep all ══════ shipping, on ShipmentPacked ══════ point of no return: the state
 * in the column of states, the rest where the keys are. */
static void write_seal(struct buf *out, const struct rung *rung, const size_t *widths)
{
    size_t state = widths[0] + GAP + (widths[1] > 0 ? widths[1] + GAP : 0),
           key = state + widths[2] + GAP + widths[3] + GAP;
    bar(out, 0, BAR);
    buf_chars(out, SEAL);
    bar(out, BAR + sizeof SEAL - 1, state - 1);
    buf_char(out, ' ');
    buf_text(out, rung->cells[1]);
    buf_char(out, ' ');
    bar(out, state + utf8_count(rung->cells[1]) + 1, key - 1);
    buf_chars(out, " point of no return\n");
}

static void write_table(struct buf *out, const struct table *table)
{
    size_t widths[CELLS_MAX] = {0};
    for (uint32_t i = 0; i < table->cells_n; i++)
        widths[i] = width_of(table, i);
    for (uint32_t i = 0; i < table->rungs.n; i++) {
        const struct rung *rung = &table->rungs.at[i];
        buf_chars(out, "  ");
        if (rung->is_seal) {
            write_seal(out, rung, widths);
            continue;
        }
        size_t blanks = 0; /* none at the end of a line */
        for (uint32_t k = 0; k < table->cells_n; k++) {
            if (rung->cells[k].n > 0) {
                write_cell(out, TEXT(""), blanks);
                buf_text(out, rung->cells[k]);
                blanks = 0;
            }
            blanks += widths[k] - utf8_count(rung->cells[k]) * (rung->cells[k].n > 0) +
                      (widths[k] > 0 ? GAP : 0);
        }
        buf_char(out, '\n');
    }
}

/* ---- the ladder ---- */

/* "[edi] (n)": only in that case of a match, and perhaps several times. */
static struct text marks_of(struct arena *arena, const struct outline_call *call)
{
    const struct outline_cause *cause = call->cause;
    while (cause != NULL && cause->kind != OUTLINE_ON_CASE)
        cause = cause->outer;
    return text_of(arena_printf(
        arena, "%s" TEXT_FMT "%s%s%s", cause == NULL ? "" : "[",
        TEXT_ARG(cause == NULL ? TEXT("") : cause->name), cause == NULL ? "" : "]",
        cause != NULL && call->is_repeated ? " " : "", call->is_repeated ? "(n)" : ""));
}

/* "shipping, on ShipmentPacked": the handler counts, what is decided in it does not. */
static struct text where_of(struct arena *arena, const struct outline *outline,
                            const struct outline_call *call)
{
    struct text place = outline_place_text(outline, call->place);
    const struct outline_cause *cause = call->cause;
    while (cause != NULL && cause->outer != NULL)
        cause = cause->outer;
    if (cause == NULL || cause->node->kind < NODE_ON || cause->node->kind > NODE_EVERY)
        return place;
    struct outline_cause alone = *cause;
    alone.outer = NULL;
    const char *on =
        cause->kind == OUTLINE_ON_AFTER || cause->kind == OUTLINE_ON_EVERY ? "" : "on ";
    return text_of(arena_printf(arena, TEXT_FMT ", %s" TEXT_FMT, TEXT_ARG(place), on,
                                TEXT_ARG(outline_cause_text(arena, &alone))));
}

static struct text note_of(struct arena *arena, const struct outline_call *call)
{
    if (call->found_by.n == 0)
        return call->note;
    return text_of(arena_printf(arena, "found by " TEXT_FMT "%s" TEXT_FMT,
                                TEXT_ARG(call->found_by), call->note.n > 0 ? "; " : "",
                                TEXT_ARG(call->note)));
}

void graph_ladder(struct buf *out, const struct outline *outline)
{
    struct table table = {.arena = out->arena, .cells_n = 6};
    struct rung title = {{TEXT("effect"), TEXT(""), TEXT("state"), TEXT("put back by"),
                          TEXT("key"), TEXT("")},
                         false};
    vec_push(out->arena, &table.rungs, title);
    for (uint32_t i = 0; i < outline->calls.n; i++) {
        const struct outline_call *call = &outline->calls.at[i];
        if (!outline_is_rung(call))
            continue;
        struct text where = where_of(out->arena, outline, call);
        struct rung rung = {{call->name, marks_of(out->arena, call), where,
                             call->put_back, call->key.n > 0 ? call->key : TEXT("-"),
                             note_of(out->arena, call)},
                            call->operation == NULL};
        if (rung.is_seal)
            rung.cells[1] = where;
        vec_push(out->arena, &table.rungs, rung);
    }
    if (table.rungs.n == 1)
        buf_chars(out, "  nothing to put back\n");
    else
        write_table(out, &table);
}

/* ---- data ---- */

static void add_name(struct buf *out, struct text name)
{
    buf_chars(out, out->n > 0 ? ", " : "");
    buf_text(out, name);
}

void graph_data(struct buf *out, const struct outline *outline)
{
    struct table table = {.arena = out->arena, .cells_n = 4};
    struct rung title = {
        {TEXT("name"), TEXT("type"), TEXT("written by"), TEXT("read by")}, false};
    vec_push(out->arena, &table.rungs, title);
    for (uint32_t i = 0; i < outline->uses.n;) {
        const struct symbol *symbol = outline->uses.at[i].symbol;
        struct buf reads, writes;
        buf_init(&reads, out->arena);
        buf_init(&writes, out->arena);
        for (; i < outline->uses.n && outline->uses.at[i].symbol == symbol; i++) {
            const struct outline_use *use = &outline->uses.at[i];
            bool is_given =
                use->place == OUTLINE_FLOW && symbol->kind == SYMBOL_PARAMETER;
            struct text place = use->place != OUTLINE_FLOW
                                    ? outline->places.at[use->place].path
                                    : TEXT("the flow");
            if (use->is_read)
                add_name(&reads, place);
            if (use->is_written)
                add_name(&writes, is_given ? TEXT("whoever starts it") : place);
        }
        if (symbol->kind == SYMBOL_SETTING)
            add_name(&writes, TEXT("a setting"));
        struct rung rung = {{symbol->name, type_text_of(out->arena, symbol->type),
                             buf_done(&writes), buf_done(&reads)},
                            false};
        vec_push(out->arena, &table.rungs, rung);
    }
    if (table.rungs.n == 1)
        buf_chars(out, "  no data\n");
    else
        write_table(out, &table);
}
