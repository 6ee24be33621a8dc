/* Another name for a thing, everywhere at once; and never one that would not do. */
#include "dsl/parse.h"
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"

json_t *ask_rename_place(struct lsp *lsp, const json_t *params)
{
    struct spot spot;
    if (!spot_asked(lsp, params, &spot))
        return NULL;
    struct span at =
        spot.mention == NULL ? (struct span){0} : span_now(lsp, spot.mention->at);
    if (at.source == NULL)
        return lsp_refuse(lsp, LSP_REQUEST_FAILED, "nothing here has a name");
    if (spot.mention->thing->is_fixed)
        return lsp_refuse(lsp, LSP_REQUEST_FAILED, "`" TEXT_FMT "` is built in",
                          TEXT_ARG(spot.mention->thing->name));
    return json_pack("{s:o,s:o}", "range", place_range(lsp, at), "placeholder",
                     json_text(spot.mention->thing->name));
}

static bool is_name(struct text name, bool is_type)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.chars[i];
        bool is_small = c >= 'a' && c <= 'z', is_large = c >= 'A' && c <= 'Z';
        bool is_digit = c >= '0' && c <= '9';
        if (i == 0 ? (is_type ? !is_large : !is_small)
                   : !(is_small || is_digit || (is_type ? is_large : c == '_')))
            return false;
    }
    return name.n > 0 && name.n <= LIMIT_NAME_BYTES;
}

struct change {
    struct span at;
    const struct thing *thing;
};

struct renaming {
    struct lsp *lsp;
    struct text to;
    VEC(struct change) changes;
};

static void take(void *context, const struct mention *mention)
{
    struct renaming *r = context;
    struct change change = {mention->at, mention->thing};
    vec_push(r->lsp->answer, &r->changes, change);
}

/* ---- would it do? ---- */

/* The text of one file with all its changes; its mentions are in order. */
static struct text changed_text(struct renaming *r, const struct draft *draft)
{
    struct buf out;
    uint32_t at = 0;
    buf_init(&out, r->lsp->answer);
    for (;;) { /* the next one behind `at` */
        const struct change *next = NULL;
        for (uint32_t i = 0; i < r->changes.n; i++) {
            const struct change *one = &r->changes.at[i];
            if (text_is(one->at.source->path, draft->path) && one->at.from >= at &&
                (next == NULL || one->at.from < next->at.from))
                next = one;
        }
        if (next == NULL)
            break;
        buf_text(&out, text_cut(draft->text, at, next->at.from - at));
        buf_text(&out, r->to);
        at = next->at.to;
    }
    buf_text(&out, text_cut(draft->text, at, draft->text.n));
    return buf_done(&out);
}

static uint32_t errors_of(const struct reading *reading)
{
    return diags_count(&reading->compiled->diags, DIAG_ERROR);
}

/* A name that is taken is the cause of what else is wrong. */
static struct text cause_of(const struct reading *reading)
{
    const struct diag *cause = NULL;
    for (uint32_t i = 0; i < reading->compiled->diags.n; i++) {
        const struct diag *diag = reading->compiled->diags.at[i];
        if (diag->severity == DIAG_ERROR &&
            (cause == NULL || (diag->code == DIAG_F0109 && cause->code != DIAG_F0109)))
            cause = diag;
    }
    return cause == NULL ? TEXT("it would be a mistake") : cause->message;
}

struct trial {
    struct draft *draft;
    struct text before; /* of the draft */
    bool was_open;
};

/* Every text is as it would be, and every reading is made anew: none may have more
 * mistakes than before. Then all is put back. */
