#!/usr/bin/env python3
"""Flowd dies at each fault point of an order's story, the n-th time it is reached, and the order ends the same.

    fault.py [WORD [STORY]]  only the points that contain the word, only that story
    LANES=10             how many flowds at once, each with a database of its own
    SAMPLES=7            how many of the times a point is reached in a story have their turn
    BIRTHS=4             and of those before it, when flowd begins
"""
import collections
import os
import queue
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Ground  # noqa: E402

LANES = int(os.environ.get("LANES", "10"))
SAMPLES = int(os.environ.get("SAMPLES", "7"))
BIRTHS = int(os.environ.get("BIRTHS", "4"))
# An adapter gives up soon, so that it has been given up within a story.
KEYS = ["--breaker-failures", "3"]
FAILURES_MAX = 10  # more say nothing new

# Points that no order's story reaches, and who has them reached.
ELSEWHERE = {"schedule.": "tests/e2e/moments.sh", "folder.": "tests/bind/folder.sh"}

READS = {"erp.credit", "erp.price", "erp.shipped_lines", "erp.find_order", "wms.availability"}

# What of the journal must be the same: what the flow did, not how often it was tried.
LASTING = ("started", "entered", "answered", "event", "emitted", "marked", "noted", "undone", "kept", "completed",
           "began", "cancelled")


# ---- the stories: each ends when its order has ended ----

def begin(g, key, pack_ms):
    """The order is started; on its way one reply is lost, and one system is away once."""
    g.switch("forget", {})
    g.switch("pace", {"pack": pack_ms, "pay": 20})
    g.switch("faults", [{"operation": "erp.create_order", "kind": "lose"},
                        {"operation": "wms.start_picking", "kind": "fail", "status": 503}])
    g.say("/v1/flows/order_to_cash/instances", ground.order(key))


def is_picking(g):
    return g.sql.one("select count(*) from sandbox.picks where status = 'picking'") == "1"


def knows_of_its_wave(g, key):
    """An order that is cancelled before it has heard of its wave asks after it first: another story."""
    return g.sql.one("select count(*) from flow.instances v, flow.history h where v.key = '%s' and h.instance = v.id"
                     " and h.kind = 'answered' and h.step = 'shipping.start_picking'" % key) != "0"


def has_ended(g, key):
    return g.sql.one("select count(*) from flow_data.instance where status >= 100 and key = '%s'" % key) != "0"


def paid(g, key):
    begin(g, key, 20)
    g.until(lambda: has_ended(g, key), "the order is paid")


def cancelled(g, key):
    begin(g, key, 60000)
    g.until(lambda: knows_of_its_wave(g, key), "the order is picked")
    g.say("/v1/events/CancelRequested", {"order": key, "message": "c-" + key, "reason": "wrong site", "by": "buyer"})
    g.until(lambda: has_ended(g, key), "the order is cancelled")


def drained(g, key):
    begin(g, key, 300)
    g.until(lambda: is_picking(g), "the order is picked")
    g.drain()
    g.start()
    g.until(lambda: has_ended(g, key), "the order is paid")


def side_by_side(g, key):
    """Reservations beside each other; the branch that loses frees what it has."""
    g.switch("forget", {})
    g.switch("faults", [{"operation": "wms.reserve", "kind": "lose"}])
    g.say("/v1/flows/side/instances", {"order": key, "lines": [1, 2, 3, 4, 5, 6]})
    g.until(lambda: has_ended(g, key), "all is reserved, and the spare one is free again")


def unwound(g, key):
    """Two flows that another one runs have reserved; it is undone, and they unwind, newest first."""
    g.switch("forget", {})
    g.switch("faults", [{"operation": "wms.reserve", "kind": "lose"},
                        {"operation": "wms.release", "kind": "fail", "status": 503}])
    g.say("/v1/flows/bundle/instances", {"id": key})
    g.until(lambda: g.sql.one("select count(*) from flow.instances where state = 'deciding' and key = '%s'" % key) != "0",
            "both parts are reserved")
    g.say("/v1/events/CancelRequested", {"order": key, "message": "u-" + key, "reason": "no more", "by": "buyer"})
    g.until(lambda: has_ended(g, key), "the bundle is undone")


