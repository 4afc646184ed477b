package dev.millrace.cli.record;

import dev.millrace.cli.cluster.CommandFailed;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/// A record as one line, in the form of Kafka's console consumer: the parts asked for in a fixed order (timestamp, partition,
/// offset, epoch, headers, key, value) with one separator between them.
///
/// Bytes go out as they came, unless a deserializer is named: then what it returns is printed as text.
public final class LinePrinter implements Printer {
    private final Map<String, String> properties;
    private final byte[] separator;
    private final byte[] lineEnd;
    private final byte[] headersSeparator;
    private final byte[] nullLiteral;
    private final boolean timestamp;
    private final boolean partition;
    private final boolean offset;
    private final boolean epoch;
    private final boolean headers;
    private final boolean key;
    private final boolean value;
    private final @Nullable Deserializer<?> keyDeserializer;
    private final @Nullable Deserializer<?> valueDeserializer;
    private final @Nullable Deserializer<?> headerDeserializer;

    /// @param properties `print.key=true`, `key.separator`, `value.deserializer` and so on
    public LinePrinter(Map<String, String> properties) {
        this.properties = properties;
        separator = bytes("key.separator", "\t");
        lineEnd = bytes("line.separator", "\n");
        headersSeparator = bytes("headers.separator", ",");
        nullLiteral = bytes("null.literal", "null");
        timestamp = shown("print.timestamp", false);
        partition = shown("print.partition", false);
        offset = shown("print.offset", false);
        epoch = shown("print.epoch", false);
        headers = shown("print.headers", false);
        key = shown("print.key", false);
        value = shown("print.value", true);
        keyDeserializer = deserializer("key.deserializer", true);
        valueDeserializer = deserializer("value.deserializer", false);
        headerDeserializer = deserializer("headers.deserializer", false);
    }

    private byte[] bytes(String name, String otherwise) {
        return properties.getOrDefault(name, otherwise).getBytes(StandardCharsets.UTF_8);
    }

    private boolean shown(String name, boolean otherwise) {
        String text = properties.get(name);
        return text == null ? otherwise : text.strip().toLowerCase(Locale.ROOT).equals("true");
    }

    /// The deserializer a property names, configured with the properties that start with that name.
    private @Nullable Deserializer<?> deserializer(String property, boolean forKey) {
        String className = properties.get(property);
        if (className == null
                || className.isEmpty()
                || className.endsWith(".ByteArrayDeserializer")) {
            return null;
        }
        Deserializer<?> deserializer = instance(className, Deserializer.class);
        var config = new HashMap<String, Object>();
        properties.forEach((name, text) -> {
            if (name.startsWith(property + ".")) {
                config.put(name.substring(property.length() + 1), text);
            }
        });
        deserializer.configure(config, forKey);
        return deserializer;
    }

    /// An object of a class that the user names.
    public static <T> T instance(String className, Class<T> type) {
        try {
            return type.cast(Class.forName(className).getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException | ClassCastException notUsable) {
            throw CommandFailed.usage(
                    className
                            + " is not a "
                            + type.getSimpleName()
                            + " on the class path that can be made without arguments");
        }
    }

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        boolean first = true;
        if (timestamp) {
            first = next(first, out);
            out.print(timestamp(record));
        }
        if (partition) {
            first = next(first, out);
            out.print("Partition:" + record.partition());
        }
        if (offset) {
            first = next(first, out);
            out.print("Offset:" + record.offset());
        }
        if (epoch) {
            first = next(first, out);
            out.print("Epoch:" + record.leaderEpoch().map(String::valueOf).orElse("NOT_PRESENT"));
        }
        if (headers) {
            first = next(first, out);
            print(record.headers(), record.topic(), out);
        }
        if (key) {
            first = next(first, out);
            out.writeBytes(text(keyDeserializer, record.key(), record));
        }
        if (value) {
            next(first, out);
            out.writeBytes(text(valueDeserializer, record.value(), record));
        }
        out.writeBytes(lineEnd);
    }

    private boolean next(boolean first, PrintStream out) {
        if (!first) {
            out.writeBytes(separator);
        }
        return false;
    }

    private static String timestamp(ConsumerRecord<?, ?> record) {
        return record.timestampType() == TimestampType.NO_TIMESTAMP_TYPE
                ? "NO_TIMESTAMP"
                : record.timestampType() + ":" + record.timestamp();
    }

    private void print(Headers all, String topic, PrintStream out) {
        boolean first = true;
        for (Header header : all) {
            if (!first) {
                out.writeBytes(headersSeparator);
            }
            first = false;
            out.print(header.key() + ":");
            out.writeBytes(text(headerDeserializer, header.value(), topic, null));
        }
        if (first) {
            out.print("NO_HEADERS");
        }
    }

    private byte[] text(
            @Nullable Deserializer<?> deserializer,
            byte @Nullable [] bytes,
            ConsumerRecord<?, ?> record) {
        return text(deserializer, bytes, record.topic(), record.headers());
    }

    private byte[] text(
            @Nullable Deserializer<?> deserializer,
            byte @Nullable [] bytes,
            String topic,
            @Nullable Headers headers) {
        if (bytes == null) {
            return nullLiteral;
        }
        if (deserializer == null) {
            return bytes;
        }
        Object read =
                headers == null
                        ? deserializer.deserialize(topic, bytes)
                        : deserializer.deserialize(topic, headers, bytes);
        return read == null ? nullLiteral : read.toString().getBytes(StandardCharsets.UTF_8);
    }
}
