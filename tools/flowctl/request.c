/* A request is committed before anybody hears of it; an engine finds it in the mailbox.
 */
#include "tools/flowctl/request.h"

#include "engine/sys/clock.h"

static bool wait_done(struct kit *kit, struct request *request, int64_t patience,
                      struct err *err);

bool request_make(struct kit *kit, const char *sql, uint32_t n, const char *const *values,
                  struct request *out, struct err *err)
{
    struct err later = {0};
    int64_t patience;
    scoped_reply struct reply reply = {0};
    bool is_dry = cli_has(kit->cli, "dry-run");
    *out = (struct request){0};
    if (!kit_span(kit->cli, "timeout", -1, &patience, err) ||
        !client_begin(&kit->client, err))
        return false;
    bool is_fine = client_ask(&kit->client, sql, n, values, &reply, err);
    if (!client_end(&kit->client, is_fine && !is_dry, is_fine ? err : &later) || !is_fine)
        return false;
    if (is_dry)
        return true;
    out->id = text_chars(kit->cli->arena, reply_text(&reply, 0, 0));
    return !cli_has(kit->cli, "wait") || wait_done(kit, out, patience, err);
}

json_t *request_json(const struct request *request)
{
    return json_pack("{s:s?, s:b}", "command", request->id, "done", request->done);
}

void request_remark(struct kit *kit)
{
    struct err none = {0};
    scoped_reply struct reply reply = {0};
    if (cli_has(kit->cli, "dry-run") || cli_has(kit->cli, "wait"))
        return;
    if (client_ask(&kit->client, "SELECT count(*) FROM flow.nodes WHERE alive", 0, NULL,
                   &reply, &none) &&
        reply_i64(&reply, 0, 0) == 0)
        cli_say(kit->cli, "no engine runs now: it is kept, and done when one does");
}

static bool wait_done(struct kit *kit, struct request *request, int64_t patience,
                      struct err *err)
{
    static const char sql[] =
        "SELECT done_at IS NOT NULL, problem FROM flow.requests WHERE id = $1::uuid";
    int64_t began = clock_monotonic();
    for (uint32_t round = 0;; kit_doze(&round)) {
        scoped_reply struct reply reply = {0};
        if (!client_ask_with(&kit->client, sql, &reply, err, request->id))
            return false;
        if (reply.n == 0 || reply_bool(&reply, 0, 0)) {
            request->done = true;
            if (reply.n == 0 || reply_is_null(&reply, 0, 1))
                return true;
            return err_set(err, ERR_CONFLICT, TEXT_FMT,
                           TEXT_ARG(reply_text(&reply, 0, 1)));
        }
        if (patience >= 0 && clock_monotonic() - began >= patience) {
            err_set(err, ERR_TIMED_OUT, "the time ran out: it is kept, and not done yet");
            return err_hint(err, "flowctl nodes shows which engines run");
        }
    }
}
