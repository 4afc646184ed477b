package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class SourceTest {
    private static final TopicPartition FIRST = new TopicPartition("t", 0);
    private static final TopicPartition SECOND = new TopicPartition("t", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    @Test
    void whatIsReadAlreadyIsNotReadAgainWhenNothingIsNew() {
        consumer.assign(List.of(FIRST));
        consumer.updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L));
        consumer.seek(FIRST, 7);

        assertFalse(Source.readAlso(consumer, List.of(FIRST)));
        assertEquals(7, consumer.position(FIRST));

        assertTrue(Source.readAlso(consumer, List.of(FIRST, SECOND)));
        assertEquals(0, consumer.position(SECOND));
    }
}
