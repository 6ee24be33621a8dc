-- A start and an event read no more of a flow than they need. A whole row of `version` in a
-- variable is its image and its source too, fetched from where large values lie and copied for
-- every single start; and a function asked for in an expression costs a third of one asked for
-- by a query.
SET LOCAL search_path = flow_data;

-- The rows of a start, when nothing of that key lives; otherwise the one that lives. `again`
-- says whether other arguments are an error (a start) or not (an event).
CREATE FUNCTION begin_version(version integer, flow_name text, given text, key_wanted text, again boolean,
    started_by text, OUT id uuid, OUT created boolean, OUT key text)
LANGUAGE plpgsql AS $$
DECLARE
    home smallint;
    digest bytea;
    other living;
BEGIN
    created := true;
    key := key_wanted;
    IF key IS NULL OR key = '' THEN
        id := id_new(-1);
        key := id::text;
    ELSE
        home := shard_of_key(flow_name, key);
        id := id_new(home);
        digest := sha256(convert_to(given::jsonb::text, 'UTF8'));
        LOOP
            INSERT INTO living VALUES (home, flow_name, key, id, digest) ON CONFLICT DO NOTHING;
            EXIT WHEN FOUND;
            SELECT l.* INTO other FROM living l
            WHERE l.shard = home AND l.flow = flow_name AND l.key = begin_version.key;
            CONTINUE WHEN NOT FOUND; -- it has ended meanwhile
            IF again AND other.args <> digest THEN
                PERFORM refuse('conflict',
                    format('%s "%s" is living, and was started with other arguments', flow_name, key),
                    'use the living one, or wait until it has ended');
            END IF;
            id := other.instance;
            created := false;
            RETURN;
        END LOOP;
    END IF;
    home := shard_of(id);
    INSERT INTO instance (shard, id, version, rev, status, in_flight, key, since, started_at)
    VALUES (home, id, begin_version.version, 0, 1, false, key, clock_timestamp(), clock_timestamp());
    INSERT INTO mail (shard, instance, kind, actor, data) VALUES (home, id, 0, started_by, given);
    INSERT INTO tally (shard, version, status, n) VALUES (home, begin_version.version, 1, 1);
END $$;

-- Nodes of before ask for it in this way.
CREATE OR REPLACE FUNCTION begin_instance(v version, given text, key_wanted text, again boolean,
    started_by text, OUT id uuid, OUT created boolean, OUT key text)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT b.id, b.created, b.key INTO id, created, key
    FROM begin_version(v.id, v.flow, given, key_wanted, again, started_by) b;
END $$;

CREATE OR REPLACE FUNCTION start_instance(flow_name text, args json, key_given text, started_by text,
    OUT id uuid, OUT created boolean, OUT key text, OUT number integer)
LANGUAGE plpgsql AS $$
DECLARE
    version integer;
    params jsonb;
    key_path text;
    has_key boolean;
    given jsonb;
    begun record;
BEGIN
    SELECT x.id, x.number, x.meta->'params', x.meta->>'key_path', (x.meta->>'has_key')::boolean
    INTO version, number, params, key_path, has_key
    FROM version x WHERE x.flow = flow_name ORDER BY x.number DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM refuse('not_found', format('there is no flow "%s"', flow_name),
            'flowctl flows lists what is deployed');
    END IF;
    PERFORM check_size(args::text, 'the arguments');
    given := coalesce(args, '{}')::jsonb;
    PERFORM check_members(given, params, 'the arguments', true);
    key := key_given;
    IF key_path IS NOT NULL THEN
        key := given #>> pointer_path(key_path);
        IF coalesce(key, '') = '' THEN
            PERFORM refuse('bad_data', 'the arguments have no key', 'it is taken from the place named', key_path);
        ELSIF key_given IS NOT NULL AND key_given <> key THEN
            PERFORM refuse('usage', format('the key given is "%s", and the arguments say "%s"',
                key_given, key), 'leave the key out');
        END IF;
    ELSIF has_key AND coalesce(key_given, '') = '' THEN
        PERFORM refuse('usage', format('a start of "%s" needs its key', flow_name),
            'its key is made by an expression: say what it gives');
    END IF;
    IF octet_length(key) > 200 THEN
        PERFORM refuse('bad_data', 'a key has at most 200 bytes');
    END IF;
    begun := begin_version(version, flow_name, coalesce(args, '{}')::text, key, true, started_by);
    id := begun.id;
    created := begun.created;
    key := begun.key;
    IF created THEN
        PERFORM ring();
    END IF;
END $$;
CREATE OR REPLACE FUNCTION flow.start(flow text, args json, key text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    RETURN (start_instance(flow, args, key, actor())).id;
END $$;

-- As in 0002: where the event has no `unique` field a copy is known by its message, which
-- whoever brings it makes.
CREATE OR REPLACE FUNCTION send_event(event_name text, body json, sender text, message text DEFAULT NULL,
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
        PERFORM refuse('not_found', format('no deployed flow knows the event "%s"', event_name),
            coalesce((SELECT 'known are ' || string_agg(k.name, ', ' ORDER BY k.name)
                FROM (SELECT n.name FROM event n ORDER BY n.name LIMIT 20) k), 'no deployed flow has events'));
    END IF;
    PERFORM check_size(body::text, 'the event');
    given := body::jsonb;
    PERFORM check_members(given, e.fields, 'the event', false);
    id := id_new(home);
    duplicate := false;
    stays := clock_timestamp() + e.held * interval '1 microsecond';
    IF cardinality(e.unique_fields) > 0 THEN
        mark := unique_digest(event_name, given, e.unique_fields);
    ELSIF message IS NOT NULL THEN
        mark := sha256(convert_to(event_name, 'UTF8') || '\x1e'::bytea || convert_to(message, 'UTF8'));
    END IF;
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
CREATE OR REPLACE FUNCTION flow.send(event text, body json) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    RETURN (send_event(event, body, actor())).id;
END $$;

DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM (VALUES
        ('flow_engine', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data'),
        ('flow_owner', 'EXECUTE ON ALL FUNCTIONS IN SCHEMA flow, flow_data')) t(role, what) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = g.role) THEN
            EXECUTE format('GRANT %s TO %I', g.what, g.role);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION begin_version(integer, text, text, text, boolean, text) FROM PUBLIC;
