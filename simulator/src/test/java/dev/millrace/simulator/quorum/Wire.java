package dev.millrace.simulator.quorum;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/// Messages as bytes and back: nothing is shared between nodes.
final class Wire {
    private Wire() {}

    static byte[] bytes(ApiMessage message, short version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    static ApiMessage request(short api, byte[] bytes, short version) {
        return read(ApiKeys.forId(api).messageType.newRequest(), bytes, version);
    }

    static ApiMessage response(short api, byte[] bytes, short version) {
        return read(ApiKeys.forId(api).messageType.newResponse(), bytes, version);
    }

    private static ApiMessage read(ApiMessage empty, byte[] bytes, short version) {
        empty.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes)), version);
        return empty;
    }
}
