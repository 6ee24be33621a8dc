/* What can be mended at once: the help of diagnostics, ways out and cases that are
 * missing. */
#include "tools/lsp/place.h"
#include "tools/lsp/problems.h"
#include "tools/lsp/spot.h"
#include "tools/lsp/tree.h"

struct fixing {
    struct lsp *lsp;
    struct draft *draft;
    const struct reading *reading;
    uint32_t from;
    uint32_t to;
    json_t *all;
};

static json_t *edit_json(struct fixing *f, json_t *edits)
{
    json_t *changes = json_object();
    json_object_setn_new_nocheck(changes, f->draft->uri.chars, f->draft->uri.n, edits);
    return json_pack("{s:o}", "changes", changes);
}

static json_t *action(struct fixing *f, struct text title, const char *kind,
                      json_t *edits)
{
    return json_pack("{s:o,s:s,s:o}", "title", json_text(title), "kind", kind, "edit",
                     edit_json(f, edits));
}

/* "help: is not" is no title; what it does is. */
static struct text title_of(struct fixing *f, const struct diag *diag)
{
    const struct diag_edit *edit = &diag->edits[0];
    struct text was = span_text(edit->at);
    if (diag->edits_n == 1 && was.n > 0 && was.n <= 40 && edit->text.n <= 60)
        return text_of(arena_printf(f->lsp->answer, "%s `" TEXT_FMT "`%s" TEXT_FMT "%s",
                                    edit->text.n == 0 ? "Remove" : "Change",
                                    TEXT_ARG(was), edit->text.n == 0 ? "" : " to `",
                                    TEXT_ARG(edit->text), edit->text.n == 0 ? "" : "`"));
    if (diag->edits_n == 1 && was.n == 0 && edit->text.n <= 60)
        return text_of(arena_printf(f->lsp->answer, "Insert `" TEXT_FMT "`",
                                    TEXT_ARG(text_trim(edit->text))));
    struct text help = diag->help;
    return text_of(
        arena_printf(f->lsp->answer, "Mend %s: " TEXT_FMT, diag_name(diag->code),
                     TEXT_ARG(help.n > 0 ? text_cut(help, 0, 80) : diag->message)));
}

static void fix_of(struct fixing *f, const struct diag *diag)
{
    json_t *edits = json_array();
    for (uint32_t i = 0; i < diag->edits_n; i++)
        if (diag->edits[i].at.source == f->reading->own->source)
            json_array_append_new(
                edits, place_edit(f->lsp, diag->edits[i].at, diag->edits[i].text));
    if (diag->edits_n == 0 || json_array_size(edits) < diag->edits_n) {
        json_decref(edits);
        return;
    }
    json_t *one = action(f, title_of(f, diag), "quickfix", edits);
    json_object_set_new(one, "diagnostics", json_pack("[o]", problem_json(f->lsp, diag)));
    if (diag->is_sure)
        json_object_set_new(one, "isPreferred", json_true());
    json_array_append_new(f->all, one);
}

/* ---- ways out that are missing ---- */

static bool is_answered(struct nodes whens, struct text name)
{
    node_each(when, whens)
    {
        struct text said = when->kind == NODE_ARM
                               ? (when->value == NULL ? name : when->value->name)
                               : when->name;
        if (text_is(said, name))
            return true;
    }
    return false;
}

static uint32_t column_of_line(const struct source *source, uint32_t at)
{
    struct span span = source_span(source, at, at);
    struct text line = source_line(source, span.line);
    uint32_t n = 0;
    while (n < line.n && line.chars[n] == ' ')
        n++;
    return n;
}

static void write_way(struct buf *out, uint32_t column, struct text name)
{
    buf_printf(out, "\n%*swhen " TEXT_FMT " { note \"" TEXT_FMT "\" }", (int)column, "",
               TEXT_ARG(name), TEXT_ARG(name));
}

/* Behind the step and the ways out it has: one way for each that is not there. */
static void add_whens(struct fixing *f, const struct node *call)
{
    const struct symbol *fails = call->target->symbol;
    struct buf out;
    buf_init(&out, f->lsp->answer);
    uint32_t column = column_of_line(call->span.source, call->span.from) + 4;
    for (uint32_t i = 0; fails != NULL && i < fails->errors_n; i++)
        if (!is_answered(call->whens, fails->errors[i]->name))
            write_way(&out, column, fails->errors[i]->name);
    if (out.n == 0)
        return;
    struct span end = source_span(call->span.source, call->span.to, call->span.to);
    json_array_append_new(
        f->all, action(f, TEXT("Add the missing whens"), "quickfix",
                       json_pack("[o]", place_edit(f->lsp, end, buf_done(&out)))));
}

static void add_cases(struct fixing *f, const struct node *match)
{
    const struct type *variant =
        match->value->type == NULL ? NULL : type_present(match->value->type);
    struct buf out;
    buf_init(&out, f->lsp->answer);
    uint32_t column = column_of_line(match->span.source, match->span.from) + 4;
    for (uint32_t i = 0; variant != NULL && i < variant->cases_n; i++)
        if (!is_answered(match->whens, variant->cases[i].name))
            write_way(&out, column, variant->cases[i].name);
    const struct node *last = NULL;
    node_each(arm, match->whens) last = arm;
    if (out.n == 0 || last == NULL)
        return;
    struct span end = source_span(last->span.source, last->span.to, last->span.to);
    json_array_append_new(
        f->all, action(f, TEXT("Add the missing cases"), "quickfix",
                       json_pack("[o]", place_edit(f->lsp, end, buf_done(&out)))));
}

static void ways_at(struct fixing *f)
{
    struct tree_path path;
    tree_path(f->reading->own->file, f->from, &path);
    for (uint32_t i = path.n; i-- > 0;) {
        const struct node *node = path.at[i];
        if (node->kind == NODE_CALL || node->kind == NODE_RUN) {
            add_whens(f, node);
            return;
        }
        if (node->kind == NODE_MATCH) {
            add_cases(f, node);
            return;
        }
        if (node->kind == NODE_BLOCK || node->kind == NODE_STATE)
            return;
    }
}

json_t *ask_fixes(struct lsp *lsp, const json_t *params)
{
    struct fixing f = {.lsp = lsp, .draft = draft_asked(lsp, params)};
    const json_t *range = json_object_get(params, "range");
    if (f.draft == NULL)
        return NULL;
    if (!place_offset(lsp, f.draft->text, json_object_get(range, "start"), &f.from) ||
        !place_offset(lsp, f.draft->text, json_object_get(range, "end"), &f.to))
        return lsp_refuse(lsp, LSP_INVALID_PARAMS, "`range` is {start, end}");
    f.reading = draft_reading(lsp, f.draft);
    f.all = json_array();
    for (uint32_t i = 0; i < f.reading->compiled->diags.n; i++) {
        const struct diag *diag = f.reading->compiled->diags.at[i];
        if (diag->primary.span.source == f.reading->own->source &&
            diag->primary.span.from <= f.to && f.from <= diag->primary.span.to)
            fix_of(&f, diag);
    }
    if (f.reading->is_checked)
        ways_at(&f);
    return f.all;
}
