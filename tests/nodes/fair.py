#!/usr/bin/env python3
"""Thousands of one flow want the same system at once: ten of another flow, ten of another customer, and ten that are new beside
thousands that are due, come later and are done long before the thousands are."""
import http.client
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, ask  # noqa: E402
from outside import Outside  # noqa: E402

CROWD, FEW = 4000, 10
MANY = 24000  # of which each takes the engine six transitions, and nobody else any time
KEYS = ["--queue-max", "2000", "--page", "250"]  # a crowd that does not fit by far
SECONDS = 15  # until few are done; the crowd takes longer

ADAPTER = """
adapter erp {
    effect book(id: text) gives text
        once per step
        irreversible
    limit 8 at once
}
"""

FLOW = ADAPTER + """
policy patient { try 30 times within 1h each within 30s pause 200ms }
flow %s version 1 (id: text, pause_for: duration) {
    key id
    wait pause_for
    call erp.book(id: id) as first using patient
    call erp.book(id: id) as second using patient
}
"""

BUSY = """
adapter scale {
    effect weigh(id: text) gives text
        once per step
        irreversible
}
flow busy version 1 (id: text) {
    key id
    call scale.weigh(id: id) as a
    call scale.weigh(id: id) as b
    call scale.weigh(id: id) as c
    call scale.weigh(id: id) as d
    call scale.weigh(id: id) as e
}
"""


class System(Outside):
    """Takes a while for each call, and knows whose calls it has done."""

    def __init__(self):
        self.done = {}
        super().__init__()

    def answer(self, operation, arguments, attempt):
        which = arguments["id"]
        time.sleep(0.01)
        with self.lock:
            self.done[which] = self.done.get(which, 0) + 1
        return 200, "done"

    def calls(self, prefix):
        with self.lock:
            return sum(n for which, n in self.done.items() if which.startswith(prefix))


