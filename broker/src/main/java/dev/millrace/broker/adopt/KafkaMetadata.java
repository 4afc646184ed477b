package dev.millrace.broker.adopt;

import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.metadata.Adoption;
import dev.millrace.engine.metadata.UnreadableMetadata;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.server.common.serialization.MetadataParseException;

/// Kafka's metadata log, read from a copy in memory: to read it as a start would is to cut what is torn.
///
/// @param contents the log
/// @param adoption what it means for us
record KafkaMetadata(StoppedQuorum.Contents contents, Adoption adoption) {
    private static final String LOG = ".log";
    private static final String SNAPSHOT = ".checkpoint";
    private static final int DIGITS = 20;
    private static final int BLOCK = 1 << 20;

    /// @param directory which holds the metadata log
    static KafkaMetadata read(KafkaDirectory directory, Env env) throws IOException, AdoptRefused {
        Path folder = directory.path().resolve(StoppedQuorum.FOLDER);
        try {
            var memory = new MemoryStorage();
            copy(folder, memory.directory(StoppedQuorum.FOLDER));
            StoppedQuorum.Contents contents = StoppedQuorum.read(env, memory);
            return new KafkaMetadata(contents, Adoption.read(contents, env.newTurn("adopted")));
        } catch (UnreadableMetadata e) {
            throw AdoptRefused.because(String.valueOf(e.getMessage()));
        } catch (MetadataParseException e) {
            throw AdoptRefused.because(
                    folder
                            + " holds a record that this version does not know, of a newer Kafka ("
                            + e.getMessage()
                            + ").");
        } catch (KafkaException e) {
            throw AdoptRefused.because(folder + " cannot be read: " + e.getMessage() + ".");
        }
    }

    /// The newest snapshot, the log from there on, and who was elected.
    private static void copy(Path folder, Storage to) throws IOException {
        List<String> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
        List<String> snapshots = files.stream().filter(f -> f.endsWith(SNAPSHOT)).toList();
        String from = snapshots.isEmpty() ? "" : snapshots.getLast().substring(0, DIGITS);
        List<String> logs = files.stream().filter(f -> f.endsWith(LOG)).toList();
        String first =
                logs.stream()
                        .filter(f -> f.substring(0, DIGITS).compareTo(from) <= 0)
                        .reduce((_, later) -> later)
                        .orElse("");
        for (String file : files) {
            boolean wanted =
                    file.endsWith(LOG)
                            ? file.compareTo(first) >= 0
                            : file.equals("quorum-state")
                                    || (!snapshots.isEmpty() && file.equals(snapshots.getLast()));
            if (wanted) {
                copy(folder.resolve(file), to, file);
            }
        }
    }

    private static void copy(Path file, Storage to, String name) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                StoredFile out = to.open(name)) {
            while (in.read(block.clear()) >= 0) {
                out.append(block.flip());
            }
        }
    }
}
