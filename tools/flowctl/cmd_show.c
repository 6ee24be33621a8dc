/* One instance: show, why, ladder. They read its row, so they work while no engine runs.
 */
#include "tools/flowctl/adapters.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/flows.h"
#include "tools/flowctl/load.h"

#include "engine/base/when.h"

typedef json_t *view_of(struct kit *kit, const struct loaded *loaded);
typedef void words_of(struct kit *kit, const json_t *json);

static int say(struct cli *cli, view_of *view, words_of *words);
static json_t *why_of(struct kit *kit, const struct loaded *loaded);
static json_t *ladder_of(struct kit *kit, const struct loaded *loaded);
static void name_tasks(struct kit *kit, const struct loaded *loaded, json_t *rows);
static void show_words(struct kit *kit, const json_t *json);
static void why_words(struct kit *kit, const json_t *json);
static void ladder_words(struct kit *kit, const json_t *json);
static void heading(struct kit *kit, const json_t *json);
static void waiting_words(struct kit *kit, const json_t *waiting);
static void parked_words(struct kit *kit, const json_t *parked);
static void undo_words(struct kit *kit, const json_t *undo);
static void children_words(struct kit *kit, const json_t *children);
static void object_words(struct kit *kit, const char *title, const json_t *object);
static struct text member(struct kit *kit, const json_t *json, const char *name);
static struct text moment(struct kit *kit, const json_t *json, const char *name);
static struct text ago(struct kit *kit, const json_t *json, const char *name);

enum { VALUE_COLUMNS = 90 }; /* of a variable: what a line holds; -o wide shows all */

int cmd_show(struct cli *cli)
{
    return say(cli, loaded_show, show_words);
}

int cmd_why(struct cli *cli)
{
    return say(cli, why_of, why_words);
}

int cmd_ladder(struct cli *cli)
{
    return say(cli, ladder_of, ladder_words);
}

static int say(struct cli *cli, view_of *view, words_of *words)
{
    struct err err = {0};
    scoped_kit struct kit kit = {0};
    scoped_loaded struct loaded loaded = {0};
    if (!cli_args(cli, 1, 1))
        return CLI_USAGE;
    if (!kit_open(&kit, cli, CLIENT_READS))
        return kit.status;
    if (!loaded_get(&kit, cli->args[0], &loaded, &err))
        return cli_fail(cli, &err);
    scoped_json json_t *json = view(&kit, &loaded);
    if (kit.form == PRINT_TABLE || kit.form == PRINT_WIDE)
        words(&kit, json);
    else if (kit.form == PRINT_NAME)
        printf(TEXT_FMT "\n", TEXT_ARG(loaded.found.key));
    else if (kit.form == PRINT_CSV)
        return cli_misused(cli, "%s has no -o csv: list and ladder have",
                           cli->command->name);
    else
        print_json(kit.form, json);
    return CLI_OK;
}

static json_t *why_of(struct kit *kit, const struct loaded *loaded)
{
    scoped_json json_t *held =
        flows_hold(kit, text_chars(kit->cli->arena, loaded->found.flow), loaded->version);
    const struct instance *inst = loaded->inst;
    if (inst == NULL && held != NULL)
        inst = loaded_as_begun(kit->cli->arena, loaded);
    if (inst != NULL) {
        scoped_json json_t *adapters = adapters_by_name(kit);
        struct environment environment = loaded->environment;
        environment.adapters = adapters;
        environment.held = held;
        json_t *json = view_why(kit->cli->arena, loaded->ir, inst, &environment, kit->now,
                                loaded->private);
        name_tasks(kit, loaded, json_object_get(json, "can"));
        return json;
    }
    char *says = arena_printf(
        kit->cli->arena, TEXT_FMT " was started, and waits for an engine to begin it.",
        TEXT_ARG(loaded->found.key));
    return json_pack("{s:O, s:O, s:O, s:n, s:s, s:[], s:[{s:s, s:s, s:s}]}", "key",
                     json_object_get(loaded->brief, "key"), "flow",
                     json_object_get(loaded->brief, "flow"), "status",
                     json_object_get(loaded->brief, "status"), "state", "says", says,
                     "waiting", "can", "who", "an engine", "what", "begin it", "command",
                     "flowd");
}

