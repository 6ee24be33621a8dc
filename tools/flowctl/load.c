/* Rows of PostgreSQL become the values that the views of engine/core read. */
#include "tools/flowctl/load.h"

#include "dsl/ir_pack.h"
#include "engine/base/limits.h"
#include "engine/core/advance.h"

static bool may_see_private(struct kit *kit, bool *out, struct err *err);
static bool read_environment(const struct reply *reply, struct loader *out,
                             struct err *err);

struct instance *loaded_as_begun(struct arena *arena, const struct loaded *loaded)
{
    struct id id;
    must(id_parse(text_of(loaded->found.id), &id));
    struct instance *inst = instance_new(arena, loaded->ir, id);
    inst->key = text_dup(arena, loaded->found.key);
    (void)instance_status_of(loaded->found.status, &inst->status);
    return inst;
}

bool loaded_get(struct kit *kit, const char *key, struct loaded *out, struct err *err)
{
    struct found found;
    scoped_loader struct loader loader = {0};
    *out = (struct loaded){0};
    return kit_find(kit, key, &found, err) && loader_open(&loader, kit, err) &&
           loader_read(&loader, kit->cli->arena, found.id, out, err);
}

/* ---- many ---- */

bool loader_open(struct loader *loader, struct kit *kit, struct err *err)
{
    static const char sql[] = "SELECT version, document::text FROM flow_data.environment"
                              " ORDER BY version DESC LIMIT 1";
    bool sees_private;
    scoped_reply struct reply reply = {0};
    *loader = (struct loader){.kit = kit};
    if (!may_see_private(kit, &sees_private, err) ||
        !client_ask(&kit->client, sql, 0, NULL, &reply, err))
        return false;
    loader->private = sees_private ? WIRE_SHOW_PRIVATE : WIRE_MASK_PRIVATE;
    return reply.n == 0 || read_environment(&reply, loader, err);
}

void loader_close(struct loader *loader)
{
    json_decref(loader->document);
    loader->document = NULL;
}

const char *loader_shard(struct arena *arena, const char *text)
{
    struct id id;
    must(id_parse(text_of(text), &id));
    return arena_printf(arena, "%d", id.bytes[15] & 31);
}

bool loader_image(struct loader *loader, int64_t version, const struct ir **out,
                  struct err *err)
{
    static const char sql[] =
        "SELECT image, flow, number FROM flow_data.version WHERE id = $1::integer";
    struct arena *arena = loader->kit->cli->arena;
    scoped_reply struct reply reply = {0};
    for (uint32_t i = 0; i < loader->images.n; i++)
        if (loader->images.at[i].version == version) {
            *out = loader->images.at[i].ir;
            return true;
        }
    if (!client_ask_with(&loader->kit->client, sql, &reply, err,
                         arena_printf(arena, "%lld", (long long)version)))
        return false;
    must(reply.n == 1); /* versions are for ever */
    *out = ir_unpack(arena, reply_bytes(arena, &reply, 0, 0), err);
    if (*out == NULL)
        return err_while(err, "reading the image of " TEXT_FMT " version " TEXT_FMT,
                         TEXT_ARG(reply_text(&reply, 0, 1)),
                         TEXT_ARG(reply_text(&reply, 0, 2)));
    vec_push(arena, &loader->images, ((struct loader_image){version, *out}));
    return true;
}

bool loader_read(struct loader *loader, struct arena *arena, const char *text,
                 struct loaded *out, struct err *err)
{
    static const char sql[] =
        "SELECT i.version, v.number, " LOAD_SNAPSHOT ", i.key, v.flow, n.status, i.state,"
        " json_build_object('id', i.id, 'key', i.key, 'flow', v.flow, 'version', "
        "v.number,"
        " 'status', n.status, 'state', i.state, 'since', " KIT_INSTANT(
            "i.since") ","
                       " 'started_at', " KIT_INSTANT(
                           "i.started_at") ","
                                           " 'ended_at', " KIT_INSTANT(
                                               "i.ended_at") ")::text"
                                                             " FROM flow_data.instance i "
                                                             "JOIN flow_data.version v "
                                                             "ON v.id = i.version"
                                                             " JOIN flow.instances n ON "
                                                             "n.id = i.id AND n.key = "
                                                             "i.key"
                                                             " WHERE i.shard = "
                                                             "$1::smallint AND i.id = "
                                                             "$2::uuid";
    struct id id;
    scoped_reply struct reply reply = {0};
    *out = (struct loaded){0};
    must(id_parse(text_of(text), &id));
    if (!client_ask_with(&loader->kit->client, sql, &reply, err,
                         loader_shard(arena, text), text))
        return false;
    if (reply.n == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no instance \"%s\" any more", text);
    out->version = (uint32_t)reply_i64(&reply, 0, 1);
    out->found = (struct found){text_chars(arena, text_of(text)),
                                text_dup(arena, reply_text(&reply, 0, 4)),
                                text_dup(arena, reply_text(&reply, 0, 5)),
                                text_dup(arena, reply_text(&reply, 0, 6)),
                                text_dup(arena, reply_text(&reply, 0, 7))};
    out->private = loader->private;
    out->document = json_incref(loader->document);
    out->environment = loader->environment;
    struct text brief = reply_text(&reply, 0, 8);
    out->brief = json_loadb(brief.chars, brief.n, 0, NULL);
    if (!loader_image(loader, reply_i64(&reply, 0, 0), &out->ir, err))
        return false;
    bool is_set_aside =
        text_is_chars(out->found.status, instance_status_name(STATUS_QUARANTINED));
    if (reply_is_null(&reply, 0, 2)) {
        if (is_set_aside)
            out->inst = loaded_as_begun(arena, out); /* it killed before it had begun */
        return true;
    }
    out->inst = loader_unpack(arena, out->ir, &reply, 0, 2, err);
    if (out->inst == NULL)
        return err_while(err, "reading the snapshot of %s", text);
    if (is_set_aside)
        out->inst->status = STATUS_QUARANTINED; /* its own snapshot does not know */
    return true;
}

