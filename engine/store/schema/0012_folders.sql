-- Events also come in from folders: a section `folders`, by the folder's path.
SET LOCAL search_path = flow_data;

-- Replaces what it names and leaves the rest.
CREATE OR REPLACE FUNCTION flow.deploy_environment(document json, reason text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    new jsonb := document::jsonb;
    old jsonb;
    made integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7302);
    IF jsonb_typeof(new) <> 'object' OR new->>'name' IS NULL THEN
        PERFORM refuse('bad_data', 'an environment is an object with a name');
    END IF;
    old := coalesce((SELECT e.document FROM environment e ORDER BY e.version DESC LIMIT 1), '{}');
    SELECT jsonb_object_agg(s, coalesce(old->s, '{}') || coalesce(new->s, '{}')) INTO old
    FROM unnest(ARRAY['settings', 'roles', 'calendars', 'adapters', 'events', 'folders']) s;
    INSERT INTO environment (name, document, deployed_by, reason)
    VALUES (new->>'name', jsonb_build_object('name', new->'name') || old, actor(), reason)
    RETURNING version INTO made;
    PERFORM ring();
    RETURN made;
END $$;
