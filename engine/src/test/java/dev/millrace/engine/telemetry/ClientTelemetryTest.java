package dev.millrace.engine.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.ManualTime;
import dev.millrace.engine.metadata.MetadataImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The order of questions and pushes was tried on Apache Kafka 4.4.0 with a metrics plug-in.
final class ClientTelemetryTest {
    private static final int INTERVAL_MS = 100;
    private static final int MAX_BYTES = 10_000;
    private static final byte NONE = CompressionType.NONE.id;
    private static final ByteBuffer METRICS = ByteBuffer.wrap(new byte[] {1, 2, 3});

    private final ManualTime time = new ManualTime();
    private MetadataImage image = configured(MetadataImage.EMPTY, "all", "metrics", "*");
    private final ClientTelemetry telemetry =
            new ClientTelemetry(() -> image, time, new CountedIds(), ManualTime.turn(), MAX_BYTES);

    ClientTelemetryTest() {
        image = configured(image, "all", "interval.ms", String.valueOf(INTERVAL_MS));
    }

    @Test
    void anUnconfiguredClusterAsksForNothing() {
        image = MetadataImage.EMPTY;
        var answer = telemetry.subscribe(client(Uuid.ZERO_UUID));
        assertEquals(Errors.NONE, answer.error());
        assertEquals(List.of(), demand(answer).metrics());
        assertEquals(300_000, demand(answer).intervalMs());
    }

    @Test
    void whatSelectsAClientIsTakenTogether() {
        image = MetadataImage.EMPTY;
        configure("a", "metrics", "producer.,consumer.", "interval.ms", "500");
        configure(
                "b",
                "metrics",
                "producer.,node.",
                "interval.ms",
                "200",
                "match",
                "client_id=app.*");
        configure("c", "metrics", "*", "interval.ms", "100", "match", "client_id=other");
        configure(
                "d",
                "metrics",
                "both.",
                "match",
                "client_software_name=soft,client_software_version=1\\..*");
        configure("e", "metrics", "*", "match", "client_id=app-1,client_software_version=2");
        configure("broken", "metrics", "*", "match", "client_id=(");
        var demand = demand(telemetry.subscribe(client(Uuid.ZERO_UUID)));
        assertEquals(List.of("both.", "consumer.", "node.", "producer."), demand.metrics());
        assertEquals(200, demand.intervalMs());
    }

    @Test
    void nobodyIsAskedLessOftenThanEveryFiveMinutes() {
        configure("all", "interval.ms", "3600000");
        assertEquals(300_000, demand(telemetry.subscribe(client(Uuid.ZERO_UUID))).intervalMs());
    }

    /// As in Kafka: what a client did for the subscription before does not count.
    @Test
    void aChangedSubscriptionBeginsAnew() {
        configure("all", "interval.ms", "300000");
        var first = telemetry.subscribe(client(Uuid.ZERO_UUID));
        var client = client(first.instanceId());
        assertEquals(Errors.NONE, push(client, demand(first).subscriptionId(), false));
        configure("all", "interval.ms", "1000");
        assertEquals(
                Errors.UNKNOWN_SUBSCRIPTION_ID,
                push(client, demand(first).subscriptionId(), false));
        assertEquals(1_000, demand(telemetry.subscribe(client)).intervalMs());
        configure("all", "interval.ms", "2000");
        assertEquals(2_000, demand(telemetry.subscribe(client)).intervalMs());
        assertEquals(Errors.THROTTLING_QUOTA_EXCEEDED, telemetry.subscribe(client).error());
    }

    @Test
    void aClientKeepsToItsInterval() {
        var first = telemetry.subscribe(client(Uuid.ZERO_UUID));
        var client = client(first.instanceId());
        int id = demand(first).subscriptionId();
        assertEquals(Errors.THROTTLING_QUOTA_EXCEEDED, telemetry.subscribe(client).error());
        assertEquals(Errors.NONE, push(client, id, false), "at once after the question");
        assertEquals(Errors.THROTTLING_QUOTA_EXCEEDED, push(client, id, false));
        time.advance(INTERVAL_MS);
        assertEquals(Errors.NONE, push(client, id, false));
        time.advance(INTERVAL_MS);
        assertEquals(Errors.NONE, telemetry.subscribe(client).error());
    }

    @Test
    void aPushForAnotherSubscriptionMayAskAtOnce() {
        var first = telemetry.subscribe(client(Uuid.ZERO_UUID));
        var client = client(first.instanceId());
        int id = demand(first).subscriptionId();
        assertEquals(Errors.UNKNOWN_SUBSCRIPTION_ID, push(client, id + 1, false));
        assertEquals(Errors.NONE, telemetry.subscribe(client).error());
        assertEquals(Errors.THROTTLING_QUOTA_EXCEEDED, telemetry.subscribe(client).error());
    }

    @Test
    void aChangedSubscriptionHasAnotherId() {
        var first = telemetry.subscribe(client(Uuid.ZERO_UUID));
        var client = client(first.instanceId());
        configure("all", "metrics", "producer.");
        assertEquals(
                Errors.UNKNOWN_SUBSCRIPTION_ID,
                push(client, demand(first).subscriptionId(), false));
        var again = demand(telemetry.subscribe(client));
        assertNotEquals(demand(first).subscriptionId(), again.subscriptionId());
    }

    @Test
    void theLastPushMayComeEarlyAndIsTheLast() {
        var first = telemetry.subscribe(client(Uuid.ZERO_UUID));
        var client = client(first.instanceId());
        int id = demand(first).subscriptionId();
        assertEquals(Errors.NONE, push(client, id, false));
        assertEquals(Errors.NONE, push(client, id, true));
        assertEquals(Errors.INVALID_REQUEST, push(client, id, true));
        time.advance(INTERVAL_MS);
        assertEquals(Errors.INVALID_REQUEST, push(client, id, false));
        assertEquals(Errors.NONE, telemetry.subscribe(client).error(), "begins anew");
    }

