package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.record.LineReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What is in the records of a test.
///
/// A payload is asked for one value at a time and may hand out the same array again: the client copies a value before `send`
/// returns.
public sealed interface Payload {
    /// The next record's value.
    byte[] next();

    /// The largest value that may come.
    int maxSize();

    /// Whether values differ in size.
    default boolean varies() {
        return false;
    }

    /// The same kind of payload for another producer, with values of its own.
    Payload another();

    /// Random bytes, the same for the same seed, with zeros at the end to give codecs something to do.
    ///
    /// @param compressible the share of a value that is zeros, 0 to 1
    static Payload random(int size, double compressible, long seed) {
        int zeros = (int) Math.round(size * compressible);
        return new Random(new byte[size], size - zeros, new SplittableRandom(seed));
    }

    /// The lines of a file in turn, from the start again after the last. They are kept in memory.
    static Payload lines(String file) {
        var lines = new ArrayList<byte[]>();
        try (var in = new BufferedInputStream(Files.newInputStream(Path.of(file)))) {
            var reader = new LineReader(in, true);
            for (byte[] line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
            }
        } catch (IOException failed) {
            throw CommandFailed.unreadable(file, failed);
        }
        if (lines.isEmpty()) {
            throw CommandFailed.because(
                    file + " is empty: --payload-file takes a file with a record on each line");
        }
        return new Lines(lines);
    }

    /// The numbers from 0 on, in decimal digits.
    static Payload numbers() {
        return new Numbers();
    }

    /// See [#numbers].
    final class Numbers implements Payload {
        private long at;

        @Override
        public byte[] next() {
            return Long.toString(at++).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public int maxSize() {
            return Long.toString(Long.MAX_VALUE).length();
        }

        @Override
        public boolean varies() {
            return true;
        }

        @Override
        public Payload another() {
            return new Numbers();
        }
    }

    /// See [#random].
    final class Random implements Payload {
        private final byte[] value;
        private final byte[] fresh;
        private final SplittableRandom random;

        private Random(byte[] value, int randomBytes, SplittableRandom random) {
            this.value = value;
            this.fresh = new byte[randomBytes];
            this.random = random;
        }

        @Override
        public byte[] next() {
            random.nextBytes(fresh);
            System.arraycopy(fresh, 0, value, 0, fresh.length);
            return value;
        }

        @Override
        public int maxSize() {
            return value.length;
        }

        @Override
        public Payload another() {
            return new Random(new byte[value.length], fresh.length, random.split());
        }
    }

    /// See [#lines].
    final class Lines implements Payload {
        private final List<byte[]> lines;
        private int at;

        private Lines(List<byte[]> lines) {
            this.lines = lines;
        }

        @Override
        public byte[] next() {
            at = at == lines.size() ? 0 : at;
            return lines.get(at++);
        }

        @Override
        public int maxSize() {
            return lines.stream().mapToInt(line -> line.length).max().orElse(0);
        }

        @Override
        public boolean varies() {
            return true;
        }

        @Override
        public Payload another() {
            return new Lines(lines);
        }
    }
}
