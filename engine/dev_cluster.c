/* The private PostgreSQL cluster of `flowd --dev`.
 *
 * It belongs to the folder, not to the process: when flowd is killed the cluster stays,
 * and the next flowd finds it by postmaster.pid; when flowd ends in good order it stops
 * the cluster, whoever started it. A lock on the folder keeps a second `flowd --dev` out.
 */
#include "engine/dev_cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/digest.h"
#include "engine/base/scoped.h"
#include "engine/base/text.h"
#include "engine/sys/clock.h"
#include "engine/sys/env.h"
#include "engine/sys/file.h"
#include "engine/sys/log.h"

enum {
    READY_WITHIN = 60 * 1000000, /* µs: a crash recovery of a small database */
    GONE_WITHIN = 60 * 1000000,
    LOOK_EVERY = 5 * 1000 /* µs */
};

static void fill(char *out, size_t room, const char *format, ...) PRINTF_LIKE(3, 4);
static bool find_folder(struct dev_cluster *cluster, const char *folder, struct err *err);
static bool take_lock(struct dev_cluster *cluster, struct err *err);
static bool find_binaries(struct dev_cluster *cluster, struct err *err);
static bool find_user(struct dev_cluster *cluster, const char *user, struct err *err);
static bool find_home(struct dev_cluster *cluster, struct err *err);
static bool find_sockets(struct dev_cluster *cluster, struct err *err);
static bool make(struct dev_cluster *cluster, struct err *err);
static bool start(struct dev_cluster *cluster, struct err *err);
static bool make_database(struct dev_cluster *cluster, struct err *err);
static pid_t running(const struct dev_cluster *cluster);
static void nap(void);

bool dev_cluster_start(struct dev_cluster *cluster, const char *folder, const char *user,
                       struct err *err)
{
    *cluster = (struct dev_cluster){.lock = -1};
    if (!find_folder(cluster, folder, err) || !take_lock(cluster, err) ||
        !find_binaries(cluster, err) || !find_user(cluster, user, err) ||
        !find_home(cluster, err) || !find_sockets(cluster, err))
        return err_while(err, "preparing the development cluster");
    char version[sizeof cluster->home + 32];
    snprintf(version, sizeof version, "%s/data/PG_VERSION", cluster->home);
    if (!file_is_there(version) && !make(cluster, err))
        return err_while(err, "making the development cluster in %.80s", cluster->home);
    cluster->postmaster = running(cluster);
    if (cluster->postmaster != 0)
        log_info("development cluster was left running",
                 LOG_INT("pid", cluster->postmaster));
    else if (!start(cluster, err))
        return err_while(err, "starting the development cluster in %.80s", cluster->home);
    return make_database(cluster, err);
}

/* Paths of ours, whose parts were bounded before. */
static void fill(char *out, size_t room, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, room, format, args);
    va_end(args);
    must(n >= 0 && (size_t)n < room);
}

/* ---- where ---- */

static bool find_folder(struct dev_cluster *cluster, const char *folder, struct err *err)
{
    char here[PATH_MAX], path[PATH_MAX + 8];
    if (folder == NULL) {
        if (getcwd(here, sizeof here) == NULL)
            return err_set(err, ERR_FAILED, "the current folder is gone");
        fill(path, sizeof path, "%s/.flow", here);
        for (char *end = here + strlen(here); end > here && !file_is_there(path);) {
            while (end > here && *end != '/')
                end--;
            *end = '\0';
            fill(path, sizeof path, "%s/.flow", here);
        }
        folder = file_is_there(path) ? path : ".flow";
    }
    if (!file_make_folder(folder, 0755, err))
        return false;
    char absolute[PATH_MAX];
    if (realpath(folder, absolute) == NULL ||
        strlen(absolute) + 16 >= sizeof cluster->folder)
        return err_set(err, ERR_FAILED, "the folder %.80s cannot be used", folder);
    memcpy(cluster->folder, absolute, strlen(absolute) + 1);
    return true;
}

