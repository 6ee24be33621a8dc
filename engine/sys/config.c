/* What an operator may set: reading it, judging it, explaining it. */
#include "engine/sys/config.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/when.h"
#include "engine/sys/env.h"
#include "engine/sys/file.h"
#include "engine/sys/log.h"

enum { FILE_BYTES_MAX = 1 << 20, NAME_BYTES_MAX = 64 };

enum key_kind {
    KEY_OF_TEXT,
    KEY_OF_CHOICE,
    KEY_OF_BOOL,
    KEY_OF_INT,
    KEY_OF_DURATION,
    KEY_OF_SIZE
};

static const char *const kind_names[] = {"text", "one of",   "bool",
                                         "int",  "duration", "size"};

struct key {
    const char *name;
    enum key_kind kind;
    size_t place;
    const char *init;
    const char *least; /* bounds as text; choices: the words */
    const char *most;
    bool reloads;
    const char *sentence;
};

#define AT(name) offsetof(struct config, name)
static const struct key keys[] = {
#define KEY_TEXT(name, init, reload, sentence)                                           \
    {#name, KEY_OF_TEXT, AT(name), init, "", "", reload, sentence},
#define KEY_CHOICE(name, init, words, reload, sentence)                                  \
    {#name, KEY_OF_CHOICE, AT(name), init, words, "", reload, sentence},
#define KEY_BOOL(name, init, reload, sentence)                                           \
    {#name, KEY_OF_BOOL, AT(name), #init, "", "", reload, sentence},
#define KEY_INT(name, init, min, max, reload, sentence)                                  \
    {#name, KEY_OF_INT, AT(name), #init, #min, #max, reload, sentence},
#define KEY_DURATION(name, init, min, max, reload, sentence)                             \
    {#name, KEY_OF_DURATION, AT(name), init, min, max, reload, sentence},
#define KEY_SIZE(name, init, min, max, reload, sentence)                                 \
    {#name, KEY_OF_SIZE, AT(name), init, min, max, reload, sentence},
#include "engine/sys/config.def"
#undef KEY_TEXT
#undef KEY_CHOICE
#undef KEY_BOOL
#undef KEY_INT
#undef KEY_DURATION
#undef KEY_SIZE
};
#undef AT

enum { KEYS = sizeof keys / sizeof *keys };

static const struct key *key_find(struct text name);
static bool key_set(struct config *config, const struct key *key, struct text value,
                    struct err *err);
static bool number_read(enum key_kind kind, struct text t, int64_t *out);

void config_init(struct config *config, struct arena *arena)
{
    memset(config, 0, sizeof *config);
    config->arena = arena;
    for (unsigned i = 0; i < KEYS; i++) {
        struct err err = {0};
        must(key_set(config, &keys[i], text_of(keys[i].init), &err));
    }
}

bool config_set(struct config *config, struct text name, struct text value,
                struct err *err)
{
    const struct key *key = key_find(name);
    if (key != NULL)
        return key_set(config, key, value, err);
    err_set(err, ERR_USAGE, "there is no key \"" TEXT_FMT "\"", TEXT_ARG(name));
    unsigned nearest = 3;
    for (unsigned i = 0; i < KEYS; i++) {
        unsigned d = text_distance(name, text_of(keys[i].name), nearest);
        if (d < nearest) {
            nearest = d;
            err_hint(err, "did you mean \"%s\"? (flowd --config-help lists all)",
                     keys[i].name);
        }
    }
    return false;
}

static struct text unquoted(struct text value)
{
    if (value.n >= 2 && value.chars[0] == '"' && value.chars[value.n - 1] == '"')
        return text_cut(value, 1, value.n - 2);
    return value;
}

bool config_read_file(struct config *config, const char *path, struct err *err)
{
    struct text rest;
    if (!file_read(config->arena, path, FILE_BYTES_MAX, &rest, err))
        return err_while(err, "reading the configuration");
    for (unsigned number = 1; rest.n > 0; number++) {
        struct text line = text_trim(text_split(&rest, '\n'));
        if (line.n == 0 || line.chars[0] == '#')
            continue;
        struct text value = line;
        struct text name = text_trim(text_split(&value, '='));
        if (name.n == line.n)
            return err_set(err, ERR_USAGE, "%s:%u: a line is `key = value`", path,
                           number);
        if (!config_set(config, name, unquoted(text_trim(value)), err))
            return err_while(err, "%s:%u", path, number);
    }
    return true;
}

bool config_read_environment(struct config *config, struct err *err)
{
    for (unsigned i = 0; i < KEYS; i++) {
        char variable[NAME_BYTES_MAX] = "FLOW_";
        for (size_t j = 0; keys[i].name[j] != '\0' && j + 6 < sizeof variable; j++)
            variable[5 + j] = (char)toupper((unsigned char)keys[i].name[j]);
        const char *value = env_get(variable);
        if (value != NULL && !key_set(config, &keys[i], text_of(value), err))
            return err_while(err, "reading %s from the environment", variable);
    }
    return true;
}

static const struct key *key_find(struct text name)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (text_is_chars(name, keys[i].name))
            return &keys[i];
    return NULL;
}

static bool is_word_of(struct text words, struct text word)
{
    while (words.n > 0)
        if (text_is(text_split(&words, ' '), word))
            return true;
    return false;
}

static bool refuse(struct err *err, const struct key *key, struct text value)
{
    err_set(err, ERR_USAGE, "\"" TEXT_FMT "\" cannot be the value of %s", TEXT_ARG(value),
            key->name);
    if (key->kind == KEY_OF_CHOICE)
        return err_hint(err, "one of: %s", key->least);
    if (key->kind == KEY_OF_BOOL)
        return err_hint(err, "true or false");
    return err_hint(err, "a %s from %s to %s, such as %s", kind_names[key->kind],
                    key->least, key->most, key->init);
}

static bool key_set(struct config *config, const struct key *key, struct text value,
                    struct err *err)
{
    char *place = (char *)config + key->place;
    int64_t number = 0, least = 0, most = 0;
    switch (key->kind) {
    case KEY_OF_CHOICE:
        if (!is_word_of(text_of(key->least), value))
            return refuse(err, key, value);
        *(const char **)place = text_chars(config->arena, value);
        return true;
    case KEY_OF_TEXT:
        *(const char **)place = text_chars(config->arena, value);
        return true;
    case KEY_OF_BOOL:
        if (!text_is_chars(value, "true") && !text_is_chars(value, "false"))
            return refuse(err, key, value);
        *(bool *)place = text_is_chars(value, "true");
        return true;
    case KEY_OF_INT:
    case KEY_OF_DURATION:
    case KEY_OF_SIZE:
        must(number_read(key->kind, text_of(key->least), &least));
        must(number_read(key->kind, text_of(key->most), &most));
        if (!number_read(key->kind, value, &number) || number < least || number > most)
            return refuse(err, key, value);
        *(int64_t *)place = number;
        return true;
    }
    return false;
}

static bool number_read(enum key_kind kind, struct text t, int64_t *out)
{
    if (kind == KEY_OF_DURATION)
        return when_duration_parse_short(t, out);
    if (kind == KEY_OF_INT)
        return text_to_i64(t, out);
    static const struct {
        const char *name;
        int shift;
    } units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    int shift = 0;
    for (unsigned i = 0; i < sizeof units / sizeof *units; i++)
        if (text_ends(t, text_of(units[i].name))) {
            shift = units[i].shift;
            t.n -= 3;
        }
    if (!text_to_i64(t, out) || *out < 0 || *out > (INT64_MAX >> shift))
        return false;
    *out <<= shift;
    return true;
}

static bool is_same(const struct key *key, const char *a, const char *b)
{
    switch (key->kind) {
    case KEY_OF_TEXT:
    case KEY_OF_CHOICE:
        return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
    case KEY_OF_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case KEY_OF_INT:
    case KEY_OF_DURATION:
    case KEY_OF_SIZE:
        return *(const int64_t *)a == *(const int64_t *)b;
    }
    return false;
}

static void take_over(struct config *config, const struct key *key, char *to,
                      const char *from)
{
    switch (key->kind) {
    case KEY_OF_TEXT:
    case KEY_OF_CHOICE:
        *(const char **)to =
            text_chars(config->arena, text_of(*(const char *const *)from));
        break;
    case KEY_OF_BOOL:
        *(bool *)to = *(const bool *)from;
        break;
    case KEY_OF_INT:
    case KEY_OF_DURATION:
    case KEY_OF_SIZE:
        *(int64_t *)to = *(const int64_t *)from;
        break;
    }
}

void config_reload(struct config *config, const struct config *fresh)
{
    for (unsigned i = 0; i < KEYS; i++) {
        char *to = (char *)config + keys[i].place;
        const char *from = (const char *)fresh + keys[i].place;
        if (is_same(&keys[i], to, from))
            continue;
        if (keys[i].reloads) {
            take_over(config, &keys[i], to, from);
            log_info("configuration changed", LOG_CHARS("key", keys[i].name));
        } else {
            log_warn("configuration needs a restart", LOG_CHARS("key", keys[i].name));
        }
    }
}

void config_help(FILE *out)
{
    fprintf(out,
            "Each key is a line `key = value` of the file given by --config,\n"
            "and FLOW_KEY in the environment. R: SIGHUP takes a new value over.\n\n");
    for (unsigned i = 0; i < KEYS; i++) {
        const struct key *key = &keys[i];
        fprintf(out, "%-17s %c %s", key->name, key->reloads ? 'R' : ' ',
                kind_names[key->kind]);
        if (key->kind == KEY_OF_CHOICE)
            fprintf(out, " %s", key->least);
        else if (key->most[0] != '\0')
            fprintf(out, " %s to %s", key->least, key->most);
        fprintf(out, "; default %s\n                    %s\n",
                key->init[0] == '\0' ? "empty" : key->init, key->sentence);
    }
}
