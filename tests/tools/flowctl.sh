#!/bin/sh
# What flowctl promises without an engine: outputs, exit codes, refusals; against a PostgreSQL of its own.
# Each check is a sentence; the last line says how many held.
set -u
here=$(cd "$(dirname "$0")" && pwd)
flowctl=${FLOWCTL:-$(readlink -f "${top_builddir:-.}/flowctl")}
if [ -z "${FLOW_DB:-}" ]; then
    FLOWCTL=$flowctl PG_TEMP_FAST=1 exec sh "$here/../support/pg_temp.sh" sh "$here/flowctl.sh"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/flowctl.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"

# ---- without a database, and with an empty one
it "a database that cannot be reached is exit 7" 7 '^flowctl: cannot reach.*hint: ' list --db host=/nowhere
mkdir -p .flow deep/er && echo "host=/nowhere" >.flow/conninfo
it "FLOW_DB wins over a development cluster" 3 'no flows yet' list
db=$FLOW_DB
unset FLOW_DB
cd deep/er || exit 1
it "a development cluster above that does not run is exit 7" 7 'hint: the development cluster' list
PGHOST=/elsewhere
export PGHOST
it "then libpq's own variables say" 7 'elsewhere' list
unset PGHOST
cd "$work" || exit 1
echo "$db" >.flow/conninfo
cd deep || exit 1
it "one above that runs is asked" 3 'no flows yet' list
cd "$work" || exit 1
rm -r .flow
FLOW_DB=$db
export FLOW_DB
it "an empty database has no flows" 3 'hint: flowctl deploy' list
it "nothing typed is a slip" 2 'usage: flowctl'
it "help is no slip" 0 'usage: flowctl' --help
it "each command has help with an example" 0 'example:' help start
it "help may be asked of the command" 0 'example:' start --help
it "the version is said" 0 '^flowctl [0-9]+\.[0-9]+\.[0-9]+~$' --version
it "a command that is not there is a slip, and the near one is named" 2 'did you mean start\?' strat
it "an option that is not there is a slip, and the near one is named" 2 'did you mean --status' list --statu x
it "an option without its value is a slip" 2 'wants CONNINFO' list --db
it "an output that is not there is a slip" 2 'table, wide, json' list -o yaml
it "too many words are a slip" 2 'too much' list O-1
it "a token makes the schema" 0 '^flw_[0-9a-f]{64}~' token create first

