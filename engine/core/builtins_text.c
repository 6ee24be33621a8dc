/* The functions of the library that work on texts. */
#include "engine/core/builtins.h"

#include "engine/base/utf8.h"

static bool are_texts(struct eval_machine *m, const char *name, const struct value *args,
                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (args[i].kind != VALUE_TEXT)
            return builtin_refuse(m, name, args[i]);
    return true;
}

/* The next place of `mark` in `t` from `from` on; t.n: none. */
static size_t find(struct text t, size_t from, struct text mark)
{
    if (t.n - from < mark.n)
        return t.n;
    const char *at = memmem(t.chars + from, t.n - from, mark.chars, mark.n);
    return at != NULL ? (size_t)(at - t.chars) : t.n;
}

static uint32_t occurrences(struct text t, struct text mark)
{
    uint32_t n = 0;
    for (size_t at = find(t, 0, mark); at < t.n; at = find(t, at + mark.n, mark))
        n++;
    return n;
}

/* An empty separator splits nothing off: the text is the only piece. */
bool builtin_SPLIT(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    if (!are_texts(m, "split of", args, n))
        return false;
    struct text t = value_text_of(args[0]), mark = value_text_of(args[1]);
    uint32_t pieces = mark.n > 0 ? occurrences(t, mark) + 1 : 1;
    struct value *items = eval_array(m, struct value, pieces);
    if (items == NULL || !eval_burn(m, pieces + t.n / 16))
        return false;
    size_t from = 0;
    for (uint32_t i = 0; i < pieces; i++) {
        size_t to = i + 1 < pieces ? find(t, from, mark) : t.n;
        items[i] = value_text(text_cut(t, from, to - from));
        items[i].is_private = args[0].is_private;
        from = to + mark.n;
    }
    return eval_made(m, value_list(items, pieces), out);
}

bool builtin_JOIN(struct eval_machine *m, const struct value *args, uint32_t n,
                  struct value *out)
{
    (void)n;
    size_t bytes = 0;
    if (args[0].kind != VALUE_LIST)
        return builtin_refuse(m, "join of", args[0]);
    if (!are_texts(m, "join of", args[0].items, args[0].n) ||
        !are_texts(m, "join with", args + 1, 1) || !eval_burn(m, args[0].n))
        return false;
    for (uint32_t i = 0; i < args[0].n; i++)
        bytes += args[0].items[i].n + (i > 0 ? args[1].n : 0);
    char *chars = eval_room(m, bytes + 1), *at = chars;
    if (chars == NULL)
        return false;
    for (uint32_t i = 0; i < args[0].n; i++) {
        struct text mark = i > 0 ? value_text_of(args[1]) : (struct text){"", 0};
        struct text piece = value_text_of(args[0].items[i]);
        at = mempcpy(at, mark.chars, mark.n);
        at = mempcpy(at, piece.chars, piece.n);
    }
    *out = value_text((struct text){chars, bytes});
    return true;
}

static bool shifted(struct eval_machine *m, const char *name, struct value v, char first,
                    char last, struct value *out)
{
    if (!are_texts(m, name, &v, 1))
        return false;
    char *chars = eval_room(m, (size_t)v.n + 1);
    if (chars == NULL || !eval_burn(m, v.n / 8))
        return false;
    for (uint32_t i = 0; i < v.n; i++)
        chars[i] = v.chars[i] >= first && v.chars[i] <= last ? (char)(v.chars[i] ^ 0x20)
                                                             : v.chars[i];
    *out = value_text((struct text){chars, v.n});
    return true;
}

bool builtin_UPPER(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    return shifted(m, "upper of", args[0], 'a', 'z', out);
}

bool builtin_LOWER(struct eval_machine *m, const struct value *args, uint32_t n,
                   struct value *out)
{
    (void)n;
    return shifted(m, "lower of", args[0], 'A', 'Z', out);
}

bool builtin_TRIM(struct eval_machine *m, const struct value *args, uint32_t n,
                  struct value *out)
{
    if (!are_texts(m, "trim of", args, n))
        return false;
    *out = value_text(text_trim(value_text_of(args[0])));
    return true;
}

bool builtin_MATCHES(struct eval_machine *m, const struct value *args, uint32_t n,
                     struct value *out)
{
    bool fits;
    if (!are_texts(m, "matches of", args, n) ||
        !eval_matches(m, value_text_of(args[0]), value_text_of(args[1]), &fits))
        return false;
    *out = value_bool(fits);
    return true;
}

/* Replacing the empty text changes nothing. */
bool builtin_REPLACE(struct eval_machine *m, const struct value *args, uint32_t n,
                     struct value *out)
{
    if (!are_texts(m, "replace of", args, n))
        return false;
    struct text t = value_text_of(args[0]), from = value_text_of(args[1]),
                to = value_text_of(args[2]);
    uint32_t times = from.n > 0 ? occurrences(t, from) : 0;
    char *chars = eval_room(m, t.n - times * from.n + times * to.n + 1), *at = chars;
    if (chars == NULL || !eval_burn(m, times + t.n / 16))
        return false;
    size_t done = 0;
    for (uint32_t i = 0; i < times; i++) {
        size_t next = find(t, done, from);
        at = mempcpy(at, t.chars + done, next - done);
        at = mempcpy(at, to.chars, to.n);
        done = next + from.n;
    }
    at = mempcpy(at, t.chars + done, t.n - done);
    *out = value_text((struct text){chars, (size_t)(at - chars)});
    return true;
}

bool builtin_STARTS_WITH(struct eval_machine *m, const struct value *args, uint32_t n,
                         struct value *out)
{
    if (!are_texts(m, "starts_with of", args, n))
        return false;
    *out = value_bool(text_starts(value_text_of(args[0]), value_text_of(args[1])));
    return true;
}

bool builtin_LENGTH(struct eval_machine *m, const struct value *args, uint32_t n,
                    struct value *out)
{
    if (!are_texts(m, "length of", args, n) || !eval_burn(m, args[0].n / 16))
        return false;
    *out = value_int((int64_t)utf8_count(value_text_of(args[0])));
    return true;
}
