-- Flows that begin by themselves, and what is measured of flows.
SET LOCAL search_path = flow_data;

-- A line `starts every` of the newest version of a flow. Whoever begins what is due moves
-- `over` from the moment that was over to this one, in the transaction that begins it: two
-- who mean the same moment cannot both.
CREATE TABLE schedule (
    flow text NOT NULL,
    line integer NOT NULL,       -- which of its lines, from 0
    version integer NOT NULL REFERENCES version,
    rule text NOT NULL,          -- as the flow says it
    over timestamptz NOT NULL,   -- what was due until then has begun, was missed or not wanted
    due timestamptz,             -- the next moment, for people: an engine has reckoned it
    problem text,                -- why none can be reckoned
    begun_at timestamptz,        -- the latest moment at which it began,
    instance uuid,               -- and what
    paused_at timestamptz,
    paused_by text,
    reason text,
    PRIMARY KEY (flow, line)
);

-- The newest version says when. A line that says the same as before goes on where it was;
-- another one begins now.
CREATE FUNCTION version_has_schedule() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    said jsonb := coalesce(new.meta->'starts_every', '[]');
BEGIN
    IF EXISTS (SELECT FROM version v WHERE v.flow = new.flow AND v.number > new.number) THEN
        RETURN NULL;
    END IF;
    DELETE FROM schedule s WHERE s.flow = new.flow AND s.line >= jsonb_array_length(said);
    INSERT INTO schedule AS s (flow, line, version, rule, over)
    SELECT new.flow, o - 1, new.id, rule, clock_timestamp()
    FROM jsonb_array_elements_text(said) WITH ORDINALITY t(rule, o)
    ON CONFLICT (flow, line) DO UPDATE SET version = excluded.version, rule = excluded.rule, due = NULL,
        problem = NULL, over = CASE WHEN s.rule = excluded.rule THEN s.over ELSE excluded.over END;
    RETURN NULL;
END $$;
CREATE TRIGGER version_schedule AFTER INSERT ON version
    FOR EACH ROW EXECUTE FUNCTION version_has_schedule();

-- The moment has come: once, whoever says so and however often. Where the flow's own key
-- lives already the moment is over too, and `created` false.
CREATE FUNCTION schedule_begin(flow_name text, which integer, hash_wanted bytea, was timestamptz,
    moment timestamptz, next timestamptz, given text, key_wanted text,
    OUT id uuid, OUT created boolean, OUT key text, OUT number integer)
LANGUAGE plpgsql AS $$
DECLARE
    v version;
BEGIN
    SELECT x.* INTO v FROM version x WHERE x.hash = hash_wanted;
    UPDATE schedule s SET over = moment, due = next, problem = NULL
    WHERE s.flow = flow_name AND s.line = which AND s.version = v.id AND s.over = was AND s.paused_at IS NULL;
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

