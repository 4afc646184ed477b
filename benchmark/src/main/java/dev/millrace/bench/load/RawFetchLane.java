package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.RawFetch;
import dev.millrace.bench.wire.FetchFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// Fetches one partition, one request at a time as the official consumer does, and looks at batch headers only.
final class RawFetchLane implements Lanes.Lane {
    private static final int MAX_WAIT_MS = 500;
    private static final int ROOM_BYTES = 64 << 10;

    private final RawFetch job;
    private final int partition;
    private final RawConnection connection;

    RawFetchLane(RawFetch job, int partition) {
        this.job = job;
        this.partition = partition;
        try {
            connection =
                    new RawConnection(job.target().portOf(partition), job.maxBytes() + ROOM_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long[] run() throws IOException {
        long wanted = job.totalBytes() / job.target().partitions();
        long records = 0;
        long bytes = 0;
        long offset = 0;
        for (int correlationId = 0; bytes < wanted; correlationId++) {
            connection.send(
                    FetchFrame.encode(
                            correlationId,
                            job.target().topic(),
                            partition,
                            offset,
                            offset == 0 ? MAX_WAIT_MS : 0,
                            job.maxBytes()));
            ByteBuffer response = connection.receive();
            FetchFrame.Answer answer = FetchFrame.read(response);
            if (answer.error() != 0) {
                throw new IOException("Fetch answered with error " + answer.error());
            }
            long next = FetchFrame.nextOffset(response, answer, offset);
            if (next == offset && offset == 0) {
                throw new IOException("Fetch of an empty partition");
            }
            records += next - offset;
            bytes += answer.recordsBytes();
            offset = next == offset ? 0 : next;
        }
        return new long[] {records, bytes};
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
