#!/usr/bin/env python3
"""Judges what a campaign has left behind. It shares nothing with the engine.

    judge.py EVIDENCE    a line for each promise; exit 0 when all were kept
    judge.py             tries itself on doctored evidence: each must be found out

Evidence is JSON: what the client was told, what the receivers' ledger says, and what the database holds.
    acks       {key: id}             starts that were acknowledged
    kinds      {key: kind}           which order it was; "cancelled" may end in several ways
    instances  [{id, key, status, state, rev, journal_n, journal_max, in_flight, mail, timers}]
    orders     {key: {operation: n}} effects done at the stand-ins, by order
    keys_twice [[operation, key]]    idempotency keys that were done twice
    doubles    […]                   what must not be there twice, and is
    left_over  {key: {…}}            reserved, picked, shipped, invoiced, open, by order
    undisturbed {kind: {operation: n}}
    sequence   {key: [operation]}    what the receivers did for an order, in their order
    done       {key: {step operation: n}}   what they did, by the step that asked for it
    called     {key: {step operation: n}}   what the journal says was to be asked
    ends       {key: [kind, n]}      the journal's last entry, and how many of its entries are an end
    doctor     [{check, found, says}]
    strikes, effects, resent
"""
import copy
import json
import sys

ENDED = ("completed", "cancelled", "failed")


def lost(e):
    """An acknowledged start is there, once, under the id that was said."""
    ids = {i["id"]: i["key"] for i in e["instances"]}
    for key, its_id in e["acks"].items():
        if ids.get(its_id) != key:
            yield f"{key} was acknowledged as {its_id} and is not there"
    keys = [i["key"] for i in e["instances"]]
    for key in sorted(set(keys)):
        if keys.count(key) > 1:
            yield f"{key} was begun {keys.count(key)} times"


def stuck(e):
    """Everything has ended, and nothing of it is left to be done."""
    for i in e["instances"]:
        if i["status"] not in ENDED:
            yield f"{i['key']} is {i['status']} in {i['state']}"
        elif i["in_flight"] or i["mail"] or i["timers"]:
            yield f"{i['key']} has ended, with calls, mail or timers left"


def twice(e):
    """No effect was done twice."""
    for operation, key in e["keys_twice"]:
        yield f"{operation} was done twice for the key {key}"
    for double in e["doubles"]:
        yield f"there twice: {double}"


def different(e):
    """An order that nobody cancelled comes to what it comes to when nothing happens."""
    for i in e["instances"]:
        kind = e["kinds"].get(i["key"], "?")
        if kind == "cancelled" or i["status"] not in ENDED:
            continue
        got, want = e["orders"].get(i["key"], {}), e["undisturbed"][kind]
        for name in sorted({*got, *want}):
            if got.get(name, 0) != want.get(name, 0):
                yield f"{i['key']}: {name} {got.get(name, 0)} times, undisturbed {want.get(name, 0)}"
        if i["state"] != "completed":
            yield f"{i['key']} ended in {i['state']}"


def leaks(e):
    """What was given was used or given back: stock, picks, orders, money."""
    for i in e["instances"]:
        if i["status"] not in ENDED:
            continue
        left = e["left_over"].get(i["key"], {})
        if left.get("held") or left.get("picking"):
            yield f"{i['key']} ended in {i['state']} and still has {left}"
        if left.get("shipments", 0) != left.get("paid", 0):
            yield f"{i['key']}: {left.get('shipments', 0)} shipments, {left.get('paid', 0)} paid invoices"
        if i["state"] in ("cancelled", "rejected") and (left.get("open") or left.get("shipments")):
            yield f"{i['key']} is {i['state']} and has {left}"


def gaps(e):
    """The journal has every transition, once, and nothing after the end."""
    for i in e["instances"]:
        if not i["rev"] == i["journal_n"] == i["journal_max"]:
            yield f"{i['key']}: rev {i['rev']}, {i['journal_n']} rows, the last {i['journal_max']}"
        last, n = e["ends"].get(i["key"], [None, 0])
        if i["status"] in ENDED and (last not in ENDED or n != 1):
            yield f"{i['key']} has {n} ends, and its journal closes with {last}"


