-- Flows that begin flows: who owns whom, and that nothing is deployed whose children are not.
SET LOCAL search_path = flow_data;

ALTER TABLE instance ADD COLUMN owned boolean NOT NULL DEFAULT false; -- by its parent, which ran it
-- Children are asked for by their parent. Never changes: updates stay HOT.
CREATE INDEX instance_parent ON instance (parent, id) WHERE parent IS NOT NULL;

-- At the end of the transaction that deploys it: parents and children come in any order.
CREATE FUNCTION version_has_children() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = flow_data, pg_temp AS $$
DECLARE
    c record;
    other integer;
BEGIN
    FOR c IN SELECT x->>'flow' AS flow, x->>'signature' AS signature
             FROM jsonb_array_elements(coalesce(new.meta->'children', '[]')) x LOOP
        CONTINUE WHEN EXISTS (SELECT FROM version v
            WHERE v.flow = c.flow AND v.meta->>'signature' = c.signature);
        SELECT max(v.number) INTO other FROM version v WHERE v.flow = c.flow;
        IF other IS NULL THEN
            PERFORM refuse('conflict', format('%s runs %s, which is not deployed', new.flow, c.flow),
                format('deploy them together: flowctl deploy … %s.flow', c.flow));
        END IF;
        PERFORM refuse('conflict',
            format('%s runs another %s than version %s, which is deployed: it takes, gives or fails with something else',
                new.flow, c.flow, other),
            format('deploy the %s that %s was checked with, as version %s', c.flow, new.flow, other + 1));
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER version_children AFTER INSERT ON version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION version_has_children();
REVOKE ALL ON FUNCTION version_has_children() FROM PUBLIC;