# ---- a flow by hand: what the database itself judges needs no image
sql "select flow.deploy_flow('mini', 1, '\\x01', '\\x00', 'flow mini', '{\"flow\": \"mini\", \"number\": 1,
  \"params\": [{\"name\": \"order\", \"kind\": \"object\", \"required\": true}], \"has_key\": true, \"key_path\": \"/order/id\",
  \"events\": [{\"name\": \"Paid\", \"fields\": [{\"name\": \"order\", \"kind\": \"string\", \"required\": true},
   {\"name\": \"message\", \"kind\": \"string\", \"required\": true}], \"keys\": [\"order\"], \"unique\": [\"message\"],
   \"held\": 86400000000}], \"adapters\": [\"erp\"], \"roles\": [], \"settings\": [], \"measures\": []}')" >/dev/null
sql "select flow.deploy_flow('free', 1, '\\x02', '\\x00', 'flow free', '{\"flow\": \"free\", \"number\": 1, \"params\": [],
  \"has_key\": false, \"key_path\": null, \"events\": [], \"adapters\": [], \"roles\": [], \"settings\": [], \"measures\": []}')" >/dev/null

it "flows are listed" 0 'mini +1 +true' flows
it "flows are listed for programs" 0 '' flows -o json
so "the list is an array of objects" 'sorted(f["flow"] for f in d) == ["free", "mini"] and d[0]["version"] == 1'

# ---- start
it "an order is started" 0 '^O-1 started \(mini version 1, ' start mini --data '{"order":{"id":"O-1"}}'
it "a second start gives the living one" 0 '' start mini --data '{"order":{"id":"O-1"}}' -o json
so "it says that it made nothing" 'd["created"] is False and d["key"] == "O-1" and d["flow"] == "mini" and d["version"] == 1'
it "a start says its five members" 0 '' start mini --data '{"order":{"id":"O-2"}}' -o json
so "and that it is new" 'd["created"] is True and set(d) == {"id", "key", "flow", "version", "created"}'
it "other arguments for a living key are a conflict" 4 'other arguments' start mini --data '{"order":{"id":"O-1","x":1}}'
it "what does not fit is refused with its place" 1 'at /order\)' start mini --data '{"order":7}'
it "with what it is and what is wanted" 1 '"order" is a number, and must be an object' start mini --data '{"order":7}'
it "a slip of the pen is named" 1 'wants an object; "ordr" is not known' start mini --data '{"ordr":{}}'
it "what is missing is refused" 1 'missing' start mini --data '{}'
it "what is not known is refused" 1 'at /colour\)' start mini --data '{"order":{"id":"O-3"},"colour":1}'
it "what is no JSON is refused with its line" 1 'line 1, column' start mini --data '{"order":'
it "digits are not lost silently" 1 'at /order/sum\).*as text' start mini --data '{"order":{"id":"O-3","sum":0.12345678901234567}}'
it "a member may not come twice" 1 'twice' start mini --data '{"order":{"id":"O-3","id":"O-4"}}'
it "a flow that is not there is exit 3" 3 'no flow "nimi"' start nimi
it "a key that is not the order's own is a slip" 2 'arguments say "O-3"' start mini --key X --data '{"order":{"id":"O-3"}}'
it "a key may be given where the flow makes none" 0 '^F-1 started' start free --key F-1
it "where there is neither, the id is the key" 0 '' start free -o json
so "the id is the key" 'd["id"] == d["key"]'
it "a dry run changes nothing" 0 'would be started' start mini --data '{"order":{"id":"O-9"}}' --dry-run
it "so it is not there" 3 'no instance "O-9"' wait O-9
printf '{"order":{"id":"D-1"}}' >one.json
it "data come from a file" 0 '^D-1 started' start mini --data @one.json
it "a file that is not there is exit 3" 3 'nowhere' start mini --data @nowhere

printf '{"order":{"id":"L-1"}}\n\nnonsense\n{"order":{"id":"L-2"}}\r\n{"order":3}\n[1]\n{"order":{"id":"L-3"}}' >lines
it "bad lines stop no good ones" 8 '3 started.*3 refused.*line 3: .*line 6: .*line 5: .*at /order' start mini --jsonl lines
it "a line each is printed" 8 '' start mini --jsonl lines -o json
so "the good ones in order" '[r["key"] for r in d] == ["L-1", "L-2", "L-3"] and not any(r["created"] for r in d)'
python3 -c "
import json
for i in range(1003): print(json.dumps({'key': 'B-%d' % i, 'data': {} if i != 777 else {'x': 1}}))" >many
it "a thousand lines, one of them bad" 8 '1002 started.*line 778: ' start free --jsonl many --keys
it "an empty stream starts nothing" 0 '^free: 0 started, 0 of them living before, 0 refused' start free --jsonl - --keys
head -1 many | "$flowctl" start free --jsonl - --keys >out 2>err && grep -q '1 started, 1 of them living before' out &&
    held || fell "lines come from standard input"

# ---- list
it "instances are listed" 0 'KEY +FLOW +VERSION +STATUS.*O-1 +mini +1 +running' list --flow mini
it "a list is an array" 0 '' list --flow mini -o json
so "of the nine first members of show" 'len(d) == 6 and list(d[0]) == ["id","key","flow","version","status","state","since","started_at","ended_at"]'
it "more than a page is listed" 0 '' list --flow free -o json
so "all of it" 'len(d) == 1004'
it "no more than wished is listed" 0 '' list --limit 2 -o json
so "the newest" 'len(d) == 2 and d[0]["id"] > d[1]["id"]'
it "an empty list is an array too" 0 '^\[\]~$' list --flow nothing -o json
it "an empty table says so" 0 '^flowctl: no instances~$' list --flow nothing
it "names are a line each" 0 '^L-3~L-2~L-1~D-1~O-2~O-1~$' list --flow mini -o name
it "CSV has a line of names" 0 '^key,flow,version,status,state,since,started_at,ended_at,id.~F-1,free,1,running,' list --key F-1 -o csv
it "a line an object" 0 '^\{.*\}~\{.*\}~$' list --limit 2 -o jsonl
it "what is older is listed" 0 '^\[\]~$' list --older 1h -o json
it "a status that is not there is a slip" 2 'no status "asleep"' list --status asleep
it "a span that is none is a slip" 2 'like 30s' list --older yesterday

# ---- one instance
it "an instance that is not there is exit 3" 3 'no instance "nobody"' show nobody
it "an image that is damaged is said so" 1 'damaged.*reading the image of mini version 1' show O-1
it "nothing has happened yet" 0 'nothing happened yet' history O-1
it "waiting has an end" 6 'the time ran out: "O-1" is running' wait O-1 --timeout 100ms
it "what is so needs no waiting" 0 '^O-1 is running' wait O-1 --for status=running --timeout 10s
it "what cannot be waited for is a slip" 2 'nothing that can be waited for' wait O-1 --for rain
sql "update flow_data.instance set status = 101, ended_at = now() where key = 'L-1'"
it "what has failed is exit 10" 10 'L-1 is failed' wait L-1 --for ended
sql "update flow_data.instance set status = 102, ended_at = now() where key = 'L-2'"
it "what was cancelled is exit 12" 12 '' wait L-2 --for ended -o json
so "and says what it is" 'd["status"] == "cancelled" and d["key"] == "L-2"'
sql "update flow_data.instance set status = 3, state = 'shipping.picking' where key = 'L-3'"
it "what is parked is exit 11 at once" 11 'L-3 is parked, in shipping.picking' wait L-3 --for ended
it "a state counts in the states inside it" 0 '' wait L-3 --for state=shipping --timeout 10s
it "but not in those that begin alike" 6 '' wait L-3 --for state=ship --timeout 100ms
it "a state is listed with those inside it" 0 '^L-3~$' list --state shipping -o name
sql "update flow_data.instance set status = 100, ended_at = now(), state = 'done' where key = 'L-3'"
it "what has completed is exit 0" 0 '' wait L-3 --for ended
it "what has completed elsewhere is a conflict" 4 '' wait L-3 --for state=shipping
start_free() { "$flowctl" start free --key "$1" -o name >/dev/null; }
start_free O-1
it "a key of several flows wants its flow" 2 'free/O-1, or mini/O-1' wait O-1 --timeout 100ms
it "which may be said" 0 '^O-1 is running' wait free/O-1 --for status=running
id=$(sql "select id from flow.instances where flow = 'mini' and key = 'O-1'")
it "or the id" 0 '' wait "$id" --for status=running -o json
so "it is the right one" 'd["flow"] == "mini"'

# ---- events
it "an event is sent" 0 '' send Paid --data '{"order":"O-1","message":"m1"}' -o json
so "it is new" 'd["duplicate"] is False and set(d) == {"id", "duplicate"}'
it "the same again is a duplicate" 0 '' send Paid --data '{"order":"O-1","message":"m1"}' -o json
so "it says so" 'd["duplicate"] is True'
it "an event that does not fit is refused" 1 'at /message\)' send Paid --data '{"order":"O-1"}'
it "an event nobody knows is exit 3" 3 'knows the event "Piad"' send Piad --data '{}'
it "with the ones that are known" 3 'hint: known are .*Paid' send Piad --data '{}'
it "an event without data is a slip" 2 'has its data from' send Paid
printf '{"order":"O-1","message":"m2"}\n{"order":"O-1"}\n{"order":"O-1","message":"m1"}\n' >events
it "many events come from a file" 8 '2 sent, 1 of them duplicates, 1 refused.*line 2: ' send Paid --jsonl events
it "the inbox shows what is held and what came twice" 0 '' inbox -o json
so "with their shapes" 'sorted(r["what"] for r in d) == ["duplicate", "duplicate", "held", "held"] and {"id","event","data","what","at","until","problem"} <= set(d[0])'
it "one kind of it" 0 '' inbox --what duplicate --event Paid -o json
so "only that" 'len(d) == 2'
it "a kind that is not there is a slip" 2 'held, unclaimed' inbox --what lost

# ---- people
it "a reason is wanted" 2 'add --reason' cancel mini/O-1
it "a command is written down" 0 '' cancel mini/O-1 --reason "customer called" -o json
so "and not done, since no engine runs" 'd["done"] is False and len(d["command"]) == 36'
it "who asked is written down with the reason" 0 '' sql "select actor, reason, verb from requests" -o json
so "both" 'd == [{"actor": "'"$(id -un)"'", "reason": "customer called", "verb": "cancel"}]'
it "it is said that nobody does it now" 0 'no engine runs now' pause F-1 --reason x
it "waiting for it has an end" 6 'not done yet' pause O-2 --reason x --wait --timeout 100ms
sql "update flow_data.request set done_at = now(), problem = 'it is paused already' where verb = 'pause'"
it "a dry run asks for nothing" 0 'could be asked for' cancel O-2 --reason x --dry-run
it "so nothing was asked" 0 '^\[\]~$' sql "select 1 from requests where verb = 'cancel' and reason = 'x'" -o json
it "the wrong status is a conflict at once" 4 'is not paused' resume O-2 --reason x
it "a list is of those for which all of it holds" 0 '' list --where "flow = free and status != parked and version < 2" -o json
so "and of no others" 'd and {r["flow"] for r in d} == {"free"}'
it "nothing is older than all" 0 '' list --where "since < 2001-01-01" -o json
so "so the list is empty" 'd == []'
it "an hour ago is a moment, too" 0 '' list --where "started_at > 1h and ended_at = 2001-01-01" -o json
so "and what has not ended is not compared" 'd == []'
it "a field that is not there is a slip" 2 'no such field, at "colour"' list --where "colour = red"
it "a condition without its middle is a slip" 2 'is missing' list --where "status parked"
it "a version is a number" 2 'no number, at "four"' list --where "version = four"
it "or is not known" 2 'only .and. stands between' list --where "key = a or key = b"
it "an ended one takes no command" 4 'has ended' cancel L-3 --reason x
it "nothing parked, nothing to retry" 4 'no step in a dead letter' retry O-2 --reason x
it "of two that are not there each is named" 8 'nowhere: there is no instance "nowhere"' cancel nobody nowhere --reason x
it "one that is refused stops no other" 8 'F-1: cancel is asked for.*nobody: there is no instance' cancel F-1 nobody B-1 --reason x
it "several make a list" 0 '' cancel B-2 B-3 --reason x -o json
so "of requests" '[r["key"] for r in d] == ["B-2", "B-3"] and not d[0]["done"]'
sql "insert into flow_data.task values ((select shard from flow_data.instance where key = 'O-2'), flow_data.id_new((select shard
    from flow_data.instance where key = 'O-2')), (select id from flow_data.instance where key = 'O-2'), 1, false, null, 'clerk',
    'Release O-2?', '[{\"name\": \"release\", \"form\": null}, {\"name\": \"refuse\", \"form\": null}]', null, now(), null)"
