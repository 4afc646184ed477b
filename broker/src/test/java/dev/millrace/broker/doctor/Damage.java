package dev.millrace.broker.doctor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.record.internal.FileLogInputStream;
import org.apache.kafka.common.record.internal.FileRecords;

/// What is done to a data directory while nobody uses it.
interface Damage {
    void to(Path directory) throws IOException;

    static String log(int base, String suffix) {
        return "0".repeat(19) + base + "." + suffix;
    }

    static Damage gone(String file) {
        return to -> Files.delete(to.resolve(file));
    }

    static Damage goneFolder(String name) {
        return to -> {
            for (Path file : LivedIn.files(to.resolve(name))) {
                Files.delete(file);
            }
            Files.delete(to.resolve(name));
        };
    }

    static Damage cut(String file, int bytes) {
        return to -> {
            byte[] all = Files.readAllBytes(to.resolve(file));
            assertTrue(all.length > bytes, file + " is long enough");
            Files.write(to.resolve(file), Arrays.copyOf(all, bytes));
        };
    }

    static Damage cutBy(String file, int bytes) {
        return to -> {
            byte[] all = Files.readAllBytes(to.resolve(file));
            Files.write(to.resolve(file), Arrays.copyOf(all, all.length - bytes));
        };
    }

    static Damage text(String file, String text) {
        return to -> Files.writeString(to.resolve(file), text);
    }

    static Damage overwritten(String file, int at, int bytes) {
        return to -> {
            byte[] all = Files.readAllBytes(to.resolve(file));
            int from = at < 0 ? all.length + at : at;
            Arrays.fill(all, from, from + bytes, (byte) 0xa5);
            Files.write(to.resolve(file), all);
        };
    }

    static List<Path> of(Path folder, String suffix) throws IOException {
        return LivedIn.files(folder).stream().filter(f -> f.toString().endsWith(suffix)).toList();
    }

    static Damage filled(String folder, String suffix) {
        return to -> {
            Path file = of(to.resolve(folder), suffix).getLast();
            byte[] all = Files.readAllBytes(file);
            Arrays.fill(all, (byte) 0xa5);
            Files.write(file, all);
        };
    }

    static Damage goneSegments(String folder) {
        return goneFiles(folder, ".log");
    }

    static Damage goneFiles(String folder, String suffix) {
        return to -> {
            for (Path file : of(to.resolve(folder), suffix)) {
                Files.delete(file);
            }
        };
    }

    static Damage emptyFolder(String folder) {
        return to -> {
            for (Path file : LivedIn.files(to.resolve(folder))) {
                Files.delete(file);
            }
        };
    }

    static Damage withoutLastBatch(String folder) {
        return to -> {
            Path file = of(to.resolve(folder), ".log").getLast();
            try (FileRecords all = FileRecords.open(file.toFile())) {
                int last = 0;
                for (FileLogInputStream.FileChannelRecordBatch batch : all.batches()) {
                    last = batch.position();
                }
                all.truncateTo(last);
            }
        };
    }

    /// Neither the first nor the last.
    static Damage goneSegment(String folder) {
        return to -> {
            List<Path> logs = of(to.resolve(folder), ".log");
            assertTrue(logs.size() > 2, logs::toString);
            Files.delete(logs.get(1));
        };
    }

    /// The last bytes of the log are gone.
    static Damage tail(String folder) {
        return to -> {
            Path file = of(to.resolve(folder), ".log").getLast();
            byte[] all = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(all, all.length - 20));
        };
    }

    static Damage halfBatch(String folder) {
        return to -> {
            Path file = of(to.resolve(folder), ".log").getLast();
            byte[] half = Arrays.copyOf(Files.readAllBytes(file), 50);
            Files.write(file, half, StandardOpenOption.APPEND);
        };
    }

    static Damage nodeId(String id) {
        return to -> {
            Path file = to.resolve("meta.properties");
            String text = Files.readString(file);
            Files.writeString(
                    file,
                    text.substring(0, text.indexOf("#")).replace("node.id=1", "node.id=" + id));
        };
    }

    static Damage more(String file, String before, String digits) {
        return to -> {
            String text = Files.readString(to.resolve(file));
            Files.writeString(to.resolve(file), text.replace(before, before + digits));
        };
    }
}
