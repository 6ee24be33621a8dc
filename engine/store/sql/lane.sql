-- What a writer connection says. A commit is one transaction: `move` first, then those of
-- the others that the batch needs. Everything is arrays, bound once; whoever is named twice
-- in a batch is a bug. `move` and `take_mail` give up the whole transaction when somebody
-- was faster (FL001, FL002).

-- name: move
-- The one statement that moves state. FOR SHARE, not FOR KEY SHARE: a take-over must wait
-- for us, and we for it. Without all leases nothing is moved.
WITH fence AS MATERIALIZED (
    SELECT l.shard FROM unnest($1::smallint[], $2::bigint[]) w(shard, epoch)
    JOIN shard_lease l ON l.shard = w.shard
    WHERE l.owner = $3::uuid AND l.epoch = w.epoch FOR SHARE OF l),
n AS (
    SELECT * FROM unnest($4::smallint[], $5::uuid[], $6::integer[], $7::smallint[], $8::boolean[],
        $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
        $14::bytea[], $15::timestamptz[], $16::smallint[], $17::text[])
    t(shard, id, rev, status, in_flight, state, since, started, ended, timer, snapshot, at, stimulus, entries)),
u AS (
    UPDATE instance i SET rev = i.rev + 1, status = n.status, in_flight = n.in_flight, state = n.state,
        since = n.since, started_at = n.started, ended_at = n.ended, timer_at = n.timer, snapshot = n.snapshot
    FROM n
    WHERE (SELECT count(*) FROM fence) = cardinality($1::smallint[])
        AND i.shard = n.shard AND i.id = n.id AND i.rev = n.rev
        AND (i.status < 100 OR (i.status = 100 AND n.stimulus = 8)) -- UNWIND revives what has completed
    RETURNING i.shard, i.id, i.rev, n.at, n.stimulus, n.entries),
j AS (
    INSERT INTO journal (shard, instance, rev, at, stimulus, entries)
    SELECT u.shard, u.id, u.rev, u.at, u.stimulus, u.entries FROM u)
SELECT clock_timestamp(),
    moved_all(cardinality($5::uuid[]), ARRAY(SELECT shard FROM fence), ARRAY(SELECT id FROM u));

-- name: take_mail
-- Consumes mail; what was not taken goes back to the inbox, requests are done.
WITH n AS (
    SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::boolean[], $4::text[]) t(shard, seq, back, problem)),
d AS (
    DELETE FROM mail m USING n WHERE m.shard = n.shard AND m.seq = n.seq
    RETURNING m.seq, m.shard, m.kind, m.message, n.back, n.problem),
b AS (
    INSERT INTO inbox_back (shard, id) SELECT shard_of(d.message), d.message FROM d WHERE d.back),
r AS (
    UPDATE request q SET done_at = clock_timestamp(), problem = d.problem FROM d
    WHERE d.kind IN (4, 5) AND q.shard = d.shard AND q.id = d.message)
SELECT took_all(cardinality($2::bigint[]), ARRAY(SELECT seq FROM d));

-- name: drop_timers
DELETE FROM timer t USING unnest($1::smallint[], $2::timestamptz[], $3::uuid[]) n(shard, fire_at, instance)
WHERE t.shard = n.shard AND t.fire_at = n.fire_at AND t.instance = n.instance;

-- name: add_timers
INSERT INTO timer (shard, fire_at, instance)
SELECT * FROM unnest($1::smallint[], $2::timestamptz[], $3::uuid[]) ON CONFLICT DO NOTHING;

-- name: rearm
UPDATE instance i SET timer_at = n.wake
FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) n(shard, id, was, wake)
WHERE i.shard = n.shard AND i.id = n.id AND i.timer_at = n.was RETURNING i.id;

-- name: release_keys
DELETE FROM living l USING unnest($1::smallint[], $2::uuid[]) n(shard, id), instance i, version v
WHERE i.shard = n.shard AND i.id = n.id AND v.id = i.version
    AND l.shard = shard_of_key(v.flow, i.key) AND l.flow = v.flow AND l.key = i.key AND l.instance = i.id;

