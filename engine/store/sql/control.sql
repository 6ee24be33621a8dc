-- This node: its life, its shards, its doorbell.

-- name: listen
LISTEN flow_bell;

-- name: listen_nodes
LISTEN flow_nodes;

-- name: ring_nodes
-- Somebody came, or gave shards back: whoever lives looks at once who has what.
SELECT pg_notify('flow_nodes', '');

-- name: lock_self
SELECT pg_advisory_lock($1::bigint);

-- name: join
INSERT INTO node (nonce, lock_key, name, expires_at, capacity, snapshots)
VALUES ($1::uuid, $2::bigint, $3::text, clock_timestamp() + $4::bigint * interval '1 microsecond', $5::integer,
    $6::integer)
ON CONFLICT DO NOTHING;

-- name: beat
UPDATE node SET expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond'
WHERE nonce = $1::uuid AND expires_at > clock_timestamp() RETURNING 1;

-- name: pulse
-- The share is this node's of all shards: those that take least are served first, and each takes as
-- many as all that are left could take evenly (`store_share`).
WITH alive AS MATERIALIZED (SELECT nonce, capacity FROM node_alive)
SELECT clock_timestamp(), (SELECT count(*) FROM alive),
    (SELECT count(*) FROM shard_lease l WHERE l.owner IS NULL OR l.owner NOT IN (SELECT nonce FROM alive)),
    (SELECT coalesce(max(id), 0) FROM version)::bigint + (SELECT coalesce(max(version), 0) FROM environment),
    (SELECT string_agg(capacity::text, ',' ORDER BY capacity, nonce) FROM alive WHERE capacity > 0),
    (SELECT count(*) FROM alive a, alive me WHERE me.nonce = $1::uuid AND a.capacity > 0
        AND (a.capacity, a.nonce) < (me.capacity, me.nonce)),
    (SELECT coalesce(sum(rev), 0) FROM breaker)::bigint, (SELECT coalesce(sum(rev), 0) FROM version_hold)::bigint;

-- name: claim
-- A lease whose owner still sits in a transition is locked by it: it is left for the next time. An
-- owner that did not give its shard back has died: perhaps of what it had in hand, and surely not
-- of what it had not. A version that was not in hand is only relieved where none was that is blamed already:
-- else of two that kill in turns each would clear the other.
WITH free AS MATERIALIZED (
    SELECT l.shard, l.owner FROM shard_lease l
    WHERE (l.owner IS NULL OR (l.owner <> $1::uuid AND l.owner NOT IN (SELECT nonce FROM node_alive)))
        AND EXISTS (SELECT FROM node n WHERE n.nonce = $1::uuid AND n.expires_at > clock_timestamp())
    ORDER BY random() LIMIT $2::integer FOR UPDATE SKIP LOCKED),
s AS (
    UPDATE suspect s SET claimed_by = NULL,
        deaths = greatest(0, s.deaths + CASE WHEN s.claimed_by = free.owner THEN 1 ELSE -1 END),
        died_of_it = CASE WHEN s.claimed_by = free.owner THEN s.died_of_it || free.owner ELSE s.died_of_it END
    FROM free WHERE s.shard = free.shard AND free.owner IS NOT NULL AND s.quarantined_at IS NULL),
h AS MATERIALIZED (
    SELECT DISTINCT free.owner, s.shard, s.version FROM free JOIN suspect s ON s.shard = free.shard
        AND s.claimed_by = free.owner AND s.quarantined_at IS NULL AND s.version IS NOT NULL),
b AS (
    INSERT INTO blame AS b (shard, version, deaths, died_of_it)
    SELECT h.shard, h.version, 1, ARRAY[h.owner] FROM h
    ON CONFLICT (shard, version) DO UPDATE SET deaths = b.deaths + 1, died_of_it = b.died_of_it || excluded.died_of_it),
