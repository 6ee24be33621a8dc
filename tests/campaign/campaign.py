#!/usr/bin/env python3
"""Orders are under way, something strikes again and again, and afterwards nothing may be lost, done twice or stuck.

    campaign.py --list
    campaign.py NAME [N]     N strikes instead of a full campaign's
    campaign.py --small      each in small, one beside the other: what tools/check does

    SEED=random   ORDERS=50 under way   EVIDENCE=FILE to keep what is judged
    DONE=FILE     rounds that are over are noted there; the same command goes on where it was cut off, and table.py adds them up
"""
import json
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), HERE]
sys.dont_write_bytecode = True
import ground  # noqa: E402
import judge  # noqa: E402
import strikes  # noqa: E402
import strikes_database  # noqa: E402
import strikes_load  # noqa: E402
import strikes_machine  # noqa: E402
import strikes_net  # noqa: E402
import traffic as traffic_of  # noqa: E402
from ground import Failed  # noqa: E402

CAMPAIGNS = [strikes.Kill, strikes_database.Crash, strikes_database.Promote, strikes.Zombie, strikes_net.Swallow,
             strikes_net.Partition, strikes.Upgrade, strikes.Slow, strikes.Hang, strikes_machine.Disk, strikes_machine.Clock,
             strikes_machine.Connections, strikes_load.Overload, strikes_load.Soak]
UNJUDGED = {"strikes": 0, "orders": 0, "effects": 0, "resent": 0, "passed": 0, "failed": 0, "more": ""}  # a round that came to no end
A_CORE = 3  # campaigns in small at once, a core: mostly they wait


def a_round(campaign, n, seed):
    """n strikes on a fresh database: what was found, and what must not have been."""
    began, problems = time.monotonic(), []
    strike, g, strikes_n, under_way = campaign(), None, 0, []
    try:
        g = strike.open()
        g.start()
        g.set_up()
        wants = traffic_of.undisturbed(g)
        traffic = traffic_of.Traffic(g, seed, int(os.environ.get("ORDERS") or strike.under_way), strike.disturbed)
        dice = random.Random(seed)
        traffic.begin()
        strike.begin(g, traffic, dice)
        while strikes_n < n and not traffic.problems:
            under_way.append(traffic.living())
            strike.strike(g, traffic, dice)
            strikes_n += 1
        problems += strike.end(g, traffic)
        traffic.end()
        problems += traffic.problems
        if traffic.problems:
            return {"problems": problems}  # it is not over: there is nothing to be judged
        evidence = traffic_of.evidence(g, traffic, wants, strikes_n)
        if os.environ.get("EVIDENCE"):
            with open(os.environ["EVIDENCE"], "w") as f:
                json.dump(evidence, f)
    except Failed as problem:
        return {"problems": problems + [str(problem)]}
    finally:
        strike.close()
        if g is not None:
            g.close()
    passed, failed = judge.judge(evidence)
    states = {}
    for i in evidence["instances"]:
        states[i["state"]] = states.get(i["state"], 0) + 1
    print(f"under way when it was struck: {min(under_way)} to {max(under_way)};"
          f" {sum(kind == 'cancelled' for kind in traffic.kinds.values())} were asked to cancel; ended {states};"
          f" in {time.monotonic() - began:.0f} s")
    if strike.figures():
        print(strike.figures())
    return {"strikes": strikes_n, "orders": len(evidence["acks"]), "effects": evidence["effects"], "resent": evidence["resent"],
            "passed": passed, "failed": failed, "problems": problems, "more": strike.figures()}


def wrong(one):
    """How much was not as it must be, in a round."""
    return one["failed"] + len(one["problems"])


def note(one):
    """A round is over, well or not."""
    if os.environ.get("DONE"):
        with open(os.environ["DONE"], "a") as f:
            f.write(json.dumps(one) + "\n")


def rounds_done(name, n):
    """{seed: rounds that were well} of earlier runs of the same campaign."""
    path, found = os.environ.get("DONE"), {}
    if path and os.path.exists(path):
        with open(path) as f:
            for line in f:
                r = json.loads(line)
                if (r["name"], r["of"]) == (name, n) and not wrong(r):
                    found.setdefault(r["seed"], []).append(r)
    return found