it "tasks are listed" 0 'O-2 +question +clerk +Release O-2\? +release, refuse' tasks
it "with their shape" 0 '' tasks --role clerk -o json
so "as promised" '{"id","key","instance","flow","kind","role","question","outcomes","since","until"} <= set(d[0]) and d[0]["outcomes"][0]["name"] == "release"'
it "an answer that is none of the task's is a conflict" 4 'answered by release, refuse' answer O-2 perhaps
it "a task that is gone is exit 3" 3 'no task' answer 00000000-0000-7000-8000-000000000000 release
it "an instance without tasks has nothing to answer" 3 'has no task' answer B-9 release
it "a task is answered by the key of its instance" 0 '' answer O-2 release -o json
so "and the engine will do it" 'd["done"] is False'
it "what an engine refuses is a conflict" 0 '' sql "select 1 from requests" -o json
sql "update flow_data.task set is_dead_letter = true, what = 'desk', question = 'Order 17 is stuck'"
it "a dead letter is listed" 0 'O-2 +dead_letter' dead
it "of one instance" 0 '' dead O-2 -o json
so "only its own" 'len(d) == 1 and d[0]["dead_letter"] == "desk"'
it "those alike are counted" 0 '1 +mini +desk +Order # is stuck' dead --clusters
it "a parked step may be retried" 0 'retry is asked for' retry O-2 --reason x
it "a result is entered" 0 'result is asked for' result O-2 booking.book --data '"SO-7"' --reason "seen in ERP"
it "as the engine will read it" 0 '' sql "select verb, step, data from flow_data.mail where verb = 'result'" -o json
so "the data alone" 'd == [{"verb": "result", "step": "booking.book", "data": "\"SO-7\""}]'

