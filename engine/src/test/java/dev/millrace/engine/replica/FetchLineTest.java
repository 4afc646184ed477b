package dev.millrace.engine.replica;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.replica.FetchSessions.Context;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.Gen;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/// A session reads what has changed, and nothing that has changed is passed over.
final class FetchLineTest {
    private static final int PARTITIONS = 4;
    private static final int SEEDS = 300;

    /// Enough for some to come while another thread takes the line.
    private static final int CHANGES = 1_000_000;

    private static final int LINES = 2_000;

    /// One thing that happens to a partition, or to the session.
    private record Step(What what, int partition) {}

    private enum What {
        APPEND,
        APPEND_ALL,
        FLUSH,
        MOVE_START,
        NEW_EPOCH,
        FOLLOW,
        FETCH,
        FETCH_LITTLE,
        FORGET,
        ASK
    }

    /// Some partitions, their session, and a client that reads them.
    private static final class World {
        final ManualEnv env = new ManualEnv(1_000_000, 1);
        final FetchSessions sessions = new FetchSessions(2, env);
        final List<ArrayDeque<Runnable>> work = new ArrayList<>();
        final List<Partition> partitions = new ArrayList<>();

        /// What the client asks for next, by partition; those that it has not forgotten.
        final TreeMap<Integer, Long> offsets = new TreeMap<>();

        FetchSession session;
        int epoch;
        int leaderEpoch = 3;

        World() throws IOException {
            for (int p = 0; p < PARTITIONS; p++) {
                partitions.add(open(p));
                offsets.put(p, 0L);
            }
            Context opened = sessions.enter(request(0, 0), false);
            session = assertInstanceOf(Context.Opened.class, opened).session();
        }

        private Partition open(int p) throws IOException {
            var name = new TopicPartition("t", p);
            var tasks = new ArrayDeque<Runnable>();
            work.add(tasks);
            var partition =
                    new Partition(
                            name,
                            Uuid.ZERO_UUID,
                            env.newTurn(name.toString()),
                            (_, task) -> tasks.add(task),
                            LazyLog.open(
                                    Log.open(
                                            env,
                                            new HeapStorage(),
                                            name,
                                            LogSettings.DEFAULTS,
                                            OpenMode.CLEAN)),
                            new DiskReserve(
                                    new LogDirectory(Uuid.ZERO_UUID, "/data", new HeapStorage()),
                                    0,
                                    env),
                            LeaderSurroundings.alone(env.clock()),
                            0);
            partition.assume(leader(leaderEpoch), 1, LogSettings.DEFAULTS);
            return partition;
        }

        static ReplicaRole leader(int epoch) {
            return ReplicaRole.Leader.alone(epoch, 1);
        }

        FetchRequestData request(int id, int epoch) {
            var partitionsAsked = new ArrayList<FetchPartition>();
            offsets.forEach((p, offset) -> partitionsAsked.add(asked(p, offset)));
            var request = new FetchRequestData().setSessionId(id).setSessionEpoch(epoch);
            request.topics().add(new FetchTopic().setTopic("t").setPartitions(partitionsAsked));
            return request;
        }

        private static FetchPartition asked(int p, long offset) {
            return new FetchPartition()
                    .setPartition(p)
                    .setFetchOffset(offset)
                    .setPartitionMaxBytes(1 << 20);
        }

        void enter(FetchRequestData request) {
            request.setSessionId(session.id()).setSessionEpoch(++epoch);
            Context context = sessions.enter(request, false);
            if (!(context instanceof Context.Incremental)) {
                Context opened = sessions.enter(request(0, 0), false);
                session = assertInstanceOf(Context.Opened.class, opened).session();
                epoch = 0;
            }
        }

