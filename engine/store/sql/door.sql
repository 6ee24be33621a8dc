-- What people and programs ask for.

-- name: start
SELECT id, created, key, number FROM start_instance($1::text, $2::json, nullif($3::text, ''), $4::text);

-- name: send
SELECT id, duplicate FROM send_event($1::text, $2::json, $3::text, nullif($4::text, ''));

-- name: command
SELECT command($1::uuid, $2::text, nullif($3::text, '')::json, nullif($4::text, ''), $5::text);

-- name: answer
SELECT answer($1::uuid, $2::text, nullif($3::text, '')::json, nullif($4::text, ''), $5::text);

-- name: task_place
SELECT instance, number FROM task WHERE shard = shard_of($1::uuid) AND id = $1::uuid;

-- name: token
SELECT name, role, array_to_string(scopes, ' ') FROM token
WHERE hash = sha256(convert_to($1::text, 'UTF8')) AND revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > clock_timestamp());

-- name: list_instances
-- Newest first; `after` is the last id of the page before. Each shard gives its newest.
WITH page AS MATERIALIZED (
    SELECT x.* FROM generate_series(0, 31) s(shard)
    CROSS JOIN LATERAL (
        SELECT i.id, i.key, v.flow, v.number, i.status, i.state, i.since, i.started_at, i.ended_at
        FROM instance i JOIN version v ON v.id = i.version
        WHERE i.shard = s.shard AND ($5::uuid IS NULL OR i.id < $5::uuid)
            AND ($1::text = '' OR v.flow = $1) AND ($2::text = '' OR status_name(i.status) = $2)
            AND ($3::text = '' OR i.state = $3 OR starts_with(i.state, $3 || '.')) AND ($4::text = '' OR i.key = $4)
        ORDER BY i.id DESC LIMIT $6::integer) x
    ORDER BY x.id DESC LIMIT $6::integer)
SELECT coalesce(json_agg(json_build_object('id', p.id, 'key', p.key, 'flow', p.flow, 'version', p.number,
        'status', status_name(p.status), 'state', p.state, 'since', instant(p.since),
        'started_at', instant(p.started_at), 'ended_at', instant(p.ended_at)) ORDER BY p.id DESC), '[]')::text,
    CASE WHEN count(*) = $6::integer THEN min(p.id::text) ELSE '' END
FROM page p;

-- name: list_history
WITH page AS MATERIALIZED (
    SELECT * FROM (
        SELECT row_number() OVER (ORDER BY j.rev, e.n) AS seq, j.at, e.entry
        FROM journal j, LATERAL json_array_elements(j.entries::json) WITH ORDINALITY e(entry, n)
        WHERE j.shard = shard_of($1::uuid) AND j.instance = $1::uuid) x
    WHERE x.seq > $2::bigint ORDER BY x.seq LIMIT $3::integer)
SELECT coalesce(json_agg(json_build_object('seq', p.seq, 'at', instant(p.at), 'kind', p.entry->0,
        'state', p.entry->1, 'step', p.entry->2, 'line', p.entry->3, 'actor', p.entry->4,
        'text', p.entry->5, 'data', p.entry->6) ORDER BY p.seq), '[]')::text,
    CASE WHEN count(*) = $3::integer THEN max(p.seq)::text ELSE '' END
FROM page p;

-- name: list_tasks
-- Oldest first; each shard gives its oldest.
WITH page AS MATERIALIZED (
    SELECT x.* FROM generate_series(0, 31) s(shard)
    CROSS JOIN LATERAL (
        SELECT t.id, i.key, t.instance, v.flow, CASE WHEN t.is_dead_letter THEN 'dead_letter' ELSE 'question' END AS kind,
            t.role, t.question, t.outcomes::json AS outcomes, t.since, t.until
        FROM task t JOIN instance i ON i.shard = t.shard AND i.id = t.instance JOIN version v ON v.id = i.version
        WHERE t.shard = s.shard AND ($1::text = '' OR v.flow = $1) AND ($2::text = '' OR i.key = $2)
            AND ($3::uuid IS NULL OR t.id > $3::uuid)
        ORDER BY t.id LIMIT $4::integer) x
    ORDER BY x.id LIMIT $4::integer)
