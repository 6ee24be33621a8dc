#!/bin/sh
# Events that come in by paths of the environment, over real HTTP; and a crash between receipt and commit.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

mine=$top_srcdir/tests/bind
mkdir "$here/secrets"
printf hush-portal >"$here/secrets/portal"
printf hush-timed >"$here/secrets/timed"

# post MESSAGE ORDER: the status and the answer of a signed one; 0 when nobody answered.
post() {
    body="{\"kind\":\"submitted\",\"order\":{\"no\":\"$2\",\"sum\":1,\"lines\":[]}}"
    sign=$(printf %s "$body" | openssl dgst -sha256 -hmac hush-portal -r | cut -d' ' -f1)
    python3 "$top_srcdir/tests/e2e/ask.py" POST "$door/hooks/portal" --data "$body" --header "X-Signature:sha256=$sign" \
        --header "X-Message-Id:$1" | tr '\n' ' '
}
env_start() { FLOW_FAULTS=$1 flowd_start --secrets "$here/secrets"; }
began() { ctl list --flow intake -o json | python3 -c "import json,sys; print(sum(i['key'] == '$1' for i in json.load(sys.stdin)))"; }
stored() { ctl sql "select count(*) from inbox where data->>'order' = '$1' and what <> 'duplicate'" -o csv | tail -1; }

check "a flowd with its secrets" flowd_start --secrets "$here/secrets"
check "before there is an environment there is nothing there" has "$(post m-0 O-0)" "404"
check "the flow and the sources of its events are deployed" ctl deploy "$mine/portal.flow" --bindings "$mine/portal.bind"
is_served() { has "$(post m-0 O-0)" "202"; }
check "a running flowd serves them" until_true 20 is_served
python3 "$mine/portal.py" "$port" "$(token)" >"$here/portal"
cat "$here/portal"
passed=$((passed + $(grep -c '^ok ' "$here/portal")))
failed=$((failed + $(grep -c '^FAIL ' "$here/portal")))
check "all of it was asked" grep -q ' passed, ' "$here/portal"
is_gone_now() { has "$(ctl show P-1 -o json | tr -d ' ')" '"state":"gone"'; }
check "the event began an instance, and the second one moved it" until_true 20 is_gone_now
check "once" is "$(began P-1)" 1

if "$flowd" --failpoints | grep -q event.before_commit; then
    flowd_stop
    check "a flowd that dies between receipt and commit" env_start event.before_commit=kill
    check "gives no 202" is "$(post m-9 O-9 | cut -d' ' -f1)" 0
    until_true 20 is_gone
    pid=
    check "the next one" flowd_start --secrets "$here/secrets"
    check "takes what the sender repeats" has "$(post m-9 O-9)" "202"
    check "and knows what it repeats once more" has "$(post m-9 O-9)" '"duplicate":true'
    began_once() { [ "$(began O-9)" = 1 ]; }
    check "one event, one instance" until_true 20 began_once
    flowd_stop
    check "a flowd that dies after the commit" env_start event.after_commit=kill
    check "gives no 202 either" is "$(post m-8 O-8 | cut -d' ' -f1)" 0
    until_true 20 is_gone
    pid=
    check "the next one" flowd_start --secrets "$here/secrets"
    check "knows what the sender repeats" has "$(post m-8 O-8)" '"duplicate":true'
    began_8() { [ "$(began O-8)" = 1 ]; }
    check "one event, one instance, again" until_true 20 began_8
fi
rm "$here/secrets/timed"
kill -HUP "$pid"
is_closed() { has "$(python3 "$top_srcdir/tests/e2e/ask.py" POST "$door/hooks/timed" --data '{}')" "503"; }
check "a source whose secret is gone is closed, and says so" until_true 20 is_closed
check "the others stay" has "$(post m-7 O-7)" "202"
check "no secret is in the log" sh -c '! grep -q hush "$1"' - "$here/err"
check "nor in the database" sh -c 'pg_dump -d "$(cat "$1/.flow/conninfo")" >"$1/dump" && grep -q hooks/portal "$1/dump" && ! grep -q hush "$1/dump"' - "$here"
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