/* The heart knows a task by its number in the instance, people by its id. */
static void name_tasks(struct kit *kit, const struct loaded *loaded, json_t *rows)
{
    static const char sql[] =
        "SELECT number, id FROM flow.tasks WHERE instance = $1::uuid";
    static const char before[] = "flowctl answer TASK";
    struct err none = {0};
    size_t i;
    json_t *can;
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&kit->client, sql, &reply, &none, loaded->found.id))
        return;
    json_array_foreach(rows, i, can)
    {
        struct text command = json_text_of(json_object_get(can, "command"));
        json_t *number = json_object_get(can, "task");
        for (uint32_t k = 0; k < reply.n && json_is_integer(number); k++) {
            struct text id = reply_text(&reply, k, 1);
            if (json_integer_value(number) != reply_i64(&reply, k, 0) ||
                !text_starts(command, text_of(before)))
                continue;
            command = text_cut(command, sizeof before - 1, command.n);
            json_object_set_new(can, "command",
                                json_sprintf("flowctl answer " TEXT_FMT TEXT_FMT,
                                             TEXT_ARG(id), TEXT_ARG(command)));
            json_object_set_new(can, "task", json_text(id));
            break;
        }
    }
}

static json_t *ladder_of(struct kit *kit, const struct loaded *loaded)
{
    if (loaded->inst == NULL)
        return json_array();
    return view_ladder(kit->cli->arena, loaded->ir, loaded->inst, loaded->private);
}

static void show_words(struct kit *kit, const json_t *json)
{
    heading(kit, json);
    struct text since = ago(kit, json, "since"), state = member(kit, json, "state");
    if (state.n > 0)
        printf("  %-9s" TEXT_FMT ", for " TEXT_FMT "\n", "state", TEXT_ARG(state),
               TEXT_ARG(since));
    printf("  %-9s" TEXT_FMT "\n", "started", TEXT_ARG(moment(kit, json, "started_at")));
    if (member(kit, json, "ended_at").n > 0)
        printf("  %-9s" TEXT_FMT "\n", "ended", TEXT_ARG(moment(kit, json, "ended_at")));
    waiting_words(kit, json_object_get(json, "waiting"));
    parked_words(kit, json_object_get(json, "parked"));
    undo_words(kit, json_object_get(json, "undo"));
    children_words(kit, json_object_get(json, "children"));
    object_words(kit, "marks", json_object_get(json, "marks"));
    object_words(kit, "vars", json_object_get(json, "vars"));
    if (member(kit, json, "result").n > 0)
        printf("  %-9s" TEXT_FMT "\n", "result", TEXT_ARG(member(kit, json, "result")));
    if (member(kit, json, "error").n > 0)
        printf("  %-9s" TEXT_FMT "\n", "error", TEXT_ARG(member(kit, json, "error")));
    if (member(kit, json, "parent").n > 0)
        printf("  %-9s" TEXT_FMT "\n", "parent", TEXT_ARG(member(kit, json, "parent")));
    printf("  %-9s" TEXT_FMT "\n", "id", TEXT_ARG(member(kit, json, "id")));
}

static void why_words(struct kit *kit, const json_t *json)
{
    size_t i;
    json_t *can;
    printf("%s" TEXT_FMT "%s\n", print_bold(kit->cli),
           TEXT_ARG(member(kit, json, "says")), print_plain(kit->cli));
    waiting_words(kit, json_object_get(json, "waiting"));
    json_array_foreach(json_object_get(json, "can"), i, can)
    {
        struct text command = member(kit, can, "command");
        printf("  %-9s" TEXT_FMT ": " TEXT_FMT "\n", i == 0 ? "can" : "",
               TEXT_ARG(member(kit, can, "who")), TEXT_ARG(member(kit, can, "what")));
        if (command.n > 0)
            printf("  %-9s%s" TEXT_FMT "%s\n", "", print_dim(kit->cli), TEXT_ARG(command),
                   print_plain(kit->cli));
    }
}

static void ladder_words(struct kit *kit, const json_t *json)
{
    static const struct print_column columns[] = {
        {"effect", "EFFECT", PRINT_PLAIN},
        {"name", "NAME", PRINT_PLAIN},
        {"state", "STATE", PRINT_PLAIN},
        {"undone_by", "UNDONE BY", PRINT_PLAIN},
        {"at", "AGO", PRINT_SINCE},
        {"args", "WITH", PRINT_WIDE_ONLY},
        {0},
    };
    struct printer printer;
    size_t i;
    json_t *row;
    printer_open(&printer, kit->cli, kit->form, columns, kit->now);
    json_array_foreach(json, i, row)
    {
        printer_row(&printer, json_incref(row));
    }
    printer_close(&printer, "nothing stands: nothing would be put back");
}

