-- What whoever sends needs to judge what it sends by the types of the flow, before it is
-- stored.
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

DO $$
DECLARE
    r text;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles
             WHERE rolname IN ('flow_owner', 'flow_engine', 'flow_api', 'flow_operator', 'flow_reader') LOOP
        EXECUTE format('GRANT SELECT ON flow.programs, flow.events, flow.settings TO %I', r);
    END LOOP;
END $$;