class Fair(Claims):
    def __init__(self):
        super().__init__()
        self.system = System()
        self.g = Ground("fair", keys=KEYS)

    def deploy(self):
        g = self.g
        for flow in "mass", "mine":
            with open(f"{g.dir}/{flow}.flow", "w") as f:
                f.write(FLOW % flow)
        with open(g.dir + "/busy.flow", "w") as f:
            f.write(BUSY)
        with open(g.dir + "/test.bind", "w") as f:
            f.write('use mass\nuse busy\nenvironment test { adapter erp over http { url "http://127.0.0.1:%d" } adapter scale over fake { } }\n'
                    % self.system.port)
        g.flowctl("deploy", g.dir + "/mass.flow", g.dir + "/mine.flow", g.dir + "/busy.flow", "--bindings", g.dir + "/test.bind", "-I", g.dir)

    def begin(self, flow, prefix, n, rest="PT0S"):
        pause = "" if flow == "busy" else f", 'pause_for', '{rest}'"
        self.g.sql.rows(f"select flow.start('{flow}', json_build_object('id', '{prefix}' || i{pause})) from generate_series(1, {n}) i")

    def until_few_are_done(self, few, crowd, what):
        """They came when the crowd was well under way."""
        began = time.monotonic()
        self.g.until(lambda: self.system.calls(few) >= 2 * FEW,
                     lambda: f"{what}: {self.system.calls(few)} of {2 * FEW} calls, the crowd's {self.system.calls(crowd)}", SECONDS)
        took, share = time.monotonic() - began, self.system.calls(crowd) / (2 * CROWD)
        self.check(share < 0.5, f"{what}: done in {took:.1f} s, with {share:.0%} of the crowd's calls done")

    def is_under_way(self, crowd):
        self.g.until(lambda: self.system.calls(crowd) > 200, "the crowd is under way", 30)

    def over(self):
        """The crowd is not waited for: the next part begins on a database of its own."""
        self.g.close()
        self.system.close()
        self.system = System()
        self.g = Ground("fair", keys=KEYS)

    def up(self):
        self.g.start()
        self.g.set_up(with_flows=False)
        self.deploy()

    # ---- the parts ----

    def another_flow(self):
        self.up()
        self.begin("mass", "M-", CROWD)
        self.is_under_way("M-")
        self.begin("mine", "F-", FEW)
        self.until_few_are_done("F-", "M-", f"{FEW} of another flow")

    def another_customer(self):
        self.up()
        self.begin("mass", "acme/", CROWD)
        self.is_under_way("acme/")
        self.begin("mass", "bolt/", FEW)
        self.until_few_are_done("bolt/", "acme/", f"{FEW} of another customer")

    def completed(self, prefix):
        return int(self.g.sql.one(f"select count(*) from flow_data.instance where key like '{prefix}%' and status = 100"))

    def waits_in_the_database(self):
        """The engine itself has more to do than it can: most of the crowd has not even been read."""
        self.up()
        self.begin("busy", "acme/", MANY)
        self.g.until(lambda: self.completed("acme/") > 200, "the crowd is under way", 30)
        self.begin("busy", "bolt/", FEW)
        self.begin("mine", "F-", FEW)
        began = time.monotonic()
        self.g.until(lambda: self.completed("bolt/") + self.completed("F-") == 2 * FEW, "few are done", SECONDS)
        took, share = time.monotonic() - began, self.completed("acme/") / MANY
        self.check(share < 0.5, f"{FEW} of another customer and of another flow: done in {took:.1f} s, with {share:.0%} of {MANY} done")
        self.asks_at_the_door()

    def asks_at_the_door(self):
        """Of the crowd's line it takes no more; of any other it does."""
        said = {}
        for flow, key, data in ("busy", "acme", {}), ("busy", "bolt", {}), ("mine", "", {"pause_for": "PT0S"}):
            connection = http.client.HTTPConnection("127.0.0.1", self.g.door, timeout=10)
            connection.request("POST", f"/v1/flows/{flow}/instances", json.dumps({"id": f"{key}/at the door", **data}),
                               {"Authorization": "Bearer " + self.g.token, "Content-Type": "application/json"})
            answer = connection.getresponse()
            said[flow + " " + key] = (answer.status, answer.getheader("Retry-After"))
            connection.close()
        self.check(said["busy acme"] == (429, "1") and said["busy bolt"][0] == said["mine "][0] == 201,
                   f"the door takes no more of the crowd's, and what others bring: {said}")
        behind = ground.metric(self.g.door, "flow_lines_behind", self.g.token)
        past = ground.metric(self.g.door, "flow_stimuli_past_crowd_total", self.g.token)
        self.check(behind == 1 and past >= 2 * FEW, f"the metrics say that {behind} is behind, and that {past} stimuli went past it")
        self.g.until(lambda: self.completed("acme/") == MANY, lambda: f"all of the crowd is done, not {self.completed('acme/')}", 180)
        self.g.until(lambda: ground.metric(self.g.door, "flow_lines_behind", self.g.token) == 0, "nobody is behind any more", 10)
        self.check(True, "the crowd is done too, and nobody is behind")

    def new_beside_due(self):
        self.up()
        self.begin("mass", "D-", CROWD, "PT1S")
        self.g.until(lambda: self.g.sql.one("select count(*) from flow_data.timer") == str(CROWD), "all sleep", 30)
        self.g.kill()
        time.sleep(1.1)  # an outage: all of it is due when it is over
        self.g.start()
        self.is_under_way("D-")
        self.begin("mass", "N-", FEW)
        self.until_few_are_done("N-", "D-", f"{FEW} that are new beside {CROWD} that are due")
        self.begin("mine", "F-", FEW, "PT0.2S")
        self.until_few_are_done("F-", "D-", f"{FEW} of another flow that are due later")


def story(f):
    f.another_flow()
    f.over()
    f.another_customer()
    f.over()
    f.waits_in_the_database()
    f.over()
    f.new_beside_due()


def main():
    f = Fair()
    return f.tell(lambda: story(f), lambda: f.g.close())


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
