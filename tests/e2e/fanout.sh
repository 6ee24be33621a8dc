#!/bin/sh
# A loop over thousands: what the engine keeps in memory, and what a step writes, does not grow with what was done before.
# ITEMS=100000 for a large one.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

ITEMS=${ITEMS:-3000}
MEMORY_KB=16384   # more than when it was idle
# A sanitizer keeps what was freed (256 MiB) and has a shadow of all: half a gigabyte was seen, and nothing is learned from it.
! grep -q __asan_init "$flowd" || MEMORY_KB=1048576
STEP_BYTES=9000   # of PostgreSQL's log; with all that was given so far it would be 12000 at 3,000 items
db() { psql -XAtq -d "$(cat "$here/.flow/conninfo")" -c "$1"; }
memory() { awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"; }
has_ended() { [ "$(db "SELECT count(*) FROM flow.instances WHERE flow = '$1' AND ended_at IS NOT NULL")" = 1 ]; }

cat >"$here/fan.flow" <<'END2'
adapter shop {
    limit 64 at once
    read price(part: int, reply: int) gives int
    effect pack(part: int) gives int harmless once per part
}
flow gathers version 1 (order: text, parts: list of int) gives list of int {
    key order
    for each p in parts, 50 at once as rs {
        call shop.price(part: p, reply: p) as x
        give x
    }
    give rs
}
flow packs version 1 (order: text, parts: list of int) {
    key order
    for each p in parts { call shop.pack(part: p) as x }
}
END2
echo 'use fan
environment dev { adapter shop over fake { } }' >"$here/dev.bind"
python3 -c 'import json, sys
json.dump({"order": "O-1", "parts": [7 * i for i in range(int(sys.argv[1]))]}, open(sys.argv[2], "w"))' "$ITEMS" "$here/order"

check "a development cluster comes up" flowd_start
check "the flows are deployed" ctl deploy "$here/fan.flow" --bindings "$here/dev.bind"
idle=$(memory)
for flow in gathers packs; do
    from=$(db "SELECT pg_current_wal_lsn()")
    check "$flow: a loop over $ITEMS items begins" ctl start "$flow" --data "@$here/order"
    check "$flow: and ends" until_true $((60 + ITEMS / 20)) has_ended "$flow"
    written=$(db "SELECT (pg_current_wal_lsn() - '$from'::pg_lsn)::bigint / $ITEMS")
    check "$flow: a step wrote $written bytes" [ "$written" -lt "$STEP_BYTES" ]
    check "$flow: the engine needed little memory" [ "$(memory)" -lt $((idle + MEMORY_KB + ITEMS)) ]
    if [ "$flow" = gathers ]; then
        ctl show gathers/O-1 -o json >"$here/shown"
        check "what each gave is in the order of the items" python3 -c 'import json, sys
sys.exit(json.load(open(sys.argv[1]))["result"] != json.load(open(sys.argv[2]))["parts"])' "$here/shown" "$here/order"
    fi
    check "$flow: it agrees with its journal" ctl verify --all
done
flowd_stop
check "it stops in good order" is "$status" 0
finish
