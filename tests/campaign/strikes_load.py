"""What too much does, and what time does: ten times as many orders as can be done; orders for hours."""
import http.client
import json
import threading
import time

import ground
from ground import Failed, pause
from strikes import Strike, rest
from traffic import KINDS

KIB = 1024


def memory_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Sender(threading.Thread):
    """Sends orders at a rate, whatever is answered: what is refused is gone."""

    KIND = "small"

    def __init__(self, traffic, a_second, until):
        super().__init__(daemon=True)
        self.traffic, self.a_second, self.ends_at = traffic, a_second, until
        self.sent = self.refused = 0
        self.problem = None

    def run(self):
        g, began = self.traffic.g, time.monotonic()
        door = http.client.HTTPConnection("127.0.0.1", g.door, timeout=30)
        while time.monotonic() < self.ends_at and self.problem is None:
            due = (time.monotonic() - began) * self.a_second
            if self.sent >= due:
                pause()
                continue
            self.sent += 1
            self.send(door)
        door.close()

    def send(self, door):
        key = self.traffic.next_key()
        order = json.dumps(ground.order(key, **KINDS[self.KIND]))
        self.traffic.kinds[key] = self.KIND
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.traffic.g.token}
        try:
            door.request("POST", "/v1/flows/order_to_cash/instances", order, headers)
            answer = door.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.problem = f"{key}: no answer: {problem!r}"
            return
        if answer.status // 100 == 2:
            self.traffic.acks[key] = json.loads(said)["id"]
            return
        del self.traffic.kinds[key]
        self.refused += 1
        if answer.status not in (429, 503) or not answer.getheader("Retry-After"):
            self.problem = f"{key}: {answer.status} {said[:200]}"


class Overload(Strike):
    """The ERP may be called so often a second, and no machine is too slow for that. First as much as can be done while it
    is never without work: that is the capacity. Then ten times as much for a while, whatever is said; what was taken must be
    done, no slower than before."""

    name, says, one = "overload", "ten times as many orders come as can be done", "flood"
    small, full, a_round = 1, 10, 2
    under_way = small_under_way = 60
    pace = 20, 20
    disturbed = False
    keys = ("--queue-max", "500")

    TIMES = 10
    LIMIT = "20 per 1s"
    SECONDS = 5.0           # of the flood
    LOOK_SECONDS = 12.0     # at the capacity
    SENDERS = 4
    GOODPUT_MIN = 0.9
    MEMORY_MAX_KIB = 256 * KIB

    def __init__(self):
        self.found, self.memory_kib = [], 0

    def open(self):
        g = self.ground()
        g.limit = self.LIMIT
        return g

    def ended(self, g):
        return int(g.sql.one("select count(*) from flow_data.instance where status >= 100"))

    def rate(self, g, until):
        """Orders ended a second, while `until` is not so."""
        began, before = time.monotonic(), self.ended(g)
        while not until():
            rest(g, 0.1)
            self.memory_kib = max(self.memory_kib, memory_kib(g.flowd))
        return (self.ended(g) - before) / (time.monotonic() - began)

    def strike(self, g, traffic, dice):
        g.until(lambda: self.ended(g) >= self.under_way, "all stages have work", 120)
        until = time.monotonic() + self.LOOK_SECONDS
        capacity = self.rate(g, lambda: time.monotonic() > until)
        traffic.under_way, before = 0, len(traffic.acks)
        until = time.monotonic() + self.SECONDS
        senders = [Sender(traffic, self.TIMES * capacity / self.SENDERS, until) for _ in range(self.SENDERS)]
        for one in senders:
            one.start()
        meanwhile = self.rate(g, lambda: not any(one.is_alive() for one in senders))
        began, left = time.monotonic(), traffic.living()
        goodput = self.rate(g, lambda: traffic.living() <= self.under_way)
        took = time.monotonic() - began
        traffic.under_way = self.under_way
        for one in senders:
            if one.problem:
                raise Failed(one.problem)
        sent, refused = sum(one.sent for one in senders), sum(one.refused for one in senders)
        self.found.append({"capacity": capacity, "sent": sent, "refused": refused, "taken": len(traffic.acks) - before,
                           "meanwhile": meanwhile, "left": left, "afterwards": goodput, "drain": took,
                           "share": (meanwhile * self.SECONDS + goodput * took) / (self.SECONDS + took) / capacity})

    def end(self, g, traffic):
        for one in self.found:
            if one["share"] < self.GOODPUT_MIN:
                yield f"of {one['capacity']:.1f} orders a second it did {one['share']:.2f} when more came"
        if self.memory_kib > self.MEMORY_MAX_KIB and not ground.is_sanitized():
            yield f"flowd had {self.memory_kib // KIB} MiB"

    def figures(self):
        said = [f"capacity {one['capacity']:.1f}/s; {one['sent']} sent, {one['taken']} taken, {one['refused']} refused;"
                f" meanwhile {one['meanwhile']:.1f}/s, then {one['afterwards']:.1f}/s for {one['drain']:.0f} s:"
                f" goodput {one['share']:.2f} of capacity" for one in self.found]
        return "\n".join(said + [f"flowd had at most {self.memory_kib // KIB} MiB"])