static bool take_lock(struct dev_cluster *cluster, struct err *err)
{
    char path[sizeof cluster->folder + 8];
    fill(path, sizeof path, "%s/lock", cluster->folder);
    cluster->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (cluster->lock < 0)
        return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (flock(cluster->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    err_set(err, ERR_CONFLICT, "another flowd --dev runs with %s", cluster->folder);
    return err_hint(err,
                    "a second node joins with: flowd --db \"$(cat %.80s/conninfo)\" "
                    "--http off",
                    cluster->folder);
}

static bool has_binaries(struct dev_cluster *cluster, const char *folder)
{
    char initdb[PATH_MAX + 16], postgres[PATH_MAX + 16];
    fill(initdb, sizeof initdb, "%s/initdb", folder);
    fill(postgres, sizeof postgres, "%s/postgres", folder);
    if (strlen(folder) >= sizeof cluster->binaries || access(initdb, X_OK) != 0 ||
        access(postgres, X_OK) != 0)
        return false;
    fill(cluster->binaries, sizeof cluster->binaries, "%s", folder);
    return true;
}

/* The newest of Debian's, else what PATH has. */
static bool find_binaries(struct dev_cluster *cluster, struct err *err)
{
    glob_t all;
    bool found = false;
    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &all) == 0) {
        for (size_t i = all.gl_pathc; i-- > 0 && !found;)
            found = has_binaries(cluster, all.gl_pathv[i]);
        globfree(&all);
    }
    struct text rest = text_of(env_get("PATH"));
    while (!found && rest.n > 0) {
        char folder[PATH_MAX];
        struct text part = text_split(&rest, ':');
        if (part.n >= sizeof folder - 16)
            continue;
        fill(folder, sizeof folder, TEXT_FMT, TEXT_ARG(part));
        found = has_binaries(cluster, folder);
    }
    if (found)
        return true;
    err_set(err, ERR_NOT_FOUND, "PostgreSQL's server programs are not installed");
    return err_hint(err, "apt-get install postgresql, or use a server with --db");
}

static bool find_user(struct dev_cluster *cluster, const char *user, struct err *err)
{
    const char *const standard[] = {"postgres", "nobody", NULL};
    const char *const wanted[] = {user, NULL};
    cluster->as_other = geteuid() == 0;
    if (!cluster->as_other)
        return true;
    if (!daemon_user_find(user[0] == '\0' ? standard : wanted, &cluster->user, err))
        return false;
    if (cluster->user.uid != 0)
        return true;
    return err_set(err, ERR_USAGE, "PostgreSQL does not run as root");
}

/* ---- children ---- */

/* Runs a program as the cluster's user, its words going to HOME/log; 0: it went well. The
 * child is a session of its own: Ctrl-C is for flowd alone, who then stops it. */
static pid_t spawn(const struct dev_cluster *cluster, char *const *argv)
{
    char path[sizeof cluster->home + 8];
    fill(path, sizeof path, "%s/log", cluster->home);
    pid_t child = fork();
    if (child != 0)
        return child;
    struct err err = {0};
    setsid();
    signal(SIGPIPE, SIG_DFL);
    if (cluster->as_other && !daemon_user_become(&cluster->user, &err))
        _exit(126);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int nothing = open("/dev/null", O_RDONLY);
    if (log < 0 || nothing < 0 || chdir("/") != 0)
        _exit(126);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(argv[0], argv);
    _exit(127);
}