-- name: count_moves
INSERT INTO tally (shard, version, status, n)
SELECT i.shard, i.version, c.status, sum(c.n)
FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::smallint[]) n(shard, id, was, now)
JOIN instance i ON i.shard = n.shard AND i.id = n.id
CROSS JOIN LATERAL (VALUES (n.was, -1), (n.now, 1)) c(status, n)
GROUP BY i.shard, i.version, c.status HAVING sum(c.n) <> 0;

-- name: repin
-- From here on they run by another version, and are counted there. After count_moves. No
-- such version: no transition.
WITH n AS (
    SELECT n.*, i.version AS was, v.id AS now
    FROM unnest($1::smallint[], $2::uuid[], $3::bytea[], $4::smallint[]) n(shard, id, image, status)
    JOIN instance i ON i.shard = n.shard AND i.id = n.id
    LEFT JOIN version v ON v.hash = n.image),
t AS (
    INSERT INTO tally (shard, version, status, n)
    SELECT n.shard, c.version, n.status, sum(c.n)
    FROM n CROSS JOIN LATERAL (VALUES (n.was, -1), (n.now, 1)) c(version, n)
    GROUP BY n.shard, c.version, n.status HAVING sum(c.n) <> 0)
UPDATE instance i SET version = n.now FROM n WHERE i.shard = n.shard AND i.id = n.id;

-- name: add_subscriptions
INSERT INTO subscription (shard, key, fields, instance, number, event, fresh)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::uuid[], $5::integer[], $6::text[],
    $7::boolean[]) ON CONFLICT DO NOTHING;

-- name: drop_subscriptions
DELETE FROM subscription s
USING unnest($1::smallint[], $2::bigint[], $3::integer[], $4::uuid[], $5::integer[])
    n(shard, key, fields, instance, number)
WHERE s.shard = n.shard AND s.key = n.key AND s.fields = n.fields AND s.instance = n.instance
    AND s.number = n.number;

-- name: put_tasks
INSERT INTO task (shard, id, instance, number, is_dead_letter, what, role, question, outcomes, showing,
    since, until)
SELECT n.shard, id_new(n.shard), n.instance, n.number, n.is_dead_letter, n.what, n.role, n.question,
    n.outcomes, n.showing, n.since, n.until
FROM unnest($1::smallint[], $2::uuid[], $3::integer[], $4::boolean[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])
    n(shard, instance, number, is_dead_letter, what, role, question, outcomes, showing, since, until)
ON CONFLICT (shard, instance, number) DO UPDATE SET role = excluded.role, question = excluded.question,
    outcomes = excluded.outcomes, showing = excluded.showing, until = excluded.until;

-- name: drop_tasks
DELETE FROM task t USING unnest($1::smallint[], $2::uuid[], $3::integer[]) n(shard, instance, number)
WHERE t.shard = n.shard AND t.instance = n.instance AND t.number = n.number;

-- name: emit
WITH n AS MATERIALIZED (
    SELECT t.*, id_new(t.shard) AS id,
        row_number() OVER (PARTITION BY t.shard, t.digest ORDER BY t.o) AS copy
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::timestamptz[], $7::uuid[],
        $8::boolean[]) WITH ORDINALITY t(shard, event, body, held, digest, at, instance, unclaimed, o)),
s AS (
    INSERT INTO seen AS s (shard, digest, until, id)
    SELECT n.shard, n.digest, clock_timestamp() + CASE WHEN n.held > 0 THEN n.held * interval '1 microsecond'
        ELSE interval '30 days' END, n.id
    FROM n WHERE n.digest IS NOT NULL AND n.copy = 1 ORDER BY n.shard, n.digest
    ON CONFLICT (shard, digest) DO UPDATE SET until = excluded.until, id = excluded.id
        WHERE s.until <= clock_timestamp()
    RETURNING s.id)
INSERT INTO inbox (shard, id, event, body, at, until, held, what, sent_by)
SELECT n.shard, n.id, n.event, n.body, n.at,
    n.at + CASE WHEN n.unclaimed THEN interval '30 days' ELSE n.held * interval '1 microsecond' END, n.held,
    CASE WHEN n.unclaimed THEN 4 WHEN n.digest IS NULL OR n.id IN (SELECT s.id FROM s) THEN 0 ELSE 5 END,
    n.instance::text
