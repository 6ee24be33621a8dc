/* The calendar as arithmetic: days are counted in eras of 400 years that begin on the
 * first of March, so that a leap day is the last day of its year (Howard Hinnant's
 * algorithms). */
#include "engine/base/when.h"

#include <stdio.h>

enum {
    YEAR_MIN = 1,
    YEAR_MAX = 9999,
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
    FRACTION_DIGITS = 6
};

/* One unit of a duration's text, the largest first. */
struct unit {
    const char *name;
    int64_t size;
};

static const struct unit short_units[] = {
    {"w", 7 * WHEN_DAY}, {"d", WHEN_DAY},    {"h", WHEN_HOUR},
    {"m", WHEN_MINUTE},  {"s", WHEN_SECOND}, {"ms", WHEN_SECOND / 1000},
};

enum { SHORT_UNITS = sizeof short_units / sizeof *short_units };

static bool take_digits(struct text *t, size_t n, int *out);
static bool take_mark(struct text *t, char mark);
static bool take_count(struct text *t, int64_t *out);
static bool take_fraction(struct text *t, int64_t *out);
static bool take_date(struct text *t, int32_t *out);
static bool take_offset(struct text *t, int64_t *out);
static bool take_iso_part(struct text *t, bool is_time, const struct unit **last,
                          int64_t *sum);
static bool add_units(int64_t *sum, int64_t count, int64_t size);
static int month_days(int year, int month);
static int64_t floor_div(int64_t a, int64_t b);
static uint64_t size_of(int64_t duration);

bool when_instant_parse(struct text t, int64_t *out)
{
    int32_t date;
    int hour, minute, second;
    int64_t fraction = 0, offset;
    if (!take_date(&t, &date) || !(take_mark(&t, 'T') || take_mark(&t, 't')) ||
        !take_digits(&t, 2, &hour) || !take_mark(&t, ':') ||
        !take_digits(&t, 2, &minute) || !take_mark(&t, ':') ||
        !take_digits(&t, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59) /* 60 would be a leap second */
        return false;
    if (take_mark(&t, '.') && !take_fraction(&t, &fraction))
        return false;
    if (!take_offset(&t, &offset) || t.n > 0)
        return false;
    int64_t instant = date * WHEN_DAY + hour * WHEN_HOUR + minute * WHEN_MINUTE +
                      second * WHEN_SECOND + fraction - offset;
    int32_t first, last;
    when_date_join(YEAR_MIN, 1, 1, &first);
    when_date_join(YEAR_MAX, 12, 31, &last);
    if (instant < first * WHEN_DAY || instant >= (last + 1) * WHEN_DAY)
        return false;
    *out = instant;
    return true;
}

struct text when_instant_print(int64_t instant, char out[WHEN_TEXT_BYTES])
{
    int year, month, day;
    int32_t date = when_date_of(instant);
    when_date_split(date, &year, &month, &day);
    int64_t left = instant - date * WHEN_DAY;
    int seconds = (int)(left / WHEN_SECOND), fraction = (int)(left % WHEN_SECOND);
    int n = snprintf(out, WHEN_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                     day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction > 0) {
        n += snprintf(out + n, WHEN_TEXT_BYTES - (size_t)n, ".%06d", fraction);
        while (out[n - 1] == '0')
            n--;
    }
    n += snprintf(out + n, WHEN_TEXT_BYTES - (size_t)n, "Z");
    return (struct text){out, (size_t)n};
}

bool when_date_parse(struct text t, int32_t *out)
{
    int32_t date;
    if (!take_date(&t, &date) || t.n > 0)
        return false;
    *out = date;
    return true;
}

struct text when_date_print(int32_t date, char out[WHEN_TEXT_BYTES])
{
    int year, month, day;
    when_date_split(date, &year, &month, &day);
    int n = snprintf(out, WHEN_TEXT_BYTES, "%04d-%02d-%02d", year, month, day);
    return (struct text){out, (size_t)n};
}

void when_date_split(int32_t date, int *year, int *month, int *day)
{
    int64_t days = (int64_t)date + EPOCH_DAYS;
    int64_t era = floor_div(days, ERA_DAYS);
    int64_t of_era = days - era * ERA_DAYS;
    int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(year_of_era + era * ERA_YEARS + (*month <= 2));
}

bool when_date_join(int year, int month, int day, int32_t *out)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month))
        return false;
    int from_march = month <= 2 ? year - 1 : year;
    int era = from_march / ERA_YEARS;
    int year_of_era = from_march % ERA_YEARS;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    *out = era * ERA_DAYS + of_era - EPOCH_DAYS;
    return true;
}

