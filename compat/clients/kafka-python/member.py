"""Members of one group with kafka-python, a thread each."""

import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from member import Reads, leaving, main, options, tell

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.structs import OffsetAndMetadata


class Member(ConsumerRebalanceListener):
    def __init__(self, name):
        self.name = name
        self.consumer = None
        self.reads = Reads()
        self.owned = []

    def run(self):
        while not leaving.is_set():
            self.consumer = KafkaConsumer(
                bootstrap_servers=options["bootstrap"],
                group_id=options["group"],
                client_id=self.name,
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                session_timeout_ms=int(options["session"]),
                heartbeat_interval_ms=int(options["heartbeat"]),
                max_poll_interval_ms=int(options["rebalance"]),
                partition_assignment_strategy=[RangePartitionAssignor],
                fetch_max_wait_ms=500,
            )
            try:
                self.consumer.subscribe([options["topic"]], listener=self)
                while not leaving.is_set():
                    self.turn()
                self.gone("revoked", self.owned)
                self.consumer.close(autocommit=False)
            except Exception as e:
                traceback.print_exc()
                self.tell("failed", error=repr(e))
                self.gone("lost", self.owned)
                self.consumer.close(autocommit=False)
        self.tell("left")

    def turn(self):
        for batch in self.consumer.poll(timeout_ms=200).values():
            for message in batch:
                self.reads.add(message.partition, message.offset, self.tell_read)
        for partition, first, last in self.reads.told():
            self.tell_read(partition, first, last)
        self.commit(list(self.reads.pending))

    def tell_read(self, partition, first, last):
        self.tell("read", partition=partition, **{"from": first, "last": last})

    def commit(self, partitions):
        offsets = {p: self.reads.pending[p] for p in partitions if p in self.reads.pending}
        if not offsets:
            return
        self.tell("committing", offsets=offsets)
        try:
            self.consumer.commit({TopicPartition(options["topic"], p): OffsetAndMetadata(o, "") for p, o in offsets.items()})
            self.tell("committed", offsets=offsets)
            self.reads.forget(offsets)
        except Exception as e:
            self.tell("refused", error=type(e).__name__)

    def on_partitions_assigned(self, assigned):
        self.owned = sorted(p.partition for p in assigned)
        self.tell("assigned", partitions=self.owned)

    def on_partitions_revoked(self, revoked):
        partitions = sorted(p.partition for p in revoked)
        self.commit(partitions)
        self.gone("revoked", partitions)

    def gone(self, event, partitions):
        self.reads.forget(list(partitions))
        self.tell(event, partitions=list(partitions))
        self.owned = []

    def tell(self, event, **more):
        generation = self.consumer._coordinator._generation  # shown nowhere else
        tell(self.name, event, id=generation.member_id, epoch=generation.generation_id, **more)


main(lambda name: Member(name).run())
