package dev.millrace.compat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A record that a client is told to write, and that every client has to read as it was written.
///
/// @param timestampMs the record's own time, since the epoch
/// @param key null is a key of its own, and so is the empty one; both hold for values and headers
record TestRecord(
        int partition,
        long timestampMs,
        @Nullable Bytes key,
        @Nullable Bytes value,
        List<TestHeader> headers) {

    /// A name, and bytes or null.
    record TestHeader(String name, @Nullable Bytes value) {
        static TestHeader text(String name, String value) {
            return new TestHeader(name, Bytes.of(value));
        }
    }

    /// As a scenario carries it.
    Map<String, @Nullable Object> given() {
        return fields(Bytes::given, true);
    }

    /// As a client that reads it has to report it, but for its offset.
    Map<String, @Nullable Object> seen(boolean withTimestamp) {
        return fields(Bytes::seen, withTimestamp);
    }

    private Map<String, @Nullable Object> fields(
            Function<Bytes, String> form, boolean withTimestamp) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("partition", partition);
        if (withTimestamp) fields.put("timestamp", timestampMs);
        fields.put("key", formed(key, form));
        fields.put("value", formed(value, form));
        fields.put(
                "headers",
                headers.stream()
                        .map(h -> Arrays.asList(h.name(), formed(h.value(), form)))
                        .toList());
        return fields;
    }

    private static @Nullable String formed(@Nullable Bytes bytes, Function<Bytes, String> form) {
        return bytes == null ? null : form.apply(bytes);
    }

    /// Makes records of every shape that has ever broken a client or a broker, each with a time of its own.
    static final class Source {
        private static final int LARGE = 900_000;
        private static final long STEP_MS = 1_000;
        private static final String UNICODE = "Größe 流 🚰 \u2028 \ud83d\udc69\u200d\ud83d\udcbb";

        private final SplittableRandom random;
        private final TestClient client;
        private final int partitions;
        private long timestampMs;

        Source(long seed, TestClient client, int partitions, long startMs) {
            this.random = new SplittableRandom(seed + client.label().hashCode());
            this.client = client;
            this.partitions = partitions;
            this.timestampMs = startMs;
        }

        /// A few that differ in what is null, empty, binary, unicode or has headers; one of 900 KB where asked.
        List<TestRecord> next(boolean large) {
            List<TestRecord> records = new ArrayList<>();
            records.add(make(bytes(8), bytes(40)));
            records.add(make(null, bytes(100)));
            records.add(make(bytes(3), null));
            records.add(
                    make(
                            Bytes.of(UNICODE + "\0"),
                            Bytes.of(UNICODE),
                            TestHeader.text("trace", UNICODE)));
            records.add(make(bytes(1), Bytes.of(""), TestHeader.text("empty", "")));
            records.add(
                    make(
                            bytes(16),
                            Bytes.of("x".repeat(5_000)),
                            TestHeader.text("a", "1"),
                            TestHeader.text("b", "2"),
                            new TestHeader("binary", bytes(12).withHighBits())));
            if (!client.has(TestClient.Gap.NULL_HEADER)) {
                records.add(make(bytes(2), bytes(2), new TestHeader("nothing", null)));
            }
            if (!client.has(TestClient.Gap.REPEATED_HEADER)) {
                records.add(
                        make(
                                bytes(2),
                                bytes(2),
                                TestHeader.text("twice", "one"),
                                TestHeader.text("twice", "two")));
            }
            if (large) records.add(make(bytes(10), bytes(LARGE)));
            return records;
        }

        private TestRecord make(@Nullable Bytes key, @Nullable Bytes value, TestHeader... headers) {
            timestampMs += STEP_MS;
            return new TestRecord(
                    random.nextInt(partitions), timestampMs, key, value, List.of(headers));
        }

        private Bytes bytes(int length) {
            return Bytes.random(random, length);
        }
    }
}
