#!/usr/bin/env python3
"""An ERP of three lines: the argument `how` says how it behaves, until a file named `up` is there."""
import json
import os
import sys

for line in sys.stdin:
    ask = json.loads(line)
    how = "" if os.path.exists("up") else ask["args"].get("how", "")
    said = {"id": ask["id"], "ok": "SO-" + ask["args"]["id"]}
    if how == "down":
        said = {"id": ask["id"], "unavailable": "it is down"}
    elif how == "doubt":
        said = {"id": ask["id"], "in_doubt": "the line went dead"}
    elif how == "block":
        said = {"id": ask["id"], "error": "Blocked", "args": {"why": "no credit"}}
    print(json.dumps(said), flush=True)
