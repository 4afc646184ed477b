package dev.millrace.engine.log;

import dev.millrace.broker.host.Host;
import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.env.Env;
import dev.millrace.jmh.Payload;
import dev.millrace.jmh.SinkStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
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

/// What a log does a batch: check, assign, append; and how it finds where a read begins.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class LogBenchmark {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final int READ_BATCHES = 4_096;
    private static final int READ_BYTES = 1 << 20;

    @Param private Payload payload;

    private Host host;
    private Log sink;
    private Log filled;
    private MemoryRecords records;
    private ByteBuffer bytes;
    private long random = 42;

    @Setup
    public void open() throws IOException {
        host =
                new Host(broken -> {
                    throw broken;
                });
        records = payload.batch();
        bytes = records.buffer();
        sink = Log.open(host, new SinkStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        filled = filled(host);
    }

    private Log filled(Env env) throws IOException {
        Log log = Log.open(env, new MemoryStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        int batches = payload == Payload.KB64 ? READ_BATCHES / 16 : READ_BATCHES;
        for (int i = 0; i < batches; i++) {
            append(log);
        }
        return log;
    }

    @TearDown
    public void stop() throws InterruptedException {
        host.stop(1_000);
    }

    /// The rules for a client's batch and the twelve bytes that the log sets.
    @Benchmark
    public @Nullable AppendResult checkAndAssign() {
        records.buffer().putLong(bytes.position(), 0);
        var batches =
                new LeaderBatches(NAME, LogSettings.DEFAULTS, host.clock().wallMs(), Origin.CLIENT);
        AppendResult refused = batches.check(bytes);
        batches.assign(bytes, 1_000_000, 5);
        return refused;
    }

    @Benchmark
    public AppendResult append() throws IOException {
        return append(sink);
    }

    private AppendResult append(Log log) throws IOException {
        bytes.putLong(bytes.position(), 0);
        AppendResult result = log.append(records, 5, Origin.CLIENT);
        if (!(result instanceof AppendResult.Appended)) {
            throw new IllegalStateException(result.toString());
        }
        return result;
    }

    /// A reader that comes from anywhere: no hint, the index and a short walk.
    @Benchmark
    public ReadResult readFromAnywhere() throws IOException {
        random = random * 6364136223846793005L + 1442695040888963407L;
        long offset = (random >>> 33) % filled.logEnd();
        return filled.read(offset, filled.logEnd(), READ_BYTES, true);
    }

    /// A reader that waits at the end.
    @Benchmark
    public ReadResult readAtTheEnd() throws IOException {
        return filled.read(filled.logEnd(), filled.logEnd(), READ_BYTES, true);
    }
}
