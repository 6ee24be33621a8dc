/* Where things are: definition, references, highlights. */
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"

struct listing {
    struct lsp *lsp;
    json_t *all;
    const struct draft *draft; /* only of this one */
    bool with_declarations;
};

json_t *ask_definition(struct lsp *lsp, const json_t *params)
{
    struct spot spot;
    if (!spot_asked(lsp, params, &spot) || spot.mention == NULL)
        return NULL;
    const struct thing *thing = spot.mention->thing;
    if (thing->kind == THING_FILE && thing->node != NULL)
        return place_location(lsp, source_span(thing->node->span.source, 0, 0));
    json_t *all = json_array();
    for (uint32_t i = 0; i < spot.reading->names->n; i++) {
        const struct mention *one = &spot.reading->names->at[i];
        struct span at = one->thing == thing && one->use == MENTION_DECLARES
                             ? span_now(lsp, one->at)
                             : (struct span){0};
        if (at.source != NULL)
            json_array_append_new(all, place_location(lsp, at));
    }
    return all;
}

static void list_one(void *context, const struct mention *mention)
{
    struct listing *listing = context;
    if (mention->use != MENTION_DECLARES || listing->with_declarations)
        json_array_append_new(listing->all, place_location(listing->lsp, mention->at));
}

json_t *ask_references(struct lsp *lsp, const json_t *params)
{
    struct spot spot;
    struct listing listing = {.lsp = lsp};
    listing.with_declarations =
        json_is_true(json_at(params, TEXT("/context/includeDeclaration")));
    if (!spot_asked(lsp, params, &spot) || spot.mention == NULL)
        return NULL;
    listing.all = json_array();
    mentions_everywhere(lsp, spot.mention->thing->key, list_one, &listing);
    return listing.all;
}

json_t *ask_highlight(struct lsp *lsp, const json_t *params)
{
    enum { READ = 2, WRITE = 3 };
    struct spot spot;
    if (!spot_asked(lsp, params, &spot) || spot.mention == NULL)
        return NULL;
    json_t *all = json_array();
    for (uint32_t i = 0; i < spot.reading->names->n; i++) {
        const struct mention *one = &spot.reading->names->at[i];
        if (one->thing != spot.mention->thing ||
            one->at.source != spot.reading->own->source)
            continue;
        struct span at = span_now(lsp, one->at);
        if (at.source != NULL)
            json_array_append_new(
                all, json_pack("{s:o,s:i}", "range", place_range(lsp, at), "kind",
                               one->use == MENTION_READS ? READ : WRITE));
    }
    return all;
}
