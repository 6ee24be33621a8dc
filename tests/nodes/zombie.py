#!/usr/bin/env python3
"""A node stops just before it commits, for longer than its lease; another takes its shards; then it goes on, and its
commit comes too late. The database refuses it, and the refusals are counted: a test without any proves nothing.

    ZOMBIES=6   how many nodes stop so
"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Failed, Ground  # noqa: E402
from node import Node  # noqa: E402

ZOMBIES = int(os.environ.get("ZOMBIES", "6"))
ORDERS = 4  # begun for each


def owners(g):
    return {name: int(n) for name, n in g.sql.rows("select name, shards from flow.nodes where alive")}


def story(g, zombies, claims):
    fenced, orders = 0, 0
    g.start()
    g.set_up()
    for n in range(ZOMBIES):
        zombie = Node(g, f"zombie{n}", f"commit.before=stop@{2 * n + 1}")
        zombies.append(zombie)
        # What is left of the orders before may stop it before it has all of its share.
        g.until(lambda: owners(g).get(zombie.name, 0) == 16 or zombie.is_stopped(), f"{zombie.name} has its share", 20)
        while not zombie.is_stopped():
            for _ in range(ORDERS):
                orders += 1
                g.say("/v1/flows/order_to_cash/instances", ground.order(f"Z-{orders}"))
            before = orders
            g.until(lambda: zombie.is_stopped() or g.sql.one(
                "select count(*) from flow.instances where status = 'completed'") == str(before), "they move", 60)
        g.until(lambda: zombie.name not in owners(g) and sum(owners(g).values()) == 32, "another has its shards", 20)
        zombie.process.send_signal(signal.SIGCONT)
        g.until(lambda: zombie.metric("flow_transitions_fenced_total") > 0, "its commit is refused, and counted", 20)
        fenced += zombie.metric("flow_transitions_fenced_total")
        g.until(lambda: owners(g).get(zombie.name, 0) == 16, "it has begun anew", 20)
        zombie.process.terminate()
        if zombie.process.wait(60) != 0:
            raise Failed(f"{zombie.name} does not drain")
    g.until(lambda: g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(orders),
            "every order is completed", 90)
    claims.check(not g.counts()["doubles"], f"{orders} orders are completed, nothing was done twice")
    claims.check(fenced >= ZOMBIES, f"{ZOMBIES} nodes committed too late: {fenced} transitions were refused")


def main():
    g, zombies, claims = Ground("zombie"), [], Claims()
    return claims.tell(lambda: story(g, zombies, claims), lambda: [zombie.close() for zombie in zombies], g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
