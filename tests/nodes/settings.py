#!/usr/bin/env python3
"""What flowd says to a server that cannot keep what is promised: each setting refused, or said."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Failed, Ground, Sql  # noqa: E402
from proxy import Proxy  # noqa: E402


class Settings(Claims):
    def check(self, is_so, what, said=""):
        self.passed += bool(is_so)
        self.failed += not is_so
        print(("ok   " if is_so else "not so: ") + what + ("" if is_so else "\n" + said), flush=True)

    def refuses(self, g, durability, words, way=None):
        """flowd ends by itself with 1, and says why."""
        try:
            done = subprocess.run([ground.BUILD + "/flowd", "--db", way or g.conninfo, "--http", "off", "--durability", durability],
                                  capture_output=True, text=True, timeout=30)
            self.check(done.returncode == 1 and words in done.stderr and "hint:" in done.stderr,
                       f"refused under {durability}: {words}", done.stderr)
        except subprocess.TimeoutExpired as running:
            self.check(False, f"refused under {durability}: {words}", str(running.stderr))

    def says(self, g, words):
        """flowd runs, and has said so."""
        g.keys = Ground.FLOWD_KEYS + ["--durability", "any"]
        g.start()
        try:
            g.until(g.is_ready, "it runs", 30)
        except Failed as failed:
            self.check(False, "it runs", str(failed))
        with open(g.dir + "/flowd.log", errors="replace") as log:
            text = log.read()
        self.check(words in text, f"said under any: {words}", text)
        g.kill()


def admin(sql):
    one = Sql(os.environ["FLOW_DB_ADMIN"])
    one.rows(sql)
    one.close()


def name_of(g):
    return dict(word.split("=", 1) for word in g.conninfo.split())["dbname"]


def story(s, g):
    name = name_of(g)
    s.refuses(g, "disk", "fsync is off")
    s.says(g, "fsync is off")
    admin(f"alter database {name} set synchronous_commit = off")
    s.refuses(g, "disk", "synchronous_commit is off")
    s.says(g, "synchronous_commit is off")
    admin(f"alter database {name} set synchronous_commit = local")
    s.refuses(g, "standby", "synchronous_commit is local")
    admin(f"alter database {name} reset synchronous_commit")
    s.refuses(g, "standby", "no standby is waited for")

    proxy = Proxy(g.conninfo, g.dir)
    proxy.is_pooler = True
    s.refuses(g, "any", "a pooler stands between", proxy.way)
    proxy.close()

    admin(f"create database {name}_ascii owner flow_dev encoding 'SQL_ASCII' locale 'C' template template0")
    s.refuses(g, "any", "server_encoding is SQL_ASCII", g.conninfo.replace(name, name + "_ascii"))

    g.flowd_conninfo = g.conninfo.replace("flow_dev", "flow_admin")
    s.says(g, "this user is a superuser")
    admin("select pg_create_physical_replication_slot('settings_slot')")
    s.says(g, "max_slot_wal_keep_size is -1")
    admin("select pg_drop_replication_slot('settings_slot')")


def main():
    s, g = Settings(), Ground("settings")
    return s.tell(lambda: story(s, g), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
