/* What the help of diagnostics says, done to a text. */
#include "dsl/diag.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

struct fixing {
    const struct diags *diags;
    const struct source *source;
    VEC(const struct diag_edit *) edits; /* in the order of their places */
};

static bool touch(struct span a, struct span b)
{
    return a.from == b.from || (a.from < b.to && b.from < a.to);
}

/* All edits of a diagnostic are about this text, and touch none that was taken before. */
static bool fits(const struct fixing *f, const struct diag *diag)
{
    for (uint32_t i = 0; i < diag->edits_n; i++) {
        if (diag->edits[i].at.source != f->source)
            return false;
        for (uint32_t k = 0; k < f->edits.n; k++)
            if (touch(diag->edits[i].at, f->edits.at[k]->at))
                return false;
    }
    return diag->is_sure && diag->edits_n > 0;
}

static void take(struct fixing *f, const struct diag_edit *edit)
{
    vec_push(f->diags->compile, &f->edits, edit);
    for (uint32_t i = f->edits.n - 1;
         i > 0 && f->edits.at[i - 1]->at.from > edit->at.from; i--) {
        f->edits.at[i] = f->edits.at[i - 1];
        f->edits.at[i - 1] = edit;
    }
}

struct text diags_fixed(const struct diags *diags, const struct source *source,
                        uint32_t *done)
{
    struct fixing f = {.diags = diags, .source = source};
    *done = 0;
    for (uint32_t i = 0; i < diags->n; i++) {
        if (!fits(&f, diags->at[i]))
            continue;
        for (uint32_t k = 0; k < diags->at[i]->edits_n; k++)
            take(&f, &diags->at[i]->edits[k]);
        ++*done;
    }
    struct buf out;
    buf_init(&out, diags->compile);
    size_t at = 0;
    for (uint32_t i = 0; i < f.edits.n; i++) {
        const struct diag_edit *edit = f.edits.at[i];
        buf_text(&out, text_cut(source->text, at, edit->at.from - at));
        buf_text(&out, edit->text);
        at = edit->at.to;
    }
    buf_text(&out, text_cut(source->text, at, source->text.n - at));
    return buf_done(&out);
}
