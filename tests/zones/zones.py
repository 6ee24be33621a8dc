#!/usr/bin/env python3
"""Flows that begin daily, in twenty places whose clocks jump, over seven years: once a day by the clocks of the place; where
they are put forward over the time, at the first moment after the gap; where it comes twice, the first time. Judged by
Python's own reading of the zones."""
import datetime
import os
import subprocess
import sys
import zoneinfo

BUILD = os.environ.get("top_builddir") or "."
FROM, UNTIL = datetime.date(2024, 1, 1), datetime.date(2031, 1, 1)
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
UTC = datetime.timezone.utc

ZONES = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/St_Johns", "America/Santiago",
    "America/Havana", "America/Asuncion", "Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Chisinau",
    "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland", "Pacific/Chatham"]
TIMES = ["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "03:00", "23:30"]


def offset(instant, zone):
    return instant.astimezone(zone).utcoffset()


def begins(local, zone):
    """The instant at which clocks first show `local`, or the first one after the gap that it is in; and which of the three."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first, "plain"
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first, "twice"
    at = min(first, second) - MINUTE  # before the jump: it lies within the difference of the two, on a whole minute
    was = offset(at, zone)
    while offset(at, zone) == was:
        at += MINUTE
    return at, "gap"


def occurrences():
    """{(zone, time): [(key, instant)]}, as the engine has them."""
    asked = "".join(f"{zone} {time}\n" for zone in ZONES for time in TIMES)
    bounds = [f"{day - 2 * DAY}T00:00:00Z" for day in (FROM, UNTIL + 4 * DAY)]
    said = subprocess.run([BUILD + "/tests/zones/occurrences", *bounds], input=asked, capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit(said.stderr)
    found = {}
    for line in said.stdout.splitlines():
        zone, time, key, seconds = line.split()
        found.setdefault((zone, time), []).append((key, datetime.datetime.fromtimestamp(int(seconds), UTC)))
    return found


def problems_of(zone_name, time, found, seen):
    zone = zoneinfo.ZoneInfo(zone_name)
    by_date = {}
    for key, instant in found:
        by_date.setdefault(key[:10], []).append((key, instant))
    day = FROM
    while day < UNTIL:
        want, how = begins(datetime.datetime.combine(day, datetime.time.fromisoformat(time)), zone)
        seen[how] += 1
        key = want.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        got = by_date.get(key[:10], [])
        if got != [(key, want)]:
            yield f"{zone_name}, {day} at {time} ({how}): {[f'{k} {i}' for k, i in got]}, not {key} {want}"
        day += DAY


def main():
    found, seen = occurrences(), {"plain": 0, "gap": 0, "twice": 0}
    passed = failed = 0
    for zone in ZONES:
        problems = [one for time in TIMES for one in problems_of(zone, time, found.get((zone, time), []), seen)]
        for problem in problems[:5]:
            print("not so: " + problem)
        passed, failed = passed + (not problems), failed + bool(problems)
    print(f"{sum(seen.values())} beginnings, {seen['gap']} of them in a gap, {seen['twice']} at a time that comes twice")
    for how in ("gap", "twice"):
        passed, failed = passed + (seen[how] >= 100), failed + (seen[how] < 100)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
