"""kafka-python, as Debian ships it."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import Unsupported, given, record, run

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

PATIENCE_S = 60


def create(bootstrap, step):
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(step["topic"], step["partitions"], 1)])
    admin.close()


def produce(bootstrap, step):
    acks = step["acks"] if step["acks"] == "all" else int(step["acks"])
    compression = None if step["compression"] == "none" else step["compression"]
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks=acks, compression_type=compression, linger_ms=5)
    sent = [
        producer.send(
            step["topic"],
            partition=r["partition"],
            key=given(r["key"]),
            value=given(r["value"]),
            headers=[(name, given(content)) for name, content in r["headers"]],
            timestamp_ms=r["timestamp"],
        )
        for r in step["records"]
    ]
    producer.flush(PATIENCE_S)
    for future in sent:
        future.get(PATIENCE_S)
    producer.close()


def consume(bootstrap, step):
    by_group = step["by"] == "group"
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=step["group"] if by_group else None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        fetch_max_wait_ms=100,
    )
    if by_group:
        consumer.subscribe([step["topic"]])
    else:
        partitions = [TopicPartition(step["topic"], p) for p in step["partitions"]]
        consumer.assign(partitions)
        if step["from"] == "beginning":
            consumer.seek_to_beginning()
        else:
            for partition, found in consumer.offsets_for_times({p: step["from"] for p in partitions}).items():
                if found is None:
                    consumer.seek_to_end(partition)
                else:
                    consumer.seek(partition, found.offset)
    records = []
    end = time.monotonic() + PATIENCE_S
    while len(records) < step["count"] and time.monotonic() < end:
        for batch in consumer.poll(timeout_ms=500).values():
            records += [record(m.partition, m.offset, m.timestamp, m.key, m.value, m.headers) for m in batch]
    if by_group:
        consumer.commit()
    consumer.close()
    return {"records": records}


run({"create": create, "produce": produce, "consume": consume})