def seed_of(name, n):
    """What is said; else that of the last run that was cut off."""
    if os.environ.get("SEED"):
        return int(os.environ["SEED"])
    cut_off = [seed for seed, rounds in rounds_done(name, n).items() if sum(r["strikes"] for r in rounds) < n]
    return cut_off[-1] if cut_off else random.SystemRandom().randrange(1 << 32)


def run(campaign, n, seed):
    print(f"{campaign.name}: {campaign.says}\nSEED={seed} N={n}", flush=True)
    began, passed, failed = time.monotonic(), 0, 0
    done = rounds_done(campaign.name, n).get(seed, [])
    left = n - sum(r["strikes"] for r in done)
    if done:
        print(f"goes on after {n - left} strikes", flush=True)
    while left > 0 and not failed:
        try:
            found = a_round(campaign, min(left, campaign.a_round), f"{seed} {len(done)}" if done else seed)
        except strikes.NotHere as why:
            print(f"{campaign.name} is not done: {why}", flush=True)
            return 0, 0
        for problem in found["problems"]:
            print(f"not so: {problem}")
        done.append(dict(UNJUDGED, **found, name=campaign.name, of=n, seed=seed))
        note(done[-1])
        passed, failed = passed + done[-1]["passed"], failed + wrong(done[-1])
        left -= done[-1]["strikes"]
    total = {what: sum(r[what] for r in done) for what in ("strikes", "orders", "effects", "resent")}
    print(judge.figures(total, campaign.one) + f"\n{campaign.name} took {time.monotonic() - began:.0f} s", flush=True)
    return passed, failed


def parts():
    """The campaigns in small, long ones in several parts."""
    for campaign in CAMPAIGNS:
        left = max(1, campaign.small // (10 if os.environ.get("CHECK_FAST") else 1))
        while left > 0:
            yield campaign, min(left, campaign.a_part)
            left -= campaign.a_part


def small():
    """Some beside each other."""
    left, running, passed, failed = list(parts()), [], 0, 0
    while left or running:
        while left and len(running) < A_CORE * (os.cpu_count() or 1):
            campaign, n = left.pop(0)
            env = dict(os.environ, ORDERS=os.environ.get("ORDERS") or str(campaign.small_under_way))
            running.append(subprocess.Popen([sys.executable, os.path.abspath(__file__), campaign.name, str(n)],
                                            stdout=subprocess.PIPE, text=True, env=env))
        over = [one for one in running if one.poll() is not None]
        if not over:
            ground.pause()
        for one in over:
            running.remove(one)
            said = one.stdout.read()
            print(said, flush=True)
            counts = (said.splitlines() or [""])[-1].split()
            ends_well = len(counts) == 4 and counts[1] == "passed,"
            passed += int(counts[0]) if ends_well else 0
            failed += int(counts[2]) if ends_well else 1
    return passed, failed


def main():
    words = sys.argv[1:] or ["--help"]
    named = {campaign.name: campaign for campaign in CAMPAIGNS}
    if words[0] == "--small":
        passed, failed = small()
    elif words[0] in named:
        campaign = named[words[0]]
        n = int(words[1]) if len(words) > 1 else campaign.full
        passed, failed = run(campaign, n, seed_of(campaign.name, n))
    else:
        print(f"there is no campaign {words[0]}; --list says which there are", file=sys.stderr)
        return 2
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def show_list():
    print(f"{'campaign':<12}{'small':>6}{'full':>7}   what strikes")
    for campaign in CAMPAIGNS:
        print(f"{campaign.name:<12}{campaign.small:>6}{campaign.full:>7}   {campaign.says}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        show_list()
    elif not sys.argv[1:] or sys.argv[1] in ("--help", "-h"):
        print(__doc__.split("\n", 2)[2].rstrip())
    else:
        ground.begin(__file__)
        sys.exit(main())
