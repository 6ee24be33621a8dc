#!/usr/bin/env python3
"""Two nodes stand still, in turn, each time they have one order in hand, for longer than their lease, and go on. Nobody has
died of that order: it is not set aside, however often."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground  # noqa: E402
from node import Node  # noqa: E402

STANDS = 8  # set aside after five, if they were deaths


def stands_still(node, order):
    """And the order's shard is not its any more. Others it may keep: who takes over may stop at the order before it has
    taken all, and then nobody is left who would."""
    return node.is_stopped() and node.g.sql.one(
        "select count(*) from flow_data.instance i join flow_data.shard_lease l using (shard) join flow_data.node n on"
        f" n.nonce = l.owner where i.id = '{order}' and n.name = '{node.name}'") == "0"


def story(g, nodes, claims):
    g.start()
    g.set_up()
    g.drain()
    g.mend = lambda: None
    plan = "decide.before=stop@1+~S-1"
    nodes += [Node(g, name, plan) for name in ("one", "other")]
    for node in nodes:
        g.until(lambda: node.shards() > 0, f"{node.name} has shards", 30)
    order = g.sql.one("select flow.start('order_to_cash', '" + json.dumps(ground.order("S-1")) + "'::json)")
    stands = 0
    while stands < STANDS:
        node = g.until(lambda: next((n for n in nodes if stands_still(n, order)), None), "a node stands still, and has lost the order", 60)
        node.process.send_signal(signal.SIGCONT)
        stands += 1
        g.until(lambda: not stands_still(node, order), "it goes on", 30)
    status, deaths = g.sql.rows("select v.status, coalesce(max(s.deaths), 0) from flow.instances v left join flow_data.suspect s on"
                                " s.instance = v.id where v.key = 'S-1' group by 1")[0]
    claims.check(status != "quarantined", f"after {stands} times nobody has died of it: {status}, {deaths} against it")
    for node in nodes:
        node.close()
    g.start()
    g.until(lambda: g.sql.one("select status from flow.instances where key = 'S-1'") == "completed", "S-1 is completed", 60)
    claims.check(not g.counts()["doubles"], "it is completed, and nothing was done twice")


def main():
    g, nodes, claims = Ground("still"), [], Claims()
    return claims.tell(lambda: story(g, nodes, claims), lambda: [node.close() for node in nodes], g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
