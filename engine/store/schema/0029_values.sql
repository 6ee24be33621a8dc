-- Large values stand beside the snapshots that refer to them by their hash: once in a shard,
-- however many hold them and however often these move.
SET LOCAL search_path = flow_data;

-- It goes with the last instance that holds it.
CREATE TABLE value (
    shard smallint NOT NULL,
    hash bytea NOT NULL,       -- SHA-256 of bytes
    holders integer NOT NULL,  -- how many instances of the shard name it in `held`
    bytes bytea NOT NULL,
    PRIMARY KEY (shard, hash)
) WITH (fillfactor = 90);
DO $$
BEGIN
    ALTER TABLE value ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END $$;

-- What its snapshot refers to. NULL: nothing, as with nearly all.
ALTER TABLE instance ADD COLUMN held bytea[];

-- All of them in one piece: hash, length in four bytes, bytes; and the next.
CREATE FUNCTION values_of(home smallint, held bytea[]) RETURNS bytea LANGUAGE sql STABLE STRICT
SET search_path = flow_data, pg_temp AS $$
    SELECT string_agg(v.hash || int4send(octet_length(v.bytes)) || v.bytes, ''::bytea ORDER BY v.hash)
    FROM value v WHERE v.shard = home AND v.hash = ANY (held)
$$;

-- As in 0015 and 0021; what is forgotten holds nothing any more.
CREATE OR REPLACE FUNCTION forget_ended(shards smallint[], most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    longest interval;
    whole uuid; -- the months before it are past the retention of every flow
    homes smallint[];
    let_go bytea[];
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
        RETURNING i.shard, i.id, i.version, i.status, i.held),
    counted AS (
        INSERT INTO tally (shard, version, status, n)
        SELECT g.shard, g.version, g.status, -count(*) FROM gone g GROUP BY 1, 2, 3),
    written AS (
        DELETE FROM journal j USING gone g WHERE g.id >= whole AND j.shard = g.shard AND j.instance = g.id),
    measures AS (
        DELETE FROM measured m USING gone g WHERE m.shard = g.shard AND m.instance = g.id),
    suspects AS (
        DELETE FROM suspect s USING gone g WHERE s.shard = g.shard AND s.instance = g.id),
    holding AS (
        SELECT array_agg(g.shard) AS homes, array_agg(h.hash) AS let_go
        FROM gone g CROSS JOIN LATERAL unnest(g.held) h(hash))
    SELECT (SELECT count(*) FROM root), h.homes, h.let_go INTO n, homes, let_go FROM holding h;
    IF let_go IS NOT NULL THEN
        UPDATE value v SET holders = v.holders - x.n
        FROM (SELECT t.shard, t.hash, count(*) AS n FROM unnest(homes, let_go) t(shard, hash) GROUP BY 1, 2) x
        WHERE v.shard = x.shard AND v.hash = x.hash;
        DELETE FROM value v USING unnest(homes, let_go) t(shard, hash)
        WHERE v.shard = t.shard AND v.hash = t.hash AND v.holders = 0;
    END IF;
    RETURN n;
END $$;

DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_operator', 'SELECT ON flow_data.value'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow_data.values_of(smallint, bytea[])'),
        ('flow_engine', 'SELECT, INSERT, UPDATE, DELETE ON flow_data.value'),
        ('flow_engine', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL TABLES IN SCHEMA flow, flow_data'),
        ('flow_owner', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION values_of(smallint, bytea[]), forget_ended(smallint[], integer) FROM PUBLIC;
