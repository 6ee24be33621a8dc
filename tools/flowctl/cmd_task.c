/* What people are asked, and what they answer; dead letters. */
#include "tools/flowctl/commands.h"
#include "tools/flowctl/load.h"
#include "tools/flowctl/request.h"

static int list_tasks(struct cli *cli, bool dead_only);
static int clusters(struct cli *cli, struct kit *kit);
static bool answer_fits(struct kit *kit, const char *task, const char *outcome,
                        const char *data, struct err *err);
static bool task_of(struct kit *kit, const char *name, const char **task,
                    struct err *err);
static bool task_of_instance(struct kit *kit, const struct found *found,
                             const char **task, struct err *err);

int cmd_tasks(struct cli *cli)
{
    return list_tasks(cli, false);
}

int cmd_dead(struct cli *cli)
{
    return list_tasks(cli, true);
}

int cmd_answer(struct cli *cli)
{
    static const char sql[] =
        "SELECT flow.answer($1::uuid, $2::text, $3::json, $4::text)";
    struct err err = {0};
    const char *task, *data = NULL;
    struct request request;
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 2, 2))
        return CLI_USAGE;
    if (cli_has(cli, "data") && !kit_data(cli, NULL, &data, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!task_of(&kit, cli->args[0], &task, &err) ||
        !answer_fits(&kit, task, cli->args[1], data, &err))
        return cli_fail(cli, &err);
    const char *values[] = {task, cli->args[1], data, cli_option(cli, "reason")};
    if (!request_make(&kit, sql, 4, values, &request, &err))
        return cli_fail(cli, &err);
    scoped_json json_t *json = request_json(&request);
    bool is_dry = request.id == NULL;
    if (kit.form == PRINT_TABLE || kit.form == PRINT_WIDE)
        printf("%s: %s %s\n", cli->args[0], cli->args[1],
               is_dry         ? "could be answered"
               : request.done ? "is done"
                              : "is answered");
    else if (kit.form == PRINT_NAME)
        printf("%s\n", is_dry ? task : request.id);
    else
        print_json(PRINT_JSONL, json);
    request_remark(&kit);
    return CLI_OK;
}

/* Judged by the form of the outcome chosen, before anything is stored.
 */
static bool answer_fits(struct kit *kit, const char *task, const char *outcome,
                        const char *data, struct err *err)
{
    scoped_reply struct reply reply = {0};
    scoped_json json_t *json = data == NULL ? NULL : json_read(text_of(data), err);
    if (!client_ask_with(&kit->client,
                         "SELECT instance, number FROM flow.tasks WHERE id = $1::uuid",
                         &reply, err, task))
        return false;
    if (reply.n == 0)
        return true; /* answered meanwhile: the database says so */
    struct stimulus stimulus = {.kind = STIMULUS_ANSWER,
                                .now = kit->now,
                                .task = (uint32_t)reply_i64(&reply, 0, 1),
                                .verb = text_of(outcome),
                                .data = json};
    if (loaded_takes(kit, text_chars(kit->cli->arena, reply_text(&reply, 0, 0)),
                     &stimulus, err))
        return true;
    return err->code == ERR_CONFLICT &&
           err_hint(err, "flowctl tasks shows what it may be answered by");
}

