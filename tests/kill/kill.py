#!/usr/bin/env python3
"""Fifty orders under way, new ones all the time, and flowd is killed at random moments.

    KILLS=300 (20 with CHECK_FAST=1)   SEED=random   ORDERS=50 under way
"""
import json
import os
import random
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), HERE]
sys.dont_write_bytecode = True
import check  # noqa: E402
import ground  # noqa: E402
from ground import Failed, Ground, Sql, ask, pause  # noqa: E402

KILLS = int(os.environ.get("KILLS") or ("20" if os.environ.get("CHECK_FAST") else "300"))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
UNDER_WAY = int(os.environ.get("ORDERS", "50"))
LIFE_MAX = 1.2    # seconds flowd lives at most, mostly counted from when it is ready; the next begins at once
WHILE_STARTING_OF = 5  # one in so many is counted from its very beginning
QUIET_MAX = 180   # seconds until everything must have ended, once flowd is left in peace
PACE = (1500, 2500)
CANCELLED_OF = 10  # one in so many is cancelled on its way

READS = ("erp.credit", "erp.price", "erp.shipped_lines", "erp.find_order", "wms.availability")
EFFECTS = ("erp.create_order", "erp.post_invoice", "wms.reserve", "wms.start_picking", "edi.send_855", "edi.send_856",
           "edi.send_810", "tell.customer", "tell.portal")

KINDS = {
    "two lines": dict(edi=True),
    "two warehouses": dict(edi=False, lines=(("BRG-6204", 400),)),
    "small": dict(edi=False, lines=(("BRG-6204", 10),)),
}


class Campaign:
    def __init__(self, g):
        self.g = g
        self.acks, self.kinds, self.problems = {}, {}, []
        self.supplies, self.ends = True, False  # until the kills are over; until all is over
        self.threads = [threading.Thread(target=self.guard, args=(n, work), daemon=True)
                        for n, work in enumerate((self.supply, self.supply, self.cancel, self.disturb))]
        self.to_cancel = []
        self.lock = threading.Lock()
        self.n = 0

    def guard(self, n, work):
        try:
            work(random.Random(f"{SEED} {n}"))
        except Exception as problem:  # whatever it is, it must be known
            self.problems.append(f"{work.__name__}: {problem!r}")

    def until_taken(self, path, data):
        """Says it at the door until it is taken, whatever happens to flowd; None: all is over."""
        while not self.ends:
            status, said = ask(self.g.door, "POST", path, data, self.g.token, timeout=5)
            if status // 100 == 2:
                return said
            if status // 100 == 4 and status != 429:
                raise Failed(f"POST {path}: {status} {said}")
            pause()
        return None

    # ---- what the threads do ----

    def supply(self, dice):
        sql = Sql(self.g.conninfo)
        while self.supplies:
            if int(sql.one("select count(*) from flow_data.instance where status < 100")) >= UNDER_WAY:
                pause()
                continue
            with self.lock:
                self.n += 1
                key = f"K-{self.n}"
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

    # ---- the campaign ----

    def living(self):
        return int(self.g.sql.one("select count(*) from flow_data.instance where status < 100"))

    def run(self):
        g, dice = self.g, random.Random(SEED)
        for one in self.threads:
            one.start()
        g.until(lambda: self.problems or self.living() >= UNDER_WAY, f"{UNDER_WAY} orders are under way", 60)
        under_way = []
        while len(under_way) < KILLS:
            if dice.randrange(WHILE_STARTING_OF) != 0:
                g.until(g.is_ready, "flowd is ready", 60)
            dies_at = time.monotonic() + dice.uniform(0, LIFE_MAX)
            while time.monotonic() < dies_at:
                g.mend()
                pause()
            if self.problems:
                break
            under_way.append(self.living())
            g.kill()
            g.start()
        self.supplies = False
        try:
            g.until(lambda: self.problems or self.is_quiet(), "everything has ended", QUIET_MAX)
        except Failed as failed:
            self.problems.append(str(failed))
        self.ends = True
        for one in self.threads:
            one.join(30)
        return under_way

    def is_quiet(self):
        return (not any(one.is_alive() for one in self.threads) and self.living() == 0 and
                self.g.sql.one("select count(*) from sandbox.events where sent_at is null") == "0")

    def evidence(self, undisturbed, kills):
        rows = self.g.sql.rows
        orders = {}
        for about, operation, n in rows(
                "select about, operation, count(*) from sandbox.calls where what = 'done' group by 1, 2"):
            orders.setdefault(about, {})[operation] = int(n)
        columns = "held", "picking", "open", "shipments", "paid"
        return {
            "acks": self.acks, "kinds": self.kinds, "orders": orders, "undisturbed": undisturbed, "kills": kills,
            "instances": [
                {"id": i[0], "key": i[1], "status": i[2], "state": i[3], "rev": int(i[4]), "journal_n": int(i[5]),
                 "journal_max": int(i[6]), "in_flight": i[7] == "t", "mail": int(i[8]), "timers": int(i[9])}
                for i in rows(
                    "select v.id, v.key, v.status, v.state, i.rev, j.n, j.top, i.in_flight,"
                    " (select count(*) from flow_data.mail m where m.instance = i.id),"
                    " (select count(*) from flow_data.timer t where t.instance = i.id)"
                    " from flow.instances v join flow_data.instance i using (id) join (select instance, count(*) as n,"
                    " max(rev) as top from flow_data.journal group by 1) j on j.instance = i.id where v.key like 'K-%'")],
            "keys_twice": rows("select operation, key from sandbox.calls where what = 'done' and key is not null"
                               " group by 1, 2 having count(*) > 1"),
            "doubles": self.g.counts()["doubles"],
            "left_over": {row[0]: dict(zip(columns, map(int, row[1:]))) for row in rows(
                "select o.order_id, (select count(*) from sandbox.reservations r where r.order_id = o.order_id"
                " and r.status = 'held'), (select count(*) from sandbox.picks p where p.number = o.number"
                " and p.status = 'picking'), (o.status = 'open')::int, (select count(*) from sandbox.shipments s"
                " where s.number = o.number), (select count(*) from sandbox.invoices n where n.order_number = o.number"
                " and n.status = 'paid') from sandbox.orders o where o.status <> 'cancelled'")},
            "doctor": json.loads(self.g.flowctl("doctor", "-o", "json")),
            "effects": sum(n for done in orders.values() for n in done.values()),
            "resent": int(self.g.sql.one("select count(*) from sandbox.calls where what = 'replayed'")),
        }


