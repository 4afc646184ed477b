#!/usr/bin/python3
"""read_back.py TOPIC COUNT: the first COUNT records of TOPIC, a line each, as they are, on standard output."""

import os
import sys

from kafka import KafkaConsumer

topic, count = sys.argv[1], int(sys.argv[2])
consumer = KafkaConsumer(
    topic,
    bootstrap_servers=os.environ.get("BOOTSTRAP", "localhost:9092"),
    auto_offset_reset="earliest",
    consumer_timeout_ms=30000,
)
read = 0
while read < count:
    try:
        message = next(consumer)
    except StopIteration:
        sys.exit("read_back.py: %d of %d records, then nothing for 30 seconds" % (read, count))
    sys.stdout.buffer.write(message.value + b"\n")
    read += 1
sys.stdout.flush()
consumer.close()
