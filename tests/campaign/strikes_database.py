"""What happens to PostgreSQL while orders are under way."""
import os
import signal

from cluster import Cluster
from ground import Ground
from strikes import PACE, Strike, rest


class Crash(Strike):
    name, says, one = "crash", "PostgreSQL crashes: immediate stop, kill -9 of the postmaster, kill -9 of one backend", "crash"
    small, full, a_round = 10, 200, 50

    WAYS = ("immediate", "postmaster", "backend")

    def __init__(self):
        self.server = None
        self.ways = dict.fromkeys(self.WAYS, 0)

    def open(self):
        self.server = Cluster().create()
        return Ground(f"{self.name}_{os.getpid()}", keys=self.keys, pace=PACE, server=self.server)

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready again", 60)
        rest(g, dice.uniform(0, 1.0))
        way = dice.choice(self.WAYS)
        if way == "backend":
            if not self.server.kill_backend(dice):
                return
        else:
            self.server.crash(signal.SIGQUIT if way == "immediate" else signal.SIGKILL)
            rest(g, dice.uniform(0, 0.5))
        self.server.start()
        self.ways[way] += 1

    def figures(self):
        return ", ".join(f"{n} {way}" for way, n in self.ways.items())

    def close(self):
        if self.server is not None:
            self.server.close()
