-- Instances go over to another version of their flow: asked for one by one, or for all of
-- a flow, in bounded pieces.
SET LOCAL search_path = flow_data;

-- The version that somebody shall go over to; refused where that can be seen at once.
CREATE FUNCTION migrate_target(flow_name text, wanted text) RETURNS version LANGUAGE plpgsql AS $$
DECLARE
    t version;
BEGIN
    IF wanted !~ '^[0-9]{1,9}$' THEN
        PERFORM refuse('bad_data', 'a version is a number', '', '/to');
    END IF;
    SELECT x.* INTO t FROM version x WHERE x.flow = flow_name AND (wanted IS NULL OR x.number = wanted::integer)
    ORDER BY x.number DESC LIMIT 1;
    IF NOT FOUND THEN
        PERFORM refuse('gone', format('there is no %s version %s', flow_name, coalesce(wanted, 'at all')),
            'flowctl flows lists what is deployed');
    END IF;
    RETURN t;
END $$;

-- Does a version say how instances of another one come to it? One that was deployed before
-- this was known of it leaves the question to the engine.
CREATE FUNCTION migrates(target version, was integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT target.meta ? 'migrates' OR target.meta->'migrates' @> to_jsonb(was)
$$;

CREATE FUNCTION migrate_order(target version) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('to', target.number, 'image', encode(target.hash, 'hex'))
$$;

CREATE FUNCTION migrate_data(i instance, number text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v version;
    t version;
BEGIN
    SELECT x.* INTO v FROM version x WHERE x.id = i.version;
    t := migrate_target(v.flow, number);
    IF t.id = v.id THEN
        PERFORM refuse('conflict', format('"%s" is on version %s already', i.key, v.number));
    ELSIF NOT migrates(t, v.number) THEN
        PERFORM refuse('conflict', format('version %s does not say how version %s comes to it', t.number, v.number),
            format('a version that says   migrate from %s { }   can take it over', v.number));
    END IF;
    RETURN migrate_order(t)::text;
END $$;

-- As before, with `migrate` ({"to": number}; the latest without) and `stay`, which takes it back.
CREATE OR REPLACE FUNCTION command(target uuid, verb text, args json, reason text, who text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    i instance;
    parked boolean;
BEGIN
    IF verb NOT IN ('cancel', 'pause', 'resume', 'retry', 'result', 'absent', 'done-by-hand',
                    'leave-standing', 'migrate', 'stay') THEN
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
    RETURN request_new(target, 5::smallint, NULL, verb, args->>'step',
        CASE WHEN verb = 'migrate' THEN migrate_data(i, args->>'to') ELSE (args->'data')::text END, reason, who);
END $$;

-- The living instances of a flow, asked to go over to a version (NULL: the latest) that says
-- how they come to it: one look at the next `most` instances behind (shard, id), and where it
-- has come to. NULL: to the end. A request each, as one by one.
CREATE FUNCTION flow.migrate(flow text, target integer, shard integer, after uuid, most integer,
    reason text DEFAULT NULL)
RETURNS TABLE (asked bigint, last_shard integer, last uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    t version := migrate_target(flow, target::text);
    who text := actor();
BEGIN
    IF octet_length(reason) > 4096 THEN
        PERFORM refuse('bad_data', 'a reason has at most 4096 bytes');
    END IF;
    RETURN QUERY
    WITH page AS MATERIALIZED (
        SELECT i.shard, i.id, i.status, i.version FROM instance i
        WHERE (i.shard, i.id) > (migrate.shard::smallint, migrate.after)
        ORDER BY i.shard, i.id LIMIT greatest(1, least(most, 1000))),
    r AS (
        INSERT INTO request (shard, id, instance, verb, data, actor, reason)
        SELECT p.shard, id_new(p.shard), p.id, 'migrate', migrate_order(t)::text, who, migrate.reason
        FROM page p JOIN version v ON v.id = p.version
        WHERE p.status < 100 AND v.flow = t.flow AND v.id <> t.id AND migrates(t, v.number)
        RETURNING request.shard, request.id, request.instance, request.data),
    m AS (
        INSERT INTO mail (shard, instance, kind, message, verb, actor, reason, data)
        SELECT r.shard, r.instance, 5, r.id, 'migrate', who, migrate.reason, r.data FROM r)
    SELECT (SELECT count(*) FROM r), p.shard::integer, p.id
    FROM page p ORDER BY p.shard DESC, p.id DESC LIMIT 1;
    IF FOUND THEN
        PERFORM ring();
    END IF;
END $$;

REVOKE ALL ON FUNCTION migrate_target(text, text), migrates(version, integer), migrate_order(version),
    migrate_data(instance, text), flow.migrate(text, integer, integer, uuid, integer, text) FROM PUBLIC;
DO $$
DECLARE
    r text;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname IN ('flow_owner', 'flow_engine') LOOP
        EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA flow_data TO %I', r);
    END LOOP;
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname IN ('flow_owner', 'flow_engine', 'flow_operator') LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION flow.migrate(text, integer, integer, uuid, integer, text) TO %I', r);
    END LOOP;
END $$;
