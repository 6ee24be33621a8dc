-- What is due, and what is known: bounded pages, each shard by its own index range.

-- name: now
SELECT clock_timestamp();

-- name: mail_page
-- To those who are set aside only an operator's word comes through, and nothing to those whose version is held. Data of $4 bytes in all, and the first letter;
-- how long a text is costs nothing, reading it does.
SELECT p.seq, p.instance, p.kind, p.at, p.event, p.message, p.task, p.verb, p.step, p.actor, p.reason, p.data, p.of
FROM (
    SELECT m.*, row_number() OVER (ORDER BY m.seq) AS n, count(*) OVER () AS of,
        sum(octet_length(m.data)) OVER (ORDER BY m.seq) AS bytes
    FROM (
        SELECT m.* FROM unnest($1::smallint[]) s(shard)
        CROSS JOIN LATERAL (SELECT * FROM mail m WHERE m.shard = s.shard AND m.seq > $2::bigint
            AND (m.kind = 5 OR NOT EXISTS (SELECT FROM suspect q
                WHERE q.shard = m.shard AND q.instance = m.instance AND q.quarantined_at IS NOT NULL))
            AND NOT EXISTS (SELECT FROM held_instance q WHERE q.shard = m.shard AND q.instance = m.instance)
            ORDER BY m.seq LIMIT $3::integer) m
        ORDER BY m.seq LIMIT $3::integer) m) p
WHERE p.n = 1 OR coalesce(p.bytes, 0) <= $4::bigint
ORDER BY p.seq;

-- name: timer_page
SELECT t.fire_at, t.instance
FROM unnest($1::smallint[]) s(shard)
CROSS JOIN LATERAL (SELECT * FROM timer t WHERE t.shard = s.shard
    AND t.fire_at <= statement_timestamp() + $2::bigint * interval '1 microsecond'
    AND (t.fire_at, t.instance) > ($3::timestamptz, $4::uuid)
    AND NOT EXISTS (SELECT FROM suspect q
        WHERE q.shard = t.shard AND q.instance = t.instance AND q.quarantined_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM held_instance q WHERE q.shard = t.shard AND q.instance = t.instance)
    ORDER BY t.fire_at, t.instance LIMIT $5::integer) t
ORDER BY t.fire_at, t.instance LIMIT $5::integer;

-- name: mail_skim
-- The same with whose work it is, $5 of each shard: up to where the first of them has more. Of
-- the lines in $4 there is enough in hand: their mail is mentioned, and not read. Of the others $6 bytes, and the first.
WITH p AS MATERIALIZED (
    SELECT s.shard, m.seq, m.instance, m.n, m.bytes
    FROM unnest($1::smallint[]) s(shard)
    CROSS JOIN LATERAL (SELECT m.seq, m.instance, coalesce(octet_length(m.data), 0) AS bytes, row_number() OVER (ORDER BY m.seq) AS n
        FROM mail m WHERE m.shard = s.shard AND m.seq > $2::bigint
        AND (m.kind = 5 OR NOT EXISTS (SELECT FROM suspect q
            WHERE q.shard = m.shard AND q.instance = m.instance AND q.quarantined_at IS NOT NULL))
        AND NOT EXISTS (SELECT FROM held_instance q WHERE q.shard = m.shard AND q.instance = m.instance)
        ORDER BY m.seq LIMIT $5::integer) m),
e AS MATERIALIZED (SELECT min(p.seq) AS seq FROM p WHERE p.n = $5::integer),
l AS (
    SELECT p.*, coalesce(v.flow || coalesce('/' || nullif(substring(i.key FROM '^([^/]+)/'), ''), ''), '') AS line
    FROM p LEFT JOIN instance i ON i.shard = p.shard AND i.id = p.instance LEFT JOIN version v ON v.id = i.version
    WHERE p.seq <= coalesce((SELECT e.seq FROM e), p.seq)),
w AS MATERIALIZED (
    SELECT l.*, l.line = ANY ($4::text[]) AS is_left,
        count(*) FILTER (WHERE l.line <> ALL ($4::text[])) OVER (ORDER BY l.seq) AS read,
        coalesce(sum(l.bytes) FILTER (WHERE l.line <> ALL ($4::text[])) OVER (ORDER BY l.seq), 0) AS sum FROM l),
c AS (SELECT w.*, w.read > $3::integer OR (w.read > 1 AND w.sum > $6::bigint) AS is_cut FROM w)
SELECT w.seq, w.instance, m.kind, m.at, m.event, m.message, m.task, m.verb, m.step, m.actor, m.reason, m.data,
    w.line, w.is_left, (SELECT e.seq FROM e) IS NOT NULL OR (SELECT bool_or(c.is_cut) FROM c)
FROM c w LEFT JOIN mail m ON m.shard = w.shard AND m.seq = w.seq AND NOT w.is_left
WHERE NOT w.is_cut
ORDER BY w.seq;

