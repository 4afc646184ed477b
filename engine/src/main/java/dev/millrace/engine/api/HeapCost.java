package dev.millrace.engine.api;

import java.nio.ByteBuffer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;

/// How much heap a request needs from its reading to its answer, found without making objects of it.
///
/// Bytes on the wire say little: an element of an array may be one byte there, and is an object with its fields here, one in the
/// answer, often a copy and a place in a map between them. So elements are counted, and each is taken for more than any of our
/// handlers has been seen to need; only DescribeConfigs answers five bytes with a whole broker's settings, and has a price for those.
final class HeapCost {
    /// Bytes for one element of an array; from the dearest, a topic that cannot be made and is answered with a sentence.
    static final int PER_ELEMENT = 512;

    /// Bytes for one byte of a string: as it is read, copied, and answered.
    static final int PER_BYTE = 3;

    /// Bytes for one setting that is described; as many again with its synonyms.
    static final int PER_SETTING = 256;

    /// A frame shorter than this is not looked at, but of DescribeConfigs: even the worst is soon gone.
    static final int SMALL_FRAME = 16 << 10;

    private HeapCost() {}

    /// Bytes, rounded up generously; of what cannot be walked to its end, the part before.
    ///
    /// @param frame from the API key on; not consumed
    static long of(ApiKeys api, short version, ByteBuffer frame) {
        if (frame.remaining() < SMALL_FRAME && api != ApiKeys.DESCRIBE_CONFIGS) {
            return 0;
        }
        long settings = 0;
        var reader = new SchemaReader(frame.duplicate());
        try {
            reader.skip(RequestHeaderData.SCHEMAS[api.requestHeaderVersion(version)]);
            if (api.isVersionSupported(version)) {
                Schema body = api.messageType.requestSchemas()[version];
                if (api == ApiKeys.DESCRIBE_CONFIGS) {
                    settings = described(reader, body);
                } else {
                    reader.skip(body);
                }
            }
        } catch (RuntimeException _) {
            // Whoever reads it gets no further.
        }
        return PER_ELEMENT * reader.elements()
                + PER_BYTE * reader.copied()
                + PER_SETTING * settings;
    }

    /// Settings that the answer tells, those with synonyms twice.
    private static long described(SchemaReader reader, Schema body) {
        long settings = 0;
        boolean synonyms = false;
        for (BoundField field : body.fields()) {
            Type type = field.def.type;
            if (field.def.name.equals("resources")) {
                var resource = (Schema) type.arrayElementType().orElseThrow();
                for (int left = reader.count(type); left > 0; left--) {
                    settings += described(reader, resource, most(reader.peek()));
                }
            } else {
                synonyms |= field.def.name.equals("include_synonyms") && reader.peek() != 0;
                reader.skip(type);
            }
        }
        return synonyms ? 2 * settings : settings;
    }

    /// Of one resource: all that it has, or those that are named.
    private static int described(SchemaReader reader, Schema resource, int most) {
        int named = 0;
        for (BoundField field : resource.fields()) {
            long before = reader.elements();
            reader.skip(field.def.type);
            if (field.def.name.equals("configuration_keys")) {
                named = (int) (reader.elements() - before);
            }
        }
        return named == 0 ? most : Math.min(named, most);
    }

    /// More settings than a resource of that type has.
    static int most(byte type) {
        return switch (ConfigResource.Type.forId(type)) {
            case BROKER -> 512;
            case TOPIC, GROUP -> 48;
            default -> 8;
        };
    }
}
