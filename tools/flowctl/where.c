/* Read here, judged by the database: a value is a parameter and never a part of its text.
 */
#include "tools/flowctl/where.h"

#include <string.h>

#include "engine/base/json.h"
#include "engine/base/when.h"

static const struct {
    const char *name;
    enum { WORD, NUMBER, MOMENT } kind;
} fields[] = {{"key", WORD},          {"flow", WORD},      {"version", NUMBER},
              {"status", WORD},       {"state", WORD},     {"since", MOMENT},
              {"started_at", MOMENT}, {"ended_at", MOMENT}};

static const char *const operators[] = {"!=", "<=", ">=", "=", "<", ">"};

static void skip_blanks(struct text *rest)
{
    while (rest->n > 0 && (rest->chars[0] == ' ' || rest->chars[0] == '\t'))
        *rest = text_cut(*rest, 1, rest->n);
}

/* Up to a blank or an operator; or what stands between quotes. */
static struct text take_word(struct text *rest)
{
    size_t n = 0;
    skip_blanks(rest);
    if (rest->n > 0 && (rest->chars[0] == '"' || rest->chars[0] == '\'')) {
        char quote = rest->chars[0];
        *rest = text_cut(*rest, 1, rest->n);
        return text_split(rest, quote);
    }
    while (n < rest->n && strchr(" \t=!<>", rest->chars[n]) == NULL)
        n++;
    struct text word = text_cut(*rest, 0, n);
    *rest = text_cut(*rest, n, rest->n);
    return word;
}

static const char *take_operator(struct text *rest)
{
    skip_blanks(rest);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (text_starts(*rest, text_of(operators[i]))) {
            *rest = text_cut(*rest, strlen(operators[i]), rest->n);
            return operators[i];
        }
    return NULL;
}

static bool slip(struct err *err, const char *what, struct text at)
{
    err_set(err, ERR_USAGE, "--where: %s, at \"" TEXT_FMT "\"", what, TEXT_ARG(at));
    return err_hint(err,
                    "write it like   status = parked and version < 4 and since < 2h; "
                    "fields are key, flow, version, status, state, since, started_at "
                    "and ended_at");
}

/* As PostgreSQL reads it; NULL: it is none of this field. */
static const char *value_of(struct kit *kit, size_t field, struct text given)
{
    struct arena *arena = kit->cli->arena;
    char chars[WHEN_TEXT_BYTES];
    int64_t number, span, at;
    int32_t day;
    if (fields[field].kind == NUMBER && !text_to_i64(given, &number))
        return NULL;
    if (fields[field].kind != MOMENT)
        return text_chars(arena, given);
    if (when_date_parse(given, &day))
        at = day * WHEN_DAY;
    else if (when_duration_parse_short(given, &span))
        at = kit->now - span;
    else if (!when_instant_parse(given, &at))
        return NULL;
    return text_chars(arena, when_instant_print(at, chars));
}

static bool read_one(struct kit *kit, struct text *rest, json_t *all, struct err *err)
{
    struct text at = *rest, name = take_word(rest);
    size_t field = 0;
    while (field < sizeof fields / sizeof *fields &&
           !text_is_chars(name, fields[field].name))
        field++;
    if (field == sizeof fields / sizeof *fields)
        return slip(err, "there is no such field", name);
    const char *how = take_operator(rest);
    if (how == NULL)
        return slip(err, "one of = != < <= > >= is missing", at);
    struct text given = take_word(rest);
    const char *value = value_of(kit, field, given);
    if (value == NULL)
        return slip(
            err, fields[field].kind == NUMBER ? "this is no number" : "this is no moment",
            given);
    json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "f", fields[field].name, "op",
                                         how, "v", value));
    return true;
}

bool where_read(struct kit *kit, const char **out, struct err *err)
{
    const char *given = cli_option(kit->cli, "where");
    struct text rest = text_of(given);
    scoped_json json_t *all = json_array();
    *out = NULL;
    if (given == NULL)
        return true;
    for (;;) {
        if (!read_one(kit, &rest, all, err))
            return false;
        struct text and = take_word(&rest);
        if (and.n == 0 && rest.n == 0)
            break;
        if (!text_is_chars(and, "and"))
            return slip(err, "only `and` stands between conditions", and);
    }
    *out = json_write(kit->cli->arena, all).chars;
    return true;
}
