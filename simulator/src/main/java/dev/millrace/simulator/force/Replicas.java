package dev.millrace.simulator.force;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/// A21: at the end, when all are in sync and nothing is written any more, every replica holds the same batches. Read off the files of
/// nodes that run no more.
final class Replicas {
    private Replicas() {}

    /// In words, one for each partition whose replicas differ.
    static List<String> differences(Map<Integer, Path> dataOf, List<TopicPartition> partitions)
            throws IOException {
        List<String> found = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Map<Integer, List<String>> contents = new TreeMap<>();
            for (Map.Entry<Integer, Path> data : dataOf.entrySet()) {
                contents.put(data.getKey(), batches(data.getValue().resolve(partition.toString())));
            }
            int first = contents.keySet().iterator().next();
            List<String> expected = contents.getOrDefault(first, List.of());
            contents.forEach((machine, batches) -> {
                if (!batches.equals(expected)) {
                    found.add(
                            "A21 (replicas differ): %s on machines %d and %d: %s"
                                    .formatted(
                                            partition,
                                            first,
                                            machine,
                                            difference(expected, batches)));
                }
            });
        }
        return found;
    }

    private static String difference(List<String> one, List<String> other) {
        int at = 0;
        while (at < one.size() && at < other.size() && one.get(at).equals(other.get(at))) {
            at++;
        }
        return "%s, %s".formatted(batch(one, at), batch(other, at));
    }

    private static String batch(List<String> batches, int at) {
        return at < batches.size() ? batches.get(at) : "an end after " + at + " batches";
    }

    private static List<String> batches(Path folder) throws IOException {
        List<String> batches = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return batches;
        }
        List<Path> segments;
        try (Stream<Path> files = Files.list(folder)) {
            segments = files.filter(each -> each.toString().endsWith(".log")).sorted().toList();
        }
        for (Path segment : segments) {
            var records =
                    MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(segment)));
            for (MutableRecordBatch batch : records.batches()) {
                batches.add(
                        "offsets %d to %d of epoch %d, checksum %08x"
                                .formatted(
                                        batch.baseOffset(),
                                        batch.lastOffset(),
                                        batch.partitionLeaderEpoch(),
                                        batch.checksum()));
            }
        }
        return batches;
    }
}