int32_t when_date_of(int64_t instant)
{
    return (int32_t)floor_div(instant, WHEN_DAY);
}

int32_t when_add_months(int32_t date, int64_t months)
{
    int year, month, day;
    int32_t out = date;
    when_date_split(date, &year, &month, &day);
    int64_t first = YEAR_MIN * 12, last = YEAR_MAX * 12 + 11; /* months since year 0 */
    int64_t at = (int64_t)year * 12 + month - 1;
    if (months > last - at)
        return when_date_join(YEAR_MAX, 12, 31, &out) ? out : date;
    if (months < first - at)
        return when_date_join(YEAR_MIN, 1, 1, &out) ? out : date;
    at += months;
    year = (int)(at / 12);
    month = (int)(at % 12) + 1;
    int days = month_days(year, month);
    when_date_join(year, month, day < days ? day : days, &out);
    return out;
}

bool when_duration_parse(struct text t, int64_t *out)
{
    const struct unit *last = NULL;
    int64_t sum = 0;
    bool minus = take_mark(&t, '-');
    if (!take_mark(&t, 'P') || t.n == 0)
        return false;
    for (bool is_time = false; t.n > 0;) {
        if (!is_time && take_mark(&t, 'T')) {
            is_time = true;
            if (t.n == 0)
                return false;
        }
        if (!take_iso_part(&t, is_time, &last, &sum))
            return false;
    }
    *out = minus ? -sum : sum;
    return true;
}

struct text when_duration_print(int64_t duration, char out[WHEN_TEXT_BYTES])
{
    size_t n = 0;
    uint64_t left = size_of(duration);
    const uint64_t sizes[] = {WHEN_DAY, WHEN_HOUR, WHEN_MINUTE};
    if (duration < 0)
        out[n++] = '-';
    out[n++] = 'P';
    for (int i = 0; i < 3; i++) {
        uint64_t count = left / sizes[i];
        left %= sizes[i];
        if (i == 1 && (count > 0 || left > 0))
            out[n++] = 'T';
        if (count > 0)
            n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "%llu%c",
                                  (unsigned long long)count, "DHM"[i]);
    }
    int seconds = (int)(left / WHEN_SECOND), fraction = (int)(left % WHEN_SECOND);
    if (fraction > 0) {
        n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "%d.%06d", seconds, fraction);
        while (out[n - 1] == '0')
            n--;
        n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "S");
    } else if (seconds > 0) {
        n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "%dS", seconds);
    } else if (duration == 0) {
        n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "T0S");
    }
    out[n] = '\0';
    return (struct text){out, n};
}

bool when_duration_parse_short(struct text t, int64_t *out)
{
    int64_t sum = 0;
    if (t.n == 0)
        return false;
    for (size_t next = 0; t.n > 0;) {
        int64_t count;
        if (!take_count(&t, &count))
            return false;
        struct text unit = t;
        for (unit.n = 0; unit.n < t.n && t.chars[unit.n] >= 'a';)
            unit.n++;
        while (next < SHORT_UNITS && !text_is_chars(unit, short_units[next].name))
            next++; /* 30m1h is a slip of the pen */
        if (next == SHORT_UNITS || !add_units(&sum, count, short_units[next].size))
            return false;
        next++;
        t = text_cut(t, unit.n, t.n);
    }
    *out = sum;
    return true;
}