struct instance *loader_unpack(struct arena *arena, const struct ir *ir,
                               const struct reply *reply, uint32_t row, uint32_t column,
                               struct err *err)
{
    return instance_read(arena, ir, reply_bytes(arena, reply, row, column),
                         reply_bytes(arena, reply, row, column + 1), err);
}

void loaded_drop(struct loaded *loaded)
{
    json_decref(loaded->document);
    json_decref(loaded->brief);
    loaded->document = loaded->brief = NULL;
}

bool loaded_takes(struct kit *kit, const char *key, const struct stimulus *stimulus,
                  struct err *err)
{
    scoped_loaded struct loaded loaded = {0};
    scoped_arena struct arena *turn = arena_new("turn", LIMIT_TURN_BYTES);
    if (!loaded_get(kit, key, &loaded, err)) {
        if (err->code != ERR_BROKEN)
            return false;
        *err = (struct err){0};
        return true; /* the database judges what it can */
    }
    return loaded.inst == NULL ||
           advance_check_request(turn, loaded.ir, loaded.inst, &loaded.environment,
                                 stimulus, err);
}

/* Those it has begun, whether it owns them or let them go, as they stand now. */
static json_t *children_of(struct kit *kit, const struct loaded *loaded)
{
    static const char sql[] =
        "SELECT coalesce(json_agg(json_build_object('id', i.id, 'key', i.key, 'flow', "
        "i.flow, 'version', i.version, 'status', i.status, 'state', i.state) ORDER BY "
        "i.id), '[]')::text FROM flow.instances i WHERE i.parent = $1::uuid";
    struct err none = {0};
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client, sql, &reply, &none, loaded->found.id) ||
        reply.n == 0)
        return NULL;
    struct text rows = reply_text(&reply, 0, 0);
    return json_loadb(rows.chars, rows.n, 0, NULL);
}

json_t *loaded_show(struct kit *kit, const struct loaded *loaded)
{
    return loaded_show_on(kit->cli->arena, kit, loaded);
}

json_t *loaded_show_on(struct arena *arena, struct kit *kit, const struct loaded *loaded)
{
    if (loaded->inst != NULL) {
        json_t *show = view_show(arena, loaded->ir, loaded->inst, &loaded->environment,
                                 loaded->private);
        json_t *children = children_of(kit, loaded);
        if (children != NULL)
            json_object_set_new(show, "children", children);
        return show;
    }
    scoped_json json_t *rest = json_pack(
        "{s:{}, s:[], s:[], s:[], s:{}, s:n, s:n, s:n, s:[]}", "vars", "waiting",
        "parked", "undo", "marks", "result", "error", "parent", "children");
    json_t *show = json_deep_copy(loaded->brief);
    json_object_update(show, rest);
    return show;
}

/* Private values are for operators and owners (contract §9). */
static bool may_see_private(struct kit *kit, bool *out, struct err *err)
{
    static const char sql[] =
        "SELECT coalesce(bool_or(pg_has_role(r.oid, 'MEMBER')), false)"
        " OR (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = "
        "'flow_data')"
        " FROM pg_roles r WHERE r.rolname IN ('flow_operator', 'flow_owner')";
    scoped_reply struct reply reply = {0};
    if (!client_ask(&kit->client, sql, 0, NULL, &reply, err))
        return false;
    *out = reply_bool(&reply, 0, 0);
    return true;
}

static bool read_environment(const struct reply *reply, struct loader *out,
                             struct err *err)
{
    struct text document = reply_text(reply, 0, 1);
    out->document = json_loadb(document.chars, document.n, 0, NULL);
    if (out->document == NULL)
        return err_set(err, ERR_BROKEN, "the environment that is stored is no JSON");
    out->environment.version = (uint32_t)reply_i64(reply, 0, 0);
    out->environment.settings = json_object_get(out->document, "settings");
    return true;
}
