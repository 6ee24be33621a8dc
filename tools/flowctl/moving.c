/* Asking many instances to go over to another version, and looking how many could. */
#include "tools/flowctl/moving.h"

#include "dsl/ir_pack.h"
#include "dsl/ir_shift.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/core/migrate.h"
#include "tools/flowctl/load.h"
#include "tools/flowctl/request.h"

enum { PAGE = 500 }; /* instances of one look */

const struct print_column moving_columns[] = {
    {"flow", "FLOW", PRINT_PLAIN},
    {"from", "FROM", PRINT_PLAIN},
    {"state", "STATE", PRINT_PLAIN},
    {"when", "MOVES", PRINT_PLAIN},
    {"n", "INSTANCES", PRINT_PLAIN},
    {"why", "WHY", PRINT_PLAIN},
    {0},
};

/* ---- asking ---- */

bool moving_ask(struct kit *kit, const char *flow, const char *to, const char *reason,
                int64_t *asked, struct err *err)
{
    static const char sql[] =
        "SELECT asked, last_shard, last FROM flow.migrate($1, $2::integer, $3::integer, "
        "$4::uuid, 1000, $5)";
    struct arena *arena = kit->cli->arena;
    const char *shard = "-1", *last = "00000000-0000-0000-0000-000000000000";
    for (*asked = 0;;) {
        scoped_reply struct reply reply = {0};
        if (!client_ask_with(&kit->client, sql, &reply, err, flow, to, shard, last,
                             reason))
            return err_while(err, "after %lld were asked", (long long)*asked);
        if (reply.n == 0)
            return true;
        *asked += reply_i64(&reply, 0, 0);
        shard = text_chars(arena, reply_text(&reply, 0, 1));
        last = text_chars(arena, reply_text(&reply, 0, 2));
    }
}

/* ---- counting ---- */

struct counting {
    struct kit *kit;
    struct arena *images, *turn;
    const struct ir *now;
    VEC(const struct ir *) olds;
    struct environment environment;
    json_t *rows;
};

static const struct ir *image_of(struct counting *c, const char *number, struct err *err)
{
    static const char sql[] =
        "SELECT image FROM flow.programs WHERE flow = $1 AND version = $2::integer";
    scoped_reply struct reply reply = {0};
    int64_t n = 0;
    (void)text_to_i64(text_of(number), &n);
    for (uint32_t i = 0; i < c->olds.n; i++)
        if (c->olds.at[i]->flow.version == n)
            return c->olds.at[i];
    if (!client_ask_with(&c->kit->client, sql, &reply, err,
                         text_chars(c->images, ir_text(c->now, c->now->flow.name)),
                         number) ||
        reply.n == 0)
        return NULL;
    const struct ir *old =
        ir_unpack(c->images, reply_bytes(c->images, &reply, 0, 0), err);
    if (old != NULL)
        vec_push(c->images, &c->olds, old);
    return old;
}

static void count(struct counting *c, uint32_t from, struct text state, const char *when,
                  const char *why)
{
    size_t i;
    json_t *row;
    json_array_foreach(c->rows, i, row)
    {
        if (json_integer_value(json_object_get(row, "from")) == from &&
            text_is(json_text_of(json_object_get(row, "state")), state) &&
            text_is_chars(json_text_of(json_object_get(row, "when")), when) &&
            text_is_chars(json_text_of(json_object_get(row, "why")), why)) {
            json_int_t n = json_integer_value(json_object_get(row, "n"));
            json_object_set_new(row, "n", json_integer(n + 1));
            return;
        }
    }
    json_array_append_new(c->rows,
                          json_pack("{s:o, s:i, s:o, s:s, s:s, s:i}", "flow",
                                    json_text(ir_text(c->now, c->now->flow.name)), "from",
                                    (int)from, "state", json_text(state), "when", when,
                                    "why", why, "n", 1));
}

static bool count_one(struct counting *c, const struct reply *reply, uint32_t row,
                      struct err *err)
{
    char *number = text_chars(c->turn, reply_text(reply, row, 2));
    struct text state = text_dup(c->turn, reply_text(reply, row, 3));
    const struct ir *old = image_of(c, number, err);
    if (old == NULL)
        return false;
    if (reply_is_null(reply, row, 4)) {
        count(c, old->flow.version, state, "later", "it has not begun");
        return true;
    }
    const struct instance *inst = loader_unpack(c->turn, old, reply, row, 4, err);
    if (inst == NULL)
        return false;
    struct stimulus stimulus = {.kind = STIMULUS_MIGRATE, .now = c->kit->now};
    struct decision *d =
        advance_migrate(c->turn, old, c->now, inst, &c->environment, &stimulus);
    bool moves = d->refused == ERR_OK,
         is_told = ir_migration_from(c->now, old->flow.version) != NULL;
    count(c, old->flow.version, state,
          moves      ? "now"
          : !is_told ? "never"
                     : "later",
          moves ? "" : d->refusal);
    decision_done(d);
    return true;
}

