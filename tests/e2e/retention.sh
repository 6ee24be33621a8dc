#!/bin/sh
# What has ended is kept as long as its flow says, and no longer; the journal gives back whole months.
. "${top_srcdir:-.}/tests/e2e/lib.sh"

db() { psql -XAtq -d "$(cat "$here/.flow/conninfo")" -c "$1"; }
ended() { db "SELECT count(*) FROM flow.instances WHERE flow = '$1' AND ended_at IS NOT NULL"; }
has_ended() { [ "$(ended "$1")" -ge "$2" ]; }
are_left() { [ "$(ended "$1")" = "$2" ]; }
counted() { db "SELECT coalesce(sum(n), 0) FROM flow.counts WHERE flow = '$1'"; }
is_away() { [ "$(db "SELECT count(*) FROM pg_class WHERE relname = '$1'")" = 0 ]; }

# older FLOW DAYS: as if they had ended so long ago.
older() {
    db "UPDATE flow_data.instance i SET ended_at = i.ended_at - $2 * interval '1 day'
        FROM flow_data.version v WHERE v.id = i.version AND v.flow = '$1'"
}
check "a development cluster comes up" flowd_start
for flow in short long; do
    cat >"$here/$flow.flow" <<END
flow $flow version 1 (order: text) {
    key order
    note "of {order}"
}
END
    check "the flow $flow is deployed" ctl deploy "$here/$flow.flow"
    for n in 1 2 3; do ctl start "$flow" --data "{\"order\":\"$flow-$n\"}" >/dev/null; done
    check "three of $flow end" until_true 20 has_ended "$flow" 3
done
check "without a word all is kept" has "$(ctl retention)" "for ever"
check "a span of nothing is refused" has "$(ctl retention short 1s --reason no 2>&1)" "for a minute at least"
check "so is what is no span" has "$(ctl retention short soon 2>&1)" "is no span of time"
check "and a flow that nobody knows" has "$(ctl retention shrot 30d --reason no 2>&1)" 'no flow "shrot" is deployed'
check "a dry run changes nothing" ctl retention short 30d --reason "try" --dry-run
check "as the list says" has "$(ctl retention -o json)" '"keep":"for ever"'
older short 40
older long 40
check "short is kept for 30 days" ctl retention short 30d --reason "house rule"
check "the list says so, and who" has "$(ctl retention -o wide)" "30 days"
check "what is older is forgotten" until_true 30 are_left short 0
check "with all that was written of it" is "$(db "SELECT count(*) FROM flow_data.journal j
    WHERE NOT EXISTS (SELECT FROM flow_data.instance i WHERE i.id = j.instance)")" 0
check "and no longer counted" is "$(counted short)" 0
check "what is kept for ever stays" is "$(ended long)" 3
check "with its history" has "$(ctl history long-1)" "of long-1"
ctl start short --data '{"order":"short-1"}' >/dev/null
check "the key of what was forgotten is free" until_true 20 has_ended short 1

check "next month has a place already" is "$(db "SELECT count(*) FROM flow_data.journal_month
    WHERE high > flow_data.id_floor(flow_data.month_of(clock_timestamp()) + interval '1 month')")" 1
# A month that is over: between what there was and this one.
db "DO \$\$ DECLARE old uuid := flow_data.id_floor('2024-03-01Z'); new uuid := flow_data.id_floor('2024-04-01Z');
    BEGIN
    ALTER TABLE flow_data.journal DETACH PARTITION flow_data.journal_first;
    EXECUTE format('CREATE TABLE flow_data.journal_2024_03 PARTITION OF flow_data.journal FOR VALUES FROM (%L) TO (%L)', old, new);
    EXECUTE format('ALTER TABLE flow_data.journal ATTACH PARTITION flow_data.journal_first FOR VALUES FROM (%L) TO (%L)', new,
        (SELECT m.high FROM flow_data.journal_month m WHERE m.part = 'journal_first'));
    UPDATE flow_data.journal_month SET low = new WHERE part = 'journal_first';
    INSERT INTO flow_data.journal_month VALUES ('journal_2024_03', old, new);
    INSERT INTO flow_data.instance (shard, id, version, rev, status, in_flight, key, since, started_at, ended_at)
        SELECT 0, old, v.id, 1, 100, false, 'old', '2024-03-01Z', '2024-03-01Z', '2024-03-02Z' FROM flow_data.version v WHERE v.flow = 'long';
    INSERT INTO flow_data.journal VALUES (0, old, 1, '2024-03-01Z', 0, '[]');
    END \$\$"
check "a month in which one is left stays" is "$(db "SELECT count(*) FROM flow.journal_parts WHERE part = 'journal_2024_03'")" 1
check "long is kept for 60 days from now on" ctl retention long 60d --reason "books are closed"
check "its month is given back whole" until_true 30 is_away journal_2024_03
check "and what is younger stays" is "$(ended long)" 3
flowd_stop
check "it stops in good order" is "$status" 0
finish