class Soak(Strike):
    """Each strike is ten seconds of orders in which nothing happens. What memory and dead rows come to is looked at over
    the second half: the first fills what fills."""

    name, says, one = "soak", "nothing but time, ten seconds a strike; memory and dead rows must not grow", "ten seconds"
    small, full, a_round = 1, 360, 360

    SECONDS = 10.0
    ENOUGH = 30                # strikes, before a slope says anything
    GROWTH_MAX_KIB = 4 * KIB   # an hour
    DEAD_MAX = 200000          # rows that autovacuum, which comes each minute, has not got yet
    MEMORY_MAX_KIB = 128 * KIB

    def __init__(self):
        self.looks = []

    def strike(self, g, traffic, dice):
        rest(g, self.SECONDS)
        dead, size = g.sql.rows("select sum(n_dead_tup), sum(pg_total_relation_size(relid)) from pg_stat_user_tables"
                                " where schemaname = 'flow_data'")[0]
        self.looks.append((time.monotonic(), memory_kib(g.flowd), int(dead), int(size), len(traffic.acks)))

    def growth_kib(self):
        """An hour, by least squares over the second half."""
        half = self.looks[len(self.looks) // 2:]
        at = sum(t for t, *_ in half) / len(half)
        kib = sum(one[1] for one in half) / len(half)
        spread = sum((t - at) ** 2 for t, *_ in half)
        return 3600 * sum((t - at) * (one - kib) for t, one, *_ in half) / spread if spread else 0

    def end(self, g, traffic):
        if not ground.is_sanitized():
            yield from self.too_much()
        if max(one[2] for one in self.looks) > self.DEAD_MAX:
            yield f"there were {max(one[2] for one in self.looks)} dead rows"

    def too_much(self):
        """Memory, or growing."""
        if len(self.looks) >= self.ENOUGH and self.growth_kib() > self.GROWTH_MAX_KIB:
            yield f"flowd grows by {self.growth_kib():.0f} KiB an hour"
        if max(one[1] for one in self.looks) > self.MEMORY_MAX_KIB:
            yield f"flowd had {max(one[1] for one in self.looks) // KIB} MiB"

    def figures(self):
        if not self.looks:
            return ""
        _, memory, dead, size, orders = self.looks[-1]
        said = f"{memory / KIB:.1f} MiB at the end, at most {max(one[2] for one in self.looks)} dead rows, {size >> 20} MiB of tables"
        if len(self.looks) >= self.ENOUGH:
            said += f"; {self.growth_kib():+.0f} KiB an hour over the second half"
        return said
