package dev.millrace.engine.api;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.Schema;

/// How much heap a request needs from its reading to its answer, found without making objects of it.
///
/// Bytes on the wire say little: an element of an array may be one byte there, and is an object with its fields here, one in the
/// answer, often a copy and a place in a map between them. So elements are counted, and each is taken for more than any of our
/// handlers has been seen to need.
final class HeapCost {
    /// Bytes for one element of an array; from the dearest, a topic that cannot be made and is answered with a sentence.
    static final int PER_ELEMENT = 512;

    /// Bytes for one byte of a string: as it is read, copied, and answered.
    static final int PER_BYTE = 3;

    private HeapCost() {}

    /// Bytes, rounded up generously; of what cannot be walked to its end, the part before.
    ///
    /// @param frame from the API key on; not consumed
    static long of(ApiKeys api, short version, ByteBuffer frame) {
        var reader = new SchemaReader(frame.duplicate());
        try {
            reader.skip(RequestHeaderData.SCHEMAS[api.requestHeaderVersion(version)]);
            if (api.isVersionSupported(version)) {
                Schema body = api.messageType.requestSchemas()[version];
                reader.skip(body);
            }
        } catch (RuntimeException _) {
            // Whoever reads it gets no further.
        }
        return PER_ELEMENT * reader.elements() + PER_BYTE * reader.copied();
    }
}
