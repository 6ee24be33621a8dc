-- Who is under suspicion while owners of a shard keep dying. After `fence`.

-- name: suspect
-- Noted before it is worked on. One death is enough for an instance of a flow of which five
-- are set aside already.
INSERT INTO suspect AS s (shard, instance, deaths, claimed_by)
SELECT i.shard, i.id, CASE WHEN (SELECT count(*) FROM suspect q
        WHERE q.version = i.version AND q.quarantined_at IS NOT NULL) < 5 THEN 0 ELSE 2 END, $2::uuid
FROM unnest($1::uuid[]) n(id) JOIN instance i ON i.shard = shard_of(n.id) AND i.id = n.id
ON CONFLICT (shard, instance) DO UPDATE SET claimed_by = excluded.claimed_by, at = excluded.at;

-- name: acquit
DELETE FROM suspect s USING unnest($1::uuid[]) n(id)
WHERE s.shard = shard_of(n.id) AND s.instance = n.id AND s.quarantined_at IS NULL;

-- name: quarantine
WITH n AS MATERIALIZED (
    SELECT i.shard, i.id, i.version, i.status FROM unnest($1::uuid[]) n(id)
    JOIN instance i ON i.shard = shard_of(n.id) AND i.id = n.id AND i.status < 100 AND i.status <> 6),
s AS (
    UPDATE suspect s SET quarantined_at = clock_timestamp(), status_was = n.status, version = n.version
    FROM n WHERE s.shard = n.shard AND s.instance = n.id),
t AS (
    INSERT INTO tally (shard, version, status, n)
    SELECT n.shard, n.version, c.status, c.n
    FROM n CROSS JOIN LATERAL (VALUES (n.status, -1), (6::smallint, 1)) c(status, n))
UPDATE instance i SET status = 6 FROM n WHERE i.shard = n.shard AND i.id = n.id;

-- name: calm
-- An owner that has lived for ten minutes is not dying: its shards are worked on as always.
WITH u AS (
    UPDATE shard_lease l SET deaths = 0 WHERE l.shard = ANY ($1::smallint[]) AND l.deaths > 0
        AND l.since < clock_timestamp() - interval '10 minutes' RETURNING 1)
SELECT count(*) FROM u WHERE $2::integer < 0;

-- name: forget_suspects
-- Nothing came for them in a day.
WITH x AS MATERIALIZED (
    SELECT s.shard, s.instance FROM suspect s WHERE s.shard = ANY ($1::smallint[]) AND s.quarantined_at IS NULL
        AND s.at < clock_timestamp() - interval '1 day' LIMIT $2::integer),
d AS (DELETE FROM suspect s USING x WHERE s.shard = x.shard AND s.instance = x.instance RETURNING 1)
SELECT count(*) FROM d;
