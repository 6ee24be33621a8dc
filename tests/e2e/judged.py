"""What the door refuses before anything is stored, both sides of each bound: judged.py PORT TOKEN WEAK_TOKEN."""
import json
import socket
import threading
import time

from asking import ask, check, over, port, raw, token

PROBLEM = {"type", "title", "status", "detail", "code"}


def count():
    return len(ask("GET", "/v1/instances?flow=judged&limit=200")[1]["items"])


def refused(sentence, got, status, code, pointer=None, says=""):
    answer, body, head = got
    check(sentence, (answer, body.get("code"), body.get("pointer"), says in body.get("detail", "")), (status, code, pointer, True))
    check("  as a whole problem", (head.getheader("Content-Type"), PROBLEM <= set(body), body.get("status")),
          ("application/problem+json", True, status))


START, TOLD = "/v1/flows/judged/instances", "/v1/events/Told"
line = {"sku": "A", "qty": "1.5"}
good = {"id": "j-1", "lines": [line, line]}


def with_(**more):
    return {**good, **more}


def cut_after(data, patience):
    """How long a connection lives that sends a byte now and then."""
    began = time.time()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(data)
        while time.time() - began < patience:
            try:
                slow.sendall(b" ")
                slow.settimeout(0.5)
                if slow.recv(1) == b"":
                    break
            except socket.timeout:
                pass
            except OSError:
                break
    seconds.append(time.time() - began)


seconds = []
body = b"POST /v1/events/Told HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token.encode() + b"\r\nContent-Length: 1000\r\n\r\n"
dribbling = threading.Thread(target=cut_after, args=(body, 60))
dribbling.start()

# ---- starts ----
had = count()
refused("a quantity that is no number", ask("POST", START, with_(lines=[line, {"sku": "B", "qty": True}])), 422, "bad_data", "/lines/1/qty", "is wanted")
refused("a quantity against its refinement", ask("POST", START, with_(lines=[{"sku": "B", "qty": 0}])), 422, "bad_data", "/lines/0/qty")
refused("a member that is unknown deep inside", ask("POST", START, with_(lines=[{**line, "colour": "red"}])), 422, "bad_data", "/lines/0/colour")
refused("a member that is unknown", ask("POST", START, with_(more=1)), 422, "bad_data", "/more")
refused("a member that is missing", ask("POST", START, {"id": "j-1"}), 422, "bad_data", "/lines")
refused("a member that is missing deep inside", ask("POST", START, with_(lines=[{"sku": "A"}])), 422, "bad_data", "/lines/0/qty")
answer = ask("POST", START, with_(secret_word=["hush"]))
refused("something private of another kind", answer, 422, "bad_data", "/secret_word")
check("  whose value is not said again", "hush" in json.dumps(answer[1]), False)
check("nothing of it was stored", count(), had)
check("what fits is taken", ask("POST", START, with_(secret_word="hush"))[0], 201)

# ---- events ----
refused("an event that does not fit deep inside", ask("POST", TOLD, with_(lines=[line, {"sku": "B", "qty": "x"}])), 422, "bad_data", "/lines/1/qty", "is wanted")
refused("against a refinement", ask("POST", TOLD, with_(lines=[{"sku": "B", "qty": -1}])), 422, "bad_data", "/lines/0/qty")
refused("without a member", ask("POST", TOLD, {"id": "j-1"}), 422, "bad_data", "/lines")
refused("that nobody knows", ask("POST", "/v1/events/Tolled", good), 404, "not_found")
told = ask("POST", TOLD, with_(id="other", more=1))
check("an unknown member of an event is ignored", (told[0], told[1]["duplicate"]), (202, False))

# ---- CloudEvents ----
cloud = {"Content-Type": "application/cloudevents+json"}
event = {"specversion": "1.0", "id": "7", "source": "/portal", "type": "com.example.Told", "data": with_(id="c-1")}
check("a CloudEvent is new", ask("POST", TOLD, event, cloud)[1]["duplicate"], False)
check("delivered again it is a duplicate", ask("POST", TOLD, event, cloud)[1]["duplicate"], True)
check("of another source it is new", ask("POST", TOLD, {**event, "source": "/edi"}, cloud)[1]["duplicate"], False)
check("of another id it is new", ask("POST", TOLD, {**event, "id": "8"}, cloud)[1]["duplicate"], False)
head = {"ce-type": "com.example.Told", "ce-id": "7", "ce-source": "/portal", "ce-specversion": "1.0"}
check("in binary mode it is the same message", ask("POST", TOLD, with_(id="c-1"), head)[1]["duplicate"], True)
check("a plain event is never a copy", [ask("POST", TOLD, with_(id="c-1"))[1]["duplicate"] for _ in range(2)], [False, False])
refused("its data lie in /data", ask("POST", TOLD, {**event, "data": with_(lines=[{"sku": "B", "qty": 0}])}, cloud), 422, "bad_data", "/data/lines/0/qty")
refused("without data it does not fit", ask("POST", TOLD, {k: v for k, v in event.items() if k != "data"}, cloud), 422, "bad_data", "/data")
refused("nor without an id", ask("POST", TOLD, {**event, "id": ""}, cloud), 422, "bad_data", "/id")
refused("nor with an id that is no text", ask("POST", TOLD, {**event, "id": 7}, cloud), 422, "bad_data", "/id")
refused("nor without a source in its headers", ask("POST", TOLD, good, {k: v for k, v in head.items() if k != "ce-source"}), 422, "bad_data")

