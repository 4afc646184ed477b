package dev.millrace.engine.replica;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.BeforeEach;

/// One partition with three replicas, joined by hand. Flushes happen when a test lets them.
abstract class ThreeReplicas {
    static final TopicPartition NAME = new TopicPartition("t", 0);
    static final int ALL = Integer.MAX_VALUE;
    static final int LAG_MS = 10_000;

    final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final Uuid topicId = Uuid.randomUuid();
    final List<InSyncProposal> proposals = new ArrayList<>();
    final Set<Integer> ineligible = new HashSet<>();

    /// One replica, on a broker of its own.
    final class Replica {
        private final int id;
        final ArrayDeque<Runnable> work = new ArrayDeque<>();
        final Log log;
        final Partition partition;

        Replica(int id) throws IOException {
            this.id = id;
            var disk = new HeapStorage();
            log = Log.open(env, disk, NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
            partition =
                    new Partition(
                            NAME,
                            topicId,
                            env.newTurn("replica " + id),
                            (_, task) -> work.add(task),
                            LazyLog.open(log),
                            new DiskReserve(new LogDirectory(Uuid.ZERO_UUID, "/d", disk), 0, env),
                            new LeaderSurroundings(
                                    env.clock(),
                                    LAG_MS,
                                    (broker, _) -> !ineligible.contains(broker),
                                    proposals::add),
                            0);
        }

        void leads(int epoch, int partitionEpoch, Integer... inSync) {
            leadsWithMin(1, epoch, partitionEpoch, inSync);
        }

        void leadsWithMin(int minInSync, int epoch, int partitionEpoch, Integer... inSync) {
            var others = new ArrayList<>(List.of(1, 2, 3));
            others.removeIf(other -> other == id);
            partition.assume(
                    new ReplicaRole.Leader(epoch, partitionEpoch, List.of(inSync), others),
                    minInSync,
                    LogSettings.DEFAULTS);
        }

        void follows(int epoch, Replica leader) {
            partition.assume(new ReplicaRole.Follower(epoch, leader.id), 1, LogSettings.DEFAULTS);
        }

        AppendResult append(String value) {
            return partition.append(
                    Batches.plain().of(env.clock().wallMs(), value), true, Origin.CLIENT);
        }

        void flush() {
            while (!work.isEmpty()) {
                work.remove().run();
            }
        }

        long highWatermark() throws IOException {
            var seen = new AtomicLong();
            partition
                    .house()
                    .keep((_, bounds) -> {
                        seen.set(bounds.highWatermark());
                        return true;
                    });
            return seen.get();
        }

        /// One fetch from that leader, and what follows from its answer; flushed.
        Errors fetch(Replica leader, int epoch) throws IOException {
            Errors error = fetchOnly(leader, epoch).toCompletableFuture().getNow(Errors.NONE);
            flush();
            return error;
        }

        CompletableFuture<Errors> fetchOnly(Replica leader, int epoch) throws IOException {
            FollowerPosition at = Objects.requireNonNull(partition.following().position(epoch));
            PartitionRead read =
                    leader.partition.readAsFollower(
                            new ReplicaReader(id, 7),
                            at.logEnd(),
                            epoch,
                            at.latestEpoch(),
                            at.logStart(),
                            ALL,
                            true);
            if (read.error() == Errors.OFFSET_OUT_OF_RANGE) {
                partition.following().begins(epoch, read.logStart(), read.highWatermark());
                return CompletableFuture.completedFuture(read.error());
            }
            if (read.error() != Errors.NONE) {
                return CompletableFuture.completedFuture(read.error());
            }
            if (read.divergingEpoch() >= 0) {
                partition
                        .following()
                        .departs(epoch, new EpochEnd(read.divergingEpoch(), read.divergingEnd()));
                return CompletableFuture.completedFuture(Errors.NONE);
            }
            MemoryRecords records =
                    read.records() instanceof StoredRecords stored
                            ? stored.load()
                            : MemoryRecords.EMPTY;
            return partition
                    .following()
                    .replicate(epoch, records, read.highWatermark(), read.logStart())
                    .toCompletableFuture();
        }

        ByteBuffer bytes() throws IOException {
            return log.read(log.logStart(), log.logEnd(), ALL, true)
                            instanceof ReadResult.Found(StoredRecords records, _)
                    ? records.load().buffer()
                    : ByteBuffer.allocate(0);
        }
    }

    Replica one;
    Replica two;
    Replica three;

    @BeforeEach
    void replicas() throws IOException {
        one = new Replica(1);
        two = new Replica(2);
        three = new Replica(3);
        one.leads(1, 0, 1, 2, 3);
        two.follows(1, one);
        three.follows(1, one);
    }
}