    @Test
    void whatCannotBeTakenIsRefused() {
        var client = client(new Uuid(5, 5));
        int id = demand(telemetry.subscribe(client)).subscriptionId();
        assertEquals(
                Errors.UNSUPPORTED_COMPRESSION_TYPE,
                telemetry.push(client, id, false, (byte) 9, METRICS.duplicate()));
        time.advance(INTERVAL_MS);
        assertEquals(
                Errors.TELEMETRY_TOO_LARGE,
                telemetry.push(client, id, false, NONE, ByteBuffer.allocate(MAX_BYTES + 1)));
        time.advance(INTERVAL_MS);
        assertEquals(
                Errors.INVALID_RECORD,
                telemetry.push(client, id, false, CompressionType.GZIP.id, METRICS.duplicate()));
        for (Uuid reserved : List.of(Uuid.ZERO_UUID, Uuid.ONE_UUID)) {
            assertEquals(Errors.INVALID_REQUEST, push(client(reserved), id, false));
        }
        time.advance(INTERVAL_MS);
        assertEquals(Errors.NONE, telemetry.push(client, id, false, NONE, ByteBuffer.allocate(0)));
        assertTrue(telemetry.recent().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void unpacksWithinItsBound(CompressionType type) throws IOException {
        var client = client(new Uuid(5, 5));
        int id = demand(telemetry.subscribe(client)).subscriptionId();
        var fits = packed(type, MAX_BYTES);
        assertEquals(Errors.NONE, telemetry.push(client, id, false, type.id, fits));
        assertEquals(MAX_BYTES, telemetry.recent().getFirst().metrics().remaining());
        time.advance(INTERVAL_MS);
        Errors tooLarge = telemetry.push(client, id, false, type.id, packed(type, 4 << 20));
        assertEquals(
                type == CompressionType.NONE
                                || type == CompressionType.SNAPPY
                                || type == CompressionType.LZ4
                        ? Errors.TELEMETRY_TOO_LARGE
                        : Errors.INVALID_RECORD,
                tooLarge);
        assertEquals(1, telemetry.recent().size());
    }

    /// The library for snappy allocates what it reads of lengths, and throws errors.
    @ParameterizedTest
    @CsvSource({"-1, 1", "536870913, 1", "419430400, 1", "6, 2147483647", "6, 400000000"})
    void whatALengthClaimsCostsNoMemory(int chunk, int unpacked) {
        var client = client(new Uuid(5, 5));
        int id = demand(telemetry.subscribe(client)).subscriptionId();
        var push = ByteBuffer.allocate(30);
        push.putLong(0x82534E4150505900L).putInt(1).putInt(1).putInt(chunk);
        ByteUtils.writeUnsignedVarint(unpacked, push);
        push.position(26).flip();
        assertEquals(
                Errors.INVALID_RECORD,
                telemetry.push(client, id, false, CompressionType.SNAPPY.id, push));
    }

    private static ByteBuffer packed(CompressionType type, int size) throws IOException {
        var out = new ByteBufferOutputStream(size);
        try (OutputStream packer =
                Compression.of(type).build().wrapForOutput(out, RecordBatch.CURRENT_MAGIC_VALUE)) {
            packer.write(new byte[size]);
        }
        return out.buffer().flip();
    }

    @Test
    void theNewestAreKept() {
        var client = client(new Uuid(5, 5));
        int id = demand(telemetry.subscribe(client)).subscriptionId();
        int pushes = ClientTelemetry.MOST_PUSHES + 10;
        for (int i = 0; i < pushes; i++) {
            time.advance(INTERVAL_MS);
            assertEquals(Errors.NONE, push(client, id, false));
        }
        var recent = telemetry.recent();
        assertEquals(ClientTelemetry.MOST_PUSHES, recent.size());
        assertEquals(pushes - 1, recent.getLast().sequence());
        assertEquals(client, recent.getLast().client());
        assertEquals(METRICS, recent.getLast().metrics());
        assertFalse(recent.getLast().terminating());
    }

    /// Strangers come and go: the memory of them is bounded, and one that was forgotten begins anew.
    @Test
    void forgetsTheSilent() {
        var client = client(new Uuid(5, 5));
        telemetry.subscribe(client);
        for (int i = 0; i < ClientTelemetry.MOST_INSTANCES; i++) {
            telemetry.subscribe(client(new Uuid(7, i)));
        }
        assertEquals(Errors.NONE, telemetry.subscribe(client).error());
    }

    private Errors push(TelemetryClient client, int subscriptionId, boolean last) {
        return telemetry.push(client, subscriptionId, last, NONE, METRICS.duplicate());
    }

    private static TelemetryDemand demand(ClientTelemetry.Answer answer) {
        return Objects.requireNonNull(answer.demand());
    }

    private static TelemetryClient client(Uuid id) {
        return new TelemetryClient(id, "app-1", "soft", "1.5", "10.0.0.1");
    }

    private void configure(String name, String... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            image = configured(image, name, pairs[i], pairs[i + 1]);
        }
    }

    private static MetadataImage configured(
            MetadataImage image, String name, String key, String value) {
        return image.replay(
                new ConfigRecord()
                        .setResourceType(ConfigResource.Type.CLIENT_METRICS.id())
                        .setResourceName(name)
                        .setName(key)
                        .setValue(value),
                image.offset() + 1,
                1);
    }

    private static final class CountedIds implements Entropy {
        private long last = 1_000;

        @Override
        public Uuid uuid() {
            return new Uuid(1, ++last);
        }

        @Override
        public long below(long bound) {
            return 0;
        }
    }
}