FROM n ORDER BY n.o;

-- name: begin_children
-- Instances that begin with their parents' transitions, in the parents' shards. Those that
-- cannot are answered at once, where somebody waits for them.
WITH c AS MATERIALIZED (
    SELECT c.*, v.id AS version
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
        WITH ORDINALITY c(parent, id, flow, signature, key, args, owned, o)
    LEFT JOIN LATERAL (SELECT v.id FROM version v WHERE v.flow = c.flow AND v.meta->>'signature' = c.signature
        ORDER BY v.number DESC LIMIT 1) v ON true),
l AS (
    INSERT INTO living (shard, flow, key, instance, args)
    SELECT shard_of_key(c.flow, c.key), c.flow, c.key, c.id, sha256(convert_to(c.args::jsonb::text, 'UTF8'))
    FROM c WHERE c.version IS NOT NULL AND c.key <> '' ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
    RETURNING instance),
b AS (
    SELECT c.* FROM c WHERE c.version IS NOT NULL AND (c.key = '' OR c.id IN (SELECT l.instance FROM l))),
i AS (
    INSERT INTO instance (shard, id, version, rev, status, in_flight, key, since, started_at, parent, owned)
    SELECT shard_of(b.id), b.id, b.version, 0, 1, false, coalesce(nullif(b.key, ''), b.id::text),
        clock_timestamp(), clock_timestamp(), b.parent, b.owned
    FROM b),
m AS (
    INSERT INTO mail (shard, instance, kind, message, actor, data)
    SELECT shard_of(b.id), b.id, 0, b.parent, 'instance ' || b.parent, b.args FROM b ORDER BY b.o),
t AS (
    INSERT INTO tally (shard, version, status, n)
    SELECT shard_of(b.id), b.version, 1, count(*) FROM b GROUP BY 1, 2)
INSERT INTO mail (shard, instance, kind, message, verb, data)
SELECT shard_of(c.parent), c.parent, 6, c.id, 'refused', json_build_object('message',
    CASE WHEN c.version IS NULL THEN format('no version of %s that is deployed takes and gives what is wanted', c.flow)
    ELSE format('%s "%s" is living already', c.flow, c.key) END)::text
FROM c WHERE c.owned AND c.id NOT IN (SELECT b.id FROM b) ORDER BY c.o;

-- name: say
-- Words between parents and children: in one shard, so in one transaction.
INSERT INTO mail (shard, instance, kind, message, verb, actor, reason, data)
SELECT shard_of(n.target), n.target, n.kind, n.source, n.verb, n.actor, n.reason, n.data
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[])
    WITH ORDINALITY n(source, target, kind, verb, actor, reason, data, o)
ORDER BY n.o;

-- name: measure
-- Once an instance and measure: whoever has been counted is not counted again.
WITH n AS (
    SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::boolean[],
        $8::text[]) t(shard, id, measure, at, value, unit, met, goal)),
m AS (
    INSERT INTO measured (shard, instance, measure, version, at, value, unit, met)
    SELECT n.shard, n.id, n.measure, i.version, n.at, n.value::numeric, n.unit, n.met
    FROM n JOIN instance i ON i.shard = n.shard AND i.id = n.id
    ON CONFLICT DO NOTHING RETURNING shard, instance, measure, version, value, unit, met)
INSERT INTO measure_tally (shard, version, measure, unit, n, total, met, missed, goal)
SELECT m.shard, m.version, m.measure, m.unit, count(*), sum(m.value), count(*) FILTER (WHERE m.met),
    count(*) FILTER (WHERE NOT m.met), max(n.goal::numeric)
FROM m JOIN n ON n.shard = m.shard AND n.id = m.instance AND n.measure = m.measure
GROUP BY m.shard, m.version, m.measure, m.unit;

-- name: raise_generations
INSERT INTO generation AS g (shard, key, n)
SELECT (get_byte(k, 0) & 31)::smallint, k, count(*) FROM unnest($1::bytea[]) k GROUP BY k ORDER BY 1, 2
ON CONFLICT (shard, key) DO UPDATE SET n = g.n + excluded.n;

