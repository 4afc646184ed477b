package dev.millrace.bench.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                127,
                128,
                300,
                16383,
                16384,
                2097151,
                2097152,
                268435455,
                268435456,
                Integer.MAX_VALUE
            })
    void unsignedVarintsAreThoseOfTheClientLibrary(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(8);
        Wire.putUnsignedVarint(buffer, value);
        assertEquals(Wire.sizeOfUnsignedVarint(value), buffer.position());
        buffer.flip();
        assertEquals(value, new ByteBufferAccessor(buffer.duplicate()).readUnsignedVarint());
        assertEquals(value, Wire.unsignedVarint(buffer));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1, 63, -64, 64, 1000, -1000, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void signedVarintsAreThoseOfTheClientLibrary(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(8);
        Wire.putVarint(buffer, value);
        assertEquals(value, new ByteBufferAccessor(buffer.flip()).readVarint());
    }
}
