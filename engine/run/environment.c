/* The environment in force: reading it, opening what it names, closing what it does not.
 */
#include "engine/run/environment.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/run/mapping.h"
#include "engine/run/parts.h"
#include "engine/run/secrets.h"
#include "engine/sys/keep.h"
#include "engine/sys/log.h"

static void came(void *owner, const struct store_environment *environment);
static void use_document(struct bindings *bindings, json_t *document, uint32_t version);
static void open_link(struct link *link, const json_t *adapter);
static void retire(struct link *link);
static void close_opened(struct bindings *bindings, struct opened *opened);
static void serve_later(void *owner);

void bindings_init(struct bindings *bindings, struct engine *engine)
{
    *bindings = (struct bindings){.engine = engine};
    TAILQ_INIT(&bindings->links);
    TAILQ_INIT(&bindings->retired);
    hooks_init(&bindings->hooks);
    hooks_init(&bindings->folders);
    bindings->lasting = arena_new("environment", LIMIT_ENVIRONMENT_BYTES);
}

/* Closing an adapter ends its calls: their outcomes are the last that is heard. */
void bindings_close(struct bindings *bindings)
{
    struct link *link;
    struct opened *opened;
    TAILQ_FOREACH(link, &bindings->links, in_line)
    retire(link);
    while ((opened = TAILQ_FIRST(&bindings->retired)) != NULL)
        close_opened(bindings, opened);
}

void bindings_deinit(struct bindings *bindings)
{
    struct link *link;
    while ((link = TAILQ_FIRST(&bindings->links)) != NULL) {
        TAILQ_REMOVE(&bindings->links, link, in_line);
        loop_timer_free(link->later);
        gate_deinit(link);
        slots_deinit(&link->slots);
        turns_deinit(&link->waiting);
        keep_free(link->name);
        keep_free(link);
    }
    gates_deinit(bindings);
    hooks_deinit(&bindings->hooks);
    hooks_deinit(&bindings->folders);
    json_decref(bindings->document);
    arena_free(bindings->lasting);
}

/* ---- reading ---- */

void bindings_look(struct bindings *bindings)
{
    bindings->is_wanted = true;
}

static void close_retired(struct bindings *bindings)
{
    struct opened *opened = TAILQ_FIRST(&bindings->retired), *next;
    for (; opened != NULL; opened = next) {
        next = TAILQ_NEXT(opened, in_line);
        if (opened->in_flight == 0)
            close_opened(bindings, opened);
    }
}

void bindings_turn(struct bindings *bindings)
{
    struct link *link;
    close_retired(bindings);
    gates_turn(bindings);
    TAILQ_FOREACH(link, &bindings->links, in_line)
    if (link->waiting_n > 0)
        link_serve(link);
    if (!bindings->is_wanted || bindings->is_under_way ||
        !lease_is_joined(&bindings->engine->lease))
        return;
    bindings->is_wanted = false;
    bindings->is_under_way = true;
    store_environment(bindings->engine->store, came, bindings);
}

static void came(void *owner, const struct store_environment *environment)
{
    struct bindings *bindings = owner;
    struct err err = {0};
    bindings->is_under_way = false;
    if (environment->err != NULL) {
        bindings->is_wanted = true;
        return;
    }
    bindings->looks++;
    if (environment->version == 0) {
        bindings->is_known = true;
        return;
    }
    json_t *document = json_read(environment->document, &err);
    if (document == NULL) {
        log_error("environment cannot be read", LOG_ERR(&err));
        return;
    }
    use_document(bindings, document, environment->version);
}

static void use_document(struct bindings *bindings, json_t *document, uint32_t version)
{
    struct link *link;
    const char *name;
    json_t *adapter;
    TAILQ_FOREACH(link, &bindings->links, in_line)
    link->is_named = false;
    json_object_foreach(json_object_get(document, "adapters"), name, adapter)
    {
        link = bindings_link(bindings, text_of(name));
        link->is_named = true;
        open_link(link, adapter);
    }
    TAILQ_FOREACH(link, &bindings->links, in_line)
    if (!link->is_named)
        retire(link);
    hooks_use(&bindings->hooks, json_object_get(document, "events"),
              bindings->engine->config->secrets);
    hooks_use(&bindings->folders, json_object_get(document, "folders"),
              bindings->engine->config->secrets);
    bool is_new = version != bindings->environment.version;
    json_decref(bindings->document);
    bindings->document = document;
    arena_reset(bindings->lasting);
    bindings->calendars =
        calendars_read(bindings->lasting, json_object_get(document, "calendars"));
    bindings->environment =
        (struct environment){.settings = json_object_get(document, "settings"),
                             .calendars = &bindings->calendars,
                             .version = version,
                             .holds = bindings->environment.holds,
                             .holds_n = bindings->environment.holds_n};
    if (is_new)
        log_info("environment in force",
                 LOG_TEXT("name", json_text_of(json_object_get(document, "name"))),
                 LOG_INT("version", version));
    bindings->is_known = true;
}

/* ---- links ---- */

static void say_unbound(struct link *link)
{
    snprintf(link->problem, sizeof link->problem,
             "no adapter is bound to the name \"%s\" in the environment in force",
             link->name);
}

struct link *bindings_link(struct bindings *bindings, struct text name)
{
    struct link *link;
    TAILQ_FOREACH(link, &bindings->links, in_line)
    if (text_is_chars(name, link->name))
        return link;
    link = keep_new_of(struct link);
    link->engine = bindings->engine;
    link->name = keep_alloc(name.n + 1);
    memcpy(link->name, name.chars, name.n);
    link->number = bindings->links_n++;
    turns_init(&link->waiting);
    gate_init(link);
    link->later = loop_timer_new(bindings->engine->loop, serve_later, link);
    say_unbound(link);
    TAILQ_INSERT_TAIL(&bindings->links, link, in_line);
    return link;
}

