/* Lines are sent by the hundred in one statement, which is one transaction. When it is
 * refused its halves are tried, until the line at fault stands alone. */
#include "tools/flowctl/bulk.h"

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "tools/lines.h"

enum {
    BATCH_LINES = 200,
    BATCH_BYTES = 8 << 20,   /* of text; then it is sent, however few the lines */
    BATCH_ARENA = 128 << 20, /* arrays and replies of one batch */
    JUDGE_ARENA = 64 << 20   /* one line as a value of its type */
};

struct line {
    uint64_t number; /* 0: it did not come from a file */
    const char *data;
    const char *key; /* NULL: none */
};

struct batch {
    struct arena *arena;
    VEC(struct line) lines;
    size_t bytes;
};

static bool take(struct bulk *bulk, struct batch *batch, struct text text,
                 uint64_t number, struct err *err);
static bool judge_line(struct bulk *bulk, struct arena *batch, const json_t *json,
                       struct line *line, struct err *err);
static bool send_all(struct bulk *bulk, struct batch *batch, struct err *err);
static bool send_some(struct bulk *bulk, struct arena *arena, const struct line *lines,
                      uint32_t n, struct err *err);
static bool ask(struct bulk *bulk, struct arena *arena, const struct line *lines,
                uint32_t n, struct err *err);
static bool rows_done(struct bulk *bulk, struct arena *arena, const struct reply *reply,
                      struct err *err);
static bool details(struct bulk *bulk, struct arena *arena, const struct reply *rows,
                    struct reply *out, struct err *err);
static void refuse_line(struct bulk *bulk, uint64_t number, const struct err *err);
static void array_item(struct buf *out, const char *item);

bool bulk_one(struct bulk *bulk, const char *data, const char *key, struct err *err)
{
    struct line line = {.data = data, .key = key};
    scoped_arena struct arena *arena = arena_new("batch", BATCH_ARENA);
    scoped_json json_t *json = json_read(text_of(data), err);
    return json != NULL && judge_data(bulk->judge, arena, json, &line.key, err) &&
           ask(bulk, arena, &line, 1, err);
}

bool bulk_file(struct bulk *bulk, const char *path, struct err *err)
{
    struct text text;
    bool too_long;
    struct err refused = {0};
    scoped_lines struct lines lines = {0};
    scoped_arena struct arena *arena = arena_new("batch", BATCH_ARENA);
    struct batch batch = {.arena = arena};
    if (!lines_open(&lines, bulk->kit->cli->arena, path, LIMIT_JSON_BYTES + 1024, err))
        return false;
    while (lines_next(&lines, &text, &too_long)) {
        if (too_long)
            err_set(&refused, ERR_TOO_LARGE, "the line has more than 1 MiB");
        if (too_long || !take(bulk, &batch, text, lines.number, &refused)) {
            refuse_line(bulk, lines.number, &refused);
            continue;
        }
        if ((batch.lines.n == BATCH_LINES || batch.bytes >= BATCH_BYTES) &&
            !send_all(bulk, &batch, err))
            return false;
    }
    if (ferror(lines.file))
        return err_set(err, ERR_FAILED, "could not read %s", path);
    return send_all(bulk, &batch, err);
}

/* Checks a line and puts it into the batch. */
static bool take(struct bulk *bulk, struct batch *batch, struct text text,
                 uint64_t number, struct err *err)
{
    struct line line = {.number = number};
    scoped_json json_t *json = json_read(text, err);
    if (json == NULL)
        return false;
    if (bulk->has_keys) {
        const json_t *key = json_object_get(json, "key");
        const json_t *data = json_object_get(json, "data");
        if (!json_is_string(key) || !json_is_object(data) || json_object_size(json) != 2)
            return err_set(err, ERR_BAD_DATA,
                           "the line is not {\"key\":\"…\",\"data\":{…}}");
        line.key = text_chars(batch->arena, json_text_of(key));
        line.data = json_write(batch->arena, data).chars;
    } else {
        line.data = text_chars(batch->arena, text);
    }
    if (!json_is_object(json))
        return err_set(err, ERR_BAD_DATA, "the line is no JSON object");
    if (!judge_line(bulk, batch->arena, json, &line, err))
        return false;
    batch->bytes += text.n;
    vec_push(batch->arena, &batch->lines, line);
    return true;
}

/* What judging takes is given back line by line. */
static bool judge_line(struct bulk *bulk, struct arena *batch, const json_t *json,
                       struct line *line, struct err *err)
{
    const char *key = line->key;
    scoped_arena struct arena *call = arena_new("call", JUDGE_ARENA);
    const json_t *data = bulk->has_keys ? json_object_get(json, "data") : json;
    if (!judge_data(bulk->judge, call, data, &key, err))
        return false;
    line->key = key == NULL ? NULL : text_chars(batch, text_of(key));
    return true;
}

static bool send_all(struct bulk *bulk, struct batch *batch, struct err *err)
{
    bool is_fine = batch->lines.n == 0 ||
                   send_some(bulk, batch->arena, batch->lines.at, batch->lines.n, err);
    arena_reset(batch->arena);
    *batch = (struct batch){.arena = batch->arena};
    return is_fine;
}

