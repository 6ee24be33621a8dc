#!/usr/bin/env python3
"""A flow whose every order kills the engine: so many deaths and no more, then its version is held, and says so everywhere.
Another flow's orders are completed meanwhile. When an operator lets it go on, after what killed was mended, so are all of its own."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import BUILD, Claims, Failed, Ground, ask, metric  # noqa: E402

KILLERS = 600  # of each kind: more than are worked on beside each other where owners keep dying
SOUND = 40     # of the other flow, that come while the engine keeps dying
DEATHS = 12    # two before care begins, three until each is alone, five that are set aside; and two of those in doubt
PLAN = "decide.before=kill@1+~K-*"

FLOW = """
adapter {name}_erp {{ effect book(order: text) gives text  once per order  irreversible }}
event {event} key order held 1d {{ order: text }}
flow {name} version {n} (order: text) gives text fails with Late {{
    key order
    call {name}_erp.book(order: order) as number
    wait for {event}(order: order) within 30d
        when late fail Late
    note "version {n}"
    give number
}}
"""
BIND = "use killer\nuse sound\nenvironment test { adapter killer_erp over fake { } adapter sound_erp over fake { } }\n"


class Poison(Claims):
    def __init__(self, g):
        super().__init__()
        self.g = g
        self.deaths = 0
        self.cancelled = None  # one that had not begun

    def deploy(self, n):
        folder = self.g.dir
        for name, event, number in (("killer", "Go", n), ("sound", "On", 1)):
            with open(f"{folder}/{name}.flow", "w") as f:
                f.write(FLOW.format(name=name, event=event, n=number))
        with open(folder + "/test.bind", "w") as f:
            f.write(BIND)
        self.g.flowctl("deploy", folder + "/killer.flow", folder + "/sound.flow", "--bindings", folder + "/test.bind", "-I", folder)

    def n(self, what):
        return int(self.g.sql.one(f"select count(*) from flow.instances where {what}"))

    def says(self, *words):
        """Status and what it says; a problem is no failure of the test."""
        done = subprocess.run([BUILD + "/flowctl", *words], env=dict(os.environ, FLOW_DB=self.g.conninfo), capture_output=True,
                              text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, flow, first, last):
        self.g.sql.rows(f"select flow.start('{flow}', json_build_object('order', '{flow[0].upper()}-' || n))"
                        f" from generate_series({first}, {last}) n")

    def send(self, event, flow, first, last):
        self.g.sql.rows(f"select flow.send('{event}', json_build_object('order', '{flow[0].upper()}-' || n))"
                        f" from generate_series({first}, {last}) n")

    def dies_until(self, is_so, what, seconds, most):
        """Started again with the plan as often as it dies."""
        g = self.g
        mend, g.mend = g.mend, lambda: None

        def is_so_now():
            if g.flowd.poll() is not None:
                self.deaths += 1
                if self.deaths > most:
                    raise Failed(f"{self.deaths} deaths, and not yet: {what}")
                g.start(PLAN)
            return is_so()
        g.until(is_so_now, what, seconds)
        g.mend = mend


def is_held(g):
    return g.sql.one("select count(*) from flow.held_versions where flow = 'killer' and version = 1") == "1"


def dies(g, p):
    """Half of them wait for their event already, half have not begun; the other flow's come between."""
    g.start()
    g.set_up(with_flows=False)
    p.deploy(1)
    p.start("killer", 1, KILLERS)
    g.until(lambda: p.n("flow = 'killer' and status = 'waiting'") == KILLERS, "half of them wait for their event", 60)
    g.kill()
    p.send("Go", "killer", 1, KILLERS)
    p.start("killer", KILLERS + 1, 2 * KILLERS)
    p.start("sound", 1, SOUND)
    p.send("On", "sound", 1, SOUND)
    g.start(PLAN)
    p.dies_until(lambda: is_held(g), "the version is held", 240, DEATHS)
    p.check(p.deaths <= DEATHS, f"of {2 * KILLERS} orders each of which kills, so many had to until their version is held: {p.deaths}")
    g.until(lambda: p.n("flow = 'sound' and status = 'completed'") == SOUND, "the others are completed", 60)
    p.check(p.n("flow = 'killer' and status = 'quarantined'") == 5, "five of them are set aside, the rest are as they were")
    p.check(p.n("flow = 'killer' and status not in ('quarantined', 'waiting', 'running')") == 0, "and none of them has gone on")


