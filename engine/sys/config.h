/* What an operator may set: file, environment, flags, in rising order of weight. */
#ifndef ENGINE_SYS_CONFIG_H
#define ENGINE_SYS_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/text.h"

struct arena;

/* Every key as a field: texts are NUL-terminated and never NULL, durations are
 * microseconds, sizes are bytes, choices are the word itself. */
struct config {
    struct arena *arena;
#define KEY_TEXT(name, init, reload, sentence)               const char *name;
#define KEY_CHOICE(name, init, words, reload, sentence)      const char *name;
#define KEY_BOOL(name, init, reload, sentence)               bool name;
#define KEY_INT(name, init, min, max, reload, sentence)      int64_t name;
#define KEY_DURATION(name, init, min, max, reload, sentence) int64_t name;
#define KEY_SIZE(name, init, min, max, reload, sentence)     int64_t name;
#include "engine/sys/config.def"
#undef KEY_TEXT
#undef KEY_CHOICE
#undef KEY_BOOL
#undef KEY_INT
#undef KEY_DURATION
#undef KEY_SIZE
};

/* All defaults. Texts are kept on the arena. */
void config_init(struct config *config, struct arena *arena);

/* `key = value` a line, `#` begins a comment. */
MUST_USE bool config_read_file(struct config *config, const char *path, struct err *err);
/* FLOW_KEY_NAME for each key. */
MUST_USE bool config_read_environment(struct config *config, struct err *err);
/* One key, as a flag or a line gives it. */
MUST_USE bool config_set(struct config *config, struct text key, struct text value,
                         struct err *err);

/* Takes over from `fresh` what may change while running; names what may not and differs
 * in the log. */
void config_reload(struct config *config, const struct config *fresh);

/* The keys with default, bounds and meaning: `flowd --config-help`. */
void config_help(FILE *out);

#endif
