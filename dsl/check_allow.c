/* Warnings that the flow answers in place: `# allow F0504: the carrier never tells us`,
 * on the line above. Without a reason it answers nothing; errors cannot be allowed. */
#include "dsl/check_in.h"
#include "dsl/token.h"

/* A comment that has line `line` to itself; "" for none. */
static struct text comment_on(const struct module *module, uint32_t line)
{
    for (uint32_t i = 0; i < module->tokens_n; i++) {
        const struct token *token = &module->tokens[i];
        bool is_first = i == 0 || module->tokens[i - 1].span.end_line < line;
        if (token->span.line == line && token->comment == TOKEN_COMMENT && is_first)
            return text_trim(span_text(token->span));
    }
    return (struct text){"", 0};
}

/* Is this comment `# allow CODE…`? What stands behind the code is left in `rest`. */
static bool allows(struct text comment, enum diag_code code, struct text *rest)
{
    struct text word = text_trim(text_cut(comment, 1, comment.n - 1));
    if (!text_starts(word, TEXT("allow ")))
        return false;
    word = text_trim(text_cut(word, 6, word.n - 6));
    if (!text_starts(word, text_of(diag_name(code))))
        return false;
    *rest = text_trim(text_cut(word, 5, word.n - 5));
    return true;
}

static bool is_answered(struct check *c, const struct module *module, struct diag *diag)
{
    for (uint32_t line = diag->primary.span.line - 1; line > 0; line--) {
        struct text comment = comment_on(module, line), rest;
        if (comment.n == 0)
            return false;
        if (!allows(comment, diag->code, &rest))
            continue;
        if (rest.n > 1 && rest.chars[0] == ':' &&
            text_trim(text_cut(rest, 1, rest.n - 1)).n > 0)
            return true;
        diag_help(c->diags, diag, "say why it is right here:   # allow %s: …",
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

void check_allowed(struct check *c)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->diags->n; i++) {
        struct diag *diag = c->diags->at[i];
        const struct module *module = module_of(c->program, diag->primary.span.source);
        if (diag->severity == DIAG_ERROR || module == NULL ||
            !is_answered(c, module, diag))
            c->diags->at[kept++] = diag;
    }
    for (uint32_t i = 0; i < kept; i++)
        c->diags->at[i]->order = i;
    diags_cut(c->diags, kept);
}
