#!/bin/bash
# What is wrong with flows, for programs and over time: check --json, --sarif, -Werror, --watch; fix.
top_srcdir=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd)
top_builddir=$(cd "${top_builddir:-.}" && pwd)
flowctl=$top_builddir/flowc # `it` starts it
work=$(mktemp -d) || exit 1
watch=
leave() {
    [ -z "$watch" ] || kill "$watch" 2>/dev/null
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
. "$top_srcdir/tests/tools/checks.sh"

silent() { # SENTENCE ARG…: says nothing and ends with 0
    sentence=$1
    shift
    if said=$("$flowctl" "$@" 2>&1) && [ -z "$said" ]; then held; else fell "$sentence: $said"; fi
}

cat >wrong.flow <<'END'
flow small version 1 (order: text) {
    state working {
        note "{ordre}"
        if order == "x" { go to done }
        go to done
    }
    final done
    final never
}
END
cat >warned.flow <<'END'
flow small version 1 (order: text) {
    state working {
        go to done
        note "never"
    }
    final done
}
END
cat >right.flow <<'END'
flow small version 1 (order: text) {
    state working { go to done }
    final done
}
END

it "errors end with 20" 20 'F0101.*F0004.*F0201' check wrong.flow
it "a warning is no error" 0 'F0205' check warned.flow
it "unless it shall be one" 21 'F0205' check -Werror warned.flow
silent "what is right says nothing" check right.flow
it "other -W are not known" 2 'Werror' check -Wall right.flow

it "programs get an array" 20 '^\[' check --json wrong.flow
so "of three" 'len(d) == 3'
so "with all that the contract names" 'all(set("code severity message file line column end_line end_column why help related".split()) <= set(o) for o in d)'
so "in the order of the source" '[o["line"] for o in d] == [3, 4, 8]'
so "with places in code points" '(d[0]["line"], d[0]["column"], d[0]["end_line"], d[0]["end_column"]) == (3, 16, 3, 21)'
so "and its help as edits" 'd[0]["edits"][0]["text"] == "order" and d[0]["sure"] is True'
so "related places have a file and a message" 'all(set(r) == {"file", "line", "column", "message"} for o in d for r in o["related"])'
it "no mistakes are an empty array" 0 '^\[\]' check --json right.flow

it "SARIF is JSON too" 20 '2\.1\.0' check --sarif wrong.flow
so "of version 2.1.0, with one run" 'd["version"] == "2.1.0" and len(d["runs"]) == 1'
so "each code is a rule" 'len({r["id"] for r in d["runs"][0]["tool"]["driver"]["rules"]}) == len(d["runs"][0]["tool"]["driver"]["rules"]) > 60'
so "each result names its rule" 'all(d["runs"][0]["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in d["runs"][0]["results"])'
so "levels are those that SARIF knows" 'all(r["level"] in ("none", "note", "warning", "error") for r in d["runs"][0]["results"])'
so "places have lines and columns" 'd["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 16, "endLine": 3, "endColumn": 21}'
so "help is a fix" 'd["runs"][0]["results"][1]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "is"'
mkdir 'two words' && cp wrong.flow 'two words/ä.flow'
it "a path becomes a URI" 20 'two%20words/%C3%A4\.flow' check --sarif 'two words/ä.flow'

it "fix says what it would do" 30 'wrong.flow: 2 mended' fix --check wrong.flow
it "and what it did, and what is left" 20 'wrong.flow: 2 mended.*F0201' fix wrong.flow
it "the names are right now" 20 '^error\[F0201\][^[]*$' check wrong.flow
silent "what is right stays as it is" fix right.flow
it "a file that is not there is said" 3 'cannot read' fix nowhere.flow

it "a code is explained with both examples" 0 'wrong:.*error\[F0301\].*right:' explain F0301
it "in small letters too" 0 'F0301' explain f0301
it "an unknown one is not" 3 'there is no diagnostic F9999' explain F9999

# ---- watching
until_said() { # WORD: waits until it has been said
    tries=0
    until grep -q "$1" said; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || return 1
        kill -0 "$watch" 2>/dev/null || return 1
        read -r -t 0.1 _ <>tick
    done
    return 0
}
mkfifo tick
"$flowctl" check --watch right.flow >said 2>&1 </dev/null &
watch=$!
if until_said 'all is well; watching'; then held; else fell "a watcher says that all is well"; fi
cp warned.flow right.flow
if until_said F0205; then held; else fell "a watcher sees the change"; fi
kill "$watch" && wait "$watch" 2>/dev/null
watch=
counts
