/* Folders that events come from: looked into, their files sent and put away. */
#include "engine/run/folders.h"

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/run/parts.h"
#include "engine/sys/clock.h"
#include "engine/sys/dice.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"
#include "engine/sys/spool.h"

enum {
    LOOK_EVERY = 1000000,      /* µs */
    CLAIM_OLD = 30 * 1000000,  /* µs: longer than a living node needs for a file */
    WHOLE_AFTER = 60 * 1000000 /* µs since the last write: it will not become JSON */
};

static void rang(void *owner);
static void declarer_came(void *owner, const struct store_version *version);
static void program_came(void *owner, struct program *program, const struct err *err);
static void sent(void *owner, const struct store_said *said);

void folders_init(struct folders *folders, struct engine *engine)
{
    *folders = (struct folders){.engine = engine, .is_wanted = true, .is_first = true};
    folders->alarm = loop_timer_new(engine->loop, rang, folders);
    folders->look = arena_new("folders", LIMIT_FOLDER_BYTES);
    folders->file = arena_new("file", LIMIT_FOLDER_BYTES);
}

void folders_deinit(struct folders *folders)
{
    json_decref(folders->data);
    loop_timer_free(folders->alarm);
    arena_free(folders->look);
    arena_free(folders->file);
}

void folders_stop(struct folders *folders)
{
    loop_timer_stop(folders->alarm);
}

static void rang(void *owner)
{
    struct folders *folders = owner;
    folders->is_wanted = true;
}

/* ---- looking ---- */

static bool open_spool(struct folders *folders, const char *path, struct spool *spool)
{
    struct err err = {0};
    if (spool_open(spool, path, &err))
        return true;
    if (!folders->is_ill)
        log_error("folder of events cannot be read", LOG_CHARS("folder", path),
                  LOG_ERR(&err));
    folders->is_ill_now = true;
    return false;
}

static void list_one(struct folders *folders, const struct hook *hook)
{
    struct arena *look = folders->look;
    struct text path = text_dup(look, hook_path(hook));
    scoped_spool struct spool spool;
    struct spool_names names;
    if (!open_spool(folders, path.chars, &spool))
        return;
    spool_list(&spool, look, LIMIT_FOLDER_LOOK - folders->entries.n, &names);
    for (uint32_t i = 0; i < names.list.n; i++) {
        struct folder_entry entry = {path, names.list.at[i].name,
                                     names.list.at[i].is_claimed};
        vec_push(look, &folders->entries, entry);
    }
}

static void look(struct folders *folders)
{
    const struct hooks *all = &folders->engine->bindings.folders;
    folders->is_wanted = false;
    folders->entries.n = folders->entries.room = folders->at = 0;
    folders->entries.at = NULL;
    arena_reset(folders->look);
    folders->is_ill_now = false;
    for (const struct hook *hook = hooks_next(all, NULL); hook != NULL;
         hook = hooks_next(all, hook))
        if (hook_is_open(hook))
            list_one(folders, hook);
    folders->is_ill = folders->is_ill_now;
    if (folders->entries.n == 0)
        folders->is_first = false;
    loop_timer_in(folders->alarm, LOOK_EVERY);
}

/* ---- one file ---- */

/* It waits in taken/ for a later look, or is gone already. */
static void leave(struct folders *folders)
{
    json_decref(folders->data);
    folders->data = NULL;
    folders->is_under_way = false;
    loop_again(folders->engine->loop);
}

static void put_away(struct folders *folders, const struct err *why)
{
    scoped_spool struct spool spool;
    struct err err = {0};
    struct text said = {0};
    if (!open_spool(folders, folders->folder, &spool)) {
        leave(folders);
        return;
    }
    if (why != NULL) {
        const char *at = why->pointer[0] != '\0' ? " at " : "";
        said =
            text_of(arena_printf(folders->file, "%s%s%s\n", why->what, at, why->pointer));
        log_warn("file is no event", LOG_CHARS("folder", folders->folder),
                 LOG_TEXT("file", folders->claimed), LOG_ERR(why));
    }
    if (!(why == NULL ? spool_done(&spool, folders->claimed, &err)
                      : spool_failed(&spool, folders->claimed, said, &err)))
        log_error("file cannot be put away", LOG_CHARS("folder", folders->folder),
                  LOG_ERR(&err));
    leave(folders);
}

