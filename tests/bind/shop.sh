#!/bin/sh
# Mapped operations against a shop with an interface of its own, over real HTTP.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

shop_port=$((port + 1))
mine=$top_srcdir/tests/bind
python3 "$mine/shop.py" "$shop_port" &
shop=$!
trap 'kill $shop; cleanup' EXIT
mkdir "$here/secrets"
echo hush-hush >"$here/secrets/shop"
sed "s/PORT/$shop_port/" "$mine/shop.bind" >"$here/shop.bind"
cp "$mine/shop.flow" "$here/shop.flow"

# buy CUSTOMER [SKU [MORE]]: how it ended.
n=0
buy() {
    n=$((n + 1))
    ctl start buy --data "{\"order\":{\"id\":\"$1\",\"customer\":\"$1\",\"lines\":[{\"sku\":\"${2:-P-1}\",\"quantity\":3,\
\"price\":{\"amount\":\"12.50\",\"currency\":\"USD\"}},{\"sku\":\"P-2\",\"quantity\":1,\"price\":{\"amount\":\"0.10\",\"currency\":\"USD\"}}]}${3:-}}" \
        --wait --timeout 30s -o json >/dev/null 2>"$here/bought"
    ctl show "$1" -o json | python3 -c 'import json,sys; s = json.load(sys.stdin); print(s["result"] or [p["problem"]["kind"] + ": " + p["problem"]["message"] for p in s["parked"]])'
}
seen() { python3 "$top_srcdir/tests/e2e/ask.py" GET "http://127.0.0.1:$shop_port/seen" | tail -n +2 | python3 -c "import json,sys; seen = json.load(sys.stdin); print($1)"; }

check "a flowd with its secrets" flowd_start --secrets "$here/secrets"
check "the flow and its mappings are deployed" ctl deploy "$here/shop.flow" --bindings "$here/shop.bind"
check "an order is placed: the answer's parts are the result" is "$(buy good)" "SO/good a 12.50 USD P-1+P-2"
check "the product was asked for by its path and query" is "$(seen '[s["method"] + " " + s["path"] for s in seen][0]')" "GET /api/products/P-1?fields=id%2Cname%2Cprice"
check "a get carries no body" is "$(seen 'seen[0]["body"] + seen[0]["headers"].get("content-length", "-")')" "-"
check "the order's body is shaped" is "$(seen 'json.dumps({k: v for k, v in json.loads(seen[1]["body"]).items() if k != "dedupe-key"}, sort_keys=True)')" \
    '{"buyer": {"id": "good"}, "note": null, "orderLines": [{"item": "P-1", "qty": 3, "unitPrice": 12.5}, {"item": "P-2", "qty": 1, "unitPrice": 0.1}], "reference": "good"}'
check "with the headers of the mapping, the adapter and the engine" is "$(seen '[seen[1]["headers"].get(h) for h in ("x-channel", "x-lines", "authorization", "correlation-id")]')" \
    "['orderly', '2', 'Bearer hush-hush', 'good']"
check "and the key, where the mapping wants it" is "$(seen 'json.loads(seen[1]["body"])["dedupe-key"] == seen[1]["headers"]["idempotency-key"]')" True
check "now is the moment of the call" is "$(seen 'seen[1]["headers"]["x-at"][:4]')" "$(date -u +%Y)"
check "a status names a declared error" is "$(buy gone GONE)" "no such product"
check "the second place stands in for the first" has "$(buy plain PLAIN; ctl history plain)" "Bolt costs 12.5 USD"
check "a field of the body names a declared error, with its data" is "$(buy broke)" "limit 99.5 USD"
check "one of several codes" is "$(buy late)" "sold out P-1"
check "a yes whose body names an error is that error" is "$(buy polite)" "sold out P-9"
check "a yes that does not fit is in doubt, and sent again with the same key" is "$(buy vague)" "SO/vague a 12.50 USD P-1+P-2"
check "  it was" is "$(seen 'len({s["headers"]["idempotency-key"] for s in seen if "\"vague\"" in s["body"]}), sum("\"vague\"" in s["body"] for s in seen)')" "1 2"
check "so is one that is no JSON" is "$(buy garbled)" "SO/garbled a 12.50 USD P-1+P-2"
check "a 500 is in doubt, whatever its body says" is "$(buy shaky)" "SO/shaky a 12.50 USD P-1+P-2"
check "a 503 is unavailable, whatever its body says" is "$(buy busy)" "SO/busy a 12.50 USD P-1+P-2"
check "a no that means nothing breaks the contract" has "$(buy strange)" "broken: HTTP 400"
check "with the other side's words" has "$(buy strange)" "the buyer is not known"
check "a read that does not fit is broken, and says where" has "$(buy odd ODD)" "/price/value: a decimal number is wanted, the text \"dear\" was found"
check "a part of a path is one part, whatever is in it" has "$(buy patient P-1 ',"patience":"PT1H"' & until_true 20 sh -c "FLOW_DB=\$(cat $here/.flow/conninfo) $flowctl show patient | grep -q SO/patient"; ctl cancel patient --reason "changed my mind" --wait >/dev/null; seen '[s["method"] + " " + s["path"] for s in seen if s["method"] == "DELETE"]')" \
    "DELETE /api/orders/SO%2Fpatient%20a"
check "the secret is in no log" sh -c '! grep -q hush "$1"' - "$here/err"
check "and not in the database" sh -c 'pg_dump -d "$(cat "$1/.flow/conninfo")" >"$1/dump" && grep -q shop "$1/dump" && ! grep -q hush "$1/dump"' - "$here"
flowd_stop
check "it drains and ends with 0" is "$status" 0
finish
