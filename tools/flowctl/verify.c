/* One transaction that only reads sees row, journal and what lies beside at one moment,
 * however busy the engine is with it. */
#include "tools/flowctl/verify.h"

#include "engine/base/limits.h"

#define US(t) "(extract(epoch FROM " t ") * 1000000)::bigint"

enum { ROWS_AT_A_TIME = 500 };

struct looking {
    struct loader *loader;
    struct arena *arena;
    const char *shard, *id;
};

static bool look(const struct looking *l, struct verified *out, struct err *err);
static bool read_stored(const struct looking *l, struct retrace_stored *stored,
                        struct verified *out, const struct ir **ir,
                        struct instance **inst, struct err *err);
static bool read_journal(const struct looking *l, struct retrace *retrace,
                         struct err *err);
static bool count_subscriptions(const struct looking *l, const struct ir *ir,
                                const struct instance *inst, uint32_t *out,
                                struct err *err);

bool verify_one(struct loader *loader, struct arena *arena, const char *id,
                struct verified *out, struct err *err)
{
    struct looking l = {loader, arena, loader_shard(arena, id), id};
    struct client *client = &loader->kit->client;
    struct err later = {0};
    scoped_reply struct reply reply = {0};
    *out = (struct verified){.id = text_of(id)};
    if (!client_ask(client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL,
                    &reply, err))
        return false;
    bool is_fine = look(&l, out, err);
    return client_end(client, false, is_fine ? err : &later) && is_fine;
}

/* An image or a snapshot that cannot be read is a difference like any other. */
static void cannot_be_read(const struct looking *l, struct verified *out,
                           const struct err *err)
{
    struct retrace_difference *d = arena_new_of(l->arena, struct retrace_difference);
    *d = (struct retrace_difference){
        .what = "its snapshot",
        .journal = TEXT("it has begun"),
        .stored = text_of(arena_printf(l->arena, "cannot be read: %s", err->what))};
    out->differences = d;
    out->n = 1;
}

static bool look(const struct looking *l, struct verified *out, struct err *err)
{
    struct retrace_stored stored;
    const struct ir *ir;
    struct instance *inst;
    struct retrace *retrace = retrace_new(l->arena);
    if (!read_stored(l, &stored, out, &ir, &inst, err)) {
        if (err->code != ERR_BROKEN)
            return false;
        cannot_be_read(l, out, err);
        return true;
    }
    if (!read_journal(l, retrace, err) ||
        (inst != NULL && !count_subscriptions(l, ir, inst, &stored.subscriptions, err)))
        return false;
    out->transitions = retrace_rows(retrace);
    out->n = retrace_compare(retrace, ir, inst, &stored, &out->differences);
    return true;
}

static bool read_stored(const struct looking *l, struct retrace_stored *stored,
                        struct verified *out, const struct ir **ir,
                        struct instance **inst, struct err *err)
{
    static const char sql[] =
        "SELECT i.key, v.flow, i.version, v.number, i.rev, i.status, i.in_flight, "
        "i.state,"
        " " US("i.since") ", " US("i.started_at") ", coalesce(" US(
            "i.ended_at") ", 0),"
                          " coalesce(" US(
                              "i.timer_at") ", 0), " LOAD_SNAPSHOT ","
                                            " EXISTS (SELECT FROM flow_data.timer t "
                                            "WHERE t.shard = i.shard"
                                            "  AND t.fire_at = i.timer_at AND t.instance "
                                            "= i.id),"
                                            " EXISTS (SELECT FROM flow_data.living l "
                                            "WHERE l.flow = v.flow AND l.key = i.key"
                                            "  AND l.shard = "
                                            "flow_data.shard_of_key(v.flow, i.key) AND "
                                            "l.instance = i.id),"
                                            " (SELECT count(*) FROM flow_data.task t "
                                            "WHERE t.shard = i.shard"
                                            "  AND t.instance = i.id)"
                                            " FROM flow_data.instance i JOIN "
                                            "flow_data.version v ON v.id = i.version"
                                            " WHERE i.shard = $1::smallint AND i.id = "
                                            "$2::uuid";
    scoped_reply struct reply r = {0};
    *inst = NULL;
    if (!client_ask_with(&l->loader->kit->client, sql, &r, err, l->shard, l->id))
        return false;
    if (r.n == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no instance \"%s\" any more", l->id);
    out->key = text_dup(l->arena, reply_text(&r, 0, 0));
    out->flow = text_dup(l->arena, reply_text(&r, 0, 1));
    *stored = (struct retrace_stored){.key = out->key,
                                      .version = (uint32_t)reply_i64(&r, 0, 3),
                                      .rev = (uint32_t)reply_i64(&r, 0, 4),
                                      .status = (enum instance_status)reply_i64(&r, 0, 5),
                                      .in_flight = reply_bool(&r, 0, 6),
                                      .state = text_dup(l->arena, reply_text(&r, 0, 7)),
                                      .since = reply_i64(&r, 0, 8),
                                      .started_at = reply_i64(&r, 0, 9),
                                      .ended_at = reply_i64(&r, 0, 10),
                                      .timer_at = reply_i64(&r, 0, 11),
                                      .has_timer = reply_bool(&r, 0, 14),
                                      .has_key = reply_bool(&r, 0, 15),
                                      .tasks = (uint32_t)reply_i64(&r, 0, 16)};
    if (!loader_image(l->loader, reply_i64(&r, 0, 2), ir, err))
        return false;
    if (reply_is_null(&r, 0, 12))
        return true;
    *inst = loader_unpack(l->arena, *ir, &r, 0, 12, err);
    return *inst != NULL;
}

