package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyHashTest {
    record Vector(int length, String hash) {}

    /// From the reference implementation: key 00 01 .. 0f, message 00 01 .. of that length.
    static Stream<Vector> vectors() {
        return Stream.of(
                new Vector(0, "a3817f04ba25a8e66df67214c7550293"),
                new Vector(1, "da87c1d86b99af44347659119b22fc45"),
                new Vector(2, "8177228da4a45dc7fca38bdef60affe4"),
                new Vector(7, "a1f1ebbed8dbc153c0b84aa61ff08239"),
                new Vector(8, "3b62a9ba6258f5610f83e264f31497b4"),
                new Vector(9, "264499060ad9baabc47f8b02bb6d71ed"),
                new Vector(15, "5493e99933b0a8117e08ec0f97cfc3d9"),
                new Vector(16, "6ee2a4ca67b054bbfd3315bf85230577"),
                new Vector(63, "5150d1772f50834a503e069a973fbd7c"));
    }

    private static String hash(int length) {
        ByteBuffer key = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            key.put(i, (byte) i);
        }
        byte[] message = new byte[length + 2];
        for (int i = 0; i < length; i++) {
            message[i + 1] = (byte) i;
        }
        KeyHash hash = new KeyHash(key.getLong(0), key.getLong(8)).of(message, 1, length);
        ByteBuffer out = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(hash.low()).putLong(hash.high());
        return HexFormat.of().formatHex(out.array());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void isTheReferences(Vector vector) {
        assertEquals(vector.hash, hash(vector.length));
    }

    @Test
    void everyByteCounts() {
        var first = new KeyHash(1, 2);
        var second = new KeyHash(1, 2);
        for (int length = 1; length < 40; length++) {
            for (int i = 0; i < length; i++) {
                byte[] changed = new byte[length];
                changed[i] = 1;
                first.of(new byte[length], 0, length);
                second.of(changed, 0, length);
                assertNotEquals(first.high(), second.high());
                assertNotEquals(first.low(), second.low());
            }
        }
    }
}
