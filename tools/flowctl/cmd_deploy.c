/* Flows and environments become what runs: compiled here, stored in one transaction. */
#include "dsl/diff.h"
#include "engine/base/digest.h"
#include "engine/store/version_meta.h"
#include "engine/sys/fault.h"
#include "tools/flowctl/commands.h"
#include "tools/flowctl/deployed.h"
#include "tools/flowctl/kit.h"
#include "tools/flowctl/moving.h"
#include "tools/sources.h"

#include "engine/base/limits.h"

static const struct print_column columns[] = {
    {"name", "NAME", PRINT_PLAIN},       {"what", "WHAT", PRINT_PLAIN},
    {"version", "VERSION", PRINT_PLAIN}, {"found", "FOUND", PRINT_PLAIN},
    {"hash", "HASH", PRINT_WIDE_ONLY},   {0},
};

struct deploy {
    struct kit *kit;
    struct compiled *compiled;
    struct deployed deployed;
    struct printer printer;
    struct buf differences; /* with --plan, for people */
    bool is_plan;
    uint32_t conflicts; /* with --plan: what could not be deployed */
};

static bool add_files(struct cli *cli, struct sources *sources, struct err *err);
static const char *const *folders(struct cli *cli);
static bool forgets(struct deploy *deploy);
static int deploy(struct deploy *deploy, struct err *err);
static bool deploy_all(struct deploy *deploy, struct err *err);
static int migrate(struct deploy *deploy, bool keep, struct err *err);
static bool deploy_flow(struct deploy *deploy, const struct compile_flow *flow,
                        struct err *err);
static bool deploy_environment(struct deploy *deploy,
                               const struct compile_environment *environment,
                               struct err *err);
static bool remark_unbound(struct deploy *deploy, struct err *err);
static void row(struct deploy *deploy, struct text name, const char *what,
                int64_t version, const char *found, struct text hash);

int cmd_deploy(struct cli *cli)
{
    struct err err = {0};
    struct sources sources;
    scoped_arena struct arena *compile = arena_new("compile", LIMIT_COMPILE_BYTES);
    scoped_kit struct kit kit = {0};
    if (!cli_args(cli, cli_has(cli, "bindings") ? 0 : 1, UINT32_MAX))
        return CLI_USAGE;
    sources_init(&sources, compile, folders(cli));
    if (!add_files(cli, &sources, &err))
        return cli_fail(cli, &err);
    struct compile_request request = sources_request(&sources);
    struct compiled *compiled = compile_all(compile, &request);
    if (sources_complain(cli, &compiled->diags, false))
        return CLI_FLOW_ERRORS;
    if (cli_has(cli, "strict") && diags_count(&compiled->diags, DIAG_WARNING) > 0)
        return CLI_FLOW_WARNINGS;
    if (sources.err.code != ERR_OK)
        return cli_fail(cli, &sources.err);
    if (compiled->flows_n == 0 && compiled->environments_n == 0)
        return cli_misused(cli, "there is no flow and no environment in these files");
    if (!kit_open(&kit, cli, CLIENT_MAKES))
        return kit.status;
    struct deploy all = {.kit = &kit,
                         .compiled = compiled,
                         .deployed = {.kit = &kit, .compile = compile},
                         .is_plan = cli_has(cli, "plan")};
    buf_init(&all.differences, compile);
    if (!deployed_read(&all.deployed, compiled, &err))
        return cli_fail(cli, &err);
    if (forgets(&all))
        return CLI_FLOW_ERRORS;
    return deploy(&all, &err);
}

static bool add_files(struct cli *cli, struct sources *sources, struct err *err)
{
    for (uint32_t i = 0; i < cli->args_n; i++)
        if (!sources_add(sources, cli->args[i], err))
            return false;
    const char *path;
    for (uint32_t i = 0; (path = cli_option_at(cli, "bindings", i)) != NULL; i++)
        if (!sources_add(sources, path, err))
            return false;
    return true;
}

static const char *const *folders(struct cli *cli)
{
    const char **list = arena_array(cli->arena, const char *, cli->given.n + 1);
    uint32_t n = 0;
    while ((list[n] = cli_option_at(cli, "include", n)) != NULL)
        n++;
    return list;
}

static bool is_other_meaning(const struct diag *diag)
{
    return diag->code == DIAG_F0704;
}

/* What a new version forgets of those before it. That a version was deployed with another
 * meaning is shown, and refused when it comes to it: others of a plan may be fine. */
static bool forgets(struct deploy *deploy)
{
    struct diags *diags = &deploy->compiled->diags;
    uint32_t before = diags_count(diags, DIAG_ERROR), others = 0;
    check_versions(deploy->compiled, deploy->deployed.all.at, deploy->deployed.all.n);
    if (diags_count(diags, DIAG_ERROR) == before)
        return false;
    for (uint32_t i = 0; i < diags->n; i++)
        others += diags->at[i]->severity == DIAG_ERROR && !is_other_meaning(diags->at[i]);
    (void)sources_complain(deploy->kit->cli, diags, false);
    return others > 0;
}

