#!/bin/bash
# The stories of flows/order_to_cash.flow, told by flowd, the stand-ins and flowctl.
# Run under tests/support/pg_temp.sh; a word picks the stories that contain it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${top_builddir:-.}
if [ -z "${FLOW_DB:-}" ]; then
    PG_TEMP_FAST=1 exec "$here/../support/pg_temp.sh" "$here/${0##*/}" "$@"
fi
if [ -n "${CHECK_FAST:-}" ]; then echo "0 passed, 0 failed"; exit 77; fi
flows=$here/../../flows
dir=$(mktemp -d)
word=${1:-}
passed=0 failed=0
door=$((21000 + $$ % 10000)) stand_in=$((31000 + $$ % 10000))
sandbox=http://127.0.0.1:$stand_in

flowctl() { "$build/flowctl" "$@"; }
end() {
    kill "$sandbox_pid" "$flowd_pid" 2>/dev/null
    wait "$sandbox_pid" "$flowd_pid" 2>/dev/null
    rm -rf "$dir"
}
sandbox_pid='' flowd_pid=''
trap end EXIT

# soon COMMAND PATTERN: until its output fits, at most 15 s.
soon() {
    local got
    for _ in $(seq 150); do
        got=$(eval "$1" 2>&1)
        # shellcheck disable=SC2254
        case $got in $2) return 0 ;; esac
        sleep 0.1
    done
    printf '    %s\n    got  %s\n    want %s\n' "$1" "$got" "$2"
    return 1
}
is() { # COMMAND PATTERN
    local got
    got=$(eval "$1" 2>&1)
    # shellcheck disable=SC2254
    case $got in $2) return 0 ;; esac
    printf '    %s\n    got  %s\n    want %s\n' "$1" "$got" "$2"
    return 1
}
switch() { curl -sf -o /dev/null -d "$2" "$sandbox/sandbox/$1"; }
counts() { curl -s "$sandbox/sandbox/counts?key=$1"; }
in_state() { flowctl wait "$1" --for "state=$2" --timeout 15s >/dev/null; }

# order ID CUSTOMER SKU QTY [MORE-OF-LINE] [MORE-OF-ORDER]
order() {
    cat <<J
{"order":{"id":"$1","customer":"$2","channel":"portal","po":"P-$1","contact":"buyer@example.com",
"ship_to":{"name":"Acme","street":"1 Mill Rd","city":"Akron","postal":"44301","country":"US"},
"lines":[{"line":1,"sku":"$3","qty":"$4","uom":"EA"${5:-}}]${6:-}}}
J
}
begin() { order "$@" | flowctl start order_to_cash --data - >/dev/null; }
answer() { # KEY OUTCOME [DATA]
    local task
    soon "flowctl tasks -o json" "*\"$1\"*" || return 1
    task=$(flowctl tasks -o json | jq -r ".[] | select(.key == \"$1\") | .id" | head -1)
    flowctl answer "$task" "$2" ${3:+--data "$3"} >/dev/null
}
cancel_asked() {
    flowctl send CancelRequested --data "{\"order\":\"$1\",\"message\":\"c-$1\",\"reason\":\"wrong site\",\"by\":\"buyer\"}" >/dev/null
}
nothing_twice() { is "counts $1" '*"doubles" : \[\]*'; }

# How long short lines wait for stock, once the engine has heard of it.
patience() {
    local before
    before=$(grep -c 'environment in force' "$dir/flowd.log")
    sed "s/backorder_patience = .*/backorder_patience = $1/" "$dir/dev.bind" >"$dir/patience.bind"
    flowctl deploy "$flows/order_to_cash.flow" "$flows/drop_ship.flow" --bindings "$dir/patience.bind" -I "$flows" >/dev/null &&
        soon "grep -c 'environment in force' $dir/flowd.log" "$((before + 1))"
}

# story SENTENCE: runs the function of that name.
story() {
    case $1 in *"$word"*) ;; *) return ;; esac
    if "$1" >"$dir/story" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not so: %s\n' "$1"
        cat "$dir/story"
    fi
}

