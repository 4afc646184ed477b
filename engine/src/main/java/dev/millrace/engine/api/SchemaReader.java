package dev.millrace.engine.api;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.jspecify.annotations.Nullable;

/// Goes through an encoded message along its schema without making objects of it.
///
/// Lengths that cannot be true end in an exception, as they do in the library's own reader.
final class SchemaReader {
    private final ByteBuffer bytes;

    /// Elements of arrays, and tagged fields, seen so far.
    private long elements;

    /// Bytes in strings, byte arrays and tagged fields seen so far; records stay views of the frame.
    private long copied;

    SchemaReader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    long elements() {
        return elements;
    }

    long copied() {
        return copied;
    }

    /// The next byte, which stays.
    byte peek() {
        return bytes.get(bytes.position());
    }

    int remaining() {
        return bytes.remaining();
    }

    void skip(Type type) {
        switch (type) {
            case NullableSchema schema -> {
                if (bytes.get() >= 0) {
                    skipStruct(schema);
                }
            }
            case Schema schema -> skipStruct(schema);
            case TaggedFields tagged -> skipTagged(tagged);
            default -> {
                if (type.isArray()) {
                    Type element = type.arrayElementType().orElseThrow();
                    for (int left = count(type); left > 0; left--) {
                        skip(element);
                    }
                } else {
                    skipPlain(type);
                }
            }
        }
    }

    private void skipStruct(Schema schema) {
        for (BoundField field : schema.fields()) {
            skip(field.def.type);
        }
    }

    private void skipTagged(TaggedFields tagged) {
        for (int left = ByteUtils.readUnsignedVarint(bytes); left > 0; left--) {
            int tag = ByteUtils.readUnsignedVarint(bytes);
            int size = ByteUtils.readUnsignedVarint(bytes);
            forward(size);
            copied += size;
            // What is inside a field that the version knows is not looked at: at worst every byte
            // is an element.
            elements += tagged.fields().containsKey(tag) ? 1L + size : 1;
        }
    }

    private void skipPlain(Type type) {
        forward(
                switch (type.toString()) {
                    case "BOOLEAN", "INT8" -> 1;
                    case "INT16", "UINT16" -> 2;
                    case "INT32", "UINT32" -> 4;
                    case "INT64", "FLOAT64" -> 8;
                    case "UUID" -> 16;
                    default -> length(type);
                });
    }

    /// Reads the length of a string, bytes or records; 0 for null.
    private int length(Type type) {
        String name = type.toString();
        int length;
        if (name.startsWith("COMPACT_")) {
            length = ByteUtils.readUnsignedVarint(bytes) - 1;
        } else {
            length = name.endsWith("STRING") ? bytes.getShort() : bytes.getInt();
        }
        copied += name.endsWith("RECORDS") ? 0 : Math.max(0, length);
        return Math.max(0, length);
    }

    /// Reads the number of elements of an array; 0 for null.
    ///
    /// @throws IllegalArgumentException when more are announced than bytes follow
    int count(Type array) {
        int count =
                array instanceof CompactArrayOf
                        ? ByteUtils.readUnsignedVarint(bytes) - 1
                        : bytes.getInt();
        if (count > bytes.remaining()) {
            throw new IllegalArgumentException(
                    "%d elements in %d bytes".formatted(count, bytes.remaining()));
        }
        elements += Math.max(0, count);
        return Math.max(0, count);
    }

    private void forward(int length) {
        bytes.position(Math.addExact(bytes.position(), length));
    }

    /// What the generated class of this element says as `hashCode`, which covers its key alone; the position stays.
    ///
    /// @param key the names of the first fields, in order; one that this version does not have counts as 0
    int hash(Schema element, List<String> key) {
        int start = bytes.position();
        int hash = 0;
        int next = 0;
        for (String name : key) {
            BoundField field = element.fields()[next];
            boolean present = field.def.name.equals(name);
            hash = 31 * hash + (present ? hash(field.def.type.read(bytes)) : 0);
            next += present ? 1 : 0;
        }
        bytes.position(start);
        return hash;
    }

    /// The hash of what is read next; consumed.
    int hash(Type element) {
        return hash(element.read(bytes));
    }

    private static int hash(@Nullable Object value) {
        return value == null ? 0 : value.hashCode();
    }
}
