-- What the stand-ins know and do. Each operation ADAPTER.NAME is the function
-- sandbox.ADAPTER_NAME(args json) returns json, in the contract's wire forms; a refusal is
-- raised by sandbox.refuse(). Run at every start: it creates what is missing.
CREATE SCHEMA IF NOT EXISTS sandbox;

-- ---- what they know ----

CREATE TABLE IF NOT EXISTS sandbox.customers (
    customer text PRIMARY KEY,
    standing text NOT NULL DEFAULT 'good' CHECK (standing IN ('good', 'on_hold', 'unknown')),
    credit_limit numeric NOT NULL DEFAULT 10000000,
    open numeric NOT NULL DEFAULT 0); -- besides what their open invoices say

CREATE TABLE IF NOT EXISTS sandbox.prices (
    sku text PRIMARY KEY,
    price numeric); -- NULL: on nobody's contract. A sku that is not here costs 4.20

CREATE TABLE IF NOT EXISTS sandbox.stock (
    sku text,
    warehouse text,
    available numeric NOT NULL,
    at_most numeric,                       -- for one order; NULL: no such rule
    off_shelf numeric NOT NULL DEFAULT 0,  -- in the books, but not found when it is picked
    PRIMARY KEY (sku, warehouse));

CREATE TABLE IF NOT EXISTS sandbox.pace (name text PRIMARY KEY, ms int NOT NULL);

CREATE TABLE IF NOT EXISTS sandbox.orders (
    number text PRIMARY KEY,
    order_id text NOT NULL,
    customer text NOT NULL,
    po text,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed', 'cancelled')),
    total numeric NOT NULL,
    extras numeric NOT NULL, -- tax and freight: on the first invoice
    made_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX IF NOT EXISTS orders_by_id ON sandbox.orders (order_id);

CREATE TABLE IF NOT EXISTS sandbox.order_lines (
    number text REFERENCES sandbox.orders,
    line int,
    sku text NOT NULL,
    qty numeric NOT NULL,
    price numeric NOT NULL,
    closed numeric NOT NULL DEFAULT 0, -- will not be shipped any more
    PRIMARY KEY (number, line));

CREATE TABLE IF NOT EXISTS sandbox.reservations (
    id text PRIMARY KEY,
    order_id text NOT NULL,
    line int NOT NULL,
    sku text NOT NULL,
    qty numeric NOT NULL,
    warehouse text NOT NULL,
    status text NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'released', 'packed')));
CREATE INDEX IF NOT EXISTS reservations_by_order ON sandbox.reservations (order_id);

CREATE TABLE IF NOT EXISTS sandbox.picks (
    wave text PRIMARY KEY,
    number text NOT NULL,
    plans text, -- a digest of what is to be picked
    status text NOT NULL DEFAULT 'picking' CHECK (status IN ('picking', 'stopped', 'packed')));
ALTER TABLE sandbox.picks ADD COLUMN IF NOT EXISTS plans text;
CREATE INDEX IF NOT EXISTS picks_by_number ON sandbox.picks (number);

CREATE TABLE IF NOT EXISTS sandbox.shipments (
    id text PRIMARY KEY,
    wave text NOT NULL,
    number text NOT NULL,
    warehouse text NOT NULL,
    cartons json NOT NULL,
    packed_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX IF NOT EXISTS shipments_by_number ON sandbox.shipments (number);

CREATE TABLE IF NOT EXISTS sandbox.invoices (
    number text PRIMARY KEY,
    order_number text NOT NULL,
    shipment text NOT NULL,
    amount numeric NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'credited')));
CREATE INDEX IF NOT EXISTS invoices_by_order ON sandbox.invoices (order_number);

