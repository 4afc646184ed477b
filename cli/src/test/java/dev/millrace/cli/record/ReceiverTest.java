package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.Recorded;
import dev.millrace.cli.cluster.CommandFailed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/// Receiving and sending, against the client library's own stand-ins.
class ReceiverTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);

    private final Recorded recorded = new Recorded();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");

    /// Three records in each of two partitions.
    private void fill() {
        consumer.assign(List.of(P0, P1));
        consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
        consumer.updateEndOffsets(Map.of(P0, 3L, P1, 3L));
        for (int offset = 0; offset < 3; offset++) {
            consumer.addRecord(new ConsumerRecord<>("t", 0, offset, null, utf8("a" + offset)));
            consumer.addRecord(new ConsumerRecord<>("t", 1, offset, null, utf8("b" + offset)));
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Receiver receiver(Printer printer, Receiver.Limits limits) {
        return new Receiver(consumer, printer, recorded.terminal, limits);
    }

    private static Receiver.Limits limits(
            long records, Map<TopicPartition, Long> ends, boolean skipErrors) {
        return new Receiver.Limits(records, -1, ends, skipErrors);
    }

    @Test
    void whatIsNotShownIsNotConsumed() {
        fill();
        var receiver = receiver(new LinePrinter(Map.of()), limits(4, Map.of(), false));
        receiver.run(() -> {});
        assertEquals(4, receiver.received());
        assertEquals(4, recorded.out().lines().count());
        assertEquals(4, consumer.position(P0) + consumer.position(P1));
    }

    @Test
    void stopsAtTheEndsThatWere() {
        fill();
        receiver(FormatString.parse("%p:%s "), limits(-1, Map.of(P0, 2L, P1, 3L), false))
                .run(() -> {});
        // Partitions come in any order, records of a partition in theirs.
        var shown = List.of(recorded.out().split(" ", -1));
        assertEquals(
                List.of("0:a0", "0:a1"),
                shown.stream().filter(one -> one.startsWith("0")).toList());
        assertEquals(
                List.of("1:b0", "1:b1", "1:b2"),
                shown.stream().filter(one -> one.startsWith("1")).toList());
    }

    @Test
    void noRecordsAreWanted() {
        fill();
        receiver(new LinePrinter(Map.of()), limits(0, Map.of(), false)).run(() -> {});
        assertEquals("", recorded.out());
    }

    @Test
    void stopsWhenTold() {
        consumer.assign(List.of(P0));
        consumer.updateBeginningOffsets(Map.of(P0, 0L));
        var receiver = receiver(new LinePrinter(Map.of()), Receiver.Limits.none());
        receiver.run(receiver::stop);
        assertEquals(0, receiver.received());
    }

    private static final Printer LONGS =
            new LinePrinter(
                    Map.of(
                            "value.deserializer",
                            "org.apache.kafka.common.serialization.LongDeserializer"));

    @Test
    void anUnreadableRecordStops() {
        fill();
        var receiver = receiver(LONGS, limits(1, Map.of(), false));
        assertThrows(RuntimeException.class, () -> receiver.run(() -> {}));
    }

    @Test
    void anUnreadableRecordIsSkippedWhenAsked() {
        fill();
        receiver(LONGS, limits(-1, Map.of(P0, 3L, P1, 3L), true)).run(() -> {});
        assertTrue(recorded.err().contains("skipped t-0 offset 0: "), recorded.err());
    }

    @Test
    void whereToStart() {
        fill();
        var partitions = List.of(P0, P1);
        new StartOffset.Last(2).seek(consumer, partitions);
        assertEquals(1, consumer.position(P0));
        new StartOffset.Last(9).seek(consumer, partitions);
        assertEquals(0, consumer.position(P1));
        new StartOffset.End().seek(consumer, partitions);
        assertEquals(3, consumer.position(P1));
        new StartOffset.At(2).seek(consumer, partitions);
        assertEquals(2, consumer.position(P0));
    }

    @Test
    void refusedRecordsAreCountedAndTheFirstTenPrinted() {
        var producer =
                new MockProducer<>(
                        false, null, new ByteArraySerializer(), new ByteArraySerializer());
        try (var sender = new Sender(producer, false, "h:1", recorded.terminal)) {
            for (int i = 0; i < 15; i++) {
                sender.send(new ProducerRecord<>("t", utf8("v")));
            }
            for (int i = 0; i < 12; i++) {
                producer.errorNext(new RecordTooLargeException("too large"));
            }
            var failure = assertThrows(CommandFailed.class, sender::finish);
            assertEquals("12 records were not sent, 3 were", failure.sentence());
            assertEquals(
                    10, recorded.err().lines().filter(line -> line.contains("too large")).count());
        }
    }
}
