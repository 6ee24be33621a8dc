#!/usr/bin/env python3
"""The operator's verbs: each does what it says, once, recorded with who and why, and is refused where it comes wrong or
too late; by flowctl, at the door, and when the engine dies behind the acknowledgement. Afterwards everything agrees with
its journal, and what has ended is exported.

    verbs.py [WORD]     only rows whose sentence contains the word"""
import collections
import getpass
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
import ground  # noqa: E402
from ground import Failed, Ground, ask  # noqa: E402
from outside import Outside  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
STEP, UNDO = "buying.reserve", "buying.reserve"
WHY = "the test says so"

# ---- the table ----
# What is given, what is said of it (with a step, with data, to a version), what flowctl exits with, and what becomes of
# it: "status state", or what is said where it is refused.
Row = collections.namedtuple("Row", "verb given step data exit then", defaults=(None, None, 0, ""))

ROWS = [
    Row("retry", "away", STEP, None, 0, "waiting resting"),
    Row("retry", "away", None, None, 0, "waiting resting"),
    Row("retry", "in doubt", STEP, None, 0, "waiting resting"),
    Row("retry", "undo failed", UNDO, None, 0, "completed given_up"),
    Row("retry", "away", "buying.nothing", None, 4, "step buying.nothing is not parked"),
    Row("result", "in doubt", STEP, "W-by-hand", 0, "waiting resting"),
    Row("result", "away", STEP, "W-by-hand", 0, "waiting resting"),
    Row("result", "in doubt", STEP, 5, 1, "text"),
    Row("result", "in doubt", "buying.nothing", "W", 4, "step buying.nothing is not parked"),
    Row("absent", "in doubt", STEP, None, 0, "parked buying"),
    Row("absent", "away", STEP, None, 4, "nothing of this step is in doubt"),
    Row("absent", "in doubt", "buying.nothing", None, 4, "step buying.nothing is not parked"),
    Row("done-by-hand", "undo failed", UNDO, None, 0, "completed given_up"),
    Row("done-by-hand", "away", STEP, None, 4, "not an undo that failed"),
    Row("done-by-hand", "undo failed", "buying.nothing", None, 4, "step buying.nothing is not parked"),
    Row("leave-standing", "undo failed", UNDO, None, 0, "completed given_up"),
    Row("leave-standing", "in doubt", STEP, None, 4, "not an undo that failed"),
    Row("pause", "resting", None, None, 0, "paused resting"),
    Row("pause", "away", None, None, 0, "paused buying"),
    Row("pause", "paused", None, None, 4, "is paused"),
    Row("resume", "paused", None, None, 0, "waiting resting"),
    Row("resume", "resting", None, None, 4, "not paused"),
    Row("cancel", "resting", None, None, 0, "cancelled resting"),
    Row("cancel", "paused", None, None, 0, "cancelled resting"),
    Row("cancel", "away", None, None, 0, "cancelled buying"),
    Row("migrate", "resting", None, 2, 0, "waiting resting"),
    Row("migrate", "resting", None, 1, 4, "on version 1 already"),
    Row("migrate", "resting", None, 9, 3, "no verbs version 9"),
    Row("stay", "resting", None, None, 4, "not asked to go over"),
] + [
    Row(verb, given, STEP if takes_step else None, "W" if verb == "result" else None, code, says)
    for verb, takes_step in (("retry", False), ("result", True), ("absent", True), ("done-by-hand", True),
                             ("leave-standing", True), ("pause", False), ("resume", False), ("cancel", False),
                             ("migrate", False), ("stay", False))
    for given, code, says in (("ended", 4, "has ended"), ("nobody", 3, "no instance"), ("resting", 4, "in a dead letter|is not parked|no step is parked"))
    if given != "resting" or verb in ("retry", "result", "absent", "done-by-hand", "leave-standing")
]
HTTP = {0: 202, 1: 422, 2: 400, 3: 404, 4: 409}


def sentence(row, way):
    what = " ".join(x for x in (row.verb, row.step or "", "" if row.data is None else json.dumps(row.data)) if x)
    how = "is done" if row.exit == 0 else f"is refused with {row.exit if way != 'door' else HTTP[row.exit]}"
    return f"{what} of one that is {row.given} {how}, {WAYS[way]}"


WAYS = {"ctl": "by flowctl", "door": "at the door", "dying": "though the engine dies behind it"}


