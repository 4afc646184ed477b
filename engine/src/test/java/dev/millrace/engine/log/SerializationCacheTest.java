package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.wire.RandomMessages;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SerializationCacheTest {
    /// The worst there is: the very same strings and lists, in versions where they have other sizes, one after the other.
    @ParameterizedTest
    @EnumSource(ApiKeys.class)
    void aMessageHasTheSameBytesAfterOthersHaveLeftTheirEntries(ApiKeys api) {
        var random = new Random(api.id);
        var sizes = new SerializationCache();
        for (short version = api.oldestVersion(); version <= api.latestVersion(true); version++) {
            ApiMessage answer = random(random, api, version);
            for (short other = api.oldestVersion(); other <= api.latestVersion(true); other++) {
                sameBytes(answer, other, sizes);
            }
        }
    }

    private static ApiMessage random(Random random, ApiKeys api, short version) {
        ByteBuffer bytes =
                new RandomMessages(random, "orders")
                        .encoded(api.messageType.responseSchemas()[version]);
        ApiMessage message = api.messageType.newResponse();
        message.read(new ByteBufferAccessor(bytes), version);
        return message;
    }

    private static void sameBytes(ApiMessage message, short version, SerializationCache sizes) {
        byte[] expected;
        try {
            expected = encoded(message, version, new ObjectSerializationCache());
        } catch (UnsupportedVersionException | NullPointerException e) {
            // It says what this version has no words for.
            assertThrows(e.getClass(), () -> encoded(message, version, sizes.table()));
            return;
        }
        assertArrayEquals(expected, encoded(message, version, sizes.table()));
        sizes.written(1);
    }

    private static byte[] encoded(
            ApiMessage message, short version, ObjectSerializationCache cache) {
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return bytes.array();
    }

    @Test
    void aTableIsReplacedAfterAFewMessages() {
        var sizes = new SerializationCache();
        var first = sizes.table();
        for (int i = 0; i < 63; i++) {
            sizes.written(10);
            assertSame(first, sizes.table());
        }
        sizes.written(10);
        assertNotSame(first, sizes.table());
    }

    @Test
    void aTableOfALargeMessageIsNotKept() {
        var sizes = new SerializationCache();
        var first = sizes.table();
        sizes.written(Integer.MAX_VALUE);
        assertNotSame(first, sizes.table());
    }
}