# ---- tokens, SQL, doctor
it "a token is made for programs" 0 '' token create portal --scopes start,send --expires 30d -o json
so "id and token" 'set(d) == {"id", "token"} and d["token"].startswith("flw_")'
it "tokens are listed, never shown" 0 '' token list -o json
so "their scopes and end" 'd[-1]["name"] == "portal" and d[-1]["scopes"] == ["start", "send"] and d[-1]["expires_at"] and "token" not in d[-1]'
it "a token is revoked by its name" 0 'portal is revoked' token revoke portal
it "once" 3 'no token "portal"' token revoke portal
it "SQL is asked" 0 'status +n~.*running' sql "select status, count(*) as n from instances group by 1 order by 1"
it "with types" 0 '' sql "select 1 as i, 1.50 as d, true as b, null as x, '{\"a\":1}'::json as j" -o json
so "as JSON has them" 'd == [{"i": 1, "d": "1.50", "b": True, "x": None, "j": {"a": 1}}]'
it "SQL changes nothing" 5 'read-only' sql "select flow.start('free', '{}')"
it "two statements are none" 2 '' sql "commit; select 1"
it "what is no SQL is a slip" 2 'syntax error' sql "selekt"
it "the doctor finds that no engine runs" 1 'engines +problem +no engine runs' doctor
it "nodes are listed" 0 '^\[\]~$' nodes -o json
for shell in bash zsh fish; do
    it "$shell can complete" 0 'flowctl' completion $shell
    cp out completion.$shell
done
bash -n completion.bash && held || fell "bash reads its completion"
it "colours are for whoever wants them" 0 "$(printf '\033')\\[1m" list --limit 1 --color always
it "and for nobody else" 0 '^KEY' list --limit 1 --color never

counts
