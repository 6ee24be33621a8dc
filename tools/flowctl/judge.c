/* Data against the types of a deployed flow. */
#include "tools/flowctl/judge.h"

#include <string.h>

#include "dsl/ir_pack.h"
#include "engine/base/limits.h"

static bool load(struct judge *judge, struct err *err);
static bool is_overtaken(struct judge *judge, bool *out, struct err *err);
static bool fits(const struct judge *judge, struct arena *arena, const json_t *data,
                 const char **key, struct err *err);

bool judge_open(struct judge *judge, struct kit *kit, const char *name, bool is_start,
                struct err *err)
{
    *judge = (struct judge){.kit = kit, .name = name, .is_start = is_start};
    return load(judge, err);
}

void judge_close(struct judge *judge)
{
    arena_free(judge->program);
    json_decref(judge->settings);
    judge->program = NULL;
    judge->settings = NULL;
    judge->ir = NULL;
}

bool judge_data(struct judge *judge, struct arena *arena, const json_t *data,
                const char **key, struct err *err)
{
    struct err later = {0};
    bool overtaken;
    if (judge->ir == NULL || fits(judge, arena, data, key, err))
        return true;
    if (!is_overtaken(judge, &overtaken, &later) || !overtaken)
        return false;
    judge_close(judge);
    if (!load(judge, err))
        return false;
    *err = (struct err){0};
    return judge->ir == NULL || fits(judge, arena, data, key, err);
}

static bool fits(const struct judge *judge, struct arena *arena, const json_t *data,
                 const char **key, struct err *err)
{
    struct value value;
    struct text found;
    if (!judge->is_start)
        return advance_check_event(arena, judge->ir, &judge->environment, judge->event,
                                   data, &value, err);
    if (!advance_check_start(arena, judge->ir, &judge->environment, data, text_of(*key),
                             &found, err))
        return false;
    if (found.n > 0)
        *key = text_chars(arena, found);
    return true;
}

/* The row that says by which version is judged. */
static const char *sql_of(const struct judge *judge)
{
    return judge->is_start
               ? "SELECT hash FROM flow.programs WHERE flow = $1 ORDER BY version DESC "
                 "LIMIT 1"
               : "SELECT hash FROM flow.events WHERE event = $1";
}

static bool is_overtaken(struct judge *judge, bool *out, struct err *err)
{
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&judge->kit->client, sql_of(judge), &reply, err, judge->name))
        return false;
    *out = reply.n == 1 && !text_is_chars(reply_text(&reply, 0, 0), judge->hash);
    return true;
}

static bool load_settings(struct judge *judge, struct err *err)
{
    scoped_reply struct reply reply = {0};
    if (!client_ask(&judge->kit->client,
                    "SELECT version, settings::text FROM flow.settings", 0, NULL, &reply,
                    err))
        return false;
    if (reply.n == 0)
        return true;
    struct text settings = reply_text(&reply, 0, 1);
    judge->settings = json_loadb(settings.chars, settings.n, 0, NULL);
    judge->environment = (struct environment){
        .settings = judge->settings, .version = (uint32_t)reply_i64(&reply, 0, 0)};
    return true;
}

static bool load(struct judge *judge, struct err *err)
{
    struct err ignored = {0};
    struct client *client = &judge->kit->client;
    scoped_reply struct reply version = {0}, reply = {0};
    if (!client_ask_with(client, sql_of(judge), &version, err, judge->name))
        return false;
    if (version.n == 0)
        return true;
    judge->hash = text_chars(judge->kit->cli->arena, reply_text(&version, 0, 0));
    if (!client_ask_with(client, "SELECT image FROM flow.programs WHERE hash = $1",
                         &reply, err, judge->hash) ||
        !load_settings(judge, err))
        return false;
    judge->program = arena_new("program", LIMIT_PROGRAM_BYTES);
    judge->ir =
        ir_unpack(judge->program, reply_bytes(judge->program, &reply, 0, 0), &ignored);
    judge->event = judge->ir == NULL || judge->is_start
                       ? IR_NONE
                       : ir_find_event(judge->ir, text_of(judge->name));
    if (!judge->is_start && judge->event == IR_NONE)
        judge->ir = NULL;
    return true;
}
