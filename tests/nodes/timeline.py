#!/usr/bin/env python3
"""An old primary that comes back after its standby has taken over is not worked on: it has not what was committed since."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from cluster import Cluster  # noqa: E402
from ground import Claims, Ground, Sql  # noqa: E402

WORDS = "an old primary is back, and is not used"


def order(g, key):
    g.say("/v1/flows/order_to_cash/instances", ground.order(key))


def is_completed(g, key):
    return g.sql.one(f"select status from flow.instances where key = '{key}'") == "completed"


def times_said(g, words):
    with open(g.dir + "/flowd.log", errors="replace") as log:
        return log.read().count(words)


def ask_alone(server, sql):
    one = Sql(server.conninfo())
    try:
        return one.one(sql)
    finally:
        one.close()


def story(g, old, new, claims):
    new.copy(old)
    new.start()
    g.conninfo = g.flowd_conninfo = f"host={old.dir},{new.dir} user=flow_dev dbname=flow target_session_attrs=read-write"
    g.start()
    g.set_up()
    order(g, "T-1")
    g.until(lambda: is_completed(g, "T-1"), "T-1 is completed on the first server", 60)
    g.until(lambda: old.admin("select count(*) from pg_stat_replication where replay_lsn = pg_current_wal_lsn()") == "1",
            "the standby has all of it", 60)

    old.crash(signal.SIGKILL)
    new.admin("select pg_promote()")
    g.until(g.is_ready, "flowd goes on with the standby that took over", 60)
    order(g, "T-2")
    g.until(lambda: is_completed(g, "T-2"), "T-2 is completed there", 60)
    claims.check(not times_said(g, WORDS), "a server that took over is worked on: T-2 is completed")

    new.crash(signal.SIGKILL)
    old.start()
    joined = "select count(*) from flow_data.node"
    before = ask_alone(old, joined)
    g.until(lambda: times_said(g, WORDS), "flowd sees that an old primary is back", 60)
    claims.check(times_said(g, WORDS) == 1 and not g.is_ready() and ask_alone(old, joined) == before, "the old primary is not worked on; the log says it once, and the door is not ready")
    claims.check(ask_alone(old, "select count(*) from flow.instances where key = 'T-2'") == "0", "it has never heard of T-2")

    old.crash(signal.SIGKILL)
    new.start()
    g.until(g.is_ready, "flowd goes on where it was", 60)
    order(g, "T-3")
    g.until(lambda: is_completed(g, "T-3") and is_completed(g, "T-2"), "T-3 is completed, T-2 still is", 60)
    claims.check(not g.counts()["doubles"], "the right one is back: all three are completed, nothing was done twice")


def main():
    old, new = Cluster().create(), Cluster()
    g, claims = Ground("timeline", server=old), Claims()
    return claims.tell(lambda: story(g, old, new, claims), g.close, old.close, new.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
