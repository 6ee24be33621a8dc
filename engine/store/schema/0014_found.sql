-- What is being filed is looked up by its id only: the index for tidying away knows nothing
-- of it, so that no plan can take it, however small the table was when the plan was made.
SET LOCAL search_path = flow_data;

DROP INDEX inbox_until;
CREATE INDEX inbox_until ON inbox (shard, until) WHERE what >= 2;
