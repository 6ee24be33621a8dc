/* What all pictures of a flow have in common: arrows, cards, short labels. */
#include "tools/graph/graph.h"

#include "engine/base/arena.h"
#include "engine/base/utf8.h"

enum { LABEL_COLUMNS = 44 };

struct text graph_cut(struct arena *arena, struct text t, size_t most)
{
    if (utf8_count(t) <= most)
        return t;
    size_t bytes = 0, columns = 0, between = 0;
    for (; columns + 1 < most; bytes++) {
        columns += ((unsigned char)t.chars[bytes + 1] & 0xc0) != 0x80;
        if (t.chars[bytes] == ' ' && columns * 2 > most)
            between = bytes;
    }
    return text_of(arena_printf(arena, TEXT_FMT "…",
                                TEXT_ARG(text_cut(t, 0, between > 0 ? between : bytes))));
}

/* ---- arrows ---- */

static const struct outline_cause *outermost(const struct outline_cause *cause)
{
    while (cause != NULL && cause->outer != NULL)
        cause = cause->outer;
    return cause;
}

bool graph_is_from_anywhere(const struct outline_way *way)
{
    const struct outline_cause *first = outermost(way->cause);
    return way->from == OUTLINE_FLOW && first != NULL && first->node->kind >= NODE_ON &&
           first->node->kind <= NODE_EVERY;
}

bool graph_leads_from_anywhere(const struct outline *outline)
{
    for (uint32_t i = 0; i < outline->ways.n; i++)
        if (graph_is_from_anywhere(&outline->ways.at[i]))
            return true;
    return false;
}

static bool is_drawn(enum outline_way_kind kind)
{
    return kind != OUTLINE_RETRIES && kind != OUTLINE_STAYS;
}

static struct graph_arrow *arrow_for(struct arena *arena, struct graph_arrows *arrows,
                                     const struct outline_way *way)
{
    for (uint32_t i = 0; i < arrows->all.n; i++) {
        struct graph_arrow *it = &arrows->all.at[i];
        bool is_refer = it->kind == OUTLINE_REFERS, refers = way->kind == OUTLINE_REFERS;
        bool is_end = it->kind == OUTLINE_FAILS, ends = way->kind == OUTLINE_FAILS;
        if (it->from == way->from && it->to == way->to && is_refer == refers &&
            is_end == ends && it->is_anywhere == graph_is_from_anywhere(way) &&
            (it->kind == OUTLINE_BEGINS) == (way->kind == OUTLINE_BEGINS))
            return it;
    }
    struct graph_arrow new = {.from = way->from,
                              .to = way->to,
                              .kind = way->kind,
                              .is_anywhere = graph_is_from_anywhere(way)};
    vec_push(arena, &arrows->all, new);
    return &vec_last(&arrows->all);
}

static void add_label(struct arena *arena, struct graph_arrow *arrow, struct text label)
{
    for (uint32_t i = 0; i < arrow->labels.n; i++)
        if (text_is(arrow->labels.at[i], label))
            return;
    vec_push(arena, &arrow->labels, label);
}

/* What starts the flow is the label of its first arrow. */
static void add_starts(struct arena *arena, struct graph_arrow *arrow,
                       const struct outline *outline)
{
    node_each(item, outline->flow->items)
    {
        if (item->kind == NODE_STARTS_ON)
            add_label(arena, arrow, item->target->target->name);
        else if (item->kind == NODE_STARTS_EVERY)
            add_label(arena, arrow, outline_source(arena, item->span));
    }
}

/* Its cause; where the flow fails, with what. */
static struct text label_of(struct arena *arena, const struct outline_way *way)
{
    struct text cause = outline_cause_text(arena, way->cause);
    if (way->kind != OUTLINE_FAILS)
        return cause;
    return text_of(arena_printf(arena, TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(cause),
                                cause.n > 0 ? ": " : "",
                                TEXT_ARG(outline_source(arena, way->node->span))));
}

const char *graph_end_word(enum outline_way_kind kind)
{
    return kind == OUTLINE_FAILS ? "failed" : "done";
}

bool graph_ends(const struct outline *outline, enum outline_way_kind kind)
{
    for (uint32_t i = 0; i < outline->ways.n; i++)
        if (outline->ways.at[i].kind == kind)
            return true;
    return false;
}