-- name: timer_skim
-- The same of timers that are due.
WITH p AS MATERIALIZED (
    SELECT s.shard, t.fire_at, t.instance, t.n
    FROM unnest($1::smallint[]) s(shard)
    CROSS JOIN LATERAL (SELECT t.fire_at, t.instance, row_number() OVER (ORDER BY t.fire_at, t.instance) AS n
        FROM timer t WHERE t.shard = s.shard AND t.fire_at <= statement_timestamp()
        AND (t.fire_at, t.instance) > ($2::timestamptz, $3::uuid)
        AND NOT EXISTS (SELECT FROM suspect q
            WHERE q.shard = t.shard AND q.instance = t.instance AND q.quarantined_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM held_instance q WHERE q.shard = t.shard AND q.instance = t.instance)
        ORDER BY t.fire_at, t.instance LIMIT $4::integer) t),
e AS MATERIALIZED (
    SELECT p.fire_at, p.instance FROM p WHERE p.n = $4::integer ORDER BY p.fire_at, p.instance LIMIT 1)
SELECT p.fire_at, p.instance,
    coalesce(v.flow || coalesce('/' || nullif(substring(i.key FROM '^([^/]+)/'), ''), ''), ''), e.fire_at IS NOT NULL
FROM p LEFT JOIN e ON true
LEFT JOIN instance i ON i.shard = p.shard AND i.id = p.instance
LEFT JOIN version v ON v.id = i.version
WHERE e.fire_at IS NULL OR (p.fire_at, p.instance) <= (e.fire_at, e.instance)
ORDER BY p.fire_at, p.instance;

-- name: timer_next
SELECT min(t.fire_at) FROM unnest($1::smallint[]) s(shard)
CROSS JOIN LATERAL (SELECT t.fire_at FROM timer t WHERE t.shard = s.shard
    AND t.fire_at > statement_timestamp() + $2::bigint * interval '1 microsecond'
    ORDER BY t.fire_at LIMIT 1) t;

-- name: in_flight_page
SELECT i.id FROM instance i WHERE i.shard = $1::smallint AND i.in_flight AND i.id > $2::uuid
    AND i.status <> 6 AND NOT EXISTS (SELECT FROM version_hold h WHERE h.version = i.version AND h.held_at IS NOT NULL)
ORDER BY i.id LIMIT $3::integer;

-- name: load
SELECT i.id IS NOT NULL, v.flow, v.number, v.hash, i.key, i.rev, i.status, i.timer_at, i.started_at, i.snapshot,
    i.parent, i.owned, values_of(i.shard, i.held)
FROM unnest($1::uuid[]) WITH ORDINALITY n(id, o)
LEFT JOIN instance i ON i.shard = shard_of(n.id) AND i.id = n.id
LEFT JOIN version v ON v.id = i.version
ORDER BY n.o;

-- name: find
SELECT DISTINCT ON (v.flow) i.id, v.flow, v.number, v.hash, i.key, i.rev, i.status, i.timer_at, i.started_at
FROM instance i JOIN version v ON v.id = i.version
WHERE i.key = $1::text AND ($2::text = '' OR v.flow = $2::text)
ORDER BY v.flow, i.status < 100 DESC, i.id DESC LIMIT $3::integer;

-- name: arrivals_page
SELECT i.id, i.event, i.body, i.at, v.hash
FROM unnest($1::smallint[]) s(shard)
CROSS JOIN LATERAL (SELECT * FROM inbox i WHERE i.shard = s.shard AND i.what < 2 AND i.what = 0
    ORDER BY i.id LIMIT $2::integer) i
LEFT JOIN event e ON e.name = i.event
LEFT JOIN version v ON v.id = e.version
ORDER BY i.id LIMIT $2::integer;

-- name: is_fresh
SELECT EXISTS (SELECT FROM subscription s WHERE s.fresh AND s.shard = ANY ($1::smallint[]))
    OR EXISTS (SELECT FROM inbox_back b WHERE b.shard = ANY ($1::smallint[]));

-- name: version_by_hash
SELECT flow, number, hash, image, source, meta::text FROM version WHERE hash = $1::bytea;

-- name: version_latest
SELECT flow, number, hash, image, source, meta::text FROM version WHERE flow = $1::text
ORDER BY number DESC LIMIT 1;

-- name: version_declares
SELECT v.flow, v.number, v.hash FROM event e JOIN version v ON v.id = e.version WHERE e.name = $1::text;

-- name: flows
SELECT DISTINCT ON (flow) flow, number, hash, jsonb_array_length(coalesce(meta->'starts_on', '[]')) > 0
FROM version ORDER BY flow, number DESC LIMIT $1::integer;

-- name: environment
SELECT version, document::text FROM environment ORDER BY version DESC LIMIT 1;
