package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.RawProduce;
import dev.millrace.bench.wire.ProduceFrame;
import dev.millrace.bench.wire.RecordBatches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Sends pre-encoded Produce requests to its share of the partitions in turn, a window of them ahead of the answers.
final class RawProduceLane implements Lanes.Lane {
    /// v13 names the topic by its id, as the newest client does.
    private static final int VERSION = 13;

    /// Different contents, so that nothing in a broker can win by seeing the same bytes twice in a row.
    private static final int FRAMES = 16;

    private static final int MAX_RESPONSE_BYTES = 64 << 10;

    private final RawProduce job;
    private final List<ByteBuffer> frames = new ArrayList<>();
    private final int[] partitions;
    private final int recordsPerBatch;
    private final long requests;
    private final RawConnection connection;

    /// No more connections to one broker than this, however many partitions there are: each has its share of them. Of several
    /// brokers each has one, for the partitions that it leads.
    private static final int MAX_LANES = 2;

    static int lanes(RawProduce job) {
        int brokers = job.target().ports().size();
        return Math.min(brokers == 1 ? MAX_LANES : brokers, job.target().partitions());
    }

    RawProduceLane(RawProduce job, int lane) {
        this.job = job;
        int lanes = lanes(job);
        partitions =
                IntStream.iterate(lane, p -> p < job.target().partitions(), p -> p + lanes)
                        .toArray();
        recordsPerBatch = recordsPerBatch(job.volume());
        long bytes = job.volume().totalBytes() / lanes;
        requests = Math.max(1, bytes / ((long) recordsPerBatch * job.volume().recordBytes()));
        long now = System.currentTimeMillis();
        for (int i = 0; i < FRAMES; i++) {
            ByteBuffer batch =
                    RecordBatches.build(
                            recordsPerBatch,
                            job.volume().recordBytes(),
                            job.codec(),
                            now,
                            lane * 1000L + i);
            frames.add(ProduceFrame.encode(VERSION, job.acks(), job.target().topic(), lane, batch));
        }
        try {
            connection = new RawConnection(job.target().portOf(lane), MAX_RESPONSE_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As many as the official producer puts into a batch of that size: the header, and up to 10 bytes beside each value.
    static int recordsPerBatch(LoadJob.Volume volume) {
        return Math.max(
                1,
                (volume.batchBytes() - RecordBatches.HEADER_BYTES) / (volume.recordBytes() + 10));
    }

    @Override
    public long[] run() throws IOException {
        long answered = 0;
        for (long sent = 0; answered < requests; ) {
            if (sent < requests && sent - answered < job.inFlight()) {
                ByteBuffer frame = frames.get((int) (sent % FRAMES));
                ProduceFrame.setCorrelationId(frame, (int) sent);
                ProduceFrame.setPartition(frame, partitions[(int) (sent % partitions.length)]);
                connection.send(frame);
                sent++;
            } else {
                ByteBuffer answer = connection.receive();
                if (answer.getInt(0) != (int) answered) {
                    throw new IOException(
                            "answer " + answer.getInt(0) + " where " + answered + " was due");
                }
                short error = ProduceFrame.errorOf(answer, VERSION);
                if (error != 0) {
                    throw new IOException("Produce answered with error " + error);
                }
                answered++;
            }
        }
        long records = requests * recordsPerBatch;
        return new long[] {records, records * job.volume().recordBytes()};
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
