/* JSON without detours: one look at each byte, and what is unusual is left to jansson. */
#include "engine/base/json_plain.h"

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

enum {
    ESCAPED_BYTES = 1024, /* of one text with escapes; longer ones are read slowly */
    DIGITS_MAX = 15 /* each such number survives int64 and a double, whatever it is */
};

struct reader {
    const char *at;
    const char *end;
    unsigned depth;
};

static void skip_blanks(struct reader *r);
static json_t *read_value(struct reader *r);

json_t *json_plain_read(struct text t)
{
    struct reader r = {.at = t.chars, .end = t.chars + t.n};
    json_t *json = read_value(&r);
    skip_blanks(&r);
    if (json != NULL && r.at != r.end) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

/* The next byte that means something; NUL: the end. */
static char peek(struct reader *r)
{
    skip_blanks(r);
    return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

/* ---- texts ---- */

static char unescaped(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    }
    return '\0';
}

/* From the first escape on; `used` bytes stand before it. */
static bool read_escaped(struct reader *r, const char *from, char room[ESCAPED_BYTES],
                         struct text *out)
{
    size_t n = (size_t)(r->at - from);
    if (n > ESCAPED_BYTES)
        return false;
    memcpy(room, from, n);
    for (; r->at < r->end && *r->at != '"' && n < ESCAPED_BYTES; r->at++) {
        char c = *r->at;
        if (c == '\\') {
            r->at++;
            c = r->at < r->end ? unescaped(*r->at) : '\0';
            if (c == '\0')
                return false;
        } else if ((unsigned char)c < ' ') {
            return false;
        }
        room[n++] = c;
    }
    *out = (struct text){room, n};
    return r->at < r->end && *r->at++ == '"';
}

/* Behind the opening quote; `room` holds what had escapes. */
static bool read_text(struct reader *r, char room[ESCAPED_BYTES], struct text *out)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
           (unsigned char)*r->at >= ' ')
        r->at++;
    if (r->at == r->end || (unsigned char)*r->at < ' ')
        return false;
    if (*r->at == '\\')
        return read_escaped(r, from, room, out);
    *out = (struct text){from, (size_t)(r->at++ - from)};
    return true;
}

/* ---- numbers ---- */

/* How many there are; beyond DIGITS_MAX they are only counted. */
static size_t read_digits(struct reader *r, json_int_t *x)
{
    size_t n = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, n++)
        *x = *x <= INT64_MAX / 100 ? *x * 10 + (*r->at - '0') : *x;
    return n;
}

/* Both are whole and exact, so the quotient is the double next to the decimal. */
static double fraction(json_int_t digits, size_t behind)
{
    double power = 1;
    for (; behind > 0; behind--)
        power *= 10;
    return (double)digits / power;
}

/* No exponents, and no more digits than are surely kept. */
static json_t *read_number(struct reader *r)
{
    bool is_negative = *r->at == '-';
    json_int_t x = 0;
    r->at += is_negative;
    const char *first = r->at;
    size_t whole = read_digits(r, &x), behind = 0;
    if (whole == 0 || (whole > 1 && *first == '0'))
        return NULL;
    bool is_fraction = r->at < r->end && *r->at == '.';
    if (is_fraction) {
        r->at++;
        if ((behind = read_digits(r, &x)) == 0)
            return NULL;
    }
    if (whole + behind > DIGITS_MAX ||
        (r->at < r->end && (*r->at == 'e' || *r->at == 'E')))
        return NULL;
    if (!is_fraction)
        return json_integer(is_negative ? -x : x);
    double real = fraction(x, behind);
    return json_real(is_negative ? -real : real);
}

/* ---- values ---- */

static json_t *read_word(struct reader *r, const char *word, json_t *json)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
        return NULL;
    r->at += n;
    return json;
}

static bool read_item(struct reader *r, json_t *array)
{
    json_t *item = read_value(r);
    return item != NULL && json_array_append_new(array, item) == 0;
}

/* A member that comes twice is not plain: the object does not grow by it. */
static bool read_member(struct reader *r, json_t *object)
{
    char room[ESCAPED_BYTES];
    struct text key;
    if (!take(r, '"') || !read_text(r, room, &key) || !take(r, ':'))
        return false;
    json_t *value = read_value(r);
    size_t before = json_object_size(object);
    return value != NULL &&
           json_object_setn_new_nocheck(object, key.chars, key.n, value) == 0 &&
           json_object_size(object) == before + 1;
}

