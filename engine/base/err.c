/* What went wrong: filled in place, cut where it would not fit, and fit for one line of a
 * terminal whatever the input was. */
#include "engine/base/err.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/utf8.h"

enum { NAME_ROOM = 24 };

static const struct {
    const char *name;
    int exit;
    int http;
    const char *sqlstate;
    const char *sentence;
} codes[] = {
#define CODE(name, exit, http, sqlstate, sentence)                                       \
    {#name, exit, http, sqlstate, sentence},
#include "engine/base/err_codes.def"
#undef CODE
};

enum { CODES = sizeof codes / sizeof *codes };

static char small_names[CODES][NAME_ROOM];

static void append(char *out, size_t room, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void tidy_up(char *chars);
static size_t whole_code_points(const char *chars, size_t n);

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
    char what[ERR_WHAT_BYTES] = ""; /* `err`'s own texts may be among the arguments */
    va_list args;
    va_start(args, format);
    append(what, sizeof what, format, args);
    va_end(args);
    *err = (struct err){.code = code};
    memcpy(err->what, what, sizeof what);
    return false;
}

bool err_while(struct err *err, const char *format, ...)
{
    char level[ERR_TRAIL_BYTES] = "";
    va_list args;
    va_start(args, format);
    append(level, sizeof level, format, args);
    va_end(args);
    size_t n = strlen(err->trail);
    size_t room = sizeof err->trail - n;
    int wrote = snprintf(err->trail + n, room, "%s%s", n > 0 ? "; " : "", level);
    if (wrote >= 0 && (size_t)wrote >= room)
        err->trail[n] = '\0'; /* a level that does not fit whole says nothing */
    return false;
}

bool err_hint(struct err *err, const char *format, ...)
{
    char hint[ERR_HINT_BYTES] = "";
    va_list args;
    va_start(args, format);
    append(hint, sizeof hint, format, args);
    va_end(args);
    memcpy(err->hint, hint, sizeof hint);
    return false;
}

int err_exit(enum err_code code)
{
    return codes[code].exit;
}

int err_http(enum err_code code)
{
    return codes[code].http;
}

const char *err_sqlstate(enum err_code code)
{
    return codes[code].sqlstate;
}

const char *err_name(enum err_code code)
{
    return small_names[code];
}

bool err_find(const char *name, enum err_code *out)
{
    for (size_t i = 0; i < CODES; i++)
        if (strcmp(small_names[i], name) == 0) {
            *out = (enum err_code)i;
            return true;
        }
    return false;
}

const char *err_sentence(enum err_code code)
{
    return codes[code].sentence;
}

void err_print(FILE *out, const char *program, const struct err *err)
{
    fprintf(out, "%s: %s", program,
            err->what[0] != '\0' ? err->what : codes[err->code].sentence);
    if (err->pointer[0] != '\0')
        fprintf(out, " (at %s)", err->pointer);
    fputc('\n', out);
    if (err->trail[0] != '\0')
        fprintf(out, "  while %s\n", err->trail);
    if (err->hint[0] != '\0')
        fprintf(out, "hint: %s\n", err->hint);
}

/* Before main, so that any thread may read it. */
__attribute__((constructor)) static void names_init(void)
{
    for (size_t i = 0; i < CODES; i++)
        for (size_t k = 0; k + 1 < NAME_ROOM && codes[i].name[k] != '\0'; k++)
            small_names[i][k] = (char)tolower((unsigned char)codes[i].name[k]);
}

static void append(char *out, size_t room, const char *format, va_list args)
{
    static const char cut_mark[] = "…";
    int wrote = vsnprintf(out, room, format, args);
    must(wrote >= 0);
    if ((size_t)wrote >= room) {
        size_t keep = whole_code_points(out, room - sizeof cut_mark);
        memcpy(out + keep, cut_mark, sizeof cut_mark);
    }
    tidy_up(out);
}

/* How many of the first `n` bytes remain when the last code point must be whole. */
static size_t whole_code_points(const char *chars, size_t n)
{
    while (n > 0 && ((unsigned char)chars[n] & 0xC0) == 0x80)
        n--;
    return n;
}

/* Names and data come from outside: no line ends, no terminal escapes, no broken UTF-8.
 */
static void tidy_up(char *chars)
{
    size_t bad_at;
    struct text all = text_of(chars);
    for (struct text rest = all; !utf8_valid(rest, &bad_at);) {
        size_t at = (size_t)(rest.chars - all.chars) + bad_at;
        chars[at] = '?';
        rest = text_cut(all, at + 1, all.n);
    }
    for (size_t i = 0; i < all.n; i++)
        if ((unsigned char)chars[i] < 0x20 || chars[i] == 0x7F)
            chars[i] = ' ';
}
