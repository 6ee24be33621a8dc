/* One event a line, to a descriptor and to the ring of last lines. */
#include "engine/sys/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/when.h"
#include "engine/sys/clock.h"

/* A line is made in place, in the ring, without allocating: what does not fit is cut. */
struct line {
    char chars[LOG_LINE_BYTES];
    size_t n;
};

static struct {
    int fd;
    enum log_format format;
    enum log_level level;
    struct line ring[LOG_RING_LINES];
    uint64_t lines;
    uint64_t counts[LOG_LEVEL_DEBUG + 1];
} the_log = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static void line_add(struct line *line, struct text t);
static void line_text(struct line *line, enum log_level level, const char *phrase,
                      const struct log_field *fields);
static void line_json(struct line *line, enum log_level level, const char *phrase,
                      const struct log_field *fields);
static void write_all(int fd, const char *chars, size_t n);

void log_open(int fd, enum log_format format, enum log_level level)
{
    the_log.fd = fd;
    the_log.format = format;
    the_log.level = level;
}

void log_level_set(enum log_level level)
{
    the_log.level = level;
}

bool log_wants_debug(void)
{
    return the_log.level == LOG_LEVEL_DEBUG;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_of(struct text name, enum log_level *out)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (text_is_chars(name, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

uint64_t log_count(enum log_level level)
{
    return the_log.counts[level];
}

void log_event(enum log_level level, const char *phrase, const struct log_field *fields)
{
    struct line *line = &the_log.ring[the_log.lines % LOG_RING_LINES];
    line->n = 0;
    if (the_log.format == LOG_FORMAT_JSON)
        line_json(line, level, phrase, fields);
    else
        line_text(line, level, phrase, fields);
    if (line->n == sizeof line->chars)
        line->n--;
    line->chars[line->n++] = '\n';
    the_log.lines++;
    the_log.counts[level]++;
    if (level <= the_log.level && the_log.fd >= 0)
        write_all(the_log.fd, line->chars, line->n);
}

void log_ring_write(int fd)
{
    uint64_t first = the_log.lines > LOG_RING_LINES ? the_log.lines - LOG_RING_LINES : 0;
    for (uint64_t i = first; i < the_log.lines; i++) {
        const struct line *line = &the_log.ring[i % LOG_RING_LINES];
        write_all(fd, line->chars, line->n);
    }
}

/* Nothing useful can be done about a log that cannot be written. */
static void write_all(int fd, const char *chars, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, chars, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return;
        chars += wrote, n -= (size_t)wrote;
    }
}

static void line_add(struct line *line, struct text t)
{
    size_t room = sizeof line->chars - line->n;
    size_t n = t.n < room ? t.n : room;
    memcpy(line->chars + line->n, t.chars, n);
    line->n += n;
}

static void line_chars(struct line *line, const char *chars)
{
    line_add(line, text_of(chars));
}

static void line_int(struct line *line, int64_t whole)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)whole);
    line_chars(line, digits);
}

static void line_escaped(struct line *line, struct text t)
{
    line_chars(line, "\"");
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.chars[i];
        char escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c == '\n')
            snprintf(escape, sizeof escape, "\\n");
        else if (c < 0x20 || c == 0x7f)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            snprintf(escape, sizeof escape, "%c", c);
        line_chars(line, escape);
    }
    line_chars(line, "\"");
}

static bool is_bare(struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.chars[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return false;
    }
    return t.n > 0;
}

static void stamp(char out[WHEN_TEXT_BYTES])
{
    when_instant_print(clock_wall() / 1000 * 1000, out);
}

static void line_pair_text(struct line *line, const char *name, struct text value)
{
    line_chars(line, " ");
    line_chars(line, name);
    line_chars(line, "=");
    if (is_bare(value))
        line_add(line, value);
    else
        line_escaped(line, value);
}

static void line_pair_json(struct line *line, const char *name, struct text value)
{
    line_chars(line, ",\"");
    line_chars(line, name);
    line_chars(line, "\":");
    line_escaped(line, value);
}

typedef void line_pair(struct line *line, const char *name, struct text value);

static void line_err(struct line *line, line_pair *pair, const struct log_field *field)
{
    pair(line, field->name, text_of(field->err->what));
    if (field->err->trail[0] != '\0')
        pair(line, "while", text_of(field->err->trail));
    if (field->err->hint[0] != '\0')
        pair(line, "hint", text_of(field->err->hint));
}

static void line_text(struct line *line, enum log_level level, const char *phrase,
                      const struct log_field *fields)
{
    char at[WHEN_TEXT_BYTES], id[ID_TEXT_BYTES];
    stamp(at);
    line_chars(line, at);
    line_chars(line, " ");
    line_chars(line, level_names[level]);
    line_chars(line, " ");
    line_chars(line, phrase);
    for (; fields->kind != LOG_KIND_END; fields++) {
        switch (fields->kind) {
        case LOG_KIND_END:
            break;
        case LOG_KIND_TEXT:
            line_pair_text(line, fields->name, fields->text);
            break;
        case LOG_KIND_INT:
            line_chars(line, " ");
            line_chars(line, fields->name);
            line_chars(line, "=");
            line_int(line, fields->whole);
            break;
        case LOG_KIND_ID:
            line_pair_text(line, fields->name, id_print(*fields->id, id));
            break;
        case LOG_KIND_ERR:
            line_err(line, line_pair_text, fields);
            break;
        }
    }
}

static void line_json(struct line *line, enum log_level level, const char *phrase,
                      const struct log_field *fields)
{
    char at[WHEN_TEXT_BYTES], id[ID_TEXT_BYTES];
    stamp(at);
    line_chars(line, "{\"at\":\"");
    line_chars(line, at);
    line_chars(line, "\",\"level\":\"");
    line_chars(line, level_names[level]);
    line_chars(line, "\",\"event\":");
    line_escaped(line, text_of(phrase));
    for (; fields->kind != LOG_KIND_END; fields++) {
        switch (fields->kind) {
        case LOG_KIND_END:
            break;
        case LOG_KIND_TEXT:
            line_pair_json(line, fields->name, fields->text);
            break;
        case LOG_KIND_INT:
            line_chars(line, ",\"");
            line_chars(line, fields->name);
            line_chars(line, "\":");
            line_int(line, fields->whole);
            break;
        case LOG_KIND_ID:
            line_pair_json(line, fields->name, id_print(*fields->id, id));
            break;
        case LOG_KIND_ERR:
            line_err(line, line_pair_json, fields);
            break;
        }
    }
    line_chars(line, "}");
}
