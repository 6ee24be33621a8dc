-- What others may do: start, send, command, answer, deploy, tokens (contract, SQL). Each
-- judges at once what can be judged without the engine, and only inserts.
--
-- Errors carry, besides their SQLSTATE, the name of their code in CONSTRAINT ("not_found",
-- "bad_data", …: several share one SQLSTATE) and a JSON Pointer in COLUMN.
SET LOCAL search_path = flow_data;

CREATE FUNCTION refuse(code text, message text, hint text DEFAULT '', pointer text DEFAULT '')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text := CASE code WHEN 'conflict' THEN '55000' WHEN 'gone' THEN 'P0002' ELSE '22023' END;
    name text := CASE code WHEN 'gone' THEN 'not_found' ELSE code END;
BEGIN
    IF hint = '' THEN
        RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, COLUMN = pointer, CONSTRAINT = name;
    END IF;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message, COLUMN = pointer, CONSTRAINT = name, HINT = hint;
END $$;

-- The transition and the settlement call these to give up the whole transaction: the
-- caller leaves out whom DETAIL does not name, and tries the others again.
CREATE FUNCTION moved_all(wanted bigint, shards smallint[], moved uuid[])
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(moved), 0) = wanted THEN
        RETURN wanted;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'FL001', MESSAGE = 'somebody else went on',
        DETAIL = format('%s;%s', array_to_string(shards, ','), array_to_string(moved, ','));
END $$;
CREATE FUNCTION took_all(wanted bigint, taken bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(taken), 0) = wanted THEN
        RETURN wanted;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'FL002', MESSAGE = 'mail was taken before',
        DETAIL = array_to_string(taken, ',');
END $$;
CREATE FUNCTION fenced_all(wanted bigint, shards smallint[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(shards), 0) = wanted THEN
        RETURN wanted;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'FL001', MESSAGE = 'somebody else owns the shard',
        DETAIL = format('%s;', array_to_string(shards, ','));
END $$;

-- One doorbell for all nodes; a transaction rings once, however many rows it writes.
CREATE FUNCTION ring() RETURNS void LANGUAGE sql RETURN pg_notify('flow_bell', '');

-- Who does it: what the door has said for this transaction, else the database's user.
CREATE FUNCTION actor() RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('flow.actor', true), ''), session_user::text);

CREATE FUNCTION pointer_path(pointer text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(replace(replace(p, '~1', '/'), '~0', '~') ORDER BY n), '{}')
    FROM unnest(string_to_array(substr(pointer, 2), '/')) WITH ORDINALITY t(p, n)
$$;