static bool is_harmless(struct renaming *r, struct text *why)
{
    struct lsp *lsp = r->lsp;
    bool is_fine = true;
    struct trial *trials = arena_array(lsp->answer, struct trial, lsp->drafts.n + 1);
    uint32_t *errors = arena_array(lsp->answer, uint32_t, lsp->drafts.n + 1);
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        if (lsp->drafts.at[i]->memory != NULL)
            errors[i] = errors_of(draft_reading(lsp, lsp->drafts.at[i]));
    for (uint32_t i = 0; i < lsp->drafts.n; i++) {
        struct draft *draft = lsp->drafts.at[i];
        trials[i] = (struct trial){draft, draft->text, draft->is_open};
        if (draft->memory == NULL)
            continue;
        draft->text = changed_text(r, draft);
        draft->is_open = true; /* its text counts, not the disk's */
    }
    for (uint32_t i = 0; i < lsp->drafts.n && is_fine; i++) {
        struct draft *draft = lsp->drafts.at[i];
        if (draft->memory == NULL || text_is(trials[i].before, draft->text))
            continue;
        struct reading *after = reading_new(lsp, draft->path, draft->text);
        is_fine = errors_of(after) <= errors[i];
        if (!is_fine)
            *why = text_dup(lsp->answer, cause_of(after));
        reading_free(after);
    }
    for (uint32_t i = 0; i < lsp->drafts.n; i++) {
        trials[i].draft->text = trials[i].before;
        trials[i].draft->is_open = trials[i].was_open;
    }
    return is_fine;
}

static json_t *edits_of(struct renaming *r)
{
    json_t *files = json_object();
    for (uint32_t i = 0; i < r->changes.n; i++) {
        struct span at = r->changes.at[i].at;
        struct text uri = uri_of_path(r->lsp, at.source->path);
        json_t *edits = json_object_getn(files, uri.chars, uri.n);
        if (edits == NULL) {
            edits = json_array();
            json_object_setn_new_nocheck(files, uri.chars, uri.n, edits);
        }
        json_array_append_new(edits, place_edit(r->lsp, at, r->to));
    }
    return json_pack("{s:o}", "changes", files);
}

/* Installed flows are not ours to change. */
static const struct change *outside(const struct renaming *r)
{
    for (uint32_t i = 0; i < r->changes.n; i++)
        if (draft_find(r->lsp, r->changes.at[i].at.source->path) == NULL)
            return &r->changes.at[i];
    return NULL;
}

json_t *ask_rename(struct lsp *lsp, const json_t *params)
{
    struct spot spot;
    struct text why = {"", 0};
    struct renaming r = {.lsp = lsp};
    r.to = json_text_of(json_object_get(params, "newName"));
    json_t *place = ask_rename_place(lsp, params);
    if (place == NULL || !spot_asked(lsp, params, &spot) || spot.mention == NULL)
        return NULL;
    json_decref(place);
    struct text name = spot.mention->thing->name;
    bool is_type = name.n > 0 && name.chars[0] >= 'A' && name.chars[0] <= 'Z';
    if (!is_name(r.to, is_type))
        return lsp_refuse(lsp, LSP_REQUEST_FAILED, "`" TEXT_FMT "` is no name: %s",
                          TEXT_ARG(r.to),
                          is_type ? "a large letter, then letters and digits"
                                  : "a small letter, then small letters, digits and _");
    if (parse_is_keyword(r.to))
        return lsp_refuse(lsp, LSP_REQUEST_FAILED,
                          "`" TEXT_FMT "` is a word of the language", TEXT_ARG(r.to));
    mentions_everywhere(lsp, spot.mention->thing->key, take, &r);
    const struct change *stranger = outside(&r);
    if (stranger != NULL)
        return lsp_refuse(lsp, LSP_REQUEST_FAILED,
                          TEXT_FMT " is neither open nor in this folder",
                          TEXT_ARG(stranger->at.source->path));
    if (!text_is(name, r.to) && !is_harmless(&r, &why))
        return lsp_refuse(lsp, LSP_REQUEST_FAILED,
                          "it cannot be `" TEXT_FMT "`: " TEXT_FMT, TEXT_ARG(r.to),
                          TEXT_ARG(why));
    return edits_of(&r);
}
