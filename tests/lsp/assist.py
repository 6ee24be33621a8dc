"""The language server while somebody types: completion, arguments, renaming, quick fixes, hints."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import *  # noqa: E402,F403

flows = os.path.join(top, "flows")
path = flows + "/order_to_cash.flow"
with open(path, encoding="utf-8") as f:
    OTC = f.read()
SNIPPETS = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
s = Server(root=flows, capabilities=SNIPPETS)
otc = s.open(path, OTC)


def typed(was, now):
    """The text with `was` as `now`, the cursor at its |."""
    new = OTC.replace(was, now.replace("|", ""), 1)
    so(f"(`{was}` is there)", new != OTC)
    s.change(otc, new, whole=False)
    return otc.place(OTC.index(was) + now.index("|"))


def offered(was, now):
    items = s.at("completion", otc, typed(was, now))
    return [i["label"] for i in sorted(items or [], key=lambda i: i["sortText"])], items or []


CALL = "call erp.create_order(order: order, quote: quote, plans: plans) as so using keen"
SET = "        set quote = checks.price\n"

# ---- completion ----
labels, _ = offered("go to booking", "go to |")
so("behind `go to`: the states", "booking" in labels and "completed" in labels and "erp" not in labels
   and "needs_attention" not in labels, labels)
labels, _ = offered(CALL, "call |")
so("behind `call`: the adapters", labels == ["edi", "erp", "parcels", "tell", "wms"], labels)
labels, items = offered(CALL, "call erp.|")
so("then the operations", "create_order" in labels and "reserve" not in labels, labels)
create = [i for i in items if i["label"] == "create_order"][0]
so("with their arguments", create["insertText"] == "create_order(order: $1, quote: $2, plans: $3)$0", create)
labels, _ = offered(CALL, "call erp.create_order(order: order, |")
so("in the parentheses: arguments that are missing", labels == ["plans", "quote"], labels)
labels, _ = offered(CALL, CALL.replace("using keen", "using |"))
so("behind `using`: policies, those built in too", labels[:3] == ["brisk", "keen", "patient"] and "once" in labels, labels)
labels, _ = offered("            when PriceChanged {", "            when | {")
so("behind `when`: exactly what is not answered", labels == ["PriceChanged", "in_doubt", "unavailable"], labels)
labels, _ = offered("            when PriceChanged {", "            when |\n            when PriceChanged {")
so("what is answered below is not offered", labels == ["in_doubt", "unavailable"], labels)
labels, _ = offered("if checks.credit.standing is on_hold", "if checks.credit.|")
so("behind a dot: the fields", labels == ["limit", "open", "standing", "terms"], labels)
labels, _ = offered("if checks.credit.standing is on_hold", "if checks.credit.standing is |")
so("behind `is`: the cases first", labels[:3] == ["good", "on_hold", "over_limit"], labels[:6])
labels, _ = offered('note "Lost {s.sku}', 'note "Lost {s.|}')
so("within a text too", "sku" in labels and "quote" not in labels, labels)
labels, _ = offered('note "Lost {s.sku}', 'note "Lo|stx {s.sku}')
so("in a text nothing", labels == [], labels)
labels, _ = offered("# Each line takes", "# Each l|ine takes more")
so("in a comment nothing", labels == [], labels)
labels, _ = offered(SET, SET + "        |\n")
so("where a step begins: the words that may", {"call", "go to", "ask", "if"} <= set(labels) and "is" not in labels
   and "fails with" not in labels, labels)
labels, _ = offered(SET, "        set |\n")
so("behind `set`: variables", "quote" in labels and "order" not in labels, labels)
labels, _ = offered(SET, "        set quote = p|\n")
so("in an expression: what is seen here", "checks" in labels and "order" in labels and "sum" in labels
   and "taken" not in labels, labels)
labels, items = offered("on StockArrived(", "on |(")
so("behind `on`: events, and the other handlers", "PaymentReceived" in labels and "late" in labels, labels)
labels, _ = offered("    var repriced: bool", "    var repriced: |")
so("behind a colon: types", "Quote" in labels and "text" in labels and "list of" in labels and "quote" not in labels, labels)
labels, _ = offered("use systems", "use |")
so("behind `use`: the files beside", "canonical" in labels and "order_to_cash" not in labels, labels)
labels, _ = offered(SET, "        refer to |\n")
so("behind `refer to`: dead letters", labels == ["needs_attention", "overdue"], labels)
labels, items = offered(SET, "        emit |\n")
so("behind `emit`: events with what they carry",
   [i for i in items if i["label"] == "OrderClosed"][0]["insertText"] == "OrderClosed(order: $1, outcome: $2)$0", items[:2])
labels, _ = offered(SET, "        let x = quote.lines[0].|\n" + SET)
so("behind a dot of what may be absent: fields", "sku" in labels, labels)
_, items = offered(SET, "        let x = quote.lines[0].|\n" + SET)
mark = [i for i in items if i["label"] == "sku"][0]["additionalTextEdits"]
so("and the dot becomes ?.", mark[0]["newText"] == "?", mark)
labels, _ = offered(SET, "        for each l in order.lines where l.|\n" + SET)
so("names of a loop are known before its block is there", "sku" in labels, labels)
labels, _ = offered(SET, "        match checks.credit.standing { when | }\n")
so("in a match: the cases", labels == ["good", "on_hold", "over_limit"], labels)
labels, _ = offered("    expect state rejected", "    expect state |")
so("in a test: states", "booking" in labels, labels)
labels, _ = offered("            when release asking", "            when | {}\n            when release asking")
so("answers are nobody's but the flow's", "release" not in labels and "PriceChanged" not in labels, labels)
plain = Server(root=flows)
other = plain.open(path, OTC.replace(CALL, "call erp."))
items = plain.at("completion", other, other.at("call erp.\n", 9))
so("no snippets where the editor knows none", items and not any("insertText" in i for i in items), items)
plain.end()

# ---- arguments ----
at = typed("call erp.create_order(order: order, quote: quote,", "call erp.create_order(order: order, quote: |")
help_ = s.at("signatureHelp", otc, at)
label = help_["signatures"][0]["label"]
so("arguments are told while they are typed", label.startswith("create_order(order: Order, quote: Quote"), help_)
begin, end = help_["signatures"][0]["parameters"][help_["activeParameter"]]["label"]
so("the one we are in is told", label[begin:end] == "quote: Quote", help_)
so("outside of parentheses nothing", s.at("signatureHelp", otc, otc.at("state booking", 8)) is None)
s.change(otc, OTC, whole=False)


# ---- renaming ----
def renamed(of, plus, to, nth=1):
    return s.answer("textDocument/rename", {"textDocument": {"uri": otc.uri}, "position": otc.at(of, plus, nth),
                                            "newName": to})


ready = s.at("prepareRename", otc, otc.at("go to booking", 8))
so("what is renamed is shown first", ready["placeholder"] == "booking", ready)
changes = renamed("go to booking", 8, "writing")["result"]["changes"]
text = otc.edited(changes[otc.uri])
so("a state is renamed everywhere, and nothing else",
   text == OTC.replace("go to booking", "go to writing").replace("state booking", "state writing"), changes)
changes = renamed("r.qty", 3, "amount")["result"]["changes"]
so("a field in each file that says it", {os.path.basename(k) for k in changes} ==
   {"order_to_cash.flow", "canonical.flow", "fixtures.flow"}, list(changes))
for to, why in (("call", "word of the language"), ("Booking", "is no name"), ("a b", "is no name"), ("", "is no name"),
                ("shipping", "two states"), ("x" * 64, "is no name")):
    said = renamed("go to booking", 8, to)
    so(f"a state cannot be called `{to}`", why in said.get("error", {}).get("message", ""), said)
said = renamed("set repriced", 4, "quote")
so("a name that is taken is refused", "is taken" in said.get("error", {}).get("message", ""), said)
said = renamed("all(l.agreed", 1, "every_one")
so("the library keeps its names", "built in" in said["error"]["message"], said)
so("there is nothing to rename in a word of the language", "has a name" in
   renamed("up to 5 times", 1, "x")["error"]["message"])
so("after all that nothing has changed", s.of("formatting", otc, options={}) == [])

# ---- quick fixes ----


def actions(text, place):
    return s.ask("textDocument/codeAction", {"textDocument": {"uri": text.uri},
                                             "range": {"start": place, "end": place}, "context": {"diagnostics": []}})


s.change(otc, OTC.replace("go to booking", "go to bookin", 1), whole=False)
found = actions(otc, otc.at("bookin\n", 2))
so("what was meant is offered", found and found[0]["title"] == "Change `bookin` to `booking`", found)
so("and mends it", otc.edited(found[0]["edit"]["changes"][otc.uri]) == OTC)
s.change(otc, OTC.replace("if checks.credit.standing is on_hold", "if checks.credit.standing == on_hold", 1), whole=False)
found = actions(otc, otc.at("== on_hold"))
so("`==` becomes `is`", found and otc.edited(found[0]["edit"]["changes"][otc.uri]) == OTC, found)
block = OTC[OTC.index("            when PriceChanged {"):]
block = block[:block.index("            }\n") + len("            }\n")]
s.change(otc, OTC.replace(block, "", 1), whole=False)
found = [a for a in actions(otc, otc.at("erp.create_order", 5)) if "missing whens" in a["title"]]
so("ways out that are missing are offered", len(found) == 1, found)
s.change(otc, otc.edited(found[0]["edit"]["changes"][otc.uri]), whole=False)
so("and answer what was not answered", "F0302" not in [p["code"] for p in s.problems(otc)], s.told.get(otc.uri))
so("nothing is offered then", not [a for a in actions(otc, otc.at("erp.create_order", 5)) if "missing" in a["title"]])
with tempfile.TemporaryDirectory() as folder:
    t = s.open(folder + "/m.flow", "type C = red | green | blue\nflow f version 1 (c: C) {\n    match c {\n"
               "        when red { note \"r\" }\n    }\n}\n")
    found = [a for a in actions(t, t.at("match c")) if "missing cases" in a["title"]]
    so("cases that are missing are offered", len(found) == 1, found)
    s.change(t, t.edited(found[0]["edit"]["changes"][t.uri]))
    so("and make the match whole", "F0104" not in [p["code"] for p in s.problems(t)], s.told.get(t.uri))

# ---- beside the text ----
s.change(otc, OTC, whole=False)
hints = s.ask("textDocument/inlayHint", {"textDocument": {"uri": otc.uri}, "range": {
    "start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}}})
at_line = {h["position"]["line"]: h["label"] for h in hints}
so("each effect says how it is put back", at_line.get(otc.at(CALL)["line"]) == "undone by cancel_order", hints)
so("or that it cannot be", "irreversible" in at_line.values(), hints)
lenses = s.of("codeLens", otc)
so("tests can be run", len([x for x in lenses if x["command"]["command"] == "orderly.runTest"]) ==
   OTC.count("\ntest \""), lenses[:2])

# ---- typing through a whole flow ----
for n in range(0, len(OTC), 997):
    s.change(otc, OTC[:n] + OTC[n + 13:], whole=False)
    place = otc.place(n)
    for method in ("completion", "signatureHelp", "hover", "prepareRename"):
        s.answer("textDocument/" + method, {"textDocument": {"uri": otc.uri}, "position": place})
    actions(otc, place)
s.change(otc, OTC, whole=False)
so("whatever is cut out, the server answers", s.of("formatting", otc, options={}) == [])
so("and ends well", s.end() == 0)
counts()