static bool send_some(struct bulk *bulk, struct arena *arena, const struct line *lines,
                      uint32_t n, struct err *err)
{
    if (ask(bulk, arena, lines, n, err))
        return true;
    if (err->code == ERR_UNAVAILABLE || err->code == ERR_NOT_ALLOWED)
        return false;
    if (n == 1) {
        refuse_line(bulk, lines->number, err);
        *err = (struct err){0};
        return true;
    }
    return send_some(bulk, arena, lines, n / 2, err) &&
           send_some(bulk, arena, lines + n / 2, n - n / 2, err);
}

static bool ask(struct bulk *bulk, struct arena *arena, const struct line *lines,
                uint32_t n, struct err *err)
{
    struct client *client = &bulk->kit->client;
    struct buf data, keys;
    struct err later = {0};
    scoped_reply struct reply reply = {0};
    buf_init(&data, arena);
    buf_init(&keys, arena);
    for (uint32_t i = 0; i < n; i++) {
        buf_char(&data, i == 0 ? '{' : ',');
        buf_char(&keys, i == 0 ? '{' : ',');
        array_item(&data, lines[i].data);
        array_item(&keys, lines[i].key);
    }
    buf_char(&data, '}');
    buf_char(&keys, '}');
    if (bulk->is_dry && !client_begin(client, err))
        return false;
    bool is_fine = client_ask_with(client, bulk->sql, &reply, err, bulk->name,
                                   buf_done(&data).chars, buf_done(&keys).chars) &&
                   rows_done(bulk, arena, &reply, err);
    if (bulk->is_dry && !client_end(client, false, is_fine ? err : &later))
        return false;
    return is_fine;
}

static bool rows_done(struct bulk *bulk, struct arena *arena, const struct reply *reply,
                      struct err *err)
{
    scoped_reply struct reply more = {0};
    if (bulk->is_start && !details(bulk, arena, reply, &more, err))
        return false;
    for (uint32_t i = 0; i < reply->n; i++) {
        bool flag = reply_bool(reply, i, 1);
        json_t *row = json_object();
        json_object_set_new(row, "id", json_text(reply_text(reply, i, 0)));
        if (bulk->is_start) {
            json_object_set_new(row, "key", json_text(reply_text(&more, i, 0)));
            json_object_set_new(row, "flow", json_text(reply_text(&more, i, 1)));
            json_object_set_new(row, "version", json_integer(reply_i64(&more, i, 2)));
        }
        json_object_set_new(row, bulk->flag, json_boolean(flag));
        bulk->done++;
        bulk->flagged += flag;
        json_decref(bulk->last);
        bulk->last = json_incref(row);
        if (bulk->printer != NULL)
            printer_row(bulk->printer, json_incref(row));
        json_decref(row);
    }
    return true;
}

/* Key, flow and version of what was started: a statement does not see its own rows. */
static bool details(struct bulk *bulk, struct arena *arena, const struct reply *rows,
                    struct reply *out, struct err *err)
{
    static const char sql[] =
        "SELECT i.key, v.flow, v.number FROM unnest($1::smallint[], $2::uuid[])"
        " WITH ORDINALITY t(shard, id, n) JOIN flow_data.instance i ON i.shard = t.shard"
        " AND i.id = t.id JOIN flow_data.version v ON v.id = i.version ORDER BY t.n";
    struct buf shards, ids;
    buf_init(&shards, arena);
    buf_init(&ids, arena);
    for (uint32_t i = 0; i < rows->n; i++) {
        struct id id;
        must(id_parse(reply_text(rows, i, 0), &id));
        buf_printf(&shards, "%c%d", i == 0 ? '{' : ',', id.bytes[15] & 31);
        buf_printf(&ids, "%c" TEXT_FMT, i == 0 ? '{' : ',',
                   TEXT_ARG(reply_text(rows, i, 0)));
    }
    buf_char(&shards, '}');
    buf_char(&ids, '}');
    if (!client_ask_with(&bulk->kit->client, sql, out, err, buf_done(&shards).chars,
                         buf_done(&ids).chars))
        return false;
    return out->n == rows->n ||
           err_set(err, ERR_FAILED, "what was started cannot be seen");
}

static void refuse_line(struct bulk *bulk, uint64_t number, const struct err *err)
{
    bulk->refused++;
    cli_say(bulk->kit->cli, "line %llu: %s%s%s%s", (unsigned long long)number, err->what,
            err->pointer[0] != '\0' ? " (at " : "", err->pointer,
            err->pointer[0] != '\0' ? ")" : "");
}

/* An item of an array as PostgreSQL reads it. */
static void array_item(struct buf *out, const char *item)
{
    if (item == NULL) {
        buf_chars(out, "NULL");
        return;
    }
    buf_char(out, '"');
    for (; *item != '\0'; item++) {
        if (*item == '"' || *item == '\\')
            buf_char(out, '\\');
        buf_char(out, *item);
    }
    buf_char(out, '"');
}
