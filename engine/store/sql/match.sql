-- Events find who waits for them: one connection, so that for each shard there is one
-- matcher. Each transaction begins with `fence`. Plans are made while tables are empty: what
-- is looked up by shard and id must find no other index that begins with the shard, so
-- `what + 0` where `what` would let inbox_until in.

-- name: file
-- What the types say about what is new. Keys are slices of one long array.
UPDATE inbox i SET what = CASE WHEN n.problem IS NULL THEN 1 ELSE 6 END, begun = n.begun,
    keys = coalesce(($6::bigint[])[n.first:n.last], '{}'), masks = coalesce(($7::integer[])[n.first:n.last], '{}'),
    problem = n.problem, pointer = n.pointer,
    until = CASE WHEN n.problem IS NULL THEN i.until ELSE clock_timestamp() + interval '30 days' END
FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::integer[], $8::integer[])
    n(id, begun, problem, pointer, first, last)
WHERE i.shard = shard_of(n.id) AND i.id = n.id AND i.what < 2 AND i.what = 0;

-- name: begin_by_event
SELECT b.created
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) n(id, flow, key, args)
JOIN inbox i ON i.shard = shard_of(n.id) AND i.id = n.id AND i.what < 2 AND i.what = 1
CROSS JOIN LATERAL (SELECT v.id, v.flow FROM version v WHERE v.flow = n.flow ORDER BY v.number DESC LIMIT 1) v
CROSS JOIN LATERAL begin_version(v.id, v.flow, n.args, n.key, false, 'event ' || i.event) b;

-- name: take_back
-- When everybody who was given a copy has declined, it is looked at again.
WITH x AS MATERIALIZED (
    SELECT b.shard, b.seq FROM inbox_back b WHERE b.shard = ANY ($1::smallint[])
    ORDER BY b.shard, b.seq LIMIT $2::integer),
b AS (
    DELETE FROM inbox_back b USING x WHERE b.shard = x.shard AND b.seq = x.seq RETURNING b.shard, b.id),
g AS (SELECT b.shard, b.id, count(*)::integer AS n FROM b GROUP BY b.shard, b.id)
UPDATE inbox i SET refusals = i.refusals + g.n,
    what = CASE WHEN i.refusals + g.n >= i.copies AND NOT i.begun THEN 1 ELSE i.what END
FROM g WHERE i.shard = g.shard AND i.id = g.id AND i.what + 0 = 2;

-- name: deliver
-- What is being filed goes to every instance that waits for it, one copy each, and never
-- twice for the same subscription.
WITH e AS MATERIALIZED (
    SELECT i.*, i.at + i.held * interval '1 microsecond' AS held_until
    FROM inbox i WHERE i.shard = ANY ($1::smallint[]) AND i.what < 2 AND i.what = 1),
k AS MATERIALIZED (
    SELECT e.shard, e.id, e.event, e.body, e.offered, e.offered_by, k.key, k.fields
    FROM e CROSS JOIN LATERAL unnest(e.keys, e.masks) k(key, fields)),
m AS MATERIALIZED (
    SELECT DISTINCT e.shard, e.id, e.event, e.body, s.instance, s.number
    FROM k e JOIN subscription s ON s.shard = e.shard AND s.key = e.key AND s.fields = e.fields AND s.event = e.event
    WHERE NOT EXISTS (SELECT FROM unnest(e.offered, e.offered_by) o(instance, number)
        WHERE o.instance = s.instance AND o.number = s.number)),
w AS (
    INSERT INTO mail (shard, instance, kind, event, message, data)
    SELECT shard_of(c.instance), c.instance, 2, c.event, c.id, c.body
    FROM (SELECT DISTINCT m.id, m.instance, m.event, m.body FROM m) c ORDER BY c.id RETURNING 1),
g AS MATERIALIZED (
    SELECT m.id, array_agg(m.instance) AS instances, array_agg(m.number) AS numbers,
        count(DISTINCT m.instance)::integer AS n
    FROM m GROUP BY m.id),