/* The database, a lost race, a full house: it is tried again. */
static bool is_final(const struct err *err)
{
    switch (err->code) {
    case ERR_BAD_DATA:
    case ERR_NOT_FOUND:
    case ERR_TOO_LARGE:
    case ERR_USAGE:
    case ERR_BROKEN:
        return true;
    case ERR_OK:
    case ERR_FAILED:
    case ERR_NO_METHOD:
    case ERR_CONFLICT:
    case ERR_NOT_ALLOWED:
    case ERR_NO_TOKEN:
    case ERR_TIMED_OUT:
    case ERR_UNAVAILABLE:
    case ERR_PARTLY:
    case ERR_OVER_LIMIT:
    case ERR_BAD_FLOW:
    case ERR_NO_MEMORY:
        return false;
    }
    return false;
}

static void refused(struct folders *folders, const struct err *err)
{
    if (is_final(err)) {
        put_away(folders, err);
        return;
    }
    log_warn("file is tried again later", LOG_CHARS("folder", folders->folder),
             LOG_TEXT("file", folders->claimed), LOG_ERR(err));
    leave(folders);
}

/* A file that another node claimed just now is its business. */
static bool is_ours(struct folders *folders, const struct spool *spool,
                    const struct folder_entry *entry)
{
    struct spool_file file;
    struct err err = {0};
    struct text claim, name;
    folders->claimed = text_dup(folders->file, entry->name);
    return spool_claim_of(entry->name, &claim, &name) &&
           spool_read(spool, folders->file, entry->name, 0, &file, &err) == SPOOL_HERE &&
           (folders->is_first || file.claimed_at <= clock_wall() - CLAIM_OLD);
}

static bool claim(struct folders *folders, const struct spool *spool,
                  const struct folder_entry *entry)
{
    struct err err = {0};
    if (spool_claim(spool, folders->file, entry->name, dice_id(clock_now()), clock_wall(),
                    &folders->claimed, &err) == SPOOL_HERE) {
        fault_at(FOLDER_AFTER_CLAIM);
        return true;
    }
    if (err.code != ERR_OK && !folders->is_ill)
        log_error("file cannot be claimed", LOG_CHARS("folder", folders->folder),
                  LOG_ERR(&err));
    folders->is_ill |= err.code != ERR_OK;
    return false;
}

/* A message is known by its folder and its id there. */
static void name_message(struct folders *folders, struct text id)
{
    scoped_json json_t *message = json_array();
    json_array_append_new(
        message, json_string(arena_printf(folders->file, "folder %s", folders->folder)));
    json_array_append_new(message, json_text(id));
    folders->message = json_write(folders->file, message);
}

static bool map(struct folders *folders, const struct hook *hook, json_t *body,
                struct err *err)
{
    struct hook_event event = {0};
    struct text id, name;
    if (!spool_claim_of(folders->claimed, &id, &name))
        return err_set(err, ERR_BAD_DATA, "its name is not one of a claim");
    if (!hook_read(hook, folders->file, &folders->engine->bindings.environment,
                   clock_now(), body, name, &event, err)) {
        json_decref(event.data);
        return false;
    }
    folders->event = event.event;
    folders->data = event.data;
    name_message(folders, event.message.n > 0 ? event.message : id);
    return true;
}

static void send(struct folders *folders, const struct spool *spool,
                 const struct hook *hook)
{
    struct err err = {0};
    struct spool_file file;
    switch (spool_read(spool, folders->file, folders->claimed, LIMIT_JSON_BYTES, &file,
                       &err)) {
    case SPOOL_LATER:
    case SPOOL_GONE:
        leave(folders);
        return;
    case SPOOL_BAD:
        put_away(folders, &err);
        return;
    case SPOOL_HERE:
        break;
    }
    scoped_json json_t *body = json_read(file.bytes, &err);
    if (body == NULL && file.written_at > clock_wall() - WHOLE_AFTER &&
        file.written_at <= clock_wall()) {
        leave(folders);
        return;
    }
    if (body == NULL || !map(folders, hook, body, &err)) {
        put_away(folders, &err);
        return;
    }
    store_declares(folders->engine->store, folders->event, declarer_came, folders);
}