static bool read_journal(const struct looking *l, struct retrace *retrace,
                         struct err *err)
{
    static const char sql[] = "SELECT rev, " US(
        "at") ", entries FROM flow_data.journal"
              " WHERE shard = $1::smallint AND instance = $2::uuid AND rev > $3::integer"
              " ORDER BY rev LIMIT $4::integer";
    const char *most = arena_printf(l->arena, "%d", ROWS_AT_A_TIME);
    char after[16] = "0";
    for (;;) {
        scoped_reply struct reply r = {0};
        if (!client_ask_with(&l->loader->kit->client, sql, &r, err, l->shard, l->id,
                             after, most))
            return false;
        for (uint32_t i = 0; i < r.n; i++) {
            struct retrace_row row = {.rev = (uint32_t)reply_i64(&r, i, 0),
                                      .at = reply_i64(&r, i, 1),
                                      .entries = reply_text(&r, i, 2)};
            retrace_row(retrace, &row);
            snprintf(after, sizeof after, "%u", row.rev);
        }
        if (r.n < ROWS_AT_A_TIME)
            return true;
    }
}

/* How many of the waits in its snapshot are found where an event looks for them. */
static bool count_subscriptions(const struct looking *l, const struct ir *ir,
                                const struct instance *inst, uint32_t *out,
                                struct err *err)
{
    static const char sql[] =
        "SELECT count(*) FROM json_to_recordset($2::json)"
        " w(event text, key bigint, fields integer, number integer)"
        " JOIN flow_data.subscription s ON s.shard = flow_data.shard_of_text(w.event)"
        " AND s.key = w.key AND s.fields = w.fields AND s.instance = $1::uuid"
        " AND s.number = w.number";
    scoped_reply struct reply r = {0};
    scoped_json json_t *waits = json_array();
    *out = 0;
    if (inst->subscriptions.n == 0)
        return true;
    for (uint32_t i = 0; i < inst->subscriptions.n; i++) {
        const struct subscription *s = &inst->subscriptions.at[i];
        json_array_append_new(waits,
                              json_pack("{s:o, s:I, s:i, s:i}", "event",
                                        json_text(ir_text(ir, ir->events[s->event].name)),
                                        "key", (json_int_t)(int64_t)s->key, "fields",
                                        (int)s->fields, "number", (int)s->number));
    }
    if (!client_ask_with(&l->loader->kit->client, sql, &r, err, l->id,
                         json_write(l->arena, waits).chars))
        return false;
    *out = (uint32_t)reply_i64(&r, 0, 0);
    return true;
}

/* ---- said ---- */

struct text verify_says(struct arena *arena, const struct retrace_difference *d)
{
    return text_of(arena_printf(arena,
                                "%s: the %s says " TEXT_FMT ", stored is " TEXT_FMT,
                                d->what, d->is_beside ? "snapshot" : "journal",
                                TEXT_ARG(d->journal), TEXT_ARG(d->stored)));
}

json_t *verify_json(const struct verified *v)
{
    json_t *differences = json_array();
    for (uint32_t i = 0; i < v->n; i++) {
        const struct retrace_difference *d = &v->differences[i];
        json_array_append_new(differences,
                              json_pack("{s:s, s:s, s:o, s:o}", "what", d->what, "by",
                                        d->is_beside ? "snapshot" : "journal", "expected",
                                        json_text(d->journal), "stored",
                                        json_text(d->stored)));
    }
    return json_pack("{s:o, s:o, s:o, s:i, s:b, s:o}", "id", json_text(v->id), "key",
                     json_text(v->key), "flow", json_text(v->flow), "transitions",
                     (int)v->transitions, "ok", v->n == 0, "differences", differences);
}
