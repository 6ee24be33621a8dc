/* The private PostgreSQL cluster of `flowd --dev`: made once, started, stopped. */
#ifndef ENGINE_DEV_CLUSTER_H
#define ENGINE_DEV_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/base/err.h"
#include "engine/sys/daemon.h"

struct dev_cluster {
    char folder[1024]; /* DIR, absolute: conninfo, token, lock */
    char home[1024];   /* where the cluster lies: DIR/pg, or elsewhere when the user that
                          PostgreSQL runs as cannot reach DIR */
    char binaries[1024]; /* folder of initdb and postgres */
    char sockets[108];   /* folder of the socket */
    char conninfo[512];
    bool as_other; /* we are root, PostgreSQL is `user` */
    struct daemon_user user;
    pid_t postmaster;
    int lock; /* held while we use the cluster; -1: not */
};

/* `folder`: NULL looks for `.flow` here and upward, and makes it here. `user`: empty:
 * postgres, else nobody. Makes the cluster when there is none, starts it when it does not
 * run, writes DIR/conninfo. A cluster that an earlier flowd left running is taken over as
 * it is. */
MUST_USE bool dev_cluster_start(struct dev_cluster *cluster, const char *folder,
                                const char *user, struct err *err);

/* Shut down in good order; when it cannot be stopped within a minute, it is left running.
 */
void dev_cluster_stop(struct dev_cluster *cluster);

/* The token that `--dev` prints: made once, kept in DIR/token. */
MUST_USE bool dev_cluster_token(struct dev_cluster *cluster, char token[128],
                                struct err *err);

#endif
