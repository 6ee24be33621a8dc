"""Orders under way and new ones all the time, while something strikes; then quiet, and the evidence."""
import json
import random
import threading
import time

import ground
from ground import Failed, Sql, SteadySql, ask, pause

QUIET_MAX = 180    # seconds until everything must have ended, once the strikes are over
CANCELLED_OF = 10  # one in so many is cancelled on its way

EFFECTS = ("erp.create_order", "erp.post_invoice", "wms.reserve", "wms.start_picking", "edi.send_855", "edi.send_856",
           "edi.send_810", "tell.customer", "tell.portal")

KINDS = {
    "two lines": dict(edi=True),
    "two warehouses": dict(edi=False, lines=(("BRG-6204", 400),)),
    "small": dict(edi=False, lines=(("BRG-6204", 10),)),
}


class Traffic:
    """Who orders, who cancels, and what is wrong with the systems meanwhile."""

    LOOK_AFTER = 2.0  # as if one had waited so long: nobody is in a hurry to order
    NOT_NOW = (0, 429, 503, 504)  # 0: no answer

    def __init__(self, g, seed, under_way, disturbed=True):
        self.g, self.seed, self.under_way = g, seed, under_way
        self.acks, self.kinds, self.problems = {}, {}, []
        self.supplies, self.ends = True, False  # until the strikes are over; until all is over
        works = (self.supply, self.supply, self.cancel) + ((self.disturb,) if disturbed else ())
        self.threads = [threading.Thread(target=self.guard, args=(n, work), daemon=True) for n, work in enumerate(works)]
        self.to_cancel = []
        self.lock = threading.Lock()
        self.n = 0

    def guard(self, n, work):
        try:
            work(random.Random(f"{self.seed} {n}"))
        except Exception as problem:  # whatever it is, it must be known
            self.problems.append(f"{work.__name__}: {problem!r}")

    def next_key(self):
        with self.lock:
            self.n += 1
            return f"K-{self.n}"

    def until_taken(self, path, data):
        """Says it at the door until it is taken, whatever happens to flowd; None: all is over. "Not now" is the only refusal
        that a sender may hear."""
        while not self.ends:
            status, said = ask(self.g.door, "POST", path, data, self.g.token, timeout=5)
            if status // 100 == 2:
                return said
            if status not in self.NOT_NOW:
                raise Failed(f"POST {path}: {status} {said}")
            pause()
        return None

    # ---- what the threads do ----

    def supply(self, dice):
        sql = (SteadySql if self.g.conninfo != self.g.ledger_conninfo else Sql)(self.g.conninfo)
        while self.supplies:
            if int(sql.one("select count(*) from flow_data.instance where status < 100")) >= self.under_way:
                pause(self.LOOK_AFTER)
                continue
            key = self.next_key()
            kind = dice.choice(list(KINDS))
            order = ground.order(key, **KINDS[kind])
            if dice.randrange(CANCELLED_OF) == 0:
                kind = "cancelled"
            self.kinds[key] = kind
            said = self.until_taken("/v1/flows/order_to_cash/instances", order)
            if said is None:
                break
            self.acks[key] = said["id"]
            if kind == "cancelled":
                self.to_cancel.append((time.monotonic() + dice.uniform(0, 4), key))
        sql.close()

    def cancel(self, dice):
        while self.supplies or self.to_cancel:
            now = time.monotonic()
            for due in [one for one in self.to_cancel if one[0] <= now]:
                self.until_taken("/v1/events/CancelRequested", {
                    "order": due[1], "message": "c-" + due[1], "reason": "wrong site", "by": "buyer"})
                self.to_cancel.remove(due)
            pause()

    def disturb(self, dice):
        """Now and then a reply is lost, or a system is away."""
        while self.supplies:
            until = time.monotonic() + dice.uniform(0.1, 0.6)
            while time.monotonic() < until:
                pause()
            kind = dice.choice(({"kind": "lose"}, {"kind": "fail", "status": 503}, {"kind": "drop"}))
            fault = {"operation": dice.choice(EFFECTS), **kind}
            ask(self.g.stand_in, "POST", "/sandbox/faults", fault)  # refused when many are still to come

    # ---- from the first order to the last ----

    def begin(self):
        for one in self.threads:
            one.start()
        self.g.until(lambda: self.problems or self.living() >= self.under_way, f"{self.under_way} orders are under way", 120)

    def end(self):
        """No new orders; what is under way comes to its end."""
        self.supplies = False
        try:
            self.g.until(lambda: self.problems or self.is_quiet(), "everything has ended", QUIET_MAX)
        except Failed as failed:
            self.problems.append(str(failed))
        self.ends = True
        for one in self.threads:
            one.join(30)

    def living(self):
        return int(self.g.sql.one("select count(*) from flow_data.instance where status < 100"))

    def is_quiet(self):
        return (not any(one.is_alive() for one in self.threads) and self.living() == 0 and
                self.g.ledger.one("select count(*) from sandbox.events where sent_at is null") == "0")


