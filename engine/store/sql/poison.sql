-- Who is under suspicion while owners of a shard keep dying. After `fence`.

-- name: suspect
-- Noted before it is worked on. One that is worked on alone for its version's sake ($2) is set aside by the next death, if
-- as much ($4 in a row, or any where some are set aside) stands against that still: who stood still takes back what was
-- counted, and the node that asks may not have heard of it.
INSERT INTO suspect AS s (shard, instance, version, deaths, claimed_by)
SELECT i.shard, i.id, i.version, CASE WHEN n.deaths > 0 AND EXISTS (SELECT FROM blame b
        WHERE b.shard = i.shard AND b.version = i.version
        AND (b.deaths >= $4::integer OR (b.deaths > 0 AND set_aside_lately(b.version) > 0))) THEN n.deaths ELSE 0 END, $3::uuid
FROM unnest($1::uuid[], $2::integer[]) n(id, deaths) JOIN instance i ON i.shard = shard_of(n.id) AND i.id = n.id
ON CONFLICT (shard, instance) DO UPDATE SET claimed_by = excluded.claimed_by, at = excluded.at, version = excluded.version,
    deaths = greatest(s.deaths, excluded.deaths);

-- name: acquit
-- Its version is cleared with it; one each of whose instances is worked on alone ($2 deaths in a row) when none of
-- them is under suspicion any more.
WITH d AS (
    DELETE FROM suspect s USING unnest($1::uuid[]) n(id)
    WHERE s.shard = shard_of(n.id) AND s.instance = n.id AND s.quarantined_at IS NULL
    RETURNING s.shard, s.instance, s.version)
DELETE FROM blame b USING d WHERE b.shard = d.shard AND b.version = d.version
    AND (b.deaths < $2::integer OR NOT EXISTS (SELECT FROM suspect s WHERE s.shard = b.shard AND s.version = b.version
        AND s.deaths > 0 AND s.quarantined_at IS NULL AND s.instance <> ALL ($1::uuid[])));

-- name: quarantine
-- With the $2nd within a day the version is held.
WITH n AS MATERIALIZED (
    SELECT i.shard, i.id, i.version, i.status FROM unnest($1::uuid[]) n(id)
    JOIN instance i ON i.shard = shard_of(n.id) AND i.id = n.id AND i.status < 100 AND i.status <> 6),
s AS (
    UPDATE suspect s SET quarantined_at = clock_timestamp(), status_was = n.status, version = n.version
    FROM n WHERE s.shard = n.shard AND s.instance = n.id),
t AS (
    INSERT INTO tally (shard, version, status, n)
    SELECT n.shard, n.version, c.status, c.n
    FROM n CROSS JOIN LATERAL (VALUES (n.status, -1), (6::smallint, 1)) c(status, n)),
h AS (
    INSERT INTO version_hold AS h (version, rev, held_at, set_aside)
    SELECT v.version, 1, clock_timestamp(), v.n + set_aside_lately(v.version)
    FROM (SELECT n.version, count(*) AS n FROM n GROUP BY n.version) v
    WHERE v.n + set_aside_lately(v.version) >= $2::integer
    ON CONFLICT (version) DO UPDATE SET rev = h.rev + 1, held_at = excluded.held_at, set_aside = excluded.set_aside
    WHERE h.held_at IS NULL)
UPDATE instance i SET status = 6 FROM n WHERE i.shard = n.shard AND i.id = n.id;

-- name: calm
-- An owner that has lived for ten minutes is not dying: its shards are worked on as always, and no version is blamed.
WITH u AS (
    UPDATE shard_lease l SET deaths = 0 WHERE l.shard = ANY ($1::smallint[]) AND l.deaths > 0
        AND l.since < clock_timestamp() - interval '10 minutes' RETURNING l.shard),
b AS (DELETE FROM blame b USING u WHERE b.shard = u.shard)
SELECT count(*) FROM u WHERE $2::integer < 0;

-- name: forget_suspects
-- Nothing came for them in a day.
WITH x AS MATERIALIZED (
    SELECT s.shard, s.instance FROM suspect s WHERE s.shard = ANY ($1::smallint[]) AND s.quarantined_at IS NULL
        AND s.at < clock_timestamp() - interval '1 day' LIMIT $2::integer),
d AS (DELETE FROM suspect s USING x WHERE s.shard = x.shard AND s.instance = x.instance RETURNING 1)
SELECT count(*) FROM d;
