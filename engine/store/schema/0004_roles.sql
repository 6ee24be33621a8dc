-- Who may do what, said by the database itself. Roles belong to the whole server: they are
-- made when this user may make them, used when they are there, and missed with a warning.
DO $$
DECLARE
    r text;
    may boolean := (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
    FOREACH r IN ARRAY ARRAY['flow_owner', 'flow_engine', 'flow_api', 'flow_operator', 'flow_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            IF NOT may THEN
                RAISE WARNING 'role % is missing, and % may not make it: only the owner can use this database',
                    r, current_user;
                CONTINUE;
            END IF;
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', r);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- for another database of this server, in this moment
            END;
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA flow, flow_data FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flow, flow_data FROM PUBLIC;

-- Each line: role, what it may use, as GRANT says it.
DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_reader', 'USAGE ON SCHEMA flow'),
        ('flow_reader', 'SELECT ON ALL TABLES IN SCHEMA flow'),
        ('flow_api', 'USAGE ON SCHEMA flow'),
        ('flow_api', 'SELECT ON ALL TABLES IN SCHEMA flow'),
        ('flow_api', 'EXECUTE ON FUNCTION flow.start(text, json, text), flow.start_instance(text, json, text)'),
        ('flow_api', 'EXECUTE ON FUNCTION flow.send(text, json), flow.send_event(text, json)'),
        ('flow_operator', 'USAGE ON SCHEMA flow'),
        ('flow_operator', 'SELECT ON ALL TABLES IN SCHEMA flow'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.start(text, json, text), flow.start_instance(text, json, text)'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.send(text, json), flow.send_event(text, json)'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.command(uuid, text, json, text)'),
        ('flow_operator', 'EXECUTE ON FUNCTION flow.answer(uuid, text, json, text, text)'),
        ('flow_operator', 'USAGE ON SCHEMA flow_data'),
        ('flow_operator', 'SELECT ON flow_data.instance, flow_data.version, flow_data.environment'),
        ('flow_engine', 'USAGE ON SCHEMA flow, flow_data'),
        ('flow_engine', 'SELECT ON ALL TABLES IN SCHEMA flow'),
        ('flow_engine', 'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA flow_data'),
        ('flow_engine', 'USAGE ON ALL SEQUENCES IN SCHEMA flow_data'),
        ('flow_engine', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL TABLES IN SCHEMA flow, flow_data'),
        ('flow_owner', 'ALL ON ALL SEQUENCES IN SCHEMA flow_data'),
        ('flow_owner', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
    -- What happened is never rewritten: the engine itself may only add to it.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'flow_engine') THEN
        REVOKE UPDATE, DELETE ON flow_data.journal FROM flow_engine;
    END IF;
END $$;
