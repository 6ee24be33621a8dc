/* One event a line: a fixed phrase to search for, then key=value. */
#ifndef ENGINE_SYS_LOG_H
#define ENGINE_SYS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/id.h"
#include "engine/base/text.h"

enum log_level {
    LOG_LEVEL_ERROR, /* somebody must do something */
    LOG_LEVEL_WARN,  /* somebody should know */
    LOG_LEVEL_INFO,  /* for the operator's next decision */
    LOG_LEVEL_DEBUG  /* for us */
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum log_kind { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_ID, LOG_KIND_ERR };

struct log_field {
    const char *name;
    enum log_kind kind;
    union {
        struct text text;
        int64_t whole;
        const struct id *id;
        const struct err *err;
    };
};

/* What stands behind the phrase. LOG_ERR gives error=… (and while=…, hint=…). */
#define LOG_TEXT(key, value) ((struct log_field){key, LOG_KIND_TEXT, {.text = (value)}})
#define LOG_CHARS(key, value)                                                            \
    ((struct log_field){key, LOG_KIND_TEXT, {.text = text_of(value)}})
#define LOG_INT(key, value)                                                              \
    ((struct log_field){key, LOG_KIND_INT, {.whole = (int64_t)(value)}})
#define LOG_ID(key, value) ((struct log_field){key, LOG_KIND_ID, {.id = &(value)}})
#define LOG_ERR(value)     ((struct log_field){"error", LOG_KIND_ERR, {.err = (value)}})

/* `log_info("node started", LOG_TEXT("node", name), LOG_INT("shards", n));` */
#define log_error(phrase, ...)                                                           \
    log_event(LOG_LEVEL_ERROR, phrase,                                                   \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define log_warn(phrase, ...)                                                            \
    log_event(LOG_LEVEL_WARN, phrase,                                                    \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define log_info(phrase, ...)                                                            \
    log_event(LOG_LEVEL_INFO, phrase,                                                    \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define log_debug(phrase, ...)                                                           \
    (log_wants_debug()                                                                   \
         ? log_event(LOG_LEVEL_DEBUG, phrase,                                            \
                     (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})          \
         : (void)0)

/* Lines go to the descriptor `fd` (stderr: 2) from `level` up; a test may give -1: to
 * nobody. Before log_open() they are text on stderr from LOG_LEVEL_INFO up. */
void log_open(int fd, enum log_format format, enum log_level level);
void log_level_set(enum log_level level);
bool log_wants_debug(void);
const char *log_level_name(enum log_level level);
bool log_level_of(struct text name, enum log_level *out);

void log_event(enum log_level level, const char *phrase, const struct log_field *fields);

enum { LOG_RING_LINES = 64, LOG_LINE_BYTES = 1024 };

/* The last lines, oldest first, whatever their level: for the report of a crash. Safe in
 * a signal handler. */
void log_ring_write(int fd);

/* How many lines of this level were said since the start: for tests and metrics. */
uint64_t log_count(enum log_level level);

#endif