static int deploy(struct deploy *deploy, struct err *err)
{
    struct err later = {0};
    struct kit *kit = deploy->kit;
    bool keep = !deploy->is_plan && !cli_has(kit->cli, "dry-run");
    printer_open(&deploy->printer, kit->cli, kit->form, columns, kit->now);
    bool is_fine = client_begin(&kit->client, err) && deploy_all(deploy, err);
    fault_at(DEPLOY_BEFORE_COMMIT);
    if (!client_end(&kit->client, keep && is_fine, is_fine ? err : &later))
        is_fine = false;
    fault_at(DEPLOY_AFTER_COMMIT);
    if (!is_fine) {
        arena_free(deploy->printer.page);
        return cli_fail(kit->cli, err);
    }
    printer_close(&deploy->printer, NULL);
    if (kit->form == PRINT_TABLE || kit->form == PRINT_WIDE) {
        struct text differences = buf_done(&deploy->differences);
        fwrite(differences.chars, 1, differences.n, stdout);
    }
    return deploy->conflicts > 0 ? CLI_DIFFERS : migrate(deploy, keep, err);
}

/* How many of the older versions could go over, from where they are. */
static bool show_moving(struct deploy *deploy, struct err *err)
{
    size_t i;
    json_t *row;
    struct kit *kit = deploy->kit;
    struct printer printer;
    if (kit->form != PRINT_TABLE && kit->form != PRINT_WIDE)
        return true; /* migrate --dry-run is for programs */
    for (uint32_t f = 0; f < deploy->compiled->flows_n; f++) {
        scoped_json json_t *rows =
            moving_count(kit, deploy->compiled->flows[f].image, err);
        if (rows == NULL)
            return false;
        if (json_array_size(rows) == 0)
            continue;
        putchar('\n');
        printer_open(&printer, kit->cli, kit->form, moving_columns, kit->now);
        json_array_foreach(rows, i, row) printer_row(&printer, json_incref(row));
        printer_close(&printer, NULL);
    }
    return true;
}

/* After the commit: what was asked of some is kept, whatever happens to the rest. */
static int migrate(struct deploy *deploy, bool keep, struct err *err)
{
    struct kit *kit = deploy->kit;
    if (deploy->is_plan)
        return show_moving(deploy, err) ? CLI_OK : cli_fail(kit->cli, err);
    for (uint32_t i = 0;
         keep && cli_has(kit->cli, "migrate") && i < deploy->compiled->flows_n; i++) {
        int64_t asked;
        const struct ir *ir = deploy->compiled->flows[i].image;
        const char *flow = text_chars(kit->cli->arena, ir_text(ir, ir->flow.name)),
                   *number = arena_printf(kit->cli->arena, "%u", ir->flow.version);
        if (!moving_ask(kit, flow, number, cli_option(kit->cli, "reason"), &asked, err)) {
            err_hint(err, "it is deployed; flowctl migrate --flow %s asks the others",
                     flow);
            return cli_fail(kit->cli, err);
        }
        cli_say(kit->cli, "%s: %lld asked to go over to version %s", flow,
                (long long)asked, number);
    }
    return CLI_OK;
}

static bool deploy_all(struct deploy *deploy, struct err *err)
{
    const struct compiled *compiled = deploy->compiled;
    for (uint32_t i = 0; i < compiled->flows_n; i++)
        if (!deploy_flow(deploy, &compiled->flows[i], err))
            return false;
    for (uint32_t i = 0; i < compiled->environments_n; i++)
        if (!deploy_environment(deploy, &compiled->environments[i], err))
            return false;
    return remark_unbound(deploy, err);
}

/* Against the version that is in force now. */
static void say_differences(struct deploy *deploy, const struct ir *ir)
{
    const struct ir *before = deployed_same(&deploy->deployed, ir);
    if (before == NULL)
        before = deployed_before(&deploy->deployed, ir);
    if (before == NULL)
        return;
    struct diff *diff = diff_flows(deploy->deployed.compile, before, ir);
    if (diff->changes.n == 0)
        return;
    buf_char(&deploy->differences, '\n');
    diff_print(&deploy->differences, diff);
}

