#!/usr/bin/env python3
"""Every statement stays cheap when the tables are full, also by plans that were made when they were empty: a generic plan lives
as long as its connection, and a young database is full before anybody has analyzed it. Each statement is done once, and what
PostgreSQL says it looked at is counted. PLANS_ROWS=1000000 for a large one."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Ground, TOP  # noqa: E402
from spread import EVERYWHERE, Spread, nodes_of, statements, tables  # noqa: E402

ROWS = int(os.environ.get("PLANS_ROWS", "40000"))
# All of them in four shards: what reads a whole shard reads a quarter of everything.
SHARDS = 4

FILES = ("read", "lane", "fence", "match", "poison", "control", "door")

# Never long: what a node takes in hand, what is folded.
SHORT = {"shard_lease", "suspect", "blame", "tally", "measure_tally"}

# What is not said within a transaction, or says nothing about a table.
NOT_TRIED = {"listen", "listen_nodes", "ring_nodes", "lock_self", "unlock_all", "now"}

# How many rows of a table that grows one statement may look at, with what it is given below, and how many pages in all. The
# lists of the door and the tidying up are given a hundred.
ROWS_MOST = {"list_counts": 4000, "list_measures": 4000, "fold_counts": 4000, "fold_measures": 4000}
ROWS_MOST_ELSE = 1000
PAGES_MOST = 3000
PAGES_MOST_HELD = 6000  # while a version is held, the instance of each letter and timer is looked at
HELD = {"version_let_go"}  # what makes sense only then

FILL = """
set session_replication_role = replica;
create function pg_temp.id_at(n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(1600000000000 + n), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8000' || lpad(to_hex(n), 10, '0')
        || lpad(to_hex(n % {shards}), 2, '0'))::uuid $$;
insert into version (flow, number, hash, image, source, meta, deployed_by)
    select 'flow' || n, 1, sha256(n::text::bytea), '', '', '{{"signature": "s"}}', 'x' from generate_series(1, 20) n;
insert into event (name, version, fields, unique_fields, held) select 'Event' || n, 1, '[]', '{{}}', 0 from generate_series(1, 20) n;
insert into instance (shard, id, version, rev, status, in_flight, state, key, since, started_at, ended_at, timer_at, parent, snapshot, owned, held)
    select n % {shards}, pg_temp.id_at(n), 1 + n % 20, 2, case when n % 2 = 0 then 100 else 2 end, n % 50 = 1, 'waiting', 'key' || n,
        now(), now() - interval '1 day', case when n % 2 = 0 then now() - (n % 1000) * interval '1 hour' end, null, null, 'snapshot', false,
        case when n % 3 < 2 then array[sha256((n % 5000)::text::bytea)] end
    from generate_series(1, {rows}) n;
insert into value (shard, hash, holders, bytes)
    select s, sha256(n::text::bytea), 10, 'x' from generate_series(0, {shards} - 1) s, generate_series(0, 4999) n;
insert into living (shard, flow, key, instance, args)
    select n % {shards}, 'flow' || 1 + n % 20, 'key' || n, pg_temp.id_at(n), 'x' from generate_series(1, {rows}, 2) n;
insert into journal (shard, instance, rev, at, stimulus, entries)
    select n % {shards}, pg_temp.id_at(n), r, now(), 1, '[["step", null, "x", 1, null, "x", null]]'
    from generate_series(1, {rows}) n, generate_series(1, 2) r;
insert into timer (shard, fire_at, instance)
    select n % {shards}, now() + (n - 1000) * interval '1 minute', pg_temp.id_at(n) from generate_series(1, {rows}, 2) n;
insert into subscription (shard, key, fields, instance, number, event, fresh)
    select n % {shards}, n, 1, pg_temp.id_at(n), 1, 'Event' || 1 + n % 20, n > {rows} - 20 from generate_series(1, {rows}) n;
