-- What holds off a node whose shard was taken over, for transactions without `move`.

-- name: fence
SELECT fenced_all(cardinality($1::smallint[]), ARRAY(
    SELECT l.shard FROM unnest($1::smallint[], $2::bigint[]) w(shard, epoch)
    JOIN shard_lease l ON l.shard = w.shard
    WHERE l.owner = $3::uuid AND l.epoch = w.epoch FOR SHARE OF l));