static bool count_all(struct counting *c, struct err *err)
{
    static const char sql[] =
        "SELECT i.shard, i.id, v.number, coalesce(i.state, ''), " LOAD_SNAPSHOT
        " FROM flow_data.instance i JOIN flow_data.version v ON v.id = i.version"
        " WHERE v.flow = $1 AND v.number < $2::integer AND i.status < 100"
        " AND (i.shard, i.id) > ($3::smallint, $4::uuid)"
        " ORDER BY i.shard, i.id LIMIT $5::integer";
    const char *shard = "-1", *last = "00000000-0000-0000-0000-000000000000";
    struct arena *arena = c->kit->cli->arena;
    char *flow = text_chars(arena, ir_text(c->now, c->now->flow.name)),
         *number = arena_printf(arena, "%u", c->now->flow.version),
         *most = arena_printf(arena, "%d", PAGE);
    for (uint32_t seen = 0; seen < LIMIT_PLAN_INSTANCES;) {
        scoped_reply struct reply reply = {0};
        if (!client_ask_with(&c->kit->client, sql, &reply, err, flow, number, shard, last,
                             most))
            return false;
        for (uint32_t i = 0; i < reply.n; i++) {
            arena_reset(c->turn);
            if (!count_one(c, &reply, i, err))
                return false;
        }
        if (reply.n < PAGE)
            return true;
        seen += reply.n;
        shard = text_chars(arena, reply_text(&reply, reply.n - 1, 0));
        last = text_chars(arena, reply_text(&reply, reply.n - 1, 1));
    }
    cli_say(c->kit->cli, "only the first %d instances were looked at",
            LIMIT_PLAN_INSTANCES);
    return true;
}

static json_t *settings_of(struct kit *kit, struct err *err)
{
    scoped_reply struct reply reply = {0};
    if (!client_ask(&kit->client, "SELECT settings::text FROM flow.settings", 0, NULL,
                    &reply, err) ||
        reply.n == 0)
        return NULL;
    struct text t = reply_text(&reply, 0, 0);
    return json_loadb(t.chars, t.n, 0, NULL);
}

json_t *moving_count(struct kit *kit, const struct ir *now, struct err *err)
{
    scoped_arena struct arena *images = arena_new("images", 4 * LIMIT_PROGRAM_BYTES);
    scoped_arena struct arena *turn = arena_new("turn", LIMIT_TURN_BYTES);
    scoped_json json_t *settings = settings_of(kit, err);
    struct counting c = {.kit = kit,
                         .images = images,
                         .turn = turn,
                         .now = now,
                         .environment = {.settings = settings},
                         .rows = json_array()};
    if (err->code == ERR_OK && count_all(&c, err))
        return c.rows;
    json_decref(c.rows);
    return NULL;
}

/* ---- migrate --flow ---- */

static const struct ir *target_of(struct kit *kit, struct arena *arena, const char *flow,
                                  const char *to, struct err *err)
{
    static const char sql[] =
        "SELECT image FROM flow.programs WHERE flow = $1 AND ($2::integer IS NULL OR "
        "version = $2::integer) ORDER BY version DESC LIMIT 1";
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client, sql, &reply, err, flow, to))
        return NULL;
    if (reply.n > 0)
        return ir_unpack(arena, reply_bytes(arena, &reply, 0, 0), err);
    err_set(err, ERR_NOT_FOUND, "there is no %s%s%s", flow, to == NULL ? "" : " version ",
            to == NULL ? "" : to);
    err_hint(err, "flowctl flows lists what is deployed");
    return NULL;
}

static int show_counts(struct kit *kit, const char *flow, const char *to, struct err *err)
{
    size_t i;
    json_t *row;
    struct printer printer;
    const struct ir *now = target_of(kit, kit->cli->arena, flow, to, err);
    scoped_json json_t *rows = now == NULL ? NULL : moving_count(kit, now, err);
    if (rows == NULL)
        return cli_fail(kit->cli, err);
    printer_open(&printer, kit->cli, kit->form, moving_columns, kit->now);
    json_array_foreach(rows, i, row) printer_row(&printer, json_incref(row));
    printer_close(&printer, "no instance of an older version lives");
    return CLI_OK;
}

int migrate_flow(struct cli *cli, int64_t to)
{
    struct err err = {0};
    const char *flow = cli_option(cli, "flow"), *reason;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    const char *number = to == 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)to);
    if (cli_has(cli, "dry-run"))
        return show_counts(&kit, flow, number, &err);
    int64_t asked;
    if (!kit_reason(&kit, &reason, &err) ||
        !moving_ask(&kit, flow, number, reason, &asked, &err))
        return cli_fail(cli, &err);
    if (kit.form == PRINT_TABLE || kit.form == PRINT_WIDE) {
        printf("%s: %lld asked to go over\n", flow, (long long)asked);
    } else {
        scoped_json json_t *json =
            json_pack("{s:s, s:I}", "flow", flow, "asked", (json_int_t)asked);
        print_json(kit.form, json);
    }
    request_remark(&kit);
    return CLI_OK;
}
