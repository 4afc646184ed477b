package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// The controller is told once, of everything that came up meanwhile, and again until it has heard.
final class DirectoryReportsTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Uuid DISK = new Uuid(2, 2);

    private final ManualEnv env = new ManualEnv(1_000, 1);
    private final List<AssignReplicasToDirsRequestData> asked = new ArrayList<>();
    private final List<CompletableFuture<AssignReplicasToDirsResponseData>> answers =
            new ArrayList<>();
    private int failures;
    private final DirectoryReports reports =
            new DirectoryReports(
                    3,
                    () -> 17,
                    request -> {
                        if (failures > 0) {
                            failures--;
                            throw new IllegalStateException("out of luck");
                        }
                        asked.add(request);
                        answers.add(new CompletableFuture<>());
                        return answers.getLast();
                    },
                    env);

    @Test
    void whatComesUpMeanwhileGoesTogether() {
        reports.lies(TOPIC, 0, DISK);
        reports.lies(TOPIC, 1, DISK);
        reports.lies(TOPIC, 2, DISK);
        assertEquals(List.of(0), told());
        assertEquals(17, asked.getLast().brokerEpoch());

        answer(Errors.NONE);
        assertEquals(List.of(1, 2), told());
        answer(Errors.NONE);
        assertEquals(2, asked.size());
    }

    @Test
    void whoHasNotHeardIsToldAgain() {
        reports.lies(TOPIC, 0, DISK);
        answers.getLast().completeExceptionally(new IOException("lost"));
        env.advance(1_000);
        answer(Errors.STALE_BROKER_EPOCH);
        env.advance(1_000);
        assertEquals(3, asked.size());
        answer(Errors.NONE);
        env.advance(10_000);
        assertEquals(3, asked.size());
    }

    @Test
    void whatCouldNotBeToldIsToldAgain() {
        failures = 1;
        reports.lies(TOPIC, 0, DISK);
        assertEquals(0, asked.size());
        env.advance(1_000);
        assertEquals(List.of(0), told());
    }

    @Test
    void aReplicaThatLiesElsewhereMeanwhileIsToldAgain() {
        reports.lies(TOPIC, 0, DISK);
        reports.lies(TOPIC, 0, new Uuid(3, 3));
        answer(Errors.NONE);
        assertEquals(new Uuid(3, 3), asked.getLast().directories().getFirst().id());
        assertEquals(2, asked.size());
    }

    private void answer(Errors error) {
        answers.getLast()
                .complete(new AssignReplicasToDirsResponseData().setErrorCode(error.code()));
        env.advance(1);
    }

    private List<Integer> told() {
        return asked.getLast().directories().getFirst().topics().getFirst().partitions().stream()
                .map(AssignReplicasToDirsRequestData.PartitionData::partitionIndex)
                .sorted()
                .toList();
    }

    /// The controller decides a request in one step.
    @Test
    void manyAreToldInSeveralRequests() {
        for (int i = 0; i <= DirectoryReports.MOST + 1; i++) {
            reports.lies(TOPIC, i, DISK);
        }
        answer(Errors.NONE);
        assertEquals(DirectoryReports.MOST, told().size());
        answer(Errors.NONE);
        assertEquals(List.of(DirectoryReports.MOST + 1), told());
    }
}