        void step(Step step) throws IOException {
            Partition partition = partitions.get(step.partition);
            switch (step.what) {
                case APPEND -> append(partition, false);
                case APPEND_ALL -> append(partition, true);
                case FLUSH -> flush(step.partition);
                case MOVE_START -> partition.ask(-1, (log, bounds) -> raise(log, bounds));
                case NEW_EPOCH -> partition.assume(leader(++leaderEpoch), 1, LogSettings.DEFAULTS);
                case FOLLOW ->
                        partition.assume(
                                new ReplicaRole.Follower(++leaderEpoch, 2),
                                1,
                                LogSettings.DEFAULTS);
                case FETCH -> fetch(1 << 20);
                case FETCH_LITTLE -> fetch(1);
                case FORGET -> forget(step.partition);
                case ASK -> ask(step.partition);
            }
            nobodyIsPassedOver();
        }

        private static long raise(Log log, Partition.Bounds bounds) throws IOException {
            log.raiseLogStart(bounds.highWatermark());
            return log.logStart();
        }

        static void append(Partition partition, boolean acksAll) {
            partition.append(Batches.plain().of(1_000_000, "v"), acksAll, Origin.CLIENT);
        }

        void flush(int p) {
            for (Runnable task = work.get(p).poll(); task != null; task = work.get(p).poll()) {
                task.run();
            }
        }

        private void forget(int p) {
            if (offsets.size() > 1 && offsets.remove(p) != null) {
                var request = new FetchRequestData();
                request.forgottenTopicsData()
                        .add(new ForgottenTopic().setTopic("t").setPartitions(List.of(p)));
                enter(request);
            }
        }

        private void ask(int p) {
            offsets.putIfAbsent(p, 0L);
            var request = new FetchRequestData();
            request.topics()
                    .add(
                            new FetchTopic()
                                    .setTopic("t")
                                    .setPartitions(
                                            List.of(asked(p, requireNonNull(offsets.get(p))))));
            enter(request);
        }

        List<FetchTarget> fetch(int budget) throws IOException {
            List<FetchTarget> told = new ArrayList<>();
            var moved = new ArrayList<Integer>();
            int left = budget;
            List<FetchTarget> line = session.takeLine();
            for (FetchTarget target : line) {
                int p = target.key().partition();
                PartitionRead read =
                        target.read(
                                partitions.get(p),
                                Errors.NONE,
                                left,
                                left == budget,
                                FetchReader.ofLeader(Isolation.READ_UNCOMMITTED));
                left = Math.max(0, left - read.records().sizeInBytes());
                if (target.worthTelling(read)) {
                    told.add(target);
                }
                long before = requireNonNull(offsets.get(p));
                if (read.records() instanceof StoredRecords records) {
                    for (RecordBatch batch : records.load().batches()) {
                        offsets.put(p, batch.nextOffset());
                    }
                } else if (read.error() == Errors.OFFSET_OUT_OF_RANGE) {
                    offsets.put(p, partitions.get(p).logStart());
                }
                if (before != requireNonNull(offsets.get(p))) {
                    moved.add(p);
                }
            }
            session.lineUpAgain(line);
            moved.forEach(this::ask);
            return told;
        }

        /// Who does not stand in line has nothing that its client should be told.
        void nobodyIsPassedOver() {
            List<FetchTarget> line = session.takeLine();
            line.forEach(session::lineUp);
            for (FetchTarget target : session.targets()) {
                int p = target.key().partition();
                if (!line.contains(target)) {
                    PartitionRead now =
                            partitions
                                    .get(p)
                                    .read(
                                            requireNonNull(offsets.get(p)),
                                            -1,
                                            -1,
                                            1 << 20,
                                            true,
                                            Isolation.READ_UNCOMMITTED);
                    assertFalse(
                            target.worthTelling(now),
                            () -> "passed over: " + target.key() + " " + now);
                }
            }
        }
    }

    @Test
    void whatChangedStandsInLine() {
        Gen.forSeeds(
                1,
                SEEDS,
                FetchLineTest::steps,
                steps -> {
                    var world = new World();
                    for (Step step : steps) {
                        world.step(step);
                    }
                });
    }

    private static List<Step> steps(Random random) {
        var steps = new ArrayList<Step>();
        for (int i = 0; i < 60; i++) {
            What what =
                    random.nextInt(3) == 0
                            ? What.FETCH
                            : What.values()[random.nextInt(What.values().length)];
            steps.add(new Step(what, random.nextInt(PARTITIONS)));
        }
        return steps;
    }

