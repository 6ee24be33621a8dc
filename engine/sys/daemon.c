/* Being a well-behaved process. */
#include "engine/sys/daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/scoped.h"
#include "engine/sys/env.h"
#include "engine/sys/loop.h"

enum { SIGNALS = 3 };

static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

static struct {
    struct event *events[SIGNALS];
    daemon_signal *handler;
    void *owner;
} the_signals;

bool daemon_user_find(const char *const *names, struct daemon_user *user, struct err *err)
{
    for (; *names != NULL; names++) {
        struct passwd entry, *found = NULL;
        char room[4096];
        if (getpwnam_r(*names, &entry, room, sizeof room, &found) != 0 || found == NULL)
            continue;
        user->uid = entry.pw_uid;
        user->gid = entry.pw_gid;
        snprintf(user->name, sizeof user->name, "%s", entry.pw_name);
        snprintf(user->home, sizeof user->home, "%s", entry.pw_dir);
        return true;
    }
    err_set(err, ERR_NOT_FOUND, "there is no user to be instead of root");
    return err_hint(err, "name one with the key `user`");
}

bool daemon_user_become(const struct daemon_user *user, struct err *err)
{
    if (initgroups(user->name, user->gid) == 0 && setgid(user->gid) == 0 &&
        setuid(user->uid) == 0)
        return true;
    return err_set(err, ERR_NOT_ALLOWED, "cannot become the user %s: %s", user->name,
                   strerror(errno));
}

static void on_signal(evutil_socket_t number, short what, void *owner)
{
    (void)what, (void)owner;
    the_signals.handler((int)number, the_signals.owner);
}

void daemon_signals_start(struct loop *loop, daemon_signal *handler, void *owner)
{
    the_signals.handler = handler;
    the_signals.owner = owner;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < SIGNALS; i++) {
        the_signals.events[i] =
            evsignal_new(loop_base(loop), numbers[i], on_signal, NULL);
        must(the_signals.events[i] != NULL);
        event_add(the_signals.events[i], NULL);
    }
}

void daemon_signals_stop(struct loop *loop)
{
    (void)loop;
    for (int i = 0; i < SIGNALS; i++) {
        if (the_signals.events[i] != NULL)
            event_free(the_signals.events[i]);
        the_signals.events[i] = NULL;
    }
}

void daemon_notify(const char *state)
{
    const char *path = env_get("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    scoped_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

void daemon_files_raise(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}