# ---- the evidence ----

LEFT_OVER = """select o.order_id,
    (select count(*) from sandbox.reservations r where r.order_id = o.order_id and r.status = 'held'),
    (select count(*) from sandbox.picks p where p.number = o.number and p.status = 'picking'),
    (o.status = 'open')::int,
    (select count(*) from sandbox.shipments s where s.number = o.number),
    (select count(*) from sandbox.invoices n where n.order_number = o.number and n.status = 'paid')
    from sandbox.orders o where o.status <> 'cancelled'"""

INSTANCES = """select v.id, v.key, v.status, v.state, i.rev, j.n, j.top, i.in_flight,
    (select count(*) from flow_data.mail m where m.instance = i.id),
    (select count(*) from flow_data.timer t where t.instance = i.id)
    from flow.instances v join flow_data.instance i using (id) join (select instance, count(*) as n,
    max(rev) as top from flow_data.journal group by 1) j on j.instance = i.id where v.key like 'K-%'"""

CALLED = """select v.key, h.step || ' ' || h.text, count(*) from flow.instances v join flow.history h on h.instance = v.id
    where h.kind = 'called' and v.key like 'K-%' group by 1, 2"""

ENDS = """select v.key, (select string_agg(h.kind, ' ' order by h.seq) from (select * from flow.history f where f.instance = v.id
    order by f.seq desc limit 1) h), count(*) from flow.instances v join flow.history h on h.instance = v.id
    where h.kind in ('completed', 'failed', 'cancelled') and v.key like 'K-%' group by v.key, v.id"""


def tree(rows):
    """{first: {second: number}}"""
    found = {}
    for first, second, n in rows:
        found.setdefault(first, {})[second] = int(n)
    return found


def evidence(g, traffic, undisturbed, strikes):
    """What the client was told, what the receivers' ledger says, and what the database holds: see judge.py."""
    ledger = g.ledger.rows
    done = "from sandbox.calls where what = 'done'"
    orders = tree(ledger(f"select about, operation, count(*) {done} group by 1, 2"))
    sequence = {}
    for about, operation in ledger(f"select about, operation {done} and about like 'K-%' order by id"):
        sequence.setdefault(about, []).append(operation)
    columns = "held", "picking", "open", "shipments", "paid"
    return {
        "acks": traffic.acks, "kinds": traffic.kinds, "orders": orders, "undisturbed": undisturbed, "strikes": strikes,
        "instances": [
            {"id": i[0], "key": i[1], "status": i[2], "state": i[3], "rev": int(i[4]), "journal_n": int(i[5]),
             "journal_max": int(i[6]), "in_flight": i[7] == "t", "mail": int(i[8]), "timers": int(i[9])}
            for i in g.sql.rows(INSTANCES)],
        "ends": {key: [last, int(n)] for key, last, n in g.sql.rows(ENDS)},
        "called": tree(g.sql.rows(CALLED)),
        "done": tree(ledger(f"select about, step || ' ' || operation, count(*) {done} and about like 'K-%' group by 1, 2")),
        "sequence": sequence,
        "keys_twice": ledger(f"select operation, key {done} and key is not null group by 1, 2 having count(*) > 1"),
        "doubles": g.counts()["doubles"],
        "left_over": {row[0]: dict(zip(columns, map(int, row[1:]))) for row in ledger(LEFT_OVER)},
        "doctor": json.loads(g.flowctl("doctor", "-o", "json")),
        "effects": sum(n for of_order in orders.values() for n in of_order.values()),
        "resent": int(g.ledger.one("select count(*) from sandbox.calls where what = 'replayed'")),
    }


def undisturbed(g):
    """What each kind of order comes to when nothing happens."""
    found, keys = {}, {kind: "U-" + kind.replace(" ", "-") for kind in KINDS}
    for kind, what in KINDS.items():
        g.say("/v1/flows/order_to_cash/instances", ground.order(keys[kind], **what))
    for kind, key in keys.items():
        g.until(lambda: g.sql.one("select status from flow.instances where key = '%s'" % key) == "completed",
                f"{kind} is completed", 60)
        found[kind] = {operation: int(n) for operation, n in g.ledger.rows(
            "select operation, count(*) from sandbox.calls where what = 'done' and about = '%s' group by 1" % key)}
    return found
