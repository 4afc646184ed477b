package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.AwaitOffsets;
import dev.millrace.bench.load.LoadJob.CommitRate;
import dev.millrace.bench.load.LoadJob.FillOffsets;
import dev.millrace.bench.load.LoadJob.SetOffsetsTopic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.protocol.ApiKeys;

/// Offsets of groups without members: how fast they are committed, and how soon they are back after a restart.
final class OffsetJobs {
    private static final int LANES = 20;
    private static final int RESPONSE_BYTES = 1 << 16;
    private static final long PATIENCE_S = 120;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final String GROUP = "offsets-";

    private OffsetJobs() {}

    static LoadResult setTopic(SetOffsetsTopic job) throws IOException, InterruptedException {
        try (var connection = open(job.target())) {
            awaitCoordinator(connection, GROUP + 0);
        }
        return TopicJobs.set(job.target(), Topic.GROUP_METADATA_TOPIC_NAME, job.configs());
    }

    /// One partition a request, from so many connections; open loop: from the instant at which a commit was due to its answer.
    static LoadResult commit(CommitRate job) throws IOException, InterruptedException {
        Histogram latencies = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        long startNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
        LoadResult done =
                Lanes.runAll(LANES, lane -> new CommitLane(job, lane, startNs, latencies));
        Map<String, Double> percentiles =
                Map.of(
                        "p50", latencies.getValueAtPercentile(50) / 1e6,
                        "p99", latencies.getValueAtPercentile(99) / 1e6,
                        "p99.9", latencies.getValueAtPercentile(99.9) / 1e6);
        return new LoadResult("", done.records(), 0, done.elapsedNs(), 0, 0, 0, percentiles);
    }

    /// Every group commits every partition of the topic, 100 for instance in one request.
    static LoadResult fill(FillOffsets job) throws IOException, InterruptedException {
        return Lanes.runAll(LANES, lane -> new FillLane(job, lane));
    }

    /// Returns when the coordinator has answered for groups enough to have met every partition of its topic, with all offsets.
    static LoadResult await(AwaitOffsets job) throws IOException, InterruptedException {
        long startedNs = System.nanoTime();
        int[] all = IntStream.range(0, job.target().partitions()).toArray();
        try (var connection = open(job.target())) {
            for (int group = 0; group < job.groups(); group++)
                awaitOffsets(connection, job, GROUP + group, all);
        }
        return LoadResult.moved(job.groups(), 0, System.nanoTime() - startedNs);
    }

    private static void awaitOffsets(
            GroupConnection connection, AwaitOffsets job, String group, int[] partitions)
            throws IOException, InterruptedException {
        retry(() -> {
            var answer = fetch(connection, job.target(), group, partitions);
            if (answer.errorCode() == 0) {
                for (OffsetFetchResponsePartitions one : answer.topics().getFirst().partitions()) {
                    if (one.committedOffset() != one.partitionIndex() + 1L)
                        throw new IOException(
                                "%s, partition %d: offset %d is not what was committed"
                                        .formatted(
                                                group,
                                                one.partitionIndex(),
                                                one.committedOffset()));
                }
            }
            return answer.errorCode();
        });
    }

    private static OffsetFetchResponseData.OffsetFetchResponseGroup fetch(
            GroupConnection connection, LoadJob.Target target, String group, int[] partitions)
            throws IOException {
        var topic =
                new OffsetFetchRequestTopics()
                        .setName(target.topic().name())
                        .setPartitionIndexes(IntStream.of(partitions).boxed().toList());
        var request =
                new OffsetFetchRequestData()
                        .setGroups(
                                List.of(
                                        new OffsetFetchRequestGroup()
                                                .setGroupId(group)
                                                .setTopics(List.of(topic))));
        var response =
                connection.ask(ApiKeys.OFFSET_FETCH, 9, request, new OffsetFetchResponseData());
        return response.groups().getFirst();
    }

    private interface Attempt {
        /// An error code.
        short make() throws IOException;
    }

