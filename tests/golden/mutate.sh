#!/bin/sh
# Would each rule of the compiler be missed? A rule is a place that says a diagnostic: each by itself is made to keep
# silent, and some wrong text has to be answered otherwise then (rules.c). What is said differently is missed, since
# golden.sh compares word for word.
top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
cd "$top_srcdir/tests/golden" || exit 1
# Said only when the compiler itself is wrong: no text shows these.
cannot='F0991'

texts=$(mktemp -d) || exit 1
trap 'rm -rf "$texts"' EXIT
sh bounds.sh --texts "$texts"

for file in "$top_srcdir"/dsl/*.c "$top_srcdir"/dsl/parser.y "$top_srcdir"/dsl/lexer.l; do
    awk -v FILE="${file##*/}" -v CANNOT="$cannot" '
        # The code may stand on the line behind.
        at && !/diag_add\(/ && FNR == at + 1 { if ($0 !~ CANNOT) print FILE ":" at; at = 0 }
        /(^|[^_a-z])diag_add\(/ && !/define/ {
            if (at) print FILE ":" at
            at = FNR
            if (/DIAG_F/) { if ($0 !~ CANNOT) print FILE ":" at; at = 0 }
        }
        END { if (at) print FILE ":" at }' "$file"
done | "$top_builddir/tests/golden/rules" --missed check/*.flow check/*.bind "$texts"/[a-tw]*.flow $(ls versions/*.flow | grep -v '\.old\.flow$')
