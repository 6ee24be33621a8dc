#!/bin/sh
# The explorations that the installed flows bring along hold; the bounds of an exploration are kept, and what machines
# read of it can be read.
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
flowc=$(cd "${top_builddir:-.}" && pwd)/flowc
cd "$top_srcdir/flows" || exit 1
planted=../tests/golden/explore
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0
# it SENTENCE STATUS PATTERN ARG…: `flowc explore ARG…` ends with STATUS, and says PATTERN.
it() {
    sentence=$1 status=$2 pattern=$3
    shift 3
    "$flowc" explore --color never "$@" >"$dir/out" 2>&1
    got=$?
    if [ "$got" = "$status" ] && grep -qE -e "$pattern" "$dir/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $sentence: exit $got"
        cat "$dir/out"
    fi
}
# so SENTENCE EXPR: a python expression over the JSON that was printed last, in `d`.
so() {
    if python3 -c "import json, sys; d = json.load(open(sys.argv[1])); sys.exit(not ($2))" "$dir/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $1"
        cat "$dir/out"
    fi
}

for flow in *.flow; do
    grep -q '^explore ' "$flow" || continue
    it "$flow with up to one fault" 0 '^[1-9][0-9]* passed, 0 failed$' --faults 1 "$flow"
done
it "a bound on states is kept" 6 'not finished: 20 states' --states 20 order_to_cash.flow
it "it says where most of them are" 6 '[0-9]% of them in [a-z_]+$' --states 2000 order_to_cash.flow
it "and what can be done" 6 'hint: .*shorter lists' --states 2000 order_to_cash.flow
it "a bound on time is kept" 6 'as much time as was given' --time 1ms --faults 3 order_to_cash.flow
it "faults are as many as asked for" 0 'up to no fault' --faults 0 $planted/two_faults.flow
it "with two of them it fails" 1 'found with 2 faults' --faults 2 --filter empty $planted/two_faults.flow
it "no exploration is no failure" 0 '^0 passed, 0 failed$' --filter 'no such name' order_to_cash.flow
it "faults are a number" 2 'faults wants a whole number' --faults many order_to_cash.flow
it "time is a duration" 2 'time wants a duration' --time soon order_to_cash.flow
it "what fails is told to machines" 1 . --json $planted/two_faults.flow
so "all of it" 'd[0]["verdict"] == "fails" and d[0]["faults"] == 2 and d[0]["problem"] == "1 effect stands"'
so "with a test" '"counterexample\" for two_faults {" in d[0]["test"]'
it "what holds too" 0 . --json $planted/holds.flow
so "with how much was walked" 'd[0]["verdict"] == "holds" and d[0]["states"] > 100 and d[0]["steps"] > d[0]["states"]'
cat >"$dir/idle.flow" <<'E'
flow idle version 1 (n: int) {
    state here { go to there }
    final there
}

explore "nothing" for idle {
    expect final there
}
E
it "an exploration without a start says so" 1 'it begins nothing' "$dir/idle.flow"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