# ---- the world: a shop that does as it is told ----

class Shop(Outside):
    """Answers each operation by what it was told of the order, or the shelf, that it is about; counts what it did."""

    def __init__(self):
        self.told, self.did = {}, collections.Counter()
        super().__init__()

    def answer(self, operation, args, attempt):
        about = args.get("order") or args.get("what")
        status = self.told.get((operation, about), 200)
        if status != 200:
            return status, {}
        self.did[operation, about] += 1
        return 200, "W-" + about


# ---- what is given ----

def key_of(row, way):
    given = "" if row.given in ("nobody",) else f"{ROWS.index(row)}"
    return f"{way}-{given or 'nobody'}"


def prepare(world, pairs):
    """Everything begins at once; then each is waited for until it is what its row wants."""
    g, shop = world.g, world.shop
    for row, way in pairs:
        key = key_of(row, way)
        if row.given == "nobody":
            continue
        shop.told["reserve", key] = {"in doubt": 500, "away": 503}.get(row.given, 200)
        if row.given == "undo failed":
            shop.told["release", "W-" + key] = 400
        g.say("/v1/flows/verbs/instances", {"order": key})
    for row, way in pairs:
        key = key_of(row, way)
        if row.given in ("in doubt", "away"):
            world.comes_to(key, "parked buying")
            shop.told.pop(("reserve", key))
            continue
        if row.given == "nobody":
            continue
        world.comes_to(key, "waiting resting")
        if row.given == "paused":
            world.ctl("pause", key, "--reason", "given")
            world.comes_to(key, "paused resting")
        if row.given in ("ended", "undo failed"):
            g.say("/v1/events/Stop", {"order": key})
    for row, way in pairs:
        key = key_of(row, way)
        if row.given == "ended":
            world.comes_to(key, "completed given_up")
        if row.given == "undo failed":
            world.comes_to(key, "parked resting|parked given_up")
            shop.told.pop(("release", "W-" + key))


