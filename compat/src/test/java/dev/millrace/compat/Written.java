package dev.millrace.compat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One topic as one client wrote it, and what every reader has to find there.
///
/// @param records in the order in which they are given to the client; grows while the scenario is made
record Written(TestClient writer, Kind kind, String topic, List<TestRecord> records) {

    /// Topics are apart where not every client can read what is in them, or not in the same order.
    @SuppressWarnings(
            "ImmutableEnumChecker") // it knows no immutable collections of the JDK; these are
    enum Kind {
        /// What every client reads.
        PLAIN(List.of("none", "gzip", "lz4"), List.of("1", "all")),
        SNAPPY(List.of("snappy"), List.of("1", "all")),
        ZSTD(List.of("zstd"), List.of("1", "all")),
        /// Nobody waits for the broker: the records of two connections may arrive in either order.
        UNACKNOWLEDGED(List.of("none", "gzip", "lz4"), List.of("0"));

        final List<String> compressions;
        final List<String> acks;

        Kind(List<String> compressions, List<String> acks) {
            this.compressions = compressions;
            this.acks = acks;
        }

        boolean suitsWriter(TestClient writer) {
            return this != ZSTD || !writer.has(TestClient.Gap.ZSTD);
        }

        boolean suitsReader(TestClient reader, TestClient writer) {
            return switch (this) {
                case PLAIN, UNACKNOWLEDGED -> true;
                case ZSTD -> !reader.has(TestClient.Gap.ZSTD);
                case SNAPPY -> !(reader.has(TestClient.Gap.FRAMED_SNAPPY) && writer.framesSnappy());
            };
        }
    }

    private boolean withTimestamps() {
        return !writer.has(TestClient.Gap.TIMESTAMPS);
    }

    int countFrom(long fromMs) {
        return (int) records.stream().filter(r -> r.timestampMs() >= fromMs).count();
    }

    long middleMs() {
        return records.get(records.size() / 2).timestampMs();
    }

    /// Each partition's records from a time on, as a reader has to report them.
    Map<Integer, List<Map<String, @Nullable Object>>> expected(long fromMs) {
        Map<Integer, List<Map<String, @Nullable Object>>> byPartition = new TreeMap<>();
        for (TestRecord r : records) {
            if (r.timestampMs() < fromMs) continue;
            byPartition
                    .computeIfAbsent(r.partition(), _ -> new ArrayList<>())
                    .add(r.seen(withTimestamps()));
        }
        return comparable(byPartition);
    }

    /// The same of what a reader did report; its offsets must run on from 0, or from where its time begins.
    Map<Integer, List<Map<String, @Nullable Object>>> reported(Map<String, Object> result) {
        Map<Integer, List<Map<String, @Nullable Object>>> byPartition = new TreeMap<>();
        Map<Integer, Long> lastOffsets = new HashMap<>();
        for (Object item : (List<?>) result.getOrDefault("records", List.of())) {
            Map<String, @Nullable Object> record = fields(item);
            int partition = (int) number(record.get("partition"));
            long offset = number(record.remove("offset"));
            Long last = lastOffsets.put(partition, offset);
            if (last != null && offset != last + 1) {
                throw new AssertionError(
                        topic + "-" + partition + ": offset " + offset + " after " + last);
            }
            record.put("partition", partition);
            if (withTimestamps()) {
                record.put("timestamp", number(record.get("timestamp")));
            } else {
                record.remove("timestamp");
            }
            byPartition.computeIfAbsent(partition, _ -> new ArrayList<>()).add(record);
        }
        return comparable(byPartition);
    }

    /// In the order of the log; where nothing is promised about that, in one that both sides agree on.
    private Map<Integer, List<Map<String, @Nullable Object>>> comparable(
            Map<Integer, List<Map<String, @Nullable Object>>> byPartition) {
        if (kind == Kind.UNACKNOWLEDGED) {
            byPartition
                    .values()
                    .forEach(records ->
                            records.sort(Comparator.comparing(r -> new TreeMap<>(r).toString())));
        }
        return byPartition;
    }

    private static long number(@Nullable Object value) {
        if (value instanceof Number number) return number.longValue();
        throw new AssertionError("not a number: " + value);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> fields(Object record) {
        return new HashMap<>((Map<String, @Nullable Object>) record);
    }
}
