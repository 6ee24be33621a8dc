-- The tables: what docs/DATA.md shows and explains. Everything in them is private to the
-- engine; schema flow is what others may stand on.
CREATE SCHEMA flow;
CREATE SCHEMA flow_data;
SET LOCAL search_path = flow_data;

-- Where things lie. The shard of an instance, an event or a request is in its id.
CREATE FUNCTION shard_of(id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (get_byte(uuid_send(id), 15) & 31)::smallint;
CREATE FUNCTION shard_of_text(t text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (get_byte(sha256(convert_to(t, 'UTF8')), 0) & 31)::smallint;
CREATE FUNCTION shard_of_key(flow text, key text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (get_byte(sha256(convert_to(flow || '/' || key, 'UTF8')), 0) & 31)::smallint;

-- A UUID of version 7 that lies in a shard (a negative one: in any): 48 bits of
-- milliseconds, 12 of the millisecond's fraction (so that ids rise within it), chance.
CREATE FUNCTION id_new(shard integer) RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
    us bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    b bytea := overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(us / 1000) FROM 3) FROM 1 FOR 6);
    fraction integer := ((us % 1000) * 4096 / 1000)::integer;
BEGIN
    b := set_byte(set_byte(b, 6, 112 | (fraction >> 8)), 7, fraction & 255);
    IF shard >= 0 THEN
        b := set_byte(b, 15, (get_byte(b, 15) & 224) | shard);
    END IF;
    RETURN encode(b, 'hex')::uuid;
END $$;

-- Compiled flows, for ever as they are. Few, read by everybody.
CREATE TABLE version (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flow text NOT NULL,
    number integer NOT NULL,
    hash bytea NOT NULL,
    image bytea NOT NULL,
    source text NOT NULL,
    meta jsonb NOT NULL,
    deployed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deployed_by text NOT NULL,
    reason text,
    UNIQUE (flow, number),
    UNIQUE (hash)
);
ALTER TABLE version ALTER COLUMN image SET STORAGE EXTERNAL;

-- The events that deployed flows declare: by the newest version that does.
CREATE TABLE event (
    name text PRIMARY KEY,
    version integer NOT NULL REFERENCES version,
    fields jsonb NOT NULL,      -- [{name, kind, required}]
    unique_fields text[] NOT NULL,
    held bigint NOT NULL        -- microseconds; 0: not held
);

-- What flows run against. The last row is in force; the others tell what was.
CREATE TABLE environment (
    version integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    document jsonb NOT NULL,
    deployed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deployed_by text NOT NULL,
    reason text
);

-- One run of a flow. The snapshot is the state; the other columns are what lists show and
-- what the transition checks. Nothing that changes at every step stands in an index.
CREATE TABLE instance (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    rev integer NOT NULL,
    status smallint NOT NULL,
    in_flight boolean NOT NULL,
    state text,
    key text NOT NULL,
    since timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    timer_at timestamptz,       -- what the timer table holds for it
    parent uuid,
    snapshot bytea,
    PRIMARY KEY (shard, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Calls that were under way when a node died. A step that follows a call with another call
-- leaves the predicate as it is: the update stays HOT.
CREATE INDEX instance_in_flight ON instance (shard, id) WHERE in_flight;
-- Orders are asked for by their key, the latest first (ids rise with time).
CREATE INDEX instance_key ON instance (key, id);

-- The key of what lives: a second start with it gives the first instance.
CREATE TABLE living (
    shard smallint NOT NULL,    -- of flow and key
    flow text NOT NULL,
    key text NOT NULL,
    instance uuid NOT NULL,
    args bytea NOT NULL,        -- SHA-256 of the arguments, to tell "again" from "another"
    PRIMARY KEY (shard, flow, key)
);

-- What happened, in order: one row a transition. Instance ids are of version 7, so a range
-- of ids is a range of time: this table can become the first partition of itself.
CREATE TABLE journal (
    shard smallint NOT NULL,
    instance uuid NOT NULL,
    rev integer NOT NULL,
    at timestamptz NOT NULL,
    stimulus smallint NOT NULL,
    entries text NOT NULL,      -- JSON [[kind, state, step, line, actor, text, data], …]
    PRIMARY KEY (shard, instance, rev)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

-- When those who sleep are woken: the earliest moment of each. A timer may be early (then
-- it is set anew), never late.
CREATE TABLE timer (
    shard smallint NOT NULL,
    fire_at timestamptz NOT NULL,
    instance uuid NOT NULL,
    PRIMARY KEY (shard, fire_at, instance)
);

-- Who waits for what. The shard is the event's.
CREATE TABLE subscription (
    shard smallint NOT NULL,
    key bigint NOT NULL,        -- hash of event and key fields
    fields integer NOT NULL,    -- which key fields were hashed
    instance uuid NOT NULL,
    number integer NOT NULL,
    event text NOT NULL,
    fresh boolean NOT NULL,     -- not yet matched with what is held
    PRIMARY KEY (shard, key, fields, instance, number)
);
CREATE INDEX subscription_fresh ON subscription (shard, instance) WHERE fresh;

-- What came. what: 0 new, 1 being filed, 2 delivered, 3 held, 4 unclaimed, 5 duplicate,
-- 6 refused. Only the owner of the shard changes a row.
CREATE TABLE inbox (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    event text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL, -- held until; otherwise: shown until
    held bigint NOT NULL,
    what smallint NOT NULL,
    begun boolean NOT NULL DEFAULT false,      -- it began an instance
    copies integer NOT NULL DEFAULT 0,         -- mails that carry it,
    refusals integer NOT NULL DEFAULT 0,       -- and those that came back
    keys bigint[] NOT NULL DEFAULT '{}',
    masks integer[] NOT NULL DEFAULT '{}',
    offered uuid[] NOT NULL DEFAULT '{}',      -- whom it was given to, and by which
    offered_by integer[] NOT NULL DEFAULT '{}', -- of their subscriptions
    sent_by text,
    problem text,
    pointer text,
    PRIMARY KEY (shard, id)
) WITH (fillfactor = 70);
-- The two kinds the matcher works on, and what is to be tidied away.
CREATE INDEX inbox_new ON inbox (shard, id) WHERE what < 2;
CREATE INDEX inbox_until ON inbox (shard, until);
-- How those who begin to wait find what is held.
CREATE TABLE inbox_key (
    shard smallint NOT NULL,
    key bigint NOT NULL,
    fields integer NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (shard, key, fields, id)
);
-- Events that somebody was given and did not take.
CREATE TABLE inbox_back (
    shard smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    PRIMARY KEY (shard, seq)
);
-- The digests of `unique` events, as long as a second copy would be a duplicate.
CREATE TABLE seen (
    shard smallint NOT NULL,
    digest bytea NOT NULL,
    until timestamptz NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (shard, digest)
);
CREATE INDEX seen_until ON seen (shard, until);

-- Stimuli that wait for their instance. Others only insert; the owner of the shard deletes
-- a row in the transition that it leads to. kind is enum stimulus_kind.
CREATE TABLE mail (
    shard smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    instance uuid NOT NULL,
    kind smallint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text,
    message uuid,               -- the stored event or the request
    task integer,
    verb text,
    step text,
    actor text,
    reason text,
    data text,
    PRIMARY KEY (shard, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- What people are asked.
CREATE TABLE task (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    instance uuid NOT NULL,
    number integer NOT NULL,
    is_dead_letter boolean NOT NULL,
    what text,
    role text NOT NULL,
    question text NOT NULL,
    outcomes text NOT NULL,     -- JSON [{name, form}]
    showing text,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (shard, id),
    UNIQUE (shard, instance, number)
);

-- Commands and answers of people, and what became of them.
CREATE TABLE request (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    instance uuid NOT NULL,
    verb text NOT NULL,
    step text,
    data text,
    actor text NOT NULL,
    reason text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    problem text,               -- why it could not be done
    PRIMARY KEY (shard, id)
);

-- How often the effect of an idempotency key was undone.
CREATE TABLE generation (
    shard smallint NOT NULL,
    key bytea NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (shard, key)
) WITH (fillfactor = 80);

-- Instances counted by differences: exact at every moment, written without contention,
-- folded now and then by the owner of the shard.
CREATE TABLE tally (
    shard smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL,
    status smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (shard, seq)
);

-- Who works where. A lease changes at take-over only; the heartbeat has its own row.
CREATE TABLE node (
    nonce uuid PRIMARY KEY,
    lock_key bigint NOT NULL,   -- of the session lock that dies with the process
    name text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE shard_lease (
    shard smallint PRIMARY KEY,
    owner uuid,
    epoch bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO shard_lease (shard, epoch) SELECT s, 0 FROM generate_series(0, 31) s;
-- A node lives while its heartbeat is fresh and its session holds its lock: after a kill -9
-- the lock is gone at once.
CREATE VIEW node_alive AS
    SELECT n.nonce, n.name FROM node n
    WHERE n.expires_at > statement_timestamp() AND EXISTS (
        SELECT FROM pg_catalog.pg_locks k
        WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
            AND k.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
            AND k.classid::bigint = ((n.lock_key >> 32) & 4294967295)
            AND k.objid::bigint = (n.lock_key & 4294967295));

-- Who may come through the door.
CREATE TABLE token (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE, -- SHA-256 of what was shown once
    role text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

-- lz4 where the server was built with it: a snapshot beyond 2 KiB is squeezed five times
-- faster than by the standard way.
DO $$
BEGIN
    ALTER TABLE instance ALTER COLUMN snapshot SET COMPRESSION lz4;
    ALTER TABLE journal ALTER COLUMN entries SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;
