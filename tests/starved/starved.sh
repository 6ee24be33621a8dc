#!/bin/sh
# Whichever allocation fails, the program says so and ends with 1; it never crashes, and never passes off half as whole.
flowc=$(cd "${top_builddir:-.}" && pwd)/tests/starved/flowc
cd "${top_srcdir:-.}" || exit 1
passed=0 failed=0
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT

# starve ARG…: every one of the first 40 allocations, then ever wider apart, until none fails.
starve() {
    "$flowc" "$@" >"$out/whole" 2>"$out/whole.err"
    wanted=$?
    n=1
    while [ $n -lt 1000000 ]; do
        STARVE_AT=$n "$flowc" "$@" >"$out/got" 2>"$out/err"
        got=$?
        if [ $got -eq 1 ] && grep -q '^flowc: out of memory$' "$out/err"; then
            passed=$((passed + 1))
        elif [ $got -eq $wanted ] && cmp -s "$out/whole" "$out/got" && cmp -s "$out/whole.err" "$out/err"; then
            passed=$((passed + 1))
            break
        else
            failed=$((failed + 1))
            echo "FAIL  flowc $*, allocation $n: status $got"
            tail -3 "$out/err"
            [ $failed -ge 5 ] && break
        fi
        n=$((n + (n < 40 ? 1 : n / 8)))
    done
    [ $n -gt 3 ] || { failed=$((failed + 1)); echo "FAIL  flowc $*: nothing was starved"; }
}

starve check flows/order_to_cash.flow flows/dev.bind
starve check --json tests/golden/check/F0102_mismatch.flow
starve fmt --check flows/systems.flow
starve dump ir flows/order_to_cash.flow
starve test flows/order_to_cash.flow
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
