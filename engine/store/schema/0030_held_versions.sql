-- Flow versions whose work brings the engine down: how many deaths stand against each, and which are held.
SET LOCAL search_path = flow_data;

-- Deaths in a row of owners of the shard with instances of the version in hand, of which none has ended well since.
-- Written by the take-over, deleted when one ends well.
CREATE TABLE blame (
    shard smallint NOT NULL,
    version integer NOT NULL,
    deaths integer NOT NULL,
    died_of_it uuid[] NOT NULL, -- owners that counted as dead, and may come back
    PRIMARY KEY (shard, version)
);

-- A row from the first time on that a version is held; `rev` rises with each change.
CREATE TABLE version_hold (
    version integer PRIMARY KEY REFERENCES version,
    rev bigint NOT NULL,
    held_at timestamptz,        -- nothing of it is due until an operator lets it go on
    set_aside integer NOT NULL, -- of its instances, when it was
    let_go_at timestamptz       -- those that were set aside before count no more
);

-- What operators said, for ever.
CREATE TABLE version_word (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version integer NOT NULL REFERENCES version,
    verb text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    reason text
);

-- Instances of which nothing is due. The first condition is looked at once a statement: where no version
-- is held, no instance is looked for.
CREATE VIEW held_instance AS
    SELECT i.shard, i.id AS instance FROM instance i
    WHERE (SELECT bool_or(true) FROM version_hold h WHERE h.held_at IS NOT NULL)
        AND EXISTS (SELECT FROM version_hold h WHERE h.version = i.version AND h.held_at IS NOT NULL);

-- Of its instances, those that were set aside within a day, and since it was let go.
CREATE FUNCTION set_aside_lately(which integer) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM suspect s WHERE s.version = which AND s.quarantined_at > greatest(
        clock_timestamp() - interval '1 day', (SELECT h.let_go_at FROM version_hold h WHERE h.version = which))
$$;

CREATE VIEW flow.held_versions AS
    SELECT v.flow, v.number AS version, h.held_at AS since, h.set_aside,
        (SELECT coalesce(sum(c.n), 0)::bigint FROM flow.counts c WHERE c.flow = v.flow AND c.version = v.number
            AND c.status NOT IN ('completed', 'failed', 'cancelled')) AS waiting
    FROM flow_data.version_hold h JOIN flow_data.version v ON v.id = h.version WHERE h.held_at IS NOT NULL;
CREATE VIEW flow.version_words AS
    SELECT v.flow, v.number AS version, w.verb, w.at, w.actor, w.reason
    FROM flow_data.version_word w JOIN flow_data.version v ON v.id = w.version;

