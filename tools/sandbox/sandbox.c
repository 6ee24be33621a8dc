/* Stand-ins of the outside systems, for trying out: they keep state, and can be made to
 * misbehave. */
#include "config.h"

#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/sys/log.h"
#include "tools/sandbox/door.h"

#define PROGRAM "orderly-sandbox"

enum { FLAGS_FAULTS_MAX = 32 };

struct flags {
    const char *db;     /* "" lets libpq look at its own variables */
    const char *listen; /* ADDRESS:PORT */
    const char *flowd, *token, *token_file;
    const char *pack_ms, *pay_ms;
    const char *faults[FLAGS_FAULTS_MAX];
    uint32_t faults_n;
    bool ignores_keys;
};

static const char help[] =
    "Usage: " PROGRAM " [OPTION…]\n"
    "Stand-ins of ERP, warehouse, EDI, parcels and portal over HTTP, for trying out.\n"
    "\n"
    "  --db CONNINFO         their database (schema sandbox); PG* variables otherwise\n"
    "  --listen ADDR:PORT    127.0.0.1:7301\n"
    "  --flowd URL           where events are sent: http://127.0.0.1:7300\n"
    "  --token TOKEN         bearer token for it\n"
    "  --token-file FILE     the same, from a file\n"
    "  --pack-ms N           what the warehouse takes for a shipment: 300\n"
    "  --pay-ms N            what a customer takes to pay an invoice: 500\n"
    "  --ignore-keys         idempotency keys are not looked at, so that doubles show\n"
    "  --fault OP=KIND[:COUNT[:DETAIL]]   slow, fail, refuse, drop, linger, lose, "
    "stumble\n"
    "  --help, --version\n"
    "\n"
    "Example: " PROGRAM " --flowd http://127.0.0.1:7300 --token-file .flow/token \\\n"
    "             --fault erp.create_order=lose:1 --fault wms.reserve=slow:3:2000\n"
    "         curl -s 'http://127.0.0.1:7301/sandbox/counts?key=O-1001'\n";

/* ---- the command line ---- */

enum {
    OPT_DB = 256,
    OPT_LISTEN,
    OPT_FLOWD,
    OPT_TOKEN,
    OPT_TOKEN_FILE,
    OPT_PACK,
    OPT_PAY,
    OPT_KEYS,
    OPT_FAULT,
    OPT_HELP,
    OPT_VERSION
};

static const struct option options[] = {
    {"db", required_argument, NULL, OPT_DB},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"flowd", required_argument, NULL, OPT_FLOWD},
    {"token", required_argument, NULL, OPT_TOKEN},
    {"token-file", required_argument, NULL, OPT_TOKEN_FILE},
    {"pack-ms", required_argument, NULL, OPT_PACK},
    {"pay-ms", required_argument, NULL, OPT_PAY},
    {"ignore-keys", no_argument, NULL, OPT_KEYS},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0}};

/* -1: go on; else the exit status. */
static int flags_read(int argc, char **argv, struct flags *flags)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPT_DB)
            flags->db = optarg;
        else if (option == OPT_LISTEN)
            flags->listen = optarg;
        else if (option == OPT_FLOWD)
            flags->flowd = optarg;
        else if (option == OPT_TOKEN)
            flags->token = optarg;
        else if (option == OPT_TOKEN_FILE)
            flags->token_file = optarg;
        else if (option == OPT_PACK)
            flags->pack_ms = optarg;
        else if (option == OPT_PAY)
            flags->pay_ms = optarg;
        else if (option == OPT_KEYS)
            flags->ignores_keys = true;
        else if (option == OPT_FAULT && flags->faults_n < FLAGS_FAULTS_MAX)
            flags->faults[flags->faults_n++] = optarg;
        else if (option == OPT_HELP)
            return fputs(help, stdout) < 0;
        else if (option == OPT_VERSION)
            return puts(PROGRAM " " PACKAGE_VERSION) < 0;
        else
            return 2;
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, PROGRAM ": \"%s\" is not understood\nhint: " PROGRAM " --help\n",
            argv[optind]);
    return 2;
}

