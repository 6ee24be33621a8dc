#!/usr/bin/env python3
"""Roles belong to the whole server. Somebody who makes one of them for another database in the same moment is waited for, and
the engine goes on with what he made."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, Sql  # noqa: E402

WAITS = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%flow_owner%' and pid <> pg_backend_pid()"


def story(g, claims):
    other, watch = Sql(os.environ["FLOW_DB_ADMIN"]), Sql(os.environ["FLOW_DB_ADMIN"])
    claims.check(other.one("select count(*) from pg_roles where rolname = 'flow_owner'") == "0", "the server has no role of ours")
    other.rows("begin")
    other.rows("create role flow_owner nologin")
    g.start()
    g.until(lambda: watch.one(WAITS) != "0", "the engine waits for who makes the role", 30)
    other.rows("commit")
    g.until(g.is_ready, "flowd is ready", 60)
    claims.check(True, "the engine is ready, with a role that somebody else made meanwhile")
    claims.check(watch.one("select count(*) from pg_roles where rolname in ('flow_owner', 'flow_engine', 'flow_api', 'flow_operator',"
                           " 'flow_reader')") == "5", "all roles are there")
    for sql in other, watch:
        sql.close()


def main():
    g, claims = Ground("roles"), Claims()
    return claims.tell(lambda: story(g, claims), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
