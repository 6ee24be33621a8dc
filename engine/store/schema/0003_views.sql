-- What others may see (contract, SQL).
SET LOCAL search_path = flow_data;

-- An instant as the wire has it: RFC 3339 in UTC, a fraction only where there is one.
CREATE FUNCTION instant(t timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN extract(microseconds FROM t)::bigint % 1000000 = 0 THEN ''
           ELSE '.' || rtrim(to_char(t, 'US'), '0') END || 'Z';

CREATE VIEW flow.instances AS
    SELECT i.id, i.key, v.flow, v.number AS version, flow_data.status_name(i.status) AS status, i.state,
        i.since, i.started_at, i.ended_at, i.parent
    FROM flow_data.instance i JOIN flow_data.version v ON v.id = i.version;

CREATE VIEW flow.counts AS
    SELECT v.flow, v.number AS version, flow_data.status_name(t.status) AS status, sum(t.n)::bigint AS n
    FROM flow_data.tally t JOIN flow_data.version v ON v.id = t.version
    GROUP BY v.flow, v.number, t.status HAVING sum(t.n) <> 0;

-- The list of shards gives the planner a way by the primary key when an instance is named.
CREATE VIEW flow.history AS
    SELECT row_number() OVER (PARTITION BY j.instance ORDER BY j.rev, e.n) AS seq, j.at,
        e.entry->>0 AS kind, e.entry->>1 AS state, e.entry->>2 AS step, (e.entry->>3)::integer AS line,
        e.entry->>4 AS actor, e.entry->>5 AS text,
        CASE WHEN json_typeof(e.entry->6) <> 'null' THEN e.entry->6 END AS data, j.instance
    FROM flow_data.shard_lease l
    JOIN flow_data.journal j ON j.shard = l.shard,
    LATERAL json_array_elements(j.entries::json) WITH ORDINALITY e(entry, n);

CREATE VIEW flow.tasks AS
    SELECT t.id, i.key, t.instance, v.flow, CASE WHEN t.is_dead_letter THEN 'dead_letter' ELSE 'question' END AS kind,
        t.role, t.question, t.outcomes::json AS outcomes, t.since, t.until, t.what AS dead_letter,
        t.showing::json AS showing, t.number
    FROM flow_data.task t
    JOIN flow_data.instance i ON i.shard = t.shard AND i.id = t.instance
    JOIN flow_data.version v ON v.id = i.version;

CREATE VIEW flow.dead_letters AS SELECT * FROM flow.tasks WHERE kind = 'dead_letter';

CREATE VIEW flow.inbox AS
    SELECT i.id, i.event, i.body::json AS data,
        CASE i.what WHEN 4 THEN 'unclaimed' WHEN 5 THEN 'duplicate' WHEN 6 THEN 'refused' ELSE 'held' END AS what,
        i.at, i.until,
        CASE WHEN i.problem IS NOT NULL THEN i.problem || CASE WHEN coalesce(i.pointer, '') <> ''
            THEN ' (at ' || i.pointer || ')' ELSE '' END END AS problem, i.pointer, i.sent_by
    FROM flow_data.inbox i WHERE i.what <> 2;

CREATE VIEW flow.requests AS
    SELECT id, instance, verb, step, actor, reason, at, done_at, problem FROM flow_data.request;

CREATE VIEW flow.flows AS
    SELECT v.flow, v.number AS version, encode(v.hash, 'hex') AS hash, v.deployed_at, v.deployed_by,
        v.number = max(v.number) OVER (PARTITION BY v.flow) AS is_latest, v.meta->>'doc' AS doc
    FROM flow_data.version v;

CREATE VIEW flow.nodes AS
    SELECT n.name, n.nonce AS id, n.started_at, n.expires_at, EXISTS (SELECT FROM flow_data.node_alive a WHERE a.nonce = n.nonce) AS alive,
        (SELECT count(*) FROM flow_data.shard_lease l WHERE l.owner = n.nonce) AS shards
    FROM flow_data.node n;

CREATE VIEW flow.measures AS
    SELECT v.flow, v.number AS version, m->>'name' AS measure, NULL::timestamptz AS at, NULL::numeric AS value
    FROM flow_data.version v, jsonb_array_elements(v.meta->'measures') m WHERE false;
