#!/usr/bin/env python3
"""The database answers a node late: its connections stand still for longer than its lease, and what was asked before
comes after it has begun anew. Nothing of that may count for what it is now."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Failed, Ground, metric  # noqa: E402

ORDERS = 6  # in several shards


def backends(g, role):
    """The server's processes behind one role's connections."""
    return [int(pid) for pid, in g.sql.rows(
        f"select pid from pg_stat_activity where application_name = 'flowd {role}' and datname = current_database()")]


def send(pids, what):
    for pid in pids:
        os.kill(pid, what)


def times_said(g, words):
    with open(g.dir + "/flowd.log", errors="replace") as log:
        return log.read().count(words)


def story(g, claims):
    g.start()
    g.set_up()
    lanes, control = backends(g, "lane"), backends(g, "control")
    taken, loads = times_said(g, "shards taken"), metric(g.door, "flow_instance_loads_total", g.token)
    if not lanes or not control:
        raise Failed("the node's connections are not to be found")

    send(lanes, signal.SIGSTOP)
    for i in range(ORDERS):
        g.say("/v1/flows/order_to_cash/instances", ground.order(f"L-{i}"))
    g.until(lambda: metric(g.door, "flow_instance_loads_total", g.token) >= loads + ORDERS, "what was decided is on its way", 20)
    send(control, signal.SIGSTOP)
    g.until(lambda: times_said(g, "this node stops, and begins anew"), "the node notices that nobody answers", 20)
    send(control, signal.SIGCONT)
    g.until(lambda: times_said(g, "shards taken") > taken, "it has taken its shards again", 20)
    send(lanes, signal.SIGCONT)

    g.until(lambda: g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(ORDERS),
            "every order is completed", 60)
    claims.check(not g.counts()["doubles"], "nothing was done twice")
    claims.check(g.sql.one("select sum(shards) from flow.nodes where alive") == "32",
                 f"what was asked {ORDERS} times before a node began anew came too late, and no shard is without an owner")


def main():
    g, claims = Ground("late"), Claims()
    return claims.tell(lambda: story(g, claims),
                       lambda: send(backends(g, "lane") + backends(g, "control") if g.sql else [], signal.SIGCONT), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
