#!/usr/bin/env python3
"""Three nodes share the orders; one is killed, one stops for longer than its lease, one drains.

    ORDERS=30   how many orders are begun, a third before each of the three
"""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, ask  # noqa: E402
from node import Node  # noqa: E402

ORDERS = int(os.environ.get("ORDERS", "30"))
TAKEN_WITHIN = 1.0  # seconds, after a process has died
LEASE = 0.9         # seconds, of Ground.FLOWD_KEYS
DRAINED_WITHIN = 1.0
HANDED_WITHIN = 1.0  # 0.1 where nothing else runs


class Nodes(Claims):
    def __init__(self, g):
        super().__init__()
        self.g, self.all, self.n = g, {}, 0

    def join(self, name):
        self.all[name] = Node(self.g, name).process

    def shares(self):
        return {name: int(n) for name, n in self.g.sql.rows("select name, shards from flow.nodes where alive")}

    def are_even(self, n):
        shares = self.shares()
        return (len(shares) == n and sum(shares.values()) == 32 and max(shares.values()) - min(shares.values()) <= 1)

    def even(self, n, seconds=10):
        began = time.monotonic()
        self.g.until(lambda: self.are_even(n), lambda: f"{n} nodes share evenly, not {self.shares()}", seconds)
        return time.monotonic() - began

    def orders(self, n):
        for _ in range(n):
            self.n += 1
            self.g.say("/v1/flows/order_to_cash/instances", ground.order(f"N-{self.n}"))

    def close(self):
        for process in self.all.values():
            process.kill()
            process.wait()


def in_flight(g, name, which="true"):
    """Shards of the node that have a call under way."""
    return int(g.sql.one("select count(distinct i.shard) from flow_data.instance i join flow_data.shard_lease l using (shard)"
                         f" join flow_data.node n on n.nonce = l.owner where n.name = '{name}' and i.in_flight and {which}"))


def story(g, nodes):
    g.start()
    g.set_up()
    for name in ("two", "three"):
        nodes.join(name)
    nodes.check(nodes.even(3) >= 0, f"three nodes share evenly: {sorted(nodes.shares().values())}")

    nodes.orders(ORDERS // 3)
    nodes.all["two"].kill()
    took = nodes.even(2)
    nodes.check(took <= TAKEN_WITHIN, f"a node died, and its shards had owners {took:.2f} s later")

    nodes.join("four")
    nodes.even(3)
    nodes.orders(ORDERS // 3)
    nodes.all["three"].send_signal(signal.SIGSTOP)
    took = nodes.even(2)
    nodes.check(took <= LEASE + 1, f"a node stopped, and its shards had owners {took:.2f} s later")
    nodes.all["three"].send_signal(signal.SIGCONT)
    nodes.check(nodes.even(3) >= 0, "it went on, began anew, and took its share")

    status, listed = ask(g.door, "GET", "/v1/nodes", token=g.token)
    nodes.check(status == 200 and sorted(n["shards"] for n in listed["items"] if n["alive"]) == [10, 11, 11] and
                not any(n["draining"] for n in listed["items"]), "the door lists the nodes")

    nodes.orders(ORDERS - 2 * (ORDERS // 3))
    g.switch("faults", {"operation": "*", "kind": "slow", "ms": 2500, "count": 100})
    while in_flight(g, "four", "i.rev = 1") == 0:  # the first call of an order, and slow
        nodes.orders(1)
        g.until(lambda: g.sql.one(f"select in_flight from flow_data.instance where key = 'N-{nodes.n}'") == "t",
                "its call is under way", 20)
    began = time.monotonic()
    nodes.all["four"].terminate()
    kept = in_flight(g, "four")
    g.until(lambda: nodes.shares().get("four", 0) <= kept and sum(nodes.shares().values()) == 32,
            lambda: f"what is at rest is handed over, not {nodes.shares()}", 10)
    took = time.monotonic() - began
    nodes.check(took <= HANDED_WITHIN and nodes.all["four"].poll() is None and nodes.shares().get("four", 0) > 0,
                f"a node drains: {32 - kept} shards have other owners {took:.2f} s later, {kept} wait for a slow call")
    listed = ask(g.door, "GET", "/v1/nodes", token=g.token)[1]
    nodes.check([n["name"] for n in listed["items"] if n["draining"]] == ["four"], "the door says that it drains")
    ask(g.stand_in, "DELETE", "/sandbox/faults")
    nodes.check(nodes.all["four"].wait(60) == 0, "a node drained")
    took = nodes.even(2)
    nodes.check(took <= DRAINED_WITHIN, f"its shards had owners {took:.2f} s later")

    an_older_program(g, nodes)
    g.until(lambda: g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(nodes.n),
            "every order is completed", 90)
    nodes.check(g.counts()["doubles"] == [], "every order is completed, nothing was done twice")


def an_older_program(g, nodes):
    """It does not read the snapshots that others write: here it is one that only says so."""
    nodes.join("older")
    nodes.even(3)
    g.sql.rows("update flow_data.node set snapshots = 4 where name = 'older'")
    kept = nodes.shares()["older"]
    for name, process in nodes.all.items():
        if name != "older":
            process.kill()
            process.wait()
    g.until(lambda: len(nodes.shares()) == 2 and sum(nodes.shares().values()) == 32,
            lambda: f"all shards have owners, not {nodes.shares()}", 10)
    nodes.check(nodes.shares()["older"] == kept < 16, f"an older program keeps its {kept} shards and takes none of the dead")
    said = subprocess.run([ground.PSQL, "-X", "-d", g.conninfo, "-c", "update flow_data.shard_lease l set owner = n.nonce"
                           " from flow_data.node n where n.name = 'older' and l.owner <> n.nonce"],
                          capture_output=True, text=True).stderr
    nodes.check("takes no shards" in said, f"nor would it be let: {said.strip()}")


def main():
    g = Ground("nodes")
    nodes = Nodes(g)
    return nodes.tell(lambda: story(g, nodes), nodes.close, g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
