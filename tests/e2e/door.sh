#!/bin/sh
# The door: who may come in, what it answers, and what it does not put up with.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

flows=$top_srcdir/tests/e2e
check "a flowd with room for twenty connections" flowd_start --http-connections 20
check "a flow is deployed with its environment" ctl deploy "$flows/ping.flow" --bindings "$flows/ping.bind"
check "a flow with nested data, too" ctl deploy "$flows/judged.flow" --bindings "$flows/judged.bind"
weak=$(psql -qAt "$(cat "$here/.flow/conninfo")" -c "SELECT token FROM flow.token_create('weak', 'flow_reader', '{read}')")
for part in door.py judged.py; do python3 "$flows/$part" "$port" "$(token)" "$weak"; done | tee "$here/door"
passed=$((passed + $(grep -c '^ok ' "$here/door")))
failed=$((failed + $(grep -c '^FAIL ' "$here/door")))
check "all of it was asked" is "$(grep -c ' passed, ' "$here/door")" 2
bad='{"id":"f-1","lines":[{"sku":"A","qty":"1"},{"sku":"B","qty":0}]}'
good='{"id":"f-1","lines":[{"sku":"A","qty":"1"},{"sku":"B","qty":2}]}'
exits() { want=$1; shift; "$@"; got=$?; [ "$got" = "$want" ] || { echo "exit $got"; return 1; }; }
says() { want=$1; shift; said=$("$@" 2>&1); has "$said" "$want"; }
counts() { ctl sql "select (select count(*) from inbox) + (select count(*) from instances) as n" -o csv | tail -1; }
before=$(counts)
check "flowctl refuses a start that does not fit deep inside with 1" exits 1 ctl start judged --data "$bad"
check "and says where" says "at /lines/1/qty" ctl start judged --data "$bad"
check "an event with 1" exits 1 ctl send Told --data "$bad"
check "and says where" says "at /lines/1/qty" ctl send Told --data "$bad"
check "an unknown member of a start is refused" says "at /extra" ctl start judged --data '{"id":"f-1","lines":[],"extra":1}'
check "a missing one, too" says "lines" ctl start judged --data '{"id":"f-1"}'
check "nothing of it was stored" is "$(counts)" "$before"
printf '%s\n%s\n' "$bad" "$good" >"$here/told"
check "of many events those that do not fit are named, the others sent" exits 8 ctl send Told --jsonl "$here/told"
check "with their place" says "line 1: /lines/1/qty" ctl send Told --jsonl "$here/told"
check "of many starts the same" exits 8 ctl start judged --jsonl "$here/told"
check "a member that an event does not have is ignored" ctl send Told --data '{"id":"f-2","lines":[],"more":1}'
check "no token is in what flowd says" sh -c '! grep -q "flw_" "$1"' - "$here/err"
check "nor what was private" sh -c '! grep -q "hush" "$1"' - "$here/err"
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
