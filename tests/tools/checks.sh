# What the scripts of this folder say: `it`, `so`, and the counts at the end. Sourced.
passed=0 failed=0
NO_COLOR=1
export NO_COLOR
unset FLOW_ACTOR

held() { passed=$((passed + 1)); }
fell() {
    failed=$((failed + 1))
    echo "FAILED: $1"
}

# it SENTENCE STATUS PATTERN ARG…: `flowctl ARG…` exits with STATUS, and stdout with stderr behind it
# matches PATTERN (extended regular expression over one line, ~ for line ends; "" for any).
it() {
    sentence=$1 status=$2 pattern=$3
    shift 3
    "$flowctl" "$@" >out 2>err </dev/null
    got=$?
    if [ "$got" = "$status" ] && cat out err | tr '\n' '~' | grep -qE -e "${pattern:-.*}"; then
        held
    else
        fell "$sentence"
        echo "    flowctl $*"
        echo "    exit $got, wanted $status; wanted /$pattern/ in:"
        cat out err | sed 's/^/    /'
    fi
}

# so SENTENCE EXPR: a python expression over what was printed last, as JSON in `d`.
so() {
    if python3 -c "import json,sys; d=json.load(open('out')); sys.exit(0 if ($2) else 1)" 2>/dev/null; then
        held
    else
        fell "$1"
        echo "    not so: $2"
        sed 's/^/    /' out
    fi
}

sql() { psql "$FLOW_DB" -qAtc "$1"; }

counts() {
    echo
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
