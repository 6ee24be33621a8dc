/* flowd: the engine as a process. Options, configuration, database, engine, door, drain.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/registry.h"
#include "engine/api/api.h"
#include "engine/base/arena.h"
#include "engine/base/memory.h"
#include "engine/dev_cluster.h"
#include "engine/run/engine.h"
#include "engine/store/store.h"
#include "engine/sys/clock.h"
#include "engine/sys/config.h"
#include "engine/sys/daemon.h"
#include "engine/sys/fault.h"
#include "engine/sys/log.h"
#include "engine/sys/loop.h"
#include "engine/sys/panic.h"
#include "engine/sys/stats.h"

enum { TRY_EVERY = 500 * 1000, LOOK_EVERY = 20 * 1000, PROCESS_BYTES = 16 << 20 };

enum { EXIT_DRAINED = 0, EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_NO_DATABASE = 7 };

struct flowd {
    struct arena *process;
    struct config config;
    int argc;
    char **argv;
    const char *config_path;
    bool is_dev;
    const char *folder;
    struct dev_cluster cluster;
    struct loop *loop;
    struct loop_timer *timer; /* tries the database, then waits for readiness */
    struct engine *engine;
    struct store *store;
    struct api *api;
    bool is_told_waiting;
    bool is_refused; /* what the database is set to */
    bool is_ready;
    int exit;
};

static const char help[] =
    "usage: flowd --dev [--dir DIR] [OPTION…]\n"
    "       flowd --db CONNINFO [OPTION…]\n"
    "\n"
    "Runs the engine: instances, timers, adapters, and the HTTP door.\n"
    "\n"
    "  --dev            a private PostgreSQL cluster, made the first time; loopback "
    "only\n"
    "  --dir DIR        where it lies; else the .flow of this folder or one above\n"
    "  --db CONNINFO    a PostgreSQL of yours: libpq string or URI; else FLOW_DB, else "
    "PG*\n"
    "  --http ADDR:PORT the HTTP door (127.0.0.1:7300), or off\n"
    "  --secrets DIR    folder of files, one secret each; else FLOW_SECRET_NAME\n"
    "  --node NAME      name of this node in lists\n"
    "  --log text|json  how log lines are written\n"
    "  --config FILE    reads every key from a file; --KEY VALUE sets one\n"
    "  --config-help    lists the keys with default, bounds and meaning\n"
    "  --failpoints     lists the fault points of test builds\n"
    "  --help, --version\n"
    "\n"
    "Examples:\n"
    "  flowd --dev                                   try it out: Ctrl-C stops all of it\n"
    "  flowd --db \"host=db dbname=flow\" --secrets /etc/flow/secrets --log json\n"
    "  flowd --db \"$(cat .flow/conninfo)\" --http off   a second node beside --dev\n"
    "\n"
    "Exit status: 0 drained, 1 error, 2 usage, 7 never reached PostgreSQL.\n";

static int fail(int status, const struct err *err);
static bool read_options(struct flowd *flowd, int *status);
static bool read_config(struct flowd *flowd, struct config *config, struct err *err);
static bool start(struct flowd *flowd, struct err *err);
static void stop(struct flowd *flowd);
static void on_signal(int number, void *owner);
static void try_database(void *owner);
static void look_ready(void *owner);
static void drained(void *owner);

int main(int argc, char **argv)
{
    struct flowd flowd = {.argc = argc, .argv = argv, .cluster = {.lock = -1}};
    struct err err = {0};
    int status = EXIT_DRAINED;
    memory_install("flowd");
    flowd.process = arena_new("process", PROCESS_BYTES);
    if (!read_options(&flowd, &status)) {
        arena_free(flowd.process);
        return status;
    }
    panic_install(PACKAGE_VERSION);
    daemon_files_raise();
    stats_set(STAT_UP_SINCE, clock_wall());
    flowd.exit = EXIT_DRAINED;
    if (start(&flowd, &err))
        loop_run(flowd.loop);
    else
        flowd.exit = fail(err_exit(err.code) == 2 ? EXIT_USAGE : EXIT_ERROR, &err);
    stop(&flowd);
    return flowd.exit;
}

static int fail(int status, const struct err *err)
{
    err_print(stderr, "flowd", err);
    return status;
}

/* ---- options ---- */

static bool is_flag(const char *word, const char *name)
{
    return strcmp(word, name) == 0;
}

/* What says something and ends, before anything else is looked at. */
static bool says_and_ends(const char *word)
{
    if (is_flag(word, "--help") || is_flag(word, "-h"))
        fputs(help, stdout);
    else if (is_flag(word, "--version"))
        printf("flowd %s\n", PACKAGE_VERSION);
    else if (is_flag(word, "--config-help"))
        config_help(stdout);
    else if (is_flag(word, "--failpoints"))
        fault_list(stdout);
    else
        return false;
    return true;
}

