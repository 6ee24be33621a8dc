#!/bin/sh
# Every source file opens with a sentence, is named in its folder's README, and is built.
cd "${top_srcdir:-.}" || exit 1
bad=0
complain() { echo "$1"; bad=1; }
for file in $(git ls-files engine dsl adapters tools tests | grep -E '\.(c|h|l|y)$'); do
    head -3 "$file" | grep -q '/\*' || complain "$file: does not open with a sentence"
done
for file in $(git ls-files engine dsl adapters tools flows | grep -E '\.(c|h|l|y|def|sql|flow|bind|py|awk)$'); do
    folder=$(dirname "$file")
    while [ ! -f "$folder/README.md" ] && [ "$folder" != . ]; do folder=$(dirname "$folder"); done
    [ "$folder" != . ] || { complain "$file: its folder has no README.md"; continue; }
    name=$(basename "$file")
    stem=${name%.*}
    grep -qE "(^|[^A-Za-z0-9_])($name|$stem)([^A-Za-z0-9_]|\$)" "$folder/README.md" ||
        complain "$file: not named in $folder/README.md"
done
built=$(git ls-files | grep -E '(\.mk|Makefile\.am)$' | xargs cat)
for file in $(git ls-files engine dsl adapters tools tests | grep -E '\.(c|l|y)$'); do
    printf '%s\n' "$built" | grep -qF "$(basename "$file")" || complain "$file: nothing builds it"
done
exit $bad