-- An operator lets versions of a flow go on (NULL: all that are held), and what was set aside of them. Nothing
-- that was counted against them counts any more. All nodes hear of it when it is committed.
CREATE FUNCTION version_let_go(flow_name text, wanted integer, said text, who text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone integer[];
BEGIN
    IF NOT EXISTS (SELECT FROM version v WHERE v.flow = flow_name AND (wanted IS NULL OR v.number = wanted)) THEN
        PERFORM refuse('gone', format('there is no flow "%s"', flow_name) || coalesce(format(' version %s', wanted), ''),
            'flowctl flows lists what is deployed');
    END IF;
    WITH h AS (
        UPDATE version_hold h SET held_at = NULL, let_go_at = clock_timestamp(), rev = h.rev + 1 FROM version v
        WHERE v.id = h.version AND v.flow = flow_name AND (wanted IS NULL OR v.number = wanted) AND h.held_at IS NOT NULL
        RETURNING h.version)
    SELECT array_agg(h.version) INTO gone FROM h;
    IF gone IS NULL THEN
        PERFORM refuse('conflict', CASE WHEN wanted IS NULL THEN format('no version of %s is held', flow_name)
            ELSE format('%s version %s is not held', flow_name, wanted) END, 'flowctl flows says which are');
    END IF;
    INSERT INTO version_word (version, verb, actor, reason) SELECT x, 'resume', who, said FROM unnest(gone) x;
    DELETE FROM blame b WHERE b.version = ANY (gone);
    DELETE FROM suspect s WHERE s.version = ANY (gone) AND s.quarantined_at IS NULL;
    PERFORM request_new(s.instance, 5::smallint, NULL, 'resume', NULL, NULL, said, who)
    FROM suspect s WHERE s.version = ANY (gone) AND s.quarantined_at IS NOT NULL;
    PERFORM ring();
    PERFORM pg_notify('flow_nodes', '');
    RETURN cardinality(gone);
END $$;
CREATE FUNCTION flow.resume_flow(flow text, version integer DEFAULT NULL, reason text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    IF octet_length(reason) > 4096 THEN
        PERFORM refuse('bad_data', 'a reason has at most 4096 bytes');
    END IF;
    RETURN version_let_go(flow, version, reason, actor());
END $$;

-- As before; a version that is held does not begin by itself. What is missed meanwhile is as if no engine had run.
CREATE OR REPLACE FUNCTION schedule_begin(flow_name text, which integer, hash_wanted bytea, was timestamptz,
    moment timestamptz, next timestamptz, given text, key_wanted text,
    OUT id uuid, OUT created boolean, OUT key text, OUT number integer)
LANGUAGE plpgsql AS $$
DECLARE
    v version;
BEGIN
    SELECT x.* INTO v FROM version x WHERE x.hash = hash_wanted;
    UPDATE schedule s SET over = moment, due = next, problem = NULL
    WHERE s.flow = flow_name AND s.line = which AND s.version = v.id AND s.over = was AND s.paused_at IS NULL
        AND NOT EXISTS (SELECT FROM version_hold h WHERE h.version = v.id AND h.held_at IS NOT NULL);
    IF NOT FOUND THEN
        PERFORM refuse('conflict', format('%s has begun, or begins otherwise now', flow_name));
    END IF;
    SELECT b.id, b.created, b.key INTO id, created, key
    FROM begin_instance(v, given, key_wanted, false, 'schedule') b;
    number := v.number;
    IF created THEN
        UPDATE schedule s SET begun_at = moment, instance = schedule_begin.id WHERE s.flow = flow_name AND s.line = which;
        PERFORM ring();
    END IF;
END $$;
CREATE OR REPLACE VIEW flow.schedules AS
    SELECT s.flow, v.number AS version, s.line + 1 AS line, s.rule AS every, CASE WHEN h.version IS NULL THEN s.due END AS next,
        s.begun_at AS last_at, s.instance AS last, s.paused_at, s.paused_by, s.reason,
        CASE WHEN h.version IS NULL THEN s.problem ELSE format('version %s is held: flowctl flows says why', v.number) END AS problem
    FROM flow_data.schedule s JOIN flow_data.version v ON v.id = s.version
    LEFT JOIN flow_data.version_hold h ON h.version = s.version AND h.held_at IS NOT NULL;

DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'SELECT ON flow.held_versions, flow.version_words'),
        ('flow_api', 'SELECT ON flow.held_versions, flow.version_words'),
        ('flow_operator', 'SELECT ON flow.held_versions, flow.version_words'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.resume_flow(text, integer, text)'),
        ('flow_engine', 'SELECT ON flow.held_versions, flow.version_words, flow_data.held_instance'),
        ('flow_engine', 'SELECT, INSERT, UPDATE, DELETE ON flow_data.blame'),
        ('flow_engine', 'SELECT, INSERT, UPDATE ON flow_data.version_hold'),
        ('flow_engine', 'SELECT, INSERT ON flow_data.version_word'),
        ('flow_engine', 'USAGE ON ALL SEQUENCES IN SCHEMA flow_data'),
        ('flow_engine', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL TABLES IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL SEQUENCES IN SCHEMA flow_data'),
        ('flow_owner', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION set_aside_lately(integer), version_let_go(text, integer, text, text),
    flow.resume_flow(text, integer, text) FROM PUBLIC;
