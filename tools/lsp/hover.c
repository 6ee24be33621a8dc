/* What is this? Its declaration, its words, who writes it, what is wrong here. */
#include "engine/base/buf.h"
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"
#include "tools/lsp/thing_text.h"
#include "tools/lsp/tree.h"

/* "`booking`, line 121" of each place that sets a variable. */
static void say_writers(struct buf *out, const struct spot *spot)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < spot->reading->names->n; i++) {
        const struct mention *one = &spot->reading->names->at[i];
        if (one->thing != spot->mention->thing || one->use != MENTION_WRITES)
            continue;
        const struct module *module = reading_module(spot->reading, one->at.source);
        struct tree_path path;
        tree_path(module->file, one->at.from, &path);
        const struct node *state = tree_innermost(&path, NODE_STATE),
                          *on = tree_innermost(&path, NODE_ON);
        buf_chars(out, n++ == 0 ? "\n\nWritten " : ", ");
        if (state != NULL)
            buf_printf(out, "in `" TEXT_FMT "` ", TEXT_ARG(state->name));
        if (on != NULL)
            buf_printf(out, "by `on " TEXT_FMT "` ", TEXT_ARG(on->target->target->name));
        buf_printf(out, "(line %u)", one->at.line);
    }
    if (n > 0)
        buf_char(out, '.');
    else if (spot->mention->thing->kind == THING_VARIABLE)
        buf_chars(out, "\n\nNothing writes it but its declaration.");
}

static void say_problems(struct buf *out, const struct reading *reading, uint32_t at)
{
    for (uint32_t i = 0; i < reading->compiled->diags.n; i++) {
        const struct diag *diag = reading->compiled->diags.at[i];
        if (diag->primary.span.source != reading->own->source ||
            at < diag->primary.span.from || at > diag->primary.span.to)
            continue;
        buf_printf(out, "%s**%s**: %s\n\n```\n%s\n```", out->n > 0 ? "\n\n---\n" : "",
                   diag_name(diag->code), diag_title(diag->code), diag_essay(diag->code));
    }
}

json_t *ask_hover(struct lsp *lsp, const json_t *params)
{
    struct spot spot;
    struct buf out;
    if (!spot_asked(lsp, params, &spot))
        return NULL;
    buf_init(&out, lsp->answer);
    if (spot.mention != NULL) {
        thing_describe(&out, spot.mention->thing);
        say_writers(&out, &spot);
    }
    say_problems(&out, draft_reading(lsp, spot.draft), spot.at);
    if (out.n == 0)
        return NULL;
    json_t *hover = json_pack("{s:{s:s,s:o}}", "contents", "kind", "markdown", "value",
                              json_text(buf_done(&out)));
    struct span at =
        spot.mention == NULL ? (struct span){0} : span_now(lsp, spot.mention->at);
    if (at.source != NULL)
        json_object_set_new(hover, "range", place_range(lsp, at));
    return hover;
}