/* `--log-level debug` sets the key log_level. */
static bool set_flag(struct config *config, const char *word, const char *value,
                     struct err *err)
{
    char name[64];
    snprintf(name, sizeof name, "%s", word + 2);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '-')
            *c = '_';
    return config_set(config, text_of(name), text_of(value), err);
}

/* The words of the command line, in two readings: what they name first, then the keys. */
static bool read_words(struct flowd *flowd, struct config *config, struct err *err)
{
    for (int i = 1; i < flowd->argc; i++) {
        const char *word = flowd->argv[i];
        if (is_flag(word, "--dev")) {
            flowd->is_dev = true;
            continue;
        }
        if (strncmp(word, "--", 2) != 0) {
            err_set(err, ERR_USAGE, "\"%s\" is not understood", word);
            return err_hint(err, "flowd --help shows what is");
        }
        if (i + 1 >= flowd->argc) {
            err_set(err, ERR_USAGE, "%s needs a value, if it is an option at all", word);
            return err_hint(err, "flowd --help shows what there is");
        }
        const char *value = flowd->argv[++i];
        if (is_flag(word, "--dir"))
            flowd->folder = value;
        else if (is_flag(word, "--config"))
            flowd->config_path = value;
        else if (config != NULL && !set_flag(config, word, value, err))
            return false;
    }
    return true;
}

static bool read_config(struct flowd *flowd, struct config *config, struct err *err)
{
    config_init(config, flowd->process);
    return read_words(flowd, NULL, err) &&
           (flowd->config_path == NULL ||
            config_read_file(config, flowd->config_path, err)) &&
           config_read_environment(config, err) && read_words(flowd, config, err);
}

