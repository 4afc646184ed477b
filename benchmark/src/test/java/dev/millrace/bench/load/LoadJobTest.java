package dev.millrace.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.bench.load.LoadJob.Target;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.wire.RecordBatches.Codec;
import dev.millrace.bench.wire.TopicRef;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

class LoadJobTest {
    private static final Target TARGET =
            new Target(List.of(9092, 9094), new TopicRef("t", -5, Long.MAX_VALUE), 2);

    private static final LoadJob.StartGroups GROUPS =
            new LoadJob.StartGroups(TARGET, LoadJob.GroupKind.CONSUMER, "g", 3, 4, 200);

    static Stream<LoadJob> jobs() {
        return Stream.of(
                new LoadJob.CreateTopic(TARGET, Map.of("millrace.flush", "os")),
                new LoadJob.DeleteTopic(TARGET),
                new LoadJob.SetOffsetsTopic(TARGET, Map.of("flush.messages", "1")),
                new LoadJob.RawProduce(
                        TARGET, new Volume(1024, 65536, 1_000_000_000), Codec.LZ4, -1, 5),
                new LoadJob.RawFetch(TARGET, 1 << 20, 7),
                new LoadJob.ClientProduce(
                        TARGET, new Volume(1, 2, 3), Codec.NONE, 1, 5, true, false),
                new LoadJob.ClientConsume(TARGET, 20, 9),
                new LoadJob.EndToEnd(TARGET, 1, 1000, 1024, 1.5, 4),
                new LoadJob.RawLatency(TARGET, -1, 1000, 1024, 1.5, 4),
                new LoadJob.OpenConnections(TARGET, 2000),
                new LoadJob.PaceConnections(TARGET, 10_000),
                new LoadJob.CloseConnections(TARGET),
                new LoadJob.StartWaiters(TARGET, 1000, 500, 10),
                new LoadJob.StopWaiters(TARGET),
                GROUPS,
                new LoadJob.StopGroups(TARGET),
                new LoadJob.Rebalances(GROUPS, 1, 5),
                new LoadJob.CommitRate(TARGET, 20, 2000, 1.5, 4),
                new LoadJob.CreateTopics(TARGET, 10, 600),
                new LoadJob.FillOffsets(TARGET, 10),
                new LoadJob.AwaitOffsets(TARGET, 5),
                new LoadJob.AwaitInSync(TARGET, 60),
                new LoadJob.StartGap(TARGET, 1500),
                new LoadJob.EndGap(TARGET, 2, 3.5));
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void crossesTheLineUnchanged(LoadJob job) {
        JsonMapper json = JsonMapper.shared();
        String line = json.writerFor(LoadJob.class).writeValueAsString(job);
        assertEquals(1, line.lines().count());
        assertEquals(job, json.readValue(line, LoadJob.class));
    }
}