CREATE TABLE IF NOT EXISTS sandbox.payments (
    id text PRIMARY KEY,
    invoice text NOT NULL,
    order_number text NOT NULL,
    amount numeric NOT NULL,
    paid_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE TABLE IF NOT EXISTS sandbox.messages ( -- to people, partners and the portal
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    body json NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE SEQUENCE IF NOT EXISTS sandbox.numbers START 1001;

-- Every call that came, and what became of it: done, read, replayed, refused, or the fault it
-- ran into before anything was done.
CREATE TABLE IF NOT EXISTS sandbox.calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    operation text NOT NULL,
    what text NOT NULL,
    about text,  -- the business key
    key text,    -- the idempotency key
    step text,
    attempt text);
CREATE INDEX IF NOT EXISTS calls_by_about ON sandbox.calls (about);

-- What was answered to a key: given again when it comes again.
CREATE TABLE IF NOT EXISTS sandbox.replies (
    operation text,
    key text,
    body text,
    PRIMARY KEY (operation, key));

-- What the warehouse and the payer will do, and what they have to tell the engine.
CREATE TABLE IF NOT EXISTS sandbox.jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('pack', 'pay')),
    about text NOT NULL, -- pack: the wave; pay: the invoice
    due_at timestamptz NOT NULL,
    data json NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_due ON sandbox.jobs (due_at);

CREATE TABLE IF NOT EXISTS sandbox.events (
    message text PRIMARY KEY, -- stable: however often it is sent, it is one event
    event text NOT NULL,
    body json NOT NULL,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries int NOT NULL DEFAULT 0,
    sent_at timestamptz);
CREATE INDEX IF NOT EXISTS events_by_due ON sandbox.events (due_at) WHERE sent_at IS NULL;

-- ---- small things ----

