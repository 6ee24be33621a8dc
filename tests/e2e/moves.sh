#!/bin/sh
# Orders under way go over to a new version: all of them when they rest, killed in the middle, undone after.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

query() { ctl sql "$1" -o json; }
n() { query "SELECT count(*) AS n FROM flow.instances WHERE $1" | tr -dc 0-9; }
they_are() { [ "$(n "$1")" = "$2" ]; }
refused() { # CODE COMMAND…
    code=$1
    shift
    "$@"
    [ $? -eq "$code" ]
}

cat >"$here/one.flow" <<'END'
event Decided key order { order: text, yes: bool }
adapter shop {
    effect reserve(order: text) gives text undone by release(what: result) once per order
    effect release(what: text) harmless once per what
}
flow keeping version 1 (order: text) {
    key order
    var seen: int = 0
    state waiting within 5d {
        call shop.reserve(order: order)
        go to deciding
        on late go to lost
    }
    state deciding within 5d {
        on Decided(order: order) as d {
            if d.yes { go to done } else { go to lost }
        }
        on late go to lost
    }
    final done
    final lost { undo all }
}
END
sed 's/version 1/version 2/
     s/^    var seen.*/&\n    var closed: bool = false\n    migrate from 1 { state deciding -> judging  set closed = seen > 0 }/
     s/state deciding/state judging/; s/go to deciding/go to judging/
     s/migrate from 1 { state judging/migrate from 1 { state deciding/
     s/if d.yes {/note "closed: {closed}"\n            if d.yes {/' "$here/one.flow" >"$here/two.flow"
sed 's/version 2/version 3/; s/migrate from 1 .*/migrate from 2 { state judging -> stays }/' "$here/two.flow" >"$here/three.flow"
echo 'use one
environment dev { adapter shop over fake { } }' >"$here/dev.bind"

check "a development cluster comes up" flowd_start
check "version 1 is deployed" ctl deploy "$here/one.flow" --bindings "$here/dev.bind"
i=0
while [ $i -lt 200 ]; do
    i=$((i + 1))
    echo "{\"order\":\"O-$i\"}"
done >"$here/orders"
check "200 orders begin" ctl start keeping --jsonl "$here/orders"
check "and come to rest" until_true 60 they_are "state = 'deciding'" 200
check "there is nothing to go over to" refused 4 ctl migrate O-1 --reason "too early"
check "the plan says that all could go over" has "$(ctl deploy "$here/two.flow" --plan 2>&1)" "keeping  1     deciding  now    200"
check "it is deployed, and they are asked" ctl deploy "$here/two.flow" --migrate
flowd_kill
check "killed in the middle it comes up again" flowd_start
check "and all of them go over" until_true 60 they_are "version = 2 AND state = 'judging'" 200
check "each once" is "$(query "SELECT count(*) AS n FROM flow.history WHERE kind = 'migrated'" | tr -dc 0-9)" 200
check "they are counted where they are" is "$(query "SELECT n FROM flow.counts WHERE version = 2" | tr -dc 0-9)" 200
check "and nowhere else" is "$(query "SELECT count(*) AS n FROM flow.counts WHERE version = 1" | tr -dc 0-9)" 0
check "the journal says from where to where" has "$(ctl history O-7)" "from version 1 to version 2"
check "one that has gone over cannot again" refused 4 ctl migrate O-1 --to 2 --reason "again"
ctl send Decided --data '{"order":"O-1","yes":true}' >/dev/null
check "it goes on by the new version" until_true 20 they_are "key = 'O-1' AND state = 'done'" 1
check "which knows what the old one did not" has "$(ctl history O-1)" "closed: false"
ctl send Decided --data '{"order":"O-2","yes":false}' >/dev/null
check "what the old version did is undone by the new one" until_true 20 they_are "key = 'O-2' AND state = 'lost'" 1
check "with what it was done with" has "$(ctl history O-2)" "shop.reserve"
check "one that has ended cannot go over" refused 4 ctl migrate O-1 --reason "late"

check "a version that lets them stay is deployed" ctl deploy "$here/three.flow"
check "the dry run says so" has "$(ctl migrate --flow keeping --dry-run)" "it stays on version 2: what is in this state stays"
check "one may be asked all the same" ctl migrate O-3 --to 3 --reason "sooner or later" --wait --timeout 20s
waits() { ctl why O-3 | grep -q "waits to go over to version 3; where it rests now, it stays on version 2: what is in this state stays"; }
check "why says that it waits" until_true 20 waits
check "show says who asked" has "$(ctl show O-3 -o json | tr -d '\n ')" '"reason":"soonerorlater"'
check "twice is too often" refused 4 ctl migrate O-3 --to 3 --reason "again" --wait --timeout 20s
check "it is taken back" ctl stay O-3 --reason "not this one" --wait --timeout 20s
check "and then there is nothing to take back" refused 4 ctl stay O-3 --reason "again"
check "the door takes it too" has "$(http POST /v1/instances/"$(ctl show O-4 -o json |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')"/migrate --data '{"to":3,"reason":"by the door"}')" '"done":false'
check "no such version: not found" refused 3 ctl migrate O-5 --to 9 --reason "typo"
no_mail() { [ "$(query "SELECT count(*) AS n FROM flow_data.mail" | tr -dc 0-9)" = 0 ]; }
check "nothing is left in any mailbox" until_true 20 no_mail
flowd_stop
check "it drains" is "$status" 0
finish
