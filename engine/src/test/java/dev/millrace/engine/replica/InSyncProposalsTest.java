package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// How the controller is asked by the leader of many partitions, of which every follower lags.
final class InSyncProposalsTest {
    private static final int LAG_MS = 10_000;
    private static final Uuid TOPIC = new Uuid(1, 1);

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final List<List<Integer>> asked = new ArrayList<>();
    private final List<CompletableFuture<AlterPartitionResponseData>> answers = new ArrayList<>();
    private int failures;
    private final InSyncProposals proposals =
            new InSyncProposals(
                    1,
                    () -> 17,
                    request -> {
                        if (failures > 0) {
                            failures--;
                            throw new IllegalStateException("out of luck");
                        }
                        asked.add(partitions(request));
                        answers.add(new CompletableFuture<>());
                        return answers.getLast();
                    },
                    env);

    private static List<Integer> partitions(AlterPartitionRequestData request) {
        return request.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(AlterPartitionRequestData.PartitionData::partitionIndex)
                .toList();
    }

    private void leads(int index) {
        var name = new TopicPartition("t", index);
        var partition =
                new Partition(
                        name,
                        TOPIC,
                        env.newTurn(name.toString()),
                        env.workers(),
                        LazyLog.resting(
                                name,
                                LogRest.EMPTY,
                                LogSettings.DEFAULTS,
                                0,
                                _ -> {
                                    throw new AssertionError("nobody needs it");
                                }),
                        new DiskReserve(
                                new LogDirectory(Uuid.ZERO_UUID, "/d", new HeapStorage()), 0, env),
                        new LeaderSurroundings(
                                env.clock(), LAG_MS, (_, _) -> true, proposals::propose),
                        0);
        partition.assume(
                new ReplicaRole.Leader(1, 0, List.of(1, 2), List.of(2)), 1, LogSettings.DEFAULTS);
        lagging.add(partition);
    }

    private final List<Partition> lagging = new ArrayList<>();

    private void theyLag() {
        env.advance(LAG_MS);
        lagging.forEach(each -> each.inSyncSet().dropLaggards());
    }

    private void answer(Errors error) {
        var topic = new AlterPartitionResponseData.TopicData().setTopicId(TOPIC);
        for (int index : asked.getLast()) {
            topic.partitions()
                    .add(
                            new AlterPartitionResponseData.PartitionData()
                                    .setPartitionIndex(index)
                                    .setErrorCode(error.code()));
        }
        answers.getLast().complete(new AlterPartitionResponseData().setTopics(List.of(topic)));
        env.advance(1);
    }

    /// However many there are, and though those that were asked first stay undecided.
    @Test
    void manyAreAskedInSeveralRequests() {
        int many = 2 * InSyncProposals.MOST + 1;
        for (int i = 0; i < many; i++) {
            leads(i);
        }
        theyLag();
        Set<Integer> all = new HashSet<>(asked.getLast());
        for (int i = 0; i < 3; i++) {
            answer(Errors.NOT_CONTROLLER);
            assertTrue(asked.getLast().size() <= InSyncProposals.MOST);
            all.addAll(asked.getLast());
        }
        assertEquals(many, all.size());
        for (int i = 0; i < 3; i++) {
            answer(Errors.NONE);
        }
        int decided = asked.size();
        env.advance(LAG_MS);
        assertEquals(decided, asked.size());
    }

    @Test
    void whatCouldNotBeAskedIsAskedAgain() {
        leads(0);
        failures = 1;
        theyLag();
        assertEquals(List.of(), asked);

        env.advance(1_000);

        assertEquals(List.of(List.of(0)), asked);
    }
}
