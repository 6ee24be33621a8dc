#!/bin/sh
# Flows that begin by themselves: each moment once, over kill -9, a pause and another version; and what is measured of them.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

query() { ctl sql "$1" -o json | tr -dc 0-9; }
begun() { query "SELECT count(*) AS n FROM flow.instances WHERE flow = 'tick'"; }
over() { [ "$(begun)" -ge "$1" ]; }
twice() { query "SELECT count(*) AS n FROM (SELECT key FROM flow.instances WHERE flow = 'tick' GROUP BY key HAVING count(*) > 1) x"; }
paused() { query "SELECT count(*) AS n FROM flow.schedules WHERE paused_at IS NOT NULL"; }
all_measured() { [ "$(query "SELECT count(*) AS n FROM flow.measures WHERE measure = 'took'")" = \
    "$(query "SELECT count(*) AS n FROM flow.instances WHERE flow = 'tick' AND ended_at IS NOT NULL")" ]; }

check "a development cluster comes up" flowd_start
tick() { # VERSION RULE: the flow
    cat >"$here/tick.flow" <<END
flow tick version $1 (size: int = 3) {
    starts every $2
    measure took from started to ended goal 1h
    measure large share size > 5 goal 50%
    measure volume of size
    note "tick"
}
END
}
tick 1 1s
check "a flow that begins each second is deployed" ctl deploy "$here/tick.flow"
check "it begins by itself" until_true 30 over 3
flowd_kill
check "after kill -9 it comes up again" flowd_start
now=$(begun)
check "and goes on" until_true 30 over $((now + 2))
check "no moment has begun twice" is "$(twice)" 0
check "its schedule says when the next is" has "$(ctl schedules)" "every 1s"
check "and so do the flows" has "$(ctl flows -o json | tr -d ' ')" '"next":"20'
check "it is paused" ctl schedules pause tick --reason "stock count"
check "once" is "$(paused)" 1
check "what has ended is measured, once each" until_true 20 all_measured
check "the measures are summed up" has "$(ctl measures tick)" "took"
check "the door counts them for Prometheus" has "$(http GET /metrics)" 'flow_measure_count{flow="tick",version="1",measure="volume"'
check "it goes on when it is resumed" ctl schedules resume tick --reason "counted"
now=$(begun)
check "from then on" until_true 30 over $((now + 2))
tick 2 1d
check "another version that begins each day" ctl deploy "$here/tick.flow"
check "moves the schedule" has "$(ctl schedules)" "every 1d"
flowd_stop
check "it stops in good order" is "$status" 0
finish
