#!/usr/bin/python3
"""kafka-python: JSON values, keys, send with callback and errback, flush.

Debian: apt-get install python3-kafka
"""

import json
import os

from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers=os.environ.get("BOOTSTRAP", "localhost:9092"),
    key_serializer=str.encode,
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
    acks="all",
)


def on_success(metadata):
    print("sent to %s-%d at offset %d" % (metadata.topic, metadata.partition, metadata.offset))


def on_error(error):
    print("not sent: %s" % error)


for number in range(10):
    event = {"user": "user-%d" % (number % 3), "action": "login", "number": number}
    future = producer.send("python-events", key=event["user"], value=event)
    future.add_callback(on_success)
    future.add_errback(on_error)

# Sent in the background until here: wait for all of it.
producer.flush()

# Or wait for one record, and get its place.
metadata = producer.send("python-events", key="user-0", value={"user": "user-0", "action": "logout"}).get(timeout=30)
print("the last one is at offset %d" % metadata.offset)
producer.close()