static void heading(struct kit *kit, const json_t *json)
{
    struct text status = member(kit, json, "status");
    printf("%s" TEXT_FMT "%s  " TEXT_FMT " version " TEXT_FMT "  %s" TEXT_FMT "%s\n",
           print_bold(kit->cli), TEXT_ARG(member(kit, json, "key")),
           print_plain(kit->cli), TEXT_ARG(member(kit, json, "flow")),
           TEXT_ARG(member(kit, json, "version")), print_colour(kit->cli, status),
           TEXT_ARG(status), print_plain(kit->cli));
}

static void waiting_words(struct kit *kit, const json_t *waiting)
{
    size_t i;
    json_t *row;
    json_array_foreach(waiting, i, row)
    {
        struct text since = ago(kit, row, "since"), until = moment(kit, row, "until");
        struct text line = member(kit, row, "line");
        printf("  %-9s" TEXT_FMT " " TEXT_FMT, i == 0 ? "waits" : "",
               TEXT_ARG(member(kit, row, "kind")), TEXT_ARG(member(kit, row, "what")));
        if (since.n > 0)
            printf(", for " TEXT_FMT, TEXT_ARG(since));
        if (until.n > 0)
            printf(", until " TEXT_FMT, TEXT_ARG(until));
        if (line.n > 0)
            printf(" (line " TEXT_FMT ")", TEXT_ARG(line));
        putchar('\n');
    }
}

static void parked_words(struct kit *kit, const json_t *parked)
{
    size_t i;
    json_t *row;
    json_array_foreach(parked, i, row)
    {
        const json_t *problem = json_object_get(row, "problem");
        struct text message = member(kit, problem, "message");
        printf("  %-9s" TEXT_FMT " in " TEXT_FMT, i == 0 ? "parked" : "",
               TEXT_ARG(member(kit, row, "step")),
               TEXT_ARG(member(kit, row, "dead_letter")));
        if (member(kit, row, "owner").n > 0)
            printf(", of " TEXT_FMT, TEXT_ARG(member(kit, row, "owner")));
        if (json_is_object(problem))
            printf("\n  %-9s" TEXT_FMT "%s" TEXT_FMT ", after " TEXT_FMT " attempts", "",
                   TEXT_ARG(member(kit, problem, "kind")), message.n > 0 ? ": " : "",
                   TEXT_ARG(message), TEXT_ARG(member(kit, problem, "attempts")));
        putchar('\n');
    }
}

static void undo_words(struct kit *kit, const json_t *undo)
{
    size_t i;
    json_t *row;
    json_array_foreach(undo, i, row)
    {
        struct text undone_by = member(kit, row, "undone_by");
        printf("  %-9s" TEXT_FMT " (" TEXT_FMT ") " TEXT_FMT, i == 0 ? "undo" : "",
               TEXT_ARG(member(kit, row, "effect")), TEXT_ARG(member(kit, row, "name")),
               TEXT_ARG(member(kit, row, "state")));
        if (undone_by.n > 0)
            printf(", undone by " TEXT_FMT, TEXT_ARG(undone_by));
        putchar('\n');
    }
}

static void children_words(struct kit *kit, const json_t *children)
{
    size_t i;
    json_t *row;
    json_array_foreach(children, i, row)
    {
        printf("  %-9s" TEXT_FMT " " TEXT_FMT " %s" TEXT_FMT "%s\n", i == 0 ? "ran" : "",
               TEXT_ARG(member(kit, row, "flow")), TEXT_ARG(member(kit, row, "key")),
               print_colour(kit->cli, member(kit, row, "status")),
               TEXT_ARG(member(kit, row, "status")), print_plain(kit->cli));
    }
}

static void object_words(struct kit *kit, const char *title, const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        struct text safe = print_safe(kit->cli->arena, text_of(name));
        struct text cell = print_cell(kit->cli->arena, value);
        if (kit->form == PRINT_TABLE)
            cell = print_cut(kit->cli->arena, cell, VALUE_COLUMNS);
        printf("  %-9s" TEXT_FMT " = " TEXT_FMT "\n", title, TEXT_ARG(safe),
               TEXT_ARG(cell));
        title = "";
    }
}

static struct text member(struct kit *kit, const json_t *json, const char *name)
{
    return print_cell(kit->cli->arena, json_object_get(json, name));
}

static struct text moment(struct kit *kit, const json_t *json, const char *name)
{
    return print_moment(kit->cli->arena, json_text_of(json_object_get(json, name)));
}

static struct text ago(struct kit *kit, const json_t *json, const char *name)
{
    int64_t then;
    if (!when_instant_parse(json_text_of(json_object_get(json, name)), &then))
        return TEXT("");
    return print_span(kit->cli->arena, kit->now - then);
}