# ---- the stories ----

an_order_over_two_warehouses_is_shipped_twice_and_paid() {
    begin O-1 C000042 BRG-1 400 && in_state O-1 completed &&
        is 'counts O-1' '*"shipments" : 2, "invoices" : { "paid" : 2 }, "payments" : 2*' && nothing_twice O-1
}
who_is_over_the_limit_waits_until_released() {
    switch customers '{"customer":"C000002","limit":100}' &&
        begin O-2 C000002 BRG-1 100 && in_state O-2 credit_hold &&
        answer O-2 release '{"reason":"paid this morning"}' && in_state O-2 completed
}
who_is_refused_has_nothing_booked() {
    switch customers '{"customer":"C000003","limit":100}' &&
        begin O-3 C000003 BRG-1 100 && in_state O-3 credit_hold &&
        answer O-3 refuse '{"reason":"never paid"}' && in_state O-3 rejected &&
        is 'counts O-3' '*"orders" : {}, "reservations" : {}*'
}
an_unknown_customer_is_rejected() {
    switch customers '{"customer":"C000004","standing":"unknown"}' &&
        begin O-4 C000004 BRG-1 1 && in_state O-4 rejected
}
a_changed_price_is_confirmed_first() {
    begin O-5 C000042 BRG-1 10 ',"expected":{"amount":"4.00","currency":"USD"}' &&
        in_state O-5 agreeing_price && answer O-5 accepted && in_state O-5 completed
}
a_price_that_changes_on_the_way_is_asked_for_again() {
    switch faults '{"operation":"erp.create_order","kind":"refuse","error":"PriceChanged"}' &&
        begin O-6 C000042 BRG-1 10 && in_state O-6 completed &&
        is 'counts O-6' '*"reservations" : { "packed" : 1, "released" : 1 }*' && nothing_twice O-6
}
a_short_line_is_shipped_when_stock_comes_in() {
    switch stock '{"sku":"FEW-7","warehouse":"reno","available":30}' &&
        begin O-7 C000042 FEW-7 50 && soon 'flowctl show O-7/1 -o json' '*"waiting"*' &&
        soon 'counts O-7' '*"shipments" : 1*' && in_state O-7 shipping &&
        switch arrivals '{"sku":"FEW-7","warehouse":"reno","qty":100}' && in_state O-7 completed &&
        in_state O-7/1 filled && is 'counts O-7' '*"shipments" : 2*' && nothing_twice O-7
}
a_short_line_that_nobody_fills_is_closed() {
    switch stock '{"sku":"FEW-8","warehouse":"reno","available":30}' && patience 1s &&
        begin O-18 C000042 FEW-8 50 && in_state O-18 completed && patience 60d &&
        is 'counts O-18' '*"erp.close_line" : 1*' && is 'counts O-18' '*"shipments" : 1*'
}
what_nobody_has_is_rejected() {
    switch stock '{"sku":"NONE-8","warehouse":"reno","available":0}' &&
        begin O-8 C000042 NONE-8 50 && in_state O-8 rejected
}
a_complete_order_waits_for_stock_and_holds_none() {
    switch stock '{"sku":"FEW-9","warehouse":"reno","available":30}' &&
        begin O-9 C000042 FEW-9 50 '' ',"ship_complete":true' && in_state O-9 waiting_for_stock &&
        soon 'counts O-9' '*"reservations" : { "released" : 1 }*' &&
        switch arrivals '{"sku":"FEW-9","warehouse":"reno","qty":100}' && in_state O-9 completed
}
what_is_not_on_the_shelf_is_closed() {
    switch stock '{"sku":"LOST-10","warehouse":"reno","available":100,"off_shelf":10}' &&
        begin O-10 C000042 LOST-10 50 && in_state O-10 completed &&
        is 'counts O-10' '*"erp.close_line" : 1*'
}
a_lost_reply_books_one_order() {
    switch faults '{"operation":"erp.create_order","kind":"lose"}' &&
        begin O-11 C000042 BRG-1 10 && in_state O-11 completed &&
        is 'counts O-11' '*"orders" : { "open" : 1 }*' && nothing_twice O-11
}
a_system_that_is_away_is_asked_again() {
    switch faults '{"operation":"wms.start_picking","kind":"fail","status":503}' &&
        begin O-12 C000042 BRG-1 10 && in_state O-12 completed && nothing_twice O-12
}
a_broken_contract_waits_for_the_order_desk() {
    switch faults '{"operation":"erp.create_order","kind":"fail","status":400}' &&
        begin O-13 C000042 BRG-1 10 && soon 'flowctl show O-13 -o json' '*"parked"*"needs_attention"*' &&
        answer O-13 try_again && in_state O-13 completed && nothing_twice O-13
}
cancelled_on_hold_nothing_was_done() {
    switch customers '{"customer":"C000014","limit":100}' &&
        begin O-14 C000014 BRG-1 100 && in_state O-14 credit_hold && cancel_asked O-14 &&
        in_state O-14 cancelled && is 'counts O-14' '*"orders" : {}*'
}
cancelled_while_picking_all_is_put_back() {
    switch pace '{"pack":60000}' && begin O-15 C000042 BRG-1 400 && in_state O-15 shipping &&
        soon 'counts O-15' '*"picking" : 1*' && cancel_asked O-15 && in_state O-15 cancelled &&
        is 'counts O-15' '*"orders" : { "cancelled" : 1 }, "reservations" : { "released" : 2 }, "picks" : { "stopped" : 1 }*'
}
cancelled_half_way_the_rest_is_closed() {
    switch pace '{"pack":3000}' && begin O-16 C000042 BRG-1 400 &&
        soon 'flowctl show O-16 -o json | jq -c .vars.invoices' '*"INV-*' && cancel_asked O-16 &&
        in_state O-16 completed &&
        is 'counts O-16' '*"orders" : { "closed" : 1 }*"shipments" : 1, "invoices" : { "paid" : 1 }*'
}
cancelled_when_all_has_left_is_refused() {
    switch pace '{"pack":20,"pay":3000}' && begin O-17 C000042 BRG-1 10 && in_state O-17 collecting &&
        cancel_asked O-17 && in_state O-17 completed &&
        is 'flowctl history O-17' '*CancelRefused*'
}

