/* Options with their secrets filled in. */
#include "engine/run/secrets.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/env.h"
#include "engine/sys/file.h"

static bool secret_read(struct arena *turn, struct text name, const char *folder,
                        struct text *secret, struct err *err);

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!isalnum((unsigned char)name.chars[i]) && name.chars[i] != '_')
            return false;
    return name.n > 0 && name.n <= LIMIT_NAME_BYTES;
}

static bool piece_text(struct arena *turn, const json_t *piece, const char *folder,
                       struct text *out, struct err *err)
{
    if (json_is_string(piece)) {
        *out = json_text_of(piece);
        return true;
    }
    struct text name = json_text_of(json_object_get(piece, "secret"));
    if (!is_name(name))
        return err_set(err, ERR_BROKEN,
                       "an option of the environment is neither text nor secret");
    return secret_read(turn, name, folder, out, err);
}

bool secrets_text(struct arena *arena, const json_t *piece, const char *folder,
                  struct text *out, struct err *err)
{
    if (!piece_text(arena, piece, folder, out, err))
        return false;
    *out = text_dup(arena, *out);
    return true;
}

/* One string of a string, a piece, or a list of pieces. */
static json_t *joined(struct arena *turn, const json_t *value, const char *folder,
                      struct err *err)
{
    struct buf out;
    buf_init(&out, turn);
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *piece = json_is_array(value) ? json_array_get(value, i) : value;
        struct text part;
        if (!piece_text(turn, piece, folder, &part, err))
            return NULL;
        buf_text(&out, part);
    }
    return json_text(buf_done(&out));
}

static json_t *words(struct arena *turn, const json_t *value, const char *folder,
                     struct err *err)
{
    json_t *list = json_array();
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *word = json_is_array(value) ? json_array_get(value, i) : value;
        json_t *one = joined(turn, word, folder, err);
        if (one == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *table_of(struct arena *turn, const json_t *value, const char *folder,
                        struct err *err)
{
    json_t *rows = json_object();
    const char *name;
    json_t *item;
    json_object_foreach((json_t *)value, name, item)
    {
        json_t *one = joined(turn, item, folder, err);
        if (one == NULL) {
            json_decref(rows);
            return NULL;
        }
        json_object_set_new(rows, name, one);
    }
    return rows;
}

static const struct adapter_option *option_find(const struct adapter_option *table,
                                                const char *name)
{
    for (; table != NULL && table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static json_t *resolve_one(struct arena *turn, const struct adapter_option *option,
                           const json_t *value, const char *folder, struct err *err)
{
    switch (option->kind) {
    case ADAPTER_OPTION_TEXT:
    case ADAPTER_OPTION_NUMBER:
        return joined(turn, value, folder, err);
    case ADAPTER_OPTION_WORDS:
        return words(turn, value, folder, err);
    case ADAPTER_OPTION_TABLE:
        return table_of(turn, value, folder, err);
    }
    return NULL;
}

json_t *secrets_resolve(struct arena *turn, const struct adapter_option *table,
                        const json_t *options, const char *folder, struct err *err)
{
    json_t *resolved = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)options, name, value)
    {
        const struct adapter_option *option = option_find(table, name);
        json_t *one = NULL;
        if (option == NULL)
            err_set(err, ERR_USAGE, "there is no option \"%s\"", name);
        else
            one = resolve_one(turn, option, value, folder, err);
        if (one == NULL) {
            json_decref(resolved);
            return NULL;
        }
        json_object_set_new(resolved, name, one);
    }
    return resolved;
}

/* A file's last line end is an editor's, not the secret's. */
static bool secret_read(struct arena *turn, struct text name, const char *folder,
                        struct text *secret, struct err *err)
{
    char variable[LIMIT_NAME_BYTES + 16] = "FLOW_SECRET_";
    size_t n = strlen(variable);
    if (folder != NULL && folder[0] != '\0') {
        char *path = arena_printf(turn, "%s/" TEXT_FMT, folder, TEXT_ARG(name));
        if (file_is_there(path)) {
            if (!file_read(turn, path, LIMIT_SECRET_BYTES, secret, err))
                return err_while(err, "reading the secret \"" TEXT_FMT "\"",
                                 TEXT_ARG(name));
            if (secret->n > 0 && secret->chars[secret->n - 1] == '\n')
                secret->n--;
            return true;
        }
    }
    for (size_t i = 0; i < name.n; i++)
        variable[n++] = (char)toupper((unsigned char)name.chars[i]);
    const char *value = env_get(variable);
    if (value != NULL) {
        *secret = text_of(value);
        return true;
    }
    err_set(err, ERR_NOT_FOUND, "there is no secret \"" TEXT_FMT "\"", TEXT_ARG(name));
    return err_hint(err,
                    "put it into a file of that name in the folder given by --secrets, "
                    "or into %s",
                    variable);
}
