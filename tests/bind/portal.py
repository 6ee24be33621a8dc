"""What comes in by paths of the environment: portal.py PORT TOKEN."""
import base64
import hashlib
import hmac
import http.client
import json
import sys
import time

port, token = int(sys.argv[1]), sys.argv[2]
passed = failed = 0


def check(sentence, got, want):
    global passed, failed
    passed, failed = passed + (got == want), failed + (got != want)
    print(f"ok   {sentence}" if got == want else f"FAIL {sentence}\n     got  {got}\n     want {want}")


def ask(path, data, method="POST", **headers):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    conn.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = conn.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else None, answer.getheader("Content-Type")


def portal(data, message="m-1", key=b"hush-portal", prefix="sha256=", **more):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    sign = prefix + hmac.new(key, body, hashlib.sha256).hexdigest()
    return ask("/hooks/portal", body, X_Signature=sign, **({"X_MESSAGE_ID": message} if message else {}), **more)


def timed(data, at, over="v0:%s:%s", key=b"hush-timed", said=None):
    sign = hmac.new(key, (over % (at, data)).encode(), hashlib.sha256).digest()
    return ask("/hooks/timed", data.encode(), X_Sign=base64.b64encode(sign).decode(), X_Time=said or at)


def refused(sentence, got, status, pointer=None, says=""):
    check(sentence, (got[0], got[1].get("pointer"), says in got[1].get("detail", ""), got[2]), (status, pointer, True, "application/problem+json"))


order = {"kind": "submitted", "order": {"no": "P-1", "sum": 12.5, "lines": [{"sku": "A"}, {"sku": "B"}]}}
first = portal(order)
check("what is signed and fits is taken after its commit", (first[0], first[1]["duplicate"], len(first[1]["id"])), (202, False, 36))
again = portal(order)
check("sent again it is known", (again[0], again[1]["duplicate"]), (202, True))

refused("another key is not let in", portal(order, key=b"other"), 401, says="not the one of this message")
refused("a changed body neither", ask("/hooks/portal", b"{}", X_Signature="sha256=" + "0" * 64), 401)
refused("nor no signature", ask("/hooks/portal", order), 401, says="missing")
for wrong in ("", "sha256=", "sha256=zz", "sha1=" + "0" * 64, "sha256=" + "0" * 63, "sha256=" + "0" * 65):
    refused(f"nor {wrong!r}", ask("/hooks/portal", order, X_Signature=wrong), 401)
refused("a token does not stand in for it", ask("/hooks/portal", order, Authorization="Bearer " + token), 401)
refused("what is no JSON is told so", portal(b"{"), 422)
refused("what is no event of it", portal({"kind": "other"}), 422, says="none of the events")
refused("a part that is missing, by its place", portal({"kind": "submitted", "order": {"no": "P-2", "lines": []}}), 422, "/order/sum", "is missing")
refused("one of another kind", portal({"kind": "submitted", "order": {"no": 7, "sum": 1, "lines": []}}), 422, "/order/no", "text is wanted, the number 7")
refused("a header that is missing", portal(order, message=None), 422, "/x-message-id")
refused("more than a body may be", portal(b'"' + b"x" * (1 << 20) + b'"'), 413)
refused("a method it does not know", ask("/hooks/portal", b"", method="GET"), 405)
refused("a path beside it", ask("/hooks/portals", order), 404)

now = str(int(time.time()))
check("a time that is signed with it is fresh", timed('{"order":"T-1"}', now)[0], 202)
check("an instant is a time, too", timed('{"order":"T-1"}', time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))[0], 202)
refused("one of yesterday is not", timed('{"order":"T-1"}', str(int(now) - 86400)), 401, says="too long ago")
refused("nor one of tomorrow", timed('{"order":"T-1"}', str(int(now) + 86400)), 401, says="too long ago")
refused("nor another than was signed", timed('{"order":"T-1"}', now, said=str(int(now) - 1)), 401, says="not the one")
refused("nor none", timed('{"order":"T-1"}', "", said=" "), 401)
refused("by the convention the body is the event", timed('{"orders":"T-1"}', now), 422, "/order")

refused("without a signature a token is needed", ask("/hooks/trusted", {"order": "T-2", "n": 7}), 401)
own = ask("/hooks/trusted", {"order": "T-2", "n": 7}, Authorization="Bearer " + token)
check("with it, it is taken", (own[0], own[1]["duplicate"]), (202, False))
own = ask("/hooks/trusted", {"order": "T-2", "n": 7}, Authorization="Bearer " + token)
check("its message is known again", (own[0], own[1]["duplicate"]), (202, True))
own = ask("/hooks/trusted", {"order": "T-2", "n": 8}, Authorization="Bearer " + token)
check("another is another", (own[0], own[1]["duplicate"]), (202, False))
refused("a message without its id is not taken", ask("/hooks/trusted", {"order": "T-2"}, Authorization="Bearer " + token), 422, says="no id")
withdrawn = portal({"kind": "withdrawn", "order": {"no": "P-1"}}, "m-2")
check("a second event comes in by the same path", withdrawn[0], 202)

print(f"{passed} passed, {failed} failed")
