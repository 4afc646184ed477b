package dev.millrace.cli.record;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Lines of a stream as bytes, exactly as they came: no character set is assumed, a last line without a newline counts.
///
/// The buffer grows to the longest line and no further than [#MAX_LINE_BYTES].
public final class LineReader {
    /// The longest line taken. A record is far smaller by default (`max.request.size`, 1 MiB): this bounds our memory only.
    static final int MAX_LINE_BYTES = 256 * 1024 * 1024;

    private static final int FIRST_BUFFER_BYTES = 256 * 1024;

    private final InputStream in;
    private final boolean dropCarriageReturn;
    private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
    private int start;
    private int end;
    private long lines;

    /// @param dropCarriageReturn a line ends at `\r\n` too, as Kafka's console producer has it; otherwise `\r` is data
    public LineReader(InputStream in, boolean dropCarriageReturn) {
        this.in = in;
        this.dropCarriageReturn = dropCarriageReturn;
    }

    /// The next line without its end, or null at the end of the stream.
    public byte @Nullable [] next() throws IOException {
        int searched = start;
        while (true) {
            int newline = indexOfNewline(searched);
            if (newline >= 0) {
                return line(newline, newline + 1);
            }
            searched = end;
            if (end == buffer.length) {
                searched -= start;
                makeRoom();
            }
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                return start == end ? null : line(end, end);
            }
            end += read;
        }
    }

    /// How many lines were returned so far.
    public long lines() {
        return lines;
    }

    /// True when a whole line is at hand, so that the next call does not wait for input.
    public boolean ready() {
        return indexOfNewline(start) >= 0;
    }

    private int indexOfNewline(int from) {
        byte[] bytes = buffer;
        for (int at = from; at < end; at++) {
            if (bytes[at] == '\n') {
                return at;
            }
        }
        return -1;
    }

    private byte[] line(int to, int next) {
        int last =
                dropCarriageReturn && next > to && to > start && buffer[to - 1] == '\r'
                        ? to - 1
                        : to;
        byte[] line = Arrays.copyOfRange(buffer, start, last);
        start = next;
        lines++;
        return line;
    }

    private void makeRoom() throws IOException {
        int length = end - start;
        if (length > buffer.length / 2) {
            if (buffer.length >= MAX_LINE_BYTES) {
                throw new IOException(
                        "line " + (lines + 1) + " is longer than " + MAX_LINE_BYTES + " bytes");
            }
            buffer =
                    Arrays.copyOfRange(
                            buffer, start, start + Math.min(MAX_LINE_BYTES, buffer.length * 2));
        } else {
            System.arraycopy(buffer, start, buffer, 0, length);
        }
        start = 0;
        end = length;
    }
}