static void take(struct folders *folders, const struct folder_entry *entry)
{
    const struct hook *hook =
        hooks_find(&folders->engine->bindings.folders, entry->folder);
    scoped_spool struct spool spool;
    arena_reset(folders->file);
    folders->folder = text_chars(folders->file, entry->folder);
    if (hook == NULL || !hook_is_open(hook)) /* another environment is in force */
        return;
    if (!open_spool(folders, folders->folder, &spool))
        return;
    if (!(entry->is_claimed ? is_ours(folders, &spool, entry)
                            : claim(folders, &spool, entry)))
        return;
    folders->is_under_way = true;
    send(folders, &spool, hook);
}

/* ---- judged and stored ---- */

static void declarer_came(void *owner, const struct store_version *version)
{
    struct folders *folders = owner;
    struct engine *engine = folders->engine;
    if (version->err != NULL && version->err->code == ERR_NOT_FOUND) {
        struct err err = {0};
        err_set(&err, ERR_NOT_FOUND, "no deployed flow knows the event \"" TEXT_FMT "\"",
                TEXT_ARG(folders->event));
        put_away(folders, &err);
    } else if (version->err != NULL) {
        refused(folders, version->err);
    } else {
        flow_cache_want(&engine->cache, version->hash, program_came, folders);
    }
}

static bool judge(struct folders *folders, const struct ir *ir, struct err *err)
{
    uint32_t event = ir_find_event(ir, folders->event);
    struct value value;
    if (event == IR_NONE)
        return err_set(err, ERR_NOT_FOUND,
                       "no deployed flow knows the event \"" TEXT_FMT "\"",
                       TEXT_ARG(folders->event));
    return advance_check_event(folders->file, ir, &folders->engine->bindings.environment,
                               event, folders->data, &value, err);
}

static void program_came(void *owner, struct program *program, const struct err *err)
{
    struct folders *folders = owner;
    struct engine *engine = folders->engine;
    struct err why = {0};
    if (program == NULL) {
        log_warn("file is tried again later", LOG_CHARS("folder", folders->folder),
                 LOG_TEXT("file", folders->claimed), LOG_ERR(err));
        leave(folders);
        return;
    }
    if (judge(folders, program->ir, &why)) {
        fault_at(FOLDER_BEFORE_COMMIT);
        store_send(engine->store, folders->event,
                   json_write(folders->file, folders->data), folders->message,
                   text_of(arena_printf(folders->file, "folder %s", folders->folder)),
                   sent, folders);
    } else {
        put_away(folders, &why);
    }
    program_put(&engine->cache, program);
}

static void sent(void *owner, const struct store_said *said)
{
    struct folders *folders = owner;
    if (said->err != NULL) {
        refused(folders, said->err);
        return;
    }
    fault_at(FOLDER_AFTER_COMMIT);
    log_debug("file sent", LOG_CHARS("folder", folders->folder),
              LOG_TEXT("file", folders->claimed), LOG_TEXT("event", folders->event),
              LOG_INT("duplicate", said->duplicate));
    put_away(folders, NULL);
    if (!said->duplicate)
        engine_look(folders->engine);
}

/* ---- a turn ---- */

void folders_turn(struct folders *folders)
{
    struct engine *engine = folders->engine;
    if (folders->is_under_way || engine->is_draining ||
        mailbox_is_full(&engine->mailbox, MAILBOX_MAIL) ||
        !lease_is_working(&engine->lease) || !engine->bindings.is_known)
        return;
    if (folders->at < folders->entries.n) {
        take(folders, &folders->entries.at[folders->at++]);
        if (folders->at == folders->entries.n)
            folders->is_first = false;
        loop_again(engine->loop);
    } else if (folders->is_wanted) {
        look(folders);
        loop_again(engine->loop);
    }
}
