#!/usr/bin/env python3
"""The rounds that are over, of one file or several, as the table of figures in docs/RELIABILITY.md.

    table.py FILE…     what campaigns have noted with DONE=FILE
"""
import collections
import json
import os
import re
import sys

HEAD = """| campaign | strikes | orders | effects | lost, twice, stuck, gaps, leaks | bound a strike | sent again of 1,000 | what struck |
|---|---|---|---|---|---|---|---|"""


def added(notes):
    """What rounds say of their strikes: numbers of the same things are added up; what is no such list is said as often as it was."""
    total = collections.Counter()
    for note in notes:
        parts = [re.fullmatch(r"(\d+) (\D+)", part) for part in note.split(", ")]
        if not all(parts):
            return "; ".join(" ".join(one.split("\n")) for one in notes if one)
        for part in parts:
            total[part[2]] += int(part[1])
    return ", ".join(f"{n:,} {what}" for what, n in total.items())


def row(name, rounds):
    strikes, orders, effects, resent, failed = (sum(r[what] for r in rounds) for what in ("strikes", "orders", "effects", "resent", "failed"))
    failed += sum(len(r["problems"]) for r in rounds)
    return (f"| {name} | {strikes:,} | {orders:,} | {effects:,} | {failed} | {3 / max(1, strikes):.4f} |"
            f" {1000 * resent / max(1, effects):.0f} | {added([r['more'] for r in rounds])} |")


def main(paths):
    if not paths or paths[0].startswith("-"):
        print(__doc__.split("\n", 2)[2].rstrip())
        return 0 if paths else 2
    rounds = {}
    for path in paths:
        if not os.path.exists(path):
            print(f"no round is noted in {path} yet", file=sys.stderr)
            return 3
        with open(path) as f:
            for line in f:
                one = json.loads(line)
                rounds.setdefault(one["name"], []).append(one)
    print(HEAD)
    for name, of_one in rounds.items():
        print(row(name, of_one))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
