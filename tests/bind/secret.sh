#!/bin/sh
# Private and secret values reach the system that is called, whole; whoever reads about the order sees neither.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

mine=$top_srcdir/tests/bind
cp "$mine/secret.flow" "$here/secret.flow"
# Nobody listens at the shop's port: its step is tried again, so that the order is looked at while it is under way.
sed "s|BANK|$mine/secret.py|; s|SEEN|$here/seen|; s|PORT|$((port + 1))|" "$mine/secret.bind" >"$here/secret.bind"
order='{"order":"O-1","pin":"hush-4711","buyer":{"name":"Ann","email":"ann-hidden@example.com"}}'

# read_by ROLE: all that can be read about orders, as that role of the database.
read_by() {
    for what in show why history ladder graph; do ctl $what pay/O-1 -o json; done
    for what in show why history ladder graph; do ctl $what pay/O-1; done
    ctl history charge_again/O-1/again -o json
    ctl show charge_again/O-1/again -o json
    ctl list -o json
    ctl dead -o json
    ctl tasks -o json
    ctl inbox -o json
    ctl sql 'select * from flow.history'
    ctl sql 'select * from flow.instances'
}

check "a flowd" flowd_start
check "flows with secrets are deployed" ctl deploy "$here/secret.flow" --bindings "$here/secret.bind"
check "and started" ctl start pay --data "$order"
waits_for_shop() { ctl history pay/O-1 -o json | grep -q shop.tell; }
check "the bank is asked, then the shop" until_true 30 waits_for_shop
check "the bank gets the secret, and what is private, whole" is "$(head -1 "$here/seen")" \
    '{"buyer": {"email": "ann-hidden@example.com", "name": "Ann"}, "email": "ann-hidden@example.com", "order": "O-1", "pin": "hush-4711"}'
check "and so from a flow that was run with them" is "$(tail -1 "$here/seen")" \
    '{"buyer": {"email": "ann-hidden@example.com", "name": "B"}, "email": "ann-hidden@example.com", "order": "O-1/again", "pin": "hush-4711"}'
read_by >"$here/read" 2>&1
check "much can be read about the order" grep -q bank.charge "$here/read"
check "that there is a secret" grep -q '"pin": *"(private)"' "$here/read"
check "no secret stands in anything that can be read" sh -c '! grep -n hush "$1"' - "$here/read"
check "nor in the log" sh -c '! grep -n "hush\|ann-hidden" "$1"' - "$here/err"
check "what is wrong is told without it" sh -c '! "$@" 2>&1 | grep hush' - env FLOW_DB="$(cat "$here/.flow/conninfo")" "$flowctl" start pay \
    --data '{"order":"O-2","pin":["hush-4711"],"buyer":{"name":"Ann","email":7}}'
check "the order is cancelled" ctl cancel pay/O-1 --reason test --wait
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
