#!/usr/bin/python3
"""confluent-kafka: a poll loop that ends at the end of every partition.

Run producer.py first. Debian: apt-get install python3-confluent-kafka
"""

import os

from confluent_kafka import Consumer, KafkaError, KafkaException

consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("BOOTSTRAP", "localhost:9092"),
        "group.id": "orders-example",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
)
consumer.subscribe(["orders"])

at_end = set()
count = 0
try:
    while len(at_end) < 3:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            if message.error().code() == KafkaError._PARTITION_EOF:
                at_end.add(message.partition())
                print("end of %s [%d] at offset %d" % (message.topic(), message.partition(), message.offset()))
                continue
            raise KafkaException(message.error())
        count += 1
        print("%s: %s" % (message.key().decode("utf-8"), message.value().decode("utf-8")))
    if count:
        consumer.commit(asynchronous=False)
finally:
    consumer.close()
print("read %d records" % count)
