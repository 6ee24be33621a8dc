-- A node that stood still and goes on has not died: what it was counted for is taken back.
SET LOCAL search_path = flow_data;

-- Owners that counted as dead with it in hand, and have not come back: of `deaths`, those that may
-- still be taken back.
ALTER TABLE suspect ADD COLUMN died_of_it uuid[] NOT NULL DEFAULT '{}';