CREATE OR REPLACE FUNCTION sandbox.refuse(error text, params json DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING errcode = 'SB001', message = error, detail = params::text;
END $$;

CREATE OR REPLACE FUNCTION sandbox.money(amount numeric) RETURNS json LANGUAGE sql AS
$$ SELECT json_build_object('amount', round(amount, 2)::text, 'currency', 'USD') $$;

CREATE OR REPLACE FUNCTION sandbox.amount(money json) RETURNS numeric LANGUAGE sql AS
$$ SELECT (money ->> 'amount')::numeric $$;

CREATE OR REPLACE FUNCTION sandbox.instant(at timestamptz) RETURNS text LANGUAGE sql AS
$$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

CREATE OR REPLACE FUNCTION sandbox.new_number(prefix text) RETURNS text LANGUAGE sql AS
$$ SELECT prefix || nextval('sandbox.numbers') $$;

CREATE OR REPLACE FUNCTION sandbox.after(pace_name text, times numeric DEFAULT 1)
RETURNS timestamptz LANGUAGE sql AS
$$ SELECT clock_timestamp() + times * interval '1 millisecond' *
          coalesce((SELECT ms FROM sandbox.pace WHERE name = pace_name), 0) $$;

CREATE OR REPLACE FUNCTION sandbox.price_of(wanted text) RETURNS numeric LANGUAGE sql AS
$$ SELECT CASE WHEN EXISTS (SELECT FROM sandbox.prices WHERE sku = wanted)
               THEN (SELECT price FROM sandbox.prices WHERE sku = wanted) ELSE 4.20 END $$;

CREATE OR REPLACE FUNCTION sandbox.order_of(wanted text) RETURNS sandbox.orders LANGUAGE plpgsql AS $$
DECLARE o sandbox.orders;
BEGIN
    SELECT * INTO o FROM sandbox.orders WHERE number = wanted FOR UPDATE;
    IF o IS NULL THEN PERFORM sandbox.refuse('UnknownOrder'); END IF;
    RETURN o;
END $$;

CREATE OR REPLACE FUNCTION sandbox.shipped(wanted text, its_line int) RETURNS numeric LANGUAGE sql AS
$$ SELECT coalesce(sum((c ->> 'qty')::numeric), 0)
   FROM sandbox.shipments s, json_array_elements(s.cartons) c
   WHERE s.number = wanted AND (c ->> 'line')::int = its_line $$;

-- ---- erp ----

CREATE OR REPLACE FUNCTION sandbox.erp_credit(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE c sandbox.customers; open_now numeric;
BEGIN
    SELECT * INTO c FROM sandbox.customers WHERE customer = a ->> 'customer';
    IF c IS NULL THEN
        c := ROW(a ->> 'customer', 'good', 10000000, 0);
    END IF;
    IF c.standing = 'unknown' THEN PERFORM sandbox.refuse('UnknownCustomer'); END IF;
    SELECT c.open + coalesce(sum(i.amount), 0) INTO open_now
    FROM sandbox.invoices i JOIN sandbox.orders o ON o.number = i.order_number
    WHERE o.customer = c.customer AND i.status = 'open';
    RETURN json_build_object('standing', c.standing, 'limit', sandbox.money(c.credit_limit),
                             'open', sandbox.money(open_now), 'terms', 'PT720H');
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_price(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE unpriced json; lines json;
BEGIN
    SELECT json_agg((l ->> 'line')::int) INTO unpriced FROM json_array_elements(a -> 'lines') l
    WHERE sandbox.price_of(l ->> 'sku') IS NULL;
    IF unpriced IS NOT NULL THEN
        PERFORM sandbox.refuse('NotOnContract', json_build_object('lines', unpriced));
    END IF;
    SELECT json_agg(json_build_object(
        'line', l -> 'line', 'sku', l -> 'sku', 'qty', l -> 'qty', 'uom', l -> 'uom',
        'price', sandbox.money(sandbox.price_of(l ->> 'sku')),
        'agreed', coalesce(sandbox.amount(l -> 'expected') = sandbox.price_of(l ->> 'sku'), true),
        'substitutes', coalesce((l ->> 'substitutes')::boolean, true),
        'source', 'stocked')) INTO lines
    FROM json_array_elements(a -> 'lines') l;
    RETURN json_build_object('lines', coalesce(lines, '[]'), 'tax', sandbox.money(0), 'freight', sandbox.money(25),
        'valid_until', sandbox.instant(date_trunc('day', clock_timestamp()) + interval '30 days'));
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_create_order(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    q json := a -> 'quote';
    o json := a -> 'order';
    its_number text;
    extras numeric := sandbox.amount(q -> 'tax') + sandbox.amount(q -> 'freight');
    total numeric;
BEGIN
    IF EXISTS (SELECT FROM sandbox.customers WHERE customer = o ->> 'customer' AND standing = 'on_hold') THEN
        PERFORM sandbox.refuse('CreditBlocked');
    END IF;
    IF EXISTS (SELECT FROM json_array_elements(q -> 'lines') l
               WHERE sandbox.amount(l -> 'price') IS DISTINCT FROM sandbox.price_of(l ->> 'sku')) THEN
        PERFORM sandbox.refuse('PriceChanged');
    END IF;
    SELECT extras + sum(sandbox.amount(l -> 'price') * (l ->> 'qty')::numeric) INTO total
    FROM json_array_elements(q -> 'lines') l;
    its_number := sandbox.new_number('SO-');
    INSERT INTO sandbox.orders (number, order_id, customer, po, total, extras)
    VALUES (its_number, o ->> 'id', o ->> 'customer', o ->> 'po', total, extras);
    INSERT INTO sandbox.order_lines (number, line, sku, qty, price)
    SELECT its_number, (l ->> 'line')::int, l ->> 'sku', (l ->> 'qty')::numeric, sandbox.amount(l -> 'price')
    FROM json_array_elements(q -> 'lines') l;
    RETURN json_build_object('number', its_number, 'total', sandbox.money(total),
                             'lines', json_array_length(q -> 'lines'));
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_find_order(a json) RETURNS json LANGUAGE sql AS
$$ SELECT json_build_object('number', o.number, 'total', sandbox.money(o.total), 'lines',
              (SELECT count(*) FROM sandbox.order_lines l WHERE l.number = o.number))
   FROM sandbox.orders o WHERE o.order_id = a ->> 'order' AND o.status <> 'cancelled'
   ORDER BY o.made_at DESC LIMIT 1 $$;

CREATE OR REPLACE FUNCTION sandbox.erp_cancel_order(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE o sandbox.orders := sandbox.order_of(a ->> 'number');
BEGIN
    IF EXISTS (SELECT FROM sandbox.shipments s WHERE s.number = o.number) THEN
        PERFORM sandbox.refuse('AlreadyShipped');
    END IF;
    UPDATE sandbox.orders SET status = 'cancelled' WHERE number = o.number;
    RETURN NULL;
END $$;

-- The warehouse is told, too: what is not packed yet stays on the shelf.
CREATE OR REPLACE FUNCTION sandbox.erp_close_remaining(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE o sandbox.orders := sandbox.order_of(a ->> 'number'); n int;
BEGIN
    DELETE FROM sandbox.jobs j USING sandbox.picks p WHERE j.kind = 'pack' AND j.about = p.wave AND p.number = o.number;
    UPDATE sandbox.order_lines l SET closed = qty - sandbox.shipped(o.number, l.line)
    WHERE l.number = o.number AND sandbox.shipped(o.number, l.line) + closed < qty;
    GET DIAGNOSTICS n = ROW_COUNT;
    UPDATE sandbox.orders SET status = 'closed' WHERE number = o.number;
    -- ERP tells its warehouses: what was held for the rest is free again.
    PERFORM sandbox.wms_release(json_build_object('reservation', r.id))
    FROM sandbox.reservations r WHERE r.order_id = o.order_id AND r.status = 'held';
    RETURN to_json(n);
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_close_line(a json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sandbox.order_lines SET closed = closed + (a ->> 'missing')::numeric
    WHERE number = a ->> 'number' AND line = (a ->> 'line')::int;
    IF NOT FOUND THEN PERFORM sandbox.refuse('UnknownOrder'); END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_post_invoice(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    o sandbox.orders := sandbox.order_of(a ->> 'number');
    its_number text := sandbox.new_number('INV-');
    amount numeric;
BEGIN
    SELECT sum((c ->> 'qty')::numeric * l.price) INTO amount
    FROM json_array_elements(a #> '{shipment,cartons}') c
    JOIN sandbox.order_lines l ON l.number = o.number AND l.line = (c ->> 'line')::int;
    amount := coalesce(amount, 0);
    IF NOT EXISTS (SELECT FROM sandbox.invoices WHERE order_number = o.number) THEN
        amount := amount + o.extras;
    END IF;
    INSERT INTO sandbox.invoices (number, order_number, shipment, amount)
    VALUES (its_number, o.number, a #>> '{shipment,id}', amount);
    INSERT INTO sandbox.jobs (kind, about, due_at, data)
    VALUES ('pay', its_number, sandbox.after('pay'), '{}');
    RETURN json_build_object('number', its_number, 'order', o.number, 'shipment', a #>> '{shipment,id}',
                             'amount', sandbox.money(amount), 'due', to_char(now() + interval '30 days', 'YYYY-MM-DD'));
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_post_credit(a json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sandbox.invoices SET status = 'credited' WHERE number = a ->> 'reference';
    DELETE FROM sandbox.jobs WHERE kind = 'pay' AND about = a ->> 'reference';
    RETURN to_json(sandbox.new_number('CR-'));
END $$;

CREATE OR REPLACE FUNCTION sandbox.erp_shipped_lines(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE o sandbox.orders := sandbox.order_of(a ->> 'number');
BEGIN
    RETURN coalesce((
        SELECT json_agg(json_build_object('line', l.line, 'sku', c ->> 'sku', 'qty', c ->> 'qty',
                                          'price', sandbox.money(l.price), 'at', sandbox.instant(s.packed_at)))
        FROM sandbox.shipments s, json_array_elements(s.cartons) c
        JOIN sandbox.order_lines l ON l.line = (c ->> 'line')::int
        WHERE s.number = o.number AND l.number = o.number), '[]');
END $$;

-- ---- wms ----

-- A sku nobody has spoken of is in two warehouses; the first gives no order more than 300.
CREATE OR REPLACE FUNCTION sandbox.stock_up(wanted text) RETURNS void LANGUAGE sql AS
$$ INSERT INTO sandbox.stock (sku, warehouse, available, at_most)
   SELECT wanted, w, 1000000000, m FROM (VALUES ('columbus', 300), ('reno', NULL)) AS t(w, m)
   WHERE NOT EXISTS (SELECT FROM sandbox.stock WHERE sku = wanted) $$;

CREATE OR REPLACE FUNCTION sandbox.wms_availability(a json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sandbox.stock_up(a ->> 'sku');
    RETURN coalesce((
        SELECT json_agg(json_build_object('warehouse', warehouse, 'sku', sku, 'stands_in', false,
                                          'available', least(available, at_most)::text,
                                          'ready', to_char(now(), 'YYYY-MM-DD')) ORDER BY warehouse)
        FROM sandbox.stock WHERE sku = a ->> 'sku' AND available > 0), '[]');
END $$;

CREATE OR REPLACE FUNCTION sandbox.wms_reserve(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    its_id text := sandbox.new_number('R-');
    wanted numeric := (a ->> 'qty')::numeric;
    there numeric;
BEGIN
    PERFORM sandbox.stock_up(a ->> 'sku');
    SELECT available INTO there FROM sandbox.stock
    WHERE sku = a ->> 'sku' AND warehouse = a ->> 'warehouse' FOR UPDATE;
    IF coalesce(there, 0) < wanted THEN
        PERFORM sandbox.refuse('Short', json_build_object('available', coalesce(there, 0)::text));
    END IF;
    UPDATE sandbox.stock SET available = available - wanted
    WHERE sku = a ->> 'sku' AND warehouse = a ->> 'warehouse';
    INSERT INTO sandbox.reservations (id, order_id, line, sku, qty, warehouse)
    VALUES (its_id, a ->> 'order', (a ->> 'line')::int, a ->> 'sku', wanted, a ->> 'warehouse');
    RETURN json_build_object('id', its_id, 'line', a -> 'line', 'warehouse', a -> 'warehouse',
                             'sku', a -> 'sku', 'qty', wanted::text);
END $$;

CREATE OR REPLACE FUNCTION sandbox.wms_release(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE r sandbox.reservations;
BEGIN
    UPDATE sandbox.reservations SET status = 'released'
    WHERE id = a ->> 'reservation' AND status = 'held' RETURNING * INTO r;
    UPDATE sandbox.stock SET available = available + r.qty WHERE sku = r.sku AND warehouse = r.warehouse;
    RETURN NULL;
END $$;

-- A shipment a warehouse, one after the other.
CREATE OR REPLACE FUNCTION sandbox.wms_start_picking(a json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE its_wave text := sandbox.new_number('W-');
BEGIN
    INSERT INTO sandbox.picks (wave, number, plans) VALUES (its_wave, a ->> 'number', md5(a ->> 'plans'));
    INSERT INTO sandbox.jobs (kind, about, due_at, data)
    SELECT 'pack', its_wave, sandbox.after('pack', row_number() OVER (ORDER BY r ->> 'warehouse')),
           json_build_object('warehouse', r ->> 'warehouse', 'reserved', json_agg(r))
    FROM json_array_elements(a -> 'plans') p, json_array_elements(p -> 'reserved') r
    GROUP BY r ->> 'warehouse';
    RETURN to_json(its_wave);
END $$;

CREATE OR REPLACE FUNCTION sandbox.wms_stop_picking(a json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sandbox.shipments WHERE wave = a ->> 'wave') THEN
        PERFORM sandbox.refuse('AlreadyPacked');
    END IF;
    UPDATE sandbox.picks SET status = 'stopped' WHERE wave = a ->> 'wave';
    DELETE FROM sandbox.jobs WHERE kind = 'pack' AND about = a ->> 'wave';
    RETURN NULL;
END $$;

-- ---- everybody else: it is written down, and a name is given where one is wanted ----

CREATE OR REPLACE FUNCTION sandbox.written_down(operation text, a json, gives_prefix text) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sandbox.messages (channel, body) VALUES (operation, a);
    RETURN CASE WHEN gives_prefix IS NOT NULL THEN to_json(sandbox.new_number(gives_prefix)) END;
END $$;

-- ---- a call ----

-- Does it, or gives what was given for the same key. A refusal leaves nothing behind and is not
-- remembered: what was refused today may be done tomorrow. `special` is false where the operation
-- has no function of its own.
CREATE OR REPLACE FUNCTION sandbox.handle(operation text, is_effect boolean, special boolean, gives_prefix text,
    args json, its_key text, its_about text, its_step text, its_attempt text, honours_keys boolean,
    OUT status int, OUT body text) LANGUAGE plpgsql AS $$
DECLARE result json; error text; params text; what text := CASE WHEN is_effect THEN 'done' ELSE 'read' END;
BEGIN
    status := 200;
    IF its_key IS NOT NULL AND honours_keys THEN
        SELECT r.body INTO body FROM sandbox.replies r
        WHERE r.operation = handle.operation AND r.key = its_key;
        IF FOUND THEN what := 'replayed'; END IF;
    END IF;
    IF what <> 'replayed' THEN
        BEGIN
            IF special THEN
                EXECUTE format('SELECT sandbox.%I($1)', replace(operation, '.', '_')) INTO result USING args;
            ELSE
                result := sandbox.written_down(operation, args, gives_prefix);
            END IF;
            body := coalesce(result::text, 'null');
        EXCEPTION WHEN SQLSTATE 'SB001' THEN
            GET STACKED DIAGNOSTICS error = MESSAGE_TEXT, params = PG_EXCEPTION_DETAIL;
            what := 'refused';
            status := 409;
            body := (jsonb_build_object('error', error) || params::jsonb)::text;
        END;
        IF what = 'done' AND its_key IS NOT NULL THEN
            INSERT INTO sandbox.replies (operation, key, body) VALUES (handle.operation, its_key, handle.body)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    INSERT INTO sandbox.calls (operation, what, about, key, step, attempt)
    VALUES (handle.operation, what, its_about, its_key, its_step, its_attempt);
END $$;

-- ---- the warehouse and the payer, on their own pace ----

CREATE OR REPLACE FUNCTION sandbox.tell(its_event text, its_message text, its_body jsonb) RETURNS void
LANGUAGE sql AS
$$ INSERT INTO sandbox.events (message, event, body)
   VALUES (its_message, its_event, (its_body || jsonb_build_object('message', its_message))::json) $$;

-- One reservation, as far as it is found on the shelf; how much was found.
CREATE OR REPLACE FUNCTION sandbox.pick(r json, its_number text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE missing numeric; wanted numeric := (r ->> 'qty')::numeric;
BEGIN
    SELECT least(off_shelf, wanted) INTO missing FROM sandbox.stock
    WHERE sku = r ->> 'sku' AND warehouse = r ->> 'warehouse' FOR UPDATE;
    missing := coalesce(missing, 0);
    UPDATE sandbox.reservations SET status = 'packed' WHERE id = r ->> 'id';
    IF missing > 0 THEN
        UPDATE sandbox.stock SET off_shelf = off_shelf - missing
        WHERE sku = r ->> 'sku' AND warehouse = r ->> 'warehouse';
        PERFORM sandbox.tell('PickShort', 'MSG-' || (r ->> 'id'), jsonb_build_object(
            'order', its_number, 'line', (r ->> 'line')::int, 'missing', missing::text));
    END IF;
    RETURN wanted - missing;
END $$;

CREATE OR REPLACE FUNCTION sandbox.pack(job sandbox.jobs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    p sandbox.picks;
    its_id text := sandbox.new_number('SH-');
    its_cartons json;
BEGIN
    SELECT * INTO p FROM sandbox.picks WHERE wave = job.about FOR UPDATE;
    SELECT json_agg(json_build_object('sscc', lpad(nextval('sandbox.numbers')::text, 18, '0'),
                                      'line', (r ->> 'line')::int, 'sku', r ->> 'sku', 'qty', n_found::text))
    INTO its_cartons
    FROM (SELECT r, sandbox.pick(r, p.number) AS n_found FROM json_array_elements(job.data -> 'reserved') r OFFSET 0) AS t
    WHERE n_found > 0;
    UPDATE sandbox.picks SET status = 'packed' WHERE wave = p.wave;
    IF its_cartons IS NULL THEN RETURN; END IF;
    INSERT INTO sandbox.shipments (id, wave, number, warehouse, cartons)
    VALUES (its_id, p.wave, p.number, job.data ->> 'warehouse', its_cartons);
    PERFORM sandbox.tell('ShipmentPacked', 'MSG-' || its_id, jsonb_build_object('order', p.number, 'shipment',
        jsonb_build_object('id', its_id, 'order', p.number, 'carrier', 'UPS', 'tracking', '1Z' || replace(its_id, '-', ''),
                           'cartons', its_cartons, 'at', sandbox.instant(clock_timestamp()))));
END $$;

CREATE OR REPLACE FUNCTION sandbox.pay(job sandbox.jobs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE i sandbox.invoices; its_id text := sandbox.new_number('PAY-');
BEGIN
    UPDATE sandbox.invoices SET status = 'paid' WHERE number = job.about AND status = 'open' RETURNING * INTO i;
    IF i IS NULL THEN RETURN; END IF;
    INSERT INTO sandbox.payments (id, invoice, order_number, amount) VALUES (its_id, i.number, i.order_number, i.amount);
    PERFORM sandbox.tell('PaymentReceived', 'MSG-' || its_id, jsonb_build_object(
        'order', i.order_number, 'amount', sandbox.money(i.amount)));
END $$;

CREATE OR REPLACE FUNCTION sandbox.work() RETURNS int LANGUAGE plpgsql AS $$
DECLARE job sandbox.jobs; n int := 0;
BEGIN
    FOR job IN DELETE FROM sandbox.jobs WHERE id IN (
            SELECT id FROM sandbox.jobs WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT 50)
        RETURNING * LOOP
        IF job.kind = 'pack' THEN PERFORM sandbox.pack(job); ELSE PERFORM sandbox.pay(job); END IF;
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- Events that are due, for the one who sends; asked again when they were not sent after a while.
CREATE OR REPLACE FUNCTION sandbox.take_events(most int) RETURNS TABLE (message text, event text, body text)
LANGUAGE sql AS
$$ UPDATE sandbox.events e SET tries = tries + 1, due_at = clock_timestamp() + interval '30 seconds'
   FROM (SELECT e2.message FROM sandbox.events e2 WHERE e2.sent_at IS NULL AND e2.due_at <= clock_timestamp()
         ORDER BY e2.due_at LIMIT most) due
   WHERE e.message = due.message RETURNING e.message, e.event, e.body::text $$;

-- A truck has come: it is on the shelf, and whoever waits for it is told.
CREATE OR REPLACE FUNCTION sandbox.arrive(its_sku text, its_warehouse text, qty numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sandbox.stock (sku, warehouse, available) VALUES (its_sku, its_warehouse, qty)
    ON CONFLICT (sku, warehouse) DO UPDATE SET available = sandbox.stock.available + qty;
    PERFORM sandbox.tell('StockArrived', sandbox.new_number('MSG-ST-'), jsonb_build_object(
        'sku', its_sku, 'warehouse', its_warehouse, 'qty', qty::text));
END $$;

-- ---- what was done ----

-- What must not happen twice, and has: nothing, with keys honoured.
CREATE OR REPLACE VIEW sandbox.doubles AS
    SELECT 'orders' AS what, order_id AS about, count(*) AS n FROM sandbox.orders WHERE status <> 'cancelled'
    GROUP BY order_id HAVING count(*) > 1
    UNION ALL
    SELECT 'reservations', order_id || ' line ' || line || ' at ' || warehouse, count(*) FROM sandbox.reservations
    WHERE status <> 'released' GROUP BY order_id, line, warehouse, sku, qty HAVING count(*) > 1
    UNION ALL
    SELECT 'picks', number, count(*) FROM sandbox.picks WHERE status <> 'stopped' GROUP BY number, plans HAVING count(*) > 1
    UNION ALL
    SELECT 'invoices', shipment, count(*) FROM sandbox.invoices WHERE status <> 'credited'
    GROUP BY shipment HAVING count(*) > 1
    UNION ALL
    SELECT 'payments', invoice, count(*) FROM sandbox.payments GROUP BY invoice HAVING count(*) > 1;

CREATE OR REPLACE FUNCTION sandbox.counts(its_about text) RETURNS json LANGUAGE sql AS $$
    SELECT json_build_object(
        'operations', (SELECT coalesce(json_object_agg(operation, c), '{}') FROM (
            SELECT operation, (SELECT json_object_agg(what, n) FROM (
                SELECT what, count(*) AS n FROM sandbox.calls d
                WHERE d.operation = o.operation AND (its_about IS NULL OR d.about = its_about) GROUP BY what) x) AS c
            FROM (SELECT DISTINCT operation FROM sandbox.calls
                  WHERE its_about IS NULL OR about = its_about) o ORDER BY operation) y),
        'keys', (SELECT coalesce(json_object_agg(about, c), '{}') FROM (
            SELECT about, json_object_agg(operation, n) AS c FROM (
                SELECT about, operation, count(*) AS n FROM sandbox.calls
                WHERE what = 'done' AND about IS NOT NULL AND (its_about IS NULL OR about = its_about)
                GROUP BY about, operation ORDER BY about, operation) x GROUP BY about) y),
        'orders', (SELECT coalesce(json_object_agg(status, n), '{}') FROM (
            SELECT status, count(*) AS n FROM sandbox.orders WHERE its_about IS NULL OR order_id = its_about GROUP BY status) x),
        'reservations', (SELECT coalesce(json_object_agg(status, n), '{}') FROM (
            SELECT status, count(*) AS n FROM sandbox.reservations WHERE its_about IS NULL OR order_id = its_about GROUP BY status) x),
        'picks', (SELECT coalesce(json_object_agg(status, n), '{}') FROM (
            SELECT p.status, count(*) AS n FROM sandbox.picks p JOIN sandbox.orders o USING (number)
            WHERE its_about IS NULL OR order_id = its_about GROUP BY p.status) x),
        'shipments', (SELECT count(*) FROM sandbox.shipments s JOIN sandbox.orders o USING (number)
            WHERE its_about IS NULL OR order_id = its_about),
        'invoices', (SELECT coalesce(json_object_agg(status, n), '{}') FROM (
            SELECT i.status, count(*) AS n FROM sandbox.invoices i JOIN sandbox.orders o ON o.number = i.order_number
            WHERE its_about IS NULL OR order_id = its_about GROUP BY i.status) x),
        'payments', (SELECT count(*) FROM sandbox.payments p JOIN sandbox.orders o ON o.number = p.order_number
            WHERE its_about IS NULL OR order_id = its_about),
        'messages', (SELECT coalesce(json_object_agg(channel, n), '{}') FROM (
            SELECT channel, count(*) AS n FROM sandbox.messages
            WHERE its_about IS NULL OR its_about IN (body ->> 'order', body #>> '{order,id}') GROUP BY channel) x),
        'events', json_build_object(
            'waiting', (SELECT count(*) FROM sandbox.events WHERE sent_at IS NULL),
            'sent', (SELECT count(*) FROM sandbox.events WHERE sent_at IS NOT NULL)),
        'doubles', (SELECT coalesce(json_agg(json_build_object('what', what, 'about', about, 'n', n)), '[]')
            FROM sandbox.doubles WHERE its_about IS NULL OR about = its_about OR about LIKE its_about || ' line %'))
$$;

-- Everything that was done is forgotten; customers, prices, stock and pace stay.
CREATE OR REPLACE FUNCTION sandbox.forget() RETURNS void LANGUAGE sql AS $$
    TRUNCATE sandbox.orders, sandbox.order_lines, sandbox.reservations, sandbox.picks, sandbox.shipments,
        sandbox.invoices, sandbox.payments, sandbox.messages, sandbox.calls, sandbox.replies, sandbox.jobs, sandbox.events
$$;

-- What was on its way when the program ended is sent again.
UPDATE sandbox.events SET due_at = least(due_at, clock_timestamp()) WHERE sent_at IS NULL;
