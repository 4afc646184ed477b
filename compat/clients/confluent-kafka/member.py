"""Members of one group with confluent-kafka (librdkafka), a thread each."""

import os
import struct
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from member import Reads, leaving, main, options, tell

from confluent_kafka import Consumer, KafkaError, TopicPartition

MOST_AT_ONCE = 500
METADATA_MAGIC = b"CGMDv2:"


class Member:
    def __init__(self, name):
        self.name = name
        self.consumer = None
        self.reads = Reads()
        self.owned = []

    def run(self):
        while not leaving.is_set():
            self.consumer = Consumer(
                {
                    "bootstrap.servers": options["bootstrap"],
                    "group.id": options["group"],
                    "client.id": self.name,
                    "auto.offset.reset": "earliest",
                    "enable.auto.commit": False,
                    "session.timeout.ms": int(options["session"]),
                    "heartbeat.interval.ms": int(options["heartbeat"]),
                    "max.poll.interval.ms": int(options["rebalance"]),
                    "partition.assignment.strategy": options["assignor"],
                    "fetch.wait.max.ms": 500,
                }
            )
            try:
                self.consumer.subscribe([options["topic"]], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.lost)
                while not leaving.is_set():
                    self.turn()
                self.consumer.close()
            except Exception as e:
                traceback.print_exc()
                self.tell("failed", error=repr(e))
                self.gone("lost", self.owned)
                self.consumer.close()
        tell(self.name, "left", id="", epoch=-1)

    def turn(self):
        for turn in range(MOST_AT_ONCE):
            message = self.consumer.poll(0.2 if turn == 0 else 0)
            if message is None:
                break
            if message.error() is not None:
                self.unfit(message.error())
            else:
                self.reads.add(message.partition(), message.offset(), self.tell_read)
        self.tell_reads()
        self.commit(list(self.reads.pending))

    def unfit(self, error):
        """Errors come in place of messages; only a fatal one ends the consumer. One that was paused is told so here."""
        if error.fatal():
            raise RuntimeError(str(error))
        if error.code() != KafkaError._PARTITION_EOF:
            self.tell("warned", error=error.name())

    def tell_reads(self):
        for partition, first, last in self.reads.told():
            self.tell_read(partition, first, last)

    def tell_read(self, partition, first, last):
        self.tell("read", partition=partition, **{"from": first, "last": last})

    def commit(self, partitions):
        offsets = {p: self.reads.pending[p] for p in partitions if p in self.reads.pending}
        if not offsets:
            return
        self.tell("committing", offsets=offsets)
        try:
            done = self.consumer.commit(
                offsets=[TopicPartition(options["topic"], p, o) for p, o in offsets.items()], asynchronous=False
            )
            failed = [p.error.name() for p in done if p.error is not None]
            if failed:
                raise RuntimeError(failed[0])
            self.tell("committed", offsets=offsets)
            self.reads.forget(offsets)
        except Exception as e:
            self.tell("refused", error=str(e))

    def assigned(self, _consumer, partitions):
        self.owned = sorted(p.partition for p in partitions)
        self.tell("assigned", partitions=self.owned)

    def revoked(self, _consumer, partitions):
        numbers = sorted(p.partition for p in partitions)
        self.tell_reads()
        self.commit(numbers)
        self.gone("revoked", numbers)

    def lost(self, _consumer, partitions):
        self.tell_reads()
        self.gone("lost", sorted(p.partition for p in partitions))

    def gone(self, event, partitions):
        self.reads.forget(list(partitions))
        self.tell(event, partitions=list(partitions))
        self.owned = []

    def tell(self, event, **more):
        member, epoch = self.identity()
        tell(self.name, event, id=member, epoch=epoch, **more)

    def identity(self):
        """The generation is shown only inside what librdkafka hands to a transactional producer: magic, generation, names."""
        metadata = self.consumer.consumer_group_metadata()
        if metadata is None:
            return "", -1
        assert metadata.startswith(METADATA_MAGIC), metadata
        (generation,) = struct.unpack_from("=i", metadata, len(METADATA_MAGIC))
        names = metadata[len(METADATA_MAGIC) + 4 :].split(b"\0")
        return names[1].decode(), generation


main(lambda name: Member(name).run())
