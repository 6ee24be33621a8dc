#!/usr/bin/env python3
"""Random flows, played by the engine's heart and by a small interpreter of the language: both must say the same.

    property.py [--player PROGRAM] [--seed FIRST] [--flows N] [--games N] [--seconds N] [--keep DIR]

What differs is made smaller, step by step, until nothing can be left out, and printed as a flow and a script."""
import argparse
import copy
import difflib
import os
import random
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from invent import invent  # noqa: E402
from reference import Reference  # noqa: E402
from tree import OPERATIONS, text_of  # noqa: E402

STIMULI = 30
BEGAN = 15 * 3600  # of virtual time: of its first day

# ---- the outside, as chance has it ----


class Outside:
    """What happens to one instance; each stimulus is a line for the player and what it means to the reference."""

    def __init__(self, dice):
        self.dice, self.values = dice, 0
        self.wild = dice.choice((10, 25, 45))  # how often something goes wrong, in percent

    def answer(self, ref):
        number, op, _ = self.dice.choice(ref.open)
        number, op, _ = next(o for o in ref.open if o[1] == op)  # the oldest of that name is meant
        if self.dice.random() * 100 >= self.wild:
            return self.value(op)
        how = self.dice.choice(["unavailable"] * 3 + ["in_doubt"] * 3 + ["broken", "busy"] + ["refused"] * 4)
        if how == "refused":
            fails = OPERATIONS[op].fails
            return ("answer", op, "refused", self.dice.choice(fails)) if fails else self.value(op)
        return ("answer", op, how, 30 if how == "busy" else None)

    def value(self, op):
        self.values += 1
        if OPERATIONS[op].gives is None or (op == "holding" and self.dice.random() < 0.5):
            return ("answer", op, "value", None)
        return ("answer", op, "value", f"v{self.values}")

    def next(self, ref):
        dice = self.dice.random()
        if ref.tasks and dice < 0.25:
            task, f = ref.tasks[-1]
            choices = ref.choices(f)
            if choices:
                return ("choose", "operator" if f.letter == "stuck" else "clerk", self.dice.choice(choices))
        if dice > 0.98:
            return ("recover",)
        if dice > 0.965 and ref.may_cancel():
            return ("cancel",)
        if ref.open and dice < 0.7:
            return self.answer(ref)
        if dice < 0.85:
            return ("event", self.dice.choice(("Poke", "Item")), self.dice.random() < 0.6)
        wake = ref.wake()
        if wake is not None and self.dice.random() < 0.7:
            return ("advance", max(0, wake - ref.now))
        return ("advance", self.dice.choice((1, 4, 11, 35, 150)))


def line_of(stimulus):
    what = stimulus[0]
    if what == "answer":
        _, op, how, value = stimulus
        if how == "busy":
            return f"answer shop.{op} busy {value}s"
        if how == "value":
            return f"answer shop.{op} value" + (f' "{value}"' if value is not None else "")
        return f"answer shop.{op} {how}" + (f" {value}" if how == "refused" else "")
    if what == "event":
        return f'event {stimulus[1]} {{"ref":"R-1","hard":{"true" if stimulus[2] else "false"}}}'
    if what == "start":
        return 'start {"ref":"R-1"}'
    return {"advance": "advance {}s", "choose": "choose {} {}",
            "cancel": "command cancel", "recover": "recover"}[what].format(*stimulus[1:])


# ---- what the reference says to it ----


def told(ref, is_something):
    if not is_something:
        return ["nothing"]
    lines = [" ".join(str(w) for w in words if w is not None) for words in ref.said]
    lines += [f"call shop.{op} {arg} {attempt}" for op, arg, attempt in ref.calls]
    lines += [f"hand back {event}" for event in ref.given_back]
    wake = ref.wake()
    lines.append(f"status {status_of(ref)} {ref.state or '-'}" + (f" wakes {wake}" if wake is not None else ""))
    lines += [f"record {r.name} {r.op} {r.state}" for r in ref.records]
    if ref.result is not None:
        lines.append(f"result {ref.result}")
    if ref.error is not None:
        lines.append(f"error {ref.error}")
    return lines


def status_of(ref):
    living = ref.living()
    if not ref.status_is_living():
        return ref.status
    if any(f.wait == "parked" and f.task is not None for f in living):
        return "parked"
    if ref.unwinder is not None or any(f.wait == "undoing" for f in living):
        return "undoing"
    return "running" if any(f.wait == "call" for f in living) else "waiting"


