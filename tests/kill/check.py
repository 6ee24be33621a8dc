#!/usr/bin/env python3
"""Judges what a campaign of kills has left behind. It shares nothing with the engine.

    check.py EVIDENCE    a line for each promise; exit 0 when all were kept
    check.py             tries itself on doctored evidence: each must be found out

Evidence is JSON:
    acks       {key: id}             starts that were acknowledged
    kinds      {key: kind}           which order it was; "cancelled" may end in several ways
    instances  [{id, key, status, state, rev, journal_n, journal_max, in_flight, mail, timers}]
    orders     {key: {operation: n}} effects done at the stand-ins, by order
    keys_twice [[operation, key]]    idempotency keys that were done twice
    doubles    […]                   what must not be there twice, and is
    left_over  {key: {…}}            reserved, picked, shipped, invoiced, open, by order
    undisturbed {kind: {operation: n}}
    doctor     [{check, found, says}]
    kills, effects, resent
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


def unbalanced(e):
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
    """The journal has every transition, once."""
    for i in e["instances"]:
        if not i["rev"] == i["journal_n"] == i["journal_max"]:
            yield f"{i['key']}: rev {i['rev']}, {i['journal_n']} rows, the last {i['journal_max']}"


def unwell(e):
    """flowctl doctor finds no problem."""
    for check in e["doctor"]:
        if check["found"] == "problem":
            yield f"{check['check']}: {check['says']}"


PROMISES = [lost, stuck, twice, different, unbalanced, gaps, unwell]


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


def figures(e):
    n = len(e["acks"])
    a_thousand = 1000 * e["resent"] / max(1, e["effects"])
    return (f"{e['kills']} kills, {n} orders, {e['effects']} effects, {a_thousand:.1f} of 1,000 sent again\n"
            f"none in {e['kills']} kills: with 95 % certainty fewer than {3 / max(1, e['kills']):.4f} a kill;"
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
    "keys_twice": [], "doubles": [],
    "left_over": {"O-1": {"shipments": 1, "paid": 1, "open": 1}, "O-2": {}},
    "undisturbed": {"small": {"wms.reserve": 1, "erp.post_invoice": 1}},
    "doctor": [{"check": "mail", "found": "ok", "says": "none waits long"}],
    "kills": 3, "effects": 4, "resent": 1,
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
    (unbalanced, put(["left_over", "O-2", "held"], 1)),
    (unbalanced, put(["left_over", "O-1", "paid"], 2)),
    (unbalanced, put(["left_over", "O-2", "open"], 1)),
    (gaps, put(["instances", 0, "journal_n"], 8)),
    (gaps, put(["instances", 0, "journal_max"], 10)),
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
        print(figures(e))
    else:
        passed, failed = try_itself()
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
