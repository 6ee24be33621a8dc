# What tools/bench measures besides steps per second: who sleeps, who waits, what a kill costs, what stands
# idle, several nodes, a long history. Sourced by tools/bench, which has $build, $measure, $work and FLOW_DB.
# shellcheck shell=bash

RECOVER=7 # in the journal: enum stimulus_kind

sql() { psql "$FLOW_DB" -qAtc "$1"; }
now_us() { echo "${EPOCHREALTIME/[^0-9]/}"; }
until_so() { run "$1" until "$FLOW_DB" "$2" "$3"; } # NAME SQL SINCE
rss_bytes() { awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$1/status"; }

# engine_up NAME [VARIABLE=VALUE…]: $engine is its process.
engine_up() {
    local name=$1
    shift
    env "$@" "$build/flowd" --db "$FLOW_DB" --node "$name" --http "${http:-off}" >>"$work/flowd.log" 2>&1 &
    engine=$!
    pids+=("$engine")
}
engine_end() { # SIGNAL PROCESS
    kill "-$1" "$2"
    wait "$2" 2>/dev/null
}
all_shards="SELECT count(*) = 1 AND sum(shards) = 32 FROM flow.nodes WHERE alive"
in_status() { # FLOW STATUS N: at least so many more than when it was asked for
    echo "SELECT coalesce(sum(n), 0) >= $3 FROM flow.counts WHERE flow = '$1' AND status = '$2'"
}
so_many() { sql "SELECT coalesce(sum(n), 0) FROM flow.counts WHERE flow = '$1' AND status = '$2'"; }
sleepers() { # N MOMENT: starts them, and waits until all sleep
    local before
    before=$(so_many asleep waiting)
    sql "SELECT count(flow.start('asleep', json_build_object('moment', to_timestamp($2)))) FROM generate_series(1, $1)" \
        >/dev/null
    until_so asleep "$(in_status asleep waiting $((before + $1)))" "$(now_us)"
}

measure_sleepers() { # N: from their moment until all have ended
    local moment before
    before=$(so_many asleep completed)
    moment=$(($(date +%s) + 8 + $1 / 500))
    sleepers "$1" "$moment"
    [ "$(date +%s)" -lt "$moment" ] || die "the sleepers were not asleep when their moment came"
    until_so sleepers "$(in_status asleep completed $((before + $1)))" "${moment}000000"
}

measure_events() { # N: from the first event until all have ended
    local before since from
    before=$(so_many awaiting completed)
    sql "SELECT count(flow.start('awaiting', json_build_object('number', n))) FROM generate_series(1, $1) n" >/dev/null
    until_so parked "$(in_status awaiting waiting "$1")" "$(now_us)"
    since=$(now_us)
    for ((from = 1; from <= $1; from += $1 / 10)); do
        echo "SELECT count(flow.send('Wake', json_build_object('number', n)))
            FROM generate_series($from, $((from + $1 / 10 - 1))) n;"
    done | psql "$FLOW_DB" -qAt >/dev/null
    run_events_sent=$(awk -v a="$since" -v b="$(now_us)" 'BEGIN { printf "%.3f", (b - a) / 1e6 }')
    until_so events "$(in_status awaiting completed $((before + $1)))" "$since"
}

# With 1,000 A in flight and 3,000 steps done: kill -9, and start again. A step that was in flight is sent again.
measure_kill() {
    local mark before since steps="SELECT coalesce(sum(rev), 0) FROM flow_data.instance WHERE id >"
    mark=$(sql "SELECT coalesce(max(id::text), '00000000-0000-0000-0000-000000000000') FROM flow_data.instance")
    before=$(so_many ten_inside completed)
    sql "SELECT count(flow.start('ten_inside', $(args_of n))) FROM generate_series(1, 1000) n" >/dev/null
    until_so at_kill "SELECT ($steps '$mark') > 4000" "$(now_us)"
    engine_end KILL "$engine"
    run_kill_steps=$(sql "$steps '$mark'")
    since=$(now_us)
    engine_up bench
    until_so kill_first "SELECT ($steps '$mark') > $run_kill_steps" "$since"
    until_so kill_all "$(in_status ten_inside completed $((before + 1000)))" "$since"
    run_kill_again=$(sql "SELECT count(*) FROM flow_data.journal WHERE instance > '$mark' AND stimulus = $RECOVER")
}
args_of() {
    echo "json_build_object('number', $1, 'reply', json_build_object('number', $1, 'text', repeat('abcdefgh', 16)," \
        "'amount', json_build_object('amount', '12.50', 'currency', 'USD')))"
}

measure_memory() { # N
    local before
    before=$(rss_bytes "$engine")
    sleepers "$1" "$(($(date +%s) + 864000))"
    run_memory_each=$((($(rss_bytes "$engine") - before) / $1))
    run_memory_all=$(($(rss_bytes "$engine") / 1048576))
}

# A start stands in the database when the engine comes up: until its first step is committed.
measure_start_up() {
    local id since
    engine_end TERM "$engine"
    id=$(sql "SELECT flow.start('ten_inside', $(args_of 1))")
    since=$(now_us)
    engine_up bench
    until_so start_up "SELECT rev > 0 FROM flow_data.instance WHERE id = '$id'" "$since"
    until_so joined "$all_shards" "$since"
}

measure_nodes() { # N: A on two nodes; then one of them is killed
    local first=$engine
    engine_up second
    until_so two "SELECT count(*) = 2 AND min(shards) = 16 FROM flow.nodes WHERE alive" "$(now_us)"
    run two_nodes flow "$FLOW_DB" ten_inside "$1" "$first"
    local since
    since=$(now_us)
    engine_end KILL "$engine"
    engine=$first
    until_so take_over "$all_shards" "$since"
}

measure_growth() { # ROWS N: A beside a history of so many rows
    sql "INSERT INTO flow_data.journal (shard, instance, rev, at, stimulus, entries)
        SELECT n / 10 % 32, ('00000000-0000-7000-8000-' || lpad(to_hex(n / 10), 12, '0'))::uuid, n % 10, now(), 1,
            repeat('old step ', 14) FROM generate_series(1, $1) n"
    sql "ANALYZE flow_data.journal"
    run grown flow "$FLOW_DB" ten_inside "$2" "$engine"
}
