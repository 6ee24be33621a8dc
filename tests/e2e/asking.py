"""What the scripts that ask a running flowd share: SCRIPT PORT TOKEN WEAK_TOKEN. A line a promise, the count at the end."""
import http.client
import json
import socket
import sys
import time

port, token, weak = int(sys.argv[1]), sys.argv[2], sys.argv[3]
passed = failed = 0


def check(sentence, got, want):
    global passed, failed
    if got == want:
        passed += 1
        print("ok  ", sentence)
    else:
        failed += 1
        print("FAIL", sentence, "\n     got ", repr(got)[:600], "\n     want", repr(want)[:600])


def ask(method, path, body=None, headers=None, bearer=token):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    head = dict(headers or {})
    if bearer:
        head.setdefault("Authorization", "Bearer " + bearer)
    data = json.dumps(body) if isinstance(body, (dict, list)) else body
    conn.request(method, path, data, head)
    answer = conn.getresponse()
    text = answer.read()
    conn.close()
    kind = answer.getheader("Content-Type", "")
    return answer.status, json.loads(text) if "json" in kind else text.decode(), answer


def raw(data, seconds=20):
    """What a connection says to these bytes until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as s:
        try:
            s.sendall(data)
            said = b""
            while True:
                part = s.recv(65536)
                if not part:
                    return said
                said += part
        except (ConnectionResetError, BrokenPipeError):
            return b"reset"


def over():
    print(passed, "passed,", failed, "failed")
    sys.exit(failed > 0)
