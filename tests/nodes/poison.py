#!/usr/bin/env python3
"""An order whose work kills the engine each time: it is found and set aside after five deaths, all others are
completed, and when an operator resumes it, after what killed was mended, so is this one."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Failed, Ground, ask, metric  # noqa: E402

ORDERS = 12  # innocent ones, under way beside it


class Poison(Claims):
    def __init__(self, g):
        super().__init__()
        self.g = g

    def status(self, key):
        return self.g.sql.one(f"select status from flow.instances where key = '{key}'")

    def until_set_aside(self, key):
        """Started anew with the same plan as often as it dies; how often that was."""
        g, plan, deaths = self.g, f"decide.before=kill@1+~{key}", 0
        g.start(plan)

        def is_set_aside():
            nonlocal deaths
            if g.flowd.poll() is not None:
                deaths += 1
                g.start(plan)
            return self.status(key) == "quarantined"
        mend, g.mend = g.mend, lambda: None
        g.until(is_set_aside, f"{key} is set aside", 120)
        g.mend = mend
        return deaths

    def are_completed(self, n):
        return self.g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(n)


def story(g, p):
    g.start()
    g.set_up()
    g.drain()
    for key in [f"O-{i}" for i in range(ORDERS)] + ["P-1"]:  # while nobody looks at them
        g.sql.rows("select flow.start('order_to_cash', '" + json.dumps(ground.order(key)) + "'::json)")
    deaths = p.until_set_aside("P-1")
    p.check(deaths == 5, f"P-1 is set aside after {deaths} deaths")
    g.until(lambda: p.are_completed(ORDERS), "all others are completed", 90)
    p.check(g.flowd.poll() is None, "all others are completed, and the engine lives")
    p.check(metric(g.door, "flow_instances_quarantined_total", g.token) >= 1, "it is counted")

    listed = g.flowctl("list", "--status", "quarantined", "-o", "json")
    p.check("P-1" in listed and "O-1" not in listed, "list shows it, and it alone")
    p.check("quarantined" in g.flowctl("show", "P-1"), "show says it")
    why = g.flowctl("why", "P-1")
    p.check("brought the engine down" in why and "resume" in why and "cancel" not in why, "why says why, and what to do")
    try:
        g.flowctl("doctor")
        p.check(False, "doctor finds a problem")
    except Failed as said:
        p.check("1 instances bring the engine down" in str(said), "doctor finds it")
    try:
        g.flowctl("cancel", "P-1", "--reason", "no more")
        p.check(False, "cancel is refused")
    except Failed as said:
        p.check("resume it first" in str(said), "only resume is taken: " + str(said).strip().splitlines()[-1])

    g.kill()
    g.start()
    g.until(g.is_ready, "it is ready", 60)
    p.check(p.status("P-1") == "quarantined", "it stays aside when the engine is mended")
    g.flowctl("resume", "P-1", "--reason", "mended")
    g.until(lambda: p.are_completed(ORDERS + 1), "P-1 is completed", 60)
    p.check(True, "resumed, it is completed")

    g.switch("faults", {"operation": "wms.reserve", "kind": "fail", "status": 503, "count": 100})
    g.say("/v1/flows/order_to_cash/instances", ground.order("P-2"))
    g.until(lambda: g.sql.one("select rev from flow_data.instance where key = 'P-2'") not in ("0", "1"), "P-2 is on its way")
    g.kill()
    deaths = p.until_set_aside("P-2")
    # Where owners have died already every death counts, and it may have been in hand when we killed.
    p.check(2 <= deaths <= 3, f"P-2, on its way already, is set aside after {deaths} more deaths")
    g.kill()
    g.start()
    ask(g.stand_in, "DELETE", "/sandbox/faults")
    g.until(g.is_ready, "it is ready", 60)
    g.flowctl("resume", "P-2", "--reason", "mended")
    g.until(lambda: p.are_completed(ORDERS + 2), "P-2 is completed", 90)
    p.check(g.counts()["doubles"] == [], "resumed, it is completed, and nothing was done twice")
    p.check(g.sql.one("select count(*) from flow_data.suspect where quarantined_at is not null") == "0" and
            g.sql.one("select count(*) from flow.counts where status = 'quarantined' and n <> 0") == "0",
            "nobody is set aside any more")


def main():
    g = Ground("poison")
    p = Poison(g)
    return p.tell(lambda: story(g, p), g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
