#!/usr/bin/python3
"""confluent-kafka: create a topic, produce with delivery reports.

Debian: apt-get install python3-confluent-kafka
"""

import os

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

settings = {"bootstrap.servers": os.environ.get("BOOTSTRAP", "localhost:9092")}

admin = AdminClient(settings)
for topic, future in admin.create_topics([NewTopic("orders", num_partitions=3, replication_factor=1)]).items():
    try:
        future.result()
        print("created %s" % topic)
    except KafkaException as e:
        if e.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        print("%s is there already" % topic)


def delivery_report(error, message):
    """Called once for each record, from poll() or flush()."""
    if error is not None:
        print("not delivered: %s" % error)
    else:
        print("delivered to %s [%d] at offset %d" % (message.topic(), message.partition(), message.offset()))


producer = Producer(settings)
for number in range(12):
    producer.poll(0)  # serves the delivery reports of earlier records
    producer.produce("orders", key="customer-%d" % (number % 4), value="order %d" % number, callback=delivery_report)
left = producer.flush(30)
print("%d records left undelivered" % left)