SELECT coalesce(json_agg(json_build_object('id', p.id, 'key', p.key, 'instance', p.instance, 'flow', p.flow,
        'kind', p.kind, 'role', p.role, 'question', p.question, 'outcomes', p.outcomes,
        'since', instant(p.since), 'until', instant(p.until)) ORDER BY p.id), '[]')::text,
    CASE WHEN count(*) = $4::integer THEN max(p.id::text) ELSE '' END
FROM page p;

-- name: list_flows
SELECT coalesce(json_agg(json_build_object('flow', f.flow, 'version', f.version, 'hash', f.hash,
        'deployed_at', instant(f.deployed_at), 'doc', f.doc, 'next', instant(s.next), 'held', coalesce(h.held, '[]'))
        ORDER BY f.flow), '[]')::text, ''
FROM flow.flows f
LEFT JOIN LATERAL (SELECT min(x.next) AS next FROM flow.schedules x WHERE x.flow = f.flow) s ON true
LEFT JOIN LATERAL (SELECT json_agg(json_build_object('version', x.version, 'since', instant(x.since), 'set_aside', x.set_aside,
        'waiting', x.waiting) ORDER BY x.version) AS held FROM flow.held_versions x WHERE x.flow = f.flow) h ON true
WHERE f.is_latest;

-- name: list_nodes
SELECT coalesce(json_agg(json_build_object('name', n.name, 'id', n.id, 'alive', n.alive, 'draining',
        n.capacity = 0, 'shards', n.shards, 'started_at', instant(n.started_at), 'expires_at', instant(n.expires_at))
        ORDER BY n.alive DESC, n.started_at, n.id), '[]')::text, ''
FROM flow.nodes n;

-- name: list_adapters
SELECT coalesce(json_agg(json_build_object('adapter', a.adapter, 'over', a.over, 'state', a.state,
        'since', instant(a.since), 'failures', a.failures, 'next_try', instant(a.next_try), 'problem', a.problem,
        'paused_by', a.paused_by, 'reason', a.reason) ORDER BY a.adapter), '[]')::text, ''
FROM flow.adapters a;

-- name: list_counts
SELECT coalesce(json_agg(json_build_object('flow', c.flow, 'version', c.version, 'status', c.status, 'n', c.n)
        ORDER BY c.flow, c.version, c.status), '[]')::text, ''
FROM flow.counts c;

-- name: list_measures
SELECT coalesce(json_agg(json_build_object('flow', m.flow, 'version', m.version, 'measure', m.measure, 'kind', m.kind,
        'goal', m.goal, 'unit', coalesce(m.unit, ''), 'n', m.n, 'total', m.total::text, 'mean', round(m.mean, 6)::text, 'met', m.met,
        'missed', m.missed, 'goal_value', m.goal_value::text) ORDER BY m.flow, m.version, m.measure, m.unit), '[]')::text, ''
FROM flow.measure_totals m;

-- name: adapter_say
SELECT adapter_say($1::text, $2::text, nullif($3::text, ''), $4::text);

-- name: version_let_go
SELECT version_let_go($1::text, nullif($2::integer, 0), nullif($3::text, ''), $4::text);

-- name: schedules
-- One whose version is held waits as one that is paused.
SELECT s.flow, s.line, v.number, v.hash, s.over, s.due, s.paused_at IS NOT NULL
    OR EXISTS (SELECT FROM version_hold h WHERE h.version = s.version AND h.held_at IS NOT NULL), s.problem
FROM schedule s JOIN version v ON v.id = s.version ORDER BY s.flow, s.line LIMIT $1::integer;

-- name: schedule_begin
SELECT id, created, key, number FROM schedule_begin($1::text, $2::integer, $3::bytea, $4::timestamptz, $5::timestamptz,
    $6::timestamptz, $7::text, $8::text);

-- name: schedule_reckon
-- Tells people what was reckoned; whoever begins does not rely on it.
UPDATE schedule s SET due = $5::timestamptz, problem = nullif($6::text, '')
FROM version v WHERE v.id = s.version AND s.flow = $1::text AND s.line = $2::integer AND v.hash = $3::bytea
    AND s.over = $4::timestamptz AND s.paused_at IS NULL
    AND (s.due IS DISTINCT FROM $5::timestamptz OR s.problem IS DISTINCT FROM nullif($6::text, ''));
