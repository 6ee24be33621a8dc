/* Warnings that the flow answers in place: `# allow F0504: the carrier never tells us`,
 * on the line above. Without a reason it answers nothing; errors cannot be allowed; and
 * one that answers nothing is said (F0114). */
#include "dsl/check_in.h"
#include "dsl/token.h"

struct allow { /* one such comment */
    const struct module *module;
    struct span span;
    struct text code; /* as written */
    struct text rest; /* behind it */
    bool is_used;
};

struct allowing {
    struct check *c;
    VEC(struct allow) allows;
};

/* `# allow CODE…`, where CODE looks like one; else it is a comment like any other. */
static bool is_allow(struct text comment, struct text *code, struct text *rest)
{
    struct text word = text_trim(text_cut(comment, 1, comment.n));
    if (!text_starts(word, TEXT("allow ")))
        return false;
    word = text_trim(text_cut(word, 6, word.n));
    size_t n = 0;
    while (n < word.n && word.chars[n] != ':' && word.chars[n] != ' ')
        n++;
    *code = text_cut(word, 0, n);
    *rest = text_trim(text_cut(word, n, word.n));
    return n > 1 && code->chars[0] == 'F' && code->chars[1] >= '0' &&
           code->chars[1] <= '9';
}

static void collect(struct allowing *a, const struct module *module)
{
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        const struct token *token = &module->tokens[i];
        struct allow allow = {.module = module, .span = token->span};
        if (token->comment == TOKEN_COMMENT &&
            is_allow(text_trim(span_text(token->span)), &allow.code, &allow.rest))
            vec_push(a->c->compile, &a->allows, allow);
    }
}

/* Does a comment have line `line` to itself? */
static bool is_comment_line(const struct module *module, uint32_t line)
{
    struct text text = text_trim(source_line(module->source, line));
    return text.n > 0 && text.chars[0] == '#';
}

static struct allow *allow_on(struct allowing *a, const struct module *module,
                              uint32_t line, const char *code)
{
    for (uint32_t i = 0; i < a->allows.n; i++) {
        struct allow *allow = &a->allows.at[i];
        if (allow->module == module && allow->span.line == line &&
            text_is_chars(allow->code, code))
            return allow;
    }
    return NULL;
}

static bool has_reason(const struct allow *allow)
{
    return allow->rest.n > 1 && allow->rest.chars[0] == ':' &&
           text_trim(text_cut(allow->rest, 1, allow->rest.n)).n > 0;
}

static bool is_answered(struct allowing *a, const struct module *module,
                        struct diag *diag)
{
    for (uint32_t line = diag->primary.span.line - 1;
         line > 0 && is_comment_line(module, line); line--) {
        struct allow *allow = allow_on(a, module, line, diag_name(diag->code));
        if (allow == NULL)
            continue;
        allow->is_used = true;
        if (has_reason(allow))
            return true;
        diag_help(a->c->diags, diag, "say why it is right here:   # allow %s: …",
                  diag_name(diag->code));
        return false;
    }
    return false;
}

static const struct module *module_of(const struct program *program,
                                      const struct source *source)
{
    for (uint32_t i = 0; i < program->modules_n; i++)
        if (program->modules[i]->source == source)
            return program->modules[i];
    return NULL;
}

/* ---- F0114 ---- */

/* The whole line, when nothing else stands on it. */
static struct span its_line(struct span at)
{
    const struct source *source = at.source;
    size_t from = source->line_from[at.line - 1];
    if (text_trim(text_cut(source->text, from, at.from - from)).n > 0 ||
        at.line >= source->lines)
        return at;
    return source_span(source, from, source->line_from[at.line]);
}

static void check_allow(struct allowing *a, const struct allow *allow)
{
    struct diags *diags = a->c->diags;
    enum diag_code code;
    struct diag *diag;
    bool is_lint = false;
    if (!diag_find(allow->code, &code)) {
        diag = diag_add(diags, DIAG_F0114, allow->span, "there is no `" TEXT_FMT "`",
                        TEXT_ARG(allow->code));
        diag_help(diags, diag, "flowc explain     lists them");
        return;
    }
    if (diag_severity(code) == DIAG_ERROR && code != DIAG_F0302 && code != DIAG_F0502) {
        diag = diag_add(diags, DIAG_F0114, allow->span,
                        "`" TEXT_FMT "` is an error, and errors cannot be allowed",
                        TEXT_ARG(allow->code));
        diag_help(diags, diag, "flowc explain " TEXT_FMT "     says how it is mended",
                  TEXT_ARG(allow->code));
        return;
    }
    is_lint = diag_severity(code) == DIAG_LINT && !a->c->program->lints;
    if (is_lint || diags_count(diags, DIAG_ERROR) > 0)
        return; /* not looked for, or perhaps not found yet */
    diag = diag_add(diags, DIAG_F0114, allow->span, "nothing here needs this");
    diag_label(diags, diag, "no " TEXT_FMT " on the line below", TEXT_ARG(allow->code));
    diag_help(diags, diag, "remove it");
    diag_fix(diags, diag, its_line(allow->span), "%s", "");
}

void check_allowed(struct check *c)
{
    struct allowing a = {.c = c};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->program->modules_n; i++)
        collect(&a, c->program->modules[i]);
    for (uint32_t i = 0; i < c->diags->n; i++) {
        struct diag *diag = c->diags->at[i];
        const struct module *module = module_of(c->program, diag->primary.span.source);
        if (diag->severity == DIAG_ERROR || module == NULL ||
            !is_answered(&a, module, diag))
            c->diags->at[kept++] = diag;
    }
    for (uint32_t i = 0; i < kept; i++)
        c->diags->at[i]->order = i;
    diags_cut(c->diags, kept);
    for (uint32_t i = 0; i < a.allows.n; i++)
        if (!a.allows.at[i].is_used)
            check_allow(&a, &a.allows.at[i]);
}