def undisturbed(g):
    """What each kind of order comes to when nothing happens."""
    found = {}
    for kind, what in KINDS.items():
        key = "U-" + kind.replace(" ", "-")
        g.say("/v1/flows/order_to_cash/instances", ground.order(key, **what))
        g.until(lambda: g.sql.one("select status from flow.instances where key = '%s'" % key) == "completed",
                f"{kind} is completed", 60)
        found[kind] = {operation: int(n) for operation, n in g.sql.rows(
            "select operation, count(*) from sandbox.calls where what = 'done' and about = '%s' group by 1" % key)}
    return found


def main():
    print(f"SEED={SEED} KILLS={KILLS} ORDERS={UNDER_WAY}", flush=True)
    began = time.monotonic()
    g = Ground("campaign", pace=PACE)
    try:
        g.start()
        g.set_up()
        wants = undisturbed(g)
        campaign = Campaign(g)
        under_way = campaign.run()
        evidence = campaign.evidence(wants, len(under_way))
        if os.environ.get("EVIDENCE"):
            with open(os.environ["EVIDENCE"], "w") as f:
                json.dump(evidence, f)
        passed, failed = check.judge(evidence)
        print(check.figures(evidence))
        cancelled = sum(kind == "cancelled" for kind in campaign.kinds.values())
        states = {}
        for i in evidence["instances"]:
            states[i["state"]] = states.get(i["state"], 0) + 1
        print(f"under way when it died: {min(under_way)} to {max(under_way)}; {cancelled} were asked to cancel;"
              f" ended {states}; in {time.monotonic() - began:.0f} s")
        for problem in campaign.problems:
            print(f"not so: {problem}")
        failed += len(campaign.problems)
    except Failed as problem:
        print(f"not so: {problem}")
        passed, failed = 0, 1
    finally:
        g.close()
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
