/* A calendar as an environment's document has it. */
#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/when.h"
#include "engine/core/calendar.h"

static bool read_day(const json_t *json, uint32_t *out)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    for (uint32_t i = 0; i < 7; i++)
        if (text_is_chars(json_text_of(json), names[i])) {
            *out = i;
            return true;
        }
    return false;
}

/* "08:30" */
static bool read_time(const json_t *json, int64_t *out)
{
    struct text t = json_text_of(json);
    int64_t hours, minutes;
    if (t.n != 5 || t.chars[2] != ':' || !text_to_i64(text_cut(t, 0, 2), &hours) ||
        !text_to_i64(text_cut(t, 3, 2), &minutes) || hours < 0 || minutes < 0 ||
        minutes > 59)
        return false;
    *out = hours * WHEN_HOUR + minutes * WHEN_MINUTE;
    return *out <= WHEN_DAY;
}

/* In its place among the others of the day; with what it touches it is one. */
static bool add_span(struct calendar_day *day, struct calendar_span span)
{
    uint32_t n = 0;
    struct calendar_day made = {0};
    for (uint32_t i = 0; i < day->n; i++) {
        struct calendar_span old = day->spans[i];
        if (old.to < span.from || old.from > span.to)
            continue;
        span.from = old.from < span.from ? old.from : span.from;
        span.to = old.to > span.to ? old.to : span.to;
    }
    for (uint32_t i = 0; i < day->n; i++)
        if (day->spans[i].to < span.from)
            made.spans[n++] = day->spans[i];
    if (n == LIMIT_CALENDAR_SPANS)
        return false;
    made.spans[n++] = span;
    for (uint32_t i = 0; i < day->n; i++) {
        if (day->spans[i].from <= span.to)
            continue;
        if (n == LIMIT_CALENDAR_SPANS)
            return false;
        made.spans[n++] = day->spans[i];
    }
    made.n = n;
    *day = made;
    return true;
}

static bool read_open(struct calendar *c, const json_t *row, struct err *err)
{
    uint32_t first, last;
    struct calendar_span span;
    if (!read_day(json_object_get(row, "first_day"), &first) ||
        !read_day(json_object_get(row, "last_day"), &last) ||
        !read_time(json_object_get(row, "from"), &span.from) ||
        !read_time(json_object_get(row, "to"), &span.to) || span.from >= span.to)
        return err_set(err, ERR_BAD_DATA, "the opening hours cannot be read");
    for (uint32_t day = first;; day = (day + 1) % 7) {
        if (!add_span(&c->days[day], span))
            return err_set(err, ERR_TOO_LARGE, "it opens more than %d times a day",
                           LIMIT_CALENDAR_SPANS);
        if (day == last)
            return true;
    }
}

static bool read_closed(struct arena *arena, struct calendar *c, const json_t *closed,
                        struct err *err)
{
    size_t n = json_array_size(closed);
    int32_t *dates = arena_array(arena, int32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        int32_t date;
        if (!when_date_parse(json_text_of(json_array_get(closed, i)), &date))
            return err_set(err, ERR_BAD_DATA, "a closed day cannot be read");
        uint32_t at = c->closed_n++;
        for (; at > 0 && dates[at - 1] > date; at--)
            dates[at] = dates[at - 1];
        dates[at] = date;
        if (at > 0 && dates[at - 1] == date) { /* said twice */
            for (uint32_t k = at; k + 1 < c->closed_n; k++)
                dates[k] = dates[k + 1];
            c->closed_n--;
        }
    }
    c->closed = dates;
    return true;
}

bool calendar_read(struct arena *arena, struct text name, const json_t *json,
                   struct zone zone, struct calendar *out, struct err *err)
{
    size_t i;
    json_t *row;
    bool is_open = false;
    *out = (struct calendar){.name = text_dup(arena, name), .zone = zone};
    json_array_foreach(json_object_get(json, "open"), i, row)
    {
        if (!read_open(out, row, err))
            return false;
    }
    for (int day = 0; day < 7; day++)
        is_open = is_open || out->days[day].n > 0;
    return read_closed(arena, out, json_object_get(json, "closed"), err) &&
           (is_open || err_set(err, ERR_BAD_DATA, "it is never open"));
}
