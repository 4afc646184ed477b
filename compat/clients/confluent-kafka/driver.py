"""confluent-kafka (librdkafka), as Debian ships it."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import given, record, run

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PATIENCE_S = 60


def create(bootstrap, step):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(step["topic"], step["partitions"], 1)]).values():
        future.result(PATIENCE_S)


def produce(bootstrap, step):
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": step["acks"],
            "compression.type": step["compression"],
            "message.max.bytes": 2 * 1024 * 1024,
        }
    )
    failures = []

    def delivered(error, _message):
        if error is not None:
            failures.append(error)

    for r in step["records"]:
        producer.produce(
            step["topic"],
            partition=r["partition"],
            key=given(r["key"]),
            value=given(r["value"]),
            headers=[(name, given(content)) for name, content in r["headers"]],
            timestamp=r["timestamp"],
            on_delivery=delivered,
        )
    left = producer.flush(PATIENCE_S)
    if left or failures:
        raise RuntimeError("not delivered: %d, failed: %s" % (left, failures))


def consume(bootstrap, step):
    by_group = step["by"] == "group"
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": step["group"] if by_group else "unused",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 100,
        }
    )
    if by_group:
        consumer.subscribe([step["topic"]])
    elif step["from"] == "beginning":
        consumer.assign([TopicPartition(step["topic"], p, OFFSET_BEGINNING) for p in step["partitions"]])
    else:
        wanted = [TopicPartition(step["topic"], p, step["from"]) for p in step["partitions"]]
        found = consumer.offsets_for_times(wanted, PATIENCE_S)
        consumer.assign([TopicPartition(f.topic, f.partition, OFFSET_END if f.offset < 0 else f.offset) for f in found])
    records = []
    end = time.monotonic() + PATIENCE_S
    while len(records) < step["count"] and time.monotonic() < end:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error() is not None:
            raise KafkaException(message.error())
        records.append(
            record(
                message.partition(),
                message.offset(),
                message.timestamp()[1],
                message.key(),
                message.value(),
                message.headers() or [],
            )
        )
    if by_group:
        consumer.commit(asynchronous=False)
    consumer.close()
    return {"records": records}


run({"create": create, "produce": produce, "consume": consume})
