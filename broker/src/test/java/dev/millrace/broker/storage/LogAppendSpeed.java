package dev.millrace.broker.storage;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// What an append costs beside its floor: CRC-32C over the batch and one write to the page cache. Not a test: run its `main`, with a
/// directory on the disk in question.
final class LogAppendSpeed {
    private static final long NOW = 1_700_000_000_000L;
    private static final int BATCH = 64 << 10;
    private static final long BYTES = 1L << 30;

    private LogAppendSpeed() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "append-speed");
        try {
            for (int recordBytes : new int[] {100, 1000}) {
                for (int round = 0; round < 3; round++) {
                    measure("floor", recordBytes, () -> floor(directory, recordBytes));
                    measure("log  ", recordBytes, () -> log(directory, recordBytes));
                }
            }
        } finally {
            delete(directory);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void measure(String what, int recordBytes, Work work) throws IOException {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
        System.out.printf(
                "%s  records of %4d bytes: %6.0f MB/s, %.2f CPU-seconds per GB%n",
                what, recordBytes, BYTES / 1e6 / seconds, cpuSeconds * 1e9 / BYTES);
    }

    private static MemoryRecords batch(int recordBytes) {
        var records = new SimpleRecord[BATCH / (recordBytes + 10)];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(NOW, null, new byte[recordBytes]);
        }
        MemoryRecords heap = Batches.plain().of(records);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.sizeInBytes());
        direct.put(heap.buffer()).flip();
        return MemoryRecords.readableRecords(direct);
    }

    private static void floor(Path directory, int recordBytes) throws IOException {
        ByteBuffer bytes = batch(recordBytes).buffer();
        Path path = directory.resolve("floor");
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long written = 0; written < BYTES; written += bytes.capacity()) {
                var crc = new CRC32C();
                crc.update(bytes.duplicate());
                if (crc.getValue() == 0) {
                    throw new IllegalStateException("cannot be");
                }
                file.write(bytes.duplicate(), written);
            }
        }
        Files.delete(path);
    }

    private static void log(Path directory, int recordBytes) throws IOException {
        MemoryRecords records = batch(recordBytes);
        Log log =
                Log.open(
                        new ManualEnv(NOW, 1),
                        DiskStorage.open(directory.resolve("t-0")),
                        new TopicPartition("t", 0),
                        LogSettings.DEFAULTS,
                        OpenMode.CLEAN);
        for (long written = 0; written < BYTES; written += records.sizeInBytes()) {
            records.buffer().putLong(0, 0); // as a client sends it
            var result = log.append(records, 0, Origin.CLIENT);
            if (!(result instanceof dev.millrace.engine.log.AppendResult.Appended)) {
                throw new IllegalStateException(result.toString());
            }
        }
        log.closeDirty();
        delete(directory.resolve("t-0"));
    }

    private static void delete(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
