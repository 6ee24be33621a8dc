"""The language server as the protocol wants it: each method, and whatever else may come."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import *  # noqa: E402,F403
import client  # noqa: E402

flows = os.path.join(top, "flows")


def read(name):
    with open(os.path.join(flows, name), encoding="utf-8") as f:
        return f.read()


OTC = read("order_to_cash.flow")
SMALL = """## Things to send.
type Parcel = {SHAPE}

adapter post {
    ## Hands it over.
    effect send(parcel: text, weight: int) gives text
        once per step
        undone by recall(number: result)
        fails with TooHeavy(most: int), Closed
    effect recall(number: text)  once per number  harmless
}

event Delivered key number held 1d { number: text  on: date }

flow sending version 1 (parcel: text, weight: int) {
    var count: int = 0

    state packing {
        call post.send(parcel: parcel, weight: weight) as number
            when TooHeavy as t go to refused
            when Closed go to refused
        set count = count + 1
        note "Sent {number}"
        go to travelling
    }

    state travelling within 5d {
        on Delivered(number: "N") as d go to done
        on late go to refused
    }

    final done
    final refused
}
""".replace("type Parcel = {SHAPE}", "type Parcel { label: text }")


def codes(problems):
    return [p["code"] for p in problems or []]


# ---- the beginning and the end ----
s = Server(initialize=False)
early = s.answer("textDocument/hover", {})
so("nothing is answered before initialize", early["error"]["code"] == -32002, early)
s.tell("textDocument/didOpen", {"textDocument": {"uri": "file:///x.flow", "version": 1, "text": "flow"}})
hello = s.answer("initialize", {"capabilities": {}})
so("initialize tells what the server can", hello["result"]["capabilities"]["hoverProvider"] is True, hello)
so("columns count UTF-16 units by default", hello["result"]["capabilities"]["positionEncoding"] == "utf-16")
so("initialize comes once", s.answer("initialize", {})["error"]["code"] == -32600)
so("an unknown request is refused", s.answer("textDocument/unheardOf", {})["error"]["code"] == -32601)
s.tell("$/unheardOf", {})
so("an unknown notice is passed over", s.answer("workspace/symbol", {"query": "x"}).get("result") == [])
so("a text that is not open is refused",
   s.answer("textDocument/hover", {"textDocument": {"uri": "file:///x.flow"}})["error"]["code"] == -32602)
so("shutdown answers null", s.answer("shutdown", {}) == {"jsonrpc": "2.0", "id": s.ids, "result": None})
so("after shutdown comes exit only", s.answer("workspace/symbol", {"query": ""})["error"]["code"] == -32600)
s.tell("exit", None)
so("after shutdown the program ends well", s.process.wait(client.DEADLINE) == 0)
s = Server()
s.tell("exit", None)
so("without shutdown it ends with 1", s.process.wait(client.DEADLINE) == 1)
s = Server()
s.process.stdin.close()
so("an editor that is gone ends it with 1", s.process.wait(client.DEADLINE) == 1)

# ---- what is no message ----
s = Server()


def bad(sentence, data, code):
    s.write(data)
    said = s.read()
    so(sentence, said.get("error", {}).get("code") == code and said.get("id", 0) is None, said)


bad("headers without a length are refused", b"Content-Type: x\r\n\r\n", -32700)
bad("a length that is no number is refused", b"Content-Length: many\r\n\r\n", -32700)
bad("a negative length is refused", b"Content-Length: -5\r\n\r\n", -32700)
bad("a length beyond all numbers is refused", b"Content-Length: 99999999999999999999\r\n\r\n", -32700)
bad("a body that is no JSON is refused", b"Content-Length: 3\r\n\r\n{{{", -32700)
bad("a body that is not UTF-8 is refused", b"Content-Length: 4\r\n\r\n\"\xff\xfe\"", -32700)
bad("a list is no message", b"Content-Length: 2\r\n\r\n[]", -32600)
bad("a number is no message", b"Content-Length: 2\r\n\r\n{}", -32600)
bad("an id that is an object is refused", b'Content-Length: 27\r\n\r\n{"id":{},"method":"x","p":1', -32700)
bad("deep nesting is refused", b"Content-Length: 100000\r\n\r\n" + b"[" * 100000, -32700)
bad("a header of a megabyte is refused", b"X: " + b"y" * (1 << 20) + b"\r\n\r\n", -32700)
large = (8 << 20) + 1
bad("a message beyond the bound is passed over", b"Content-Length: %d\r\n\r\n" % large + b" " * large, -32700)
s.message(b'{"jsonrpc":"2.0","id":{"a":1},"method":"workspace/symbol"}')
so("an id is a number or a text", s.read()["error"]["code"] == -32600)
s.message(b'{"jsonrpc":"2.0","id":"seven","method":"workspace/symbol","params":{"query":"x"}}')
so("an id may be a text", s.read() == {"jsonrpc": "2.0", "id": "seven", "result": []})
s.message(b'{"jsonrpc":"2.0","id":8,"method":"workspace/symbol","params":[1]}')
so("params are an object", s.read()["error"]["code"] == -32602)
s.message(b'{"jsonrpc":"2.0","id":9,"result":null}')
small = s.open("/nowhere/small.flow", SMALL)
for wrong in ({}, {"line": -1, "character": 0}, {"line": "1", "character": 0}, {"line": 1}, None, 7):
    said = s.answer("textDocument/hover", {"textDocument": {"uri": small.uri}, "position": wrong})
    so(f"a position {wrong} is refused", said.get("error", {}).get("code") == -32602, said)
far = s.at("hover", small, {"line": 1 << 40, "character": 1 << 40})
so("a position behind the end is the end", far is None, far)
so("after all that it still answers", s.of("documentSymbol", small) is not None)
so("and ends well", s.end() == 0)

# ---- diagnostics ----
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/lib.flow", "w") as f:
        f.write("type Weight = int where it > 0\n")
    uses = 'use lib\nflow f version 1 (w: Weight) {\n    note "{w}"\n}\n'
    s = Server(root=folder)
    user = s.open(folder + "/user.flow", uses)
    so("what is right has no diagnostics", s.problems(user) == [], s.told)
    lib = s.open(folder + "/lib.flow", "type Weight2 = int where it > 0\n")
    found = s.problems(user)
    so("an unsaved buffer wins over the disk", codes(found) == ["F0101"], found)
    so("a diagnostic has its place", user.piece(found[0]["range"]) == "Weight", found)
    so("and its words, and its severity", "there is no type `Weight`" in found[0]["message"]
       and found[0]["severity"] == 1 and found[0]["source"] == "flowc", found)
    s.change(lib, "type Weight = int where it > 0\n", whole=False)
    so("who depends on it is told anew", s.problems(user) == [], s.told)
    s.change(lib, "type Weight = int wher it > 0\n", whole=False)
    so("a mistake in a used text stands there", codes(s.problems(lib)) != [], s.told)
    s.tell("textDocument/didClose", {"textDocument": {"uri": lib.uri}})
    so("once closed, the disk counts", s.until(lambda: s.told[user.uri] == []), s.told)
    so("and its diagnostics are taken back", s.until(lambda: s.told[lib.uri] == []), s.told)
    with open(folder + "/lib.flow", "w") as f:
        f.write("type Weight = txt\n")
    s.tell("workspace/didChangeWatchedFiles", {"changes": []})
    so("a file that is not open and changes is read again", s.until(lambda: codes(s.told[lib.uri]) == ["F0101"]), s.told)
    os.remove(folder + "/lib.flow")
    s.tell("textDocument/didSave", {"textDocument": {"uri": user.uri}})
    so("a file that is gone is missed", s.until(lambda: "F0101" in codes(s.told[user.uri])), s.told)
    bind = s.open(folder + "/e.bind", "use user\nenvironment dev { role x \"y\" }\n")
    so("environments are held against their flows", s.problems(bind) is not None, s.told)
    so("and ends well", s.end() == 0)

s = Server()
wrong = s.open("/nowhere/wrong.flow", SMALL.replace("go to travelling", "go to traveling"))
found = [p for p in s.problems(wrong) if p["code"] == "F0101"]
so("did you mean is part of the message", "travelling" in found[0]["message"], found)
wrong2 = s.open("/nowhere/twice.flow", SMALL.replace("final refused\n", "final refused\n    final refused\n"))
twice = [p for p in s.problems(wrong2) if p["code"] == "F0109"]
so("the other place is told too", twice and twice[0]["relatedInformation"][0]["location"]["uri"] == wrong2.uri, twice)
so("and ends well", s.end() == 0)

# ---- places ----
s = Server()
wide = s.open("/nowhere/wide.flow", 'flow f version 1 (a: text) {\n    note "𝄞é{a}"  note "{b}"\n}\n')
found = [p for p in s.problems(wide) if p["code"] == "F0101"]
so("columns are UTF-16 units", wide.piece(found[0]["range"]) == "b", found)
hover = s.at("hover", wide, wide.at("{a}", 1))
so("both ways", hover and "a: text" in hover["contents"]["value"], hover)
s.end()
s = Server(capabilities={"general": {"positionEncodings": ["utf-16", "utf-8"]}})
so("bytes where the editor counts them", s.hello["capabilities"]["positionEncoding"] == "utf-8")
wide = s.open("/nowhere/wide.flow", wide.text)
found = [p for p in s.problems(wide) if p["code"] == "F0101"]
before = len('    note "𝄞é{a}"  note "{'.encode())
so("columns are bytes then", found[0]["range"]["start"] == {"line": 1, "character": before}, found)
s.end()

# ---- changes ----
s = Server()
text = s.open("/nowhere/t.flow", "type A = text\n")
s.tell("textDocument/didChange", {"textDocument": {"uri": text.uri, "version": 2}, "contentChanges": [
    {"range": {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 6}}, "text": "Bé𝄞"},
    {"range": {"start": {"line": 0, "character": 6}, "end": {"line": 0, "character": 9}}, "text": "c"},
    {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 9, "character": 9}}, "text": "type D = int\n"}]})
names = [one["name"] for one in s.of("documentSymbol", text)]
so("changes are done in their order", names == ["Bc", "D"], names)
s.tell("textDocument/didChange", {"textDocument": {"uri": text.uri, "version": 3}, "contentChanges": [
    {"range": {"start": {"line": 3, "character": 0}, "end": {"line": 1, "character": 0}}, "text": "x"},
    {"range": {"start": 1}, "text": "x"}, 7, {"text": 8}]})
names = [one["name"] for one in s.of("documentSymbol", text)]
so("a change that is none changes nothing but what is whole", names in (["Bc", "D"], []), names)
s.end()

# ---- what is asked of a whole flow ----
s = Server(root=flows)
otc = s.open(flows + "/order_to_cash.flow", OTC)


def hover(of, plus=0, nth=1, text=otc):
    said = s.at("hover", text, text.at(of, plus, nth))
    return said["contents"]["value"] if said else ""


so("a name says its type", "var quote: Quote" in hover("set quote", 4))
so("who writes it", "Written in `checking` (line " in hover("set quote", 4), hover("set quote", 4))
so("an operation says its undo", "undone by cancel_order" in hover("create_order"))
so("a policy says how it tries", "try 100 times" in hover("using keen", 7))
so("nothing is said of a brace", hover("{\n", 0) == "")

places = s.at("definition", otc, otc.at("create_order", 3))
so("definition leads into the used file", places[0]["uri"].endswith("/systems.flow"), places)
places = s.at("definition", otc, otc.at("go to booking", 8))
so("definition of a state", otc.piece(places[0]["range"]) == "booking" and
   "state " + otc.piece(places[0]["range"]) in OTC.split("\n")[places[0]["range"]["start"]["line"]], places)
places = s.at("definition", otc, otc.at("use systems", 5))
so("definition of a used file", places["uri"].endswith("/systems.flow"), places)
places = s.at("definition", otc, otc.at("r.qty", 2))
so("definition of a field", places[0]["uri"].endswith("/canonical.flow"), places)
so("nothing defines white space", s.at("definition", otc, otc.at("{\n", 1)) is None)

found = s.at("references", otc, otc.at("go to rejected", 8), context={"includeDeclaration": False})
so("each reference of a state", len(found) == len(re.findall(r'[^"]\brejected\b', OTC)) - 1 and all(otc.piece(f["range"]) == "rejected" for f in found), found)
found = s.at("references", otc, otc.at("erp.create_order", 5), context={"includeDeclaration": True})
so("references in every file", {os.path.basename(f["uri"]) for f in found} >= {"systems.flow", "order_to_cash.flow"},
   found)
lit = s.at("documentHighlight", otc, otc.at("set quote", 4))
so("reads and writes are told apart", {h["kind"] for h in lit} == {2, 3}, lit)

outline = s.of("documentSymbol", otc)
flow = [o for o in outline if o["name"] == "order_to_cash"][0]
so("the outline has states in the flow", "booking" in [c["name"] for c in flow["children"]], flow)
found = s.ask("workspace/symbol", {"query": "crtord"})
so("things are found by some of their letters", "create_order" in [f["name"] for f in found], found)

so("what is laid out is left alone", s.of("formatting", otc, options={}) == [])
folds = s.of("foldingRange", otc)
so("states fold", any(f["startLine"] == otc.at("state booking")["line"] for f in folds), folds)

legend = s.hello["capabilities"]["semanticTokensProvider"]["legend"]
data = s.of("semanticTokens/full", otc)["data"]


def coloured(text, data):
    line = column = 0
    lines = text.text.split("\n")
    for i in range(0, len(data), 5):
        down, right, length, kind, flags = data[i:i + 5]
        line, column = line + down, right if down else column + right
        yield lines[line][column:column + length], legend["tokenTypes"][kind], flags, line, column


words = list(coloured(otc, data))
kinds = {}
for word, kind, *_ in words:
    kinds.setdefault(word, set()).add(kind)
so("words of the language are keywords", kinds["state"] == {"keyword"} and kinds["go to"] == {"keyword"}, str(kinds["go to"]))
so("names are what they stand for", kinds["create_order"] == {"method"} and kinds["erp"] == {"namespace"}
   and kinds["Quote"] == {"type"}, str(kinds["create_order"]))
so("texts and comments too", any(k == "string" for _, k, *_ in words) and any(k == "comment" for _, k, *_ in words))
so("words come in order", [w[3:] for w in words] == sorted(w[3:] for w in words))

# ---- while something is broken ----
broken = OTC.replace("set repriced = true\n                go to checking", "set repriced = \n                go to checking")
so("(it is broken)", broken != OTC)
s.change(otc, broken, whole=False)
so("a broken text is told", s.problems(otc) != [], s.told)
so("hover goes on from what was known", "undone by cancel_order" in hover("create_order"))
places = s.at("definition", otc, otc.at("go to booking", 8))
so("definition too", places and otc.piece(places[0]["range"]) == "booking", places)
late = s.at("definition", otc, otc.at("go to collecting", 8))
so("behind the mistake places are right", late and otc.piece(late[0]["range"]) == "collecting", late)
again = list(coloured(otc, s.of("semanticTokens/full", otc)["data"]))
so("colours stay", len(again) > len(words) - 12, str((len(again), len(words))))
refused = s.answer("textDocument/formatting", {"textDocument": {"uri": otc.uri}, "options": {}})
so("what cannot be read is not laid out", refused["error"]["code"] == -32803 and "line " in refused["error"]["message"],
   refused)
messy = OTC.replace("        go to booking\n", "   go   to    booking\n")
s.change(otc, messy, whole=False)
edits = s.of("formatting", otc, options={})
so("formatting is one edit", len(edits) == 1 and len(edits[0]["newText"]) < 200, edits)
so("that lays out", otc.edited(edits) == OTC)
so("and ends well", s.end() == 0)

# ---- a flow as it is typed ----
s = Server()
typed = s.open("/nowhere/typed.flow", "")
for n in range(0, len(SMALL), 7):
    s.change(typed, SMALL[:n], whole=False)
    if n % 21 == 0:
        s.at("hover", typed, typed.place(max(0, n - 3)))
        s.of("semanticTokens/full", typed)
        s.of("documentSymbol", typed)
s.change(typed, SMALL, whole=False)
so("typed to its end it is right", [p for p in s.problems(typed) if p["severity"] == 1] == [], s.told)
so("and ends well", s.end() == 0)

counts()
