/* The place a request asks about, and where else its thing is mentioned. */
#include "tools/lsp/spot.h"

#include "tools/lsp/place.h"

const struct reading *draft_known(struct lsp *lsp, struct draft *draft)
{
    const struct reading *reading = draft_reading(lsp, draft);
    return reading->is_checked ? reading : draft->good;
}

static bool find_in(const struct reading *reading, struct spot *spot)
{
    if (reading == NULL || !reading->is_checked)
        return false;
    struct shift shift = shift_between(reading->own->source->text, spot->draft->text);
    if (!shift_back(&shift, spot->at, &spot->was))
        return false;
    spot->reading = reading;
    spot->mention = mention_at(reading->names, reading->own->source, spot->was);
    return spot->mention != NULL;
}

void spot_find(struct lsp *lsp, struct draft *draft, uint32_t at, struct spot *spot)
{
    *spot = (struct spot){.draft = draft, .at = at};
    if (!find_in(draft_reading(lsp, draft), spot) && draft->good != draft->reading)
        find_in(draft->good, spot);
}

bool spot_asked(struct lsp *lsp, const json_t *params, struct spot *spot)
{
    uint32_t at;
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return false;
    if (!place_offset(lsp, draft->text, json_object_get(params, "position"), &at)) {
        lsp_refuse(lsp, LSP_INVALID_PARAMS, "`position` is {line, character}");
        return false;
    }
    spot_find(lsp, draft, at, spot);
    return true;
}

struct span span_now(struct lsp *lsp, struct span span)
{
    if (span.source == NULL)
        return span;
    struct draft *draft = draft_find(lsp, span.source->path);
    if (draft == NULL || text_is(draft->text, span.source->text))
        return span;
    uint32_t from, to;
    const struct source *source = draft_reading(lsp, draft)->own->source;
    struct shift shift = shift_between(span.source->text, draft->text);
    if (!shift_forth(&shift, span.from, &from) || !shift_forth(&shift, span.to, &to))
        return (struct span){0};
    return source_span(source, from, to);
}

struct everywhere {
    struct lsp *lsp;
    struct text key;
    mention_visit *visit;
    void *context;
    struct map *seen;
};

static void visit_reading(struct everywhere *e, const struct reading *reading)
{
    for (uint32_t i = 0; i < reading->names->n; i++) {
        struct mention one = reading->names->at[i];
        if (!text_is(one.thing->key, e->key))
            continue;
        one.at = span_now(e->lsp, one.at);
        if (one.at.source == NULL)
            continue;
        const char *place = arena_printf(e->lsp->answer, TEXT_FMT ":%u",
                                         TEXT_ARG(one.at.source->path), one.at.from);
        if (map_put(e->seen, text_of(place), e))
            e->visit(e->context, &one);
    }
}

void mentions_everywhere(struct lsp *lsp, struct text key, mention_visit *visit,
                         void *context)
{
    struct everywhere e = {lsp, text_dup(lsp->answer, key), visit, context,
                           map_new(lsp->answer)};
    drafts_read_folders(lsp);
    for (uint32_t i = 0; i < lsp->drafts.n; i++) {
        if (lsp->drafts.at[i]->memory == NULL)
            continue;
        const struct reading *reading = draft_known(lsp, lsp->drafts.at[i]);
        if (reading != NULL)
            visit_reading(&e, reading);
    }
}
