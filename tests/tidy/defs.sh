#!/bin/sh
# Every row of a .def ends in a sentence for people, and no row stands twice.
cd "${top_srcdir:-.}" || exit 1
bad=0
for def in $(git ls-files | grep '\.def$'); do
    head -1 "$def" | grep -q '/\*' || { echo "$def: does not open with a sentence"; bad=1; }
    awk -v def="$def" '
        /^\/\*/ { comment = 1 }
        comment { if (/\*\//) comment = 0; next }
        /^[ \t]*(#.*)?$/ { next }
        /^[A-Z_]+\(/ { row = ""; at = FNR }
        {
            row = row $0
            if (row !~ /\)[ \t]*(\/\*.*\*\/)?$/) next
            if (row ~ /^(SUITE|EDGE)\(/) next
            if (row !~ /"/) { printf "%s:%d: a row without a sentence: %s\n", def, at, row; bad = 1 }
            if (seen[row]++) { printf "%s:%d: said twice\n", def, at; bad = 1 }
        }
        END { exit bad }' "$def" || bad=1
done
exit $bad
