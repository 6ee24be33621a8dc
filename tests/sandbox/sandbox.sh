#!/bin/sh
# The stand-ins by themselves: an order through all of them, doubles, faults and events.
# Run under tests/support/pg_temp.sh; needs curl and the built orderly-sandbox.
set -u
if [ -z "${FLOW_DB:-}" ]; then
    here=$(cd "$(dirname "$0")" && pwd)
    PG_TEMP_FAST=1 exec "$here/../support/pg_temp.sh" "$here/${0##*/}"
fi
build=${top_builddir:-.}
dir=$(mktemp -d)
passed=0 failed=0
port=$((20000 + $$ % 20000))
at=http://127.0.0.1:$port

"$build/orderly-sandbox" --db "$FLOW_DB" --listen "127.0.0.1:$port" --pack-ms 20 --pay-ms 20 \
    >"$dir/log" 2>&1 &
sandbox=$!
trap 'kill $sandbox 2>/dev/null; wait $sandbox 2>/dev/null; rm -rf "$dir"' EXIT

# ask PATH [BODY [KEY]]: status and body, on one line.
ask() {
    path=$1 body=${2:-} key=${3:-}
    curl -s -m 20 -o "$dir/body" -w '%{http_code}' ${body:+-d "$body"} ${key:+-H "Idempotency-Key: $key"} \
        -H 'Correlation-Id: O-1' -H 'Flow-Step: s' -H 'Flow-Attempt: 1' "$at$path" >"$dir/status"
    printf '%s %s\n' "$(cat "$dir/status")" "$(cat "$dir/body" 2>/dev/null)"
    : >"$dir/body"
}

# is SENTENCE GOT WANTED-PATTERN
is() {
    # shellcheck disable=SC2254
    case $2 in
    $3) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); printf 'not so: %s\n    got  %s\n    want %s\n' "$1" "$2" "$3" ;;
    esac
}

# soon COMMAND PATTERN: until the output fits, at most 10 s.
soon() {
    for _ in $(seq 200); do
        # shellcheck disable=SC2254
        case $(eval "$1") in $2) return 0 ;; esac
        sleep 0.05
    done
    return 1
}
soon 'ask /sandbox/health' '200*' || { cat "$dir/log"; echo "0 passed, 1 failed"; exit 1; }

order='{"id":"O-1","customer":"C000042","channel":"portal","po":"P1","ship_to":{},"lines":[]}'
quote='{"lines":[{"line":1,"sku":"BRG-6204","qty":"400","uom":"EA","price":{"amount":"4.20","currency":"USD"},"agreed":true,"substitutes":true,"source":"stocked"}],"tax":{"amount":"0.00","currency":"USD"},"freight":{"amount":"25.00","currency":"USD"},"valid_until":"2030-01-01T00:00:00Z"}'
create="{\"order\":$order,\"quote\":$quote,\"plans\":[]}"

is "a customer nobody spoke of is good" "$(ask /erp/credit '{"customer":"C000042"}')" '200 *"good"*'
is "an unknown customer is refused" \
    "$(ask /sandbox/customers '{"customer":"C000001","standing":"unknown"}')$(ask /erp/credit '{"customer":"C000001"}')" \
    '200*409 *"UnknownCustomer"*'
is "a price that is not the expected one is not agreed" \
    "$(ask /erp/price '{"customer":"C000042","lines":[{"line":1,"sku":"X-1","qty":"2","uom":"EA","expected":{"amount":"4.00","currency":"USD"}}]}')" \
    '200 *"agreed" : false*'
is "what is on no contract is refused with its lines" \
    "$(ask /sandbox/prices '{"sku":"X-2","price":null}')$(ask /erp/price '{"customer":"C000042","lines":[{"line":7,"sku":"X-2","qty":"2","uom":"EA"}]}')" \
    '200*409 *"NotOnContract"*'
is "two warehouses have it, the first at most 300" \
    "$(ask /wms/availability '{"sku":"BRG-6204","qty":"400","near":"44301","substitutes":true}')" \
    '200 *"columbus"*"300"*"reno"*"1000000000"*'