def command(g, key, verb, status, step=None):
    """Said until it is taken: whose answer was lost says it again, and may hear that it has been done."""
    path = f"/v1/instances/{key}/{verb}"
    body = {"reason": "a story", **({"step": step} if step else {})}
    said = [None]

    def is_taken():
        said[0] = ground.ask(g.door, "POST", path, body, g.token)
        return said[0][0] in (202, 409)
    g.until(is_taken, lambda: f"POST {path} is taken, not {said[0]}")
    g.until(lambda: g.sql.one(f"select status from flow.instances where key = '{key}'") == status,
            f"after {verb} it is {status}")


def operated(g, key):
    """Operators have it in hand: its step parks, it is paused and resumed, retried, cancelled; the undo parks, and is let be."""
    never = {"kind": "fail", "status": 400, "count": 1000}
    g.switch("forget", {})
    g.switch("faults", [{"operation": "wms.reserve", **never}])
    g.say("/v1/flows/operated/instances", {"order": key})
    g.until(lambda: g.sql.one(f"select status from flow.instances where key = '{key}'") == "parked", "its step is parked")
    command(g, key, "pause", "paused")
    command(g, key, "resume", "parked")
    ground.ask(g.stand_in, "DELETE", "/sandbox/faults")
    command(g, key, "retry", "waiting", "reserving.reserve")
    g.switch("faults", [{"operation": "wms.release", **never}])
    command(g, key, "cancel", "parked")
    command(g, key, "leave-standing", "cancelled", "reserving.reserve")
    ground.ask(g.stand_in, "DELETE", "/sandbox/faults")
    g.until(lambda: g.sql.one("select count(*) from flow_data.mail") == "0", "what was said twice is read, too")


def shut_out(g, key):
    """A system fails until its adapter takes no calls; one call tries it for all, and then it takes them again."""
    g.switch("forget", {})
    g.switch("faults", [{"operation": "wms.reserve", "kind": "fail", "status": 503, "count": 5}])
    g.say("/v1/flows/side/instances", {"order": key, "lines": [1, 2]})
    g.until(lambda: has_ended(g, key), "all is reserved, and the spare one is free again")


def set_up(g):
    g.set_up()
    folder, here = g.flows(), os.path.dirname(os.path.abspath(__file__))
    g.flowctl("deploy", here + "/side.flow", here + "/bundle.flow", here + "/operated.flow", "--bindings", folder + "/dev.bind", "-I", folder)


STORIES = [paid, cancelled, drained, side_by_side, unwound, operated, shut_out]


# ---- what became of it ----

def outcome(g, key):
    """Everything that must be as it is when nothing happens."""
    g.until(lambda: g.sql.one("select count(*) from sandbox.events where sent_at is null") == "0",
            "all events are taken")
    counts = g.counts()
    instances = g.sql.rows(
        "select v.status, v.state, i.rev = (select count(*) from flow_data.journal j where j.instance = i.id),"
        " i.rev = (select max(rev) from flow_data.journal j where j.instance = i.id),"
        " i.in_flight, (select count(*) from flow_data.mail m where m.instance = i.id),"
        " (select count(*) from flow_data.timer t where t.instance = i.id)"
        " from flow.instances v join flow_data.instance i using (id) where v.key = '%s' or v.key like '%s/%%'"
        " order by v.key" % (key, key))
    journal = g.sql.rows(
        "select h.kind, h.state, h.step, count(*) from flow.instances v, flow.history h where h.instance = v.id"
        " and (v.key = '%s' or v.key like '%s/%%') and h.kind in ('%s') group by 1, 2, 3 order by 1, 2, 3"
        % (key, key, "', '".join(LASTING)))
    return {
        "instances": [" ".join(row) for row in instances],
        "journal": {" ".join(row[:-1]): int(row[-1]) for row in journal},
        "done": {name: what["done"] for name, what in counts["operations"].items()
                 if name not in READS and "done" in what},
        **{what: counts[what] for what in
           ("orders", "reservations", "picks", "shipments", "invoices", "payments", "messages", "doubles")},
        "events": counts["events"]["sent"],
    }


