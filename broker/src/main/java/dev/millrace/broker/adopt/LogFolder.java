package dev.millrace.broker.adopt;

import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.engine.log.PartitionMetadata;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/// The files of one partition in a folder of Kafka's.
final class LogFolder {
    private static final String LOG = ".log";
    private static final String SWAP = ".swap";

    /// Out of use, or not in use yet.
    private static final Set<String> RUBBISH = Set.of(".deleted", ".cleaned", ".tmp");

    /// Of the last segment they are allotted in advance, and trimmed when Kafka stops.
    private static final Set<String> ALLOTTED = Set.of(".index", ".timeindex");

    private LogFolder() {}

    static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    /// Whether a compaction has begun to put new segments in place of old ones.
    static boolean isSwapping(Path folder) throws IOException {
        return files(folder).stream().anyMatch(file -> file.endsWith(SWAP));
    }

    /// Bytes of its segments.
    static long bytes(Path folder) throws IOException {
        long bytes = 0;
        for (String file : files(folder)) {
            if (file.endsWith(LOG)) {
                bytes += Files.size(folder.resolve(file));
            }
        }
        return bytes;
    }

    /// Copies what is in use, synced.
    ///
    /// @param clean whether Kafka had closed it
    static void copy(Path from, Path to, boolean clean) throws IOException {
        Files.createDirectories(to);
        List<String> files = files(from);
        String last = files.stream().filter(f -> f.endsWith(LOG)).reduce((_, l) -> l).orElse("");
        String active = last.isEmpty() ? "" : last.substring(0, last.length() - LOG.length());
        for (String file : files) {
            String suffix = file.substring(Math.max(0, file.lastIndexOf('.')));
            boolean allotted = !clean && ALLOTTED.contains(suffix) && file.equals(active + suffix);
            if (!RUBBISH.contains(suffix) && !allotted) {
                copyFile(from.resolve(file), to.resolve(file));
            }
        }
    }

    /// The system copies: within a file system that can, blocks are shared until one side changes.
    private static void copyFile(Path from, Path to) throws IOException {
        Files.copy(from, to);
        try (FileChannel copy = FileChannel.open(to, StandardOpenOption.WRITE)) {
            copy.force(true);
        }
    }

    /// Says whose it is, where Kafka had not come to it.
    static void name(DiskStorage folder, Uuid topicId) throws IOException {
        if (!folder.exists(PartitionMetadata.FILE)) {
            folder.writeAtomically(PartitionMetadata.FILE, PartitionMetadata.bytes(topicId));
        }
        folder.syncDirectory();
    }
}