static int run(const struct dev_cluster *cluster, char *const *argv)
{
    int status = -1;
    pid_t child = spawn(cluster, argv);
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* May the cluster's user work in this folder? Asked by being him. */
static bool can_reach(const struct dev_cluster *cluster, const char *folder)
{
    int status = -1;
    if (!cluster->as_other)
        return true;
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        bool yes = daemon_user_become(&cluster->user, &err) &&
                   access(folder, R_OK | W_OK | X_OK) == 0;
        _exit(yes ? 0 : 1);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the cluster ---- */

static bool own(const struct dev_cluster *cluster, const char *path, struct err *err)
{
    if (!cluster->as_other || chown(path, cluster->user.uid, cluster->user.gid) == 0)
        return true;
    return err_set(err, ERR_FAILED, "cannot give %s to %s: %s", path, cluster->user.name,
                   strerror(errno));
}

/* Below root's home, say, nobody else can go: then the cluster lies with the system's own
 * state, under a name made from the folder's path. */
static bool find_home(struct dev_cluster *cluster, struct err *err)
{
    static const char *const elsewhere[] = {STATE_DIR, "/var/lib/orderly",
                                            "/var/tmp/orderly"};
    char hex[DIGEST_HEX_BYTES];
    fill(cluster->home, sizeof cluster->home, "%s/pg", cluster->folder);
    if (!file_make_folder(cluster->home, 0700, err) || !own(cluster, cluster->home, err))
        return false;
    if (can_reach(cluster, cluster->home))
        return true;
    rmdir(cluster->home);
    struct digest digest = digest_of(text_of(cluster->folder));
    digest_hex(&digest, hex);
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        struct err ignored = {0};
        fill(cluster->home, sizeof cluster->home, "%s/dev-%.16s", elsewhere[i], hex);
        if (file_make_folder(cluster->home, 0700, &ignored) &&
            own(cluster, cluster->home, &ignored) && can_reach(cluster, cluster->home))
            return true;
    }
    return err_set(err, ERR_NOT_ALLOWED, "user %s can work neither in %s nor in %s",
                   cluster->user.name, cluster->folder, elsewhere[0]);
}

/* A socket's path is short by law; a deep folder gets one under /tmp. */
static bool find_sockets(struct dev_cluster *cluster, struct err *err)
{
    enum { SOCKET_NAME_BYTES = 24 };
    char hex[DIGEST_HEX_BYTES];
    if (strlen(cluster->home) + SOCKET_NAME_BYTES < sizeof cluster->sockets) {
        fill(cluster->sockets, sizeof cluster->sockets, "%s", cluster->home);
    } else {
        struct digest digest = digest_of(text_of(cluster->home));
        digest_hex(&digest, hex);
        fill(cluster->sockets, sizeof cluster->sockets, "/tmp/orderly-%.16s", hex);
        struct stat about;
        if (mkdir(cluster->sockets, 0700) != 0 && errno != EEXIST)
            return err_set(err, ERR_FAILED, "cannot make the folder %s",
                           cluster->sockets);
        if (lstat(cluster->sockets, &about) != 0 || !S_ISDIR(about.st_mode) ||
            (about.st_uid != geteuid() && about.st_uid != cluster->user.uid))
            return err_set(err, ERR_NOT_ALLOWED, "%s belongs to somebody else",
                           cluster->sockets);
        if (!own(cluster, cluster->sockets, err))
            return false;
    }
    fill(cluster->conninfo, sizeof cluster->conninfo, "host=%s dbname=flow user=flow",
         cluster->sockets);
    return true;
}

static bool say_log(const struct dev_cluster *cluster, struct err *err, const char *what)
{
    err_set(err, ERR_FAILED, "%s failed", what);
    return err_hint(err, "its own words are in %.160s/log", cluster->home);
}

static bool make(struct dev_cluster *cluster, struct err *err)
{
    char initdb[sizeof cluster->binaries + 16], data[sizeof cluster->home + 16];
    fill(initdb, sizeof initdb, "%s/initdb", cluster->binaries);
    fill(data, sizeof data, "%s/data", cluster->home);
    char *const argv[] = {initdb,  "-D", data,   "-U",          "orderly",           "-A",
                          "trust", "-E", "UTF8", "--no-locale", "--no-instructions", "-k",
                          NULL};
    log_info("making a development cluster", LOG_CHARS("folder", cluster->home));
    return run(cluster, argv) == 0 || say_log(cluster, err, "initdb");
}

/* postmaster.pid names the process; that it is one of ours is known by who may signal it
 * and by its answering on our socket. */
static pid_t running(const struct dev_cluster *cluster)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    struct err ignored = {0};
    struct text content;
    int64_t pid;
    char *path = arena_printf(call, "%s/data/postmaster.pid", cluster->home);
    if (!file_read(call, path, 4096, &content, &ignored) ||
        !text_to_i64(text_trim(text_split(&content, '\n')), &pid) || pid < 2 ||
        kill((pid_t)pid, 0) != 0)
        return 0;
    char *conninfo = arena_printf(
        call, "host=%s dbname=postgres user=orderly connect_timeout=2", cluster->sockets);
    PGPing ping = PQping(conninfo);
    return ping == PQPING_OK || ping == PQPING_REJECT ? (pid_t)pid : 0;
}

static bool wait_ready(struct dev_cluster *cluster, struct err *err)
{
    char conninfo[256];
    fill(conninfo, sizeof conninfo,
         "host=%s dbname=postgres user=orderly connect_timeout=2", cluster->sockets);
    for (int64_t until = clock_real() + READY_WITHIN; clock_real() < until; nap()) {
        int status;
        if (PQping(conninfo) == PQPING_OK)
            return true;
        if (waitpid(cluster->postmaster, &status, WNOHANG) == cluster->postmaster)
            break;
    }
    return say_log(cluster, err, "postgres");
}

static bool start(struct dev_cluster *cluster, struct err *err)
{
    char postgres[sizeof cluster->binaries + 16], data[sizeof cluster->home + 16];
    char sockets[sizeof cluster->sockets + 32];
    fill(postgres, sizeof postgres, "%s/postgres", cluster->binaries);
    fill(data, sizeof data, "%s/data", cluster->home);
    fill(sockets, sizeof sockets, "unix_socket_directories=%s", cluster->sockets);
    char *const argv[] = {postgres,
                          "-D",
                          data,
                          "-c",
                          sockets,
                          "-c",
                          "unix_socket_permissions=0700",
                          "-c",
                          "listen_addresses=",
                          "-c",
                          "fsync=on",
                          "-c",
                          "synchronous_commit=on",
                          "-c",
                          "timezone=UTC",
                          "-c",
                          "log_timezone=UTC",
                          "-c",
                          "shared_buffers=256MB",
                          "-c",
                          "max_wal_size=4GB",
                          "-c",
                          "max_slot_wal_keep_size=1GB",
                          "-c",
                          "jit=off",
                          NULL};
    cluster->postmaster = spawn(cluster, argv);
    if (cluster->postmaster < 0)
        return err_set(err, ERR_FAILED, "cannot start a process: %s", strerror(errno));
    return wait_ready(cluster, err);
}

