package dev.millrace.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.bench.floor.FloorMain;
import dev.millrace.bench.load.LoadJob.Target;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.wire.RecordBatches.Codec;
import dev.millrace.bench.wire.TopicRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The raw jobs, driven against the one peer that needs no process: what goes in comes out.
class JobsAgainstTheFloorTest {
    private static final int RECORD_BYTES = 1024;

    @TempDir private static Path directory;
    private static int port;

    @BeforeAll
    static void startTheFloor() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Thread.ofPlatform().daemon().start(JobsAgainstTheFloorTest::runTheFloor);
        while (!listening()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void runTheFloor() {
        try {
            FloorMain.main(new String[] {Integer.toString(port), directory.toString()});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean listening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static Target topic(long id, int partitions) {
        return new Target(List.of(port), new TopicRef("t", 1, id), partitions);
    }

    @Test
    void producesToEveryPartitionInTurnAndReadsItAllBack()
            throws IOException, InterruptedException {
        Target target = topic(2, 5);
        Volume volume = new Volume(RECORD_BYTES, 16 << 10, 4_000_000);
        LoadJob.RawProduce produce = new LoadJob.RawProduce(target, volume, Codec.ZSTD, 1, 5);
        LoadResult sent =
                Lanes.runAll(RawProduceLane.lanes(produce), i -> new RawProduceLane(produce, i));
        assertEquals(sent.records() * RECORD_BYTES, sent.bytes());
        assertTrue(sent.bytes() > 3_900_000 && sent.bytes() <= 4_000_000, () -> "" + sent);
        LoadJob.RawFetch fetch = new LoadJob.RawFetch(target, 1 << 20, 5);
        LoadResult read = Lanes.runAll(target.partitions(), i -> new RawFetchLane(fetch, i));
        assertEquals(sent.records(), read.records());
    }

    @Test
    void everyRecordIsAnsweredAndReachesTheWaitingFetch() throws IOException, InterruptedException {
        var job = new LoadJob.RawLatency(topic(4, 1), 1, 1_000, RECORD_BYTES, 0.05, 0.2);
        LoadResult done = new RawLatency(job).run();
        assertEquals(250, done.records());
        for (String figure : new String[] {"answer.p50", "answer.p99", "fetch.p50", "fetch.p99"}) {
            assertTrue(done.percentilesMs().getOrDefault(figure, 0.0) > 0, figure);
        }
    }

    @Test
    void waitingConsumersGetWhatTheTrickleBrings() throws IOException, InterruptedException {
        WaiterJobs waiters = new WaiterJobs();
        Target target = topic(6, 2);
        waiters.start(new LoadJob.StartWaiters(target, 4, 100, 200));
        var fetch = new LoadJob.RawFetch(target, 1 << 20, 500);
        Lanes.runAll(target.partitions(), i -> new RawFetchLane(fetch, i));
        assertTrue(waiters.stop().records() > 0);
    }
}