    @Test
    void onlyWhatChangedIsRead() throws IOException {
        var world = new World();
        assertEquals(PARTITIONS, world.fetch(1 << 20).size());
        assertEquals(List.of(), world.session.takeLine());

        World.append(world.partitions.get(2), false);

        assertEquals(
                List.of(2),
                world.session.takeLine().stream().map(t -> t.key().partition()).toList());
    }

    @Test
    void whoWasNotServedStandsBeforeThoseWhoWere() throws IOException {
        var world = new World();
        world.fetch(1 << 20);
        for (int p = 0; p < PARTITIONS; p++) {
            World.append(world.partitions.get(p), false);
            World.append(world.partitions.get(p), false);
        }
        var served = new ArrayList<Integer>();
        for (int round = 0; round < PARTITIONS; round++) {
            var before = new TreeMap<>(world.offsets);
            world.fetch(1);
            world.offsets.forEach((p, offset) -> {
                if (!offset.equals(before.get(p))) {
                    served.add(p);
                }
            });
        }
        assertEquals(List.of(0, 1, 2, 3), served);
    }

    @Test
    void aWaitEndsWhenEnoughHasArrived() throws IOException {
        var world = new World();
        world.fetch(1 << 20);

        FetchWait one = world.session.await(1);
        assertFalse(one.done());
        World.append(world.partitions.get(3), false);
        assertTrue(one.done());

        world.session.resumed();
        world.session.takeLine();
        FetchWait many = world.session.await(1_000);
        World.append(world.partitions.get(1), false);
        assertFalse(many.done());
        world.partitions
                .get(1)
                .append(Batches.plain().of(1_000_000, "x".repeat(1_000)), false, Origin.CLIENT);
        assertTrue(many.done());
    }

    @Test
    void whatArrivesBeforeTheWaitCounts() throws IOException {
        var world = new World();
        world.fetch(1 << 20);
        World.append(world.partitions.get(0), false);

        assertTrue(world.session.await(1).done(), "V2: no lost wake-up");
    }

    @Test
    void aRoleThatEndsWakesAndAStartThatMovesDoesNot() throws IOException {
        var world = new World();
        World.append(world.partitions.get(0), false);
        world.fetch(1 << 20);
        world.fetch(1 << 20);

        FetchWait wait = world.session.await(1);
        world.step(new Step(What.MOVE_START, 0));
        assertFalse(wait.done());
        world.step(new Step(What.FOLLOW, 1));
        assertTrue(wait.done());
    }

    /// A partition that changes while the line is taken: twice in one answer its records would be there twice, and a follower would refuse
    /// the second time, and pause.
    @Test
    void nobodyIsReadTwiceForOneAnswer() throws Exception {
        var world = new World();
        for (int p = 0; p < 1_000; p++) {
            world.offsets.put(p, 0L);
        }
        Context opened = world.sessions.enter(world.request(0, 0), false);
        FetchSession session = assertInstanceOf(Context.Opened.class, opened).session();
        List<FetchTarget> targets = session.targets();
        var changes = new AtomicInteger();
        Thread changing =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                int next = changes.getAndIncrement() % targets.size();
                                session.changed(targets.get(next), 0, 0, 1);
                            }
                        });
        try {
            for (int lines = 0; lines < LINES || changes.get() < CHANGES; lines++) {
                targets.forEach(session::lineUp);
                List<FetchTarget> line = session.takeLine();
                assertEquals(line.stream().distinct().count(), line.size());
            }
        } finally {
            changing.interrupt();
        }
        changing.join();
    }

    @Test
    void aSessionThatEndedIsNotTold() throws IOException {
        var world = new World();
        world.fetch(1 << 20);
        FetchWait wait = world.session.await(1);

        world.sessions.enter(
                new FetchRequestData().setSessionId(world.session.id()).setSessionEpoch(-1), false);
        World.append(world.partitions.get(0), false);

        assertFalse(wait.done());
        assertEquals(List.of(), world.session.takeLine());
        assertNotNull(world.partitions.get(0));
    }
}