struct graph_arrows graph_arrows_of(struct arena *arena, const struct outline *outline)
{
    struct graph_arrows arrows = {0};
    for (uint32_t i = 0; i < outline->ways.n; i++) {
        const struct outline_way *way = &outline->ways.at[i];
        if (!is_drawn(way->kind))
            continue;
        struct graph_arrow *arrow = arrow_for(arena, &arrows, way);
        arrow->is_main |= way->cause == NULL;
        struct text label = label_of(arena, way);
        if (label.n > 0)
            add_label(arena, arrow, graph_cut(arena, label, LABEL_COLUMNS));
        if (way->kind == OUTLINE_BEGINS)
            add_starts(arena, arrow, outline);
    }
    return arrows;
}

/* ---- cards ---- */

static void card_add(struct arena *arena, struct graph_card *card, const char *words,
                     struct text rest)
{
    struct text line = text_of(arena_printf(arena, "%s" TEXT_FMT, words, TEXT_ARG(rest)));
    line = graph_cut(arena, line, LABEL_COLUMNS);
    for (uint32_t i = 0; i < card->lines.n; i++)
        if (text_is(card->lines.at[i], line))
            return;
    vec_push(arena, &card->lines, line);
}

/* A handler that leads away is an arrow; one that does not is a line of its card. */
static bool leads_away(const struct outline *outline, const struct node *handler)
{
    for (uint32_t i = 0; i < outline->ways.n; i++) {
        const struct outline_way *way = &outline->ways.at[i];
        const struct outline_cause *first = outermost(way->cause);
        if (is_drawn(way->kind) && first != NULL && first->node == handler)
            return true;
    }
    return false;
}

static void card_of_state(struct arena *arena, struct graph_card *card,
                          const struct outline *outline, uint32_t place)
{
    const struct node *state = outline->places.at[place].node;
    if (state->number > 0)
        card_add(
            arena, card, "",
            text_of(arena_printf(arena, "up to %lld times", (long long)state->number)));
    if (state->limit != NULL)
        card_add(arena, card, "", outline_source(arena, state->limit->span));
    for (uint32_t i = 0; i < outline->questions.n; i++)
        if (outline->questions.at[i].place == place)
            card_add(arena, card, "asks ", outline_role(outline->questions.at[i].node));
    for (uint32_t i = 0; i < outline->events.n; i++) {
        const struct outline_event *event = &outline->events.at[i];
        if (event->place == place && event->way == OUTLINE_AWAITS)
            card_add(arena, card, "waits for ", event->event->name);
        if (event->place == place && event->way == OUTLINE_TAKES &&
            !leads_away(outline, event->node))
            card_add(arena, card, "takes ", event->event->name);
    }
}

/* What a choice of a dead letter does, where it leads nowhere else. */
static const char *choice_words(const struct outline *outline, const struct node *when)
{
    for (uint32_t i = 0; i < outline->ways.n; i++) {
        const struct outline_way *way = &outline->ways.at[i];
        const struct outline_cause *first = outermost(way->cause);
        if (first == NULL || first->node != when)
            continue;
        if (is_drawn(way->kind))
            return NULL;
        return way->kind == OUTLINE_RETRIES ? " retries" : " stays";
    }
    return "";
}

static void card_of_letter(struct arena *arena, struct graph_card *card,
                           const struct outline *outline, const struct node *letter)
{
    card_add(arena, card, "for ", outline_role(letter));
    if (letter->limit != NULL)
        card_add(arena, card, "", outline_source(arena, letter->limit->span));
    node_each(when, letter->whens)
    {
        const char *words = when->kind == NODE_WHEN && when->target != NULL
                                ? choice_words(outline, when)
                                : NULL;
        if (words != NULL)
            card_add(arena, card, "",
                     text_of(arena_printf(arena, TEXT_FMT "%s",
                                          TEXT_ARG(when->target->name), words)));
    }
}

struct graph_card graph_card_of(struct arena *arena, const struct outline *outline,
                                uint32_t place)
{
    struct graph_card card = {0};
    const struct outline_place *it = &outline->places.at[place];
    if (it->kind == OUTLINE_STATE)
        card_of_state(arena, &card, outline, place);
    else if (it->kind == OUTLINE_LETTER)
        card_of_letter(arena, &card, outline, it->node);
    return card;
}