class World:
    def __init__(self):
        self.g, self.shop = Ground("verbs"), Shop()
        self.passed, self.failed = 0, []

    def close(self):
        self.g.close()
        self.shop.close()

    def ctl(self, *words):
        env = dict(os.environ, FLOW_DB=self.g.conninfo)
        done = subprocess.run([ground.BUILD + "/flowctl", *words], env=env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def row(self, sql):
        rows = self.g.sql.rows(sql)
        return rows[0] if rows else []

    def is_(self, key):
        return " ".join(self.row(f"select status, state from flow.instances where key = '{key}' order by id desc limit 1"))

    def comes_to(self, key, what):
        self.g.until(lambda: re.fullmatch(what, self.is_(key)), lambda: f"{key} is {what}, not {self.is_(key)}", 30)

    def look(self, key):
        """All that a refusal must leave as it is."""
        return (self.is_(key), self.row(f"select rev from flow_data.instance where key = '{key}'"),
                self.row("select count(*) from flow.requests q join flow.instances i on i.id = q.instance"
                         f" where i.key = '{key}'"),
                {what: n for what, n in self.shop.did.items() if key in what[1]})

    def check(self, what, problems):
        problems = [p for p in problems if p]
        print(("ok   " if not problems else "FAIL ") + what, *problems, sep="\n     " if problems else "", flush=True)
        if problems:
            self.failed.append(what)
        else:
            self.passed += 1

    # ---- one verb, said ----

    def say(self, row, key, way):
        """(exit, or status; what was said)"""
        if way == "door":
            body = {"reason": WHY}
            if row.step:
                body["step"] = row.step
            if row.data is not None:
                body["to" if row.verb == "migrate" else "data"] = row.data
            status, said = ask(self.g.door, "POST", f"/v1/instances/{key}/{row.verb}", body, self.g.token)
            return status, json.dumps(said)
        words = [row.verb, key] + ([row.step] if row.step else []) + ["--reason", WHY]
        if row.data is not None:
            words += ["--to", str(row.data)] if row.verb == "migrate" else ["--data", json.dumps(row.data)]
        code, out, err = self.ctl(*words)
        return code, out + err

    def recorded(self, row, key, way):
        """In the journal, and among the requests: who, and why."""
        who = "operator" if way == "door" else getpass.getuser()
        kind, text = ("migrated", "from version 1 to version 2") if row.verb == "migrate" else ("commanded", row.verb)
        entry = self.row("select coalesce(h.actor, ''), coalesce(h.data->>'reason', '') from flow.history h"
                         f" join flow.instances i on i.id = h.instance where i.key = '{key}' and h.kind = '{kind}'"
                         f" and h.text = '{text}' order by h.seq desc limit 1")
        asked = self.row("select q.actor, q.reason, coalesce(q.problem, ''), q.done_at is not null from flow.requests q"
                         f" join flow.instances i on i.id = q.instance where i.key = '{key}' and q.verb = '{row.verb}'"
                         " order by q.id desc limit 1")
        return ["" if entry == [who, WHY] else f"the journal says {entry}, not {[who, WHY]}",
                "" if asked == [who, WHY, "", "t"] else f"the request says {asked}"]

    # ---- the rows ----

    def refused(self, row, way):
        key = key_of(row, way)
        before = self.look(key)
        got, said = self.say(row, key, way)
        want = HTTP[row.exit] if way == "door" else row.exit
        self.check(sentence(row, way), ["" if got == want else f"got {got}: {said}",
                                        "" if re.search(row.then, said) else f"said {said}",
                                        "" if self.look(key) == before else "something has changed"])

    def done(self, row, way):
        key = key_of(row, way)
        got, said = self.say(row, key, way)
        problems = ["" if got == (202 if way == "door" else 0) else f"got {got}: {said}"]
        if not problems[0]:
            problems += self.comes_out(row, key, way)
        self.check(sentence(row, way), problems)

    def comes_out(self, row, key, way):
        try:
            self.is_done(row, key)
        except Failed as failed:
            return [str(failed)]
        return self.recorded(row, key, way) + self.again(row, key, way)

    def is_done(self, row, key):
        self.g.until(lambda: self.row("select count(*) from flow.requests q join flow.instances i on i.id = q.instance"
                                      f" where i.key = '{key}' and q.done_at is null") == ["0"], f"{key}: its request is done", 30)
        if row.verb == "migrate":  # it is taken in one step, and done in the next
            self.g.until(lambda: self.row("select count(*) from flow.history h join flow.instances i on i.id = h.instance"
                                          f" where i.key = '{key}' and h.kind = 'migrated'") == ["1"], f"{key} has migrated", 30)
        self.comes_to(key, row.then)

    def again(self, row, key, way):
        """Said twice it is refused, and changes nothing."""
        before = self.look(key)
        got, said = self.say(row, key, way)
        want = 409 if way == "door" else 4
        return ["" if got == want else f"twice: got {got}: {said}",
                "" if self.look(key) == before else f"twice: {before} became {self.look(key)}"]


# ---- the engine dies behind what it, or flowctl, has acknowledged ----

def dying(world, rows):
    """Said while no engine runs: kept, and done by the next one."""
    world.g.kill()
    said = {row: world.say(row, key_of(row, "dying"), "dying") for row in rows}
    kept = {row: world.row("select count(*) from flow.requests q join flow.instances i on i.id = q.instance where"
                           f" i.key = '{key_of(row, 'dying')}' and q.verb = '{row.verb}' and q.done_at is null") for row in rows}
    world.g.start()
    for row in rows:
        problems = ["" if said[row][0] == 0 else f"got {said[row]}", "" if kept[row] == ["1"] else f"kept {kept[row]}",
                    "" if "no engine runs now" in said[row][1] else f"said {said[row]}"]
        if not any(problems):
            problems += world.comes_out(row, key_of(row, "dying"), "dying")
        world.check(sentence(row, "dying"), problems)


# ---- verify, export, nodes ----

def exports(world, *words):
    code, out, err = world.ctl("export", *words)
    return code, [json.loads(line) for line in out.splitlines()], err


def ids(lines):
    return [line["id"] for line in lines]


def exported(world):
    g, n = world.g, int(world.g.sql.one("select count(*) from flow.instances where ended_at is not null"))
    code, whole, err = exports(world)
    ended = [line["ended_at"].rstrip("Z") for line in whole]  # "…47.8" comes before "…47.84", with a Z it would not
    world.check("export writes all that has ended", [
        "" if code == 0 and len(whole) == n > 2 else f"{code}: {len(whole)} of {n}: {err}",
        "" if ended == sorted(ended) else f"not in order: {ended}"])
    world.check("each with its history, from its beginning to its end", [
        "" if all(line["history"][0]["kind"] == "started" and line["history"][-1]["kind"] in ("completed", "cancelled")
                  and line["ran"] == [] and line["vars"]["order"] == line["key"] for line in whole) else "not so"])
    first, rest = exports(world, "--limit", "2")[1], exports(world, "--after", whole[1]["id"])[1]
    world.check("it goes on behind the last line", ["" if ids(first + rest) == ids(whole) else "not so"])
    middle = whole[n // 2]["ended_at"]
    old, new = exports(world, "--until", middle)[1], exports(world, "--since", middle)[1]
    world.check("two pieces of time are the whole", ["" if ids(old + new) == ids(whole) and old and new else "not so"])
    world.check("of another flow there is nothing", ["" if exports(world, "--flow", "none")[1] == [] else "not so"])
    living = g.sql.one("select id from flow.instances where ended_at is null limit 1")
    for words, want, says in ((("--after", living), 3, "has not ended"), (("--after", "x"), 2, "is no id"),
                              (("--since", "soon"), 2, "is no moment"), (("-o", "csv"), 2, "jsonl")):
        code, lines, err = exports(world, *words)
        world.check(f"export {words[0]} {words[1][:4]}… is refused with {want}",
                    ["" if (code, lines) == (want, []) and says in err else f"{code}: {err}"])


DOCTORED = [  # what a hand in the database does, and what verify says of it
    ("update flow_data.instance set state = 'elsewhere' where key = '{key}'", "its state: the snapshot says {state}, stored is elsewhere"),
    ("update flow_data.instance set status = 100, ended_at = since where key = '{key}'", "the journal says living, stored is completed"),
    ("delete from flow_data.journal j using flow_data.instance i where j.instance = i.id and i.key = '{key}' and j.rev = 2",
     "number 2 is missing"),
    ("delete from flow_data.timer t using flow_data.instance i where t.instance = i.id and i.key = '{key}'", "its timer: .* no row"),
    ("delete from flow_data.living where key = '{key}'", "its key's row: the snapshot says taken, stored is free"),
    ("delete from flow_data.subscription s using flow_data.instance i where s.instance = i.id and i.key = '{key}'",
     "what it waits for: the snapshot says 1, stored is 0"),
    ("update flow_data.instance set snapshot = '\\\\x00' where key = '{key}'", "its snapshot: .* cannot be read"),
]


def verified(world):
    g = world.g
    code, out, err = world.ctl("verify", "--all")
    world.check("after all of it everything agrees with its journal", ["" if (code, out) == (0, "") else out + err])
    resting = [key for key, in g.sql.rows("select key from flow.instances where status = 'waiting' and state = 'resting' order by id")]
    code, out, err = world.ctl("verify", resting[0], "-o", "json")
    world.check("verify of one says how many transitions it had", [
        "" if code == 0 and json.loads(out)[0]["ok"] and json.loads(out)[0]["transitions"] > 1 else f"{code}: {out}{err}"])
    world.check("verify of nobody is 3", ["" if world.ctl("verify", "nobody")[0] == 3 else "not so"])
    world.check("doctor holds some of them against their journals, and finds nothing", [
        "" if fold(world) == ("ok", "100 drawn agree with their journals") else str(fold(world))])
    g.kill()  # what is doctored now must not be mended by who works on it
    for (what, says), key in zip(DOCTORED, resting):
        g.sql.rows(what.format(key=key))
        before = g.sql.rows(f"select md5(i::text) from flow_data.instance i where key = '{key}'")
        code, out, err = world.ctl("verify", key)
        after = g.sql.rows(f"select md5(i::text) from flow_data.instance i where key = '{key}'")
        world.check("verify sees: " + says.replace("{state}", "resting"), [
            "" if code == 30 and re.search(says.format(state="resting"), out) else f"{code}: {out}{err}",
            "" if before == after else "it has changed what it looked at"])
    code, out, err = world.ctl("verify", "--all", "-o", "jsonl")
    world.check("verify --all names those that differ, and no others", [
        "" if code == 30 and {json.loads(line)["key"] for line in out.splitlines()} == set(resting[:len(DOCTORED)]) else out + err])
    found, says = fold(world, "--verify", "1000")
    named = re.search(r"^7 of (\d+) drawn differ from their journals, (\S+) first \(.+\): flowctl verify (\S+) (\S+) (\S+)$", says)
    world.check("doctor finds them among all, says the first, and what to do", [
        "" if found == "problem" and named and named[2] in resting[:len(DOCTORED)] and
        named[1] == g.sql.one("select least(count(*), 1000) from flow_data.instance") else says])
    code, out, err = world.ctl("verify", *(named.groups()[2:] if named else resting[:1]), "-o", "jsonl")
    world.check("verify of those that it names says the same", [
        "" if code == 30 and not any(json.loads(line)["ok"] for line in out.splitlines()) else out + err])
    world.check("doctor looks at none when it is told so", ["" if fold(world, "--verify", "0") is None else "not so"])
    for given in ("-1", "1001", "many"):
        code, out, err = world.ctl("doctor", "--verify", given)
        world.check(f"doctor --verify {given} is refused", ["" if code == 2 and "flowctl verify --all" in err else f"{code}: {err}"])


def fold(world, *options):
    """What doctor says of the instances that it draws; None: nothing."""
    code, out, err = world.ctl("doctor", *options, "-o", "json")
    said = [(row["found"], row["says"]) for row in json.loads(out) if row["check"] == "fold"]
    return said[0] if said else None


def nodes(world):
    code, out, err = world.ctl("nodes", "-o", "json")
    alive = [node for node in json.loads(out) if node["alive"]]
    world.check("nodes shows the engine that runs, with all shards", [
        "" if code == 0 and len(alive) == 1 and alive[0]["shards"] == 32 else f"{code}: {out}{err}"])


def without_reason(world):
    key = key_of(next(row for row in ROWS if row.given == "resting" and row.exit == 4), "ctl")
    for verb in ("cancel", "pause"):
        before = world.look(key)
        code, out, err = world.ctl(verb, key)
        status, said = ask(world.g.door, "POST", f"/v1/instances/{key}/{verb}", {}, world.g.token)
        world.check(f"{verb} without a reason is a slip, and nothing of it is kept", [
            "" if code == 2 and "--reason" in err else f"{code}: {err}", "" if status == 400 else f"{status}: {said}",
            "" if world.look(key) == before else "something has changed"])


# ---- the whole ----

def deploy(world):
    """Both versions; what begins before the second stays on the first."""
    folder = world.g.dir
    with open(HERE + "/verbs.flow") as f:
        text = f.read()
    with open(folder + "/verbs.flow", "w") as f:
        f.write(text)
    with open(folder + "/test.bind", "w") as f:
        f.write(f'use verbs\nenvironment test {{ adapter shop over http {{ url "http://127.0.0.1:{world.shop.port}" }} }}\n')
    world.g.flowctl("deploy", folder + "/verbs.flow", "--bindings", folder + "/test.bind")
    with open(folder + "/verbs2.flow", "w") as f:
        f.write(text.replace("version 1", "version 2").replace("    state buying", "    migrate from 1 { }\n\n    state buying", 1))
    return lambda: world.g.flowctl("deploy", folder + "/verbs2.flow")


def story(world, word):
    g = world.g
    g.start()
    g.until(g.is_ready, "flowd is ready", 60)
    g.sql = g.ledger = ground.Sql(g.conninfo)
    g.token = json.loads(g.flowctl("token", "create", "operator", "--role", "flow_operator", "-o", "json"))["token"]
    second = deploy(world)
    rows = [row for row in ROWS if word in sentence(row, "ctl")]
    successes = [row for row in rows if row.exit == 0]
    prepare(world, [(row, way) for row in rows for way in ("ctl", "door")] + [(row, "dying") for row in successes])
    second()
    nodes(world)
    for way in ("ctl", "door"):
        for row in rows:
            (world.done if row.exit == 0 else world.refused)(row, way)
    without_reason(world)
    dying(world, successes)
    if not word:
        exported(world)
        verified(world)


def main():
    if os.environ.get("CHECK_FAST"):
        print("0 passed, 0 failed")
        return 77
    world = World()
    try:
        story(world, sys.argv[1] if len(sys.argv) > 1 else "")
    except Failed as failed:
        world.failed.append(str(failed))
        print(f"FAIL the story goes on to its end\n     {failed}")
    finally:
        world.close()
    print(f"{world.passed} passed, {len(world.failed)} failed")
    return 1 if world.failed else 0


if __name__ == "__main__":
    ground.begin(__file__)
    sys.exit(main())
