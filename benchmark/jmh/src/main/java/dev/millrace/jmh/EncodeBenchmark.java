package dev.millrace.jmh;

import dev.millrace.broker.net.EncodedAnswer;
import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.log.StoredRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Encoding the answer to a fetch whose records are sent from their files.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class EncodeBenchmark {
    private static final int SLICE = 64 << 10;

    @Param({"1", "200"})
    private int partitions;

    private final RequestContext context =
            new RequestContext(
                    ApiKeys.FETCH,
                    ApiKeys.FETCH.latestVersion(),
                    1,
                    "jmh",
                    new ClientConnection(
                            1,
                            "PLAINTEXT",
                            SecurityProtocol.PLAINTEXT,
                            "127.0.0.1",
                            "localhost",
                            9092,
                            KafkaPrincipal.ANONYMOUS));
    private EncodedAnswer answer;
    private FetchResponseData response;

    @Setup
    public void open() throws IOException {
        answer = new EncodedAnswer();
        StoredFile file = new MemoryStorage().open("00000000000000000000.log");
        file.append(ByteBuffer.allocate(SLICE));
        var topic = new FetchableTopicResponse().setTopicId(new Uuid(1, 1));
        for (int partition = 0; partition < partitions; partition++) {
            topic.partitions()
                    .add(
                            new PartitionData()
                                    .setPartitionIndex(partition)
                                    .setHighWatermark(1_000)
                                    .setLastStableOffset(1_000)
                                    .setLogStartOffset(0)
                                    .setRecords(new StoredRecords(file, 0, SLICE)));
        }
        response = new FetchResponseData().setSessionId(1);
        response.responses().add(topic);
    }

    @TearDown
    public void close() throws IOException {
        answer.close();
    }

    @Benchmark
    public int fetchAnswer() throws IOException {
        return answer.encode(context, response);
    }
}