def differences(got, want):
    for what in want:
        if isinstance(want[what], dict):
            for name in sorted({*want[what], *got[what]}):
                if got[what].get(name) != want[what].get(name):
                    yield f"{what} {name}: {got[what].get(name)}, undisturbed {want[what].get(name)}"
        elif got[what] != want[what]:
            yield f"{what}: {got[what]}, undisturbed {want[what]}"


# ---- the points ----

def points():
    said = subprocess.run([ground.BUILD + "/flowd", "--failpoints"], capture_output=True, text=True, check=True)
    return [name for name in (line.split()[0] for line in said.stdout.splitlines())
            if not name.startswith(tuple(ELSEWHERE))]


def times_in_log(g, since):
    with open(g.dir + "/flowd.log", "rb") as log:
        log.seek(since)
        words = log.read().decode(errors="replace")
    return collections.Counter(re.findall(r"^fault (\S+) \w+ hit=", words, re.M))


def log_size(g):
    return os.path.getsize(g.dir + "/flowd.log") if os.path.exists(g.dir + "/flowd.log") else 0


def tell(g, story, key, plan=None, at_start=False):
    """Runs the story under the plan, of flowd's birth or of its life. What became of it, deaths, how often a plan did something,
    and how often of that it was before the story began."""
    since, deaths = log_size(g), g.deaths
    if at_start:
        g.kill()
        g.start(plan)
    g.until(g.is_ready, "flowd is ready")
    born = times_in_log(g, since)
    if plan and not at_start:
        g.arm(plan)
    story(g, key)
    return outcome(g, key), g.deaths - deaths, times_in_log(g, since), born


