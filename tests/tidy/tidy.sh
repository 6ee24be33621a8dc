#!/bin/sh
# Every rule about how the tree is written, one line each; `make tidy`.
here=${top_srcdir:-.}/tests/tidy
passed=0 failed=0
rule() {
    name=$1
    shift
    if out=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name"
        printf '%s\n' "$out" | head -"${TIDY_LINES:-40}" | sed 's/^/      /'
    fi
}
layers() {
    (cd "${top_srcdir:-.}" && git ls-files engine dsl adapters tools | grep -E '\.([chyl])$' |
        xargs awk -f tests/tidy/layers.awk tests/tidy/layers.txt)
}
rule "a layer includes only what it may" layers
rule "some words belong to one file" sh "$here/words.sh"
rule "every header compiles alone" sh "$here/headers.sh"
rule "every row of a table says what it is" sh "$here/defs.sh"
rule "every file opens with a sentence and is known" python3 "$here/files.py"
rule "the heart is pure" sh "$here/pure.sh"
rule "clang-format has nothing to say" sh "$here/format.sh"
echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
