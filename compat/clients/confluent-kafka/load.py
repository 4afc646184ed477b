"""Numbers through a topic with confluent-kafka (librdkafka): a producer, and a group of one that reads what it wrote.

Arguments are name=value: bootstrap, topic, group, and any setting of the client with a dot in its name. To every partition goes
0, 1, 2, ..., acknowledged by all; partitions that are added meanwhile are written to as soon as the client knows them. Prints
`at ACKNOWLEDGED READ` a few times a second. When its input ends it sends no more, waits until all is acknowledged and read, and
prints one line of JSON.
"""

import json
import os
import struct
import sys
import threading
import time
import traceback

from confluent_kafka import Consumer, KafkaException, Producer

PATIENCE_S = 90
PACE_S = 0.002
MOST_IN_FLIGHT = 500
LOOK_S = 0.5

options = dict(word.split("=", 1) for word in sys.argv[1:])
settings = {name: value for name, value in options.items() if "." in name}
topic = options["topic"]
finishing = threading.Event()
done = threading.Event()
sent = []
acknowledged = []
read = []
errors = []
again = 0
longest_gap = 0.0
last_acknowledged = None


def problem(text):
    if len(errors) < 20:
        errors.append(text)


def delivered(error, message):
    global longest_gap, last_acknowledged
    if error is not None:
        problem("not delivered: %s" % error)
        return
    acknowledged[message.partition()] += 1
    now = time.monotonic()
    if last_acknowledged is not None:
        longest_gap = max(longest_gap, now - last_acknowledged)
    last_acknowledged = now


def partitions(producer):
    """How many the client knows. It asks one broker and waits for that one, even if it has just gone."""
    try:
        return len(producer.list_topics(topic, LOOK_S).topics[topic].partitions)
    except KafkaException:
        return 0


def produce():
    producer = Producer(
        {
            "bootstrap.servers": options["bootstrap"],
            "enable.idempotence": True,
            "acks": "all",
            "error_cb": lambda e: problem("fatal: %s" % e) if e.fatal() else None,
            **settings,
        }
    )
    next_look = 0.0
    while not finishing.is_set():
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + LOOK_S
            found = partitions(producer)
            while len(sent) < found:
                acknowledged.append(0)
                read.append(0)
                sent.append(0)
        for partition in range(len(sent)):
            if sum(sent) - sum(acknowledged) < MOST_IN_FLIGHT:
                producer.produce(topic, struct.pack(">q", sent[partition]), b"rdkafka", partition, on_delivery=delivered)
                sent[partition] += 1
        producer.poll(PACE_S)
        time.sleep(PACE_S)
    left = producer.flush(PATIENCE_S)
    if left:
        problem("%d records not delivered within %d s" % (left, PATIENCE_S))


def consume():
    global again
    consumer = Consumer(
        {
            "bootstrap.servers": options["bootstrap"],
            "group.id": options["group"],
            "auto.offset.reset": "earliest",
            "error_cb": lambda e: problem("fatal: %s" % e) if e.fatal() else None,
            **settings,
        }
    )
    consumer.subscribe([topic])
    while not done.is_set():
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error() is not None:
            problem("poll: %s" % message.error())
            continue
        number = struct.unpack(">q", message.value())[0]
        partition = message.partition()
        if number == read[partition]:
            read[partition] += 1
        elif number < read[partition]:
            again += 1
        else:
            problem("partition %d: %d after %d" % (partition, number, read[partition] - 1))
            read[partition] = number + 1
    consumer.close()


def guarded(what):
    try:
        what()
    except Exception:
        problem(traceback.format_exc())


def tell():
    while not done.is_set():
        print("at %d %d" % (sum(acknowledged), sum(read)), flush=True)
        time.sleep(0.1)


threads = [threading.Thread(target=guarded, args=(what,), daemon=True) for what in (produce, consume, tell)]
for thread in threads:
    thread.start()
sys.stdin.read()
finishing.set()
threads[0].join()
end = time.monotonic() + PATIENCE_S
while read != acknowledged and time.monotonic() < end:
    time.sleep(0.05)
done.set()
threads[1].join(PATIENCE_S)
threads[2].join()
print(
    json.dumps(
        {
            "acknowledged": acknowledged,
            "read": read,
            "errors": errors,
            "again": again,
            "gapMs": round(longest_gap * 1000),
        }
    ),
    flush=True,
)
os._exit(0)
