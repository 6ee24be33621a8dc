"""What the door promises, asked of a running flowd: door.py PORT TOKEN WEAK_TOKEN. Prints a line a promise."""
import http.client
import socket
import time

from asking import ask, check, over, port, raw, weak

# ---- who may come in ----
status, body, answer = ask("GET", "/v1/flows", bearer=None)
check("without a token it is 401", (status, body["code"]), (401, "no_token"))
check("and says which kind is wanted", answer.getheader("WWW-Authenticate"), "Bearer")
check("a problem is said as one", answer.getheader("Content-Type"), "application/problem+json")
check("a token that nobody gave is 401", ask("GET", "/v1/flows", bearer="flw_no")[0], 401)
status, body, _ = ask("POST", "/v1/flows/ping/instances", {"id": "w", "n": 1}, bearer=weak)
check("a token without the scope is 403", (status, body["code"]), (403, "not_allowed"))
check("with the scope it may", ask("GET", "/v1/flows", bearer=weak)[0], 200)
check("health needs none", ask("GET", "/health/live", bearer=None)[0], 200)
check("nor do metrics on loopback", ask("GET", "/metrics", bearer=None)[0], 200)
status, body, _ = ask("GET", "/v1/openapi.json", bearer=None)
check("the door describes itself", (status, body["openapi"], "/v1/events/{event}" in body["paths"]), (200, "3.1.0", True))

# ---- what is there ----
check("nothing at that path is 404", ask("GET", "/v2")[0], 404)
check("another method is 405", ask("DELETE", "/v1/flows")[0], 405)
check("no such flow is 404", ask("POST", "/v1/flows/nope/instances", {})[0], 404)
check("no such instance is 404", ask("GET", "/v1/instances/nope")[0], 404)
check("no such task is 404", ask("POST", "/v1/tasks/nope/answer", {"outcome": "x"})[0], 404)
check("no such event is 404", ask("POST", "/v1/events/Nope", {})[0], 404)

# ---- data ----
status, body, _ = ask("POST", "/v1/flows/ping/instances", {"id": "x", "n": "one"})
check("what does not fit is 422 with its place", (status, body["code"], body["pointer"]), (422, "bad_data", "/n"))
status, body, _ = ask("POST", "/v1/flows/ping/instances", {"id": "x", "n": 1, "m": 2})
check("an unknown member is refused", (status, body["pointer"]), (422, "/m"))
check("broken JSON is 422", ask("POST", "/v1/flows/ping/instances", "{\"n\":")[0], 422)
check("a list is no object", ask("POST", "/v1/flows/ping/instances", [1])[0], 422)
check("nothing of it was stored", ask("GET", "/v1/instances")[1]["items"], [])
check("a limit that is none is refused", ask("GET", "/v1/instances?limit=many")[0], 400)

# ---- work ----
status, started, answer = ask("POST", "/v1/flows/ping/instances", {"id": "a", "n": 5})
check("a start is 201", (status, started["key"], started["version"], started["created"]), (201, "a", 1, True))
check("and says where it is", answer.getheader("Location"), "/v1/instances/" + started["id"])
check("a key given that is another is refused", ask("POST", "/v1/flows/ping/instances?key=b", {"id": "c", "n": 6})[0], 400)


def until(test, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if test():
                return True
        except (OSError, http.client.HTTPException):
            pass  # closed on us: ask again
        time.sleep(0.02)
    return False


shown = lambda key: ask("GET", "/v1/instances/" + key)[1]
check("it comes to wait", until(lambda: shown("a")["status"] == "waiting"), True)
check("it is found by id and by key", shown(started["id"])["id"], shown("a")["id"])
one = shown("a")
check("what it did can be put back", one["undo"][0]["effect"], "bell.ring")
why = ask("GET", "/v1/instances/a/why")[1]
check("why says what it waits for", any(w["what"] == "Answer" for w in why["waiting"]), True)
history = ask("GET", "/v1/instances/a/history")[1]["items"]
check("history is in order", [h["seq"] for h in history], list(range(1, len(history) + 1)))
page = ask("GET", "/v1/instances/a/history?limit=2")[1]
rest = ask("GET", "/v1/instances/a/history?limit=200&after=" + page["next"])[1]["items"]
check("pages of it join", page["items"] + rest, history)
check("lists are filtered", len(ask("GET", "/v1/instances?flow=ping&status=waiting&key=a")[1]["items"]), 1)
check("and may be empty", ask("GET", "/v1/instances?status=failed")[1], {"items": [], "next": None})

event = {"specversion": "1.0", "id": "1", "source": "test", "type": "com.example.Answer", "data": {"n": 77, "says": "hi"}}
cloud = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
check("a structured CloudEvent is taken", ask("POST", "/v1/events/Answer", event, cloud)[0], 202)
event["type"] = "com.example.Other"
check("its type must fit the path", ask("POST", "/v1/events/Answer", event, cloud)[0], 400)
binary = {"ce-type": "com.example.Answer", "ce-id": "2", "ce-source": "test", "ce-specversion": "1.0"}
status, body, _ = ask("POST", "/v1/events/Answer", {"n": 77, "says": "hi"}, binary)
check("a binary one, too, and a duplicate is told", (status, body["duplicate"]), (202, True))

status, body, _ = ask("POST", "/v1/instances/a/pause", {"reason": "test"})
check("a command is taken", (status, body["done"]), (202, False))
check("and done", until(lambda: shown("a")["status"] == "paused"), True)
check("in the wrong state it is 409", ask("POST", "/v1/instances/a/retry", {"reason": "test"})[0], 409)
check("a verb that is none is refused", ask("POST", "/v1/instances/a/explode", {"reason": "test"})[0], 400)
ask("POST", "/v1/instances/a/resume", {"reason": "test"})
check("it goes on", until(lambda: shown("a")["status"] == "waiting"), True)
from_ = time.time()
status, body, answer = ask("POST", "/v1/flows/ping/instances", {"id": "b", "n": 6}, {"Prefer": "wait=1"})
check("waiting for an end that does not come ends", (status, body["state"], 0.9 < time.time() - from_ < 6), (201, "listening", True))
check("and says so", answer.getheader("Preference-Applied"), "wait=1")
check("metrics count", "flow_instances{flow=\"ping\",version=\"1\",status=\"waiting\"} 2" in ask("GET", "/metrics")[1], True)

# ---- strangers ----
check("two lengths are refused", raw(b"POST /v1/events/Answer HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")[9:12], b"400")
from_ = time.time()
with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
    slow.sendall(b"GET /health/live HTTP/1.1\r\n")
    closed = False
    while not closed and time.time() - from_ < 15:
        try:
            slow.sendall(b"X: y\r\n")
            slow.settimeout(0.5)
            closed = slow.recv(1) == b""
        except socket.timeout:
            pass
        except OSError:
            closed = True
check("who dribbles headers is cut after five seconds", (closed, 4 < time.time() - from_ < 9), (True, True))
many = []
for _ in range(30):
    s = socket.create_connection(("127.0.0.1", port), timeout=5)
    s.settimeout(3)
    many.append(s)


def is_open(s):
    try:
        s.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        return s.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


alive = sum(is_open(s) for s in many)
check("more connections than the door has room for are closed", 0 < alive <= 20, True)
for s in many:
    s.close()
check("and then there is room again", until(lambda: ask("GET", "/health/live")[0] == 200), True)

over()