insert into inbox (shard, id, event, body, at, until, held, what, keys, masks)
    select n % {shards}, pg_temp.id_at(n), 'Event' || 1 + n % 20, '{{}}', now(), now() + (n - 500) * interval '1 minute', 0,
        case when n < 20 then 0 when n < 40 then 1 when n % 3 = 0 then 3 else 2 end, array[n], array[1] from generate_series(1, {rows}) n;
insert into inbox_key (shard, key, fields, id) select n % {shards}, n, 1, pg_temp.id_at(n) from generate_series(42, {rows}, 3) n;
insert into inbox_back (shard, id) select n % {shards}, pg_temp.id_at(n) from generate_series(50, 60) n;
insert into seen (shard, digest, until, id)
    select n % {shards}, sha256(n::text::bytea), now() + (n - 500) * interval '1 minute', pg_temp.id_at(n) from generate_series(1, {rows}) n;
insert into mail (shard, instance, kind, message, event, data)
    select n % {shards}, pg_temp.id_at(n), 2, pg_temp.id_at(n), 'Event1', '{{}}' from generate_series(1, {rows}) n;
insert into task (shard, id, instance, number, is_dead_letter, role, question, outcomes, since)
    select n % {shards}, pg_temp.id_at(n), pg_temp.id_at(n), 1, false, 'role', 'why', '[{{"name": "x"}}]', now() from generate_series(1, {rows}, 5) n;
insert into request (shard, id, instance, verb, actor, at, done_at)
    select n % {shards}, pg_temp.id_at(n), pg_temp.id_at(n), 'pause', 'x', now(), case when n < 500 then now() - interval '100 days' end
    from generate_series(1, {rows}) n;
insert into generation (shard, key, n)
    select n % {shards}, set_byte(sha256(n::text::bytea), 0, n % {shards}), 1 from generate_series(1, {rows}) n;
insert into measured (shard, instance, measure, version, at, value, unit, met)
    select n % {shards}, pg_temp.id_at(n), 'time', 1, now(), 1, 's', true from generate_series(1, {rows}, 2) n;
insert into tally (shard, version, status, n) select n % {shards}, 1, 2, 1 from generate_series(1, 400) n;
insert into measure_tally (shard, version, measure, unit, n, total, met, missed)
    select n % {shards}, 1, 'time', 's', 1, 1, 1, 0 from generate_series(1, 400) n;
insert into suspect (shard, instance, deaths, quarantined_at, status_was, version)
    select n % {shards}, pg_temp.id_at(n), n % 3, case when n % 5 = 0 then now() end, 2, 1 from generate_series(1, 300) n;
