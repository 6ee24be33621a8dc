#!/bin/sh
# Whatever doctor looks for it finds, where SQL has made it so; and finds nothing of it where all is well.
set -u
here=$(cd "$(dirname "$0")" && pwd)
flowctl=${FLOWCTL:-$(readlink -f "${top_builddir:-.}/flowctl")}
if [ -z "${FLOW_DB:-}" ]; then
    FLOWCTL=$flowctl PG_TEMP_FAST=1 exec sh "$here/../support/pg_temp.sh" sh "$here/doctor.sh"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/doctor.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"

# looks: what doctor says now. finds CHECK FOUND PATTERN: one row of it.
looks() { "$flowctl" doctor -o json >out 2>err; }
finds() {
    if python3 - "$1" "$2" "$3" <<'END'
import json, re, sys
name, found, pattern = sys.argv[1:]
rows = [r for r in json.load(open("out")) if r["check"] == name]
if not (len(rows) == 1 and rows[0]["found"] == found and re.search(pattern, rows[0]["says"])):
    sys.exit(f"    {rows}")
END
    then held; else fell "$1 is $2: $3"; fi
}

# one KEY STATUS REV TIMER: SQL for an instance of shard 0 with that many rows of its journal.
one() {
    echo "INSERT INTO flow_data.instance (shard, id, version, rev, status, in_flight, key, since, started_at, timer_at)
        SELECT 0, flow_data.id_new(0::smallint), 1, $3, $2, false, '$1', now(), now(), $4; INSERT INTO flow_data.journal
        SELECT i.shard, i.id, n, now(), 0, '[]' FROM flow_data.instance i, generate_series(1, $3) n WHERE i.key = '$1';"
}
its() { echo "(SELECT i.id FROM flow_data.instance i WHERE i.key = '$1')"; }

"$flowctl" token create first >/dev/null 2>&1 || exit 1
sql "select flow.deploy_flow('mini', 1, '\\x01', '\\x00', 'flow mini', '{\"flow\": \"mini\", \"number\": 1, \"params\": [],
  \"has_key\": false, \"key_path\": null, \"events\": [], \"adapters\": [], \"roles\": [], \"settings\": [], \"measures\": []}')" >/dev/null

# ---- all is well: one that waits for a moment, one paused, one set aside, one that has ended
sql "$(one O-1 2 1 "now() + interval '1 day'")$(one O-2 5 1 NULL)$(one O-3 6 1 NULL)$(one O-4 100 3 NULL)
    INSERT INTO flow_data.timer SELECT 0, now() + interval '1 day', $(its O-1);
    SELECT flow_data.journal_room(now())" >/dev/null || fell "all is well"
looks
for check in alarms "lost timers" journal "journal room" leases "mail to nobody" events versions timers mail \
    "transaction ids" "open transactions"; do
    finds "$check" ok .
done
finds journal ok 'no gap in the newest 4'

# ---- nothing is
sql "DELETE FROM flow_data.timer;
    DELETE FROM flow_data.journal j WHERE j.instance = $(its O-4) AND j.rev = 2;
    $(one O-5 2 1 NULL)$(one O-6 1 1 NULL)$(one O-7 2 1 NULL)$(one O-8 100 3 NULL)
    UPDATE flow_data.journal j SET rev = 7 WHERE j.instance = $(its O-8) AND j.rev = 3;
    UPDATE flow_data.instance SET in_flight = true WHERE key = 'O-6';
    INSERT INTO flow_data.shard_lease (shard, owner, epoch) VALUES (0, gen_random_uuid(), 1)
        ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner;
    INSERT INTO flow_data.mail (shard, instance, kind, at) SELECT 0, $(its O-7), 0, now() - interval '1 hour';
    INSERT INTO flow_data.mail (shard, instance, kind) VALUES (0, gen_random_uuid(), 0);
    INSERT INTO flow_data.timer VALUES (0, now() - interval '1 hour', gen_random_uuid());
    INSERT INTO flow_data.inbox (shard, id, event, body, at, until, held, what)
        VALUES (0, gen_random_uuid(), 'Paid', '{}', now() - interval '2 minutes', now() + interval '1 day', 0, 0);
    DELETE FROM flow_data.journal_month WHERE part <> 'journal_first'" >/dev/null || fell "nothing is well"
looks
finds alarms problem '^1 wait, and nothing will wake them, O-5 first: flowctl why O-5'
finds "lost timers" problem '^1 wait for a moment that no row of timer has, O-1 first: flowctl verify O-1'
finds journal problem '^2 of the newest 8 have gaps, O-4 first: flowctl verify O-4'
finds "journal room" warning '^there is no place for next month'
finds leases problem '^1 are held by engines that are gone, with 1 calls in hand: start flowd'
finds "mail to nobody" problem '^1 lie for instances that are not there'
finds events problem '^1 came more than a minute ago'
finds versions ok '^none is held'
finds timers problem '^1 are overdue'
finds mail problem '^1 wait for more than a minute'

# ---- its version is held: what came for it waits, and that is no wonder
sql "INSERT INTO flow_data.version_hold (version, rev, held_at, set_aside) VALUES (1, 1, now(), 5)" >/dev/null || fell "it is held"
looks
finds versions problem '^mini version 1 is held since .* UTC: 5 of its instances brought the engine down, and [0-9]+ living ones wait. Mend what killed, then flowctl flows resume mini 1$'
finds mail ok '^none waits long'
counts