def phantom(e):
    """No effect that nothing in a journal asked for."""
    keys = {i["key"] for i in e["instances"]}
    for key, steps in e["done"].items():
        if key not in keys:
            yield f"{key} does not exist, and {sorted(steps)} was done for it"
            continue
        for step, n in steps.items():
            asked = e["called"].get(key, {}).get(step, 0)
            if n > asked:
                yield f"{key}: {step} was done {n} times and asked for {asked} times"


# Who is done only after whom; `what` may be in any number, only the first of each counts.
AFTER = [
    ("erp.create_order", "wms.reserve"), ("wms.start_picking", "erp.create_order"), ("erp.post_invoice", "wms.start_picking"),
    ("edi.send_855", "erp.create_order"), ("edi.send_856", "erp.post_invoice"), ("edi.send_810", "edi.send_856"),
    ("wms.release", "wms.reserve"), ("erp.cancel_order", "erp.create_order"), ("wms.stop_picking", "wms.start_picking"),
]
# What is put back, the newest first.
BACKWARDS = [("wms.stop_picking", "erp.cancel_order"), ("erp.cancel_order", "wms.release")]


def order(e):
    """Effects come in the order of the flow, and go backwards when it is undone."""
    for key, done in e["sequence"].items():
        for later, first in AFTER:
            if later in done and (first not in done or done.index(later) < done.index(first)):
                yield f"{key}: {later} without {first} before it"
        for first, later in BACKWARDS:
            if first in done and later in done and done.index(later) < done.index(first):
                yield f"{key}: {later} before {first}, though it was done earlier"


def unwell(e):
    """flowctl doctor finds no problem."""
    for check in e["doctor"]:
        if check["found"] == "problem":
            yield f"{check['check']}: {check['says']}"


PROMISES = [lost, stuck, twice, different, leaks, gaps, phantom, order, unwell]


def judge(e, say=print):
    """How many promises were kept, and how many broken."""
    passed = failed = 0
    for promise in PROMISES:
        problems = list(promise(e))
        say(f"{promise.__name__:<12}{len(problems):>5}   {promise.__doc__}")
        for problem in problems[:10]:
            say("    " + problem)
        passed, failed = passed + (not problems), failed + bool(problems)
    return passed, failed


def figures(e, one="kill"):
    strikes, n = e["strikes"], e["orders"]
    a_thousand = 1000 * e["resent"] / max(1, e["effects"])
    return (f"{strikes} strikes ({one}), {n} orders, {e['effects']} effects, {a_thousand:.1f} of 1,000 sent again\n"
            f"none in {strikes}: with 95 % certainty fewer than {3 / max(1, strikes):.4f} a strike;"
            f" none in {n} orders: fewer than {3 / max(1, n):.5f} an order")


# ---- on itself ----

SOUND = {
    "acks": {"O-1": "a", "O-2": "b"}, "kinds": {"O-1": "small", "O-2": "cancelled"},
    "instances": [
        {"id": "a", "key": "O-1", "status": "completed", "state": "completed", "rev": 9, "journal_n": 9,
         "journal_max": 9, "in_flight": False, "mail": 0, "timers": 0},
        {"id": "b", "key": "O-2", "status": "completed", "state": "cancelled", "rev": 5, "journal_n": 5,
         "journal_max": 5, "in_flight": False, "mail": 0, "timers": 0}],
    "orders": {"O-1": {"wms.reserve": 1, "erp.post_invoice": 1}, "O-2": {"wms.reserve": 1, "wms.release": 1}},
    "done": {"O-1": {"a wms.reserve": 1}, "O-2": {"a wms.reserve": 1, "a wms.release": 1}},
    "called": {"O-1": {"a wms.reserve": 2}, "O-2": {"a wms.reserve": 1, "a wms.release": 1}},
    "sequence": {
        "O-1": ["wms.reserve", "erp.create_order", "edi.send_855", "wms.start_picking", "erp.post_invoice", "edi.send_856"],
        "O-2": ["wms.reserve", "erp.create_order", "wms.start_picking", "wms.stop_picking", "erp.cancel_order", "wms.release"]},
    "ends": {"O-1": ["completed", 1], "O-2": ["completed", 1]},
    "keys_twice": [], "doubles": [],
    "left_over": {"O-1": {"shipments": 1, "paid": 1, "open": 1}, "O-2": {}},
    "undisturbed": {"small": {"wms.reserve": 1, "erp.post_invoice": 1}},
    "doctor": [{"check": "mail", "found": "ok", "says": "none waits long"}],
    "strikes": 3, "effects": 4, "resent": 1,
}


