#!/bin/sh
# Plays by dice every flow of this folder and the shipped ones, SEEDS=200 games each unless told otherwise, and flows
# that are thrown themselves: FLOWS=100 of them, 20 games each.
here=${top_srcdir:-.}/tests/golden/decision
programs=${top_builddir:-.}/tests/golden/decision
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
i=1
while [ "$i" -le "${FLOWS:-100}" ]; do
    "$programs/throw" "$i" >"$dir/$i.flow" || exit 1
    i=$((i + 1))
done
{
    "$programs/wander" "${SEEDS:-200}" "$here"/*.flow "$here"/../../../flows/order_to_cash.flow \
        "$here"/../../../flows/drop_ship.flow "$here"/../../../flows/returns.flow
    cd "$dir" && "$(cd "$OLDPWD" && cd "$programs" && pwd)/wander" 20 ./*.flow
} | awk '{ passed += $1; failed += $3 } END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 || passed == 0 }'