static json_t *read_many(struct reader *r, json_t *json, char end,
                         bool (*read_one)(struct reader *, json_t *))
{
    bool fits = r->depth < LIMIT_JSON_DEPTH;
    r->depth++;
    r->at++;
    if (fits && !take(r, end)) {
        do
            fits = read_one(r, json);
        while (fits && take(r, ','));
        fits = fits && take(r, end);
    }
    r->depth--;
    if (fits)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *read_value(struct reader *r)
{
    char room[ESCAPED_BYTES];
    struct text text;
    switch (peek(r)) {
    case '{':
        return read_many(r, json_object(), '}', read_member);
    case '[':
        return read_many(r, json_array(), ']', read_item);
    case '"':
        r->at++;
        return read_text(r, room, &text) ? json_stringn_nocheck(text.chars, text.n)
                                         : NULL;
    case 't':
        return read_word(r, "true", json_true());
    case 'f':
        return read_word(r, "false", json_false());
    case 'n':
        return read_word(r, "null", json_null());
    case '-':
    case '0' ... '9':
        return read_number(r);
    }
    return NULL;
}

/* ---- writing ---- */

static void write_escape(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        buf_add(out, "\\\"", 2);
        return;
    case '\\':
        buf_add(out, "\\\\", 2);
        return;
    case '\b':
        buf_add(out, "\\b", 2);
        return;
    case '\f':
        buf_add(out, "\\f", 2);
        return;
    case '\n':
        buf_add(out, "\\n", 2);
        return;
    case '\r':
        buf_add(out, "\\r", 2);
        return;
    case '\t':
        buf_add(out, "\\t", 2);
        return;
    }
    buf_printf(out, "\\u%04X", c);
}

void json_plain_write_text(struct buf *out, struct text t)
{
    size_t from = 0;
    buf_add(out, "\"", 1);
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.chars[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buf_add(out, t.chars + from, i - from);
        write_escape(out, c);
        from = i + 1;
    }
    buf_add(out, t.chars + from, t.n - from);
    buf_add(out, "\"", 1);
}

static void write_whole(struct buf *out, json_int_t x)
{
    char digits[24], *at = digits + sizeof digits;
    unsigned long long rest = x < 0 ? 0 - (unsigned long long)x : (unsigned long long)x;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (x < 0)
        *--at = '-';
    buf_add(out, at, (size_t)(digits + sizeof digits - at));
}

static int write_piece(const char *chars, size_t n, void *out)
{
    buf_add(out, chars, n);
    return 0;
}

static void write_object(struct buf *out, const json_t *json)
{
    bool is_first = true;
    void *at = json_object_iter((json_t *)json);
    buf_add(out, "{", 1);
    for (; at != NULL; at = json_object_iter_next((json_t *)json, at)) {
        if (!is_first)
            buf_add(out, ",", 1);
        is_first = false;
        json_plain_write_text(
            out, (struct text){json_object_iter_key(at), json_object_iter_key_len(at)});
        buf_add(out, ":", 1);
        json_plain_write(out, json_object_iter_value(at));
    }
    buf_add(out, "}", 1);
}

static void write_array(struct buf *out, const json_t *json)
{
    size_t n = json_array_size(json);
    buf_add(out, "[", 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add(out, ",", 1);
        json_plain_write(out, json_array_get(json, i));
    }
    buf_add(out, "]", 1);
}

void json_plain_write(struct buf *out, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        write_object(out, json);
        return;
    case JSON_ARRAY:
        write_array(out, json);
        return;
    case JSON_STRING:
        json_plain_write_text(out, json_text_of(json));
        return;
    case JSON_INTEGER:
        write_whole(out, json_integer_value(json));
        return;
    case JSON_REAL: /* with the digits that json_read lets in: 0.1 stays 0.1 */
        must(json_dump_callback(json, write_piece, out,
                                JSON_ENCODE_ANY |
                                    JSON_REAL_PRECISION(JSON_REAL_DIGITS)) == 0);
        return;
    case JSON_TRUE:
        buf_add(out, "true", 4);
        return;
    case JSON_FALSE:
        buf_add(out, "false", 5);
        return;
    case JSON_NULL:
        buf_add(out, "null", 4);
        return;
    }
}
