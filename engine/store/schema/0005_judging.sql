-- What whoever sends needs to judge what it sends by the types of the flow, before it is
-- stored; and copies of events that are told by their message.
SET LOCAL search_path = flow_data;

CREATE VIEW flow.programs AS
    SELECT v.flow, v.number AS version, encode(v.hash, 'hex') AS hash, v.image FROM flow_data.version v;

-- The newest version that declares an event says what fits it.
CREATE VIEW flow.events AS
    SELECT e.name AS event, v.flow, v.number AS version, encode(v.hash, 'hex') AS hash, e.unique_fields, e.held
    FROM flow_data.event e JOIN flow_data.version v ON v.id = e.version;

-- Of the environment in force. Secrets are none of its settings.
CREATE VIEW flow.settings AS
    (SELECT e.version, e.name AS environment, coalesce(e.document->'settings', '{}') AS settings
     FROM flow_data.environment e ORDER BY e.version DESC LIMIT 1);

-- As before, and where the event has no `unique` field a copy is known by its message,
-- which whoever brings it makes (a CloudEvent's source and id).
DROP FUNCTION send_event(text, json, text);
CREATE FUNCTION send_event(event_name text, body json, sender text, message text DEFAULT NULL,
    OUT id uuid, OUT duplicate boolean)
LANGUAGE plpgsql AS $$
DECLARE
    e event;
    given jsonb;
    home smallint := shard_of_text(event_name);
    mark bytea;
    stays timestamptz;
BEGIN
    SELECT x.* INTO e FROM event x WHERE x.name = event_name;
    IF NOT FOUND THEN
        PERFORM refuse('not_found', format('no deployed flow knows the event "%s"', event_name));
    END IF;
    PERFORM check_size(body::text, 'the event');
    given := body::jsonb;
    PERFORM check_members(given, e.fields, 'the event', false);
    id := id_new(home);
    duplicate := false;
    stays := clock_timestamp() + e.held * interval '1 microsecond';
    mark := coalesce(unique_digest(event_name, given, e.unique_fields),
        sha256(convert_to(event_name, 'UTF8') || '\x1e'::bytea || convert_to(message, 'UTF8')));
    IF mark IS NOT NULL THEN
        INSERT INTO seen AS s (shard, digest, until, id) VALUES (home, mark,
            CASE WHEN e.held > 0 THEN stays ELSE clock_timestamp() + interval '30 days' END, id)
        ON CONFLICT (shard, digest) DO UPDATE SET until = excluded.until, id = excluded.id
            WHERE s.until <= clock_timestamp();
        duplicate := NOT FOUND;
    END IF;
    INSERT INTO inbox (shard, id, event, body, at, until, held, what, sent_by)
    VALUES (home, id, event_name, body::text, clock_timestamp(),
        CASE WHEN duplicate THEN clock_timestamp() + interval '7 days' ELSE stays END,
        e.held, CASE WHEN duplicate THEN 5 ELSE 0 END, sender);
    IF NOT duplicate THEN
        PERFORM ring();
    END IF;
END $$;
REVOKE ALL ON FUNCTION send_event(text, json, text, text) FROM PUBLIC;

DO $$
DECLARE
    r text;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles
             WHERE rolname IN ('flow_owner', 'flow_engine', 'flow_api', 'flow_operator', 'flow_reader') LOOP
        EXECUTE format('GRANT SELECT ON flow.programs, flow.events, flow.settings TO %I', r);
        IF r IN ('flow_owner', 'flow_engine') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION flow_data.send_event(text, json, text, text) TO %I', r);
        END IF;
    END LOOP;
END $$;
