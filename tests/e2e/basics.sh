#!/bin/sh
# A flowd as shipped: it starts, runs a flow, is killed, goes on, drains.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

flows=$top_srcdir/tests/e2e

check "an option that does not exist ends with 2" sh -c '"$1" --nonsense x; [ $? = 2 ]' - "$flowd"
check "the keys explain themselves" sh -c '"$1" --config-help | grep -q "^commit_batch"' - "$flowd"
check "a development cluster comes up in one command" flowd_start
check "it prints a token, once" sh -c '[ "$(grep -c "^token flw_" "$1")" = 1 ]' - "$here/out"
check "a second flowd --dev with this folder is refused" \
    sh -c '! "$1" --dev --dir "$2" --http off 2>"$3" && grep -q "another flowd --dev runs" "$3"' - \
    "$flowd" "$here/.flow" "$here/second"
check "a flow is deployed with its environment" ctl deploy "$flows/ping.flow" --bindings "$flows/ping.bind"

started=$(http POST /v1/flows/ping/instances --data '{"id":"1","n":1}')
check "a start is answered 201" is "$(code)" 201
check "and gives the key" has "$started" '"key":"1"'
waits() { [ "$(ctl list -o json | python3 -c "
import json, sys
print(sum(i['status'] == 'waiting' and i['state'] == 'listening' for i in json.load(sys.stdin)))")" = "$1" ]; }
check "it calls, and then it waits" until_true 20 waits 1
check "a start with the key of the living one gives it" \
    has "$(http POST /v1/flows/ping/instances --data '{"id":"1","n":1}')" '"created":false'
check "with 200" is "$(code)" 200
http POST /v1/flows/ping/instances --data '{"id":"1","n":7}' >/dev/null
check "with other arguments it is a conflict" is "$(code)" 409

flowd_kill
check "flowctl works while no engine runs" ctl send Answer --data '{"n":1,"says":"early"}'
check "after kill -9 it comes up again" flowd_start
ended() { [ "$(ctl show "$1" -o json | python3 -c 'import json,sys; print(json.load(sys.stdin)["state"])')" = "$2" ]; }
check "and the event that was sent meanwhile has its effect" until_true 20 ended 1 done

http POST '/v1/events/Answer' --data '{"n":2,"says":"before its time"}' >/dev/null
check "an event is taken with 202" is "$(code)" 202
check "a duplicate is told" has "$(http POST /v1/events/Answer --data '{"n":2,"says":"before its time"}')" \
    '"duplicate":true'
shown=$(http POST /v1/flows/ping/instances --data '{"id":"2","n":2}' --header 'Prefer:wait=20')
check "an event may come before its instance, and the door may wait for the end" has "$shown" '"state":"done"'

lines() { # a JSON object a line for n from 10 to 59
    i=10
    while [ $i -lt 60 ]; do
        echo "{\"id\":\"$i\",\"n\":$i}"
        i=$((i + 1))
    done
}
lines >"$here/lines"
check "fifty are started from a file" ctl start ping --jsonl "$here/lines"
check "fifty more wait" until_true 30 waits 50
sed 's/"id":"[0-9]*",//' "$here/lines" >"$here/stops"
check "each is told to stop" ctl send Stop --jsonl "$here/stops"
all_ended() { [ "$(ctl list --status completed --state stopped --limit 200 -o json | grep -o '"stopped"' | wc -l)" = 50 ]; }
check "and all are undone and stopped" until_true 30 all_ended

flowd_stop
check "it drains and ends with 0" is "$status" 0
check "and takes its cluster with it" test ! -e "$here/.flow/pg/data/postmaster.pid"
check "it comes up again with all it knew" flowd_start
check "nothing was lost" all_ended
flowd_stop
finish
