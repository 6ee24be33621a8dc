-- What must never be, or must not last: in one row, how many there are and what is to be said of them. These read whole
-- tables, on a connection of their own, and each sees one moment: nothing is found in passing. `flowctl doctor` says the
-- same texts, so each names the schema of what it reads.

-- name: scan_plan
-- Planned when it is asked for, for the tables as they are then.
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true),
    set_config('enable_mergejoin', 'on', true);

-- name: scan_alarms
SELECT n, CASE WHEN n = 0 THEN 'whatever waits has something to wake it'
    ELSE format('%s wait, and nothing will wake them, %s first: flowctl why %s', n, first, first) END
FROM (SELECT count(*) AS n, min(CASE WHEN i.key <> '' THEN i.key ELSE i.id::text END) AS first
    FROM flow_data.instance i WHERE i.status < 5 AND NOT i.in_flight AND i.timer_at IS NULL
    AND NOT EXISTS (SELECT FROM flow_data.mail m WHERE m.shard = i.shard AND m.instance = i.id)
    AND NOT EXISTS (SELECT FROM flow_data.task t WHERE t.shard = i.shard AND t.instance = i.id)
    AND NOT EXISTS (SELECT FROM flow_data.subscription s WHERE s.instance = i.id)
    AND NOT EXISTS (SELECT FROM flow_data.instance c WHERE c.shard = i.shard AND c.parent = i.id AND c.owned
        AND c.status < 100)) x;

-- name: scan_lost_timers
SELECT n, CASE WHEN n = 0 THEN 'each moment has its row'
    ELSE format('%s wait for a moment that no row of timer has, %s first: flowctl verify %s', n, first, first) END
FROM (SELECT count(*) AS n, min(CASE WHEN i.key <> '' THEN i.key ELSE i.id::text END) AS first
    FROM flow_data.instance i WHERE i.status < 5 AND i.timer_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM flow_data.timer t WHERE t.shard = i.shard AND t.instance = i.id)) x;

-- name: scan_journal
SELECT n, CASE WHEN n = 0 THEN format('no gap in the newest %s', seen)
    ELSE format('%s of the newest %s have gaps, %s first: flowctl verify %s', n, seen, first, first) END
FROM (SELECT count(*) AS seen,
    count(*) FILTER (WHERE j.n <> i.rev OR j.high IS DISTINCT FROM nullif(i.rev, 0)) AS n,
    min(i.key) FILTER (WHERE j.n <> i.rev OR j.high IS DISTINCT FROM nullif(i.rev, 0)) AS first
    FROM generate_series(0, 31) s
    CROSS JOIN LATERAL (SELECT i.shard, i.id, i.rev, CASE WHEN i.key <> '' THEN i.key ELSE i.id::text END AS key
        FROM flow_data.instance i WHERE i.shard = s ORDER BY i.id DESC LIMIT 50) i
    CROSS JOIN LATERAL (SELECT count(*) AS n, max(j.rev) AS high
        FROM flow_data.journal j WHERE j.shard = i.shard AND j.instance = i.id) j) x;

-- name: scan_leases
SELECT n, CASE WHEN n = 0 THEN 'each belongs to an engine that lives'
    ELSE format('%s are held by engines that are gone, with %s calls in hand: start flowd, it takes them over', n, calls) END
FROM (SELECT count(*) AS n, coalesce(sum((SELECT count(*) FROM flow_data.instance i WHERE i.shard = l.shard
        AND i.in_flight)), 0) AS calls
    FROM flow_data.shard_lease l LEFT JOIN flow_data.node o ON o.nonce = l.owner
    WHERE l.owner IS NOT NULL AND coalesce(o.expires_at < clock_timestamp() - interval '10 seconds', true)) x;

-- name: scan_mail_to_nobody
SELECT n, CASE WHEN n = 0 THEN 'none' ELSE format('%s lie for instances that are not there', n) END
FROM (SELECT count(*) AS n FROM flow_data.mail m
    WHERE NOT EXISTS (SELECT FROM flow_data.instance i WHERE i.shard = m.shard AND i.id = m.instance)) x;

-- name: scan_events
SELECT n, CASE WHEN n = 0 THEN 'all are matched'
    ELSE format('%s came more than a minute ago and were given to nobody yet: is there an engine for their shard?', n) END
FROM (SELECT count(*) AS n FROM flow_data.inbox b
    WHERE b.what < 2 AND b.at < clock_timestamp() - interval '1 minute') x;

-- name: scan_timers
SELECT n, CASE WHEN n = 0 THEN 'none is overdue' ELSE format('%s are overdue by more than a minute', n) END
FROM (SELECT count(*) AS n FROM flow_data.timer t WHERE t.fire_at < clock_timestamp() - interval '1 minute'
    AND NOT EXISTS (SELECT FROM flow_data.held_instance h WHERE h.shard = t.shard AND h.instance = t.instance)) x;

-- name: scan_mail
SELECT n, CASE WHEN n = 0 THEN 'none waits long' ELSE format('%s wait for more than a minute', n) END
FROM (SELECT count(*) AS n FROM flow_data.mail m
    JOIN flow_data.instance i ON i.shard = m.shard AND i.id = m.instance AND i.status NOT IN (5, 6)
    WHERE m.at < clock_timestamp() - interval '1 minute'
    AND NOT EXISTS (SELECT FROM flow_data.held_instance h WHERE h.shard = m.shard AND h.instance = m.instance)) x;

-- name: scan_requests
SELECT n, CASE WHEN n = 0 THEN 'all are done' ELSE format('%s are not done yet', n) END
FROM (SELECT count(*) AS n FROM flow_data.request r
    WHERE r.done_at IS NULL AND r.at < clock_timestamp() - interval '1 minute'
    AND NOT EXISTS (SELECT FROM flow_data.held_instance h WHERE h.shard = r.shard AND h.instance = r.instance)) x;