u AS (
    UPDATE inbox i SET copies = i.copies + coalesce(g.n, 0),
        what = CASE WHEN e.begun OR g.n > 0 THEN 2 WHEN e.held_until > clock_timestamp() THEN 3 ELSE 4 END,
        until = CASE WHEN e.begun OR g.n > 0 THEN greatest(e.held_until, clock_timestamp() + interval '1 day')
            WHEN e.held_until > clock_timestamp() THEN e.held_until
            ELSE clock_timestamp() + interval '30 days' END,
        offered = e.offered || coalesce(g.instances, '{}'),
        offered_by = e.offered_by || coalesce(g.numbers, '{}')
    FROM e LEFT JOIN g ON g.id = e.id
    WHERE i.shard = e.shard AND i.id = e.id
    RETURNING i.shard, i.id, i.what, i.keys, i.masks),
h AS (
    INSERT INTO inbox_key (shard, key, fields, id)
    SELECT u.shard, k.key, k.fields, u.id FROM u, unnest(u.keys, u.masks) k(key, fields)
    WHERE u.what = 3 ON CONFLICT DO NOTHING)
SELECT count(*) FROM w;

-- name: deliver_fresh
-- Those who began to wait since are offered what is held.
WITH f AS MATERIALIZED (
    SELECT * FROM subscription s WHERE s.fresh AND s.shard = ANY ($1::smallint[])
    ORDER BY s.shard, s.instance LIMIT $2::integer FOR UPDATE SKIP LOCKED),
c AS (
    UPDATE subscription s SET fresh = false FROM f
    WHERE s.shard = f.shard AND s.key = f.key AND s.fields = f.fields AND s.instance = f.instance
        AND s.number = f.number RETURNING 1),
m AS MATERIALIZED (
    SELECT DISTINCT i.shard, i.id, i.event, i.body, f.instance, f.number
    FROM f JOIN inbox_key k ON k.shard = f.shard AND k.key = f.key AND k.fields = f.fields
    JOIN inbox i ON i.shard = k.shard AND i.id = k.id
    WHERE i.what + 0 = 3 AND i.event = f.event AND i.until > clock_timestamp()
        AND NOT EXISTS (SELECT FROM unnest(i.offered, i.offered_by) o(instance, number)
            WHERE o.instance = f.instance AND o.number = f.number)),
w AS (
    INSERT INTO mail (shard, instance, kind, event, message, data)
    SELECT shard_of(c.instance), c.instance, 2, c.event, c.id, c.body
    FROM (SELECT DISTINCT m.id, m.instance, m.event, m.body FROM m) c ORDER BY c.id RETURNING 1),
g AS MATERIALIZED (
    SELECT m.shard, m.id, array_agg(m.instance) AS instances, array_agg(m.number) AS numbers,
        count(DISTINCT m.instance)::integer AS n
    FROM m GROUP BY m.shard, m.id),
u AS (
    UPDATE inbox i SET copies = i.copies + g.n, what = 2, offered = i.offered || g.instances,
        offered_by = i.offered_by || g.numbers,
        until = greatest(i.until, clock_timestamp() + interval '1 day')
    FROM g WHERE i.shard = g.shard AND i.id = g.id
    RETURNING i.shard, i.id, i.keys, i.masks),
h AS (
    DELETE FROM inbox_key x USING (SELECT u.shard, u.id, k.key, k.fields
        FROM u CROSS JOIN LATERAL unnest(u.keys, u.masks) k(key, fields) OFFSET 0) k
    WHERE x.shard = k.shard AND x.key = k.key AND x.fields = k.fields AND x.id = k.id)
SELECT (SELECT count(*) FROM w), (SELECT count(*) FROM c);

-- name: expire_held
WITH x AS MATERIALIZED (
    SELECT i.shard, i.id FROM inbox i WHERE i.shard = ANY ($1::smallint[]) AND i.what = 3
        AND i.until <= statement_timestamp() LIMIT $2::integer),
