#!/bin/sh
# Each tests/golden/ir/NAME.flow becomes the image that NAME.out shows. UPDATE=1 blesses what comes out.
top_srcdir=${top_srcdir:-.} top_builddir=${top_builddir:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$top_srcdir/tests/golden/ir" || exit 1
passed=0 failed=0
for flow in *.flow; do
    want=${flow%.flow}.out
    if ! "$top_builddir/flowc" dump ir "$flow" >"$work/got" 2>"$work/said"; then
        echo "$flow: not compiled"
        cat "$work/said"
        failed=$((failed + 1))
    elif [ -n "$UPDATE" ]; then
        cp "$work/got" "$want"
        passed=$((passed + 1))
    elif diff -u "$want" "$work/got"; then
        passed=$((passed + 1))
    else
        echo "$flow: another image than $want says (UPDATE=1 blesses it)"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
