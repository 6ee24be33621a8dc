/* JSON behind our bounds.
 *
 * What is plain is read at once (json_plain.c). Any other text is read twice: first by a
 * walk that knows only brackets, strings and numbers and sees to depth, digits and NULs,
 * for jansson turns decimals into binary fractions before anybody can ask; then by
 * jansson, which sees to the grammar, UTF-8 and duplicates. The walk also knows the JSON
 * Pointer of every place, so a refusal can name it. */
#include "engine/base/json.h"

#include <math.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/decimal.h"
#include "engine/base/json_plain.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"

enum {
    REAL_EXPONENT_MAX = 300 /* well inside a double's normal range */
};

struct level {
    bool is_object;
    bool wants_key;
    struct text key; /* as written, between the quotes; no chars before the first */
    uint32_t index;
};

struct walk {
    const char *at;
    const char *end;
    struct level levels[LIMIT_JSON_DEPTH];
    unsigned depth;
};

static bool walk_step(struct walk *walk, struct err *err);
static bool walk_string(struct walk *walk, struct err *err);
static bool walk_number(struct walk *walk, struct err *err);
static bool number_fits(struct text number);
static void pointer_here(const struct walk *walk, char pointer[ERR_POINTER_BYTES]);
static bool refuse_syntax(struct text t, const json_error_t *said, struct err *err);
static json_t *item_at(const json_t *array, struct text part);
static json_t *member_at(const json_t *object, struct text part);
static struct text write_with(struct arena *arena, const json_t *json, size_t flags);

json_t *json_read(struct text t, struct err *err)
{
    json_error_t said;
    size_t bad_at;
    if (t.n > LIMIT_JSON_BYTES) {
        err_set(err, ERR_TOO_LARGE, "the JSON has %zu bytes; at most %d are taken", t.n,
                LIMIT_JSON_BYTES);
        return NULL;
    }
    if (!utf8_valid(t, &bad_at)) {
        err_set(err, ERR_BAD_DATA, "the JSON is not UTF-8 at byte %zu", bad_at + 1);
        return NULL;
    }
    json_t *json = t.n == 0 ? NULL : json_plain_read(t);
    if (json != NULL)
        return json;
    struct walk walk = {.at = t.chars, .end = t.chars + t.n};
    while (walk.at < walk.end)
        if (!walk_step(&walk, err))
            return NULL;
    json = json_loadb(t.n == 0 ? "" : t.chars, t.n,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &said);
    if (json == NULL)
        refuse_syntax(t, &said, err);
    return json;
}

struct text json_write(struct arena *arena, const json_t *json)
{
    struct buf out;
    buf_init(&out, arena);
    json_plain_write(&out, json);
    return buf_done(&out);
}

struct text json_write_sorted(struct arena *arena, const json_t *json)
{
    return write_with(arena, json, JSON_COMPACT | JSON_SORT_KEYS);
}

struct text json_write_pretty(struct arena *arena, const json_t *json)
{
    return write_with(arena, json, JSON_INDENT(2));
}

json_t *json_at(const json_t *json, struct text pointer)
{
    json_t *at = (json_t *)json;
    if (pointer.n == 0)
        return at;
    if (text_split(&pointer, '/').n > 0)
        return NULL;
    for (bool more = true; more && at != NULL;) {
        struct text whole = pointer;
        struct text part = text_split(&pointer, '/');
        more = part.n < whole.n;
        at = json_is_array(at) ? item_at(at, part) : member_at(at, part);
    }
    return at;
}

void json_pointer_add(char *pointer, size_t room, struct text member)
{
    static const char cut_mark[] = "…";
    size_t n = strlen(pointer);
    if (n + 1 + sizeof cut_mark > room)
        return;
    pointer[n++] = '/';
    for (size_t i = 0; i < member.n; i++) {
        char c = member.chars[i];
        const char *piece = c == '~' ? "~0" : c == '/' ? "~1" : (char[2]){c, '\0'};
        size_t more = strlen(piece);
        if (n + more + sizeof cut_mark > room) {
            while (n > 0 && ((unsigned char)pointer[n - 1] & 0xC0) == 0x80)
                n--; /* whole code points only */
            if (n > 0 && ((unsigned char)pointer[n - 1] & 0x80) != 0)
                n--;
            memcpy(pointer + n, cut_mark, sizeof cut_mark);
            return;
        }
        memcpy(pointer + n, piece, more);
        n += more;
    }
    pointer[n] = '\0';
}

