#!/bin/sh
# Every fuzz target on its seeds, its corpus and their mutants; a target that dies is a failure.
bin=${top_builddir:-.}/tests/fuzz corpus=${top_srcdir:-.}/tests/fuzz/corpus
passed=0 failed=0
for target in json ir eval wire flow; do
    more=
    [ $target = flow ] && more=${top_srcdir:-.}/flows
    if out=$("$bin/fuzz_$target" "$corpus/$target" $more 2>&1); then
        passed=$((passed + 1))
        echo "ok    fuzz_$target: $(echo "$out" | tail -1)"
    else
        failed=$((failed + 1))
        echo "FAIL  fuzz_$target"
        printf '%s\n' "$out" | tail -30
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