first=$(ask /erp/create_order "$create" k1)
is "an order is booked" "$first" '200 *"SO-*"1705.00"*'
is "the same key gives the same answer" "$(ask /erp/create_order "$create" k1)" "$first"
is "and there is one order" "$(ask '/sandbox/counts?key=O-1')" '*"orders" : { "open" : 1 }*"doubles" : \[\]*'
so=$(printf '%s' "$first" | sed 's/.*"\(SO-[0-9]*\)".*/\1/')
is "it is found" "$(ask /erp/find_order '{"order":"O-1"}')" "200 *\"$so\"*"
is "another is not" "$(ask /erp/find_order '{"order":"O-2"}')" '200 null'

r1=$(ask /wms/reserve '{"order":"O-1","line":1,"sku":"BRG-6204","qty":"300","warehouse":"columbus"}' k2)
r2=$(ask /wms/reserve '{"order":"O-1","line":1,"sku":"BRG-6204","qty":"100","warehouse":"reno"}' k3)
is "stock is reserved in two warehouses" "$r1$r2" '200 *"R-*200 *"R-*'
is "more than there is is refused with what there is" \
    "$(ask /sandbox/stock '{"sku":"X-3","warehouse":"reno","available":5}')$(ask /wms/reserve '{"order":"O-1","line":1,"sku":"X-3","qty":"6","warehouse":"reno"}' k4)" \
    '200*409 *"Short"*'
is "what was refused is not remembered" \
    "$(ask /wms/reserve '{"order":"O-9","line":9,"sku":"X-3","qty":"5","warehouse":"reno"}' k4)" '200 *"R-*'

plans="[{\"line\":{},\"reserved\":[${r1#200 },${r2#200 }],\"short\":\"0\"}]"
wave=$(ask /wms/start_picking "{\"number\":\"$so\",\"plans\":$plans}" k5)
is "picking starts" "$wave" '200 "W-*"'
is "each warehouse packs its shipment" "$(soon "ask '/sandbox/counts?key=O-1'" '*"shipments" : 2*' && echo yes)" yes
is "what is packed cannot be stopped" "$(ask /wms/stop_picking "{\"wave\":${wave#200 }}" k6)" '409 *"AlreadyPacked"*'
is "an order that has left cannot be cancelled" \
    "$(ask /erp/cancel_order "{\"number\":\"$so\",\"reason\":\"x\"}" k7)" '409 *"AlreadyShipped"*'
is "events wait until somebody takes them" "$(ask /sandbox/counts)" '*"events" : {"waiting" : 2, "sent" : 0}*'

is "a lost reply is no answer" "$(ask /sandbox/faults '{"operation":"erp.create_order","kind":"lose"}')$(ask /erp/create_order "${create%\}}}" k8)" '200*000*'
is "but it was done" "$(ask /erp/find_order '{"order":"O-1"}')" '200 *"SO-*'
is "and the same key gives its answer" "$(ask /erp/create_order "$create" k8)" '200 *"SO-*'
is "a dropped request is not done" \
    "$(ask /sandbox/faults '{"operation":"tell.portal","kind":"drop"}')$(ask /tell/portal '{"order":"O-1","status":"s"}' k9)$(ask '/sandbox/counts?key=O-1')" \
    '200*000*"messages" : {}*'
is "what is done and answered late comes when it was told, once" \
    "$(ask /sandbox/faults '{"operation":"tell.portal","kind":"linger","ms":300}')$(ask /tell/portal '{"order":"O-L","status":"s"}' k12)$(ask '/sandbox/counts?key=O-L')" \
    '200*200*"messages" : {*1*'
is "it fails as often as it was told" \
    "$(ask /sandbox/faults '[{"operation":"*","kind":"fail","status":503,"count":2,"retry_after":1}]')$(ask /tell/portal '{}' k10)$(ask /tell/portal '{}' k10)$(ask /tell/portal '{"order":"O-1"}' k10)" \
    '200*503*503*200*'
is "it refuses with the error it was told" \
    "$(ask /sandbox/faults '{"operation":"erp.create_order","kind":"refuse","error":"PriceChanged"}')$(ask /erp/create_order "$create" k11)" \
    '200*409 *"PriceChanged"*'
is "without keys doubles show" \
    "$(ask /sandbox/keys '{"ignore":true}')$(ask /erp/create_order "$create" k1)$(ask '/sandbox/counts?key=O-1')" \
    '200*"doubles" : \[*"orders"*'
is "what is no operation is not found" "$(ask /erp/nonsense '{}')" '404*'
is "what is no JSON is refused" "$(ask /erp/credit '{')" '422*'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
