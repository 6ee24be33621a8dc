-- How long what has ended is kept, flow by flow; and a journal that gives back whole months.
SET LOCAL search_path = flow_data;

-- The last row of a flow is in force, the others tell what was. `keep` NULL: for ever, as
-- for flows without a row.
CREATE TABLE retention (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flow text NOT NULL,
    keep interval,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by text NOT NULL,
    reason text
);
CREATE VIEW retained AS
    SELECT DISTINCT ON (r.flow) r.* FROM retention r ORDER BY r.flow, r.id DESC;

-- Those that may be forgotten, the longest ended first. What another instance ran is
-- forgotten with it. Written when an instance ends: no step before changes it.
CREATE INDEX instance_ended ON instance (shard, version, ended_at) WHERE ended_at IS NOT NULL AND NOT owned;

-- The journal by the months in which instances began: their ids rise with time. What was
-- written until now becomes the first part, which lasts to the end of this month.
CREATE FUNCTION id_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (encode(substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3), 'hex')
        || '00000000000000000000')::uuid;
CREATE FUNCTION month_of(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
CREATE TABLE journal_month (
    part text PRIMARY KEY,      -- the table's name
    low uuid,                   -- the first id that lies in it; NULL: all before
    high uuid NOT NULL          -- the first that does not
);

ALTER TABLE journal RENAME TO journal_first;
ALTER TABLE journal_first RENAME CONSTRAINT journal_pkey TO journal_first_pkey;
CREATE TABLE journal (LIKE journal_first INCLUDING STORAGE INCLUDING COMPRESSION,
    PRIMARY KEY (shard, instance, rev)) PARTITION BY RANGE (instance);
DO $$
DECLARE
    high uuid := id_floor(month_of(clock_timestamp()) + interval '1 month');
BEGIN
    EXECUTE format('ALTER TABLE journal ATTACH PARTITION journal_first FOR VALUES FROM (MINVALUE) TO (%L)', high);
    INSERT INTO journal_month VALUES ('journal_first', NULL, high);
END $$;
-- Ids of clocks that are far off: nothing is ever without a place.
CREATE TABLE journal_else PARTITION OF journal DEFAULT WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

-- A place for what begins this month and the next. True when one was made.
CREATE FUNCTION journal_room(now timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    month timestamptz;
    name text;
BEGIN
    FOR n IN 0..1 LOOP
        month := month_of(now) + n * interval '1 month';
        CONTINUE WHEN EXISTS (SELECT FROM journal_month m WHERE m.high > id_floor(month));
        name := 'journal_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
        EXECUTE format('CREATE TABLE %I (LIKE journal INCLUDING ALL) WITH (autovacuum_vacuum_insert_scale_factor = 0.5)', name);
        EXECUTE format('ALTER TABLE journal ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
            id_floor(month), id_floor(month + interval '1 month'));
        INSERT INTO journal_month VALUES (name, id_floor(month), id_floor(month + interval '1 month'));
        RETURN true;
    END LOOP;
    RETURN false;
END $$;

-- A month that is over, and of which no instance is left, is given back to the disk at once.
CREATE FUNCTION journal_give_back(now timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    name text := (SELECT m.part FROM journal_month m WHERE m.high <= id_floor(now)
        AND NOT EXISTS (SELECT FROM shard_lease s JOIN instance i ON i.shard = s.shard
            AND i.id >= coalesce(m.low, '00000000-0000-0000-0000-000000000000') AND i.id < m.high)
        ORDER BY m.high LIMIT 1);
BEGIN
    IF name IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    DELETE FROM journal_month m WHERE m.part = name;
    RETURN true;
END $$;

-- One at a time in the whole database; who finds the table busy comes again.
CREATE FUNCTION journal_tend() RETURNS integer LANGUAGE plpgsql SET search_path = flow_data, pg_temp AS $$
DECLARE
    now timestamptz := clock_timestamp();
BEGIN
    IF NOT pg_try_advisory_xact_lock(7303) THEN
        RETURN 0;
    END IF;
    -- Without a retention nothing was forgotten, and no month can have become empty.
    RETURN journal_room(now)::integer
        + CASE WHEN EXISTS (SELECT FROM retention) THEN journal_give_back(now)::integer ELSE 0 END;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END $$;

-- Ended instances that nobody wants kept any longer, `most` of them, with what they ran and
-- all that was written of them. Of months that are past the retention of every flow the
-- journal is left: it goes with its month. Returns how many.
CREATE FUNCTION forget_ended(shards smallint[], most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    longest interval;
    whole uuid; -- the months before it are past the retention of every flow
    n integer;
BEGIN
    IF NOT EXISTS (SELECT FROM retention) THEN
        RETURN 0;
    END IF;
    longest := (SELECT CASE WHEN bool_and(r.keep IS NOT NULL) THEN max(r.keep) END
        FROM (SELECT DISTINCT v.flow FROM version v) f LEFT JOIN retained r ON r.flow = f.flow);
    whole := coalesce((SELECT m.high FROM journal_month m
        WHERE m.high <= id_floor(clock_timestamp() - longest) ORDER BY m.high DESC LIMIT 1), '00000000-0000-0000-0000-000000000000');
    WITH RECURSIVE root AS MATERIALIZED (
        SELECT i.shard, i.id FROM version v
        JOIN retained r ON r.flow = v.flow AND r.keep IS NOT NULL
        CROSS JOIN unnest(shards) s(shard)
        CROSS JOIN LATERAL (
            SELECT x.shard, x.id FROM instance x
            WHERE x.shard = s.shard AND x.version = v.id AND NOT x.owned
                AND x.ended_at < statement_timestamp() - r.keep
            ORDER BY x.ended_at LIMIT most) i
        LIMIT most),
    family AS (
        SELECT root.shard, root.id FROM root
        UNION ALL
        SELECT i.shard, i.id FROM family f JOIN instance i ON i.parent = f.id AND i.shard = f.shard AND i.owned),
    gone AS (
        DELETE FROM instance i USING family f WHERE i.shard = f.shard AND i.id = f.id AND i.ended_at IS NOT NULL
        RETURNING i.shard, i.id, i.version, i.status),
    counted AS (
        INSERT INTO tally (shard, version, status, n)
        SELECT g.shard, g.version, g.status, -count(*) FROM gone g GROUP BY 1, 2, 3),
    written AS (
        DELETE FROM journal j USING gone g WHERE g.id >= whole AND j.shard = g.shard AND j.instance = g.id),
    measures AS (
        DELETE FROM measured m USING gone g WHERE m.shard = g.shard AND m.instance = g.id),
    suspects AS (
        DELETE FROM suspect s USING gone g WHERE s.shard = g.shard AND s.instance = g.id)
    SELECT count(*) INTO n FROM root;
    RETURN n;
END $$;

CREATE FUNCTION flow.retain(flow text, keep interval, reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM version v WHERE v.flow = retain.flow) THEN
        PERFORM refuse('not_found', format('no flow "%s" is deployed', retain.flow), 'see: flowctl flows');
    END IF;
    IF keep < interval '1 minute' THEN
        PERFORM refuse('bad_data', 'what has ended is kept for a minute at least, or nobody could look at it');
    END IF;
    INSERT INTO retention (flow, keep, set_by, reason) VALUES (retain.flow, justify_hours(retain.keep), actor(), retain.reason);
    PERFORM ring();
END $$;

-- How many have ended: statuses from 100 on.
CREATE VIEW flow.retention AS
    SELECT f.flow, r.keep, r.set_at, r.set_by, r.reason,
        coalesce((SELECT sum(t.n) FROM flow_data.tally t JOIN flow_data.version v ON v.id = t.version
            WHERE v.flow = f.flow AND t.status >= 100), 0)::bigint AS ended
    FROM (SELECT DISTINCT v.flow FROM flow_data.version v) f LEFT JOIN flow_data.retained r ON r.flow = f.flow;
CREATE VIEW flow.journal_parts AS
    SELECT m.part, pg_total_relation_size(('flow_data.' || quote_ident(m.part))::regclass) AS bytes
    FROM flow_data.journal_month m;

-- As in 0003: the view of before still reads the first part alone.
CREATE OR REPLACE VIEW flow.history AS
    SELECT row_number() OVER (PARTITION BY j.instance ORDER BY j.rev, e.n) AS seq, j.at,
        e.entry->>0 AS kind, e.entry->>1 AS state, e.entry->>2 AS step, (e.entry->>3)::integer AS line,
        e.entry->>4 AS actor, e.entry->>5 AS text,
        CASE WHEN json_typeof(e.entry->6) <> 'null' THEN e.entry->6 END AS data, j.instance
    FROM flow_data.shard_lease l
    JOIN flow_data.journal j ON j.shard = l.shard,
    LATERAL json_array_elements(j.entries::json) WITH ORDINALITY e(entry, n);

-- What happened is never rewritten: the engine may add to it, and ask that what is past its
-- retention be forgotten.
DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'SELECT ON flow.retention, flow.journal_parts'),
        ('flow_api', 'SELECT ON flow.retention, flow.journal_parts'),
        ('flow_operator', 'SELECT ON flow.retention, flow.journal_parts'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.retain(text, interval, text)'),
        ('flow_engine', 'SELECT ON flow.retention, flow.journal_parts'),
        ('flow_engine', 'SELECT, INSERT ON flow_data.journal'),
        ('flow_engine', 'SELECT ON flow_data.journal_month, flow_data.retention, flow_data.retained'),
        ('flow_engine', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL TABLES IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL SEQUENCES IN SCHEMA flow_data'),
        ('flow_owner', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION id_floor(timestamptz), month_of(timestamptz), journal_room(timestamptz), journal_give_back(timestamptz),
    journal_tend(), forget_ended(smallint[], integer), flow.retain(text, interval, text) FROM PUBLIC;
