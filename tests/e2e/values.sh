#!/bin/sh
# A large value is stored once, however often its instance moves and however many hold it; it survives, and it is forgotten.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

LINES=20000
db() { psql -XAtq -d "$(cat "$here/.flow/conninfo")" -c "$1"; }
held() { db "SELECT count(*) || ' of ' || coalesce(max(holders), 0) FROM flow_data.value"; }
snapshot() { db "SELECT max(octet_length(snapshot)) FROM flow_data.instance WHERE key = '$1'"; }
seen() { ctl show "$1" -o json | python3 -c 'import json, sys; print(json.load(sys.stdin)["vars"]["seen"])'; }
has_seen() { [ "$(seen "$1")" = "$2" ]; }
is_at() { [ "$(db "SELECT count(*) FROM flow.instances WHERE key = '$1' AND state = '$2'")" = 1 ]; }
holds_are() { [ "$(held)" = "$1" ]; }
# same_lines KEY: what show tells is what was given.
same_lines() {
    ctl show "$1" -o json | python3 -c 'import json, sys
given, shown = json.load(open(sys.argv[1])), json.load(sys.stdin)
sys.exit(given["lines"] != shown["vars"]["lines"])' "$here/$1.json"
}
given() { # KEY SEED
    python3 -c 'import json, sys
key, seed, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
json.dump({"order": key, "lines": ["%s line %d" % (seed, i) for i in range(n)]}, open(sys.argv[4], "w"))' "$1" "$2" "$LINES" "$here/$1.json"
}

cat >"$here/large.flow" <<'END2'
event Tick key order { order: text }
event Over key order { order: text }
flow large version 1 (order: text, lines: list of text) {
    key order
    var seen: int = 0
    state waiting within 30d {
        on Tick(order: order) as t { set seen = seen + 1 }
        on Over(order: order) as o { go to done }
        on late go to done
    }
    final done
}
END2
check "a development cluster comes up" flowd_start
check "the flow is deployed" ctl deploy "$here/large.flow"
# Two keys of one shard.
one=O-1
two=$(db "SELECT 'O-' || n FROM generate_series(2, 10000) n
    WHERE flow_data.shard_of_key('large', 'O-' || n) = flow_data.shard_of_key('large', 'O-1') ORDER BY n LIMIT 1")
given "$one" same
given "$two" same
check "an order of $LINES lines begins" ctl start large --data "@$here/$one.json"
check "and waits" until_true 20 is_at "$one" waiting
check "its lines are stored once" is "$(held)" "1 of 1"
check "and not in its snapshot" [ "$(snapshot "$one")" -lt 1000 ]
check "an order of the same lines begins" ctl start large --data "@$here/$two.json"
check "and waits" until_true 20 is_at "$two" waiting
check "both hold the one value" is "$(held)" "1 of 2"
for n in 1 2 3; do
    written=$(db "SELECT pg_current_wal_lsn()")
    check "step $n: something happens" ctl send Tick --data "{\"order\":\"$one\"}"
    check "step $n: it is seen" until_true 20 has_seen "$one" "$n"
done
check "a step writes next to nothing of $LINES lines" [ "$(db "SELECT pg_current_wal_lsn() - '$written'::pg_lsn")" -lt 65536 ]
flowd_kill
check "the engine comes up after kill -9" flowd_start
check "the lines are what was given" same_lines "$one"
check "those of the other, too" same_lines "$two"
check "it goes on where it was" ctl send Tick --data "{\"order\":\"$one\"}"
check "with its lines read anew" until_true 20 has_seen "$one" 4
check "all agrees with the journal" ctl verify --all
check "at the door they are the same" has "$(http GET "/v1/instances/$one")" "same line $((LINES - 1))\""
db "UPDATE flow_data.value SET bytes = set_byte(bytes, 100, get_byte(bytes, 100) # 1)"
check "a value that was tampered with is seen" has "$(ctl verify "$one" 2>&1)" "is not as it was written"
db "UPDATE flow_data.value SET bytes = set_byte(bytes, 100, get_byte(bytes, 100) # 1)"
for key in "$one" "$two"; do
    check "$key ends" ctl send Over --data "{\"order\":\"$key\"}"
    check "$key has ended" until_true 20 is_at "$key" done
done
check "the export of what has ended has the lines" has "$(ctl export 2>/dev/null | grep -c "same line $((LINES - 1))\"")" 2
check "what has ended still has its lines" same_lines "$one"
db "UPDATE flow_data.instance SET ended_at = ended_at - interval '40 days' WHERE key = '$one'"
check "the flow is kept for 30 days" ctl retention large 30d --reason "house rule"
check "what one order held the other holds still" until_true 30 holds_are "1 of 1"
check "and can be read" same_lines "$two"
db "UPDATE flow_data.instance SET ended_at = ended_at - interval '40 days'"
check "a value is forgotten with the last that held it" until_true 30 holds_are "0 of 0"
flowd_stop
check "it stops in good order" is "$status" 0
finish
