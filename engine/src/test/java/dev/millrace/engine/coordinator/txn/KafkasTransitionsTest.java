package dev.millrace.engine.coordinator.txn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Idle;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.log.RecordBatchWriter;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TxnTransitMetadata;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;

/// Thousands of transitions, ours beside those of Kafka's own class: the same producer, the same state, the same bytes.
class KafkasTransitionsTest {
    private static final int LIVES = 300;
    private static final int STEPS = 60;
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final TransactionRecordFormat format =
            new TransactionRecordFormat(() -> TransactionVersion.TV_2);

    @Test
    void areOurs() throws Exception {
        for (int seed = 0; seed < LIVES; seed++) {
            new Life(seed).live();
        }
    }

    private final class Life {
        private final Random random;
        private final TransactionMetadata kafkas;
        private TransactionState ours;
        private long nowMs = 1_000;
        private long nextId = 100;

        Life(long seed) {
            random = new Random(seed);
            // Near the end of the epochs, where it is difficult.
            short epoch = (short) (random.nextBoolean() ? 3 : Short.MAX_VALUE - 4);
            kafkas =
                    new TransactionMetadata(
                            "id",
                            7,
                            7,
                            -1,
                            epoch,
                            (short) -1,
                            60_000,
                            org.apache.kafka.coordinator.transaction.TransactionState.EMPTY,
                            new HashSet<>(),
                            -1,
                            nowMs,
                            TransactionVersion.TV_0);
            ours =
                    new Empty(
                            new Producer(7, 7, epoch, (short) -1, 60_000),
                            TransactionVersion.TV_0,
                            nowMs);
        }

        void live() throws Exception {
            for (int i = 0; i < STEPS; i++) {
                nowMs += random.nextInt(100);
                step();
            }
        }

        private void step() throws Exception {
            boolean newEpochs = random.nextBoolean();
            TransactionVersion by = newEpochs ? TransactionVersion.TV_2 : TransactionVersion.TV_0;
            switch (ours) {
                case Idle idle when random.nextInt(3) == 0 -> init(idle, random.nextBoolean());
                case Idle idle when random.nextInt(4) == 0 -> abortEmpty(idle);
                case Idle idle when idle.producer().epoch() != Producer.LAST_EPOCH ->
                        same(
                                idle.begun(List.of(PARTITION), by, nowMs),
                                kafkas.prepareAddPartitions(Set.of(PARTITION), nowMs, by));
                case Idle idle -> init(idle, false);
                case Ongoing ongoing -> end(ongoing, by);
                case Prepared prepared ->
                        same(prepared.completed(nowMs), kafkas.prepareComplete(nowMs));
            }
        }

        private void init(Idle idle, boolean byItself) throws Exception {
            Producer producer = idle.producer();
            if (producer.isExhausted()) {
                long id = nextId++;
                same(
                        idle.renewed(producer.rotated(id, 60_000, byItself), nowMs),
                        kafkas.prepareProducerIdRotation(id, 60_000, nowMs, byItself));
            } else if (byItself) {
                same(
                        idle.renewed(producer.bumpedByItself(60_000), nowMs),
                        kafkas.prepareIncrementProducerEpoch(
                                60_000, Optional.of(producer.epoch()), nowMs));
            } else {
                same(
                        idle.renewed(producer.bumped(60_000), nowMs),
                        kafkas.prepareIncrementProducerEpoch(60_000, Optional.empty(), nowMs));
            }
        }

        private void abortEmpty(Idle idle) throws Exception {
            if (idle.producer().epoch() == Producer.LAST_EPOCH) {
                return;
            }
            long next = idle.producer().isExhausted() ? nextId++ : -1;
            same(
                    idle.abortedEmpty(TransactionVersion.TV_2, next, nowMs),
                    kafkas.prepareAbortOrCommit(
                            org.apache.kafka.coordinator.transaction.TransactionState.PREPARE_ABORT,
                            TransactionVersion.TV_2,
                            next,
                            nowMs,
                            true));
        }

        private void end(Ongoing ongoing, TransactionVersion by) throws Exception {
            boolean rotates = by.supportsEpochBump() && ongoing.producer().isExhausted();
            long next = rotates ? nextId++ : -1;
            boolean commits = random.nextBoolean();
            same(
                    ongoing.prepared(
                            commits ? TransactionResult.COMMIT : TransactionResult.ABORT,
                            by,
                            next,
                            nowMs),
                    kafkas.prepareAbortOrCommit(
                            commits
                                    ? org.apache.kafka.coordinator.transaction.TransactionState
                                            .PREPARE_COMMIT
                                    : org.apache.kafka.coordinator.transaction.TransactionState
                                            .PREPARE_ABORT,
                            by,
                            next,
                            nowMs,
                            false));
        }

        private void same(TransactionState next, TxnTransitMetadata theirs) throws Exception {
            SimpleRecord written = write(next);
            assertArrayEquals(
                    TransactionLog.valueToBytes(theirs, TransactionVersion.TV_2),
                    array(written.value()),
                    () -> ours + " -> " + next);
            kafkas.completeTransitionTo(theirs);
            ours = next;
            assertEquals(kafkas.producerId(), ours.producer().id());
            assertEquals(kafkas.producerEpoch(), ours.producer().epoch());
            assertEquals(kafkas.prevProducerId(), ours.producer().previousId(), ours::toString);
            assertEquals(kafkas.lastProducerEpoch(), ours.producer().lastEpoch(), ours::toString);
            assertEquals(kafkas.state().id(), ours.id());
            assertEquals(kafkas.topicPartitions(), ours.partitions());
        }
    }

    private SimpleRecord write(TransactionState state) {
        var messages = format.write(new TransactionRecord.Stored("id", state));
        var batch = new RecordBatchWriter();
        batch.begin(1);
        batch.add(messages.key(), messages.value(), Integer.MAX_VALUE);
        return new SimpleRecord(batch.end().records().iterator().next());
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