static bool try_open(struct link *link, const struct adapter_ops *ops,
                     const json_t *options, const json_t *document, struct err *err)
{
    struct engine *engine = link->engine;
    struct mapping *mapping = NULL;
    json_t *mapped = json_object_get(document, "mapping");
    if (mapped != NULL && (mapping = mapping_open(mapped, err)) == NULL)
        return err_while(err, "opening adapter \"%s\"", link->name);
    const struct adapter_setup setup = {
        .name = text_of(link->name), .options = options, .loop = loop_base(engine->loop)};
    struct adapter *adapter = ops->open(&setup, err);
    if (adapter == NULL) {
        mapping_close(mapping);
        return err_while(err, "opening adapter \"%s\" over %s", link->name, ops->name);
    }
    struct opened *opened = keep_new_of(struct opened);
    opened->link = link;
    opened->ops = ops;
    opened->adapter = adapter;
    opened->mapping = mapping;
    TAILQ_INIT(&opened->sent);
    link->opened = opened;
    return true;
}

static bool resolve(struct link *link, const json_t *adapter,
                    const struct adapter_ops **ops, json_t **options, struct err *err)
{
    struct engine *engine = link->engine;
    struct text over = json_text_of(json_object_get(adapter, "over"));
    *ops = engine->adapter_find(over);
    if (*ops == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no adapter of the kind \"" TEXT_FMT "\"",
                       TEXT_ARG(over));
    if ((*ops)->abi != ADAPTER_ABI)
        return err_set(err, ERR_CONFLICT, "adapter %s was built for another engine",
                       (*ops)->name);
    *options = secrets_resolve(loop_turn(engine->loop), (*ops)->options,
                               json_object_get(adapter, "options"),
                               engine->config->secrets, err);
    return *options != NULL;
}

static void open_link(struct link *link, const json_t *adapter)
{
    struct arena *turn = loop_turn(link->engine->loop);
    const struct adapter_ops *ops;
    scoped_json json_t *options = NULL;
    struct err err = {0};
    bool ok = resolve(link, adapter, &ops, &options, &err);
    if (ok) {
        struct buf all;
        buf_init(&all, turn);
        buf_printf(&all, "%s ", ops->name);
        buf_text(&all, json_write_sorted(turn, options));
        if (json_object_get(adapter, "mapping") != NULL)
            buf_text(&all, json_write_sorted(turn, json_object_get(adapter, "mapping")));
        struct digest digest = digest_of(buf_done(&all));
        if (link->opened != NULL && digest_is(&digest, &link->options))
            return;
        retire(link);
        link->options = digest;
        ok = try_open(link, ops, options, adapter, &err);
    }
    if (ok) {
        log_info("adapter opened", LOG_CHARS("adapter", link->name),
                 LOG_CHARS("over", ops->name));
        return;
    }
    retire(link);
    log_error("adapter cannot be opened", LOG_CHARS("adapter", link->name),
              LOG_ERR(&err));
    snprintf(link->problem, sizeof link->problem, "adapter \"%s\" is not open: %s",
             link->name, err.what);
}

static void retire(struct link *link)
{
    if (link->opened == NULL)
        return;
    TAILQ_INSERT_TAIL(&link->engine->bindings.retired, link->opened, in_line);
    link->opened = NULL;
    say_unbound(link);
}

static void close_opened(struct bindings *bindings, struct opened *opened)
{
    TAILQ_REMOVE(&bindings->retired, opened, in_line);
    opened->ops->close(opened->adapter);
    must(opened->in_flight == 0);
    mapping_close(opened->mapping);
    keep_free(opened);
}

static void serve_later(void *owner)
{
    link_serve(owner);
}

/* Whoever starts an order right after a deploy may be quicker than our hearing of it: the
 * environment is read once more before a call is told that nothing is bound. */
static bool is_surely_unbound(struct link *link)
{
    struct bindings *bindings = &link->engine->bindings;
    if (link->look == 0) {
        link->look = bindings->looks + (bindings->is_under_way ? 2 : 1);
        bindings_look(bindings);
    }
    return bindings->is_known && bindings->looks >= link->look;
}

struct flight *link_first(const struct link *link)
{
    struct turn *first = turns_first(&link->waiting);
    return first == NULL ? NULL : turn_item(first, struct flight, turn);
}

/* One flow's after the other's, and of one flow's the first to come; whoever cannot go
 * yet holds up the others. */
void link_serve(struct link *link)
{
    struct engine *engine = link->engine;
    struct flight *flight;
    while ((flight = link_first(link)) != NULL) {
        int64_t again = 0;
        if (!lease_may_send(&engine->lease, flight->instance))
            return; /* the end of this turn says what becomes of it */
        const struct ir_adapter limits = flight_limits(flight);
        if (link->opened != NULL) {
            if (!gate_lets(link))
                return;
            if (engine->dispatch.in_flight >= engine->config->calls_max)
                return;
            enum slots_answer answer =
                slots_ask(&link->slots, &limits, loop_now(engine->loop), &again);
            if (answer == SLOTS_LATER)
                loop_timer_at(link->later, again);
            if (answer != SLOTS_FREE)
                return;
        } else if (!is_surely_unbound(link)) {
            return;
        }
        turns_pass(&link->waiting);
        flight_send(flight);
    }
    link->look = 0;
}
