/* The one layout as an edit, and what can be folded. */
#include "dsl/fmt.h"
#include "dsl/token.h"
#include "tools/lsp/place.h"
#include "tools/lsp/spot.h"
#include "tools/lsp/tree.h"

/* What both begin and end with is left alone, by whole lines, so that the cursor stays
 * where it is. */
static json_t *least_edit(struct lsp *lsp, const struct source *source, struct text to)
{
    struct text from = source->text;
    size_t least = from.n < to.n ? from.n : to.n, before = 0, after = 0;
    while (before < least && from.chars[before] == to.chars[before])
        before++;
    while (before > 0 && from.chars[before - 1] != '\n')
        before--;
    while (after < least - before &&
           from.chars[from.n - 1 - after] == to.chars[to.n - 1 - after])
        after++;
    while (after > 0 && from.chars[from.n - after] != '\n')
        after--;
    struct span span = source_span(source, (uint32_t)before, (uint32_t)(from.n - after));
    return json_pack("[o]",
                     place_edit(lsp, span, text_cut(to, before, to.n - after - before)));
}

static const struct diag *first_error(const struct diags *diags)
{
    for (uint32_t i = 0; i < diags->n; i++)
        if (diags->at[i]->severity == DIAG_ERROR)
            return diags->at[i];
    return NULL;
}

json_t *ask_layout(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return NULL;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct diags diags;
    diags_init(&diags, compile);
    struct module *module = compile_parse(compile, &diags, draft->path, draft->text);
    const struct diag *error = first_error(&diags);
    if (error != NULL)
        return lsp_refuse(lsp, LSP_REQUEST_FAILED,
                          "what cannot be read cannot be laid out; line %u: " TEXT_FMT,
                          error->primary.span.line, TEXT_ARG(error->message));
    struct text laid_out = fmt_module(compile, module);
    return text_is(laid_out, draft->text) ? json_array()
                                          : least_edit(lsp, module->source, laid_out);
}

/* ---- folding ---- */

struct folding {
    json_t *all;
    uint32_t line; /* one fold a line */
};

static void fold(struct folding *f, uint32_t line, uint32_t end_line, const char *kind)
{
    json_t *one = json_pack("{s:I,s:I}", "startLine", (json_int_t)line - 1, "endLine",
                            (json_int_t)end_line - 1);
    if (kind != NULL)
        json_object_set_new(one, "kind", json_string(kind));
    json_array_append_new(f->all, one);
}

/* The line of the brace that ends it stays in sight. */
static void fold_node(void *context, const struct node *node)
{
    struct folding *f = context;
    struct text text = span_text(node->span);
    bool is_block = text.n > 0 && text.chars[text.n - 1] == '}';
    if (is_block && node->span.end_line > node->span.line + 1 &&
        node->span.line != f->line) {
        f->line = node->span.line;
        fold(f, node->span.line, node->span.end_line - 1, NULL);
    }
    tree_children(node, fold_node, f);
}

static void fold_comments(struct folding *f, const struct module *module)
{
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        uint32_t last = i;
        while (last + 1 < module->tokens_n && module->tokens[i].comment != TOKEN_WORD &&
               module->tokens[last + 1].comment != TOKEN_WORD &&
               module->tokens[last + 1].span.line == module->tokens[last].span.line + 1)
            last++;
        if (last > i)
            fold(f, module->tokens[i].span.line, module->tokens[last].span.line,
                 "comment");
        i = last;
    }
}

json_t *ask_folds(struct lsp *lsp, const json_t *params)
{
    struct draft *draft = draft_asked(lsp, params);
    if (draft == NULL)
        return NULL;
    const struct module *own = draft_reading(lsp, draft)->own;
    struct folding f = {.all = json_array()};
    node_each(node, own->file->items) fold_node(&f, node);
    fold_comments(&f, own);
    return f.all;
}