static int list_tasks(struct cli *cli, bool dead_only)
{
    static const char sql[] =
        "SELECT json_build_object('id', id, 'key', key, 'instance', instance, 'flow', "
        "flow,"
        " 'kind', kind, 'role', role, 'question', question, 'outcomes', outcomes,"
        " 'since', " KIT_INSTANT("since") ", 'until', " KIT_INSTANT(
            "until") ","
                     " 'dead_letter', dead_letter, 'showing', showing) FROM flow.tasks"
                     " WHERE ($1::text IS NULL OR role = $1) AND ($2::text IS NULL OR "
                     "flow = $2)"
                     " AND ($3::uuid IS NULL OR instance = $3) AND ($4::text IS NULL OR "
                     "kind = $4)"
                     " AND ($5::text IS NULL OR key = $5) ORDER BY since, id LIMIT "
                     "$6::bigint";
    static const struct print_column columns[] = {
        {"id", "TASK", PRINT_PLAIN},
        {"key", "KEY", PRINT_PLAIN},
        {"kind", "KIND", PRINT_PLAIN},
        {"role", "ROLE", PRINT_PLAIN},
        {"question", "QUESTION", PRINT_PLAIN},
        {"outcomes", "ANSWERS", PRINT_NAMES},
        {"since", "FOR", PRINT_SINCE},
        {"until", "UNTIL", PRINT_WIDE_ONLY},
        {"flow", "FLOW", PRINT_WIDE_ONLY},
        {"showing", "SHOWING", PRINT_WIDE_ONLY},
        {0},
    };
    int64_t limit;
    struct err err = {0};
    struct found found = {0};
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, 0, dead_only ? 1 : 0))
        return CLI_USAGE;
    if (!kit_limit(cli, -1, &limit, &err))
        return cli_fail(cli, &err);
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (cli->args_n > 0 && !kit_find(&kit, cli->args[0], &found, &err))
        return cli_fail(cli, &err);
    if (dead_only && cli_has(cli, "clusters"))
        return clusters(cli, &kit);
    const char *values[] = {
        cli_option(cli, "role"),
        cli_option(cli, "flow"),
        found.id,
        dead_only ? "dead_letter" : NULL,
        cli_option(cli, "key"),
        limit < 0 ? NULL : arena_printf(cli->arena, "%lld", (long long)limit),
    };
    if (!kit_list(&kit, sql, 6, values, columns,
                  dead_only ? "nothing is in a dead letter" : "nobody is asked anything",
                  &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

/* Alike are those of one flow and dead letter whose words differ in digits only. */
static int clusters(struct cli *cli, struct kit *kit)
{
    static const char sql[] =
        "SELECT json_build_object('n', count(*), 'flow', flow, 'dead_letter', "
        "dead_letter,"
        " 'question', regexp_replace(question, '[0-9]+', '#', 'g'),"
        " 'since', " KIT_INSTANT(
            "min(since)") ", 'keys', (array_agg(key ORDER BY since))[1:5])"
                          " FROM flow.dead_letters WHERE ($1::text IS NULL OR flow = $1)"
                          " GROUP BY flow, dead_letter, regexp_replace(question, "
                          "'[0-9]+', '#', 'g')"
                          " ORDER BY count(*) DESC, flow";
    static const struct print_column columns[] = {
        {"n", "N", PRINT_PLAIN},
        {"flow", "FLOW", PRINT_PLAIN},
        {"dead_letter", "DEAD LETTER", PRINT_PLAIN},
        {"question", "ALIKE", PRINT_PLAIN},
        {"since", "OLDEST", PRINT_SINCE},
        {"keys", "SOME OF THEM", PRINT_PLAIN},
        {0},
    };
    struct err err = {0};
    const char *values[] = {cli_option(cli, "flow")};
    if (!kit_list(kit, sql, 1, values, columns, "nothing is in a dead letter", &err))
        return cli_fail(cli, &err);
    return CLI_OK;
}

/* A task by its id; or by the key of an instance that has one, and only one. */
static bool task_of(struct kit *kit, const char *name, const char **task, struct err *err)
{
    struct id id;
    struct found found;
    *task = name;
    if (id_parse(text_of(name), &id)) {
        scoped_reply struct reply reply = {0};
        if (!client_ask_with(&kit->client, "SELECT 1 FROM flow.tasks WHERE id = $1::uuid",
                             &reply, err, name))
            return false;
        if (reply.n == 1)
            return true;
    }
    if (kit_find(kit, name, &found, err))
        return task_of_instance(kit, &found, task, err);
    if (err->code != ERR_NOT_FOUND)
        return false;
    err_set(err, ERR_NOT_FOUND, "there is no task \"%s\", or it has been answered", name);
    return err_hint(err, "flowctl tasks lists them");
}

static bool task_of_instance(struct kit *kit, const struct found *found,
                             const char **task, struct err *err)
{
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client,
                         "SELECT id FROM flow.tasks WHERE instance = $1::uuid", &reply,
                         err, found->id))
        return false;
    if (reply.n == 1) {
        *task = text_chars(kit->cli->arena, reply_text(&reply, 0, 0));
        return true;
    }
    if (reply.n == 0) {
        err_set(err, ERR_NOT_FOUND, "\"" TEXT_FMT "\" has no task", TEXT_ARG(found->key));
        return err_hint(err,
                        "flowctl tasks lists what people are asked; flowctl why " TEXT_FMT
                        " says what it waits for",
                        TEXT_ARG(found->key));
    }
    err_set(err, ERR_USAGE, "\"" TEXT_FMT "\" has %u tasks: name one by its id",
            TEXT_ARG(found->key), reply.n);
    return err_hint(err, "flowctl tasks --key " TEXT_FMT, TEXT_ARG(found->key));
}
