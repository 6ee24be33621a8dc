#!/bin/sh
# The tests that the installed flows bring along hold, with the defaults and as dev.bind has it; and what flowc test
# writes for machines can be read.
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
flowc=$(cd "${top_builddir:-.}" && pwd)/flowc
cd "$top_srcdir/flows" || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0
so() { # SENTENCE COMMAND…
    sentence=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $sentence"
    fi
}
plays() { # ARGUMENT…: and at least one test is there
    "$flowc" test --color never "$@" >"$dir/out" 2>&1 && grep -q '^[1-9][0-9]* passed, 0 failed$' "$dir/out" && return 0
    cat "$dir/out"
    return 1
}
says() { grep -qE "$1" "$2" || { cat "$2"; return 1; }; } # PATTERN FILE
exits() { # STATUS ARGUMENT…
    want=$1
    shift
    "$flowc" test --color never "$@" >"$dir/out" 2>&1
    [ $? -eq "$want" ] || { cat "$dir/out"; return 1; }
}

for flow in *.flow; do
    grep -q '^test ' "$flow" || continue
    so "$flow with the defaults" plays "$flow"
    so "$flow as dev.bind has it" plays --bindings dev.bind "$flow"
done
so "one story of many" plays --filter 'newest first' --junit "$dir/one.xml" order_to_cash.flow
so "only that one is played" says '^1 passed' "$dir/out"
so "and is in the file for machines" says 'testsuite name="flowc test" tests="1" failures="0"' "$dir/one.xml"
so "a test that does not hold ends with 1" exits 1 --junit "$dir/more.xml" ../tests/golden/test/fails.flow
so "machines can read it" python3 -c "import sys, xml.etree.ElementTree as t; s = t.parse(sys.argv[1]).getroot()[0]; sys.exit(int(s.get('failures')) != len(s.findall('testcase/failure')))" "$dir/more.xml"
so "machines are told what was the case" says '<failure message="it is in paying">' "$dir/more.xml"
so "no test is no failure" exits 0 --filter 'no such name' order_to_cash.flow

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
