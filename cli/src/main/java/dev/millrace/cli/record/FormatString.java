package dev.millrace.cli.record;

import dev.millrace.cli.cluster.CommandFailed;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/// A record in a form that the user writes: `%t %p %o %k %s %h\n`, the letters that kcat users know.
///
/// Keys and values go out as bytes. A key or value that is null prints as nothing, with length -1.
public final class FormatString implements Printer {
    private static final byte[] COMMA = {','};

    private final List<Printer> parts;

    private FormatString(List<Printer> parts) {
        this.parts = parts;
    }

    /// @throws CommandFailed for an unknown letter after `%` or `\`
    public static FormatString parse(String format) {
        var parts = new ArrayList<Printer>();
        var literal = new StringBuilder();
        for (int at = 0; at < format.length(); at++) {
            char c = format.charAt(at);
            if ((c == '%' || c == '\\') && at + 1 == format.length()) {
                throw CommandFailed.usage("the format ends in a lone " + c);
            }
            if (c == '\\') {
                at = escape(format, at + 1, literal);
            } else if (c == '%' && format.charAt(at + 1) == '%') {
                literal.append('%');
                at++;
            } else if (c == '%') {
                flush(literal, parts);
                parts.add(field(format.charAt(++at)));
            } else {
                literal.append(c);
            }
        }
        flush(literal, parts);
        return new FormatString(List.copyOf(parts));
    }

    private static void flush(StringBuilder literal, List<Printer> parts) {
        if (!literal.isEmpty()) {
            byte[] bytes = literal.toString().getBytes(StandardCharsets.UTF_8);
            parts.add((_, out) -> out.writeBytes(bytes));
            literal.setLength(0);
        }
    }

    /// Appends the character that an escape stands for.
    ///
    /// @return the index of the escape's last character
    private static int escape(String format, int at, StringBuilder literal) {
        switch (format.charAt(at)) {
            case 'n' -> literal.append('\n');
            case 't' -> literal.append('\t');
            case 'r' -> literal.append('\r');
            case '0' -> literal.append('\0');
            case '\\' -> literal.append('\\');
            case 'x' -> {
                literal.append(hex(format, at + 1));
                return at + 2;
            }
            default ->
                    throw CommandFailed.usage(
                            "\\"
                                    + format.charAt(at)
                                    + " is no escape: use \\n \\t \\r \\0 \\xHH \\\\");
        }
        return at;
    }

    private static char hex(String format, int from) {
        int high = from + 1 < format.length() ? Character.digit(format.charAt(from), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(format.charAt(from + 1), 16);
        if (low < 0) {
            throw CommandFailed.usage("\\x needs two hexadecimal digits");
        }
        return (char) (high * 16 + low);
    }

    private static Printer field(char letter) {
        return switch (letter) {
            case 't' -> (record, out) -> out.print(record.topic());
            case 'p' -> (record, out) -> out.print(record.partition());
            case 'o' -> (record, out) -> out.print(record.offset());
            case 'T' -> (record, out) -> out.print(record.timestamp());
            case 'k' -> (record, out) -> write(record.key(), out);
            case 's' -> (record, out) -> write(record.value(), out);
            case 'K' -> (record, out) -> out.print(length(record.key()));
            case 'S' -> (record, out) -> out.print(length(record.value()));
            case 'h' -> FormatString::headers;
            default ->
                    throw CommandFailed.usage(
                            "%" + letter + " means nothing: use %t %p %o %T %k %K %s %S %h %%");
        };
    }

    private static void write(byte @Nullable [] bytes, PrintStream out) {
        if (bytes != null) {
            out.writeBytes(bytes);
        }
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    private static void headers(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        boolean first = true;
        for (Header header : record.headers()) {
            if (!first) {
                out.writeBytes(COMMA);
            }
            first = false;
            out.print(header.key());
            out.print('=');
            write(header.value(), out);
        }
    }

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        for (Printer part : parts) {
            part.print(record, out);
        }
    }
}