/* With --plan a version that cannot be deployed is a row of the plan, not an end. */
static bool deploy_flow(struct deploy *deploy, const struct compile_flow *flow,
                        struct err *err)
{
    static const char known_sql[] =
        "SELECT hash FROM flow.flows WHERE flow = $1 AND version = $2::integer";
    static const char sql[] =
        "SELECT version, created FROM flow.deploy_flow($1, $2::integer,"
        " $3::bytea, $4::bytea, $5, $6::json, $7)";
    struct arena *arena = deploy->kit->cli->arena;
    struct client *client = &deploy->kit->client;
    const struct ir *ir = flow->image;
    char hex[DIGEST_HEX_BYTES];
    scoped_reply struct reply known = {0}, reply = {0};
    struct text hash = text_dup(arena, digest_hex(&ir->hash, hex));
    char *name = text_chars(arena, ir_text(ir, ir->flow.name));
    char *number = arena_printf(arena, "%u", ir->flow.version);
    if (!client_ask_with(client, known_sql, &known, err, name, number))
        return false;
    const struct ir *same = deployed_same(&deploy->deployed, ir);
    bool is_same = same != NULL && deployed_means(&deploy->deployed, same, ir);
    bool differs = known.n > 0 && !is_same && !text_is(reply_text(&known, 0, 0), hash);
    if (is_same &&
        !deploy->is_plan) { /* other lines, other comments: what is there stays */
        row(deploy, text_of(name), "flow", ir->flow.version, "unchanged",
            reply_text(&known, 0, 0));
        return true;
    }
    if (deploy->is_plan) {
        deploy->conflicts += differs;
        say_differences(deploy, ir);
        row(deploy, text_of(name), "flow", ir->flow.version,
            known.n == 0 ? "new"
            : differs    ? "deployed before with another meaning: raise its version"
                         : "unchanged",
            hash);
        return true;
    }
    scoped_json json_t *meta = version_meta(ir);
    struct text bytes = {(const char *)ir->hash.bytes, sizeof ir->hash.bytes};
    if (!client_ask_with(client, sql, &reply, err, name, number,
                         client_bytes(arena, bytes), client_bytes(arena, flow->packed),
                         text_chars(arena, flow->module->source->text),
                         json_write(arena, meta).chars,
                         cli_option(deploy->kit->cli, "reason")))
        return err_while(err, "deploying %s version %s", name, number);
    row(deploy, text_of(name), "flow", ir->flow.version,
        reply_bool(&reply, 0, 1) ? "new" : "unchanged", hash);
    return true;
}

/* One that changes nothing leaves no row behind: deploying twice is deploying once. */
static bool deploy_environment(struct deploy *deploy,
                               const struct compile_environment *environment,
                               struct err *err)
{
    static const char same_sql[] =
        "SELECT max(version), count(*) = 2 AND count(DISTINCT document) = 1 FROM"
        " (SELECT version, document FROM flow_data.environment ORDER BY version DESC "
        "LIMIT 2) e";
    struct client *client = &deploy->kit->client;
    scoped_reply struct reply mark = {0}, made = {0}, same = {0}, back = {0};
    if (!client_ask(client, "SAVEPOINT environment", 0, NULL, &mark, err) ||
        !client_ask_with(client, "SELECT flow.deploy_environment($1::json, $2)", &made,
                         err, text_chars(deploy->kit->cli->arena, environment->json),
                         cli_option(deploy->kit->cli, "reason")) ||
        !client_ask(client, same_sql, 0, NULL, &same, err))
        return err_while(err, "deploying the environment " TEXT_FMT,
                         TEXT_ARG(environment->name));
    bool is_same = reply_bool(&same, 0, 1);
    if (is_same &&
        !client_ask(client, "ROLLBACK TO SAVEPOINT environment", 0, NULL, &back, err))
        return false;
    row(deploy, environment->name, "environment", reply_i64(&same, 0, 0) - is_same,
        is_same ? "unchanged" : "new", TEXT(""));
    return true;
}

/* Flows that run, or will, and call what the environment does not bind. */
static bool remark_unbound(struct deploy *deploy, struct err *err)
{
    static const char sql[] =
        "SELECT v.flow, v.number, string_agg(a.name, ', ' ORDER BY a.name)"
        " FROM flow_data.version v, LATERAL "
        "jsonb_array_elements_text(v.meta->'adapters') a(name)"
        " WHERE (v.number = (SELECT max(x.number) FROM flow_data.version x WHERE x.flow "
        "= v.flow)"
        "   OR EXISTS (SELECT FROM flow.counts c WHERE c.flow = v.flow AND c.version = "
        "v.number"
        "     AND c.status NOT IN ('completed', 'failed', 'cancelled')))"
        " AND NOT coalesce((SELECT e.document->'adapters' ? a.name FROM "
        "flow_data.environment e"
        "   ORDER BY e.version DESC LIMIT 1), false)"
        " GROUP BY v.flow, v.number ORDER BY v.flow, v.number";
    scoped_reply struct reply reply = {0};
    if (!client_ask(&deploy->kit->client, sql, 0, NULL, &reply, err))
        return false;
    for (uint32_t i = 0; i < reply.n; i++)
        cli_say(
            deploy->kit->cli,
            "warning: " TEXT_FMT " version " TEXT_FMT
            " calls what no environment binds: " TEXT_FMT
            "\nhint: flowctl deploy NAME.bind, which says:   adapter NAME over http { "
            "url \"…\" }",
            TEXT_ARG(reply_text(&reply, i, 0)), TEXT_ARG(reply_text(&reply, i, 1)),
            TEXT_ARG(reply_text(&reply, i, 2)));
    return true;
}

static void row(struct deploy *deploy, struct text name, const char *what,
                int64_t version, const char *found, struct text hash)
{
    json_t *json = json_pack("{s:o, s:s, s:I, s:s}", "name", json_text(name), "what",
                             what, "version", (json_int_t)version, "found", found);
    if (hash.n > 0)
        json_object_set_new(json, "hash", json_text(hash));
    printer_row(&deploy->printer, json);
}
