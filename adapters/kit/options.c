/* What a .bind file says of an adapter, read by the adapter's own table. */
#include "adapters/kit/options.h"

#include "engine/base/buf.h"
#include "engine/base/json.h"

static bool option_fits(const struct adapter_option *option, const json_t *value,
                        struct err *err);
static bool unknown_option(const struct adapter_option *table, const char *name,
                           struct err *err);

static const struct adapter_option *option_find(const struct adapter_option *table,
                                                const char *name)
{
    for (; table->name != NULL; table++)
        if (text_is_chars(text_of(name), table->name))
            return table;
    return NULL;
}

bool options_check(const struct adapter_option *table, const json_t *options,
                   struct err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)options, name, value)
    {
        const struct adapter_option *option = option_find(table, name);
        if (option == NULL)
            return unknown_option(table, name, err);
        if (!option_fits(option, value, err))
            return false;
    }
    for (const struct adapter_option *option = table; option->name != NULL; option++)
        if (option->is_needed && json_object_get(options, option->name) == NULL) {
            err_set(err, ERR_BAD_DATA, "the option \"%s\" is missing", option->name);
            return err_hint(err, "%s: %s", option->name, option->sentence);
        }
    return true;
}

static bool unknown_option(const struct adapter_option *table, const char *name,
                           struct err *err)
{
    err_set(err, ERR_BAD_DATA, "there is no option \"%.63s\"", name);
    if (table->name == NULL)
        return err_hint(err, "this adapter has no options");
    char names[ERR_HINT_BYTES] = "";
    size_t n = 0;
    for (; table->name != NULL && n < sizeof names; table++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "",
                              table->name);
    return err_hint(err, "its options are %s", names);
}

static bool text_fits(const struct adapter_option *option, const json_t *value,
                      struct err *err)
{
    if (!json_is_string(value))
        return err_set(err, ERR_BAD_DATA, "the option \"%s\" is not a text",
                       option->name);
    struct text t = json_text_of(value);
    if (memchr(t.chars, '\0', t.n) != NULL || (int64_t)t.n > option->most)
        return err_set(err, ERR_BAD_DATA,
                       "the option \"%s\" is longer than %lld bytes, or holds a NUL",
                       option->name, (long long)option->most);
    return true;
}

static bool number_fits(const struct adapter_option *option, const json_t *value,
                        struct err *err)
{
    int64_t number;
    if (json_is_string(value) && text_to_i64(json_text_of(value), &number) &&
        number >= option->least && number <= option->most)
        return true;
    return err_set(err, ERR_BAD_DATA,
                   "the option \"%s\" is not a whole number from %lld to %lld",
                   option->name, (long long)option->least, (long long)option->most);
}

static bool words_fit(const struct adapter_option *option, const json_t *value,
                      struct err *err)
{
    size_t n = json_array_size(value);
    bool fit = json_is_array(value) && n > 0 && (int64_t)n <= option->most;
    for (size_t i = 0; fit && i < n; i++) {
        struct text word = json_text_of(json_array_get(value, i));
        fit = json_is_string(json_array_get(value, i)) &&
              memchr(word.chars, '\0', word.n) == NULL;
    }
    return fit || err_set(err, ERR_BAD_DATA, "the option \"%s\" is not 1 to %lld texts",
                          option->name, (long long)option->most);
}

static bool table_fits(const struct adapter_option *option, const json_t *value,
                       struct err *err)
{
    bool fits = json_is_object(value) && (int64_t)json_object_size(value) <= option->most;
    const char *name;
    json_t *item;
    if (fits)
        json_object_foreach((json_t *)value, name, item) fits =
            fits && json_is_string(item);
    return fits || err_set(err, ERR_BAD_DATA,
                           "the option \"%s\" is not at most %lld names with a text each",
                           option->name, (long long)option->most);
}

static bool option_fits(const struct adapter_option *option, const json_t *value,
                        struct err *err)
{
    switch (option->kind) {
    case ADAPTER_OPTION_TEXT:
        return text_fits(option, value, err);
    case ADAPTER_OPTION_NUMBER:
        return number_fits(option, value, err);
    case ADAPTER_OPTION_WORDS:
        return words_fit(option, value, err);
    case ADAPTER_OPTION_TABLE:
        return table_fits(option, value, err);
    }
    must(false);
    return false;
}

struct text options_text(const struct adapter_option *table, const json_t *options,
                         const char *name)
{
    const json_t *value = json_object_get(options, name);
    return value != NULL ? json_text_of(value)
                         : text_of(option_find(table, name)->standard);
}

int64_t options_number(const struct adapter_option *table, const json_t *options,
                       const char *name)
{
    int64_t number = 0;
    must(text_to_i64(options_text(table, options, name), &number));
    return number;
}

const json_t *options_words(const json_t *options, const char *name)
{
    return json_object_get(options, name);
}

const json_t *options_table(const json_t *options, const char *name)
{
    return json_object_get(options, name);
}
