package dev.millrace.engine.api;

import java.nio.ByteBuffer;
import java.util.Set;
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

    /// A frame shorter than this is not looked at, but of DescribeConfigs: even the worst is soon gone.
    static final int SMALL_FRAME = 16 << 10;

    /// What DescribeConfigs may be asked to tell of each setting.
    private static final Set<String> MORE = Set.of("include_synonyms", "include_documentation");

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
        return PER_ELEMENT * reader.elements() + PER_BYTE * reader.copied() + settings;
    }

    /// Bytes for the settings that the answer tells; as many again with synonyms, and with what the settings are for.
    private static long described(SchemaReader reader, Schema body) {
        long bytes = 0;
        int more = 1;
        for (BoundField field : body.fields()) {
            Type type = field.def.type;
            if (field.def.name.equals("resources")) {
                var resource = (Schema) type.arrayElementType().orElseThrow();
                for (int left = reader.count(type); left > 0; left--) {
                    byte of = reader.peek();
                    bytes += perSetting(of) * described(reader, resource, most(of));
                }
            } else {
                more += MORE.contains(field.def.name) && reader.peek() != 0 ? 1 : 0;
                reader.skip(type);
            }
        }
        return more * bytes;
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

    /// Bytes for one setting. Of topics many are asked for at once, and their values are short.
    static long perSetting(byte type) {
        return ConfigResource.Type.forId(type) == ConfigResource.Type.TOPIC ? 128 : 256;
    }

    /// More settings than a resource of that type has.
    static int most(byte type) {
        return switch (ConfigResource.Type.forId(type)) {
            case BROKER -> 512;
            case TOPIC, GROUP -> 40;
            default -> 8;
        };
    }
}
