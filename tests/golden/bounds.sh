#!/bin/sh
# The bounds of the compiler, each from both sides: just what it takes is taken, one more is said and not suffered.
# `bounds.sh --texts FOLDER` only writes those with one more, for mutate.sh.
top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
flowc=$top_builddir/flowc
passed=0
failed=0

limit() { # NAME: as engine/base/limits.def has it
    awk -F'[(,]' -v NAME="$1" '$2 == NAME { split($3, part, "<<"); print part[2] == "" ? part[1] + 0 : part[1] * 2 ^ part[2] }' \
        "$top_srcdir/engine/base/limits.def"
}

many() { # COUNT TEXT
    awk -v N="$1" -v TEXT="$2" 'BEGIN { for (i = 1; i <= N; i++) { text = TEXT; if (TEXT ~ /%/) gsub(/%/, i, text); printf "%s", text } }'
}

flow_of() { printf 'flow f version 1 (n: int) {\n%s\n}\n' "$1"; }

# ---- the texts: each takes how many there are of what is bounded ----

words() {
    printf 'flow f version 1 (%s) { ' "$([ $(($1 % 2)) = 1 ] && echo n: int)"
    many $((($1 - 8) / 2)) 'note"x" '
    printf '}\n'
}
states() {
    printf 'flow f version 1 (n: int) {\nstate first { %s go to z }\n' "$(many $(($1 - 2)) 'if n is % { go to s% } ')"
    printf '%s\nfinal z\n}\n' "$(many $(($1 - 2)) 'state s% { go to z } ')"
}
tree() { # calls in sums in calls: fewer brackets, and shorter sums, than are allowed
    printf 'function f(n: int): int = 1\nfunction g(): int = %s1' "$(many 7 'f(n: ')"
    many 6 "$(many 150 ' + 1'))"
    printf '%s)\n' "$(many "$(($1 - 917))" ' + 1')"
}
bytes() {
    printf 'function f(): int = 1\n# '
    head -c $(($1 - 24)) /dev/zero | tr '\0' x
}
files() { # its own among them
    many $(($1 - 1)) 'use u%\n'
    printf 'function f(): int = 1\n'
    for i in $(seq $(($1 - 1))); do printf 'function f%s(): int = 1\n' "$i" >"$folder/u$i.flow"; done
}
name() { printf 'function %s(): int = 1\n' "$(many "$1" n)"; }
brackets() { printf 'function f(): int = %s1%s\n' "$(many "$1" '(')" "$(many "$1" ')')"; }
levels() { printf 'function f(): int = 1%s\n' "$(many "$1" ' + 1')"; }
blocks() { flow_of "$(many $(($1 - 1)) 'if n > 0 { ')note \"deep\"$(many $(($1 - 1)) '}')"; }
branches() { printf 'function f(n: int): int = %s0\n' "$(many "$1" 'if n is % then 1 else ')"; }
mistakes() { flow_of "$(many "$1" 'set v% = 1
')"; }
fields() { printf 'type R { %s }\n' "$(many "$1" 'a%: int ')"; }
cases() { printf 'type C = %s\n' "$(many "$1" ' | c%' | cut -c4-)"; }
parameters() { printf 'function f(%s): int = 1\n' "$(many "$1" ', p%: int' | cut -c3-)"; }
loops() { # each takes three places of an expression
    printf 'flow f version 1 (xs: list of int) {\n    let ys = [1 for a in xs'
    many $(($1 - 1)) ',
a% in xs'
    printf ']\n    if 1 in ys { note "one" }\n}\n'
}
places() { flow_of "for each x in [n], 2 at once { $(many $(($1 - 1)) 'let l% = x
') }"; }

# ---- what is said of them ----

report() { # NAME HAS WANTED FILE
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "$1: wanted \"$3\", got \"$2\""
    fi
}

said() { # FILE: the first line, and how many more there were
    "$flowc" check --color never "$1" 2>&1 | sed -n '1p;/^… and/p' | tr '\n' ' ' | sed 's/ $//'
}

bound() { # TEXT TAKEN WHAT [ONE MORE]: what is said of one more
    "$1" "${4:-$(($2 + 1))}" >"$folder/$1.flow"
    [ -n "$only_texts" ] && return
    report "$1, one more" "$(said "$folder/$1.flow")" "$3"
    "$1" "$2" >"$folder/just_$1.flow"
    report "$1, just" "$(said "$folder/just_$1.flow")" ""
}

all_bounds() {
    bound bytes "$(limit SOURCE_BYTES)" "flowc: $folder/bytes.flow has more than $(limit SOURCE_BYTES) bytes"
    bound words "$(limit WORDS)" "error[F0007]: more than $(limit WORDS) words in a file"
    bound states "$(limit STATES)" "error[F0007]: more than $(limit STATES) states"
    bound tree "$(limit TREE_DEPTH)" "error[F0007]: nested more than $(limit TREE_DEPTH) deep"
    bound files "$(limit SOURCES)" "error[F0007]: more than $(limit SOURCES) files"
    bound name "$(limit NAME_BYTES)" "error[F0007]: a name of more than $(limit NAME_BYTES) characters"
    bound brackets "$(limit EXPR_DEPTH)" "error[F0007]: brackets nested more than $(limit EXPR_DEPTH) deep"
    bound levels "$(limit EXPR_DEPTH)" "error[F0007]: an expression of more than $(limit EXPR_DEPTH) levels"
    bound blocks "$(limit EXPR_DEPTH)" "error[F0007]: brackets nested more than $(limit EXPR_DEPTH) deep"
    for parts in fields cases parameters; do
        bound $parts "$(limit MEMBERS)" "error[F0007]: more than $(limit MEMBERS) fields, cases or parameters"
    done
    bound loops 481 "error[F0007]: \`f\` has an expression with too many loops in it"
    bound places "$(limit FRAME_PLACES)" \
        "error[F0007]: \`f\` has an iteration, branch, choice or undo block of more than $(limit FRAME_PLACES) names"
}

if [ "$1" = --texts ]; then
    only_texts=1
    folder=$2
    all_bounds
    exit
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
all_bounds

# Of many mistakes as many are said as anybody reads, and the rest is counted.
most=$(limit DIAGNOSTICS)
mistakes "$most" >"$folder/just.flow"
report "diagnostics, just" "$("$flowc" check "$folder/just.flow" 2>&1 | grep -c '^error')" "$most"
report "diagnostics, just" "$("$flowc" check "$folder/just.flow" 2>&1 | grep '^…')" ""
mistakes $((most + 3)) >"$folder/more.flow"
report "diagnostics, three more" "$("$flowc" check "$folder/more.flow" 2>&1 | grep -c '^error')" "$most"
report "diagnostics, three more" "$("$flowc" check "$folder/more.flow" 2>&1 | grep '^…')" "… and 3 more"

# A file that is there and cannot be taken is not "no file".
bytes $(($(limit SOURCE_BYTES) + 1)) >"$folder/large.flow"
printf 'use large\n' >"$folder/uses.flow"
report "a used file, one more" "$(said "$folder/uses.flow")" "error[F0101]: \`large.flow\` cannot be read"

# An expression that takes more operations than one may is `bad_value`, which a flow may answer.
fuel() { # LENGTH: of a list that is walked once for each of its members
    printf 'flow f version 1 () gives int {\n    var n: int = 0\n    var xs: list of int = [1'
    many $(($1 - 1)) ', 1'
    printf ']\n    state counting {\n        set n = count(1 for x in xs, y in xs, z in [1, 2])\n'
    printf '        go to counted\n        on error bad_value go to too_much\n    }\n'
    printf '    final counted { give n }\n    final too_much { give 0 }\n}\n'
    printf 'test "counts" for f { start ()  expect state %s }\n' "$2"
}
for end in "100 counted" "1000 too_much"; do
    # shellcheck disable=SC2086
    fuel $end >"$folder/fuel.flow"
    report "fuel for $end" "$("$flowc" test --color never "$folder/fuel.flow" 2>&1 | tail -1)" "1 passed, 0 failed"
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
