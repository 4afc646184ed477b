package dev.millrace.bench;

import dev.millrace.bench.load.LoadJob;
import dev.millrace.bench.load.LoadJob.Volume;
import dev.millrace.bench.peer.FlushMode;
import dev.millrace.bench.wire.RecordBatches.Codec;
import java.io.IOException;
import java.util.Map;

/// Produces a bounded amount for each node into a fresh topic, which is deleted afterwards.
///
/// @param warm false for the first traffic of a fresh process
record Produce(
        String id,
        String title,
        Load load,
        FlushMode flush,
        int acks,
        Codec codec,
        Shape shape,
        Client client,
        boolean warm,
        String floorRow)
        implements Workload {
    private static final int IN_FLIGHT = 5;
    private static final int ALL = -1;

    /// What the bytes are cut into.
    record Shape(int recordBytes, int batchBytes, int partitions) {
        /// Records of 1 KB in batches of 64 KB to two partitions.
        static final Shape USUAL = new Shape(1024, 64 << 10, 2);

        Shape withRecords(int bytes) {
            return new Shape(bytes, batchBytes, partitions);
        }

        Shape withPartitions(int count) {
            return new Shape(recordBytes, batchBytes, count);
        }
    }

    /// What the official producer is told; raw rows know none of it.
    ///
    /// @param inTurn each record to the next partition, so that a request has batches of many
    record Client(int lingerMs, boolean idempotent, boolean inTurn) {
        /// Its own defaults but for the batch's size: idempotent where acks=all allows it.
        static Client usual(int acks) {
            return new Client(5, acks == ALL, false);
        }
    }

    @Override
    public String note() {
        return "produce: records of 1 KB in batches of 64 KB to 2 partitions unless the row says otherwise. Raw: 5 requests in"
                + " flight on each of 2 connections, one batch a request, the partitions in turn. Client: one producer, linger 5"
                + " ms, idempotent where acks are all, unless the row says otherwise. Three small batches went to each partition before the clock"
                + " starts (but for the cold row): files are made and mapped on first use, which is a cost per partition, not per byte.";
    }

    @Override
    public Map<Metric, Double> measure(Session session) throws IOException {
        LoadJob.Target target = session.createTopic(id, shape.partitions(), flush, acks);
        if (warm) {
            session.touch(target);
        }
        Volume volume =
                new Volume(
                        shape.recordBytes(),
                        shape.batchBytes(),
                        bytes(session.scale()) * session.nodes());
        Map<Metric, Double> result = session.moved(job(target, volume));
        session.deleteTopic(target);
        return result;
    }

    private long bytes(Scale scale) {
        if (!warm) {
            return scale.coldBytes();
        }
        return flush == FlushMode.ACK ? scale.flushedBytes() : scale.produceBytes();
    }

    private LoadJob job(LoadJob.Target target, Volume volume) {
        return load == Load.RAW
                ? new LoadJob.RawProduce(target, volume, codec, acks, IN_FLIGHT)
                : new LoadJob.ClientProduce(
                        target,
                        volume,
                        codec,
                        acks,
                        client.lingerMs(),
                        client.idempotent(),
                        client.inTurn());
    }
}
