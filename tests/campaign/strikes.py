"""What strikes while orders are under way: the form that each has, and what happens to flowd's process."""
import os
import shutil
import signal
import subprocess
import time

import ground
from ground import Ground, ask, pause
from node import Node
from traffic import EFFECTS


class NotHere(Exception):
    """What a strike needs is not to be had on this machine."""


class Strike:
    """One way to be struck. `small` is what tools/check does, `full` what a night has time for."""

    name = says = ""
    one = "strike"
    small, full = 1, 10
    a_round = 250       # strikes on one database; the next round begins with a fresh one
    a_part = 75         # in small, so many follow each other; the rest is struck beside them
    under_way, small_under_way = 50, 20
    keys = ()
    pace = 1500, 2500   # ms that packing and paying take
    disturbed = True    # replies are lost and systems are away meanwhile

    def open(self):
        """A ground; flowd is started on it by the campaign."""
        return self.ground()

    def ground(self, server=None):
        return Ground(f"{self.name}_{os.getpid()}", keys=self.keys, pace=self.pace, server=server)

    def begin(self, g, traffic, dice):
        """Orders are under way."""

    def strike(self, g, traffic, dice):
        """One blow, until what was struck is on its way again."""
        raise NotImplementedError

    def end(self, g, traffic):
        """Everything is healed; yields what shows that the strikes were none."""
        return ()

    def figures(self):
        """What else is to be known."""
        return ""

    def close(self):
        """Processes and folders of its own."""


def rest(g, seconds):
    """Goes on for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        g.mend()
        pause()


class Kill(Strike):
    name, says, one = "kill", "flowd is killed (kill -9) at a random moment of its life", "kill"
    small, full = 300, 10000

    LIFE_MAX = 1.2         # seconds flowd lives at most, mostly counted from when it is ready; the next begins at once
    WHILE_STARTING_OF = 5  # one in so many is counted from its very beginning

    def strike(self, g, traffic, dice):
        if dice.randrange(self.WHILE_STARTING_OF) != 0:
            g.until(g.is_ready, "flowd is ready", 60)
        rest(g, dice.uniform(0, self.LIFE_MAX))
        g.kill()
        g.start()


class Upgrade(Strike):
    """Another program in its place, as an operator changes it: it drains, the next begins. OTHER names the folder of the
    other build; without it, it is a copy of this one."""

    name, says, one = "upgrade", "flowd drains and another program takes its place, back and forth", "upgrade"
    small, full = 5, 200

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready", 60)
        rest(g, dice.uniform(0, 1.5))
        g.drain()
        other = g.dir + "/flowd"
        if not os.path.exists(other):
            shutil.copy(os.path.join(os.environ.get("OTHER", ground.BUILD), "flowd"), other)
        g.program = other if g.program != other else ground.BUILD + "/flowd"
        g.start()


class Slow(Strike):
    """What is asked is done late, or done at once and answered when nobody waits any more, and has perhaps asked again.
    What has not been done when an attempt is over is not done later: LANGUAGE.md calls it absent by then."""

    name, says, one = "slow", "a system does some calls late, and answers others long after their attempt is over", "slowness"
    small, full = 5, 500

    FAULTS = {"kind": "slow", "ms": 2000}, {"kind": "linger", "ms": 4000}  # an attempt has 3 s, of Ground.flows
    AT_ONCE = 4

    def strike(self, g, traffic, dice):
        fault = {"operation": dice.choice(EFFECTS), "count": self.AT_ONCE, **dice.choice(self.FAULTS)}
        g.until(lambda: ask(g.stand_in, "POST", "/sandbox/faults", fault)[0] // 100 == 2, "the fault is taken", 60)
        rest(g, dice.uniform(0.5, 1.5))


class Hang(Slow):
    """Nobody waits for that long: it is asked for again, by the same key."""

    name, says, one = "hang", "a system takes some calls, does them or not, and never answers", "silence"
    small, full = 3, 500
    a_round = 100  # is over long before anything would be done late

    FAULTS = {"kind": "slow", "ms": 600000}, {"kind": "linger", "ms": 600000}


class Zombie(Strike):
    """Of two other nodes, one stands still (half of the times just before a commit, which it sends when it wakes up) until
    its shards belong to others."""

    name, says, one = "zombie", "a node stands still (SIGSTOP) for longer than its lease, and goes on", "zombie"
    small, full, a_round, a_part = 50, 1000, 200, 25

    LEASE = 0.9

    def __init__(self):
        self.nodes, self.fenced, self.self_fenced = [], 0, 0

    def begin(self, g, traffic, dice):
        plan = "commit.before=stop@40+" if self.stops_itself() else None
        self.nodes = [Node(g, "sleeper", plan), Node(g, "other")]
        for node in self.nodes:
            g.until(lambda: node.shards() > 0, f"{node.name} has shards", 30)

    @staticmethod
    def stops_itself():
        said = subprocess.run([ground.BUILD + "/flowd", "--failpoints"], capture_output=True, text=True).stdout
        return "commit.before" in said

    def strike(self, g, traffic, dice):
        sleeper, other = self.nodes
        node = dice.choice(self.nodes)
        if node is other:
            g.until(node.is_ready, "a node is ready", 60)
            rest(g, dice.uniform(0, 0.5))
            node.process.send_signal(signal.SIGSTOP)
        else:
            g.until(node.is_stopped, "a node stands before a commit", 60)
        g.until(lambda: node.shards() == 0, "its shards belong to others", 30)
        rest(g, dice.uniform(0, self.LEASE))
        g.until(lambda: self.goes_on(node) and node.shards() > 0, "it takes its share again", 60)

    @staticmethod
    def goes_on(node):
        """It may stop again before each commit that it still wants to send."""
        node.process.send_signal(signal.SIGCONT)
        return True

    def end(self, g, traffic):
        for node in self.nodes:
            g.until(lambda: self.goes_on(node) and node.is_ready(), "a node is ready", 60)
            self.fenced += node.metric("flow_transitions_fenced_total")
            self.self_fenced += node.metric("flow_node_self_fenced_total")
        self.nodes[0].close()  # it would stop again and again
        if self.fenced + self.self_fenced == 0:
            yield "no node noticed that its lease was over"

    def figures(self):
        return f"{self.fenced} transitions refused, {self.self_fenced} times a node stopped by itself"

    def close(self):
        for node in self.nodes:
            node.close()
