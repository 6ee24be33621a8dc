#!/usr/bin/env python3
"""Between flowd and PostgreSQL: commits are done and nobody hears of it; the database turns everybody away for a while; what
is to be written piles up; a connection stands still.

    UNHEARD=12   how many commits are swallowed
"""
import http.client
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground  # noqa: E402
from proxy import Proxy  # noqa: E402

UNHEARD = int(os.environ.get("UNHEARD", "12"))
AWAY = 3.0           # seconds the database turns everybody away
CONNECTS = 10        # a second, at most, meanwhile
BACK_WITHIN = 3.0    # 1 where nothing else runs: from then on until something is committed
QUEUE_MAX = 100      # stimuli in memory, and the most starts that are taken beyond: those on their way
DEADLINE = 10.0      # seconds of flowd's own, on every job


class Unheard(Claims):
    def __init__(self, g, proxy):
        super().__init__()
        self.g, self.proxy, self.orders = g, proxy, 0

    def begin(self):
        """By the database itself: flowd may be away."""
        self.orders += 1
        key = f"U-{self.orders}"
        self.g.sql.rows("select flow.start('order_to_cash', '" + json.dumps(ground.order(key)) + "'::json)")
        return key

    def until_completed(self):
        self.g.until(lambda: self.g.sql.one("select count(*) from flow.instances where status = 'completed'") == str(self.orders),
                     "every order is completed", 90)


def is_full_house(g, u):
    """Nothing is committed and more and more is to be: at some time the door says so."""
    u.proxy.hold("flowd lane")
    before, answers = u.orders, []
    door = http.client.HTTPConnection("127.0.0.1", g.door, timeout=30)

    def is_refused():
        order = json.dumps(ground.order(f"U-{u.orders + 1}"))
        door.request("POST", "/v1/flows/order_to_cash/instances", order,
                     {"Content-Type": "application/json", "Authorization": "Bearer " + g.token})
        answer = door.getresponse()
        answer.read()
        answers.append((answer.status, answer.getheader("Retry-After")))
        u.orders += answer.status == 201
        return answer.status != 201
    g.until(is_refused, "the door refuses", DEADLINE)
    u.proxy.go_on()
    u.check(answers[-1] == (429, "1"), f"{answers[-1][0]}: come again after {answers[-1][1]} s")
    u.check(u.orders - before <= 2 * QUEUE_MAX, f"with room for {QUEUE_MAX} it took {u.orders - before} orders before it refused")
    u.until_completed()


def story(g, u):
    proxy = u.proxy
    g.start()
    g.set_up()
    while proxy.swallowed < UNHEARD:
        before = proxy.swallowed
        proxy.swallow = 1
        u.begin()
        g.until(lambda: proxy.swallowed > before, "a commit goes unheard", 30)
    u.until_completed()
    u.check(g.counts()["doubles"] == [], f"{proxy.swallowed} commits were done unheard; {u.orders} orders completed, nothing twice")
    u.check(g.sql.rows("select instance from flow_data.journal group by instance having count(*) <> max(rev)") == [],
            "each transition stands in the journal once")

    proxy.refuse()
    began, first = time.monotonic(), len(proxy.connects)
    g.until(lambda: time.monotonic() - began > AWAY, "some time passes")
    tries = len(proxy.connects) - first
    u.check(2 <= tries <= CONNECTS * AWAY, f"turned away for {AWAY:.0f} s, it tried {tries} times")
    key = u.begin()
    proxy.go_on()
    back = time.monotonic()
    g.until(lambda: g.sql.one(f"select rev from flow_data.instance where key = '{key}'") != "0", "it goes on", 20)
    took = time.monotonic() - back
    u.check(took <= BACK_WITHIN, f"something was committed {took:.2f} s after the database was back")
    u.until_completed()

    is_full_house(g, u)

    proxy.hold("flowd lane")
    began = time.monotonic()
    u.begin()

    def is_given_up():
        with open(g.dir + "/flowd.log", errors="replace") as log:
            return "the database does not answer" in log.read()
    g.until(is_given_up, "it does not wait for ever", DEADLINE + 10)
    u.check(time.monotonic() - began <= DEADLINE + 5, f"a connection that stands still was given up after {time.monotonic() - began:.0f} s")
    proxy.go_on()
    u.until_completed()
    u.check(g.counts()["doubles"] == [], "all is completed, and nothing was done twice")


def main():
    g = Ground("unheard", keys=("--queue-max", str(QUEUE_MAX)))
    proxy = Proxy(g.conninfo, g.dir)
    g.flowd_conninfo = proxy.way
    u = Unheard(g, proxy)
    return u.tell(lambda: story(g, u), g.close, proxy.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
