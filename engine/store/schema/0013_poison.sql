-- Instances whose work brings the engine down: who is under suspicion, and who is set aside.
SET LOCAL search_path = flow_data;

-- Owners in a row that died with the shard in their hands; 0 again when one has lived long enough.
ALTER TABLE shard_lease ADD COLUMN deaths integer NOT NULL DEFAULT 0;

-- Written before work is begun in a shard whose owners keep dying, deleted when it has ended
-- well. `claimed_by` is the node that works on it now: if it dies, it dies of this, perhaps.
CREATE TABLE suspect (
    shard smallint NOT NULL,
    instance uuid NOT NULL,
    deaths integer NOT NULL,    -- of nodes that had it in hand, less those that had not
    claimed_by uuid,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    quarantined_at timestamptz, -- set aside, until an operator resumes it
    status_was smallint,        -- what it will be then
    version integer,            -- of those set aside: flows of which too many are
    PRIMARY KEY (shard, instance)
);
CREATE INDEX suspect_version ON suspect (version) WHERE quarantined_at IS NOT NULL;

CREATE VIEW flow.quarantine AS
    SELECT i.id, i.key, v.flow, v.number AS version, s.quarantined_at AS since, s.deaths, i.state
    FROM flow_data.suspect s
    JOIN flow_data.instance i ON i.shard = s.shard AND i.id = s.instance
    JOIN flow_data.version v ON v.id = i.version
    WHERE s.quarantined_at IS NOT NULL;

-- As before; of an instance that is set aside nothing is asked but to resume it.
CREATE OR REPLACE FUNCTION request_new(target uuid, kind smallint, task integer, verb text, step text,
    data text, reason text, who text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := id_new(shard_of(target));
BEGIN
    PERFORM check_size(data, 'the data');
    IF NOT (kind = 5 AND verb = 'resume') AND EXISTS (SELECT FROM instance i
            WHERE i.shard = shard_of(target) AND i.id = target AND i.status = 6) THEN
        PERFORM refuse('conflict', 'it is set aside, because it brought the engine down too often: resume it first');
    END IF;
    INSERT INTO request (shard, id, instance, verb, step, data, actor, reason)
    VALUES (shard_of(target), id, target, verb, step, data, who, reason);
    INSERT INTO mail (shard, instance, kind, message, task, verb, step, actor, reason, data)
    VALUES (shard_of(target), target, kind, id, task, verb, step, who, reason, data);
    PERFORM ring();
    RETURN id;
END $$;

DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'SELECT ON flow.quarantine'),
        ('flow_api', 'SELECT ON flow.quarantine'),
        ('flow_operator', 'SELECT ON flow.quarantine'),
        ('flow_engine', 'SELECT ON flow.quarantine'),
        ('flow_engine', 'SELECT, INSERT, UPDATE, DELETE ON flow_data.suspect'),
        ('flow_owner', 'ALL ON flow.quarantine, flow_data.suspect')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
END $$;
