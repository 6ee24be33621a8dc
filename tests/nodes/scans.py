#!/usr/bin/env python3
"""What must never be is found by the engine itself: one node of all looks for it, its metric rises, the log says what it is, and
doctor names it. Another node goes on looking when that one stands still."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import BUILD, Claims, Ground, ask  # noqa: E402
from node import Node  # noqa: E402

ROUND = 240  # seconds: nine scanners, five seconds apart; on a busy machine each rests for longer

FLOW = """
event Settled key order { order: text }
flow waits version 1 (order: text) {
    key order
    state waiting within 30d {
        wait for Settled(order: order)
        go to done
        on late go to done
    }
    final done
}
"""


class Looks(Claims):
    def __init__(self, g):
        super().__init__()
        self.g, self.other = g, None

    def up(self):
        g = self.g
        g.start()
        g.set_up(with_flows=False)
        with open(g.dir + "/waits.flow", "w") as f:
            f.write(FLOW)
        with open(g.dir + "/waits.bind", "w") as f:
            f.write("use waits\nenvironment test { }\n")
        g.flowctl("deploy", g.dir + "/waits.flow", "--bindings", g.dir + "/waits.bind", "-I", g.dir)
        self.other = Node(g, "other")
        g.until(lambda: self.other.is_ready() and self.other.shards() == 16, "two nodes share the shards", 20)

    def found(self, door, name="flow_scan_found"):
        """What a node says of each scanner; of none, where it is not the one that looks."""
        status, page = ask(door, "GET", "/metrics", token=self.g.token, timeout=2)
        rows = [line.rsplit(" ", 1) for line in page.splitlines() if line.startswith(name + "{")] if status == 200 else []
        return {which.split('"')[1]: float(value) for which, value in rows}

    def those_who_look(self):
        return [door for door in (self.g.door, self.other.door) if self.found(door)]

    def doctor(self, check):
        said = subprocess.run([BUILD + "/flowctl", "doctor", "-o", "json"], env=dict(os.environ, FLOW_DB=self.g.conninfo),
                              capture_output=True, text=True, timeout=60, check=False).stdout
        return [row for row in json.loads(said) if row["check"] == check][0]

    def process(self, door):
        return self.g.flowd if door == self.g.door else self.other.process

    def log(self, door):
        name = "flowd" if door == self.g.door else "other"
        with open(f"{self.g.dir}/{name}.log", errors="replace") as log:
            return log.read()

    def close(self):
        for process in (self.g.flowd, self.other and self.other.process):
            if process:
                process.send_signal(signal.SIGCONT)
        if self.other:
            self.other.close()
        self.g.close()


def story(looks):
    g = looks.g
    looks.up()
    g.sql.rows("select flow.start('waits', '{\"order\": \"W-1\"}')")
    g.until(lambda: g.sql.one("select count(*) from flow_data.subscription") == "1", "W-1 waits for its event", 20)
    door, = g.until(looks.those_who_look, "somebody looks", 30)
    g.until(lambda: len(looks.found(door)) == 9, lambda: f"all has been looked for, not only {looks.found(door)}", ROUND)
    looks.check(not any(looks.found(door).values()) and looks.those_who_look() == [door],
                f"one node of two looks, and finds nothing: {looks.found(door)}")
    looks.check(looks.doctor("alarms")["found"] == "ok", "doctor finds nothing either")

    g.sql.rows("delete from flow_data.subscription; delete from flow_data.timer; update flow_data.instance set timer_at = null")
    g.until(lambda: looks.found(door)["alarms"] == 1, "what sleeps without an alarm is found", ROUND)
    ages = looks.found(door, "flow_scan_age_seconds")
    looks.check(len(ages) == 9 and max(ages.values()) < ROUND, f"the metric has risen, and says how old it is: {max(ages.values()):.0f} s")
    row = looks.doctor("alarms")
    looks.check(row["found"] == "problem" and "W-1" in row["says"], f"doctor names it: {row['says']}")
    looks.check(looks.log(door).count("a scanner has found what must not be") == 1 and row["says"] in looks.log(door).replace("\\", ""),
                "the log says it once, in the same words")

    other = looks.other.door if door == g.door else g.door
    looks.process(door).send_signal(signal.SIGSTOP)
    g.until(lambda: looks.found(other).get("alarms") == 1, "another node goes on looking", 60)
    looks.process(door).send_signal(signal.SIGCONT)
    g.until(lambda: looks.those_who_look() == [other], "the one that stood still says nothing any more", 30)
    looks.check(True, "when that node stands still the other looks, and only it")
    scanners = "select coalesce(string_agg(state || ': ' || query, ', '), '') from pg_stat_activity where application_name = 'flowd scanner'"
    g.until(lambda: g.sql.one(scanners) == "", lambda: f"nobody keeps a connection for it: {g.sql.one(scanners)}", 3)
    looks.check(True, "nobody keeps a connection for it")


def main():
    looks = Looks(Ground("scans"))
    return looks.tell(lambda: story(looks), looks.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