def reference_does(ref, stimulus):
    """None: this stimulus is not for it."""
    what, *about = stimulus
    if what == "advance":
        until, lines = ref.now + about[0], []
        while (wake := ref.wake()) is not None and wake <= until:
            ref.now = max(ref.now, wake)
            lines += [f"at {ref.now}"] + told(ref, ref.happens("timer"))
        ref.now = until
        return lines + [f"now {until}"]
    if what == "answer":
        number = next((o[0] for o in ref.open if o[1] == about[0]), None)
        return None if number is None else told(ref, ref.happens("answer", number, *about[1:]))
    if what == "event":
        lines = told(ref, ref.happens("event", about[0], {"hard": about[1]}) if ref.status_is_living() else False)
        return lines + ["not taken"] if lines == ["nothing"] else lines
    if what == "choose":
        if not ref.tasks or about[1] not in ref.choices(ref.tasks[-1][1]):
            return None
        return told(ref, ref.happens("choose", ref.tasks[-1][0], about[1]))
    if what == "cancel" and not (ref.status_is_living() and ref.may_cancel()):
        return None
    return told(ref, ref.happens(what))


def game(flow, dice):
    """Stimuli as chance has them, until it has ended, and what the reference says to each."""
    ref, outside, played = Reference(flow), Outside(dice), []
    stimulus = ("start",)
    while len(played) < STIMULI and stimulus is not None:
        lines = reference_does(ref, stimulus)
        if lines is not None:
            played.append((stimulus, lines))
        stimulus = outside.next(ref) if ref.status_is_living() else None
    return played


def game_again(flow, stimuli):
    """The same stimuli on another flow, as far as they are for it."""
    ref, played = Reference(flow), []
    for stimulus in stimuli:
        lines = reference_does(ref, stimulus)
        if lines is not None:
            played.append((stimulus, lines))
        if not ref.status_is_living():
            break
    return played


# ---- what the engine says to it ----

ENTRY = re.compile(r"entry (\w+)(?: in [^ :]+)?(?: step [^ :]+)?(?: line \d+)?(?: by [^ :]+)?(?::? (.*))?$")
WITHOUT_WORDS = {"started", "tried", "in_doubt", "late", "completed", "failed", "cancelled", "recovered"}


def second_of(moment):
    day, hour, minute, second = re.match(r"2026-05-(\d+)T(\d+):(\d+):(\d+)Z", moment).groups()
    return (int(day) - 12) * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - BEGAN


def entry_of(line):
    kind, words = ENTRY.match(line).groups()
    words = words or ""
    if kind in WITHOUT_WORDS:
        return kind
    if kind == "parked":
        data = words[words.rindex("{"):]
        named = dict(re.findall(r'"(\w+)":"([^"]*)"', data))
        return f"parked {named['dead_letter']}" + (f" {named['kind']}" if "kind" in named else "")
    if kind == "failed_step":
        words = words.split(":")[0]
    return f"{kind} {re.sub(r' {.*', '', words)}"


def engine_line(line):
    """As the reference would say it; None: of no account."""
    if line.startswith("entry "):
        return entry_of(line)
    if line.startswith("call "):
        words = line.split()
        arg = re.search(r':"([^"]*)"}$', line)
        return f"call {words[2]} {arg.group(1)} {words[words.index('attempt') + 1]}"
    if line.startswith("status "):
        found = re.match(r"status (\w+)(?: in (\S+))? rev \d+(?: wakes (\S+))?", line)
        status, state, wakes = found.groups()
        return f"status {status} {state or '-'}" + (f" wakes {second_of(wakes)}" if wakes else "")
    if line.startswith("record "):
        found = re.match(r"record \d+ shop\.(\w+) as (\w+)\S* (\w+)", line)
        return f"record {found.group(2)} {found.group(1)} {found.group(3)}"
    if line.startswith("result "):
        return "result " + line[7:].strip('"')
    if line.startswith("error "):
        return "error " + re.search(r'"error":"([^"]*)"', line).group(1)
    if line.startswith(("at ", "now ")):
        return f"{line.split()[0]} {second_of(line.split()[1])}"
    if line.startswith("hand back "):
        return "hand back " + line.split()[2]
    if line.startswith("not taken"):
        return "not taken"
    if line.startswith(("fibre ", "subscribe ", "unsubscribe ", "task ", "withdraw ", "generation ", "emit ")):
        return None
    return line


class Engine:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def play(self, text, scripts):
        """A list of what it says to each line, for each script; None: the flow does not compile."""
        flow, script = os.path.join(self.folder, "invented.flow"), os.path.join(self.folder, "script")
        with open(flow, "w") as out:
            out.write(text)
        with open(script, "w") as out:
            out.write("".join(line + "\n" for lines in scripts for line in lines))
        done = subprocess.run([self.program, flow, script], capture_output=True, text=True, timeout=60)
        if done.returncode != 0 and not done.stdout:
            return None
        if done.returncode != 0 and len(scripts) > 1:  # which of them ended it?
            return [self.play(text, [lines])[0] for lines in scripts]
        said = []
        for line in done.stdout.splitlines():
            if line.startswith("> "):
                if line.startswith("> start"):
                    said.append([])
                said[-1].append([])
            elif (plain := engine_line(line)) is not None:
                said[-1][-1].append(plain)
        if done.returncode != 0:
            said[-1][-1].append("player: " + done.stderr.strip()[:300])
        return said


# ---- both ----


def differs_at(played, said):
    """The first stimulus to which they say something else; None: there is none."""
    for i, (_, lines) in enumerate(played):
        if i >= len(said) or in_order(lines) != in_order(said[i]):
            return i
    return None


