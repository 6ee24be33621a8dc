#!/usr/bin/env python3
"""A flood at the door while PostgreSQL stands still: hundreds of connections send bodies near the limit. Some are taken and wait, the
others hear 429 and when to come again, before flowd's memory grows beyond its bound; and when PostgreSQL goes on, so does all."""
import http.client
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Claims, Ground, ask  # noqa: E402
from proxy import Proxy  # noqa: E402

SENDERS = 150
MEMORY_MOST_MIB = 512  # design: of an overload ten times what can be done
IN_HAND = 9            # bodies of that size make HTTP_IN_HAND_BYTES (limits.def)
BODY = 1000000         # of 1,048,576 that are taken

FLOW = """
flow hoard version 1 (id: text, many: list of int) {
    key id
    wait 1h
}
"""


class Flood(Claims):
    def __init__(self, g, proxy):
        super().__init__()
        self.g, self.proxy, self.lock, self.answers = g, proxy, threading.Lock(), []

    def peak(self):
        with open(f"/proc/{self.g.flowd.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) // 1024

    def send(self, key, body, token):
        """One request; what it heard, (0, None) when the connection was cut."""
        connection = http.client.HTTPConnection("127.0.0.1", self.g.door, timeout=60)
        try:
            connection.request("POST", f"/v1/flows/hoard/instances?key={key}", body.replace(b"KEY", key.encode()),
                               {"Content-Type": "application/json", "Authorization": "Bearer " + token})
            answer = connection.getresponse()
            answer.read()
            heard = (answer.status, answer.getheader("Retry-After"))
        except (OSError, http.client.HTTPException):
            heard = (0, None)
        finally:
            connection.close()
        with self.lock:
            self.answers.append(heard)

    def flood(self, body, token):
        threads = [threading.Thread(target=self.send, args=(f"F-{i}", body, token), daemon=True) for i in range(SENDERS)]
        for thread in threads:
            thread.start()
        return threads

    def heard(self, status):
        with self.lock:
            return sum(1 for answer in self.answers if answer[0] == status)


def story(g, f):
    with open(g.dir + "/hoard.flow", "w") as file:
        file.write(FLOW)
    g.start()
    g.set_up(with_flows=False)
    g.flowctl("deploy", g.dir + "/hoard.flow")
    status, _ = ask(g.door, "POST", "/v1/flows/hoard/instances", {"id": "first", "many": [1]}, g.token)
    f.check(status == 201, "a small one is taken")
    numbers = b"1," * (BODY // 2) + b"1"  # each byte of it becomes a value of its own: the most that memory can be asked for
    body = b'{"id":"KEY","many":[' + numbers + b"]}"
    idle = f.peak()
    f.proxy.hold("flowd door")
    threads = f.flood(body, g.token)
    g.until(lambda: f.heard(429) > 0 or f.peak() > 2 * MEMORY_MOST_MIB, "the door refuses", 30)
    f.check(ground.is_sanitized() or f.peak() <= MEMORY_MOST_MIB, f"at {f.peak()} MiB the door refuses, after {idle} idle")
    f.check((429, "1") in f.answers, "with 429, and when to come again")
    g.until(lambda: len(f.answers) + IN_HAND >= SENDERS, lambda: f"all but {IN_HAND} that are in hand have heard: {len(f.answers)}", 8)
    f.proxy.go_on()
    for thread in threads:
        thread.join(60)
    f.check(len(f.answers) == SENDERS, f"everybody hears: {[(s, f.heard(s)) for s in (201, 422, 429, 503, 0)]}")
    f.check(ground.is_sanitized() or f.peak() <= MEMORY_MOST_MIB, f"{SENDERS} x {len(body) >> 10} KiB at once: {f.peak()} MiB at the most, of {MEMORY_MOST_MIB}")
    g.until(lambda: ask(g.door, "POST", "/v1/flows/hoard/instances", {"id": "last", "many": [1]}, g.token)[0] in (200, 201),
            "a small one is taken again", 30)
    taken = int(g.sql.one("select count(*) from flow_data.instance where key like 'F-%'"))
    f.check(0 < f.heard(201) <= taken <= f.heard(201) + f.heard(503),
            f"what was said to be taken is there: {f.heard(201)}; and of those that heard of no end perhaps: {taken}")


def main():
    g = Ground("flood", keys=["--http-connections", "400"])
    proxy = Proxy(g.conninfo, g.dir)
    g.flowd_conninfo = proxy.way
    f = Flood(g, proxy)
    return f.tell(lambda: story(g, f), proxy.close, g.close)


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
