"""What happens to the machine while orders are under way: its clocks jump, its disk fills up, its connections are taken."""
import ctypes
import glob
import os
import socket
import struct
import subprocess
import time

import ground
from cluster import Cluster
from strikes import NotHere, Strike, rest

HOUR = 3600


class Clock(Strike):
    """What flowd reads of the time of day jumps far; PostgreSQL's jumps by seconds, since what is due is due by its clock."""

    name, says, one = "clock", "the time of day jumps: flowd's by an hour, a day, a year; PostgreSQL's by seconds", "jump"
    small, full, a_round = 6, 500, 100

    LIBRARY = "/usr/lib/*/faketime/libfaketime.so.1"
    FAR = (-400 * 24 * HOUR, -24 * HOUR, -HOUR, -60, 60, HOUR, 24 * HOUR, 400 * 24 * HOUR)
    NEAR_MAX = 10.0  # seconds; an order that waits for a moment waits so much longer
    TAKES = 1.0      # seconds until whoever reads a clock has heard of it

    def __init__(self):
        self.server = None
        self.ways = {"flowd": 0, "PostgreSQL": 0}

    def open(self):
        libraries = glob.glob(self.LIBRARY)
        if not libraries:
            raise NotHere("libfaketime is not installed")
        if ground.is_sanitized():
            raise NotHere("libfaketime and a sanitizer both want to be loaded first")
        self.server = Cluster()
        env = self.fake(libraries[0], "PostgreSQL")
        self.server.prefix += ["env", *(f"{name}={value}" for name, value in env.items())]
        self.server.create()
        g = self.ground(self.server)
        g.env = self.fake(libraries[0], "flowd")
        return g

    def fake(self, library, whose):
        self.set(whose, 0)
        return {"LD_PRELOAD": library, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_TIMESTAMP_FILE": self.file(whose)}

    def file(self, whose):
        return f"{self.server.dir}/clock of {whose}"

    def set(self, whose, seconds):
        """From now on its clock is so much ahead."""
        with open(self.file(whose) + " to be", "w") as f:
            f.write(f"{seconds:+.3f}\n")
        os.chmod(f.name, 0o644)
        os.replace(f.name, self.file(whose))

    def strike(self, g, traffic, dice):
        whose = dice.choice(list(self.ways))
        self.set(whose, dice.choice(self.FAR) if whose == "flowd" else dice.uniform(-self.NEAR_MAX, self.NEAR_MAX))
        self.ways[whose] += 1
        rest(g, self.TAKES + dice.uniform(0, 1))

    def end(self, g, traffic):
        """That they jump at all."""
        with open(f"/proc/{g.flowd.pid}/maps") as maps:
            if "libfaketime" not in maps.read():
                yield "flowd's clock did not jump"
        self.set("PostgreSQL", self.NEAR_MAX)
        g.until(lambda: float(g.sql.one("select extract(epoch from clock_timestamp())")) > time.time() + self.NEAR_MAX / 2,
                "PostgreSQL's clock is ahead", 30)

    def figures(self):
        return ", ".join(f"{n} times {whose}" for whose, n in self.ways.items())

    def close(self):
        if self.server is not None:
            self.server.close()


class Connections(Strike):
    """Others connect until nobody else can; flowd's own connections are cut, and its places taken."""

    name, says, one = "connections", "every connection PostgreSQL has is taken by others; flowd loses its own", "crowd"
    small, full, a_round = 4, 300, 100

    PLACES = 30
    FULL = "connection slots are reserved"
    READY = b"Z\0\0\0\5I"

    def __init__(self):
        self.server, self.crowd, self.turned_away = None, [], 0

    def open(self):
        self.server = Cluster(connections=self.PLACES).create()
        return self.ground(self.server)

    def comes_one(self):
        """A connection that does nothing; False when there is no place."""
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(10)
        one.connect(self.server.dir + "/.s.PGSQL.5432")
        words = b"user\0flow_dev\0database\0postgres\0\0"
        one.sendall(struct.pack(">II", len(words) + 8, 3 << 16) + words)
        said = b"?"
        while said and not said.endswith(self.READY):
            said = one.recv(1 << 16)  # what it says of itself; nothing: turned away
        if said:
            self.crowd.append(one)
        else:
            one.close()
        return said != b""

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready again", 60)
        rest(g, dice.uniform(0, 1))
        while self.comes_one():
            pass
        self.server.cut()
        until = time.monotonic() + dice.uniform(0.5, 3)
        while time.monotonic() < until:
            while self.comes_one():
                pass
            rest(g, 0.05)
        self.goes()

    def goes(self):
        for one in self.crowd:
            one.close()
        self.crowd = []

    def end(self, g, traffic):
        self.turned_away = self.server.says(self.FULL)
        if not self.turned_away:
            yield "nobody was turned away"

    def figures(self):
        return f"{self.turned_away} times somebody was turned away"

    def close(self):
        self.goes()
        if self.server is not None:
            self.server.close()


class Disk(Strike):
    """A file takes all the room there is, and goes again. Where there is no room for the log PostgreSQL gives up, and comes
    up again when there is."""

    name, says, one = "disk", "the disk is full: PostgreSQL's data, or its write-ahead log", "full disk"
    small, full, a_round = 4, 200, 50

    ROOM = {"data": 512, "log": 96}  # MB
    FULL = "No space left on device"
    PATIENCE = 8.0  # seconds until the log, which reuses its files, must want room

    def __init__(self):
        self.server = None
        self.ways = dict.fromkeys(self.ROOM, 0)

    def open(self):
        if not has_own_mounts():
            raise NotHere("this machine mounts nothing")
        self.server = Cluster()
        for way, room in self.ROOM.items():
            os.mkdir(self.disk(way))
            if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}m", "orderly", self.disk(way)]).returncode != 0:
                raise NotHere("this machine mounts nothing")
            self.server.give(self.disk(way))
        self.server.data = self.disk("data") + "/data"
        self.server.create("--waldir=" + self.disk("log") + "/log", "--wal-segsize=1")
        self.server.admin("alter system set min_wal_size = '2MB'", "alter system set max_wal_size = '16MB'",
                          "select pg_reload_conf()")
        return self.ground(self.server)

    def disk(self, way):
        return f"{self.server.dir}/disk of {way}"

    def strike(self, g, traffic, dice):
        g.until(g.is_ready, "flowd is ready again", 60)
        rest(g, dice.uniform(0, 1))
        way, before = dice.choice(list(self.ROOM)), self.server.says(self.FULL)
        filler = self.disk(way) + "/filler"
        fill(filler)
        deadline = time.monotonic() + self.PATIENCE
        while self.server.says(self.FULL) == before and time.monotonic() < deadline:
            rest(g, 0.1)
        self.ways[way] += self.server.says(self.FULL) > before
        rest(g, dice.uniform(0, 3))
        os.unlink(filler)
        self.server.start()

    def end(self, g, traffic):
        if not self.server.says(self.FULL):
            yield "the disk was never full"

    def figures(self):
        return ", ".join(f"{n} {way}" for way, n in self.ways.items())

    def close(self):
        if self.server is not None:
            self.server.close()


def has_own_mounts():
    """From now on, what this process and its children mount goes with them."""
    CLONE_NEWNS = 0x20000
    return (ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0 and
            subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0)


def fill(path):
    """Until nothing goes in any more."""
    size = 1 << 20
    with open(path, "wb", buffering=0) as f:
        while size > 0:
            try:
                if f.write(bytes(size)) < size:
                    size //= 2
            except OSError:
                size //= 2