u AS (
    UPDATE inbox i SET what = 4, until = clock_timestamp() + interval '30 days'
    FROM x WHERE i.shard = x.shard AND i.id = x.id RETURNING i.shard, i.id, i.keys, i.masks),
h AS (
    DELETE FROM inbox_key k USING (SELECT u.shard, u.id, y.key, y.fields
        FROM u CROSS JOIN LATERAL unnest(u.keys, u.masks) y(key, fields) OFFSET 0) y
    WHERE k.shard = y.shard AND k.key = y.key AND k.fields = y.fields AND k.id = y.id)
SELECT count(*) FROM u;

-- name: forget_inbox
WITH x AS MATERIALIZED (
    SELECT i.shard, i.id FROM inbox i WHERE i.shard = ANY ($1::smallint[])
        AND i.until <= statement_timestamp() AND i.what IN (2, 4, 5, 6) LIMIT $2::integer),
d AS (DELETE FROM inbox i USING x WHERE i.shard = x.shard AND i.id = x.id RETURNING 1)
SELECT count(*) FROM d;

-- name: forget_seen
WITH x AS MATERIALIZED (
    SELECT s.shard, s.digest FROM seen s WHERE s.shard = ANY ($1::smallint[])
        AND s.until <= statement_timestamp() LIMIT $2::integer),
d AS (DELETE FROM seen s USING x WHERE s.shard = x.shard AND s.digest = x.digest
    AND s.until <= statement_timestamp() RETURNING 1)
SELECT count(*) FROM d;

-- name: fold_counts
WITH x AS MATERIALIZED (
    SELECT t.shard FROM tally t WHERE t.shard = ANY ($1::smallint[])
    GROUP BY t.shard HAVING count(*) > $2::integer LIMIT 4),
d AS (
    DELETE FROM tally t USING x WHERE t.shard = x.shard RETURNING t.shard, t.version, t.status, t.n),
i AS (
    INSERT INTO tally (shard, version, status, n)
    SELECT d.shard, d.version, d.status, sum(d.n) FROM d GROUP BY 1, 2, 3 HAVING sum(d.n) <> 0)
SELECT count(*) FROM x;

-- name: fold_measures
-- One line a measure is left, under the newest number: its goal is the latest.
WITH x AS MATERIALIZED (
    SELECT t.shard FROM measure_tally t WHERE t.shard = ANY ($1::smallint[])
    GROUP BY t.shard HAVING count(*) > $2::integer LIMIT 4),
d AS (
    DELETE FROM measure_tally t USING x WHERE t.shard = x.shard RETURNING t.*),
i AS (
    INSERT INTO measure_tally (shard, version, measure, unit, n, total, met, missed, goal)
    SELECT d.shard, d.version, d.measure, d.unit, sum(d.n), sum(d.total), sum(d.met), sum(d.missed),
        (array_agg(d.goal ORDER BY d.seq DESC) FILTER (WHERE d.goal IS NOT NULL))[1]
    FROM d GROUP BY 1, 2, 3, 4)
SELECT count(*) FROM x;

-- name: forget_ended
SELECT forget_ended($1::smallint[], $2::integer);

-- name: forget_requests
WITH x AS MATERIALIZED (
    SELECT r.shard, r.id FROM request r WHERE r.shard = ANY ($1::smallint[])
        AND r.id < id_floor(statement_timestamp() - interval '90 days')
        AND r.done_at < statement_timestamp() - interval '90 days' LIMIT $2::integer),
d AS (DELETE FROM request r USING x WHERE r.shard = x.shard AND r.id = x.id RETURNING 1)
SELECT count(*) FROM d;

-- name: tend_journal
SELECT journal_tend();

-- name: forget_nodes
DELETE FROM node n WHERE n.expires_at < statement_timestamp() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM shard_lease l WHERE l.owner = n.nonce);