def samples(hits, most):
    """The first three, the last, and what lies between at even distances."""
    if hits <= most:
        return list(range(1, hits + 1))
    rest = most - 3
    return sorted({1, 2, 3} | {3 + (hits - 3) * (i + 1) // rest for i in range(rest)})


class Report:
    def __init__(self):
        self.lock = threading.Lock()
        self.reached = collections.Counter()
        self.runs = collections.Counter()
        self.deaths = collections.Counter()
        self.passed = 0
        self.failures = []

    def took_place(self, row, deaths, problems, name):
        with self.lock:
            self.runs[row] += 1
            self.deaths[row] += deaths
            if problems:
                self.failures.append(name)
                print(f"not so: {name}\n" + "\n".join("    " + p for p in problems), flush=True)
            else:
                self.passed += 1

    def is_enough(self):
        return len(self.failures) >= FAILURES_MAX


def lane(jobs, wants, report):
    g = None
    try:
        while not report.is_enough():
            story, point, action, n, at_start = jobs.get_nowait()
            name = f"{point}={action}@{n} in {story.__name__}" + (", from its birth" if at_start else "")
            try:
                if g is None:
                    g = Ground("lane", keys=KEYS)
                    g.start()
                    set_up(g)
                key = f"O-{point}-{action}-{n}-{story.__name__}" + ("-born" if at_start else "")
                got, deaths, times, _ = tell(g, story, key, f"{point}={action}@{n}", at_start)
                problems = list(differences(got, wants[story]))
                happened = deaths if action == "kill" else times[point]
            except Exception as failed:  # whatever it is, it is not as it should be
                problems, happened = repr(failed).split("\\n"), 0
            report.took_place((point, action), happened, problems, name)
            if problems and g is not None:
                g.close()  # whatever is wrong there must not disturb the others
                g = None
    except queue.Empty:
        pass
    finally:
        if g is not None:
            g.close()


# ---- the birth of a database, and a deployment ----

def fresh(report, want):
    """Killed at each step of the migration, and around the commit of a deployment."""
    n, died = 0, True
    while died and not report.is_enough():
        n += 1
        g = Ground("fresh", keys=KEYS)
        problems, died = [], False
        try:
            g.start(f"migrate.step=kill@{n}")
            g.until(g.is_ready, "flowd is ready on a fresh database", 60)
            died = g.deaths > 0
            g.set_up(with_flows=False)
            deployments(g, report)
            g.deploy()
            paid(g, "O-fresh")
            problems = list(differences(outcome(g, "O-fresh"), want))
        except Exception as failed:  # whatever it is, it is not as it should be
            problems = repr(failed).split("\\n")
        finally:
            g.close()
        report.reached[("migrate.step", "kill")] += died
        report.took_place(("migrate.step", "kill"), int(died), problems, f"migrate.step=kill@{n}")


def deployments(g, report):
    for point, versions in (("deploy.before_commit", "0"), ("deploy.after_commit", "1")):
        deaths = g.deaths
        g.deploy(plan=f"{point}=kill@1")
        got = g.sql.one("select count(*) from flow.flows where flow = 'order_to_cash'")
        problems = [] if got == versions else [f"{got} versions, and not {versions}"]
        died = g.deaths - deaths
        report.reached[(point, "kill")] += died
        report.took_place((point, "kill"), died, problems, point)


# ---- the whole ----

def undisturbed(report, wanted_points):
    """What each story comes to, how often it reaches each point, and with that what is to be done."""
    wants, jobs = {}, queue.Queue()
    everything = ",".join(f"{point}=delay:0@1+" for point in points())
    g = Ground("undisturbed", keys=KEYS)
    try:
        g.start()
        set_up(g)
        for story in (s for s in STORIES if s.__name__ in sys.argv[2:] or not sys.argv[2:]):
            wants[story], *_ = tell(g, story, f"O-{story.__name__}")
            counted, _, times, born = tell(g, story, f"O-{story.__name__}-counted", everything, at_start=True)
            if problems := list(differences(counted, wants[story])):
                report.took_place(("", ""), 0, problems, f"{story.__name__} comes to the same twice")
            for point in wanted_points:
                report.reached[(point, "kill")] += times[point]
                for action in ("kill", "drop") if point.startswith("store.") and story is paid else ("kill",):
                    plan(jobs, story, point, action, times[point] - born[point], born[point])
    finally:
        g.close()
    return wants, jobs


def plan(jobs, story, point, action, in_story, born):
    """A birth is the same whatever the story is."""
    if story is paid:
        for n in samples(born, BIRTHS):
            jobs.put((story, point, action, n, True))
    if story is side_by_side and not point.startswith(("commit.", "effect.", "outcome.")):
        return
    if story is operated and not point.startswith(("commit.", "decide.", "store.")):
        return
    if story is shut_out and not point.startswith("breaker."):
        return
    if story is drained and not point.startswith("shutdown."):
        return  # the other stories have it
    for n in samples(in_story, SAMPLES):
        jobs.put((story, point, action, n, False))


def table(report, wanted_points):
    print(f"{'point':<24}{'action':<8}{'reached':>8}{'runs':>6}{'deaths':>8}")
    for point in wanted_points:
        for action in ("kill", "drop"):
            row = (point, action)
            if action == "kill" or report.runs[row]:
                print(f"{point:<24}{action:<8}{report.reached[(point, 'kill')]:>8}{report.runs[row]:>6}"
                      f"{report.deaths[row]:>8}")
                if report.deaths[row] == 0:
                    report.failures.append(point)
                    print(f"not so: a story reaches {point}")


def main():
    if os.environ.get("CHECK_FAST"):
        print("0 passed, 0 failed")
        return 77
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    report, began = Report(), time.monotonic()
    wanted_points = [point for point in points() if word in point]
    wants, jobs = undisturbed(report, wanted_points)
    if jobs.empty():
        print("flowd is built without fault points (configure --enable-faults)\n0 passed, 0 failed")
        return 77
    print(f"{jobs.qsize()} times to break it", flush=True)
    lanes = [threading.Thread(target=lane, args=(jobs, wants, report), daemon=True) for _ in range(LANES)]
    if paid in wants and any(point.startswith(("migrate.", "deploy.")) for point in wanted_points):
        lanes.append(threading.Thread(target=fresh, args=(report, wants[paid]), daemon=True))
    for one in lanes:
        one.start()
    for one in lanes:
        one.join()
    if not jobs.empty():
        report.failures.append("all")
        print(f"not so: every time had its turn; {jobs.qsize()} are left")
    table(report, wanted_points)
    print(f"in {time.monotonic() - began:.0f} s")
    print(f"{report.passed} passed, {len(report.failures)} failed")
    return 0 if not report.failures and report.passed else 1


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