struct text when_duration_print_short(int64_t duration, char out[WHEN_TEXT_BYTES])
{
    size_t n = 0;
    uint64_t left = size_of(duration);
    bool is_weeks = left % (uint64_t)(7 * WHEN_DAY) == 0;
    left -= left % 1000;
    if (duration < 0 && left > 0)
        out[n++] = '-';
    if (left == 0)
        n = (size_t)snprintf(out, WHEN_TEXT_BYTES, "0s");
    for (size_t i = is_weeks ? 0 : 1; i < SHORT_UNITS && left > 0; i++) {
        uint64_t count = left / (uint64_t)short_units[i].size;
        left %= (uint64_t)short_units[i].size;
        if (count > 0)
            n += (size_t)snprintf(out + n, WHEN_TEXT_BYTES - n, "%llu%s",
                                  (unsigned long long)count, short_units[i].name);
    }
    return (struct text){out, n};
}

static bool take_digits(struct text *t, size_t n, int *out)
{
    int x = 0;
    if (t->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (t->chars[i] < '0' || t->chars[i] > '9')
            return false;
        x = x * 10 + (t->chars[i] - '0');
    }
    *t = text_cut(*t, n, t->n);
    *out = x;
    return true;
}

static bool take_mark(struct text *t, char mark)
{
    if (t->n == 0 || t->chars[0] != mark)
        return false;
    *t = text_cut(*t, 1, t->n);
    return true;
}

static bool take_count(struct text *t, int64_t *out)
{
    struct text digits = *t;
    for (digits.n = 0; digits.n < t->n; digits.n++)
        if (t->chars[digits.n] < '0' || t->chars[digits.n] > '9')
            break;
    *t = text_cut(*t, digits.n, t->n);
    return text_to_i64(digits, out);
}

/* Digits behind a point, as microseconds. What is finer is dropped. */
static bool take_fraction(struct text *t, int64_t *out)
{
    int digit;
    size_t n = 0;
    *out = 0;
    for (; take_digits(t, 1, &digit); n++)
        if (n < FRACTION_DIGITS)
            *out = *out * 10 + digit;
    for (size_t i = n; i < FRACTION_DIGITS; i++)
        *out *= 10;
    return n > 0;
}

static bool take_date(struct text *t, int32_t *out)
{
    int year, month, day;
    return take_digits(t, 4, &year) && take_mark(t, '-') && take_digits(t, 2, &month) &&
           take_mark(t, '-') && take_digits(t, 2, &day) &&
           when_date_join(year, month, day, out);
}

static bool take_offset(struct text *t, int64_t *out)
{
    int hours, minutes;
    *out = 0;
    if (take_mark(t, 'Z') || take_mark(t, 'z'))
        return true;
    bool west = take_mark(t, '-');
    if ((!west && !take_mark(t, '+')) || !take_digits(t, 2, &hours) ||
        !take_mark(t, ':') || !take_digits(t, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *out = (hours * WHEN_HOUR + minutes * WHEN_MINUTE) * (west ? -1 : 1);
    return true;
}

/* "2D", "1H", "0.5S": each unit once, in falling order; a fraction only of seconds. Years
 * and months have no fixed length. */
static bool take_iso_part(struct text *t, bool is_time, const struct unit **last,
                          int64_t *sum)
{
    static const struct unit units[] = {{"W", 7 * WHEN_DAY},
                                        {"D", WHEN_DAY},
                                        {"H", WHEN_HOUR},
                                        {"M", WHEN_MINUTE},
                                        {"S", WHEN_SECOND}};
    int64_t count, fraction = 0;
    if (!take_count(t, &count))
        return false;
    bool has_fraction = take_mark(t, '.');
    if (has_fraction && !take_fraction(t, &fraction))
        return false;
    const struct unit *from = is_time ? units + 2 : units;
    const struct unit *end = is_time ? units + 5 : units + 2;
    for (const struct unit *unit = from; unit < end; unit++)
        if (take_mark(t, unit->name[0])) {
            if (*last != NULL && unit <= *last)
                return false;
            *last = unit;
            return (!has_fraction || unit == units + 4) &&
                   add_units(sum, count, unit->size) && add_units(sum, fraction, 1);
        }
    return false;
}

static bool add_units(int64_t *sum, int64_t count, int64_t size)
{
    int64_t more;
    return !__builtin_mul_overflow(count, size, &more) &&
           !__builtin_add_overflow(*sum, more, sum);
}

static int month_days(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % ERA_YEARS == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static uint64_t size_of(int64_t duration)
{
    return duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
}
