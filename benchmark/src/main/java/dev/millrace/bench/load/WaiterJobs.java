package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.StartWaiters;
import dev.millrace.bench.wire.FetchFrame;
import dev.millrace.bench.wire.ProduceFrame;
import dev.millrace.bench.wire.RecordBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Many consumers that wait for few records, and stay between two jobs, so that the broker can be watched meanwhile.
final class WaiterJobs {
    private static final int RESPONSE_BYTES = 16 << 10;
    private static final int MAX_BYTES = 8 << 10;
    private static final int RECORD_BYTES = 100;
    private static final int PRODUCE_VERSION = 13;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<RawConnection> connections = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();
    private volatile boolean stopping;
    private volatile String failure = "";

    LoadResult start(StartWaiters job) throws IOException, InterruptedException {
        end();
        stopping = false;
        failure = "";
        received.set(0);
        for (int i = 0; i < job.consumers(); i++) {
            int partition = i % job.target().partitions();
            run(job, connection -> wait(connection, job, partition));
        }
        run(job, connection -> trickle(connection, job));
        return LoadResult.moved(job.consumers(), 0, 0);
    }

    private interface Task {
        void run(RawConnection connection) throws IOException;
    }

    private void run(StartWaiters job, Task task) throws IOException {
        RawConnection connection = new RawConnection(job.target().port(), RESPONSE_BYTES);
        connections.add(connection);
        threads.add(
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                task.run(connection);
                            } catch (IOException e) {
                                failure = e.toString();
                            }
                        }));
    }

    private void wait(RawConnection connection, StartWaiters job, int partition)
            throws IOException {
        long offset = 0;
        int correlationId = 0;
        do {
            connection.send(
                    FetchFrame.encode(
                            correlationId++,
                            job.target().topic(),
                            partition,
                            offset,
                            job.maxWaitMs(),
                            MAX_BYTES));
            ByteBuffer response = connection.receive();
            FetchFrame.Answer answer = FetchFrame.read(response);
            if (answer.error() != 0) throw new IOException("Fetch: error " + answer.error());
            long next = FetchFrame.nextOffset(response, answer, offset);
            received.addAndGet(next - offset);
            offset = next;
        } while (!stopping);
    }

    private void trickle(RawConnection connection, StartWaiters job) throws IOException {
        ByteBuffer batch =
                RecordBatches.build(
                        1, RECORD_BYTES, RecordBatches.Codec.NONE, System.currentTimeMillis(), 1);
        ByteBuffer frame = ProduceFrame.encode(PRODUCE_VERSION, 1, job.target().topic(), 0, batch);
        long periodNs = TimeUnit.SECONDS.toNanos(1) / job.recordsPerSecond();
        long startedNs = System.nanoTime();
        for (int i = 0; !stopping; i++) {
            Due.await(startedNs + i * periodNs);
            ProduceFrame.setCorrelationId(frame, i);
            ProduceFrame.setPartition(frame, i % job.target().partitions());
            connection.send(frame);
            short error = ProduceFrame.errorOf(connection.receive(), PRODUCE_VERSION);
            if (error != 0) throw new IOException("Produce: error " + error);
        }
    }

    LoadResult stop() throws IOException, InterruptedException {
        end();
        if (!failure.isEmpty()) throw new IOException("a waiting consumer failed: " + failure);
        if (received.get() == 0) throw new IOException("no waiting consumer got a record");
        return LoadResult.moved(received.get(), 0, 0);
    }

    private void end() throws IOException, InterruptedException {
        stopping = true;
        for (Thread thread : threads) thread.join(PATIENCE);
        for (RawConnection connection : connections) connection.close();
        threads.clear();
        connections.clear();
    }
}
