-- Instances begin small and grow with their snapshot: room beside each, so that its next
-- row fits on the same page and no index hears of it (HOT).
SET LOCAL search_path = flow_data;

ALTER TABLE instance SET (fillfactor = 30);