json_t *json_text(struct text t)
{
    json_t *json = json_stringn(t.n == 0 ? "" : t.chars, t.n);
    must(json != NULL);
    return json;
}

struct text json_text_of(const json_t *json)
{
    if (!json_is_string(json))
        return TEXT("");
    return (struct text){json_string_value(json), json_string_length(json)};
}

bool json_decimal_text(const json_t *json, char out[JSON_DECIMAL_BYTES])
{
    char written[32];
    struct decimal d;
    if (json_is_integer(json)) {
        snprintf(out, JSON_DECIMAL_BYTES, "%lld", (long long)json_integer_value(json));
        return true;
    }
    if (!json_is_real(json))
        return false;
    double x = json_real_value(json);
    snprintf(written, sizeof written, "%.*g", JSON_REAL_DIGITS, x);
    double back;
    if (sscanf(written, "%lf", &back) != 1 || back != x)
        return false; /* not one of json_read's */
    if (!decimal_parse_json(text_of(written), &d))
        return false;
    decimal_print(d, out);
    return true;
}

/* Takes one token's worth off the text. What is no JSON passes: jansson will say so. */
static bool walk_step(struct walk *walk, struct err *err)
{
    struct level *top = walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
    char c = *walk->at;
    if (c == '"')
        return walk_string(walk, err);
    if (c == '-' || (c >= '0' && c <= '9'))
        return walk_number(walk, err);
    walk->at++;
    if (c == '{' || c == '[') {
        if (walk->depth == LIMIT_JSON_DEPTH) {
            err_set(err, ERR_BAD_DATA, "the JSON is nested deeper than %d levels",
                    LIMIT_JSON_DEPTH);
            pointer_here(walk, err->pointer);
            return false;
        }
        walk->levels[walk->depth++] =
            (struct level){.is_object = c == '{', .wants_key = c == '{'};
    } else if ((c == '}' || c == ']') && top != NULL) {
        walk->depth--;
    } else if (c == ',' && top != NULL) {
        top->wants_key = top->is_object;
        top->index += !top->is_object;
    } else if (c == ':' && top != NULL) {
        top->wants_key = false;
    }
    return true;
}

static bool walk_string(struct walk *walk, struct err *err)
{
    const char *from = ++walk->at;
    bool has_nul = false;
    while (walk->at < walk->end && *walk->at != '"') {
        struct text rest = {walk->at, (size_t)(walk->end - walk->at)};
        has_nul = has_nul || *walk->at == '\0' || text_starts(rest, TEXT("\\u0000"));
        walk->at += *walk->at == '\\' && rest.n > 1 ? 2 : 1;
    }
    struct level *top = walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
    if (top != NULL && top->is_object && top->wants_key && !has_nul)
        top->key = (struct text){from, (size_t)(walk->at - from)};
    if (walk->at < walk->end)
        walk->at++;
    if (!has_nul)
        return true;
    err_set(err, ERR_BAD_DATA, "a text in the JSON holds a NUL");
    pointer_here(walk, err->pointer);
    return false;
}

static bool walk_number(struct walk *walk, struct err *err)
{
    struct text number = {walk->at, 0};
    while (walk->at < walk->end && strchr("+-.0123456789eE", *walk->at) != NULL &&
           *walk->at != '\0')
        walk->at++;
    number.n = (size_t)(walk->at - number.chars);
    if (number_fits(number))
        return true;
    struct text shown = text_cut(number, 0, 40);
    err_set(err, ERR_BAD_DATA, "the number " TEXT_FMT "%s would lose digits",
            TEXT_ARG(shown), shown.n < number.n ? "…" : "");
    err_hint(err, "send it as text, in double quotes");
    pointer_here(walk, err->pointer);
    return false;
}

