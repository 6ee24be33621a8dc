"""A language client for tests: speaks to `flowc lsp`, and counts what holds."""
import json
import os
import selectors
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.abspath(os.environ.get("top_srcdir", os.path.join(here, "..", "..")))
flowc = os.path.join(os.path.abspath(os.environ.get("top_builddir", ".")), "flowc")
DEADLINE = 60  # seconds; a loaded machine under a sanitizer is slow

passed = 0
failed = 0


def so(sentence, holds, *shown):
    global passed, failed
    if holds:
        passed += 1
        return
    failed += 1
    print("FAILED:", sentence)
    for one in shown:
        print("    " + (one if isinstance(one, str) else json.dumps(one, indent=1)[:3000]).replace("\n", "\n    "))


def counts():
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


class Text:
    """A text in the editor: where things are in it, as the protocol counts."""

    def __init__(self, path, text):
        self.uri = "file://" + path
        self.text = text
        self.version = 1

    def offset(self, of, plus=0, nth=1):
        at = -1
        for _ in range(nth):
            at = self.text.index(of, at + 1)
        return at + plus

    def place(self, at):
        line = self.text.count("\n", 0, at)
        column = len(self.text[self.text.rfind("\n", 0, at) + 1:at].encode("utf-16-le")) // 2
        return {"line": line, "character": column}

    def at(self, of, plus=0, nth=1):
        return self.place(self.offset(of, plus, nth))

    def index(self, place):
        lines = self.text.split("\n")
        at = sum(len(line) + 1 for line in lines[:place["line"]])
        units = place["character"]
        for c in lines[place["line"]] if place["line"] < len(lines) else "":
            if units <= 0:
                break
            units -= 2 if ord(c) > 0xffff else 1
            at += 1
        return at

    def piece(self, range_):
        return self.text[self.index(range_["start"]):self.index(range_["end"])]

    def edited(self, edits):
        text = self.text
        for edit in sorted(edits, key=lambda e: self.index(e["range"]["start"]), reverse=True):
            begin, end = self.index(edit["range"]["start"]), self.index(edit["range"]["end"])
            text = text[:begin] + edit["newText"] + text[end:]
        return text


class Server:
    def __init__(self, *args, root=None, capabilities=None, initialize=True):
        self.process = subprocess.Popen([flowc, "lsp", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        bufsize=0)
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(self.process.stdout, selectors.EVENT_READ)
        self.bytes = b""
        self.ids = 0
        self.told = {}  # uri: the latest diagnostics
        self.versions = {}
        self.latest = None  # the text that changed last
        self.notices = []
        if initialize:
            self.hello = self.ask("initialize", {
                "processId": None, "rootUri": "file://" + root if root else None,
                "capabilities": capabilities or {}})
            self.tell("initialized", {})

    # ---- bytes and messages ----
    def write(self, data):
        self.process.stdin.write(data)

    def message(self, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def more(self, end):
        left = end - time.monotonic()
        if left <= 0 or not self.waiting.select(left):
            raise TimeoutError("the server says nothing")
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            raise EOFError("the server ended")
        self.bytes += data

    def read(self):
        end = time.monotonic() + DEADLINE
        while b"\r\n\r\n" not in self.bytes:
            self.more(end)
        header, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        length = int(header.split(b":")[1])
        while len(self.bytes) < length:
            self.more(end)
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        one = json.loads(body)
        if one.get("method") == "textDocument/publishDiagnostics":
            self.told[one["params"]["uri"]] = one["params"]["diagnostics"]
            self.versions[one["params"]["uri"]] = one["params"].get("version")
        if "method" in one:
            self.notices.append(one)
        return one

    # ---- the protocol ----
    def tell(self, method, params):
        self.message({"jsonrpc": "2.0", "method": method, "params": params})

    def answer(self, method, params=None):
        self.ids += 1
        self.message({"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params or {}})
        while True:
            one = self.read()
            if "method" not in one and one.get("id") == self.ids:
                return one

    def ask(self, method, params=None):
        one = self.answer(method, params)
        if "error" in one:
            return one
        return one["result"]

    def open(self, path, text):
        one = self.latest = Text(path, text)
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": one.uri, "languageId": "flow", "version": 1, "text": text}})
        return one

    def change(self, text, new, whole=True):
        text.version += 1
        self.latest = text
        change = {"text": new}
        if not whole:
            old = text.text
            before = 0
            while before < min(len(old), len(new)) and old[before] == new[before]:
                before += 1
            after = 0
            while after < min(len(old), len(new)) - before and old[-1 - after] == new[-1 - after]:
                after += 1
            change = {"range": {"start": text.place(before), "end": text.place(len(old) - after)},
                      "text": new[before:len(new) - after]}
        self.tell("textDocument/didChange", {
            "textDocument": {"uri": text.uri, "version": text.version}, "contentChanges": [change]})
        text.text = new

    def at(self, method, text, place, **more):
        return self.ask("textDocument/" + method, {"textDocument": {"uri": text.uri}, "position": place, **more})

    def of(self, method, text, **more):
        return self.ask("textDocument/" + method, {"textDocument": {"uri": text.uri}, **more})

    def problems(self, text):
        """What is wrong with it, now that the latest change has been thought about."""
        end = time.monotonic() + DEADLINE
        while self.versions.get(self.latest.uri) != self.latest.version and time.monotonic() < end:
            self.read()
        self.ask("workspace/symbol", {"query": "nothing is called like this"})
        return self.told.get(text.uri)

    def until(self, holds):
        """Reads on until that is so of what was told."""
        end = time.monotonic() + DEADLINE
        while not holds() and time.monotonic() < end:
            self.ask("workspace/symbol", {"query": "nothing is called like this"})
        return holds()

    def end(self):
        self.ask("shutdown")
        self.tell("exit", None)
        self.process.stdin.close()
        return self.process.wait(DEADLINE)
