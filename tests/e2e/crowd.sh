#!/bin/sh
# Thousands that wait and thousands of events, in a young database: its plans are made while its tables are empty.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

many=3000
query() { ctl sql "$1" -o json | tr -dc 0-9; }
in_status() { [ "$(query "SELECT coalesce(sum(n), 0) AS n FROM flow.counts WHERE flow = 'awaiting' AND status = '$1'")" = "$2" ]; }
typed() { psql -qAt "$(cat "$here/.flow/conninfo")" -c "$1"; }
# The plan of a statement of the matcher, made as its connection makes it.
plan() {
    {
        echo "SET search_path = flow_data; SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1;"
        echo "SET enable_seqscan = off; SET enable_mergejoin = off;"
        echo "PREPARE it(smallint[], integer) AS"
        awk -v name="$1" '/^-- name: / { on = $3 == name; next } on' "$top_srcdir/engine/store/sql/match.sql"
        if [ "$1" = deliver ]; then echo "EXPLAIN EXECUTE it('{1}', 0);"; else echo "EXPLAIN EXECUTE it('{1}', 500);"; fi
    } | psql -qAt "$(cat "$here/.flow/conninfo")"
}
by_its_key() { has "$(plan "$1")" "(shard = $2.shard) AND (key = $2.key) AND (fields = $2.fields)"; }
never_tidying() { case $(plan "$1") in *inbox_until*) plan "$1"; return 1 ;; esac; }

check "a development cluster comes up" flowd_start
check "who waits for an event is found by the event's key" by_its_key deliver e_1
check "what is held is found by the key of who waits" by_its_key deliver_fresh f_1
for statement in deliver deliver_fresh take_back; do
    check "an event is found by its id: $statement" never_tidying $statement
done

cat >"$here/awaiting.flow" <<'END'
event Wake key number { number: int }
flow awaiting version 1 (number: int) {
    wait for Wake(number: number) within 1d
        when late { note "nobody sent it" }
}
END
check "a flow that waits is deployed" ctl deploy "$here/awaiting.flow"
typed "SELECT count(flow.start('awaiting', json_build_object('number', n))) FROM generate_series(1, $many) n" >/dev/null
check "thousands wait" until_true 120 in_status waiting $many
typed "SELECT count(flow.send('Wake', json_build_object('number', n))) FROM generate_series(1, $many) n" >/dev/null
check "each gets its event" until_true 120 in_status completed $many
check "and the database was never waited for in vain" is "$(grep -c 'cannot be reached' "$here/err")" 0
finish
