/* Until an instance has ended, or is somewhere. */
#include "tools/flowctl/commands.h"
#include "tools/flowctl/until.h"

#include "engine/sys/clock.h"

static bool is_so(const struct found *found, const struct until *until);
static int status_of_end(enum instance_status status);

int cmd_wait(struct cli *cli)
{
    struct err err = {0};
    struct found found;
    struct until until;
    int64_t patience;
    const char *what = cli_option(cli, "for");
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (!until_parse(what != NULL ? what : "ended", &until, &err) ||
        !kit_span(cli, "timeout", -1, &patience, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!kit_find(&kit, cli->args[0], &found, &err))
        return cli_fail(cli, &err);
    int status = until_wait(&kit, &found, &until, patience, &err);
    if (err.code != ERR_OK)
        return cli_fail(cli, &err);
    scoped_json json_t *json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "id", found.id, "key", json_text(found.key), "flow",
        json_text(found.flow), "status", json_text(found.status), "state",
        found.state.n == 0 ? json_null() : json_text(found.state));
    if (kit.form == PRINT_TABLE || kit.form == PRINT_WIDE)
        printf(TEXT_FMT " is " TEXT_FMT "%s" TEXT_FMT "\n", TEXT_ARG(found.key),
               TEXT_ARG(found.status), found.state.n > 0 ? ", in " : "",
               TEXT_ARG(found.state));
    else if (kit.form == PRINT_NAME)
        printf(TEXT_FMT "\n", TEXT_ARG(found.key));
    else
        print_json(kit.form, json);
    return status;
}

bool until_parse(const char *what, struct until *out, struct err *err)
{
    enum instance_status status;
    struct text rest = text_of(what);
    struct text word = text_split(&rest, '=');
    *out = (struct until){0};
    if (text_is_chars(text_of(what), "ended")) {
        out->ended = true;
    } else if (text_is_chars(word, "state") && rest.n > 0) {
        out->state = rest;
    } else if (text_is_chars(word, "status") && instance_status_of(rest, &status)) {
        out->status = rest;
    } else {
        err_set(err, ERR_USAGE, "--for \"%s\" says nothing that can be waited for", what);
        return err_hint(err,
                        "ended, state=NAME, or status= with running, waiting, parked, "
                        "undoing, paused, completed, failed or cancelled");
    }
    return true;
}

int until_wait(struct kit *kit, struct found *found, const struct until *until,
               int64_t patience, struct err *err)
{
    int64_t began = clock_monotonic();
    enum instance_status status = STATUS_RUNNING;
    const char *id = found->id;
    for (uint32_t round = 0;; kit_doze(&round)) {
        if (!kit_find(kit, id, found, err))
            return err_exit(err->code);
        must(instance_status_of(found->status, &status));
        if (!until->ended && is_so(found, until))
            return CLI_OK;
        if (instance_status_is_ended(status))
            return until->ended || status != STATUS_COMPLETED ? status_of_end(status)
                                                              : err_exit(ERR_CONFLICT);
        if (until->ended && status == STATUS_PARKED)
            return CLI_IS_PARKED;
        if (patience >= 0 && clock_monotonic() - began >= patience) {
            err_set(err, ERR_TIMED_OUT, "the time ran out: \"" TEXT_FMT "\" is " TEXT_FMT,
                    TEXT_ARG(found->key), TEXT_ARG(found->status));
            err_hint(err, "flowctl why " TEXT_FMT, TEXT_ARG(found->key));
            return err_exit(ERR_TIMED_OUT);
        }
    }
}

/* A state counts as reached in the states inside it too. */
static bool is_so(const struct found *found, const struct until *until)
{
    if (until->status.n > 0)
        return text_is(found->status, until->status);
    return text_is(found->state, until->state) ||
           (text_starts(found->state, until->state) &&
            found->state.chars[until->state.n] == '.');
}

static int status_of_end(enum instance_status status)
{
    return status == STATUS_FAILED      ? CLI_HAS_FAILED
           : status == STATUS_CANCELLED ? CLI_WAS_CANCELLED
                                        : CLI_OK;
}
