"""What the Python members share: options from the command line, and one line a fact (compat/README.md, "Members")."""

import json
import os
import sys
import threading
import time

_lock = threading.Lock()
options = dict(word.split("=", 1) for word in sys.argv[1:])
leaving = threading.Event()


def tell(member, event, **more):
    """One line, in one write: a process that is killed leaves at most its last line torn."""
    fact = {"at": int(time.time() * 1000), "member": member, "event": event}
    fact.update(more)
    with _lock:
        os.write(1, (json.dumps(fact) + "\n").encode())


class Reads:
    """Offsets that were read and neither told nor committed yet, partition by partition."""

    def __init__(self):
        self.ranges = {}
        self.pending = {}

    def add(self, partition, offset, broken):
        """Remembers one record; broken(partition, first, last) is told of a range that ends because this one does not follow."""
        first, last = self.ranges.get(partition, (offset, offset - 1))
        if offset != last + 1:
            broken(partition, first, last)
            first = offset
        self.ranges[partition] = (first, offset)
        self.pending[partition] = offset + 1

    def told(self):
        """The ranges so far, which are forgotten."""
        ranges, self.ranges = self.ranges, {}
        return [(partition, first, last) for partition, (first, last) in sorted(ranges.items())]

    def forget(self, partitions):
        for partition in partitions:
            self.pending.pop(partition, None)


def main(run):
    """run(name) for each member in a thread of its own, until the input ends."""
    threads = [threading.Thread(target=run, args=(name,)) for name in options["members"].split(",")]
    for thread in threads:
        thread.start()
    while os.read(0, 1):
        pass
    leaving.set()
    for thread in threads:
        thread.join()
