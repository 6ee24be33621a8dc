/* Being a well-behaved process: user, signals, words with the service manager. */
#ifndef ENGINE_SYS_DAEMON_H
#define ENGINE_SYS_DAEMON_H

#include <sys/types.h>

#include "engine/base/err.h"

struct loop;

/* Who to be instead of root: the first of the names that exists. */
struct daemon_user {
    uid_t uid;
    gid_t gid;
    char name[64];
    char home[256];
};
MUST_USE bool daemon_user_find(const char *const *names, struct daemon_user *user,
                               struct err *err);
/* Groups, group, user, for good; to be called in a child before exec, or by ourselves. */
MUST_USE bool daemon_user_become(const struct daemon_user *user, struct err *err);

/* `handler` runs as a callback of a turn when SIGTERM, SIGINT or SIGHUP comes. SIGPIPE is
 * ignored from then on. */
typedef void daemon_signal(int number, void *owner);
void daemon_signals_start(struct loop *loop, daemon_signal *handler, void *owner);
void daemon_signals_stop(struct loop *loop);

/* "READY=1", "STOPPING=1", "STATUS=…" to systemd when it listens (NOTIFY_SOCKET). */
void daemon_notify(const char *state);

/* More open files, up to what we may have. */
void daemon_files_raise(void);

#endif