/* Whole numbers must fit int64, others a double without loss. */
static bool number_fits(struct text number)
{
    int64_t x, exponent = 0;
    int64_t digits = 0, zeros = 0,
            whole = 0; /* significant, at their end, before the point */
    bool is_real = false, past_point = false;
    size_t i = 0;
    for (; i < number.n && number.chars[i] != 'e' && number.chars[i] != 'E'; i++) {
        char c = number.chars[i];
        past_point = past_point || c == '.';
        if (c < '0' || c > '9')
            continue;
        zeros = c == '0' && digits > 0 ? zeros + 1 : 0;
        whole += past_point ? -(digits == 0 && c == '0') : (digits > 0 || c != '0');
        digits += digits > 0 || c != '0';
    }
    is_real = past_point || i < number.n;
    if (!is_real)
        return text_to_i64(number, &x);
    if (i < number.n && !text_to_i64(text_cut(number, i + 1, number.n), &exponent))
        return i + 1 == number.n; /* "1e": jansson will refuse it */
    if (exponent > REAL_EXPONENT_MAX || exponent < -REAL_EXPONENT_MAX)
        return digits == 0;
    int64_t magnitude = whole + exponent;
    return digits - zeros <= JSON_REAL_DIGITS &&
           (digits == 0 ||
            (magnitude <= REAL_EXPONENT_MAX && magnitude >= -REAL_EXPONENT_MAX));
}

/* The place the walk has come to, as RFC 6901 writes it. */
static void pointer_here(const struct walk *walk, char pointer[ERR_POINTER_BYTES])
{
    pointer[0] = '\0';
    for (unsigned i = 0; i < walk->depth; i++) {
        const struct level *level = &walk->levels[i];
        char index[16];
        snprintf(index, sizeof index, "%u", level->index);
        if (!level->is_object) {
            json_pointer_add(pointer, ERR_POINTER_BYTES, text_of(index));
        } else if (level->key.chars != NULL) {
            struct text quoted = {level->key.chars - 1, level->key.n + 2};
            scoped_json json_t *key =
                json_loadb(quoted.chars, quoted.n, JSON_DECODE_ANY, NULL);
            json_pointer_add(pointer, ERR_POINTER_BYTES,
                             key == NULL ? level->key : json_text_of(key));
        }
    }
}

static bool refuse_syntax(struct text t, const json_error_t *said, struct err *err)
{
    struct err none;
    struct walk walk = {.at = t.chars, .end = t.chars + t.n};
    size_t stop =
        said->position <= 1 ? 0 : (size_t)said->position - 1; /* its last byte */
    if (stop < t.n)
        walk.end = t.chars + stop;
    while (walk.at < walk.end)
        walk_step(&walk, &none);
    if (json_error_code(said) == json_error_duplicate_key)
        err_set(err, ERR_BAD_DATA, "the JSON has a member twice");
    else if (text_trim(t).n == 0)
        err_set(err, ERR_BAD_DATA, "there is no JSON: the text is empty");
    else
        err_set(err, ERR_BAD_DATA, "this is not JSON (line %d, column %d): %s",
                said->line, said->column, said->text);
    pointer_here(&walk, err->pointer);
    return false;
}

static json_t *item_at(const json_t *array, struct text part)
{
    int64_t i;
    bool is_plain = part.n > 0 && part.chars[0] >= '0' && part.chars[0] <= '9' &&
                    (part.n == 1 || part.chars[0] != '0');
    return is_plain && text_to_i64(part, &i) ? json_array_get(array, (size_t)i) : NULL;
}

static json_t *member_at(const json_t *object, struct text part)
{
    char name[1024]; /* names have at most 63 bytes; longer ones are map keys of the world
                      */
    size_t n = 0;
    for (size_t i = 0; i < part.n; i++) {
        char c = part.chars[i];
        if (n == sizeof name)
            return NULL;
        if (c == '~' && i + 1 < part.n &&
            (part.chars[i + 1] == '0' || part.chars[i + 1] == '1')) {
            c = part.chars[++i] == '0' ? '~' : '/';
        } else if (c == '~') {
            return NULL;
        }
        name[n++] = c;
    }
    return json_object_getn(object, name, n);
}

static int write_piece(const char *chars, size_t n, void *out)
{
    buf_add(out, chars, n);
    return 0;
}

/* Reals with the digits that json_read lets in: 0.1 stays 0.1. */
static struct text write_with(struct arena *arena, const json_t *json, size_t flags)
{
    struct buf out;
    buf_init(&out, arena);
    flags |= JSON_ENCODE_ANY | JSON_REAL_PRECISION(JSON_REAL_DIGITS);
    must(json_dump_callback(json, write_piece, &out, flags) == 0);
    return buf_done(&out);
}
