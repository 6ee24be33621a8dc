#!/bin/sh
# The door: who may come in, what it answers, and what it does not put up with.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

flows=$top_srcdir/tests/e2e
check "a flowd with room for twenty connections" flowd_start --http-connections 20
check "a flow is deployed with its environment" ctl deploy "$flows/ping.flow" --bindings "$flows/ping.bind"
weak=$(psql -qAt "$(cat "$here/.flow/conninfo")" -c "SELECT token FROM flow.token_create('weak', 'flow_reader', '{read}')")
python3 "$flows/door.py" "$port" "$(token)" "$weak" | tee "$here/door"
passed=$((passed + $(grep -c '^ok ' "$here/door")))
failed=$((failed + $(grep -c '^FAIL ' "$here/door")))
check "all of it was asked" grep -q ' passed, ' "$here/door"
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
