"""What happens between flowd and PostgreSQL while orders are under way."""
from cluster import Cluster
from proxy import Proxy
from strikes import Strike, rest


class Between(Strike):
    """A proxy stands before the server."""

    def __init__(self):
        self.server = self.proxy = None

    def open(self):
        self.server = Cluster().create()
        self.proxy = Proxy(self.server.conninfo())
        g = self.ground(self.server)
        g.flowd_conninfo = self.proxy.way
        return g

    def close(self):
        if self.proxy is not None:
            self.proxy.close()
        if self.server is not None:
            self.server.close()


class Swallow(Between):
    name, says, one = "swallow", "the answer to a commit is lost: it is done, and flowd does not hear of it", "answer"
    small, full, a_round = 15, 1000, 250

    def strike(self, g, traffic, dice):
        swallowed, self.proxy.swallow = self.proxy.swallowed, 1
        g.until(lambda: self.proxy.swallowed > swallowed, "an answer is lost", 60)
        rest(g, dice.uniform(0, 1.0))

    def figures(self):
        return f"{self.proxy.swallowed} answers were lost"


class Partition(Between):
    name, says, one = "partition", "the way to PostgreSQL stands still, is half closed, reset, or refused for a while", "partition"
    small, full, a_round = 8, 300, 100

    WAYS = ("still", "half", "reset", "refused")

    def __init__(self):
        super().__init__()
        self.ways = dict.fromkeys(self.WAYS, 0)

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready again", 60)
        rest(g, dice.uniform(0, 0.5))
        way = dice.choice(self.WAYS)
        if way == "still":
            self.proxy.hold()
            rest(g, dice.uniform(0.1, 3))
        elif way == "half":
            self.proxy.close_half()
        elif way == "reset":
            self.proxy.cut(reset=True)
        else:
            self.proxy.refuse()
            rest(g, dice.uniform(0.1, 2))
        self.proxy.go_on()
        self.ways[way] += 1

    def figures(self):
        return ", ".join(f"{n} {way}" for way, n in self.ways.items())
