/* What operators' tools ask: metrics, health, and the description of the door. */
#include "engine/api/server.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/sys/stats.h"

/* What stands before the rows of a metric. */
static void print_family(struct buf *out, const char *name, const char *kind,
                         const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* One family: the member `from` of each measure that has one. */
static void print_measures(struct buf *out, const json_t *measures, const char *name,
                           const char *from, const char *kind, const char *help)
{
    size_t i;
    json_t *row;
    print_family(out, name, kind, help);
    json_array_foreach(measures, i, row)
    {
        const json_t *value = json_object_get(row, from);
        if (value == NULL || json_is_null(value))
            continue;
        buf_printf(out,
                   "%s{flow=\"" TEXT_FMT "\",version=\"%lld\",measure=\"" TEXT_FMT
                   "\",unit=\"" TEXT_FMT "\"} ",
                   name, TEXT_ARG(json_text_of(json_object_get(row, "flow"))),
                   json_integer_value(json_object_get(row, "version")),
                   TEXT_ARG(json_text_of(json_object_get(row, "measure"))),
                   TEXT_ARG(json_text_of(json_object_get(row, "unit"))));
        if (json_is_string(value))
            buf_text(out, json_text_of(value));
        else
            buf_printf(out, "%lld", json_integer_value(value));
        buf_char(out, '\n');
    }
}

/* One row an adapter and state: 1 for the one it is in. */
static void print_adapters(struct buf *out, const json_t *adapters)
{
    static const char *const states[] = {"closed", "open", "trying", "paused"};
    size_t i;
    json_t *row;
    print_family(out, "flow_adapter_state", "gauge",
                 "whether an adapter takes calls: closed does");
    json_array_foreach(adapters, i, row)
    {
        struct text state = json_text_of(json_object_get(row, "state"));
        for (size_t k = 0; k < sizeof states / sizeof *states; k++)
            buf_printf(out,
                       "flow_adapter_state{adapter=\"" TEXT_FMT "\",state=\"%s\"} %d\n",
                       TEXT_ARG(json_text_of(json_object_get(row, "adapter"))), states[k],
                       text_is_chars(state, states[k]));
    }
}

/* What doctor's scanners have found, by the node that runs them. */
static void print_scans(struct buf *out, const struct engine *engine)
{
    print_family(out, "flow_scan_found", "gauge",
                 "what must not be, by the scanner that looks for it");
    for (int i = 0; i < STORE_SCANS; i++) {
        struct scan_result scan = engine_scan(engine, (enum store_scan)i);
        if (scan.is_known)
            buf_printf(out, "flow_scan_found{scanner=\"%s\"} %lld\n",
                       store_scanner((enum store_scan)i)->name, (long long)scan.found);
    }
    print_family(out, "flow_scan_age_seconds", "gauge",
                 "since that scanner was done last");
    for (int i = 0; i < STORE_SCANS; i++) {
        struct scan_result scan = engine_scan(engine, (enum store_scan)i);
        if (scan.is_known)
            buf_printf(out, "flow_scan_age_seconds{scanner=\"%s\"} %lld.%06lld\n",
                       store_scanner((enum store_scan)i)->name,
                       (long long)(scan.age / 1000000), (long long)(scan.age % 1000000));
    }
}

/* The page so far, to be gone on with; and what the store has listed, NULL: nothing. */
static json_t *go_on(struct exchange *exchange, struct buf *out,
                     const struct store_list *list)
{
    struct err err = {0};
    buf_init(out, exchange->call);
    buf_text(out, exchange->answer);
    return list->err == NULL ? json_read(list->items, &err) : NULL;
}

static void answer_metrics(struct exchange *exchange, struct buf *out)
{
    answer_text(exchange, 200, "text/plain; version=0.0.4", buf_done(out));
}

static void adapters_counted(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    struct buf out;
    scoped_json json_t *all = go_on(exchange, &out, list);
    print_adapters(&out, all);
    answer_metrics(exchange, &out);
}

static void measured(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    struct buf out;
    scoped_json json_t *all = go_on(exchange, &out, list);
    print_measures(&out, all, "flow_measure_count", "n", "counter",
                   "instances that a measure of a flow has counted");
    print_measures(&out, all, "flow_measure_sum", "total", "counter",
                   "what it has measured, summed up: seconds, shares as 1 or 0, amounts");
    print_measures(&out, all, "flow_measure_met", "met", "counter",
                   "those of them that met the goal");
    print_measures(&out, all, "flow_measure_missed", "missed", "counter",
                   "those that did not");
    print_measures(&out, all, "flow_measure_goal", "goal_value", "gauge",
                   "the goal, in the same unit");
    exchange->answer = buf_done(&out);
    exchange_asks(exchange);
    store_list_adapters(engine_store(exchange->api->engine), adapters_counted, exchange);
}

static void counted(void *owner, const struct store_list *list)
{
    struct exchange *exchange = owner;
    if (!exchange_heard(exchange))
        return;
    struct buf out;
    scoped_json json_t *counts = go_on(exchange, &out, list);
    stats_print(&out);
    print_scans(&out, exchange->api->engine);
    print_family(&out, "flow_instances", "gauge",
                 "instances by flow, version and status");
    size_t i;
    json_t *row;
    json_array_foreach(counts, i, row)
    {
        struct text flow = json_text_of(json_object_get(row, "flow"));
        struct text status = json_text_of(json_object_get(row, "status"));
        buf_printf(&out,
                   "flow_instances{flow=\"" TEXT_FMT "\",version=\"%lld\","
                   "status=\"" TEXT_FMT "\"} %lld\n",
                   TEXT_ARG(flow), json_integer_value(json_object_get(row, "version")),
                   TEXT_ARG(status), json_integer_value(json_object_get(row, "n")));
    }
    exchange->answer = buf_done(&out);
    exchange_asks(exchange);
    store_list_measures(engine_store(exchange->api->engine), measured, exchange);
}

void api_metrics(struct exchange *exchange)
{
    struct engine *engine = exchange->api->engine;
    if (engine_store(engine) != NULL && !engine_is_away(engine)) {
        exchange_asks(exchange);
        store_list_counts(engine_store(engine), counted, exchange);
        return;
    }
    struct buf out;
    buf_init(&out, exchange->call);
    stats_print(&out);
    answer_metrics(exchange, &out);
}

void api_live(struct exchange *exchange)
{
    answer_text(exchange, 200, "application/json", TEXT("{\"status\":\"live\"}"));
}

void api_ready(struct exchange *exchange)
{
    const struct engine *engine = exchange->api->engine;
    if (engine_is_ready(engine))
        answer_text(exchange, 200, "application/json", TEXT("{\"status\":\"ready\"}"));
    else if (exchange->api->is_draining)
        answer_refusal(exchange, ERR_UNAVAILABLE, "draining", "");
    else
        answer_refusal(exchange, ERR_UNAVAILABLE, "not ready yet", "");
}

/* ---- OpenAPI ---- */

static json_t *parameters_of(const char *path)
{
    json_t *parameters = json_array();
    struct text rest = text_of(path);
    while (rest.n > 0) {
        struct text part = text_split(&rest, '/');
        if (!text_starts(part, TEXT("{")))
            continue;
        json_array_append_new(
            parameters, json_pack("{s:o, s:s, s:b, s:{s:s}}", "name",
                                  json_text(text_cut(part, 1, part.n - 2)), "in", "path",
                                  "required", 1, "schema", "type", "string"));
    }
    return parameters;
}

static json_t *operation_of(const struct route *route)
{
    json_t *operation = json_pack(
        "{s:s, s:o, s:{s:{s:s}, s:{s:s, s:{s:{s:{s:s}}}}}}", "summary", route->sentence,
        "parameters", parameters_of(route->path), "responses", "2XX", "description",
        "done, or accepted: what is acknowledged is committed", "default", "description",
        "a problem", "content", "application/problem+json", "schema", "$ref",
        "#/components/schemas/Problem");
    must(operation != NULL);
    if (route->method == ROUTE_POST)
        json_object_set_new(operation, "requestBody",
                            json_pack("{s:{s:{s:{s:s}}}}", "content", "application/json",
                                      "schema", "type", "object"));
    if (route->scope[0] == '-')
        json_object_set_new(operation, "security", json_array());
    return operation;
}

static json_t *components(void)
{
    return json_pack("{s:{s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}},"
                     " s:{s:{s:s, s:s}}}",
                     "schemas", "Problem", "type", "object", "properties", "status",
                     "type", "integer", "code", "type", "string", "detail", "type",
                     "string", "pointer", "type", "string", "hint", "type", "string",
                     "securitySchemes", "token", "type", "http", "scheme", "bearer");
}

void api_openapi(struct exchange *exchange)
{
    scoped_json json_t *all = json_pack(
        "{s:s, s:{s:s, s:o}, s:[{s:[]}]}", "openapi", "3.1.0", "info", "title", "Orderly",
        "version", json_text(exchange->api->version), "security", "token");
    must(all != NULL);
    json_t *paths = json_object();
    for (size_t i = 0; i < routes_n; i++) {
        json_t *path = json_object_get(paths, routes[i].path);
        if (path == NULL) {
            path = json_object();
            json_object_set_new(paths, routes[i].path, path);
        }
        json_object_set_new(path, routes[i].method == ROUTE_GET ? "get" : "post",
                            operation_of(&routes[i]));
    }
    json_object_set_new(all, "paths", paths);
    json_object_set_new(all, "components", components());
    answer_json(exchange, 200, all);
}
