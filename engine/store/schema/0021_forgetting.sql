-- What has ended is forgotten with what it ran: children are found by their parent, and not by
-- reading the shard for each.
SET LOCAL search_path = flow_data;

CREATE INDEX instance_owned ON instance (shard, parent) WHERE owned;
-- A bounded piece, whatever the statistics say of tables that grew since they were taken: row by
-- row through the indexes.
ALTER FUNCTION forget_ended(smallint[], integer) SET enable_hashjoin = off;
ALTER FUNCTION forget_ended(smallint[], integer) SET enable_mergejoin = off;
ALTER FUNCTION forget_ended(smallint[], integer) SET enable_seqscan = off;
