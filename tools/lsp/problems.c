/* Diagnostics: told to the editor whenever they differ from what it has. */
#include "tools/lsp/problems.h"

#include "engine/base/buf.h"
#include "engine/sys/file.h"
#include "engine/sys/keep.h"
#include "tools/lsp/drafts.h"
#include "tools/lsp/place.h"
#include "tools/lsp/reading.h"

static int severity_of(enum diag_severity severity)
{
    switch (severity) {
    case DIAG_ERROR:
        return 1;
    case DIAG_WARNING:
        return 2;
    case DIAG_NOTE:
        return 3;
    case DIAG_LINT:
        return 4;
    }
    return 1;
}

/* Everything the frame says, as an editor shows it: a few lines. */
static json_t *message_of(struct lsp *lsp, const struct diag *diag)
{
    struct buf out;
    buf_init(&out, lsp->answer);
    buf_text(&out, diag->message);
    if (diag->primary.label.n > 0)
        buf_printf(&out, ": " TEXT_FMT, TEXT_ARG(diag->primary.label));
    if (diag->why.n > 0)
        buf_printf(&out, "\n" TEXT_FMT, TEXT_ARG(diag->why));
    if (diag->help.n > 0)
        buf_printf(&out, "\nhelp: " TEXT_FMT, TEXT_ARG(diag->help));
    return json_text(buf_done(&out));
}

static json_t *related_of(struct lsp *lsp, const struct diag *diag)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < diag->related_n; i++) {
        struct text label = diag->related[i].label;
        json_array_append_new(
            all,
            json_pack("{s:o,s:o}", "location", place_location(lsp, diag->related[i].span),
                      "message", json_text(label.n > 0 ? label : TEXT("here"))));
    }
    return all;
}

/* The installed page about all codes, where there is one. */
static void add_page(struct lsp *lsp, json_t *problem, const char *code)
{
    if (!file_is_there(DOC_DIR "/DIAGNOSTICS.md"))
        return;
    const char *href =
        arena_printf(lsp->answer, "file://" DOC_DIR "/DIAGNOSTICS.md#%s", code);
    json_object_set_new(problem, "codeDescription", json_pack("{s:s}", "href", href));
}

json_t *problem_json(struct lsp *lsp, const struct diag *diag)
{
    json_t *problem =
        json_pack("{s:o,s:i,s:s,s:s,s:o}", "range", place_range(lsp, diag->primary.span),
                  "severity", severity_of(diag->severity), "code", diag_name(diag->code),
                  "source", "flowc", "message", message_of(lsp, diag));
    if (diag->related_n > 0)
        json_object_set_new(problem, "relatedInformation", related_of(lsp, diag));
    if (diag->code == DIAG_F0205)
        json_object_set_new(problem, "tags", json_pack("[i]", 1)); /* faded */
    add_page(lsp, problem, diag_name(diag->code));
    return problem;
}

/* ---- who is told what ---- */

struct published {
    struct text path;
    struct text told; /* the latest; on the heap of the process */
    bool is_current;
};

/* What is said about each file, in an object by path. Of a file that is open its own
 * reading knows best; of another one whoever uses it. */
static void gather(struct lsp *lsp, json_t *by_path, const struct draft *draft,
                   const struct reading *reading)
{
    const struct program *program = &reading->compiled->program;
    json_t *fresh = json_object();
    for (uint32_t i = 0; i < program->modules_n; i++) {
        struct text path = program->modules[i]->source->path;
        const struct draft *other = draft_find(lsp, path);
        bool is_ours = text_is(path, draft->path) || other == NULL || !other->is_open;
        if (is_ours && json_object_getn(by_path, path.chars, path.n) == NULL)
            json_object_setn_new_nocheck(fresh, path.chars, path.n, json_array());
    }
    for (uint32_t i = 0; i < reading->compiled->diags.n; i++) {
        const struct diag *diag = reading->compiled->diags.at[i];
        if (diag->primary.span.source == NULL ||
            (diag->severity == DIAG_LINT &&
             diag->primary.span.source != reading->own->source))
            continue;
        struct text path = diag->primary.span.source->path;
        json_t *list = json_object_getn(fresh, path.chars, path.n);
        if (list != NULL)
            json_array_append_new(list, problem_json(lsp, diag));
    }
    json_object_update(by_path, fresh);
    json_decref(fresh);
}

