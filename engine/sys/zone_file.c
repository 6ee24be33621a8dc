/* A TZif file is a table of shifts, and a rule for the years after it, in the form of the
 * TZ variable of POSIX: CST6CDT,M3.2.0,M11.1.0. Both become one table here. */
#include "engine/sys/zone_file.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/vec.h"
#include "engine/base/when.h"
#include "engine/sys/file.h"

enum { FILE_BYTES_MAX = 64 << 10, HEADER_BYTES = 44, YEAR_LAST = 2100, NAME_MAX_ = 64 };

struct reading {
    struct arena *arena;
    VEC(struct zone_shift) shifts;
};

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.chars[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && strchr("_+-/", c) == NULL)
            return false;
    }
    return name.n > 0 && name.n < NAME_MAX_ && name.chars[0] != '/';
}

/* ---- the table ---- */

static int64_t big_endian(const char *chars, size_t bytes)
{
    uint64_t x = (chars[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes; i++)
        x = x << 8 | (unsigned char)chars[i];
    return (int64_t)x;
}

struct header {
    size_t utc_n, standard_n, leaps_n, times_n, types_n, chars_n;
};

static bool read_header(struct text bytes, struct header *out)
{
    size_t *counts[] = {&out->utc_n,   &out->standard_n, &out->leaps_n,
                        &out->times_n, &out->types_n,    &out->chars_n};
    if (bytes.n < HEADER_BYTES || memcmp(bytes.chars, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++) {
        int64_t n = big_endian(bytes.chars + 20 + 4 * i, 4);
        if (n < 0 || n > FILE_BYTES_MAX)
            return false;
        *counts[i] = (size_t)n;
    }
    return out->types_n > 0;
}

static size_t body_bytes(const struct header *h, size_t time_bytes)
{
    return h->times_n * (time_bytes + 1) + h->types_n * 6 + h->chars_n +
           h->leaps_n * (time_bytes + 4) + h->standard_n + h->utc_n;
}

static void add_shift(struct reading *r, int64_t from, int64_t offset)
{
    bool is_new = r->shifts.n == 0 || (vec_last(&r->shifts).offset != offset &&
                                       vec_last(&r->shifts).from < from);
    struct zone_shift shift = {from, offset};
    if (is_new)
        vec_push(r->arena, &r->shifts, shift);
}

static bool read_table(struct reading *r, const struct header *h, const char *chars)
{
    const int64_t seconds_most = INT64_MAX / WHEN_SECOND;
    const char *kinds = chars + h->times_n * 8, *types = kinds + h->times_n;
    add_shift(r, INT64_MIN, big_endian(types, 4) * WHEN_SECOND);
    for (size_t i = 0; i < h->times_n; i++) {
        int64_t at = big_endian(chars + 8 * i, 8);
        size_t kind = (unsigned char)kinds[i];
        if (kind >= h->types_n || at > seconds_most)
            return false;
        if (at > -seconds_most)
            add_shift(r, at * WHEN_SECOND, big_endian(types + 6 * kind, 4) * WHEN_SECOND);
    }
    return true;
}

/* ---- the rule ---- */

struct rule_day { /* M3.2.0/2: March, second Sunday, 02:00 */
    int month, week, day;
    int64_t time;
};

static bool skip_char(struct text *t, char c)
{
    if (t->n == 0 || t->chars[0] != c)
        return false;
    *t = text_cut(*t, 1, t->n - 1);
    return true;
}

static bool read_number(struct text *t, int64_t most, int64_t *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < t->n && n < 4 && t->chars[n] >= '0' && t->chars[n] <= '9'; n++)
        *out = *out * 10 + (t->chars[n] - '0');
    *t = text_cut(*t, n, t->n - n);
    return n > 0 && *out <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_clock(struct text *t, int64_t *out)
{
    int64_t part, unit = WHEN_HOUR;
    bool minus = skip_char(t, '-');
    if (!minus)
        (void)skip_char(t, '+');
    *out = 0;
    do {
        if (!read_number(t, unit == WHEN_HOUR ? 167 : 59, &part))
            return false;
        *out += part * unit;
        unit /= 60;
    } while (unit >= WHEN_SECOND && skip_char(t, ':'));
    *out = minus ? -*out : *out;
    return true;
}

static bool skip_zone_name(struct text *t)
{
    bool is_quoted = skip_char(t, '<');
    size_t n = 0;
    while (n < t->n && (is_quoted ? t->chars[n] != '>'
                                  : strchr("+-0123456789,", t->chars[n]) == NULL))
        n++;
    *t = text_cut(*t, n, t->n - n);
    return n >= 3 && (!is_quoted || skip_char(t, '>'));
}

static bool read_rule_day(struct text *t, struct rule_day *out)
{
    int64_t month, week, day;
    if (!skip_char(t, ',') || !skip_char(t, 'M') || !read_number(t, 12, &month) ||
        !skip_char(t, '.') || !read_number(t, 5, &week) || !skip_char(t, '.') ||
        !read_number(t, 6, &day) || month < 1 || week < 1)
        return false;
    *out = (struct rule_day){(int)month, (int)week, (int)day, 2 * WHEN_HOUR};
    return !skip_char(t, '/') || read_clock(t, &out->time);
}

/* When clocks that are `offset` ahead show what the rule says for that year. */
static int64_t rule_instant(const struct rule_day *rule, int year, int64_t offset)
{
    int32_t first, next;
    (void)when_date_join(year, rule->month, 1, &first);
    next = when_add_months(first, 1);
    int32_t weekday = (int32_t)(((first + 4) % 7 + 7) % 7); /* Sunday is 0 */
    int32_t date = first + (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
    if (date >= next) /* week 5 is the last one */
        date -= 7;
    return date * WHEN_DAY + rule->time - offset;
}

static void add_years(struct reading *r, const struct rule_day *begins, int64_t summer,
                      const struct rule_day *ends, int64_t standard)
{
    int year = 1970, month, day;
    int64_t last = vec_last(&r->shifts).from;
    if (last > 0)
        when_date_split(when_date_of(last), &year, &month, &day);
    for (; year <= YEAR_LAST; year++) {
        int64_t on = rule_instant(begins, year, standard);
        int64_t off = rule_instant(ends, year, summer);
        add_shift(r, on < off ? on : off, on < off ? summer : standard);
        add_shift(r, on < off ? off : on, on < off ? standard : summer);
    }
}

/* CST6CDT,M3.2.0,M11.1.0: offsets count westwards. */
static bool read_rule(struct reading *r, struct text t)
{
    struct rule_day begins, ends;
    int64_t standard, summer;
    if (t.n == 0)
        return true; /* the table is all there is to know */
    if (!skip_zone_name(&t) || !read_clock(&t, &standard))
        return false;
    if (t.n == 0) {
        if (r->shifts.n == 1)
            r->shifts.at[0].offset = -standard;
        return true;
    }
    if (!skip_zone_name(&t))
        return false;
    summer = standard - WHEN_HOUR;
    if (t.n > 0 && t.chars[0] != ',' && !read_clock(&t, &summer))
        return false;
    if (!read_rule_day(&t, &begins) || !read_rule_day(&t, &ends) || t.n > 0)
        return false;
    add_years(r, &begins, -summer, &ends, -standard);
    return true;
}

/* ---- the file ---- */

static bool read_file(struct reading *r, struct text bytes)
{
    struct header h;
    if (!read_header(bytes, &h) || bytes.chars[4] < '2')
        return false;
    size_t skipped = HEADER_BYTES + body_bytes(&h, 4);
    if (skipped > bytes.n)
        return false;
    bytes = text_cut(bytes, skipped, bytes.n - skipped);
    if (!read_header(bytes, &h))
        return false;
    size_t end = HEADER_BYTES + body_bytes(&h, 8);
    if (end + 2 > bytes.n || !read_table(r, &h, bytes.chars + HEADER_BYTES))
        return false;
    return bytes.chars[end] == '\n' && bytes.chars[bytes.n - 1] == '\n' &&
           read_rule(r, text_cut(bytes, end + 1, bytes.n - end - 2));
}

bool zone_read(struct arena *arena, const char *folder, struct text name,
               struct zone *out, struct err *err)
{
    struct reading r = {.arena = arena};
    struct text bytes;
    *out = (struct zone){0};
    if (text_is_chars(name, "UTC"))
        return true;
    if (!is_name(name))
        return err_set(err, ERR_BAD_DATA, "\"" TEXT_FMT "\" is no name of a time zone",
                       TEXT_ARG(name));
    const char *path =
        arena_printf(arena, "%s/" TEXT_FMT,
                     folder != NULL ? folder : "/usr/share/zoneinfo", TEXT_ARG(name));
    if (!file_read(arena, path, FILE_BYTES_MAX, &bytes, err))
        return err_while(err, "reading the time zone " TEXT_FMT, TEXT_ARG(name));
    if (!read_file(&r, bytes))
        return err_set(err, ERR_BROKEN, "%s holds no time zone", path);
    *out = (struct zone){r.shifts.at, r.shifts.n};
    return true;
}
