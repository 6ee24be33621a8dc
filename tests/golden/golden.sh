#!/bin/sh
# What the compiler says about texts, pair by pair: NAME.flow (or .bind) and NAME.out. UPDATE=1 blesses.
# With words as arguments, only the pairs whose names contain one of them.
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=${top_builddir:-.}
flowc=$(cd "$top_builddir" && pwd)/flowc
passed=0
failed=0
got=$(mktemp) || exit 1
trap 'rm -f "$got" "$got.again"' EXIT

say() { # KIND FILE: what is compared
    case $1 in
    lex | ast | ir) "$flowc" dump "$1" --color never -I world "$2" ;;
    check) "$flowc" check --color never --lint -I world "$2" ;;
    fmt) "$flowc" fmt - < "$2" ;;
    test) "$flowc" test --color never "$2" ;;
    graph)
        for form in --dot --mermaid --json --undo --data "--undo --json"; do
            echo "---- $form"
            "$flowc" graph $form "$2" || break
        done
        ;;
    graph)
        for form in --dot --mermaid --json --undo --data "--undo --json"; do
            echo "---- $form"
            "$flowc" graph $form "$2" || break
        done
        ;;
    esac 2>&1
    code=$?
    [ $code -eq 0 ] || echo "exit $code"
}

wanted() { # NAME WORD…
    name=$1
    shift
    [ $# -eq 0 ] && return 0
    for word; do case $name in *"$word"*) return 0 ;; esac; done
    return 1
}

for kind in lex ast check fmt ir test graph; do
    cd "$top_srcdir/tests/golden/$kind" 2>/dev/null || continue
    for file in *.flow *.bind; do
        [ -f "$file" ] || continue
        wanted "$kind/$file" "$@" || continue
        out=${file%.*}.out
        say $kind "$file" > "$got"
        if [ -n "$UPDATE" ]; then
            cp "$got" "$out"
        elif ! diff -u "$out" "$got"; then
            echo "not as before: tests/golden/$kind/$file"
            failed=$((failed + 1))
            continue
        fi
        if [ $kind = fmt ] && ! { "$flowc" fmt - < "$got" > "$got.again" && cmp -s "$got" "$got.again"; }; then
            echo "laid out again it is another: tests/golden/fmt/$file"
            failed=$((failed + 1))
            continue
        fi
        passed=$((passed + 1))
    done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
