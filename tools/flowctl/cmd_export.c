/* What has ended, with its history, for an archive: before its retention forgets it.
 *
 * A line is what retention forgets at once: an instance that nobody owns, and in `ran`
 * all that it owned. Lines come in the order in which they ended, which no later look
 * changes, so an export goes on where another one stopped. Which they are is asked once
 * and kept by the server (a cursor that outlives its transaction); each is then read at
 * one moment, its history as it comes: neither side holds more than one piece, and no
 * long transaction keeps the server from tidying up. */
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/load.h"

enum { IDS_AT_A_TIME = 1000 };

struct exporting {
    struct kit *kit;
    struct loader loader;
    struct arena *turn;       /* of one line */
    char last[ID_TEXT_BYTES]; /* the latest line that is whole */
    uint64_t lines, unread;   /* of those, whose snapshot another program wrote */
};

static bool choose(struct exporting *e, struct err *err);
static bool write_all(struct exporting *e, struct err *err);
static bool write_line(struct exporting *e, const char *id, struct err *err);
static bool write_one(struct exporting *e, const char *id, struct err *err);
static bool write_history(struct exporting *e, const char *id, struct err *err);
static void sum_up(const struct exporting *e);

int cmd_export(struct cli *cli)
{
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, 0))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (kit.form != PRINT_TABLE && kit.form != PRINT_JSONL)
        return cli_misused(cli, "an export is -o jsonl: an object a line");
    struct exporting e = {.kit = &kit};
    e.turn = arena_new("turn", LIMIT_TURN_BYTES);
    bool is_fine =
        loader_open(&e.loader, &kit, &err) && choose(&e, &err) && write_all(&e, &err);
    loader_close(&e.loader);
    arena_free(e.turn);
    sum_up(&e);
    if (is_fine)
        return CLI_OK;
    if (e.lines > 0)
        (void)err_hint(&err, "go on behind the last line that is whole:   --after %s",
                       e.last);
    return cli_fail(cli, &err);
}

static void sum_up(const struct exporting *e)
{
    cli_say(e->kit->cli, "%llu instance%s", (unsigned long long)e->lines,
            e->lines == 1 ? "" : "s");
    if (e->unread > 0)
        cli_say(e->kit->cli,
                "%llu of them have a snapshot that this program cannot read: they have "
                "no vars",
                (unsigned long long)e->unread);
}

/* ---- which ---- */

/* A day, a moment, or so long ago; as PostgreSQL reads it. NULL: not given. */
static bool moment_of(struct exporting *e, const char *option, const char **out,
                      struct err *err)
{
    struct cli *cli = e->kit->cli;
    const char *given = cli_option(cli, option);
    int64_t at, span;
    int32_t day;
    *out = NULL;
    if (given == NULL)
        return true;
    if (when_date_parse(text_of(given), &day)) {
        at = day * WHEN_DAY;
    } else if (when_duration_parse_short(text_of(given), &span)) {
        at = e->kit->now - span;
    } else if (!when_instant_parse(text_of(given), &at)) {
        err_set(err, ERR_USAGE, "--%s \"%s\" is no moment", option, given);
        return err_hint(err,
                        "write it like 2026-05-12, 2026-05-12T10:00:00Z, or 30d for so "
                        "long ago");
    }
    char chars[WHEN_TEXT_BYTES];
    *out = text_chars(cli->arena, when_instant_print(at, chars));
    return true;
}

/* When the one of --after ended: by then what there was has been exported. */
static bool after_of(struct exporting *e, const char **id, const char **at,
                     struct err *err)
{
    static const char sql[] =
        "SELECT ended_at::text FROM flow_data.instance WHERE shard = $1::smallint"
        " AND id = $2::uuid AND ended_at IS NOT NULL";
    struct arena *arena = e->kit->cli->arena;
    struct id parsed;
    scoped_reply struct reply reply = {0};
    *id = cli_option(e->kit->cli, "after");
    *at = NULL;
    if (*id == NULL)
        return true;
    if (!id_parse(text_of(*id), &parsed)) {
        err_set(err, ERR_USAGE, "--after \"%s\" is no id", *id);
        return err_hint(err, "it is the \"id\" of the last line that was exported");
    }
    if (!client_ask_with(&e->kit->client, sql, &reply, err, loader_shard(arena, *id),
                         *id))
        return false;
    if (reply.n == 0) {
        err_set(err, ERR_NOT_FOUND, "%s has not ended, or is forgotten", *id);
        return err_hint(err, "go on by time: --since with the \"ended_at\" of that line");
    }
    *at = text_chars(arena, reply_text(&reply, 0, 0));
    return true;
}

static bool choose(struct exporting *e, struct err *err)
{
    static const char sql[] =
        "DECLARE exported NO SCROLL CURSOR WITH HOLD FOR SELECT i.id"
        " FROM flow_data.instance i JOIN flow_data.version v ON v.id = i.version"
        " WHERE i.ended_at IS NOT NULL AND NOT i.owned"
        " AND ($1::text IS NULL OR v.flow = $1)"
        " AND ($2::timestamptz IS NULL OR i.ended_at >= $2)"
        " AND ($3::timestamptz IS NULL OR i.ended_at < $3)"
        " AND ($4::timestamptz IS NULL OR (i.ended_at, i.id) > ($4, $5::uuid))"
        " ORDER BY i.ended_at, i.id LIMIT $6::bigint";
    struct cli *cli = e->kit->cli;
    const char *since, *until, *after, *after_at;
    int64_t limit;
    scoped_reply struct reply reply = {0};
    if (!moment_of(e, "since", &since, err) || !moment_of(e, "until", &until, err) ||
        !after_of(e, &after, &after_at, err) || !kit_limit(cli, -1, &limit, err))
        return false;
    const char *most =
        limit < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)limit);
    return client_ask_with(&e->kit->client, sql, &reply, err, cli_option(cli, "flow"),
                           since, until, after_at, after, most);
}

