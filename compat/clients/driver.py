"""What the Python drivers share: a scenario in, results out (compat/README.md says what both look like)."""

import base64
import hashlib
import json
import os
import sys
import traceback

LONGEST_SHOWN = 256


class Unsupported(Exception):
    """The client has no way to do this step; the message says which."""


def given(value):
    return None if value is None else base64.b64decode(value)


def seen(value):
    """Bytes for the results: as they are when short, by their digest when long."""
    if value is None:
        return None
    if len(value) <= LONGEST_SHOWN:
        return base64.b64encode(value).decode()
    return "sha256:%d:%s" % (len(value), hashlib.sha256(value).hexdigest())


def record(partition, offset, timestamp, key, value, headers):
    return {
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp,
        "key": seen(key),
        "value": seen(value),
        "headers": [[name, seen(content)] for name, content in headers],
    }


def run(steps_by_name):
    """Plays the scenario file named on the command line; one result per step, the first error ends it."""
    with open(sys.argv[1], encoding="utf-8") as file:
        scenario = json.load(file)
    results = []
    for step in scenario["steps"]:
        try:
            results.append(steps_by_name[step["do"]](scenario["bootstrap"], step) or {"ok": True})
        except Unsupported as e:
            results.append({"unsupported": str(e)})
        except Exception:
            results.append({"error": traceback.format_exc()})
            break
    print(json.dumps({"steps": results}))
    sys.stdout.flush()
    os._exit(0)  # confluent-kafka 1.7 miscounts references to null header values: the interpreter's own end would abort