def in_order(lines):
    """Events that come too late are handed back in any order."""
    return [l for l in lines if not is_handed_back(l)] + sorted(l for l in lines if is_handed_back(l))


def is_handed_back(line):
    return line.startswith("hand back ") or line.endswith("came too late to be answered")


def compare(engine, flow, played):
    said = engine.play(text_of(flow), [[line_of(s) for s, _ in played]])
    if said is None:
        return None, None
    return differs_at(played, said[0]), said[0]


# ---- smaller ----


def lists_of(flow):
    """Each list of the flow from which something may be left out."""
    def of_steps(steps):
        yield steps
        for s in steps:
            if getattr(s, "whens", None):
                yield s.whens
            if getattr(s, "items", None):
                yield s.items
            for b in s.blocks():
                yield from of_steps(b)
    yield flow.handlers
    yield flow.vars
    yield from of_steps(flow.body)
    for h in flow.all_handlers():
        yield from of_steps(h.body)
    for s in flow.all_states():
        yield s.handlers
        yield from of_steps(s.body)
    yield flow.states
    for d in flow.letters:
        yield d.whens


def steps_of(flow):
    return [s for l in lists_of(flow) for s in l if hasattr(s, "blocks")]


def smaller_ones(flow):
    for i, l in enumerate(lists_of(flow)):
        for k in range(len(l)):
            other = copy.deepcopy(flow)
            del list(lists_of(other))[i][k]
            yield other
            if hasattr(l[k], "blocks"):
                for b, block in enumerate(l[k].blocks()):
                    other = copy.deepcopy(flow)
                    at = list(lists_of(other))[i]
                    at[k:k + 1] = at[k].blocks()[b]
                    yield other
    for i, s in enumerate(steps_of(flow)):
        for field in ("within", "policy", "window", "mode", "never"):
            if s.kind in ("call", "each", "together") and getattr(s, field, None):
                other = copy.deepcopy(flow)
                setattr(steps_of(other)[i], field, None)
                yield other
    for i, s in enumerate(flow.all_states()):
        for field in ("within", "up_to"):
            if getattr(s, field):
                other = copy.deepcopy(flow)
                setattr(other.all_states()[i], field, None)
                yield other


def still_differs(engine, flow, stimuli):
    try:
        played = game_again(flow, stimuli)
        at, _ = compare(engine, flow, played)
    except Exception:  # what is left is no flow any more
        return None
    return None if at is None else [s for s, _ in played[:at + 1]]


def shrink(engine, flow, stimuli, seconds):
    until = time.time() + seconds
    best, goes_on = (flow, stimuli), True
    while goes_on and time.time() < until:
        goes_on = False
        for i in range(len(best[1]) - 1, 0, -1):
            fewer = best[1][:i] + best[1][i + 1:]
            left = still_differs(engine, best[0], fewer)
            if left is not None:
                best, goes_on = (best[0], left), True
        for other in smaller_ones(best[0]):
            left = still_differs(engine, other, best[1])
            if left is not None:
                best, goes_on = (other, left), True
                break
            if time.time() > until:
                break
    return best


def tell(engine, flow, stimuli):
    played = game_again(flow, stimuli)
    at, said = compare(engine, flow, played)
    print(text_of(flow))
    for i, (stimulus, lines) in enumerate(played[:at + 1]):
        print("> " + line_of(stimulus))
        if i < at:
            print("\n".join("      " + line for line in lines))
    engines = said[at] if at < len(said) else ["(nothing at all)"]
    for line in difflib.unified_diff(played[at][1], engines, "the reference", "the engine", "", "", 99, ""):
        print("    " + line)


# ---- many ----


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--player", default="tests/golden/decision/decision_player")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--flows", type=int, default=200)
    asked.add_argument("--games", type=int, default=12)
    asked.add_argument("--seconds", type=float, default=0, help="no new flow is begun after so long")
    asked.add_argument("--shrink", type=float, default=60, help="so many seconds at most to make one smaller")
    asked.add_argument("--most", type=int, default=1, help="ends after so many that differ")
    args = asked.parse_args()
    passed = failed = refused = 0
    until = time.time() + args.seconds if args.seconds else None
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(args.player, folder)
        for seed in range(args.seed, args.seed + args.flows):
            if failed >= args.most or (until and time.time() > until):
                break
            flow = invent(seed)
            games = [game(flow, random.Random(seed * 1000 + i)) for i in range(args.games)]
            said = engine.play(text_of(flow), [[line_of(s) for s, _ in played] for played in games])
            if said is None:
                refused += 1
                continue
            for i, played in enumerate(games):
                at = differs_at(played, said[i] if i < len(said) else [])
                if at is None:
                    passed += 1
                    continue
                failed += 1
                print(f"seed {seed}, game {i}: they differ")
                tell(engine, *shrink(engine, flow, [s for s, _ in played[:at + 1]], args.shrink))
                break
    print(f"{refused} flows were refused by the compiler")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