# ---- the ground ----

"$build/flowd" --db "$FLOW_DB" --http "127.0.0.1:$door" >"$dir/flowd.log" 2>&1 &
flowd_pid=$!
soon "curl -s http://127.0.0.1:$door/health/ready" '*ready*' || { cat "$dir/flowd.log"; echo "0 passed, 1 failed"; exit 1; }
token=$(flowctl token create sandbox -o json | jq -r .token)
"$build/orderly-sandbox" --db "$FLOW_DB" --listen "127.0.0.1:$stand_in" --flowd "http://127.0.0.1:$door" \
    --token "$token" --pack-ms 20 --pay-ms 20 >"$dir/sandbox.log" 2>&1 &
sandbox_pid=$!
soon "curl -s -o /dev/null -w '%{http_code}' $sandbox/sandbox/health" 200 || { cat "$dir/sandbox.log"; echo "0 passed, 1 failed"; exit 1; }
sed "s/127.0.0.1:7301/127.0.0.1:$stand_in/" "$flows/dev.bind" >"$dir/dev.bind"
flowctl deploy "$flows/order_to_cash.flow" "$flows/drop_ship.flow" --bindings "$dir/dev.bind" -I "$flows" >"$dir/deploy" 2>&1 ||
    { cat "$dir/deploy"; echo "0 passed, 1 failed"; exit 1; }

for one in $(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0" | sed -n '/^an_order_over/,$p'); do
    story "$one"
done
[ "$failed" = 0 ] || { tail -20 "$dir/flowd.log"; tail -20 "$dir/sandbox.log"; }
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
