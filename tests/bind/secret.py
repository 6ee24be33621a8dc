"""A bank that writes down what it was asked (a line each, to the file it is given)."""
import json
import sys

with open(sys.argv[1], "a") as seen:
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(asked["args"], sort_keys=True), file=seen, flush=True)
        print(json.dumps({"id": asked["id"], "ok": "R-1"}), flush=True)