r AS (
    UPDATE blame b SET deaths = b.deaths - 1 FROM free
    WHERE b.shard = free.shard AND b.deaths > 0 AND free.owner IS NOT NULL
        AND NOT EXISTS (SELECT FROM h JOIN blame x ON x.version = h.version WHERE h.owner = free.owner))
UPDATE shard_lease l SET owner = $1::uuid, epoch = l.epoch + 1, since = clock_timestamp(),
    deaths = l.deaths + (free.owner IS NOT NULL)::integer
FROM free WHERE l.shard = free.shard
RETURNING l.shard, l.epoch, l.deaths;

-- name: suspects
SELECT s.instance, s.deaths, v.hash FROM shard_lease l JOIN suspect s ON s.shard = l.shard
LEFT JOIN version v ON v.id = s.version
WHERE l.owner = $1::uuid AND s.deaths > 0 AND s.quarantined_at IS NULL
ORDER BY s.deaths DESC LIMIT $2::integer;

-- name: blames
SELECT b.shard, v.hash, b.deaths, set_aside_lately(b.version) > 0
FROM shard_lease l JOIN blame b ON b.shard = l.shard JOIN version v ON v.id = b.version
WHERE l.owner = $1::uuid ORDER BY b.deaths DESC LIMIT $2::integer;

-- name: held_versions
SELECT v.hash, v.flow, v.number, h.held_at, h.set_aside FROM version_hold h JOIN version v ON v.id = h.version
WHERE h.held_at IS NOT NULL ORDER BY h.held_at LIMIT $1::integer;

-- name: leave
-- This process goes on as another node: whoever takes its shards need not think that it died.
WITH mine AS MATERIALIZED (SELECT l.shard FROM shard_lease l WHERE l.owner = $1::uuid FOR UPDATE SKIP LOCKED)
UPDATE shard_lease l SET owner = NULL, epoch = l.epoch + 1 FROM mine WHERE l.shard = mine.shard;

-- name: lived
-- It stood still for longer than its lease, and goes on: it did not die of what it had in hand.
WITH b AS (
    UPDATE blame SET deaths = greatest(0, deaths - 1), died_of_it = array_remove(died_of_it, $1::uuid)
    WHERE $1::uuid = ANY (died_of_it))
UPDATE suspect SET deaths = greatest(0, deaths - 1), died_of_it = array_remove(died_of_it, $1::uuid)
WHERE $1::uuid = ANY (died_of_it) AND quarantined_at IS NULL;

-- name: release
UPDATE shard_lease SET owner = NULL, epoch = epoch + 1
WHERE owner = $1::uuid AND shard = ANY ($2::smallint[]);

-- name: retire
UPDATE node SET capacity = 0 WHERE nonce = $1::uuid;

-- name: unlock_all
SELECT pg_advisory_unlock_all();

-- name: breakers
SELECT adapter, rev, state, failures, rounds, next_at, paused_at IS NOT NULL FROM breaker ORDER BY adapter LIMIT $1::integer;

-- name: breaker_set
-- As it was read, or not at all: of several nodes that want the same, one does it.
INSERT INTO breaker AS b (adapter, rev, state, failures, rounds, since, next_at, problem)
VALUES ($1::text, 1, $3::smallint, $4::integer, $5::integer, clock_timestamp(),
    CASE WHEN $6::bigint > 0 THEN clock_timestamp() + $6::bigint * interval '1 microsecond' END, nullif($7::text, ''))
ON CONFLICT (adapter) DO UPDATE SET rev = b.rev + 1, state = excluded.state, failures = excluded.failures,
    rounds = excluded.rounds, next_at = excluded.next_at, problem = coalesce(excluded.problem, b.problem),
    since = CASE WHEN (b.state = 0) = (excluded.state = 0) THEN b.since ELSE excluded.since END
WHERE b.rev = $2::bigint AND b.paused_at IS NULL
RETURNING b.rev;
