package dev.millrace.engine.log;

import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;

/// A key or value of an internal topic, not yet bytes: an int16, then a message in one of its versions.
///
/// @param prefix of a key its kind, of a value its version
public record VersionedMessage(short prefix, ApiMessage message, short version) {
    int size(ObjectSerializationCache cache) {
        var size = new MessageSizeAccumulator();
        message.addSize(size, cache, version);
        return Short.BYTES + size.totalSize();
    }

    void write(Writable out, ObjectSerializationCache cache) {
        out.writeShort(prefix);
        message.write(out, cache, version);
    }
}
