#!/bin/bash
# What README.md and docs/*.md show is so: flows and environments compile, wrong ones are told what the page
# tells, and what README.md asks a newcomer to type does what it says.
#
#   ```flow [NAME.flow]            checks clean, and is laid out the one way; later blocks of the page may `use` it
#   ```json NAME.json            a file that later blocks of the page read
#   ```flow wrong F0102 [NAME]     gives that code; a ```text right behind it is exactly what `flowc check` says
#   ```sh run                      is typed, in one shell and in order; each line of a ```text behind it is printed
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # `sh docs.sh` too
set -u
here=$(cd "$(dirname "$0")" && pwd)
top_srcdir=$(cd "${top_srcdir:-$here/../..}" && pwd) || exit 1
top_builddir=$(cd "${top_builddir:-.}" && pwd)
PATH=$top_builddir:$PATH
export NO_COLOR=1 FLOW_HTTP=off # the door's port may be taken; nothing here goes through it
unset FLOW_DB FLOW_ACTOR PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGURL
work=$(mktemp -d "${TMPDIR:-/tmp}/docs.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # whoever PostgreSQL runs as must reach it
mkdir "$work/blocks"
passed=0 failed=0

held() { passed=$((passed + 1)); }
fell() { # PLACE SENTENCE FILE
    failed=$((failed + 1))
    echo "FAILED: $1: $2"
    [ $# -lt 3 ] || sed 's/^/    /' "$3"
}

name_of() { # DEFAULT WORD…: the word that names a file
    local name=$1 word
    shift
    for word; do case $word in *.flow | *.bind) name=$word ;; esac; done
    echo "$name"
}

right() { # PLACE FILE
    if ! flowc check "$2" >said 2>&1 || [ -s said ]; then
        fell "$1" "does not check clean" said
    elif ! flowc fmt --check "$2" >said 2>&1; then
        flowc fmt - <"$2" >said
        fell "$1" "is laid out otherwise:" said
    else
        held
    fi
}

wrong() { # PLACE FILE CODE
    flowc check "$2" >said 2>&1
    if grep -qF "[$3]" said; then held; else fell "$1" "does not give $3, but:" said; fi
}

# Read first, typed later: what a page asks for, and what it shows behind it.
typed=()
declare -A shown places
folder=$work
before=
while IFS=$'\t' read -r n page line info; do
    place=$page:$line
    folder=$work/$page
    mkdir -p "$folder"
    cd "$folder" || exit 1
    read -r -a words <<<"$info"
    was=$before before=
    case $info in
    'json '*.json) cp "$work/blocks/$n" "${words[1]}" ;;
    'flow wrong '*)
        file=$(name_of wrong.flow "${words[@]}")
        cp "$work/blocks/$n" "$file"
        wrong "$place" "$file" "${words[2]}"
        before=wrong
        ;;
    flow | 'flow '*.flow | bind | 'bind '*.bind)
        file=$(name_of "part_$n.${words[0]}" "${words[@]}")
        cp "$work/blocks/$n" "$file"
        right "$place" "$file"
        cat "$file" >>"$work/right"
        ;;
    'sh run')
        typed+=("$n")
        places[$n]=$place
        before=$n
        ;;
    text)
        if [ "$was" = wrong ]; then
            if diff "$work/blocks/$n" said >differs; then held; else fell "$place" "is not what is said:" differs; fi
        elif [ -n "$was" ]; then
            shown[$was]=$n
        fi
        ;;
    '' | sh) # said for people only: no place for a flow
        case $page in LANGUAGE.md | BINDINGS.md) fell "$place" "a fence says '$info', and nobody tries it" ;; esac
        ;;
    c | sql) ;; # other languages; tests/store/spread.py looks at the statements of DATA.md
    *) fell "$place" "a fence says '$info', which means nothing here" ;;
    esac
done < <(awk -v OUT="$work/blocks" -f "$here/blocks.awk" "$top_srcdir/README.md" "$top_srcdir"/docs/*.md)

# ---- every word, phrase and function of the language stands in an example that compiles
while read -r word; do
    if grep -qE "$(sed -E 's/^([a-z_]+)\($/(^|[^a-z_0-9.])\1\\(/; t; s/ / +/g; s/.*/(^|[^a-z_0-9.])&([^a-z_0-9]|$)/' <<<"$word")" "$work/examples"; then
        held
    else
        fell "docs" "no example that compiles says '$word'"
    fi
done < <(sed 's/[ \t]*#.*//' "$work/right" >"$work/examples"; awk -f "$here/words.awk" "$top_srcdir"/dsl/{lexer.l,words.def,ir_builtins.def})

# ---- what is typed, as a newcomer would: one shell, an empty folder
flowd=
leave() {
    local pid
    [ -z "$flowd" ] || { kill "$flowd" && wait "$flowd"; } 2>/dev/null
    # An engine that was killed and did not come back leaves its PostgreSQL to the next one.
    for pid in "$work"/*/.flow/pg/data/postmaster.pid; do
        [ ! -f "$pid" ] || kill -QUIT "$(head -1 "$pid")" 2>/dev/null
    done
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM
( # nobody waits for ever
    trap 'kill $!; exit' TERM
    sleep 500 &
    wait $!
    kill -TERM $$
) >/dev/null 2>&1 &
watch=$!
set +m
for n in ${typed[@]+"${typed[@]}"}; do
    cd "$work/${places[$n]%:*}" || exit 1
    . "$work/blocks/$n" >"$work/said" 2>&1 </dev/null
    status=$?
    if [ $status -ne 0 ] && [ -z "${shown[$n]:-}" ]; then
        fell "${places[$n]}" "ends with $status" "$work/said"
    elif [ -n "${shown[$n]:-}" ] && ! awk -f "$here/shown.awk" "$work/blocks/${shown[$n]}" "$work/said" >"$work/missing"; then
        fell "${places[$n]}" "does not say: $(cat "$work/missing")" "$work/said"
    else
        held
    fi
done
kill $watch 2>/dev/null

echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