def is_said(g, p):
    status, said = p.says("doctor")
    p.check(status == 1 and "killer version 1 is held since" in said and "flowctl flows resume killer 1" in said,
            "doctor says since when, why, and what to do")
    flows = {(f["flow"], f["version"]): f for f in json.loads(g.flowctl("flows", "-o", "json"))}
    p.check(flows["killer", 1]["held_since"] and flows["killer", 1]["set_aside"] == 5 and not flows["sound", 1]["held_since"],
            "flows says it, of this version alone")
    for key, what in (("K-1", "waits for its event"), (f"K-{2 * KILLERS}", "has not begun")):
        why = g.flowctl("why", key)
        p.check("killer version 1 is held" in why and "flowctl flows resume killer 1" in why and "cancel" not in why,
                f"why says it of one that {what}")
    aside = g.sql.one("select key from flow.quarantine limit 1")
    p.check("killer version 1 is held" in g.flowctl("why", aside), "why says it of one that is set aside itself")
    p.check(metric(g.door, "flow_versions_held", g.token) == 1, "it is counted")
    listed = {f["flow"]: f["held"] for f in ask(g.door, "GET", "/v1/flows", token=g.token)[1]["items"]}
    p.check(listed["sound"] == [] and [(h["version"], h["set_aside"]) for h in listed["killer"]] == [(1, 5)], "so does the door")
    status, why = ask(g.door, "GET", "/v1/instances/K-1/why", token=g.token)
    p.check(status == 200 and "killer version 1 is held" in why["says"] and why["held"]["set_aside"] == 5, "and its why")


def is_kept(g, p):
    """What comes meanwhile is taken, and waits; another flow and a newer version are not held."""
    status, said = ask(g.door, "POST", "/v1/flows/killer/instances", {"order": "K-0"}, g.token)
    p.check(status == 201 and said["created"], "a start is taken at the door")
    p.cancelled = g.sql.one("select key from flow.instances where flow = 'killer' and status = 'running' and key <> 'K-0' limit 1")
    g.flowctl("cancel", p.cancelled, "--reason", "no more")
    p.check(g.sql.one("select count(*) from flow.requests where done_at is null") == "1", "a command is kept")
    p.start("sound", SOUND + 1, 2 * SOUND)
    p.send("On", "sound", SOUND + 1, 2 * SOUND)
    p.deploy(2)
    status, said = ask(g.door, "POST", "/v1/flows/killer/instances", {"order": "N-1"}, g.token)
    g.flowctl("send", "Go", "--data", '{"order":"N-1"}')
    g.until(lambda: p.n("flow = 'sound' and status = 'completed'") == 2 * SOUND, "more of the others are completed", 60)
    g.until(lambda: p.n("key = 'N-1' and version = 2 and status = 'completed'") == 1, "so is one of a newer version", 60)
    p.check(g.flowd.poll() is None and p.n("key = 'K-0' and status = 'running'") == 1, "the engine lives, and what came waits")
    g.kill()
    g.start(PLAN)
    g.until(g.is_ready, "it is ready", 60)
    p.start("sound", 2 * SOUND + 1, 3 * SOUND)
    p.send("On", "sound", 2 * SOUND + 1, 3 * SOUND)
    g.until(lambda: p.n("flow = 'sound' and status = 'completed'") == 3 * SOUND, "the others are completed as before", 60)
    p.check(g.flowd.poll() is None and is_held(g), "started anew it lives, and the version is held")


def goes_on(g, p):
    p.check(p.says("flows", "resume", "sound", "--reason", "a slip")[0] == 4, "what is not held cannot be let go: 4")
    p.check(p.says("flows", "resume", "killer", "2", "--reason", "a slip")[0] == 4, "nor can another version: 4")
    p.check(p.says("flows", "resume", "nobody", "--reason", "a slip")[0] == 3, "nor what is not there: 3")
    p.check(p.says("flows", "resume", "killer", "one", "--reason", "a slip")[0] == 2, "a version is a number: 2")
    p.check(is_held(g), "it is held")
    g.kill()
    g.start()
    g.until(g.is_ready, "it is ready", 60)
    said = g.flowctl("flows", "resume", "killer", "1", "--reason", "mended")
    p.check("killer version 1 is let go" in said, "an operator lets it go: " + said.strip())
    p.send("Go", "killer", KILLERS + 1, 2 * KILLERS)
    p.send("Go", "killer", 0, 0)
    g.until(lambda: p.n("flow = 'killer' and status = 'completed'") == 2 * KILLERS + 1, lambda: f"all of them are completed: {g.sql.rows('select flow, version, status, n from flow.counts')}", 60)
    p.check(p.n(f"key = '{p.cancelled}' and status = 'cancelled'") == 1 and p.n("ended_at is null") == 0,
            "all are completed, with what came meanwhile, and the command was done")
    p.check(g.sql.one("select count(*) from flow_data.suspect") == "0", "nobody is suspected, or set aside, any more")
    word = g.sql.rows("select flow, version, verb, reason, actor <> '' from flow.version_words")
    p.check(word == [["killer", "1", "resume", "mended", "t"]], "who let it go is written down, with the reason")
    p.check("held" not in p.says("doctor")[1].replace("none is held", ""), "doctor says nothing of it any more")
    p.check(p.says("verify", "--all")[0] == 0, "what is stored agrees with the journal")
    status, again = ask(g.door, "POST", "/v1/flows/killer/resume", {"reason": "again", "version": 1}, g.token)
    p.check(status == 409, f"at the door, too, what is not held cannot be let go: {again}")


def story(g, p):
    dies(g, p)
    is_said(g, p)
    is_kept(g, p)
    goes_on(g, p)


def main():
    g = Ground("poison")
    p = Poison(g)
    return p.tell(lambda: story(g, p), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