insert into blame (shard, version, deaths, died_of_it) select n % {shards}, n, 3, array['{nonce}'::uuid] from generate_series(1, 20) n;
insert into version_hold (version, rev, held_at, set_aside) select n, 1, null, 5 from generate_series(3, 5) n;
insert into schedule (flow, line, version, rule, over) select 'flow' || n, 0, n, '1d', '2026-01-01' from generate_series(1, 20) n;
insert into retention (flow, keep, set_by) select 'flow' || n, interval '1 hour', 'x' from generate_series(1, 20) n;
insert into environment (name, document, deployed_by) values ('x', '{{}}', 'x');
insert into breaker (adapter, rev, state, failures, rounds, since) values ('erp', 1, 1, 3, 1, now());
insert into node (nonce, lock_key, name, expires_at, snapshots) values ('{nonce}', 1, 'x', now() + interval '1 hour', 5);
update shard_lease set owner = '{nonce}', epoch = 7 where shard < {shards};
set session_replication_role = origin;
"""
NONCE = "11111111-1111-7111-8111-111111111111"
ALL = "array[" + ",".join(str(n) for n in range(SHARDS)) + "]"
ONE = 3001  # odd: it lives
ENDED = 3002
ID, SHARD = f"pg_temp.id_at({ONE})", f"array[{ONE % SHARDS}]"
ENDED_ID = f"pg_temp.id_at({ENDED})"
KEY = f"set_byte(sha256('{ONE}'::bytea), 0, {ONE % SHARDS})"
HASH = "sha256('1')"
SEQ, FIRE = "{seq}", "array[{fire}]"
OWN = f"array[0,1,2,3], array[7,7,7,7], '{NONCE}'"

GIVEN = {
    # read
    "mail_page": f"{ALL}, 0, 100, 8388608", "timer_page": f"{ALL}, 1, '-infinity', '00000000-0000-0000-0000-000000000000', 100",
    "mail_skim": f"{ALL}, 0, 100, '{{flow1}}', 100, 8388608",
    "timer_skim": f"{ALL}, '-infinity', '00000000-0000-0000-0000-000000000000', 200", "timer_next": f"{ALL}, 1", "in_flight_page": "1, '00000000-0000-0000-0000-000000000000', 100", "load": f"array[{ID}, {ENDED_ID}]",
    "find": f"'', 'key{ONE}', 100", "arrivals_page": f"{ALL}, 100", "is_fresh": ALL, "version_by_hash": "sha256('1')",
    "version_latest": "'flow1'", "version_declares": "'Event1'", "flows": "100", "environment": "",
    # breakers: a row an adapter
    "breakers": "100", "breaker_set": "'erp', 0, 1::smallint, 3, 1, 1000, ''", "list_adapters": "", "adapter_say": "'erp', 'reset', '', 'sam'",
    # lane
    "move": f"{OWN}, {SHARD}, array[{ID}], array[2], array[2], array[true], array['x'], array[now()], array[now()], array[null]::timestamptz[],"
            " array[null]::timestamptz[], array['x'::bytea], array[now()], array[1], array['[]']",
    "take_mail": f"{SHARD}, array[{SEQ}], array[true], array[null]", "drop_timers": f"{SHARD}, {FIRE}, array[{ID}]",
    "add_timers": f"{SHARD}, array[now()], array[{ID}]", "rearm": f"{SHARD}, array[{ID}], array[now()], array[now()]",
    "release_keys": f"{SHARD}, array[{ID}]", "count_moves": f"{SHARD}, array[{ID}], array[1], array[2]",
    "repin": f"{SHARD}, array[{ID}], array[sha256('1')], array[2]",
    "add_subscriptions": f"{SHARD}, array[77], array[1], array[{ID}], array[9], array['Event1'], array[true]",
    "drop_subscriptions": f"{SHARD}, array[{ONE}], array[1], array[{ID}], array[1]",
    "put_tasks": f"{SHARD}, array[{ID}], array[1], array[false], array['x'], array['x'], array['x'], array['[]'], array['x'], array[now()],"
                 " array[now()]",
    "drop_tasks": f"{SHARD}, array[{ID}], array[1]",
    "emit": f"array[1], array['Event1'], array['{{}}'], array[0], array['x'::bytea], array[now()], array[{ID}], array[false]",
    "begin_children": f"array[{ID}], array['22222222-2222-7222-8222-222222222201'::uuid], array['flow1'], array['s'], array[''], array['{{}}'], array[true]",
    "say": f"array[{ID}], array[{ID}], array[6], array['x'], array['x'], array['x'], array['x']",
    "measure": f"{SHARD}, array[{ID}], array['other'], array[now()], array['1'], array['s'], array[true], array['1']",
    "raise_generations": f"array[{KEY}]", "ask_generations": f"array[{KEY}]", "refuse_starts": f"{SHARD}, array[{SEQ}], array['x'], array['x']",
    "hold_values": f"{SHARD}, array[{HASH}], array['x'::bytea]", "drop_values": f"{SHARD}, array[{HASH}]",
    "forget_values": f"{SHARD}, array[{HASH}]", "note_values": f"{SHARD}, array[{ID}], array[{HASH}]",
    "free": f"array[1], array[pg_temp.id_at(5)]", "fence": OWN,
    # match
    "file": f"array[pg_temp.id_at(4)], array[false], array[null], array[null], array[1], array[1], array[1], array[1]",
    "begin_by_event": f"array[pg_temp.id_at(21)], array['flow1'], array['fresh key'], array['{{}}']", "take_back": f"{ALL}, 100",
    "deliver": ALL, "deliver_fresh": f"{ALL}, 100", "expire_held": f"{ALL}, 100", "forget_inbox": f"{ALL}, 100",
    "forget_seen": f"{ALL}, 100", "fold_counts": f"{ALL}, 10", "fold_measures": f"{ALL}, 10", "forget_ended": f"{ALL}, 20",
    "forget_requests": f"{ALL}, 100", "tend_journal": "", "forget_nodes": "",
    # poison
    "suspect": f"array[{ID}], array[1], '{NONCE}', 3", "acquit": f"array[{ID}], 3", "quarantine": f"array[{ID}], 5", "calm": f"{ALL}, 1",
    "forget_suspects": f"{ALL}, 100",
    # control
    "join": f"'{NONCE}', 1, 'x', 1, 32, 5", "beat": f"'{NONCE}', 1000000", "pulse": f"'{NONCE}'", "claim": f"'{NONCE}', 32",
    "suspects": f"'{NONCE}', 100", "blames": f"'{NONCE}', 100", "held_versions": "100", "leave": f"'{NONCE}'", "lived": f"'{NONCE}'", "release": f"'{NONCE}', {ALL}", "retire": f"'{NONCE}'",
    # door
    "start": "'flow1', '{}', 'new key', 'x'", "send": "'Event1', '{}', 'x', 'message'", "command": f"{ID}, 'pause', '', '', 'x'",
    "answer": "pg_temp.id_at(1), 'x', '', '', 'x'", "task_place": "pg_temp.id_at(1)", "token": "'x'",
    "list_instances": "'', '', '', '', null, 100", "list_history": f"{ID}, 0, 100", "list_tasks": "'', '', null, 100", "list_flows": "",
    "version_let_go": "'flow3', 0, '', 'sam'", "list_nodes": "", "list_counts": "", "list_measures": "", "schedules": "100",
    "schedule_begin": "'flow1', 0, sha256('1'), '2026-01-01'::timestamptz, now(), now(), '{}', 'other key'", "schedule_reckon": "'flow1', 0, sha256('1'), '2026-01-01'::timestamptz, now(), ''",
}


def settings():
    """As every connection has them."""
    with open(f"{TOP}/engine/store/pg_link.c") as f:
        said = re.findall(r"set_config\('(\w+)', '([^']*)', false\)", f.read())
    return "; ".join(f"set {name} = {value}" if name == "search_path" else f"set {name} = '{value}'" for name, value in said)


def prepare(s, file, names):
    for name, text in statements(file):
        if name not in NOT_TRIED:
            s.check(name in GIVEN, f"{file}.{name} is given something here", "add a row to GIVEN")
            s.g.sql.rows(f"prepare its_{name} as {text}")
            names.append((file, name))


def make_plan(s, name):
    said = s.g.sql.rows(f"select cardinality(parameter_types) from pg_prepared_statements where name = 'its_{name}'")
    n = int(said[0][0])
    s.g.sql.rows(f"explain execute its_{name}" + (f"({', '.join(['null'] * n)})" if n else ""))


def looked_at(s, grow):
    return {t: int(n) for t, n in s.g.sql.rows(
        "select c.relname, sum(x.seq_tup_read + coalesce(x.idx_tup_fetch, 0)) from pg_stat_xact_user_tables x"
        " left join pg_inherits h on h.inhrelid = x.relid join pg_class c on c.oid = coalesce(h.inhparent, x.relid)"
        " where x.schemaname = 'flow_data' group by 1") if t in grow}


def scans(plan, grow):
    """Whole tables that are read: by their name, a part of the journal by the journal's."""
    for node in nodes_of(plan):
        table = re.sub(r"^journal_.*", "journal", node.get("Relation Name", ""))
        if node["Node Type"] == "Seq Scan" and table in grow - SHORT:
            yield table


