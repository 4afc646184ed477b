package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.Recorded;
import dev.millrace.cli.cluster.CommandFailed;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatStringTest {
    static ConsumerRecord<byte[], byte[]> record(boolean withHeaders) {
        var headers = new RecordHeaders();
        if (withHeaders) {
            headers.add("h1", utf8("a")).add("h2", null);
        }
        return new ConsumerRecord<>(
                "topic",
                3,
                42,
                1000,
                TimestampType.CREATE_TIME,
                3,
                5,
                utf8("key"),
                utf8("value"),
                headers,
                Optional.of(7));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "%s|value",
                "%t %p %o %T|topic 3 42 1000",
                "%k=%s %K %S|key=value 3 5",
                "%h|h1=a,h2=",
                "100%%|100%",
                "a\\tb\\x41\\\\|a\tbA\\",
                "plain|plain"
            })
    void prints(String format, String want) {
        var recorded = new Recorded();
        FormatString.parse(format).print(record(true), recorded.terminal.out());
        assertEquals(want, recorded.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%z", "\\", "\\q", "\\x4", "\\xzz"})
    void refuses(String format) {
        assertThrows(CommandFailed.class, () -> FormatString.parse(format));
    }

    @Test
    void kafkasOrderOfParts() {
        assertEquals(
                "CreateTime:1000\tPartition:3\tOffset:42\tEpoch:7\th1:a,h2:null\tkey\tvalue\n",
                line(
                        Map.of(
                                "print.timestamp",
                                "true",
                                "print.partition",
                                "true",
                                "print.offset",
                                "true",
                                "print.epoch",
                                "true",
                                "print.headers",
                                "true",
                                "print.key",
                                "true"),
                        true));
    }

    @Test
    void kafkasDefaultsAndSeparators() {
        assertEquals("value\n", line(Map.of(), true));
        assertEquals(
                "NO_HEADERS:key|",
                line(
                        Map.of(
                                "print.headers",
                                "true",
                                "print.key",
                                "true",
                                "print.value",
                                "false",
                                "key.separator",
                                ":",
                                "line.separator",
                                "|"),
                        false));
        assertEquals(
                "a;NIL\n",
                line(
                                Map.of(
                                        "print.headers",
                                        "true",
                                        "print.value",
                                        "false",
                                        "headers.separator",
                                        ";",
                                        "null.literal",
                                        "NIL"),
                                true)
                        .replace("h1:", "")
                        .replace("h2:", ""));
    }

    @Test
    void deserializerByName() {
        assertThrows(
                CommandFailed.class,
                () -> new LinePrinter(Map.of("value.deserializer", "no.such.Class")));
        assertEquals(
                "value\n",
                line(
                        Map.of(
                                "value.deserializer",
                                "org.apache.kafka.common.serialization.StringDeserializer"),
                        false));
    }

    private static String line(Map<String, String> properties, boolean withHeaders) {
        var recorded = new Recorded();
        new LinePrinter(properties).print(record(withHeaders), recorded.terminal.out());
        return recorded.out();
    }
}