static void tell(struct lsp *lsp, struct text path, json_t *diagnostics)
{
    const struct draft *draft = draft_find(lsp, path);
    json_t *params = json_pack("{s:o,s:O}", "uri", json_text(uri_of_path(lsp, path)),
                               "diagnostics", diagnostics);
    if (draft != NULL && draft->is_open)
        json_object_set_new(params, "version", json_integer(draft->version));
    lsp_notify(lsp, "textDocument/publishDiagnostics", params);
}

/* Only what the editor does not have already for this version; a file it never heard of
 * is not mentioned to say that nothing is wrong with it, unless it is open. */
static void tell_new(struct lsp *lsp, struct text path, json_t *diagnostics)
{
    const struct draft *draft = draft_find(lsp, path);
    bool is_open = draft != NULL && draft->is_open;
    const char *now_chars = arena_printf(lsp->answer, "%lld " TEXT_FMT,
                                         is_open ? (long long)draft->version : -1,
                                         TEXT_ARG(json_write(lsp->answer, diagnostics)));
    struct text now = text_of(now_chars);
    struct published *before = map_get(lsp->published, path);
    if (before == NULL && (json_array_size(diagnostics) > 0 || is_open)) {
        before = keep_new_of(struct published);
        before->path = text_dup(lsp->process, path);
        map_put(lsp->published, before->path, before);
    }
    if (before == NULL)
        return;
    before->is_current = true;
    if (before->told.chars != NULL && text_is(before->told, now))
        return;
    keep_free((void *)before->told.chars);
    char *copy = keep_alloc(now.n + 1);
    memcpy(copy, now.chars, now.n);
    before->told = (struct text){copy, now.n};
    tell(lsp, path, diagnostics);
}

/* Files that nobody open uses any more. */
static void clear_rest(struct lsp *lsp)
{
    json_t *none = json_array();
    for (uint32_t i = 0; i < map_count(lsp->published); i++) {
        struct published *one = map_item_at(lsp->published, i);
        if (!one->is_current && one->told.n > 0 && !text_ends(one->told, TEXT(" []"))) {
            tell_new(lsp, one->path, none);
        } else if (!one->is_current) {
            keep_free((void *)one->told.chars);
            one->told = (struct text){NULL, 0};
        }
    }
    json_decref(none);
}

void problems_publish(struct lsp *lsp)
{
    lsp->has_news = false;
    if (lsp->published == NULL)
        lsp->published = map_new(lsp->process);
    for (uint32_t i = 0; i < map_count(lsp->published); i++)
        ((struct published *)map_item_at(lsp->published, i))->is_current = false;
    json_t *by_path = json_object();
    for (uint32_t i = 0; i < lsp->drafts.n; i++)
        if (lsp->drafts.at[i]->is_open)
            gather(lsp, by_path, lsp->drafts.at[i],
                   draft_reading(lsp, lsp->drafts.at[i]));
    const char *path;
    json_t *diagnostics;
    json_object_foreach(by_path, path, diagnostics)
    {
        tell_new(lsp, text_of(path), diagnostics);
    }
    json_decref(by_path);
    clear_rest(lsp);
}

void problems_free(struct lsp *lsp)
{
    for (uint32_t i = 0; lsp->published != NULL && i < map_count(lsp->published); i++) {
        struct published *one = map_item_at(lsp->published, i);
        keep_free((void *)one->told.chars);
        keep_free(one);
    }
}