    private static void retry(Attempt attempt) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        for (short error = attempt.make(); error != 0; error = attempt.make()) {
            if (!GroupMember.NOT_YET.contains(error)) throw new IOException("error " + error);
            if (System.nanoTime() > end) throw new IOException("no answer in " + PATIENCE_S + " s");
            if (Thread.interrupted()) throw new InterruptedException();
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private static GroupConnection open(LoadJob.Target target) throws IOException {
        return new GroupConnection(target.port(), RESPONSE_BYTES);
    }

    private static short commit(
            GroupConnection connection,
            LoadJob.Target target,
            String group,
            List<OffsetCommitRequestPartition> partitions)
            throws IOException {
        var topic =
                new OffsetCommitRequestTopic()
                        .setName(target.topic().name())
                        .setPartitions(partitions);
        var request = new OffsetCommitRequestData().setGroupId(group).setTopics(List.of(topic));
        var answer =
                connection.ask(ApiKeys.OFFSET_COMMIT, 9, request, new OffsetCommitResponseData());
        return answer.topics().getFirst().partitions().stream()
                .map(OffsetCommitResponseData.OffsetCommitResponsePartition::errorCode)
                .filter(error -> error != 0)
                .findFirst()
                .orElse((short) 0);
    }

    private static OffsetCommitRequestPartition offset(int partition, long offset) {
        return new OffsetCommitRequestPartition()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset)
                .setCommittedMetadata("");
    }

    /// A coordinator's topic is made when the first asks for one.
    static void awaitCoordinator(GroupConnection connection, String group)
            throws IOException, InterruptedException {
        var request = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group));
        retry(() ->
                connection
                        .ask(
                                ApiKeys.FIND_COORDINATOR,
                                4,
                                request,
                                new FindCoordinatorResponseData())
                        .coordinators()
                        .getFirst()
                        .errorCode());
    }

    private record CommitLane(
            CommitRate job, int lane, long startNs, Histogram latencies, GroupConnection connection)
            implements Lanes.Lane {
        CommitLane(CommitRate job, int lane, long startNs, Histogram latencies) {
            this(job, lane, startNs, latencies, opened(job.target()));
        }

        @Override
        public long[] run() throws IOException, InterruptedException {
            awaitCoordinator(connection, group(0));
            retry(() -> commit(connection, job.target(), group(0), List.of(offset(0, 0))));
            double periodNs = 1e9 * LANES / job.perSecond();
            long beginNs = Math.max(startNs, System.nanoTime());
            long warm = Math.round(job.warmSeconds() * job.perSecond() / LANES);
            long count = warm + Math.round(job.seconds() * job.perSecond() / LANES);
            for (long i = 0; i < count; i++) {
                long dueNs = beginNs + (long) ((i + (double) lane / LANES) * periodNs);
                Due.await(dueNs);
                int partition = (int) (i % job.target().partitions());
                short error =
                        commit(connection, job.target(), group(i), List.of(offset(partition, i)));
                if (error != 0) throw new IOException("OffsetCommit: error " + error);
                if (i >= warm) latencies.recordValue(Math.max(1, System.nanoTime() - dueNs));
            }
            return new long[] {count - warm, 0};
        }

        /// Each lane has its share of the groups.
        private String group(long turn) {
            int share = Math.max(1, job.groups() / LANES);
            return "rate-" + (lane + LANES * (turn % share));
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private record FillLane(FillOffsets job, int lane, GroupConnection connection)
            implements Lanes.Lane {
        FillLane(FillOffsets job, int lane) {
            this(job, lane, opened(job.target()));
        }

        @Override
        public long[] run() throws IOException, InterruptedException {
            List<OffsetCommitRequestPartition> all =
                    IntStream.range(0, job.target().partitions())
                            .mapToObj(partition -> offset(partition, partition + 1L))
                            .toList();
            awaitCoordinator(connection, GROUP + lane);
            long count = 0;
            for (int group = lane; group < job.groups(); group += LANES) {
                String name = GROUP + group;
                retry(() -> commit(connection, job.target(), name, all));
                count += all.size();
            }
            return new long[] {count, 0};
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private static GroupConnection opened(LoadJob.Target target) {
        try {
            return open(target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