static bool read_options(struct flowd *flowd, int *status)
{
    struct err err = {0};
    enum log_level level;
    for (int i = 1; i < flowd->argc; i++)
        if (says_and_ends(flowd->argv[i]))
            return false;
    if (!read_config(flowd, &flowd->config, &err)) {
        *status = fail(EXIT_USAGE, &err);
        return false;
    }
    if (flowd->is_dev && flowd->config.db[0] != '\0') {
        for (int i = 1; i < flowd->argc; i++)
            if (is_flag(flowd->argv[i], "--db")) {
                err_set(&err, ERR_USAGE, "--dev and --db exclude each other");
                *status = fail(EXIT_USAGE, &err);
                return false;
            }
    }
    must(log_level_of(text_of(flowd->config.log_level), &level));
    log_open(STDERR_FILENO,
             strcmp(flowd->config.log, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT,
             level);
    return true;
}

/* ---- a life ---- */

static bool start(struct flowd *flowd, struct err *err)
{
    flowd->loop = loop_new();
    daemon_signals_start(flowd->loop, on_signal, flowd);
    const struct engine_setup setup = {
        .loop = flowd->loop, .config = &flowd->config, .adapter_find = adapter_ops_find};
    flowd->engine = engine_new(&setup);
    if (strcmp(flowd->config.http, "off") != 0) {
        const struct api_setup door = {.loop = flowd->loop,
                                       .engine = flowd->engine,
                                       .config = &flowd->config,
                                       .address = text_of(flowd->config.http),
                                       .version = TEXT(PACKAGE_VERSION),
                                       .is_dev = flowd->is_dev};
        flowd->api = api_open(&door, err);
        if (flowd->api == NULL)
            return false; /* said before anything was made */
    }
    if (flowd->is_dev) {
        if (!dev_cluster_start(&flowd->cluster, flowd->folder, flowd->config.user, err))
            return false;
        flowd->config.db = flowd->cluster.conninfo;
    }
    flowd->timer = loop_timer_new(flowd->loop, try_database, flowd);
    loop_timer_in(flowd->timer, 0);
    return true;
}

/* What the operator asked for decides what is only said, and what is refused. */
static bool is_refused(const struct flowd *flowd, enum store_risk risk)
{
    bool is_any = strcmp(flowd->config.durability, "any") == 0;
    bool is_standby = strcmp(flowd->config.durability, "standby") == 0;
    switch (risk) {
    case STORE_RISK_ADVICE:
        break;
    case STORE_RISK_STANDBY:
        return is_standby;
    case STORE_RISK_DISK:
        return !is_any;
    case STORE_RISK_ALL:
        return true;
    }
    return false;
}

static void say_concern(void *owner, enum store_risk risk, struct text sentence)
{
    struct flowd *flowd = owner;
    if (is_refused(flowd, risk)) {
        flowd->is_refused = true;
        log_error("database cannot keep what is promised", LOG_TEXT("how", sentence));
    } else if (risk != STORE_RISK_STANDBY) {
        log_warn("database puts promises at risk", LOG_TEXT("how", sentence));
    }
}

/* False: the server cannot keep what is promised. */
static bool look_over(struct flowd *flowd, struct err *err)
{
    struct err ignored = {0};
    if (!store_look_over(flowd->config.db, say_concern, flowd, &ignored))
        log_warn("database settings cannot be looked over", LOG_ERR(&ignored));
    if (!flowd->is_refused)
        return true;
    err_set(err, ERR_FAILED, "the database cannot keep what is promised");
    return err_hint(err, "change its settings; or, where that does not matter, set "
                         "durability (see flowd.conf)");
}

static void end(struct flowd *flowd, int status)
{
    flowd->exit = status;
    loop_stop(flowd->loop);
}

static bool open_store(struct flowd *flowd, struct err *err)
{
    const struct store_options options = {.conninfo = text_of(flowd->config.db),
                                          .node = text_of(flowd->config.node),
                                          .lanes = (uint32_t)flowd->config.db_writers,
                                          .heartbeat_life = flowd->config.lease,
                                          .capacity = (uint32_t)flowd->config.shards_max};
    const struct store_hooks hooks = engine_hooks(flowd->engine);
    flowd->store = store_pg_open(loop_base(flowd->loop), &options, &hooks, err);
    if (flowd->store == NULL)
        return false;
    engine_start(flowd->engine, flowd->store);
    return true;
}

static bool say_token(struct flowd *flowd, struct err *err)
{
    char token[128];
    if (!flowd->is_dev)
        return true;
    if (!dev_cluster_token(&flowd->cluster, token, err))
        return false;
    printf("token %s\n", token);
    return fflush(stdout) == 0;
}

/* Until the schema is what this program needs; the door answers meanwhile that it is not
 * ready. */
static void try_database(void *owner)
{
    struct flowd *flowd = owner;
    struct err err = {0};
    if (!store_migrate(flowd->config.db, false, &err)) {
        if (err.code != ERR_UNAVAILABLE) {
            end(flowd, fail(EXIT_ERROR, &err));
            return;
        }
        if (!flowd->is_told_waiting)
            log_warn("database cannot be reached, waiting for it", LOG_ERR(&err));
        flowd->is_told_waiting = true;
        loop_timer_in(flowd->timer, TRY_EVERY);
        return;
    }
    if (!look_over(flowd, &err) || !say_token(flowd, &err) || !open_store(flowd, &err)) {
        end(flowd, fail(EXIT_ERROR, &err));
        return;
    }
    loop_timer_free(flowd->timer);
    flowd->timer = loop_timer_new(flowd->loop, look_ready, flowd);
    loop_timer_in(flowd->timer, LOOK_EVERY);
}

static void look_ready(void *owner)
{
    struct flowd *flowd = owner;
    if (!engine_is_ready(flowd->engine)) {
        loop_timer_in(flowd->timer, LOOK_EVERY);
        return;
    }
    flowd->is_ready = true;
    log_info("ready", LOG_CHARS("version", PACKAGE_VERSION),
             LOG_CHARS("http", flowd->config.http), LOG_INT("pid", getpid()));
    daemon_notify("READY=1");
}

static void reload(struct flowd *flowd)
{
    struct config fresh;
    struct err err = {0};
    enum log_level level;
    if (!read_config(flowd, &fresh, &err)) {
        log_error("configuration was not reloaded", LOG_ERR(&err));
        return;
    }
    fresh.db = flowd->config.db;
    config_reload(&flowd->config, &fresh);
    must(log_level_of(text_of(flowd->config.log_level), &level));
    log_level_set(level);
    engine_reload(flowd->engine);
}

static void on_signal(int number, void *owner)
{
    struct flowd *flowd = owner;
    if (number == SIGHUP) {
        reload(flowd);
        return;
    }
    if (flowd->store == NULL) {
        end(flowd, EXIT_NO_DATABASE);
        return;
    }
    daemon_notify("STOPPING=1");
    loop_timer_stop(flowd->timer);
    if (flowd->api != NULL)
        api_drain(flowd->api);
    engine_drain(flowd->engine, drained, flowd);
}

static void drained(void *owner)
{
    log_info("drained");
    end(owner, EXIT_DRAINED);
}

static void stop(struct flowd *flowd)
{
    api_close(flowd->api);
    if (flowd->store != NULL) {
        engine_stop(flowd->engine);
        store_close(flowd->store);
    }
    engine_free(flowd->engine);
    loop_timer_free(flowd->timer);
    if (flowd->loop != NULL) {
        daemon_signals_stop(flowd->loop);
        loop_free(flowd->loop);
    }
    dev_cluster_stop(&flowd->cluster);
    arena_free(flowd->process);
}
