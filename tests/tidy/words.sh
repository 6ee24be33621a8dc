#!/bin/sh
# Words that only the file that owns them may say (tests/tidy/words.txt).
cd "${top_srcdir:-.}" || exit 1
bad=0
while read -r word owners; do
    case $word in ''|'#'*) continue ;; esac
    files=$(git ls-files engine dsl adapters tools | grep -E '\.(c|h|l|y)$')
    for owner in $owners; do
        files=$(printf '%s\n' "$files" | grep -vxF "$owner")
    done
    # A comment may name a word: lines that begin one, or hold one before it, are left out.
    found=$(printf '%s\n' "$files" | xargs -r grep -nHE "$word" 2>/dev/null |
        grep -vE '^[^:]*:[0-9]+: *(/?\*|//)' | grep -vE '(/\*|//).*'"$word")
    if [ -n "$found" ]; then
        printf '%s\n' "$found" | sed "s|\$|   <- only in: $owners|"
        bad=1
    fi
done < tests/tidy/words.txt
exit $bad
