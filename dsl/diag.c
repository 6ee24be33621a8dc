/* Diagnostics: gathered, sorted, drawn. */
#include "dsl/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/base/vec.h"

static const struct {
    const char *name;
    enum diag_severity severity;
    const char *title;
    const char *essay;
} rows[] = {
#define DIAG(code, severity, title, essay) {#code, DIAG_##severity, title, essay},
#include "dsl/diags.def"
#undef DIAG
};

void diags_init(struct diags *diags, struct arena *compile)
{
    *diags = (struct diags){.compile = compile};
}

static struct text said(struct diags *diags, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    must(n >= 0);
    char *chars = arena_alloc(diags->compile, (size_t)n + 1);
    vsnprintf(chars, (size_t)n + 1, format, again);
    va_end(again);
    return (struct text){chars, (size_t)n};
}

static bool is_known(const struct diags *diags, const struct diag *diag)
{
    for (uint32_t i = 0; i < diags->n; i++) {
        const struct diag *other = diags->at[i];
        if (other->code == diag->code &&
            other->primary.span.source == diag->primary.span.source &&
            other->primary.span.from == diag->primary.span.from &&
            text_is(other->message, diag->message))
            return true;
    }
    return false;
}

static bool is_silent(const struct diags *diags, const char *rule)
{
    const struct diag_watch *watch = diags->watch;
    if (watch == NULL)
        return false;
    watch->said(watch->context, rule);
    return watch->silent != NULL && strcmp(watch->silent, rule) == 0;
}

struct diag *diag_add_by(struct diags *diags, enum diag_code code, const char *rule,
                         struct span at, const char *format, ...)
{
    struct diag *diag = arena_new_of(diags->compile, struct diag);
    va_list args;
    va_start(args, format);
    diag->message = said(diags, format, args);
    va_end(args);
    diag->code = code;
    diag->rule = rule;
    diag->severity = rows[code].severity;
    diag->primary.span = at;
    if (is_silent(diags, rule) || is_known(diags, diag))
        return diag;
    if (diags->n == LIMIT_DIAGNOSTICS) {
        diags->dropped++;
        return diag;
    }
    diag->order = diags->n;
    vec_push(diags->compile, diags, diag);
    return diag;
}

void diag_label(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->primary.label = said(diags, format, args);
    va_end(args);
}

void diag_also(struct diags *diags, struct diag *diag, struct span at, const char *format,
               ...)
{
    if (diag->related_n == DIAG_MARKS_MAX || at.source == NULL)
        return;
    va_list args;
    va_start(args, format);
    diag->related[diag->related_n++] = (struct diag_mark){at, said(diags, format, args)};
    va_end(args);
}

void diag_why(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->why = said(diags, format, args);
    va_end(args);
}

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->help = said(diags, format, args);
    va_end(args);
}

static void add_edit(struct diags *diags, struct diag *diag, struct span at, bool is_sure,
                     const char *format, va_list args)
{
    if (at.source == NULL)
        return;
    must(diag->edits_n < DIAG_EDITS_MAX);
    diag->edits[diag->edits_n++] = (struct diag_edit){at, said(diags, format, args)};
    diag->is_sure = is_sure;
}

void diag_fix(struct diags *diags, struct diag *diag, struct span at, const char *format,
              ...)
{
    va_list args;
    va_start(args, format);
    add_edit(diags, diag, at, true, format, args);
    va_end(args);
}

void diag_offer(struct diags *diags, struct diag *diag, struct span at,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_edit(diags, diag, at, false, format, args);
    va_end(args);
}

void diags_cut(struct diags *diags, uint32_t n)
{
    must(n <= diags->n);
    diags->n = n;
}

/* ---- order ---- */

static uint32_t file_rank(const struct diags *diags, const struct source *source)
{
    for (uint32_t i = 0; i < diags->n; i++)
        for (uint32_t k = 0; k < diags->n; k++)
            if (diags->at[k]->order == i && diags->at[k]->primary.span.source == source)
                return i;
    return 0;
}

static bool comes_after(const struct diags *diags, const struct diag *a,
                        const struct diag *b)
{
    uint32_t file_a = file_rank(diags, a->primary.span.source),
             file_b = file_rank(diags, b->primary.span.source);
    if (file_a != file_b)
        return file_a > file_b;
    if (a->primary.span.from != b->primary.span.from)
        return a->primary.span.from > b->primary.span.from;
    return a->order > b->order;
}

/* By insertion: there are at most LIMIT_DIAGNOSTICS. */
void diags_sort(struct diags *diags)
{
    for (uint32_t i = 1; i < diags->n; i++)
        for (uint32_t k = i; k > 0 && comes_after(diags, diags->at[k - 1], diags->at[k]);
             k--) {
            struct diag *swapped = diags->at[k];
            diags->at[k] = diags->at[k - 1];
            diags->at[k - 1] = swapped;
        }
}

uint32_t diags_count(const struct diags *diags, enum diag_severity severity)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < diags->n; i++)
        n += diags->at[i]->severity == severity;
    return n;
}

/* ---- names ---- */

const char *diag_name(enum diag_code code)
{
    return rows[code].name;
}

const char *diag_title(enum diag_code code)
{
    return rows[code].title;
}

const char *diag_essay(enum diag_code code)
{
    return rows[code].essay;
}

enum diag_severity diag_severity(enum diag_code code)
{
    return rows[code].severity;
}

const char *diag_severity_name(enum diag_severity severity)
{
    static const char *const names[] = {"error", "warning", "note", "lint"};
    return names[severity];
}

bool diag_find(struct text name, enum diag_code *out)
{
    for (size_t i = 0; i < DIAG_CODES; i++)
        if (name.n == strlen(rows[i].name) &&
            strncasecmp(name.chars, rows[i].name, name.n) == 0) {
            *out = (enum diag_code)i;
            return true;
        }
    return false;
}
