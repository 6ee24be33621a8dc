"""What happens to PostgreSQL while orders are under way."""
import signal

from cluster import Cluster
from strikes import Strike, rest


class Crash(Strike):
    name, says, one = "crash", "PostgreSQL crashes: immediate stop, kill -9 of the postmaster, kill -9 of one backend", "crash"
    small, full, a_round = 10, 200, 50

    WAYS = ("immediate", "postmaster", "backend")

    def __init__(self):
        self.server = None
        self.ways = dict.fromkeys(self.WAYS, 0)

    def open(self):
        self.server = Cluster().create()
        return self.ground(self.server)

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


class Promote(Strike):
    """Two servers; what is committed is on both. The first dies, the second takes over, and gets a second of its own."""

    name, says, one = "promote", "the primary dies (kill -9), its synchronous standby is promoted, a new standby follows", "promotion"
    small, full, a_round = 2, 50, 25

    def __init__(self):
        self.primary = self.standby = None

    def open(self):
        self.primary = Cluster().create()
        g = self.ground(self.primary)
        g.conninfo = g.flowd_conninfo = self.conninfo()
        self.follow(g)
        return g

    def conninfo(self):
        hosts = ",".join(one.dir for one in (self.primary, self.standby) if one is not None)
        return f"host={hosts} user=flow_dev dbname=flow target_session_attrs=read-write"

    def follow(self, g):
        """A new standby, in the folder where the last primary answered: the same two names for ever."""
        if self.standby is None:
            self.standby = Cluster()
        self.standby.copy(self.primary)
        self.standby.start()
        self.primary.admin("alter system set synchronous_standby_names = '*'", "select pg_reload_conf()")
        g.conninfo = g.flowd_conninfo = self.conninfo()

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready", 60)
        g.until(lambda: self.primary.admin("select count(*) from pg_stat_replication where sync_state = 'sync'") == "1",
                "the standby is in step", 60)
        rest(g, dice.uniform(0.2, 2))
        self.primary.crash(signal.SIGKILL)
        rest(g, dice.uniform(0, 0.5))
        self.standby.admin("alter system set synchronous_standby_names = ''", "select pg_promote()")
        self.primary, self.standby = self.standby, self.primary
        rest(g, dice.uniform(0, 1))
        self.follow(g)

    def close(self):
        for one in (self.primary, self.standby):
            if one is not None:
                one.close()
