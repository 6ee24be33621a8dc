#!/usr/bin/env python3
"""The schema could be spread over several servers by its shards: every key of a table that grows has the shard in front,
and every statement of the engine's connections finds each row of such a table by its shard. Asked of PostgreSQL itself: of its
catalogue, and of its plans."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, TOP  # noqa: E402

# On every server whole: small, and read by all.
EVERYWHERE = {"version", "event", "environment", "schedule", "retention", "journal_month", "node", "token", "migration",
              "breaker", "adapter_word", "version_hold", "version_word"}

HOT = ("lane", "read", "match", "poison", "fence", "control")

# Not on the hot path, and why they look at all shards.
COLD = {
    "pulse": "once a beat: who has how many shards",
    "claim": "a take-over: which shards nobody has",
    "suspects": "a take-over",
    "blames": "a take-over",
    "leave": "a node begins anew",
    "lived": "a node begins anew",
    "forget_nodes": "tidying up",
    "find": "a key without its flow, as people give it: each shard answers by its index",
    "quarantine": "counts who is set aside of a version, where owners keep dying",
}


class Spread(Claims):
    def __init__(self, g):
        super().__init__()
        self.g = g

    def check(self, is_so, what, why=""):
        self.passed += bool(is_so)
        self.failed += not is_so
        if not is_so:
            print(f"not so: {what}" + (f": {why}" if why else ""), flush=True)


def tables(s):
    """Those that grow: all but the few that are everywhere."""
    all_of_them = [t for t, in s.g.sql.rows("select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                                            " where n.nspname = 'flow_data' and c.relkind in ('r', 'p') and not c.relispartition")]
    grow = {t for t in all_of_them if t not in EVERYWHERE}
    s.check(len(grow) >= 14, f"the schema is there: {sorted(grow)}")
    for table in sorted(grow):
        keys = s.g.sql.rows(
            "select i.indexrelid::regclass, a.attname, i.indisprimary from pg_index i join pg_attribute a on a.attrelid = i.indrelid"
            f" and a.attnum = i.indkey[0] where i.indrelid = 'flow_data.{table}'::regclass and i.indisunique")
        s.check(any(primary == "t" for _, _, primary in keys), f"{table} has a primary key")
        for index, first, _ in keys:
            s.check(first == "shard", f"{index} begins with the shard", f"it begins with {first}")
    bound = s.g.sql.rows("select conrelid::regclass, confrelid::regclass from pg_constraint where contype = 'f' and"
                         " connamespace = 'flow_data'::regnamespace")
    for table, other in bound:
        s.check(other.split(".")[-1] in EVERYWHERE, f"{table} refers to nothing that is spread", f"it refers to {other}")
    return grow


def statements(file):
    with open(f"{TOP}/engine/store/sql/{file}.sql") as f:
        for part in re.split(r"^-- name: ", f.read(), flags=re.M)[1:]:
            name, _, text = part.partition("\n")
            yield name.strip(), re.sub(r"--.*", "", text).strip().rstrip(";")


def plan_of(s, name, text):
    n = max([int(x) for x in re.findall(r"\$(\d+)", text)], default=0)
    s.g.sql.rows(f"prepare its_{name} as {text}")
    said = s.g.sql.rows(f"explain (format json, costs off) execute its_{name}" + (f"({', '.join(['null'] * n)})" if n else ""))
    return json.loads("".join(row[0] for row in said))[0]["Plan"]


def nodes_of(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)


def is_by_shard(node):
    """By its index, with the shard in front (a bitmap's two halves say it apart)."""
    conditions = [node.get("Index Cond", ""), node.get("Recheck Cond", "")]
    return any(re.search(r"\bshard\b", c) for c in conditions)


def doctored(s, grow):
    """Statements that do not name the shard must be found out."""
    for n, text in enumerate(("SELECT status FROM instance WHERE id = $1::uuid",
                              "DELETE FROM mail WHERE seq = $1::bigint",
                              "UPDATE instance i SET status = 1 FROM mail m WHERE m.shard = $1::smallint AND i.id = m.instance")):
        plan = plan_of(s, f"doctored_{n}", text)
        s.check(any(not is_by_shard(node) for node in nodes_of(plan)
                    if node.get("Relation Name") in grow and node["Node Type"] != "ModifyTable"), f"found out: {text}")


def page(s, grow):
    """docs/DATA.md says how: for exactly these tables."""
    with open(f"{TOP}/docs/DATA.md") as f:
        text = f.read()
    spread = set(re.findall(r"create_distributed_table\('flow_data\.(\w+)', 'shard'", text))
    whole = set(re.findall(r"create_reference_table\('flow_data\.(\w+)'", text))
    s.check(spread == grow, "DATA.md spreads the tables that grow", f"{sorted(spread ^ grow)}")
    s.check(whole == EVERYWHERE - {"migration"}, "DATA.md keeps the small ones everywhere", f"{sorted(whole ^ EVERYWHERE)}")


def says(s, file, grow):
    for name, text in statements(file):
        if not re.match(r"(select|with|insert|update|delete)", text, re.I) or name in COLD:
            continue
        plan = plan_of(s, name, text)
        for node in nodes_of(plan):
            table = node.get("Relation Name")
            if table not in grow:
                continue
            if node["Node Type"] == "ModifyTable":
                if node["Operation"] == "Insert":
                    columns = re.search(rf"insert\s+into\s+{table}\b[^(]*\(([^)]*)\)", text, re.I)
                    s.check(columns and columns.group(1).split(",")[0].strip() == "shard",
                            f"{file}.{name} says the shard of what it adds to {table}")
            else:
                s.check(is_by_shard(node), f"{file}.{name} finds rows of {table} by their shard",
                        f"{node['Node Type']} {node.get('Index Cond', '')} {node.get('Filter', '')}")


def story(s):
    g = s.g
    g.start()
    g.set_up(with_flows=False)
    g.kill()
    g.sql.rows("set search_path = flow_data, pg_temp; set plan_cache_mode = force_generic_plan; set enable_seqscan = off;"
               " set enable_mergejoin = off; set jit = off; set random_page_cost = 1.1")
    grow = tables(s)
    doctored(s, grow)
    page(s, grow)
    for file in HOT:
        before = s.passed + s.failed
        says(s, file, grow)
        print(f"{file}.sql: {s.passed + s.failed - before} reads and writes of what is spread")


def main():
    g = Ground("spread")
    s = Spread(g)
    return s.tell(lambda: story(s), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