-- What a member is, or may be, as one says it: `a string`, `an object or null`.
CREATE FUNCTION kind_words(kinds text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(CASE k WHEN 'boolean' THEN 'true or false' WHEN 'null' THEN 'null' WHEN 'any' THEN 'any value'
        WHEN 'object' THEN 'an object' WHEN 'array' THEN 'an array' ELSE 'a ' || k END, ' or ' ORDER BY n)
    FROM unnest(string_to_array(kinds, '|')) WITH ORDINALITY t(k, n)
$$;

-- The first member that is not among the fields.
CREATE FUNCTION unknown_member(given jsonb, fields jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT k FROM jsonb_object_keys(given) k
    WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(fields) x WHERE x->>'name' = k) LIMIT 1
$$;

-- Names and JSON kinds of an object's members against [{name, kind, required}].
CREATE FUNCTION check_members(given jsonb, fields jsonb, what text, refuse_unknown boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    f record;
    other text;
BEGIN
    IF jsonb_typeof(given) IS DISTINCT FROM 'object' THEN
        PERFORM refuse('bad_data', format('%s must be a JSON object', what));
    END IF;
    FOR f IN SELECT x->>'name' AS name, x->>'kind' AS kind, (x->>'required')::boolean AS required
             FROM jsonb_array_elements(fields) x LOOP
        IF NOT given ? f.name THEN
            IF f.required THEN
                PERFORM refuse('bad_data', format('%s: "%s" is missing', what, f.name),
                    format('it wants %s', kind_words(f.kind))
                        || coalesce('; "' || unknown_member(given, fields) || '" is not known', ''), '/' || f.name);
            END IF;
        ELSIF f.kind <> 'any' AND jsonb_typeof(given->f.name) <> ALL (string_to_array(f.kind, '|')) THEN
            PERFORM refuse('bad_data', format('%s: "%s" is %s, and must be %s', what, f.name,
                kind_words(jsonb_typeof(given->f.name)), kind_words(f.kind)), '', '/' || f.name);
        END IF;
    END LOOP;
    IF refuse_unknown THEN
        SELECT k INTO other FROM jsonb_object_keys(given) k
        WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(fields) x WHERE x->>'name' = k) LIMIT 1;
        IF FOUND THEN
            PERFORM refuse('bad_data', format('%s: there is no "%s"', what, other),
                format('it takes %s', coalesce((SELECT string_agg(format('"%s"', x->>'name'), ', ' ORDER BY n)
                    FROM jsonb_array_elements(fields) WITH ORDINALITY t(x, n)), 'nothing')), '/' || other);
        END IF;
    END IF;
END $$;

CREATE FUNCTION check_size(given text, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(given) > 1048576 THEN
        PERFORM refuse('too_large', format('%s: %s bytes, more than 1 MiB', what, octet_length(given)));
    END IF;
END $$;

-- The rows of a start, when nothing of that key lives; otherwise the one that lives.
-- `again` says whether other arguments are an error (a start) or not (an event).
CREATE FUNCTION begin_instance(v version, given text, key_wanted text, again boolean,
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
        home := shard_of_key(v.flow, key);
        id := id_new(home);
        digest := sha256(convert_to(given::jsonb::text, 'UTF8'));
        LOOP
            INSERT INTO living VALUES (home, v.flow, key, id, digest) ON CONFLICT DO NOTHING;
            EXIT WHEN FOUND;
            SELECT l.* INTO other FROM living l
            WHERE l.shard = home AND l.flow = v.flow AND l.key = begin_instance.key;
            CONTINUE WHEN NOT FOUND; -- it has ended meanwhile
            IF again AND other.args <> digest THEN
                PERFORM refuse('conflict',
                    format('%s "%s" is living, and was started with other arguments', v.flow, key),
                    'use the living one, or wait until it has ended');
            END IF;
            id := other.instance;
            created := false;
            RETURN;
        END LOOP;
    END IF;
    INSERT INTO instance (shard, id, version, rev, status, in_flight, key, since, started_at)
    VALUES (shard_of(id), id, v.id, 0, 1, false, key, clock_timestamp(), clock_timestamp());
    INSERT INTO mail (shard, instance, kind, actor, data) VALUES (shard_of(id), id, 0, started_by, given);
    INSERT INTO tally (shard, version, status, n) VALUES (shard_of(id), v.id, 1, 1);
END $$;

CREATE FUNCTION start_instance(flow_name text, args json, key_given text, started_by text,
    OUT id uuid, OUT created boolean, OUT key text, OUT number integer)
LANGUAGE plpgsql AS $$
DECLARE
    v version;
    given jsonb;
BEGIN
    SELECT x.* INTO v FROM version x WHERE x.flow = flow_name ORDER BY x.number DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM refuse('not_found', format('there is no flow "%s"', flow_name),
            'flowctl flows lists what is deployed');
    END IF;
    number := v.number;
    PERFORM check_size(args::text, 'the arguments');
    given := coalesce(args, '{}')::jsonb;
    PERFORM check_members(given, v.meta->'params', 'the arguments', true);
    key := key_given;
    IF v.meta->>'key_path' IS NOT NULL THEN
        key := given #>> pointer_path(v.meta->>'key_path');
        IF coalesce(key, '') = '' THEN
            PERFORM refuse('bad_data', 'the arguments have no key', 'it is taken from the place named',
                v.meta->>'key_path');
        ELSIF key_given IS NOT NULL AND key_given <> key THEN
            PERFORM refuse('usage', format('the key given is "%s", and the arguments say "%s"',
                key_given, key), 'leave the key out');
        END IF;
    ELSIF (v.meta->>'has_key')::boolean AND coalesce(key_given, '') = '' THEN
        PERFORM refuse('usage', format('a start of "%s" needs its key', flow_name),
            'its key is made by an expression: say what it gives');
    END IF;
    IF octet_length(key) > 200 THEN
        PERFORM refuse('bad_data', 'a key has at most 200 bytes');
    END IF;
    SELECT b.id, b.created, b.key INTO id, created, key
    FROM begin_instance(v, coalesce(args, '{}')::text, key, true, started_by) b;
    IF created THEN
        PERFORM ring();
    END IF;
END $$;

CREATE FUNCTION flow.start_instance(flow text, args json, key text DEFAULT NULL)
RETURNS TABLE (id uuid, created boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
    SELECT s.id, s.created FROM flow_data.start_instance(flow, args, key, flow_data.actor()) s
$$;
CREATE FUNCTION flow.start(flow text, args json, key text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    RETURN (SELECT s.id FROM flow_data.start_instance(flow, args, key, flow_data.actor()) s);
END $$;

-- ---- events ----

-- JSON without blanks, members by name.
CREATE FUNCTION compact(j jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(j)
        WHEN 'array' THEN '[' || coalesce((SELECT string_agg(flow_data.compact(x), ',' ORDER BY n)
            FROM jsonb_array_elements(j) WITH ORDINALITY t(x, n)), '') || ']'
        WHEN 'object' THEN '{' || coalesce((SELECT string_agg(to_jsonb(k)::text || ':' || flow_data.compact(x), ','
            ORDER BY k COLLATE "C") FROM jsonb_each(j) t(k, x)), '') || '}'
        ELSE j::text END;
END $$;

-- A string's characters, or compact JSON of anything else.
CREATE FUNCTION unique_text(j jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(j)
        WHEN 'string' THEN j #>> '{}'
        WHEN 'array' THEN '[' || coalesce((SELECT string_agg(flow_data.compact(x), ',' ORDER BY n)
            FROM jsonb_array_elements(j) WITH ORDINALITY t(x, n)), '') || ']'
        WHEN 'object' THEN flow_data.compact(j)
        ELSE coalesce(j::text, 'null') END;
END $$;
-- What `unique` compares: the event's name, then each unique field: a byte 1f and its text.
CREATE FUNCTION unique_digest(event_name text, body jsonb, fields text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN cardinality(fields) = 0 THEN NULL ELSE
        sha256(convert_to(event_name, 'UTF8') || coalesce((
            SELECT string_agg('\x1f'::bytea || convert_to(flow_data.unique_text(body->f), 'UTF8'), ''::bytea ORDER BY n)
            FROM unnest(fields) WITH ORDINALITY t(f, n)), ''::bytea)) END
$$;
-- Where the event has no `unique` field a copy is known by its message, which whoever brings
-- it makes (a CloudEvent's source and id).
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

CREATE FUNCTION flow.send_event(event text, body json) RETURNS TABLE (id uuid, duplicate boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
    SELECT s.id, s.duplicate FROM flow_data.send_event(event, body, flow_data.actor()) s
$$;
CREATE FUNCTION flow.send(event text, body json) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    RETURN (SELECT s.id FROM flow_data.send_event(event, body, flow_data.actor()) s);
END $$;

-- ---- people ----

CREATE FUNCTION status_name(status smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE status WHEN 1 THEN 'running' WHEN 2 THEN 'waiting' WHEN 3 THEN 'parked'
        WHEN 4 THEN 'undoing' WHEN 5 THEN 'paused' WHEN 6 THEN 'quarantined'
        WHEN 100 THEN 'completed' WHEN 101 THEN 'failed' WHEN 102 THEN 'cancelled' END;

CREATE FUNCTION request_new(target uuid, kind smallint, task integer, verb text, step text,
    data text, reason text, who text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := id_new(shard_of(target));
BEGIN
    PERFORM check_size(data, 'the data');
    INSERT INTO request (shard, id, instance, verb, step, data, actor, reason)
    VALUES (shard_of(target), id, target, verb, step, data, who, reason);
    INSERT INTO mail (shard, instance, kind, message, task, verb, step, actor, reason, data)
    VALUES (shard_of(target), target, kind, id, task, verb, step, who, reason, data);
    PERFORM ring();
    RETURN id;
END $$;

-- What an operator may say to an instance in the state it is in now. The engine judges
-- again when it does it.
CREATE FUNCTION command(target uuid, verb text, args json, reason text, who text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    i instance;
    parked boolean;
BEGIN
    IF verb NOT IN ('cancel', 'pause', 'resume', 'retry', 'result', 'absent', 'done-by-hand',
                    'leave-standing') THEN
        PERFORM refuse('usage', format('there is no command "%s"', verb));
    END IF;
    SELECT x.* INTO i FROM instance x WHERE x.shard = shard_of(target) AND x.id = target;
    IF NOT FOUND THEN
        PERFORM refuse('gone', format('there is no instance %s', target));
    END IF;
    IF i.status >= 100 THEN
        PERFORM refuse('conflict', format('"%s" has ended: it is %s', i.key, status_name(i.status)));
    END IF;
    parked := EXISTS (SELECT FROM task t WHERE t.shard = i.shard AND t.instance = i.id AND t.is_dead_letter);
    IF verb = 'pause' AND i.status = 5 THEN
        PERFORM refuse('conflict', format('"%s" is paused', i.key));
    ELSIF verb = 'resume' AND i.status NOT IN (5, 6) THEN
        PERFORM refuse('conflict', format('"%s" is not paused: it is %s', i.key, status_name(i.status)));
    ELSIF verb IN ('retry', 'result', 'absent', 'done-by-hand', 'leave-standing') AND NOT parked THEN
        PERFORM refuse('conflict', format('"%s" has no step in a dead letter', i.key),
            'flowctl why says what it waits for');
    END IF;
    RETURN request_new(target, 5::smallint, NULL, verb, args->>'step', (args->'data')::text, reason, who);
END $$;
CREATE FUNCTION flow.command(instance uuid, verb text, args json DEFAULT NULL, reason text DEFAULT NULL)
RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
    SELECT flow_data.command(instance, verb, args, reason, flow_data.actor())
$$;

CREATE FUNCTION answer(task_id uuid, outcome text, data json, reason text, who text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    t task;
BEGIN
    SELECT x.* INTO t FROM task x WHERE x.shard = shard_of(task_id) AND x.id = task_id;
    IF NOT FOUND THEN
        PERFORM refuse('gone', 'there is no such task, or it has been answered');
    END IF;
    IF NOT EXISTS (SELECT FROM json_array_elements(t.outcomes::json) o WHERE o->>'name' = outcome) THEN
        PERFORM refuse('conflict', format('"%s" is no answer to this task', outcome),
            format('it may be answered by %s', (SELECT string_agg(o->>'name', ', ')
                FROM json_array_elements(t.outcomes::json) o)));
    END IF;
    RETURN request_new(t.instance, 4::smallint, t.number, outcome, NULL, data::text, reason, who);
END $$;
CREATE FUNCTION flow.answer(task uuid, outcome text, data json DEFAULT NULL, reason text DEFAULT NULL,
    actor text DEFAULT NULL)
RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
    SELECT flow_data.answer(task, outcome, data, reason, coalesce(actor, flow_data.actor()))
$$;

-- ---- deploying ----

-- One deploy at a time, so that what a node has seen is never overtaken.
CREATE FUNCTION flow.deploy_flow(flow text, number integer, hash bytea, image bytea, source text,
    meta json, reason text DEFAULT NULL)
RETURNS TABLE (version integer, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    known version;
    made integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7302);
    IF octet_length(image) > 8388608 THEN
        PERFORM refuse('too_large', format('the image of "%s" has more than 8 MiB', flow));
    END IF;
    SELECT x.* INTO known FROM version x WHERE x.flow = deploy_flow.flow AND x.number = deploy_flow.number;
    IF FOUND THEN
        IF known.hash <> deploy_flow.hash THEN
            PERFORM refuse('conflict', format('%s version %s was deployed before with another meaning', flow, number),
                format('raise its version to %s', (SELECT max(x.number) + 1 FROM version x
                    WHERE x.flow = deploy_flow.flow)));
        END IF;
        RETURN QUERY SELECT number, false;
        RETURN;
    END IF;
    INSERT INTO version (flow, number, hash, image, source, meta, deployed_by, reason)
    VALUES (flow, number, hash, image, source, meta::jsonb, actor(), reason) RETURNING id INTO made;
    INSERT INTO event AS e (name, version, fields, unique_fields, held)
    SELECT x->>'name', made, x->'fields', ARRAY(SELECT jsonb_array_elements_text(x->'unique')),
        (x->>'held')::bigint
    FROM jsonb_array_elements(meta::jsonb->'events') x
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, fields = excluded.fields,
        unique_fields = excluded.unique_fields, held = excluded.held;
    PERFORM ring();
    RETURN QUERY SELECT number, true;
END $$;

-- Replaces what it names and leaves the rest.
CREATE FUNCTION flow.deploy_environment(document json, reason text DEFAULT NULL) RETURNS integer
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
    FROM unnest(ARRAY['settings', 'roles', 'calendars', 'adapters']) s;
    INSERT INTO environment (name, document, deployed_by, reason)
    VALUES (new->>'name', jsonb_build_object('name', new->'name') || old, actor(), reason)
    RETURNING version INTO made;
    PERFORM ring();
    RETURN made;
END $$;

-- ---- tokens ----

CREATE FUNCTION flow.token_create(name text, role text DEFAULT 'flow_operator',
    scopes text[] DEFAULT '{start,send,read,answer,command}', expires interval DEFAULT NULL)
RETURNS TABLE (id uuid, token text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    secret text := 'flw_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
    made uuid := id_new(-1);
BEGIN
    IF coalesce(name, '') = '' THEN
        PERFORM refuse('usage', 'a token needs a name');
    END IF;
    INSERT INTO token (id, name, hash, role, scopes, created_by, expires_at)
    VALUES (made, name, sha256(convert_to(secret, 'UTF8')), role, scopes, actor(), clock_timestamp() + expires);
    RETURN QUERY SELECT made, secret;
END $$;

CREATE FUNCTION flow.token_list()
RETURNS TABLE (id uuid, name text, role text, scopes text[], created_at timestamptz,
    created_by text, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
    SELECT t.id, t.name, t.role, t.scopes, t.created_at, t.created_by, t.expires_at, t.revoked_at
    FROM token t ORDER BY t.id
$$;

CREATE FUNCTION flow.token_revoke(token uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
BEGIN
    UPDATE token t SET revoked_at = clock_timestamp() WHERE t.id = token_revoke.token AND t.revoked_at IS NULL;
    IF NOT FOUND THEN
        PERFORM refuse('gone', 'there is no such token, or it was revoked before');
    END IF;
END $$;