static bool listen_read(const char *listen, char *address, size_t room, uint16_t *port,
                        struct err *err)
{
    const char *colon = strrchr(listen, ':');
    int64_t number;
    if (colon == NULL || (size_t)(colon - listen) >= room ||
        !text_to_i64(text_of(colon + 1), &number) || number < 1 || number > 65535)
        return err_set(err, ERR_USAGE, "\"%s\" is not ADDRESS:PORT", listen);
    snprintf(address, room, "%.*s", (int)(colon - listen), listen);
    *port = (uint16_t)number;
    return true;
}

static bool token_read(struct arena *life, struct flags *flags, struct err *err)
{
    if (flags->token_file == NULL)
        return true;
    char token[512];
    FILE *file = fopen(flags->token_file, "re");
    if (file == NULL)
        return err_set(err, ERR_NOT_FOUND, "cannot read %s", flags->token_file);
    size_t n = fread(token, 1, sizeof token - 1, file);
    fclose(file);
    flags->token = text_chars(life, text_trim((struct text){token, n}));
    return true;
}

/* ---- its life ---- */

static bool pace_set(struct db *db, const char *name, const char *ms, struct err *err)
{
    const char *params[] = {name, ms};
    return db_do(db,
                 "INSERT INTO sandbox.pace (name, ms) VALUES ($1, $2::int) ON CONFLICT "
                 "(name) DO UPDATE SET ms = excluded.ms",
                 2, params, err);
}

static void asked_to_go(evutil_socket_t number, short what, void *base)
{
    (void)number, (void)what;
    event_base_loopbreak(base);
}

static bool sandbox_open(struct arena *life, struct flags *flags, struct sandbox *sandbox,
                         struct err *err)
{
    for (uint32_t i = 0; i < flags->faults_n; i++)
        if (!faults_add_word(&sandbox->faults, text_of(flags->faults[i]), err))
            return false;
    sandbox->ignores_keys = flags->ignores_keys;
    if (!token_read(life, flags, err) ||
        (sandbox->db = db_open(life, flags->db, err)) == NULL ||
        !pace_set(sandbox->db, "pack", flags->pack_ms, err) ||
        !pace_set(sandbox->db, "pay", flags->pay_ms, err))
        return false;
    sandbox->outbox = outbox_open(life, sandbox->base, sandbox->db);
    return flags->flowd == NULL ||
           outbox_send_to(sandbox->outbox, flags->flowd, flags->token, err);
}

static bool run(struct arena *life, struct flags *flags, struct sandbox *sandbox,
                struct err *err)
{
    char address[64];
    uint16_t port = 0;
    if (!listen_read(flags->listen, address, sizeof address, &port, err) ||
        !sandbox_open(life, flags, sandbox, err))
        return false;
    struct door *door = door_open(life, sandbox, address, port, err);
    if (door == NULL)
        return false;
    struct event *term = evsignal_new(sandbox->base, SIGTERM, asked_to_go, sandbox->base);
    struct event *quit = evsignal_new(sandbox->base, SIGINT, asked_to_go, sandbox->base);
    event_add(term, NULL);
    event_add(quit, NULL);
    log_info("sandbox listens", LOG_CHARS("at", flags->listen));
    event_base_dispatch(sandbox->base);
    event_free(term);
    event_free(quit);
    door_close(door);
    return true;
}

int main(int argc, char **argv)
{
    struct flags flags = {
        .db = "", .listen = "127.0.0.1:7301", .pack_ms = "300", .pay_ms = "500"};
    int status = flags_read(argc, argv, &flags);
    if (status >= 0)
        return status;
    signal(SIGPIPE, SIG_IGN);
    struct err err = {0};
    struct arena *life = arena_new("sandbox", LIMIT_ADAPTER_BYTES);
    struct sandbox sandbox = {.base = event_base_new()};
    must(sandbox.base != NULL);
    bool is_fine = run(life, &flags, &sandbox, &err);
    if (!is_fine)
        err_print(stderr, PROGRAM, &err);
    outbox_close(sandbox.outbox);
    db_close(sandbox.db);
    event_base_free(sandbox.base);
    arena_free(life);
    return is_fine ? 0 : err_exit(err.code);
}