# ---- answers ----
def task():
    items = ask("GET", "/v1/tasks?flow=judged&key=j-1")[1]["items"]
    return items[0]["id"] if items else None


end = time.time() + 20
while task() is None and time.time() < end:
    time.sleep(0.02)
ANSWER = "/v1/tasks/" + (task() or "none") + "/answer"
refused("an answer without its form", ask("POST", ANSWER, {"outcome": "yes"}), 422, "bad_data", "/data/reason")
refused("with a form that does not fit", ask("POST", ANSWER, {"outcome": "yes", "data": {"reason": 7}}), 422, "bad_data", "/data/reason", "is wanted")
refused("with a member that the form does not have", ask("POST", ANSWER, {"outcome": "yes", "data": {"reason": "x", "why": 1}}), 422, "bad_data", "/data/why")
refused("with data where none are asked for", ask("POST", ANSWER, {"outcome": "no", "data": {"reason": "x"}}), 422, "bad_data", "/data")
refused("with an outcome that is not offered", ask("POST", ANSWER, {"outcome": "perhaps"}), 409, "conflict")
refused("without an outcome", ask("POST", ANSWER, {"data": {}}), 422, "bad_data", "/outcome")
refused("with a member that means nothing", ask("POST", ANSWER, {"outcome": "no", "reasons": "x"}), 422, "bad_data", "/reasons")
check("none of them was stored: the task is there", ANSWER, "/v1/tasks/" + (task() or "none") + "/answer")
check("and one that fits is taken", ask("POST", ANSWER, {"outcome": "yes", "data": {"reason": "x"}, "reason": "asked"})[0], 202)
end = time.time() + 20
while task() is not None and time.time() < end:
    time.sleep(0.02)
refused("once: then it is gone", ask("POST", ANSWER, {"outcome": "no"}), 404, "not_found")

# ---- JSON itself, the same for everything that comes in ----
COMMAND = "/v1/instances/j-1/pause"
deep = lambda n: json.dumps(with_(id="deep"))[:-1] + ',"x":' + "[" * n + "]" * n + "}"
for name, path in (("start", START), ("event", TOLD), ("answer", ANSWER), ("command", COMMAND)):
    refused(f"a member twice ({name})", ask("POST", path, '{"id":"a","lines":[],"o":{"x":1,"x":2}}'), 422, "bad_data", "/o/x")
    refused(f"a NUL ({name})", ask("POST", path, '{"id":"a\\u0000b","lines":[]}'), 422, "bad_data", "/id")
    refused(f"65 levels ({name})", ask("POST", path, deep(64)), 422, "bad_data", "/x" + "/0" * 63, "64 levels")
    refused(f"no object ({name})", ask("POST", path, "[]"), 422, "bad_data")
    refused(f"one byte too many ({name})", ask("POST", path, " " * ((1 << 20) + 1)), 413, "too_large")
check("64 levels are taken", ask("POST", TOLD, deep(63))[0], 202)
small = json.dumps(with_(id="big"))
check("a whole MiB is taken", ask("POST", TOLD, small + " " * ((1 << 20) - len(small)))[0], 202)
big = raw(b"POST /v1/events/Told HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2000000)
check("a body that is far too large is cut", b" 202 " in big or b" 422 " in big, False)

# ---- bytes and deadlines ----
def headers(n):
    return raw(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"x" * n + b"\r\n\r\n")[9:12]


check("headers of nearly 16 KiB are read", headers(16 * 1024 - 100), b"200")
check("headers of more are refused", headers(16 * 1024) in (b"400", b"431"), True)


dribbling.join()
check("who dribbles a body has thirty seconds", 25 < seconds[0] < 45, True)
refused("a token is not said again", ask("GET", "/v1/flows", bearer="flw_hush"), 401, "no_token")
over()
