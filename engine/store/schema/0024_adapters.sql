-- Adapters that take no calls for a while, over all nodes: because calls keep failing, or because an
-- operator says so.
SET LOCAL search_path = flow_data;

-- A row from the first change on; written when that changes, never by calls that go well. `rev` rises with each
-- change: whoever decides says which one it saw. state: 0 closed, 1 open, 2 one call tries it.
CREATE TABLE breaker (
    adapter text PRIMARY KEY,
    rev bigint NOT NULL,
    state smallint NOT NULL,
    failures integer NOT NULL,  -- in a row, when it was opened last
    rounds integer NOT NULL,    -- how often it was opened since it was closed last
    since timestamptz NOT NULL, -- it is closed, or is not
    next_at timestamptz,        -- open: when it is tried; tried: when somebody else may
    problem text,               -- what the last failure said
    paused_at timestamptz,      -- by an operator, whatever the state
    said_by text,
    reason text
) WITH (fillfactor = 50);

-- What operators said, for ever.
CREATE TABLE adapter_word (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter text NOT NULL,
    verb text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    reason text
);

CREATE VIEW flow.adapters AS
    SELECT coalesce(e.name, b.adapter) AS adapter, e.said->>'over' AS over,
        CASE WHEN b.paused_at IS NOT NULL THEN 'paused' WHEN b.state = 1 THEN 'open' WHEN b.state = 2 THEN 'trying'
            ELSE 'closed' END AS state,
        coalesce(b.paused_at, b.since) AS since, coalesce(b.failures, 0) AS failures,
        CASE WHEN b.paused_at IS NULL AND b.state = 1 THEN b.next_at END AS next_try,
        CASE WHEN b.paused_at IS NOT NULL OR b.state <> 0 THEN b.problem END AS problem,
        CASE WHEN b.paused_at IS NOT NULL THEN b.said_by END AS paused_by,
        CASE WHEN b.paused_at IS NOT NULL THEN b.reason END AS reason
    FROM (SELECT t.name, t.said FROM (SELECT document FROM flow_data.environment ORDER BY version DESC LIMIT 1) d,
        LATERAL jsonb_each(d.document->'adapters') t(name, said)) e
    FULL JOIN flow_data.breaker b ON b.adapter = e.name;
CREATE VIEW flow.adapter_words AS
    SELECT w.adapter, w.verb, w.at, w.actor, w.reason FROM flow_data.adapter_word w;

-- An operator's hand: pause, resume, reset. All nodes hear of it when it is committed.
CREATE FUNCTION adapter_say(adapter text, verb text, reason text, who text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    b breaker;
BEGIN
    IF NOT EXISTS (SELECT FROM flow.adapters a WHERE a.adapter = adapter_say.adapter) THEN
        PERFORM refuse('not_found', format('there is no adapter "%s"', adapter),
            coalesce((SELECT 'those there are: ' || string_agg(a.adapter, ', ' ORDER BY a.adapter) FROM flow.adapters a),
                'flowctl deploy … --bindings FILE binds adapters'));
    END IF;
    INSERT INTO breaker (adapter, rev, state, failures, rounds, since)
    VALUES (adapter_say.adapter, 1, 0, 0, 0, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT * INTO b FROM breaker x WHERE x.adapter = adapter_say.adapter FOR UPDATE;
    CASE verb
    WHEN 'pause' THEN
        IF b.paused_at IS NOT NULL THEN
            PERFORM refuse('conflict', format('adapter %s is paused', adapter));
        END IF;
        UPDATE breaker x SET rev = x.rev + 1, paused_at = clock_timestamp(), said_by = who,
            reason = adapter_say.reason WHERE x.adapter = adapter_say.adapter;
    WHEN 'resume' THEN
        IF b.paused_at IS NULL THEN
            PERFORM refuse('conflict', format('adapter %s is not paused', adapter),
                CASE WHEN b.state <> 0 THEN 'its breaker is open: reset closes it' ELSE '' END);
        END IF;
        UPDATE breaker x SET rev = x.rev + 1, paused_at = NULL, said_by = who, reason = adapter_say.reason
        WHERE x.adapter = adapter_say.adapter;
    WHEN 'reset' THEN
        IF b.state = 0 THEN
            PERFORM refuse('conflict', format('the breaker of adapter %s is closed', adapter),
                CASE WHEN b.paused_at IS NOT NULL THEN 'it is paused: resume lets it take calls' ELSE '' END);
        END IF;
        UPDATE breaker x SET rev = x.rev + 1, state = 0, rounds = 0, since = clock_timestamp(), next_at = NULL,
            said_by = who, reason = adapter_say.reason WHERE x.adapter = adapter_say.adapter;
    ELSE
        PERFORM refuse('usage', format('an adapter can be paused, resumed and reset, not "%s"', verb));
    END CASE;
    INSERT INTO adapter_word (adapter, verb, actor, reason) VALUES (adapter_say.adapter, adapter_say.verb, who,
        adapter_say.reason);
    PERFORM pg_notify('flow_nodes', '');
END $$;
CREATE FUNCTION flow.adapter(adapter text, verb text, reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    PERFORM adapter_say(adapter, verb, reason, actor());
END $$;

DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'SELECT ON flow.adapters, flow.adapter_words'),
        ('flow_api', 'SELECT ON flow.adapters, flow.adapter_words'),
        ('flow_operator', 'SELECT ON flow.adapters, flow.adapter_words'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.adapter(text, text, text)'),
        ('flow_engine', 'SELECT ON flow.adapters, flow.adapter_words'),
        ('flow_engine', 'SELECT, INSERT, UPDATE ON flow_data.breaker'),
        ('flow_engine', 'SELECT, INSERT ON flow_data.adapter_word'),
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
REVOKE ALL ON FUNCTION adapter_say(text, text, text, text), flow.adapter(text, text, text) FROM PUBLIC;
