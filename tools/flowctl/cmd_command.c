/* What operators do to instances: retry, cancel, pause, resume, and saying what became of
 * a step in doubt or of an undo that failed. */
#include <string.h>

#include "tools/flowctl/commands.h"
#include "tools/flowctl/load.h"
#include "tools/flowctl/moving.h"
#include "tools/flowctl/request.h"

static int on_keys(struct cli *cli, const char *verb, const json_t *args);
static int on_step(struct cli *cli, const char *verb, uint32_t args_fewest,
                   bool has_data);
static bool command(struct kit *kit, const char *key, const char *verb,
                    const json_t *args, struct request *out, struct err *err);
static void said(struct kit *kit, const char *key, const char *verb,
                 const struct request *request);

static const struct print_column columns[] = {
    {"key", "KEY", PRINT_PLAIN},
    {"command", "REQUEST", PRINT_PLAIN},
    {"done", "DONE", PRINT_PLAIN},
    {0},
};

int cmd_cancel(struct cli *cli)
{
    return on_keys(cli, "cancel", NULL);
}

int cmd_pause(struct cli *cli)
{
    return on_keys(cli, "pause", NULL);
}

int cmd_resume(struct cli *cli)
{
    return on_keys(cli, "resume", NULL);
}

int cmd_stay(struct cli *cli)
{
    return on_keys(cli, "stay", NULL);
}

/* To --to, else the latest version; what waits for a rest is done when it rests. */
int cmd_migrate(struct cli *cli)
{
    int64_t to = 0;
    scoped_json json_t *args = json_object();
    const char *given = cli_option(cli, "to");
    if (given != NULL && (!text_to_i64(text_of(given), &to) || to <= 0 || to > INT32_MAX))
        return cli_misused(cli, "--to \"%s\" is no version", given);
    if (to > 0)
        json_object_set_new(args, "to", json_integer(to));
    return cli_has(cli, "flow") ? migrate_flow(cli, to) : on_keys(cli, "migrate", args);
}

int cmd_retry(struct cli *cli)
{
    return on_step(cli, "retry", 1, false);
}

int cmd_result(struct cli *cli)
{
    return on_step(cli, "result", 2, true);
}

int cmd_absent(struct cli *cli)
{
    return on_step(cli, "absent", 2, false);
}

int cmd_done_by_hand(struct cli *cli)
{
    return on_step(cli, "done-by-hand", 2, false);
}

int cmd_leave_standing(struct cli *cli)
{
    return on_step(cli, "leave-standing", 2, false);
}

/* Each is a request of its own: one that is refused stops no other. */
static int on_keys(struct cli *cli, const char *verb, const json_t *args)
{
    uint32_t refused = 0;
    struct err err = {0};
    struct printer printer;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 1, UINT32_MAX))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    bool is_list = cli->args_n > 1 && kit.form != PRINT_TABLE && kit.form != PRINT_WIDE;
    printer_open(&printer, cli, kit.form, columns, kit.now);
    for (uint32_t i = 0; i < cli->args_n; i++) {
        struct request request;
        if (!command(&kit, cli->args[i], verb, args, &request, &err)) {
            refused++;
            if (cli->args_n > 1 && err.code != ERR_USAGE)
                cli_say(cli, "%s: %s", cli->args[i], err.what);
            if (cli->args_n == 1 || err.code == ERR_UNAVAILABLE || err.code == ERR_USAGE)
                break;
        } else if (is_list) {
            json_t *row = request_json(&request);
            json_object_set_new(row, "key", json_text(text_of(cli->args[i])));
            printer_row(&printer, row);
        } else {
            said(&kit, cli->args[i], verb, &request);
        }
    }
    if (is_list)
        printer_close(&printer, NULL);
    else
        arena_free(printer.page);
    if (refused < cli->args_n)
        request_remark(&kit);
    if (refused == 0)
        return CLI_OK;
    if (cli->args_n == 1 || err.code == ERR_UNAVAILABLE || err.code == ERR_USAGE)
        return cli_fail(cli, &err);
    return err_exit(ERR_PARTLY);
}

static int on_step(struct cli *cli, const char *verb, uint32_t args_fewest, bool has_data)
{
    const char *data;
    struct err err = {0};
    struct request request;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, args_fewest, 2))
        return CLI_USAGE;
    if (has_data && !kit_data(cli, NULL, &data, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    scoped_json json_t *args = json_object();
    if (cli->args_n == 2)
        json_object_set_new(args, "step", json_text(text_of(cli->args[1])));
    if (has_data)
        json_object_set_new(args, "data", json_read(text_of(data), &err));
    if (!command(&kit, cli->args[0], verb, args, &request, &err))
        return cli_fail(cli, &err);
    said(&kit, cli->args[0], verb, &request);
    request_remark(&kit);
    return CLI_OK;
}

/* What the engine would refuse as things stand is refused now, and not stored. Of what
 * has ended, and of `migrate`, the database judges: it knows all versions. */
static bool fits(struct kit *kit, const struct found *found, const char *verb,
                 const json_t *args, struct err *err)
{
    struct stimulus stimulus = {.kind = STIMULUS_COMMAND,
                                .now = kit->now,
                                .verb = text_of(verb),
                                .step = json_text_of(json_object_get(args, "step")),
                                .data = json_object_get(args, "data")};
    enum instance_status status = STATUS_RUNNING;
    bool is_theirs =
        strcmp(verb, "migrate") == 0 ||
        (instance_status_of(found->status, &status) && instance_status_is_ended(status));
    if (is_theirs || loaded_takes(kit, found->id, &stimulus, err))
        return true;
    if (err->hint[0] == '\0' && err->code == ERR_CONFLICT)
        (void)err_hint(err, "flowctl why " TEXT_FMT " says what it waits for",
                       TEXT_ARG(found->key));
    return false;
}

static bool command(struct kit *kit, const char *key, const char *verb,
                    const json_t *args, struct request *out, struct err *err)
{
    static const char sql[] =
        "SELECT flow.command($1::uuid, $2::text, $3::json, $4::text)";
    struct found found;
    const char *reason;
    if (!kit_reason(kit, &reason, err) || !kit_find(kit, key, &found, err) ||
        !fits(kit, &found, verb, args, err))
        return false;
    const char *values[] = {found.id, verb,
                            args == NULL ? NULL : json_write(kit->cli->arena, args).chars,
                            reason};
    return request_make(kit, sql, 4, values, out, err);
}

static void said(struct kit *kit, const char *key, const char *verb,
                 const struct request *request)
{
    scoped_json json_t *json = request_json(request);
    bool is_dry = request->id == NULL;
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE)
        printf("%s: %s %s\n", key, verb,
               is_dry          ? "could be asked for"
               : request->done ? "is done"
                               : "is asked for");
    else if (kit->form == PRINT_NAME)
        printf("%s\n", is_dry ? key : request->id);
    else
        print_json(PRINT_JSONL, json);
}
