#!/bin/sh
# What flowctl promises with an engine: a story deployed, started, parked, answered, put right and put back.
# Each check is a sentence; the last line says how many held.
set -u
here=$(cd "$(dirname "$0")" && pwd)
flowctl=${FLOWCTL:-$(readlink -f "${top_builddir:-.}/flowctl")}
flowd=${FLOWD:-$(readlink -f "${top_builddir:-.}/flowd")}
if [ -z "${FLOW_DB:-}" ]; then
    FLOWCTL=$flowctl FLOWD=$flowd PG_TEMP_FAST=1 exec sh "$here/../support/pg_temp.sh" sh "$here/flowctl_story.sh"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/flowctl.XXXXXX") || exit 1
engine=
over() {
    [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2>/dev/null
    rm -rf "$work"
}
trap over EXIT
cd "$work" || exit 1
. "$here/checks.sh"
cp "$here"/story/* .

# ---- deploying
it "a plan says what is new, and makes nothing" 0 'story +flow +1 +new' deploy story.flow --bindings story.bind --plan
it "so nothing is there" 0 'no flow is deployed' flows
it "a flow and its environment are deployed" 0 'story +flow +1 +new~trial +environment +[0-9]+ +new' deploy story.flow --bindings story.bind
it "deploying twice is deploying once" 0 '' deploy story.flow story.bind -o json
so "it says so" '[(r["name"], r["found"]) for r in d] == [("story", "unchanged"), ("trial", "unchanged")]'
sed 's/reason: text as n/why: text as n/; s/n.reason/n.why/' story.flow >other.flow
it "another meaning wants another version" 4 'hint: raise its version to 2' deploy other.flow
it "it shows what differs" 4 'F0704.*version 1 was published on 20' deploy other.flow
it "a plan says so too" 30 'raise its version.*story version 1 -> 1' deploy other.flow --plan
{
    echo '# A word for whoever reads it.'
    cat story.flow
} >commented.flow
it "other comments mean the same" 0 'story +flow +1 +unchanged' deploy commented.flow
sed 's/version 1/version 2/' other.flow >second.flow
it "a dry run deploys nothing" 0 'story +flow +2 +new' deploy second.flow --dry-run
it "so there is one version" 0 '' flows -o json
so "the first" '[f["version"] for f in d] == [1]'
sed 's/version 1/version 2/; s/state booking/state ordering/; s/^    final done/    migrate from 1 { }\n    final done/' story.flow >forgetful.flow
it "a migration that forgets a state is not deployed" 20 'F0701.*Missing: booking.*help: state booking -> ordering' deploy forgetful.flow
printf 'flow broken version 1 () { go to nowhere }\n' >broken.flow
it "a flow with errors is drawn with its place" 20 'error\[F[0-9]+\].*broken.flow:1:' deploy broken.flow
it "a file that is not there is exit 3" 3 'nowhere.flow' deploy nowhere.flow
it "an event that no flow knows cannot be sent" 3 'knows the event' send Nothing --data '{}'

# ---- before an engine runs
it "what is started is kept" 0 '^K-1 started' start story --data '{"id":"K-1","how":""}'
it "and shown, though nobody has begun it" 0 '' show K-1 -o json
so "whole" '{"id","key","flow","version","status","state","since","started_at","ended_at","vars","waiting","parked","undo","marks","result","error","parent","children"} == set(d)'
it "why it does not move" 0 'K-1 was started, and waits for an engine' why K-1

"$flowd" --db "$FLOW_DB" --http off >flowd.log 2>&1 &
engine=$!

# ---- endings
it "then it is done" 0 'K-1 is completed, in done' wait K-1 --timeout 20s
it "a start may wait for the end" 0 'G-1 started.*G-1 is completed, in done' start story --data '{"id":"G-1","how":""}' --wait --timeout 20s
it "what fails is exit 10" 10 'F-1 is failed' start story --data '{"id":"F-1","how":"fail"}' --wait --timeout 20s
it "and shows its error" 0 '' show F-1 -o json
so "with its name" 'd["status"] == "failed" and "Refused" in json.dumps(d["error"]) and "asked for" in json.dumps(d["error"])'
it "what is parked is exit 11" 11 'P-1 is parked' start story --data '{"id":"P-1","how":"down"}' --wait --timeout 20s
it "for programs the start alone is printed" 11 '' start story --data '{"id":"P-2","how":"doubt"}' --wait --timeout 20s -o json
so "one object" 'd["key"] == "P-2" and d["created"] is True'

printf 'flow deep version 1 (id: text, total: money) {\n    key id\n    note id\n}\n' >deep.flow
it "one with money is deployed" 0 'deep +flow' deploy deep.flow
it "what does not fit deeper down is refused at once" 1 'money is wanted.*at /total\)' start deep --data '{"id":"D-1","total":{"amount":7}}' --wait --timeout 20s
id=$(sql "select flow.start('deep', '{\"id\":\"D-1\",\"total\":{\"amount\":7}}')")
it "what SQL lets in is refused by the engine, and said to whoever waits" 1 'has refused it: /total.*money is wanted.*hint: .*inbox' wait "$id" --timeout 20s

# ---- one that is parked
it "it is shown" 0 'P-1 +story version 1 +parked.*parked +booking.book in desk, of clerk.*unavailable: it is down, after 2 attempts' show P-1
it "for programs too" 0 '' show P-1 -o json
so "with its problem" 'd["parked"][0]["step"] == "booking.book" and d["parked"][0]["dead_letter"] == "desk" and d["parked"][0]["owner"] == "clerk" and d["parked"][0]["problem"]["attempts"] == 2'
so "with its arguments" 'd["vars"]["id"] == "P-1" and d["vars"]["how"] == "down"'
it "why says who can move it" 0 '^P-1 is .*can .*clerk.*flowctl answer [0-9a-f-]{36} retry.*flowctl answer [0-9a-f-]{36} skip' why P-1
it "dead letters are listed" 0 'P-1 +dead_letter +clerk +Order P-1 is stuck' dead P-1
it "and counted" 0 '2 +story +desk +Order P-# is stuck' dead --clusters
: >up
it "it is tried again" 0 'retry is done' retry P-1 --reason "it is up" --wait --timeout 20s
it "and goes on" 0 'P-1 is completed' wait P-1 --timeout 20s
rm up
it "what is in doubt is a parked step" 0 'P-2 +story.*parked.*in_doubt: the line went dead' show P-2
it "a result that does not fit is refused at once" 1 'text' result P-2 booking.book --data 7 --reason "seen"
it "a result is entered" 0 'result is done' result P-2 booking.book --data '"SO-7"' --reason "seen in ERP" --wait --timeout 20s
it "and goes on with it" 0 'P-2 is completed' wait P-2 --timeout 20s
it "its result is bound" 0 '' show P-2 -o json
so "to the variable" 'd["vars"]["so"] == "SO-7"'
it "one that did not happen" 11 '' start story --data '{"id":"P-3","how":"doubt"}' --wait --timeout 20s
it "is absent" 0 'absent is done' absent P-3 booking.book --reason "not in ERP" --wait --timeout 20s
it "and stays parked" 0 '' show P-3 -o json
so "as one that did not happen" 'd["status"] == "parked" and d["parked"][0]["problem"]["kind"] == "unavailable" and d["undo"] == []'
it "a person may choose otherwise" 0 'skip is done' answer P-3 skip --wait --timeout 20s
it "which ends it" 0 'P-3 is completed, in skipped' wait P-3 --timeout 20s

# ---- a question
it "a person is asked" 0 '' start story --data '{"id":"A-1","how":"ask","secret_word":"hush"}' -o name
it "and waited for" 0 'A-1 is waiting' wait A-1 --for status=waiting --timeout 20s
it "the task is listed" 0 'A-1 +question +clerk +May A-1 go on\? +yes, no' tasks --role clerk
it "why names the question" 0 'clerk.*flowctl answer [0-9a-f-]{36} yes' why A-1
it "what would be put back is shown" 0 'erp.book +so +done +erp.unbook' ladder A-1
it "for programs too" 0 '' ladder A-1 -o json
so "newest first" 'd[0]["effect"] == "erp.book" and d[0]["state"] == "done" and d[0]["undone_by"] == "erp.unbook" and d[0]["args"]["id"] == "A-1"'
it "an answer without its form is refused at once" 1 'text is wanted.*at /reason\)' answer A-1 no
it "one with a member that the form does not have, too" 1 'at /why\)' answer A-1 no --data '{"reason":"closed","why":"x"}'
it "and one that brings data where none are asked for" 1 'asks for no data' answer A-1 yes --data '{"x":1}'
it "an outcome that the question does not have is a conflict" 4 'not among the answers.*hint: flowctl tasks' answer A-1 perhaps
it "nothing of it was stored" 0 '^\[\]~$' sql "select 1 from requests r join instances i on i.id = r.instance where i.key = 'A-1'" -o json
it "with it, it is done" 0 'no is done' answer A-1 no --data '{"reason":"closed"}' --reason "asked by phone" --wait --timeout 20s
it "and the flow goes the way of the answer" 0 'A-1 is completed, in skipped' wait A-1 --timeout 20s
it "once" 3 'has no task' answer A-1 yes
it "the history tells it" 0 '' history A-1 -o json
so "in order" '[e["seq"] for e in d] == list(range(1, len(d) + 1)) and d[0]["kind"] == "started" and d[-1]["kind"] == "completed"'
so "with who and why" 'any(e["kind"] == "decided" and e["actor"] == "'"$(id -un)"'" for e in d) and "asked by phone" in json.dumps(d)'
so "with its members" 'set(d[0]) == {"seq", "at", "kind", "state", "step", "line", "actor", "text", "data"}'
so "private words stay private" '"hush" not in json.dumps(d)'
it "marks are kept" 0 '' show A-1 -o json
so "with their moment" 'd["marks"]["booked"].endswith("Z")'
it "the last entries" 0 '' history A-1 --limit 2 -o json
so "alone" 'len(d) == 2 and d[-1]["kind"] == "completed"'

# ---- operators
it "another is asked" 0 '' start story --data '{"id":"C-1","how":"ask"}' -o name
it "until it waits" 0 '' wait C-1 --for status=waiting --timeout 20s
it "it is paused" 0 'pause is done' pause C-1 --reason x --wait --timeout 20s
it "and shows so" 0 'C-1 is paused' wait C-1 --for status=paused --timeout 20s
it "not twice" 4 'is paused' pause C-1 --reason x
it "it goes on" 0 'resume is done' resume C-1 --reason x --wait --timeout 20s
it "waiting again" 0 '' wait C-1 --for status=waiting --timeout 20s
it "it is cancelled" 0 'cancel is done' cancel C-1 --reason "customer called" --wait --timeout 20s
it "which ends it" 12 'C-1 is cancelled' wait C-1 --timeout 20s
it "what it did is put back" 0 '' show C-1 -o json
so "all of it" '[u["state"] for u in d["undo"]] == ["undone"]'
it "following ends with the instance" 0 '"kind":"cancelled"' history C-1 -f -o jsonl
it "an ended one takes no command" 4 'has ended: it is cancelled' cancel C-1 --reason again
it "the key of an ended one begins a new one" 0 '' start story --data '{"id":"C-1","how":""}' -o json
so "new" 'd["created"] is True'
it "and is then the one that is meant" 0 'C-1 is completed' wait C-1 --timeout 20s
it "all is well" 0 'engines +ok.*shards +ok' doctor
it "the engine is listed" 0 '' nodes -o json
so "with its shards" 'd[0]["alive"] is True and d[0]["shards"] == 32'
it "flows know their numbers" 0 '' flows -o json
so "all of them" '[(f["living"], f["ended"]) for f in d if f["flow"] == "story"] == [(0, 9)]'

if [ "$failed" != 0 ]; then tail -40 flowd.log; fi
counts
