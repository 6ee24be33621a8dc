-- Nodes that read less than others write take no shards: a snapshot of a format they do not
-- know would be broken to them.
SET LOCAL search_path = flow_data;

-- The newest format of snapshots that it reads. Programs that do not say so read up to 4.
ALTER TABLE node ADD COLUMN snapshots integer NOT NULL DEFAULT 4;

-- What such a node may take is what it has: the others share the rest.
CREATE OR REPLACE VIEW node_alive AS
    SELECT n.nonce, n.name,
        CASE WHEN n.snapshots >= 5 THEN n.capacity
            ELSE least(n.capacity, (SELECT count(*) FROM shard_lease l WHERE l.owner = n.nonce)::integer) END AS capacity
    FROM node n
    WHERE n.expires_at > statement_timestamp() AND EXISTS (
        SELECT FROM pg_catalog.pg_locks k
        WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
            AND k.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
            AND k.classid::bigint = ((n.lock_key >> 32) & 4294967295)
            AND k.objid::bigint = (n.lock_key & 4294967295));

-- Whatever it thinks of its share. An error, so that nothing else that it says beside is kept.
CREATE FUNCTION lease_is_for_readers() RETURNS trigger LANGUAGE plpgsql SET search_path = flow_data, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM node n WHERE n.nonce = NEW.owner AND n.snapshots < 5) THEN
        RAISE EXCEPTION 'a program that does not read snapshots of format 5 takes no shards'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'use the newer program';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lease_is_for_readers BEFORE UPDATE OF owner ON shard_lease FOR EACH ROW
    WHEN (NEW.owner IS NOT NULL AND NEW.owner IS DISTINCT FROM OLD.owner) EXECUTE FUNCTION lease_is_for_readers();
