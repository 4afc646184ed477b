package dev.millrace.engine.wire;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/// Random messages that the schema allows: every type, nulls where they may stand, known and unknown tagged fields.
///
/// The values lean to the edges (0, -1, the extremes) and to a few names, so that some requests name topics and groups
/// that a test has made.
public final class RandomMessages {
    private static final int MOST_ELEMENTS = 4;
    private static final int MOST_BYTES = 64;

    private final Random random;
    private final String[] names;

    /// @param names what strings are drawn from most often
    public RandomMessages(Random random, String... names) {
        this.random = random;
        this.names = names.clone();
    }

    /// The encoded form of a random message of that schema, from position 0 to the limit.
    public ByteBuffer encoded(Schema schema) {
        Struct message = struct(schema);
        ByteBuffer bytes = ByteBuffer.allocate(schema.sizeOf(message));
        schema.write(bytes, message);
        return bytes.flip();
    }

    Struct struct(Schema schema) {
        var struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def.type));
        }
        return struct;
    }

    private @Nullable Object value(Type type) {
        if (type.isNullable() && random.nextInt(4) == 0) {
            return null;
        }
        if (type instanceof Schema schema) {
            return struct(schema);
        }
        if (type instanceof TaggedFields tagged) {
            return tagged(tagged);
        }
        if (type.isArray()) {
            return array(type.arrayElementType().orElseThrow());
        }
        return plain(type);
    }

    private Object[] array(Type element) {
        var values = new Object[random.nextInt(MOST_ELEMENTS)];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(element);
        }
        return values;
    }

    private NavigableMap<Integer, Object> tagged(TaggedFields tagged) {
        var values = new TreeMap<Integer, Object>();
        for (Map.Entry<Integer, Field> known : tagged.fields().entrySet()) {
            Object value = random.nextBoolean() ? value(known.getValue().type) : null;
            if (value != null) {
                values.put(known.getKey(), value);
            }
        }
        if (random.nextInt(8) == 0) {
            int tag = 1000 + random.nextInt(1000);
            values.put(tag, new RawTaggedField(tag, bytes(random.nextInt(16))));
        }
        return values;
    }

    private Object plain(Type type) {
        return switch (type.toString()) {
            case "BOOLEAN" -> random.nextBoolean();
            case "INT8" -> (byte) edge(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "INT16" -> (short) edge(Short.MIN_VALUE, Short.MAX_VALUE);
            case "UINT16" -> (int) edge(0, 0xFFFF);
            case "INT32" -> (int) edge(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "UINT32" -> edge(0, 0xFFFF_FFFFL);
            case "INT64" -> edge(Long.MIN_VALUE, Long.MAX_VALUE);
            case "FLOAT64" -> random.nextInt(8) == 0 ? Double.NaN : random.nextGaussian();
            case "UUID" -> uuid();
            case "STRING", "COMPACT_STRING", "NULLABLE_STRING", "COMPACT_NULLABLE_STRING" ->
                    string();
            case "BYTES", "COMPACT_BYTES", "NULLABLE_BYTES", "COMPACT_NULLABLE_BYTES" ->
                    ByteBuffer.wrap(bytes(random.nextInt(MOST_BYTES)));
            case "RECORDS", "COMPACT_RECORDS", "NULLABLE_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                    records();
            default -> throw new IllegalArgumentException("no generator for type " + type);
        };
    }

    private long edge(long least, long most) {
        return switch (random.nextInt(8)) {
            case 0 -> least;
            case 1 -> most;
            case 2 -> Math.max(least, -1);
            case 3, 4 -> 0;
            case 5 -> 1;
            default -> random.nextInt(16);
        };
    }

    private Uuid uuid() {
        return random.nextInt(4) == 0
                ? Uuid.ZERO_UUID
                : new Uuid(random.nextLong(), random.nextLong());
    }

    String string() {
        return switch (random.nextInt(16)) {
            case 0 -> "";
            case 1 -> "a".repeat(250 + random.nextInt(100));
            case 2 -> "\u0000\u0007\n..\u2028";
            case 3 -> "naïve Ωμέγα \uD83C\uDF0A";
            case 4 -> ".";
            case 5 -> "name-" + random.nextInt(1000);
            default -> names[random.nextInt(names.length)];
        };
    }

    private byte[] bytes(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private MemoryRecords records() {
        if (random.nextInt(3) == 0) {
            return MemoryRecords.readableRecords(
                    ByteBuffer.wrap(bytes(random.nextInt(MOST_BYTES * 2))));
        }
        var records = new SimpleRecord[1 + random.nextInt(3)];
        for (int i = 0; i < records.length; i++) {
            records[i] =
                    new SimpleRecord(edge(-1, Long.MAX_VALUE), bytes(random.nextInt(8)), bytes(16));
        }
        return MemoryRecords.withRecords(Compression.NONE, records);
    }
}