-- What is missed meanwhile is not made up for when it goes on.
CREATE FUNCTION flow.pause_schedule(flow text, reason text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    n integer;
BEGIN
    PERFORM schedule_known(pause_schedule.flow);
    UPDATE schedule s SET paused_at = clock_timestamp(), paused_by = actor(), reason = pause_schedule.reason, due = NULL
    WHERE s.flow = pause_schedule.flow AND s.paused_at IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN
        PERFORM refuse('conflict', format('the schedule of %s is paused', pause_schedule.flow));
    END IF;
    RETURN n;
END $$;
CREATE FUNCTION flow.resume_schedule(flow text, reason text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    n integer;
BEGIN
    PERFORM schedule_known(resume_schedule.flow);
    UPDATE schedule s SET paused_at = NULL, paused_by = NULL, reason = resume_schedule.reason,
        over = greatest(s.over, clock_timestamp())
    WHERE s.flow = resume_schedule.flow AND s.paused_at IS NOT NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN
        PERFORM refuse('conflict', format('the schedule of %s is not paused', resume_schedule.flow));
    END IF;
    PERFORM ring();
    RETURN n;
END $$;
CREATE FUNCTION schedule_known(flow_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM schedule s WHERE s.flow = flow_name) THEN
        PERFORM refuse('not_found', format('"%s" does not begin by itself', flow_name),
            coalesce((SELECT 'those that do: ' || string_agg(DISTINCT s.flow, ', ') FROM schedule s),
                'no deployed flow says `starts every`'));
    END IF;
END $$;

CREATE VIEW flow.schedules AS
    SELECT s.flow, v.number AS version, s.line + 1 AS line, s.rule AS every, s.due AS next, s.begun_at AS last_at,
        s.instance AS last, s.paused_at, s.paused_by, s.reason, s.problem
    FROM flow_data.schedule s JOIN flow_data.version v ON v.id = s.version;

-- What is measured: a row for each instance and measure, once.
CREATE TABLE measured (
    shard smallint NOT NULL,
    instance uuid NOT NULL,
    measure text NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    value numeric NOT NULL,      -- spans: seconds; shares: 1 or 0
    unit text NOT NULL,          -- s, a currency, or nothing
    met boolean,                 -- the goal that it has for itself
    PRIMARY KEY (shard, instance, measure)
);
-- A time series of one measure.
CREATE INDEX measured_at ON measured (version, measure, at);

-- The same summed up by differences, as `tally` counts instances.
CREATE TABLE measure_tally (
    shard smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL,
    measure text NOT NULL,
    unit text NOT NULL,
    n bigint NOT NULL,
    total numeric NOT NULL,
    met bigint NOT NULL,
    missed bigint NOT NULL,
    goal numeric,                -- as it was when this was counted
    PRIMARY KEY (shard, seq)
);

DROP VIEW flow.measures;
CREATE VIEW flow.measures AS
    SELECT v.flow, v.number AS version, m.measure, m.at, m.value, m.unit, m.met, m.instance
    FROM flow_data.measured m JOIN flow_data.version v ON v.id = m.version;

-- A line for each measure and unit: exact and cheap. `kind` and `goal` as the flow says them.
CREATE VIEW flow.measure_totals AS
    SELECT v.flow, v.number AS version, m->>'name' AS measure, m->>'kind' AS kind, m->>'goal' AS goal,
        t.unit, coalesce(t.n, 0) AS n, t.total, t.total / nullif(t.n, 0) AS mean, t.met, t.missed, t.goal AS goal_value
    FROM flow_data.version v CROSS JOIN LATERAL jsonb_array_elements(coalesce(v.meta->'measures', '[]')) m
    LEFT JOIN (
        SELECT x.version, x.measure, x.unit, sum(x.n)::bigint AS n, sum(x.total) AS total, sum(x.met)::bigint AS met,
            sum(x.missed)::bigint AS missed, (array_agg(x.goal ORDER BY x.seq DESC) FILTER (WHERE x.goal IS NOT NULL))[1] AS goal
        FROM flow_data.measure_tally x GROUP BY x.version, x.measure, x.unit) t
        ON t.version = v.id AND t.measure = m->>'name';

-- The same rights as for what is there already.
DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'SELECT ON flow.schedules, flow.measures, flow.measure_totals'),
        ('flow_api', 'SELECT ON flow.schedules, flow.measures, flow.measure_totals'),
        ('flow_operator', 'SELECT ON flow.schedules, flow.measures, flow.measure_totals'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.pause_schedule(text, text), flow.resume_schedule(text, text)'),
        ('flow_engine', 'SELECT ON flow.schedules, flow.measures, flow.measure_totals'),
        ('flow_engine', 'SELECT, INSERT, UPDATE, DELETE ON flow_data.schedule, flow_data.measured, flow_data.measure_tally'),
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
REVOKE ALL ON FUNCTION version_has_schedule(), schedule_known(text), flow.pause_schedule(text, text),
    flow.resume_schedule(text, text),
    schedule_begin(text, integer, bytea, timestamptz, timestamptz, timestamptz, text, text) FROM PUBLIC;
