/* Patterns: what JSON Schema (ECMA-262) and flows (POSIX extended) both have. */
#include "dsl/schema.h"

#include <regex.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"

bool schema_pattern_out(struct arena *compile, struct text posix, struct text *ecma)
{
    for (size_t i = 0; i + 1 < posix.n; i++)
        if (posix.chars[i] == '[' && strchr(":.=", posix.chars[i + 1]) != NULL &&
            posix.chars[i + 1] != 0)
            return false; /* [[:alpha:]] is none of theirs */
    *ecma = text_of(arena_printf(compile, "^(" TEXT_FMT ")$", TEXT_ARG(posix)));
    return true;
}

struct translating {
    struct text in;
    size_t at;
    struct buf out;
};

/* What stands behind a backslash. */
static bool escaped(struct translating *t, bool in_bracket)
{
    static const struct {
        char letter;
        const char *outside, *inside;
    } classes[] = {{'d', "[0-9]", "0-9"},         {'w', "[A-Za-z0-9_]", "A-Za-z0-9_"},
                   {'s', "[ \t\r\n]", " \t\r\n"}, {'D', "[^0-9]", NULL},
                   {'W', "[^A-Za-z0-9_]", NULL},  {'S', "[^ \t\r\n]", NULL}};
    char c = t->at < t->in.n ? t->in.chars[t->at++] : 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        const char *as = in_bracket ? classes[i].inside : classes[i].outside;
        if (c == classes[i].letter && as != NULL)
            return buf_chars(&t->out, as), true;
    }
    if (c == 0 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
        (c >= 'A' && c <= 'Z'))
        return false;
    if (in_bracket && (c == ']' || c == '\\' || c == '-' || c == '^' || c == '['))
        return false; /* brackets of POSIX have no escapes */
    if (!in_bracket && strchr(".[]{}()*+?|^$\\", c) != NULL)
        buf_char(&t->out, '\\');
    buf_char(&t->out, c);
    return true;
}

static bool bracket(struct translating *t)
{
    buf_char(&t->out, '[');
    if (t->at < t->in.n && t->in.chars[t->at] == '^')
        buf_char(&t->out, t->in.chars[t->at++]);
    if (t->at < t->in.n && t->in.chars[t->at] == ']')
        return false; /* theirs is an empty choice, ours is the bracket itself */
    while (t->at < t->in.n) {
        char c = t->in.chars[t->at++];
        if (c == '\\') {
            if (!escaped(t, true))
                return false;
            continue;
        }
        if (c == '[')
            return false;
        buf_char(&t->out, c);
        if (c == ']')
            return true;
    }
    return false;
}

/* Lazy repetition, and groups that look around or are named, are theirs alone. */
static bool next(struct translating *t)
{
    char c = t->in.chars[t->at++];
    char then = t->at < t->in.n ? t->in.chars[t->at] : 0;
    if (c == '\\')
        return escaped(t, false);
    if (c == '[')
        return bracket(t);
    if (c == '(' && then == '?') {
        if (!text_starts(text_cut(t->in, t->at, 2), TEXT("?:")))
            return false;
        t->at += 2;
    }
    if ((c == '*' || c == '+' || c == '?' || c == '}') && (then == '?' || then == '+'))
        return false;
    if (c == '^' || c == '$' || c == '\'' || (unsigned char)c < 0x20)
        return false;
    buf_char(&t->out, c);
    return true;
}

/* Is there an `|` outside of all brackets? */
static bool is_choice(struct text in)
{
    int depth = 0;
    for (size_t i = 0; i < in.n; i++) {
        if (in.chars[i] == '\\')
            i++;
        else if (in.chars[i] == '[')
            while (i < in.n && in.chars[i] != ']')
                i++;
        else if (in.chars[i] == '(' || in.chars[i] == ')')
            depth += in.chars[i] == '(' ? 1 : -1;
        else if (in.chars[i] == '|' && depth == 0)
            return true;
    }
    return false;
}

/* "(a|b)" → "a|b", when the brackets belong together. */
static struct text unwrapped(struct text in)
{
    if (in.n < 2 || in.chars[0] != '(' || in.chars[in.n - 1] != ')' ||
        in.chars[in.n - 2] == '\\')
        return in;
    struct text inside = text_cut(in, 1, in.n - 2);
    int depth = 0;
    for (size_t i = 0; i < inside.n && depth >= 0; i++) {
        if (inside.chars[i] == '\\')
            i++;
        else if (inside.chars[i] == '[')
            while (i < inside.n && inside.chars[i] != ']')
                i++;
        else if (inside.chars[i] == '(' || inside.chars[i] == ')')
            depth += inside.chars[i] == '(' ? 1 : -1;
    }
    return depth == 0 && !text_starts(inside, TEXT("?")) ? inside : in;
}

static bool is_pattern(struct arena *compile, struct text posix)
{
    regex_t compiled;
    if (posix.n >= LIMIT_PATTERN_BYTES || memchr(posix.chars, 0, posix.n) != NULL ||
        regcomp(&compiled, text_chars(compile, posix), REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    regfree(&compiled);
    return true;
}

bool schema_pattern_in(struct arena *compile, struct text ecma, struct text *posix)
{
    bool from_start = text_starts(ecma, TEXT("^")),
         to_end = text_ends(ecma, TEXT("$")) && !text_ends(ecma, TEXT("\\$"));
    struct text inner =
        text_cut(ecma, from_start, ecma.n - (size_t)from_start - (size_t)to_end);
    if (ecma.n >= LIMIT_PATTERN_BYTES || (is_choice(inner) && (from_start || to_end)))
        return false; /* an anchor belongs to one side of the choice only */
    struct translating t = {.in = from_start && to_end ? unwrapped(inner) : inner};
    buf_init(&t.out, compile);
    bool in_brackets = !(from_start && to_end) && is_choice(inner);
    buf_chars(&t.out, from_start ? "" : ".*");
    buf_chars(&t.out, in_brackets ? "(" : "");
    while (t.at < t.in.n)
        if (!next(&t))
            return false;
    buf_chars(&t.out, in_brackets ? ")" : "");
    buf_chars(&t.out, to_end ? "" : ".*");
    *posix = buf_done(&t.out);
    return is_pattern(compile, *posix);
}
