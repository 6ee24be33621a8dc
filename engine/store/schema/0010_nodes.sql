-- Several nodes: how much each takes.
SET LOCAL search_path = flow_data;

ALTER TABLE node ADD COLUMN capacity integer NOT NULL DEFAULT 32; -- shards it takes at most

CREATE OR REPLACE VIEW node_alive AS
    SELECT n.nonce, n.name, n.capacity FROM node n
    WHERE n.expires_at > statement_timestamp() AND EXISTS (
        SELECT FROM pg_catalog.pg_locks k
        WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
            AND k.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
            AND k.classid::bigint = ((n.lock_key >> 32) & 4294967295)
            AND k.objid::bigint = (n.lock_key & 4294967295));

CREATE OR REPLACE VIEW flow.nodes AS
    SELECT n.name, n.nonce AS id, n.started_at, n.expires_at,
        EXISTS (SELECT FROM flow_data.node_alive a WHERE a.nonce = n.nonce) AS alive,
        (SELECT count(*) FROM flow_data.shard_lease l WHERE l.owner = n.nonce) AS shards,
        n.capacity
    FROM flow_data.node n;
