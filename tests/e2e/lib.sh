# What every end-to-end test says: a flowd of its own, steps that are sentences, a count at the end.
# Source it; then: given/check/…, and `finish` as the last line.
set -u
if [ -n "${CHECK_FAST:-}" ]; then echo "0 passed, 0 failed"; exit 77; fi
: "${top_srcdir:=.}" "${top_builddir:=.}"
export LC_ALL=C
here=$(mktemp -d "${TMPDIR:-/tmp}/orderly-e2e-XXXXXX")
chmod 755 "$here"
flowd=$top_builddir/flowd
flowctl=$top_builddir/flowctl
port=$((20000 + $$ % 20000))
door=http://127.0.0.1:$port
passed=0
failed=0
pid=

# flowd_start [OPTION…]: a flowd --dev in $here, ready.
flowd_start() {
    "$flowd" --dev --dir "$here/.flow" --http "127.0.0.1:$port" --beat 200ms "$@" >"$here/out" 2>>"$here/err" &
    pid=$!
    until_true 60 is_ready
}
is_ready() { [ "$(python3 "$top_srcdir/tests/e2e/ask.py" GET "$door/health/ready" | head -1)" = 200 ]; }
is_gone() { ! kill -0 "$pid" 2>/dev/null; }

# flowd_stop: in good order; its exit status is in $status.
flowd_stop() {
    kill -TERM "$pid"
    wait "$pid"
    status=$?
    pid=
}
flowd_kill() {
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    pid=
}

# until_true SECONDS COMMAND…: a condition with a deadline, never a fixed sleep.
until_true() {
    deadline=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

# check SENTENCE COMMAND…
check() {
    sentence=$1
    shift
    if "$@" >"$here/said" 2>&1; then
        passed=$((passed + 1))
        echo "ok   $sentence"
    else
        failed=$((failed + 1))
        echo "FAIL $sentence"
        sed 's/^/     /' "$here/said" | head -20
    fi
}

is() { [ "$1" = "$2" ] || { printf 'got  %s\nwant %s\n' "$1" "$2"; false; }; }
has() { case $1 in *"$2"*) ;; *) printf 'got  %s\nwant … %s …\n' "$1" "$2"; false ;; esac; }

# http METHOD PATH [ask.py's own…]: the body; the status is in $here/code.
http() {
    method=$1 path=$2
    shift 2
    python3 "$top_srcdir/tests/e2e/ask.py" "$method" "$door$path" --token "$(token)" "$@" >"$here/answer"
    head -1 "$here/answer" >"$here/code"
    tail -n +2 "$here/answer"
}
code() { cat "$here/code"; }
token() { sed -n 's/^token //p' "$here/out"; }
ctl() { FLOW_DB=$(cat "$here/.flow/conninfo") "$flowctl" "$@"; }

cleanup() {
    [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null && wait "$pid"
    if [ -f "$here/.flow/pg/data/postmaster.pid" ]; then # flowd was killed: its cluster stays
        kill -INT "$(head -1 "$here/.flow/pg/data/postmaster.pid")"
        until_true 30 test ! -f "$here/.flow/pg/data/postmaster.pid"
    fi
    rm -rf "$here"
}
trap cleanup EXIT

finish() {
    [ "$failed" -eq 0 ] || { echo "--- flowd said"; tail -40 "$here/err"; }
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