def complaints(s, name, grow, given):
    """Does it, takes it back, and says what it looked at that it should not."""
    s.g.sql.rows("begin")
    before = looked_at(s, grow)
    said = s.g.sql.rows(f"explain (analyze, buffers, format json, timing off, summary off) execute its_{name}" + (f"({given})" if given else ""))
    after = looked_at(s, grow)
    s.g.sql.rows("rollback")
    plan = json.loads("\n".join("\t".join(row) for row in said))[0]["Plan"]
    rows = {t: n - before.get(t, 0) for t, n in after.items()}
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    table, most = max(rows.items(), key=lambda x: x[1], default=("nothing", 0))
    if os.environ.get("PLANS_SAY"):
        print(f"{name}: {pages} pages, {most} rows of {table}")
    if most > ROWS_MOST.get(name, ROWS_MOST_ELSE):
        yield f"{most} rows of {table}"
    if pages > (PAGES_MOST_HELD if s.is_held else PAGES_MOST):
        yield f"{pages} pages"
    for table in set(scans(plan, grow)):
        yield f"the whole of {table}"


def do_all(s, names, grow, when):
    for file, name in names:
        if name in HELD and not s.is_held:
            continue
        found = list(complaints(s, name, grow, GIVEN[name]))
        s.check(not found, f"{when}: {file}.{name} looks at little", f"{', '.join(found)}")


