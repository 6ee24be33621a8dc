#!/bin/sh
# Plays each NAME.script by its flow (the part before the first dot) and compares what is decided with NAME.out.
# UPDATE=1 writes the .out files: the diff is the review.
set -u
here=${top_srcdir:-.}/tests/golden/decision
player=${top_builddir:-.}/tests/golden/decision/decision_player
got=$(mktemp)
trap 'rm -f "$got"' EXIT
passed=0
failed=0
for script in "$here"/*.script; do
    name=$(basename "$script" .script)
    case ${1:-} in
    '') ;;
    *) case $name in *"$1"*) ;; *) continue ;; esac ;;
    esac
    if ! "$player" "$here/${name%%.*}.flow" "$script" >"$got" 2>&1; then
        echo "not ok $name: it cannot be played"
        tail -n 12 "$got"
        failed=$((failed + 1))
    elif [ "${UPDATE:-}" = 1 ]; then
        cmp -s "$got" "$here/$name.out" || cp "$got" "$here/$name.out"
        passed=$((passed + 1))
    elif diff -u "$here/$name.out" "$got"; then
        passed=$((passed + 1))
    else
        echo "not ok $name"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
