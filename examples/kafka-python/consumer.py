#!/usr/bin/python3
"""kafka-python: from the earliest record, by iteration, by poll(), and with offsets committed by hand.

Run producer.py first. Debian: apt-get install python3-kafka
"""

import json
import os

from kafka import KafkaConsumer

SETTINGS = {
    "bootstrap_servers": os.environ.get("BOOTSTRAP", "localhost:9092"),
    "auto_offset_reset": "earliest",
    "key_deserializer": lambda key: key.decode("utf-8"),
    "value_deserializer": lambda value: json.loads(value.decode("utf-8")),
}

# By iteration; the loop ends when nothing came for three seconds. Without a group, each run begins at the start.
consumer = KafkaConsumer("python-events", group_id=None, consumer_timeout_ms=3000, **SETTINGS)
count = 0
for message in consumer:
    count += 1
    print("%s-%d@%d %s: %s" % (message.topic, message.partition, message.offset, message.key, message.value))
consumer.close()
print("iteration read %d records" % count)

# By poll, as a member of a group that commits what it has processed: the next run goes on from there.
consumer = KafkaConsumer("python-events", group_id="python-example", enable_auto_commit=False, **SETTINGS)
count = 0
for _attempt in range(20):
    batches = consumer.poll(timeout_ms=1000)
    for partition, messages in batches.items():
        count += len(messages)
    if batches:
        consumer.commit()
    elif consumer.assignment():
        break
for partition in sorted(consumer.assignment()):
    print("%s-%d is committed up to %s" % (partition.topic, partition.partition, consumer.committed(partition)))
consumer.close()
print("the group read %d records" % count)
