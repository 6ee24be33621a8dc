#!/bin/bash
# Would each rule of the compiler be missed? A rule is a place that says a diagnostic; it is missed when at least
# one pair of tests/golden/check (or an example of `flowc explain`) shows what it says: pairs are compared word for
# word, so that without the rule the pair would fail.
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
top_builddir=$(cd "${top_builddir:-.}" && pwd)
cd "$top_srcdir/tests/golden/check" || exit 1
# Met by other means than a wrong flow: bounds, what cannot happen, what is not built.
allowed='F0007|F0991'
found=$(mktemp) && rules=$(mktemp) || exit 1
trap 'rm -f "$found" "$rules"' EXIT

"$top_builddir/tests/golden/rules" ./*.flow ./*.bind >"$found" || exit 1
for file in "$top_srcdir"/dsl/*.c "$top_srcdir"/dsl/parser.y; do
    grep -nE '\bdiag_add\(' "$file" | grep -v '#define' | sed "s|^|${file##*/}:|"
done >"$rules"
# A call that goes over several lines may be told by its last: the rule is the last one that begins before.
awk -v FOUND="$found" -v ALLOWED="$allowed" -v TOP="$top_srcdir" '
    BEGIN {
        while ((getline line < FOUND) > 0) { split(line, at, ":"); hits[at[1]] = hits[at[1]] " " at[2] }
    }
    { split($0, at, ":"); n++; file[n] = at[1]; line_of[n] = at[2]; text[n] = $0 }
    END {
        for (i = 1; i <= n; i++) {
            next_line = file[i + 1] == file[i] ? line_of[i + 1] : 1e9
            count = split(hits[file[i]], hit, " ")
            is_hit = 0
            for (k = 1; k <= count; k++) is_hit += hit[k] + 0 >= line_of[i] + 0 && hit[k] + 0 < next_line + 0
            if (!is_hit) {
                source = TOP "/dsl/" file[i]; words = ""
                cmd = "sed -n " line_of[i] "," line_of[i] + 3 "p " source
                while ((cmd | getline said) > 0) words = words said
                close(cmd)
                if (words ~ ALLOWED) is_hit = 1
                else print "nobody would miss " file[i] ":" line_of[i]
            }
            if (is_hit) passed++; else failed++
        }
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || passed == 0
    }' "$rules"
