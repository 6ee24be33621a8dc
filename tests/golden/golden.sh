#!/bin/sh
# What the compiler says about texts, pair by pair: NAME.flow (or .bind, .json) and NAME.out. UPDATE=1 blesses.
# With words as arguments, only the pairs whose names contain one of them.
top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd) || exit 1
top_builddir=${top_builddir:-.}
flowc=$(cd "$top_builddir" && pwd)/flowc
passed=0
failed=0
got=$(mktemp) || exit 1
trap 'rm -f "$got" "$got".*' EXIT

explored() { # FILE: what is found, and what its counterexamples say as tests
    "$flowc" explore --color never "$1" > "$got.explored"
    code=$?
    cat "$got.explored"
    { cat "$1" && awk '/^test /, /^}/' "$got.explored"; } > "$got.flow"
    if grep -q '^test ' "$got.explored"; then
        echo "--- played as tests"
        "$flowc" check --color never "$got.flow" &&
            "$flowc" test --color never --filter ': counterexample' "$got.flow" | sed '/^coverage of /,/^[0-9]/{/^[0-9]/!d}' |
            sed 's|/[^ ]*/tmp[^ :]*|FILE|'
    fi
    return $code
}

say() { # KIND FILE: what is compared
    case $1 in
    lex | ast | ir) "$flowc" dump "$1" --color never -I world "$2" ;;
    check) # lints only where they are what it is about
        case $2 in
        F09* | F0311*) "$flowc" check --color never --lint -I world "$2" ;;
        *) "$flowc" check --color never -I world "$2" ;;
        esac ;;
    promised)
        case $2 in
        F09* | F0311*) lints=--lint ;;
        *) lints= ;;
        esac
        "$flowc" check --color never $lints -I ../../../flows "$2" ;;
    fmt) "$flowc" fmt - < "$2" ;;
    fix) "$flowc" fix --color never - < "$2" ;;
    test) "$flowc" test --color never "$2" ;;
    sequence) "$flowc" sequence "$2:" ;;
    schema)
        case $2 in
        *.json) "$flowc" schema import "$2" ;;
        *) for type in Kinds Beyond Came probe; do "$flowc" schema export $type "$2" || break; done ;;
        esac
        ;;
    graph)
        for form in --dot --mermaid --json --undo --data "--undo --json"; do
            echo "---- $form"
            "$flowc" graph $form "$2" || break
        done
        ;;
    explore) explored "$2" ;;
    versions)
        "$flowc" check --color never -I world --against "${2%.flow}.old.flow" "$2" || echo "exit $?"
        "$flowc" diff -I world "${2%.flow}.old.flow" "$2"
        ;;
    simulate) "$flowc" simulate "$2" < "${2%.flow}.script" ;;
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

for kind in lex ast check promised fix fmt ir test sequence graph explore simulate versions schema; do
    cd "$top_srcdir/tests/golden/$kind" || exit 1
    for file in *.flow *.bind *.json; do
        [ -f "$file" ] || continue
        case $file in *.old.flow) continue ;; esac
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
# The page of all diagnostics is what `flowc explain --markdown` writes.
if wanted docs/DIAGNOSTICS.md "$@"; then
    page=$top_srcdir/docs/DIAGNOSTICS.md
    "$flowc" explain --markdown > "$got"
    [ -z "$UPDATE" ] || cp "$got" "$page"
    if diff -u "$page" "$got"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