def put(path, value):
    """A doctored evidence: `value` where `path` leads."""
    def doctor(e):
        for step in path[:-1]:
            e = e[step]
        e[path[-1]] = value
    return doctor


DOCTORED = [
    (lost, put(["acks", "O-3"], "c")),
    (lost, put(["acks", "O-1"], "z")),
    (lost, lambda e: e["instances"].append(dict(e["instances"][0], id="c"))),
    (stuck, put(["instances", 0, "status"], "waiting")),
    (stuck, put(["instances", 1, "mail"], 1)),
    (stuck, put(["instances", 1, "in_flight"], True)),
    (twice, put(["keys_twice"], [["wms.reserve", "k"]])),
    (twice, put(["doubles"], [{"what": "orders", "about": "O-1", "n": 2}])),
    (different, put(["orders", "O-1", "wms.reserve"], 2)),
    (different, put(["orders", "O-1"], {"wms.reserve": 1})),
    (different, put(["instances", 0, "state"], "rejected")),
    (leaks, put(["left_over", "O-2", "held"], 1)),
    (leaks, put(["left_over", "O-1", "paid"], 2)),
    (leaks, put(["left_over", "O-2", "open"], 1)),
    (gaps, put(["instances", 0, "journal_n"], 8)),
    (gaps, put(["instances", 0, "journal_max"], 10)),
    (gaps, put(["instances", 1, "rev"], 6)),
    (gaps, put(["ends", "O-1"], ["noted", 1])),
    (gaps, put(["ends", "O-2", 1], 2)),
    (gaps, lambda e: e["ends"].pop("O-1")),
    (phantom, put(["done", "O-1", "a wms.reserve"], 3)),
    (phantom, put(["done", "O-1", "b erp.post_invoice"], 1)),
    (phantom, put(["done", "O-9"], {"a wms.reserve": 1})),
    (phantom, lambda e: e["called"].pop("O-2")),
    (order, put(["sequence", "O-1"], ["erp.create_order", "wms.reserve"])),
    (order, put(["sequence", "O-1"], ["wms.reserve", "wms.start_picking"])),
    (order, put(["sequence", "O-2"], ["wms.release", "wms.reserve"])),
    (order, lambda e: e["sequence"]["O-2"].append(e["sequence"]["O-2"].pop(3))),
    (order, put(["sequence", "O-2"], ["wms.reserve", "erp.create_order", "wms.release", "erp.cancel_order"])),
    (unwell, put(["doctor", 0, "found"], "problem")),
]


def try_itself():
    passed = failed = 0
    for promise, doctor in [(None, lambda e: None)] + DOCTORED:
        e = copy.deepcopy(SOUND)
        doctor(e)
        found = [p for p in PROMISES if list(p(e))]
        if (not found) if promise is None else (promise in found):
            passed += 1
        else:
            failed += 1
            print(f"not so: {promise.__name__ if promise else 'sound evidence'}: found {[p.__name__ for p in found]}")
    return passed, failed


def main():
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as f:
            e = json.load(f)
        passed, failed = judge(e)
        print(figures(dict(e, orders=len(e["acks"]))))
    else:
        passed, failed = try_itself()
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
