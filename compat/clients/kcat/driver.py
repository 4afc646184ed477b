"""kcat, one process per step as a shell would run it; one per record where a record has settings of its own."""

import os
import subprocess
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import Unsupported, given, record, run

PATIENCE_S = 90


def kcat(arguments, bootstrap, stdin=b""):
    done = subprocess.run(
        ["kcat", "-q", "-b", bootstrap, *arguments], input=stdin, capture_output=True, timeout=PATIENCE_S
    )
    if done.returncode != 0:
        raise RuntimeError("kcat %s: exit %d: %s" % (arguments, done.returncode, done.stderr.decode()))
    return done.stdout


def create(_bootstrap, _step):
    raise Unsupported("kcat creates topics only by using them")


def produce(bootstrap, step):
    for r in step["records"]:
        key, value = given(r["key"]), given(r["value"])
        if (key is None and value == b"") or (key == b"" and value is None):
            raise Unsupported("kcat has one flag for both: empty key and value are null together, or neither")
        end_of_key, end_of_value = uuid.uuid4().hex, uuid.uuid4().hex
        arguments = ["-P", "-t", step["topic"], "-p", str(r["partition"]), "-D", end_of_value]
        arguments += ["-X", "acks=" + step["acks"], "-z", step["compression"], "-X", "message.max.bytes=2097152"]
        for name, content in r["headers"]:
            arguments += ["-H", name if content is None else name + "=" + os.fsdecode(given(content))]
        if key is not None:
            arguments += ["-K", end_of_key]
        if value is None:
            arguments += ["-Z"]
        stdin = (value or b"") + end_of_value.encode()
        if key is not None:
            stdin = key + end_of_key.encode() + stdin
        kcat(arguments, bootstrap, stdin)


def consume(bootstrap, step):
    end_of_record = uuid.uuid4().hex
    layout = "%p %o %T %K %S\\n%k%s%h" + end_of_record
    arguments = ["-f", layout, "-c", str(step["count"]), "-X", "fetch.message.max.bytes=2097152"]
    if step["by"] == "group":
        arguments += ["-X", "auto.offset.reset=earliest", "-G", step["group"], step["topic"]]
    else:
        start = "beginning" if step["from"] == "beginning" else "s@%d" % step["from"]
        arguments += ["-C", "-t", step["topic"], "-o", start, "-e"]
    output = kcat(arguments, bootstrap)
    records = []
    at = 0
    while at < len(output):
        line_end = output.index(b"\n", at)
        partition, offset, timestamp, key_size, value_size = map(int, output[at:line_end].split())
        key_at, value_at = line_end + 1, line_end + 1 + max(0, key_size)
        headers_at = value_at + max(0, value_size)
        at = output.index(end_of_record.encode(), headers_at)
        key = None if key_size < 0 else output[key_at:value_at]
        value = None if value_size < 0 else output[value_at:headers_at]
        records.append(record(partition, offset, timestamp, key, value, headers(output[headers_at:at])))
        at += len(end_of_record)
    return {"records": records}


def headers(printed):
    """kcat prints `name=value,name=value`, and NULL for a null value: the scenarios' values have none of these in them."""
    pairs = [pair.split(b"=", 1) for pair in printed.split(b",")] if printed else []
    return [(name.decode(), None if content == b"NULL" else content) for name, content in pairs]


run({"create": create, "produce": produce, "consume": consume})