-- name: ask_generations
SELECT coalesce(g.n, 0) FROM unnest($1::bytea[]) WITH ORDINALITY k(key, o)
LEFT JOIN generation g ON g.shard = (get_byte(k.key, 0) & 31)::smallint AND g.key = k.key ORDER BY k.o;

-- name: hold_values
-- Large values: each stands once in a shard, with how many instances hold it.
INSERT INTO value AS v (shard, hash, bytes, holders)
SELECT n.shard, n.hash, (array_agg(n.bytes))[1], count(*)
FROM unnest($1::smallint[], $2::bytea[], $3::bytea[]) n(shard, hash, bytes)
GROUP BY n.shard, n.hash ORDER BY n.shard, n.hash
ON CONFLICT (shard, hash) DO UPDATE SET holders = v.holders + excluded.holders;

-- name: drop_values
UPDATE value v SET holders = v.holders - n.n
FROM (SELECT t.shard, t.hash, count(*) AS n FROM unnest($1::smallint[], $2::bytea[]) t(shard, hash)
    GROUP BY t.shard, t.hash) n
WHERE v.shard = n.shard AND v.hash = n.hash;

-- name: forget_values
-- After drop_values, which has locked them: nobody holds them any more.
DELETE FROM value v USING unnest($1::smallint[], $2::bytea[]) n(shard, hash)
WHERE v.shard = n.shard AND v.hash = n.hash AND v.holders = 0;

-- name: note_values
-- What each of them holds now.
UPDATE instance i SET held = n.held
FROM (SELECT t.shard, t.id, array_agg(t.hash ORDER BY t.o) FILTER (WHERE t.hash IS NOT NULL) AS held
    FROM unnest($1::smallint[], $2::uuid[], $3::bytea[]) WITH ORDINALITY t(shard, id, hash, o)
    GROUP BY t.shard, t.id) n
WHERE i.shard = n.shard AND i.id = n.id;

-- name: refuse_starts
-- A start whose arguments do not fit leaves nothing but its refusal. Before take_mail.
WITH n AS (
    SELECT m.shard, m.instance AS id, m.data, t.problem, t.pointer
    FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) t(shard, seq, problem, pointer)
    JOIN mail m ON m.shard = t.shard AND m.seq = t.seq
    WHERE m.kind = 0),
d AS (
    DELETE FROM instance i USING n WHERE i.shard = n.shard AND i.id = n.id AND i.rev = 0
    RETURNING i.shard, i.id, i.version, i.key, i.parent, i.owned, n.data, n.problem, n.pointer),
p AS (
    INSERT INTO mail (shard, instance, kind, message, verb, data)
    SELECT d.shard, d.parent, 6, d.id, 'refused', json_build_object('message', d.problem)::text
    FROM d WHERE d.owned),
l AS (
    DELETE FROM living l USING d, version v
    WHERE v.id = d.version AND l.shard = shard_of_key(v.flow, d.key) AND l.flow = v.flow AND l.key = d.key
        AND l.instance = d.id),
t AS (
    INSERT INTO tally (shard, version, status, n) SELECT d.shard, d.version, 1, -1 FROM d)
INSERT INTO inbox (shard, id, event, body, at, until, held, what, problem, pointer)
SELECT d.shard, d.id, 'start ' || v.flow, coalesce(nullif(d.data, ''), 'null'), clock_timestamp(),
    clock_timestamp() + interval '30 days', 0, 6, d.problem, d.pointer
FROM d JOIN version v ON v.id = d.version;

-- name: free
-- An operator takes the instance out of quarantine: it is what it was.
WITH s AS (
    DELETE FROM suspect s USING unnest($1::smallint[], $2::uuid[]) n(shard, id)
    WHERE s.shard = n.shard AND s.instance = n.id AND s.quarantined_at IS NOT NULL
    RETURNING s.shard, s.instance, s.status_was),
i AS (
    UPDATE instance i SET status = s.status_was FROM s
    WHERE i.shard = s.shard AND i.id = s.instance AND i.status = 6
    RETURNING i.shard, i.version, i.status)
INSERT INTO tally (shard, version, status, n)
SELECT i.shard, i.version, c.status, c.n
FROM i CROSS JOIN LATERAL (VALUES (6::smallint, -1), (i.status, 1)) c(status, n);