def doctored(s, grow):
    """What reads a table whole, or a shard, is found out."""
    for text in ("SELECT count(*) FROM journal WHERE rev + 0 = 77", "SELECT count(*) FROM instance WHERE shard = 1 AND state = 'x'"):
        s.g.sql.rows(f"set enable_seqscan = on; prepare its_doctored as {text}")
        s.check(list(complaints(s, "doctored", grow, "")), f"found out: {text}")
        s.g.sql.rows("deallocate its_doctored")


def story(s):
    g, names = s.g, []
    s.is_held = False
    g.start()
    g.set_up(with_flows=False)
    g.kill()
    g.sandbox.kill()
    admin = ground.Sql(re.sub(r"user=\S+", "user=flow_admin", g.conninfo))
    g.sql.close()
    g.sql = g.ledger = admin  # who may switch triggers off
    grow = tables(s)
    g.sql.rows("; ".join(f"alter table flow_data.{t} set (autovacuum_enabled = false)" for t in sorted(grow) if t != "journal")
               + "; alter table flow_data.journal_first set (autovacuum_enabled = false)")
    g.sql.rows(settings())
    for file in FILES:
        prepare(s, file, names)
    # Of an empty database, as it is when its first engine connects.
    for file, name in names:
        make_plan(s, name)
    g.sql.rows(FILL.format(rows=ROWS, shards=SHARDS, nonce=NONCE))
    its = f"shard = {ONE % SHARDS} and instance = {ID}"
    for name in GIVEN:
        for what, question in (("{seq}", "select seq from mail"), ("{fire}", "select quote_literal(fire_at) || '::timestamptz' from timer")):
            if what in GIVEN[name]:
                GIVEN[name] = GIVEN[name].replace(what, g.sql.one(f"{question} where {its}"))
    do_all(s, names, grow, "by a plan made when all was empty")
    g.sql.rows("discard plans")
    do_all(s, names, grow, "filled, never analyzed")
    g.sql.rows("vacuum analyze")
    g.sql.rows("discard plans")
    do_all(s, names, grow, "filled and analyzed")
    s.is_held = True
    g.sql.rows("update version_hold set held_at = now() where version = 3")
    do_all(s, names, grow, "while a version is held")
    doctored(s, grow)
    print(f"{len(names)} statements on {ROWS} instances")


def main():
    g = Ground("plans")
    s = Spread(g)
    return s.tell(lambda: story(s), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