/* ---- the database ---- */

static void drop_conn(PGconn **conn)
{
    PQfinish(*conn);
}

static bool ask(PGconn *conn, const char *sql, char *answer, size_t room, struct err *err)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok)
        err_set(err, ERR_FAILED, "%s", PQresultErrorMessage(result));
    if (ok && answer != NULL)
        fill(answer, room, "%.*s", (int)room - 1,
             PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return ok;
}

/* The database belongs to a role that is no superuser: as it should be elsewhere, too. */
static bool make_database(struct dev_cluster *cluster, struct err *err)
{
    char conninfo[256], there[8], path[sizeof cluster->folder + 16];
    fill(conninfo, sizeof conninfo, "host=%s dbname=postgres user=orderly",
         cluster->sockets);
    __attribute__((cleanup(drop_conn))) PGconn *conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK)
        return err_set(err, ERR_UNAVAILABLE, "%s", PQerrorMessage(conn));
    if (!ask(conn, "SELECT 1 FROM pg_roles WHERE rolname = 'flow'", there, sizeof there,
             err))
        return false;
    if (there[0] == '\0' &&
        !ask(conn, "CREATE ROLE flow LOGIN CREATEDB CREATEROLE", NULL, 0, err))
        return false;
    if (!ask(conn, "SELECT 1 FROM pg_database WHERE datname = 'flow'", there,
             sizeof there, err))
        return false;
    if (there[0] == '\0' && !ask(conn, "CREATE DATABASE flow OWNER flow", NULL, 0, err))
        return false;
    fill(path, sizeof path, "%s/conninfo", cluster->folder);
    return file_write(path, text_of(cluster->conninfo), 0644, err);
}

bool dev_cluster_token(struct dev_cluster *cluster, char token[128], struct err *err)
{
    scoped_arena struct arena *call = arena_new("call", 1 << 20);
    char path[sizeof cluster->folder + 16], known[8];
    struct err ignored = {0};
    struct text kept;
    __attribute__((cleanup(drop_conn))) PGconn *conn = PQconnectdb(cluster->conninfo);
    if (PQstatus(conn) != CONNECTION_OK)
        return err_set(err, ERR_UNAVAILABLE, "%s", PQerrorMessage(conn));
    fill(path, sizeof path, "%s/token", cluster->folder);
    if (file_read(call, path, 127, &kept, &ignored)) {
        kept = text_trim(kept);
        char *literal = PQescapeLiteral(conn, kept.chars, kept.n);
        bool ok =
            literal != NULL &&
            ask(conn,
                arena_printf(call,
                             "SELECT 1 FROM flow_data.token WHERE revoked_at IS NULL "
                             "AND hash = sha256(convert_to(%s, 'UTF8'))",
                             literal),
                known, sizeof known, err);
        PQfreemem(literal);
        if (!ok)
            return false;
        if (known[0] != '\0') {
            fill(token, 128, TEXT_FMT, TEXT_ARG(kept));
            return true;
        }
    }
    return ask(conn,
               "SELECT token FROM flow.token_create('dev', 'flow_owner', "
               "'{start,send,read,answer,command,metrics}')",
               token, 128, err) &&
           file_write(path, text_of(token), 0600, err);
}

/* ---- the end ---- */

static void nap(void)
{
    const struct timespec pause = {.tv_nsec = LOOK_EVERY * 1000};
    nanosleep(&pause, NULL);
}

void dev_cluster_stop(struct dev_cluster *cluster)
{
    bool is_gone = false;
    if (cluster->postmaster > 0 && kill(cluster->postmaster, SIGINT) == 0) {
        for (int64_t until = clock_real() + GONE_WITHIN; !is_gone && clock_real() < until;
             nap()) {
            int status;
            is_gone =
                waitpid(cluster->postmaster, &status, WNOHANG) == cluster->postmaster ||
                kill(cluster->postmaster, 0) != 0;
        }
        if (is_gone)
            log_info("development cluster stopped");
        else
            log_warn("development cluster does not stop",
                     LOG_INT("pid", cluster->postmaster));
    }
    cluster->postmaster = 0;
    if (cluster->lock >= 0)
        close(cluster->lock);
    cluster->lock = -1;
}
