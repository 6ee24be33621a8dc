#!/bin/sh
# A flow that runs others, killed in the middle; its cancellation unwinds them, newest first.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

flows=$top_srcdir/tests/e2e
query() { ctl sql "$1" -o json; }
shows() { ctl show "$1" -o json | python3 -c "
import json, sys
show = json.load(sys.stdin)
sys.exit(not ($2))"; }
# What happened, in order, over the bundle and its parts: "piece B-1/door undone shop.order".
did() { # KEY KIND
    query "SELECT i.key || ' ' || h.text AS did FROM flow.history h JOIN flow.instances i ON i.id = h.instance
        WHERE i.key LIKE '$1%' AND h.kind = '$2' ORDER BY h.at, h.seq" |
        python3 -c 'import json,sys; print("; ".join(r["did"] for r in json.load(sys.stdin)))'
}

cannot_cancel() { ! ctl cancel "$1" --reason "by hand"; }

check "a development cluster comes up" flowd_start
cat >"$here/parts.flow" <<'END'
adapter shop {
    effect order(part: text) gives text fails with SoldOut undone by return_it(number: result) once per part
    effect return_it(number: text) harmless once per number
}
flow piece version 7 (bundle: text) gives int { call shop.order(part: bundle) when SoldOut { }  give 1 }
END
check "another flow of that name is deployed" ctl deploy "$here/parts.flow"
ctl deploy "$flows/kin.flow" --bindings "$flows/kin.bind" >"$here/deployed" 2>&1
check "an older version of it than the one that is there can be deployed beside it" is "$?" 0

made() { # a supplier: of this part there is one
    ctl send Made --data "{\"part\":\"$1\"}" >/dev/null
}
check "a bundle is started" ctl start bundle --key B-1 --data '{"id":"B-1","parts":["door","roof"]}'
runs() { [ "$(query "SELECT count(*) AS n FROM flow.instances WHERE key = '$1' AND status = 'waiting'" | tr -dc 0-9)" = 1 ]; }
check "its first part is made" until_true 20 runs B-1/door
check "it waits for that" shows B-1 "show['waiting'][0]['kind'] == 'child' and show['waiting'][0]['what'] == 'piece'"
check "why says what is run, and where to look" has "$(ctl why B-1)" "runs piece (line 15)"
flowd_kill
check "after kill -9 it comes up again" flowd_start
made B-1/door
made B-1/roof
check "and goes on to the end of both" until_true 30 shows B-1 "show['state'] == 'waiting'"
check "each effect happened once" is "$(did B-1 answered)" \
    "B-1/door shop.order; B-1/door shop.order; B-1/roof shop.order; B-1/roof shop.order"
check "show lists its children, whoever owns them" shows B-1 \
    "sorted((c['flow'], c['status']) for c in show['children']) ==
     [('farewell', 'completed'), ('piece', 'completed'), ('piece', 'completed')]"
parent=$(ctl show B-1 -o json | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')
check "a child names its parent" shows B-1/door "show['parent'] == '$parent' and show['result'] == 'xx'"
check "the ladder says how a run is put back" has "$(ctl ladder B-1)" "run piece"
check "by its own unwinding" has "$(ctl ladder B-1)" "its own unwinding"
check "a child that has ended cannot be cancelled by hand" cannot_cancel B-1/door

check "the bundle is cancelled" ctl cancel B-1 --reason "changed my mind"
check "and ends so" until_true 30 shows B-1 "show['status'] == 'cancelled'"
check "newest first, its children and what they did" is "$(did B-1 undone)" \
    "B-1/roof shop.order; B-1/roof shop.order; B-1 run piece; B-1/door shop.order; B-1/door shop.order; B-1 run piece"
check "they are cancelled too" shows B-1/door "show['status'] == 'cancelled'"

check "another is started" ctl start bundle --key B-2 --data '{"id":"B-2","parts":["door","roof"]}'
check "and cancelled while its part is being made" until_true 20 runs B-2/door
ctl cancel B-2 --reason "too slow" >/dev/null
check "it ends once its part has ended" until_true 30 shows B-2 "show['status'] == 'cancelled'"
check "of which nothing stands" shows B-2/door "show['status'] == 'cancelled' and not [u for u in show['undo'] if u['state'] != 'undone']"

made B-3/door
made B-3/paint
check "one whose part cannot be had" ctl start bundle --key B-3 --data '{"id":"B-3","parts":["door","paint"]}'
check "ends as its error says, with the first part put back" until_true 30 shows B-3 "show['state'] == 'failed_supply'"
check "the part says why" shows B-3/paint "show['status'] == 'failed' and show['error']['error'] == 'NoSupplier'"
check "and its brother is unwound" shows B-3/door "show['status'] == 'cancelled'"

made B-4/door
ctl start bundle --key B-4 --data '{"id":"B-4","parts":["door"]}' >/dev/null
check "one is kept" until_true 30 shows B-4 "show['state'] == 'waiting'"
ctl send Decided --data '{"bundle":"B-4","keep":true}' >/dev/null
check "for good" until_true 30 shows B-4 "show['result'] == 'B-4 sold' and show['undo'][0]['state'] == 'kept'"
check "nothing is left in any mailbox" is "$(query "SELECT count(*) AS n FROM flow_data.mail" | tr -dc 0-9)" 0

cat >"$here/orphan.flow" <<'END'
flow missing version 1 (a: int) { note "{a}" }
flow orphan version 1 (a: int) { start missing(a: a) }
END
sed -i 's/(a: int) { note/(a: int, b: int) { note/; s/missing(a: a)/missing(a: a, b: 1)/' "$here/orphan.flow"
check "parents and children are deployed together" ctl deploy "$here/orphan.flow"
flowd_stop
check "it drains" is "$status" 0
finish