/* ---- writing ---- */

static bool write_all(struct exporting *e, struct err *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "FETCH %d FROM exported", IDS_AT_A_TIME);
    for (;;) {
        scoped_reply struct reply page = {0};
        if (!client_ask(&e->kit->client, sql, 0, NULL, &page, err))
            return false;
        for (uint32_t i = 0; i < page.n; i++) {
            char id[ID_TEXT_BYTES];
            snprintf(id, sizeof id, TEXT_FMT, TEXT_ARG(reply_text(&page, i, 0)));
            if (!write_line(e, id, err))
                return false;
        }
        if (page.n < IDS_AT_A_TIME)
            return true;
    }
}

static bool write_ran(struct exporting *e, const char *id, struct err *err)
{
    static const char sql[] = "WITH RECURSIVE family AS ("
                              " SELECT i.shard, i.id, i.owned FROM flow_data.instance i"
                              "  WHERE i.shard = $1::smallint AND i.id = $2::uuid"
                              " UNION ALL SELECT i.shard, i.id, i.owned FROM family f"
                              "  JOIN flow_data.instance i ON i.parent = f.id AND "
                              "i.shard = f.shard AND i.owned)"
                              " SELECT id FROM family WHERE id <> $2::uuid ORDER BY id";
    scoped_reply struct reply ran = {0};
    if (!client_ask_with(&e->kit->client, sql, &ran, err, loader_shard(e->turn, id), id))
        return false;
    fputs(",\"ran\":[", stdout);
    for (uint32_t i = 0; i < ran.n; i++) {
        fputs(i > 0 ? "," : "", stdout);
        if (!write_one(e, text_chars(e->turn, reply_text(&ran, i, 0)), err))
            return false;
        putchar('}');
    }
    putchar(']');
    return true;
}

/* One that was forgotten since it was chosen is left out. */
static bool write_line(struct exporting *e, const char *id, struct err *err)
{
    struct client *client = &e->kit->client;
    struct err later = {0};
    scoped_reply struct reply begun = {0};
    arena_reset(e->turn);
    if (!client_ask(client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL,
                    &begun, err))
        return false;
    bool is_fine = write_one(e, id, err), is_gone = err->code == ERR_NOT_FOUND;
    if (is_fine)
        is_fine = write_ran(e, id, err);
    if (!client_end(client, false, is_fine ? err : &later) || (!is_fine && !is_gone))
        return false;
    if (is_gone) {
        *err = (struct err){0};
        return true;
    }
    fputs("}\n", stdout);
    if (fflush(stdout) != 0)
        return err_set(err, ERR_FAILED, "what is exported cannot be written");
    e->lines++;
    snprintf(e->last, sizeof e->last, "%s", id);
    return true;
}

/* `show` with its history, still open. */
static bool write_one(struct exporting *e, const char *id, struct err *err)
{
    scoped_loaded struct loaded loaded = {0};
    if (!loader_read(&e->loader, e->turn, id, &loaded, err)) {
        if (err->code != ERR_BROKEN)
            return false;
        e->unread++;
        loaded.inst = NULL;
        *err = (struct err){0};
    }
    scoped_json json_t *show = loaded_show_on(e->turn, e->kit, &loaded);
    struct text text = json_write(e->turn, show);
    fwrite(text.chars, 1, text.n - 1, stdout);
    return write_history(e, id, err);
}

static bool write_history(struct exporting *e, const char *id, struct err *err)
{
    static const char sql[] = "SELECT json_build_object('seq', seq, 'at', " KIT_INSTANT(
        "at") ", 'kind', kind,"
              " 'state', state, 'step', step, 'line', line, 'actor', actor, 'text', text,"
              " 'data', data) FROM flow.history WHERE instance = $1::uuid ORDER BY seq";
    PGconn *conn = e->kit->client.conn;
    const char *values[] = {id};
    bool is_fine = true, is_first = true;
    fputs(",\"history\":[", stdout);
    if (PQsendQueryParams(conn, sql, 1, NULL, values, NULL, NULL, 0) != 1 ||
        PQsetSingleRowMode(conn) != 1)
        return client_refused(&e->kit->client, NULL, err);
    for (;;) {
        scoped_reply struct reply row = {.result = PQgetResult(conn)};
        if (row.result == NULL)
            break;
        if (PQresultStatus(row.result) == PGRES_SINGLE_TUPLE && is_fine) {
            fputs(is_first ? "" : ",", stdout);
            is_first = false;
            struct text entry = reply_text(&row, 0, 0);
            fwrite(entry.chars, 1, entry.n, stdout);
        } else if (PQresultStatus(row.result) == PGRES_FATAL_ERROR && is_fine) {
            is_fine = client_refused(&e->kit->client, row.result, err);
        }
    }
    putchar(']');
    return is_fine;
}
