#!/usr/bin/env python3
"""A system fails under two nodes: it is left alone, one call of all nodes tries it, and nothing is lost or done twice. Then an
operator stops calls to it, and lets them go on."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, ask  # noqa: E402
from node import Node  # noqa: E402
from outside import Outside  # noqa: E402

KEYS = ["--breaker-failures", "5", "--breaker-pause", "500ms", "--breaker-pause-max", "1s"]
ERRANDS = 60

FLOW = """
policy stubborn { try 30 times within 1h each within 3s pause 200ms }
adapter erp {
    effect book(id: text) gives text
        once per step
        irreversible
}
flow errand version 1 (id: text) {
    key id
    state booking {
        call erp.book(id: id) as booked using stubborn
        go to booked_it
    }
    final booked_it
}
"""


class System(Outside):
    """Counts what it is asked, and what it has done; fails or stands still when it is told so."""

    def __init__(self):
        self.mode, self.asked, self.at_once, self.most_at_once, self.done, self.doubles = "up", 0, 0, 0, set(), 0
        self.attempts = {}
        super().__init__()

    def answer(self, operation, arguments, attempt):
        status = self.takes(arguments["id"], attempt)
        return status, "done" if status == 200 else {}

    def takes(self, which, attempt):
        with self.lock:
            self.asked += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.attempts[which] = max(attempt, self.attempts.get(which, 0))
            mode = self.mode
        if mode == "slow to fail":
            time.sleep(0.3)
        with self.lock:
            self.at_once -= 1
            if mode != "up":
                return 503
            self.doubles += which in self.done
            self.done.add(which)
            return 200


class Breaker(Claims):
    def __init__(self, g, system):
        super().__init__()
        self.g, self.system, self.n, self.other = g, system, 0, None

    def join(self):
        self.other = Node(self.g, "other")
        self.g.until(lambda: self.g.sql.one("select count(*) from flow.nodes where alive and shards = 16") == "2",
                     "both nodes share evenly", 20)

    def deploy(self):
        with open(self.g.dir + "/errand.flow", "w") as f:
            f.write(FLOW)
        with open(self.g.dir + "/errand.bind", "w") as f:
            f.write('use errand\nenvironment test { adapter erp over http { url "http://127.0.0.1:%d" } }\n' % self.system.port)
        self.g.flowctl("deploy", self.g.dir + "/errand.flow", "--bindings", self.g.dir + "/errand.bind", "-I", self.g.dir)

    def errands(self, n):
        self.g.sql.rows(f"select flow.start('errand', json_build_object('id', 'E-' || i)) from generate_series({self.n + 1}, {self.n + n}) i")
        self.n += n

    def until_completed(self):
        self.g.until(lambda: self.g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(self.n),
                     lambda: f"all {self.n} are completed, not {len(self.system.done)}", 60)

    def state(self):
        return self.g.sql.one("select state from flow.adapters where adapter = 'erp'")

    def rounds(self):
        return int(self.g.sql.one("select rounds from flow_data.breaker") or 0)

    def waiting(self):
        return int(self.g.sql.one("select count(*) from flow.instances where status = 'waiting'"))

    def close(self):
        if self.other is not None:
            self.other.close()


def rounds_of_trying(g, b, system):
    before, rounds, system.most_at_once = system.asked, b.rounds(), 0
    g.until(lambda: b.rounds() >= rounds + 3, "it is tried again and again", 30)
    return system.asked - before, b.rounds() - rounds, system.most_at_once


def fails(g, b, system):
    system.mode = "slow to fail"
    b.errands(ERRANDS)
    g.until(lambda: b.rounds() >= 2, "it was tried, and failed again", 30)
    g.until(lambda: b.waiting() >= ERRANDS - 2, lambda: f"the others sleep as rows, not {b.waiting()}", 40)
    asked, tried, at_once = rounds_of_trying(g, b, system)
    for _ in range(5):  # what was sent before it was open may be heard late
        if at_once > 1 or abs(asked - tried) > 1:
            asked, tried, at_once = rounds_of_trying(g, b, system)
    b.check(abs(asked - tried) <= 1 and at_once == 1,
            f"two nodes called it {asked} times in {tried} rounds while it failed, never two at once: {at_once}")
    key = g.sql.one("select key from flow.instances where status = 'waiting' limit 1")
    why = g.flowctl("why", key)
    b.check("adapter erp is paused since" in why and "breaker open after" in why and
            ("next try at" in why or "trying it now" in why), "why says that the breaker is open, and since when")
    listed = ask(g.door, "GET", "/v1/adapters", token=g.token)[1]["items"]
    b.check([row["adapter"] for row in listed] == ["erp"] and listed[0]["state"] in ("open", "trying") and
            listed[0]["failures"] >= 5 and "503" in listed[0]["problem"], "the door lists it, with what its last failure said")
    status, said = ask(g.door, "GET", f"/v1/instances/{key}/why", token=g.token)
    b.check(status == 200 and "breaker open after" in said["says"] and said["waiting"][0]["kind"] == "slot",
            "and says why an instance waits")
    metrics = ask(g.door, "GET", "/metrics", token=g.token)[1]
    b.check('flow_adapter_state{adapter="erp",state="closed"} 0' in metrics, "so do the metrics")
    spent = max(system.attempts.values())
    b.check(spent <= 12, f"nobody spent more than {spent} of its 30 attempts")


def works_again(g, b, system):
    system.mode = "up"
    b.until_completed()
    b.check(b.state() == "closed" and system.doubles == 0 and len(system.done) == b.n,
            "it works again: the breaker is closed, all is completed, nothing was done twice")


def is_stopped(g, b, system):
    g.flowctl("adapters", "pause", "erp", "--reason", "month end")
    g.until(lambda: b.state() == "paused", "it is paused")
    time_heard = g.sql.one("select clock_timestamp()")
    g.until(lambda: g.sql.one(f"select count(*) from flow.nodes where alive and expires_at - interval '900ms' > '{time_heard}'") == "2",
            "both nodes have heard")
    g.until(lambda: g.sql.one(f"select clock_timestamp() > '{time_heard}'::timestamptz + interval '1 s'") == "t", "and read it")
    before = system.asked
    b.errands(20)
    g.until(lambda: b.waiting() == 20, lambda: f"who would call it waits, not {b.waiting()}", 20)
    b.check(system.asked == before, "an operator stops calls to it on all nodes")
    why = g.flowctl("why", f"E-{b.n}")
    b.check("is paused since" in why and "(month end)" in why and "flowctl adapters resume erp" in why,
            "why says who did, and what lets it go on")
    again = ask(g.door, "POST", "/v1/adapters/erp/pause", {"reason": "again"}, g.token)
    nobody = ask(g.door, "POST", "/v1/adapters/nobody/pause", {"reason": "a slip"}, g.token)
    unsaid = ask(g.door, "POST", "/v1/adapters/erp/resume", {}, g.token)
    b.check(again[0] == 409 and nobody[0] == 404 and unsaid[0] == 400,
            f"twice is a conflict, nobody is not found, no reason is refused: {again[0]} {nobody[0]} {unsaid[0]}")
    status, _ = ask(g.door, "POST", "/v1/adapters/erp/resume", {"reason": "books are closed"}, g.token)
    b.check(status == 200, "it is let go on at the door")
    b.until_completed()
    b.check(system.doubles == 0, "all is completed, nothing was done twice")
    words = g.sql.rows("select verb, reason, actor <> '' from flow.adapter_words order by at")
    b.check(words == [["pause", "month end", "t"], ["resume", "books are closed", "t"]], "what was said is kept, with who and why")


def is_reset(g, b, system):
    system.mode = "down"
    b.errands(20)
    g.until(lambda: b.state() == "open" and b.waiting() >= 18, "it is left alone again", 30)
    g.flowctl("adapters", "pause", "erp", "--reason", "they look into it")
    said = g.flowctl("adapters", "resume", "erp", "--reason", "they have looked")
    b.check("takes calls" not in said and ("its breaker is open until 20" in said or "one call tries" in said) and
            "flowctl adapters reset erp" in said, f"who resumes it hears that its breaker is open: {said}")
    g.flowctl("adapters", "pause", "erp", "--reason", "they look again")
    said = g.flowctl("adapters", "reset", "erp", "--reason", "a try", "--dry-run")
    b.check("it takes no calls, for it is paused" in said and "flowctl adapters resume erp" in said,
            f"who resets it while it is paused hears that it is: {said}")
    g.flowctl("adapters", "resume", "erp", "--reason", "they have looked again")
    before = system.asked
    said = g.flowctl("adapters", "reset", "erp", "--reason", "it was mended")
    b.check("and it takes calls again" in said, f"who resets it then hears that it takes calls: {said}")
    g.until(lambda: system.asked > before, "it is called again at once", 20)
    system.mode = "up"
    b.until_completed()
    b.check(b.state() == "closed" and system.doubles == 0, "a reset closes its breaker: it is called at once")


def story(g, b):
    g.start()
    g.set_up(with_flows=False)
    b.deploy()
    b.join()
    fails(g, b, b.system)
    works_again(g, b, b.system)
    is_stopped(g, b, b.system)
    is_reset(g, b, b.system)


def main():
    g = Ground("breaker", keys=KEYS)
    b = Breaker(g, System())
    return b.tell(lambda: story(g, b), b.close, g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
