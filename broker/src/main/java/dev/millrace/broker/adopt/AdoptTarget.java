package dev.millrace.broker.adopt;

import dev.millrace.broker.DataDirectory;
import dev.millrace.broker.StartFailed;
import dev.millrace.broker.storage.DiskStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/// A directory that is becoming a data directory. Until it is one it holds the file [DataDirectory#ADOPTING], with which no broker
/// starts:
///
/// ```
/// new --begin--> copying | moving --everything is there and synced--> whole --reveal--> a data directory
/// ```
final class AdoptTarget implements AutoCloseable {
    /// What may lie in a directory that counts as empty.
    private static final Set<String> NOTHING = Set.of(".lock", "lost+found");

    private final DataDirectory directory;
    private final Uuid id;

    private AdoptTarget(DataDirectory directory, Uuid id) {
        this.directory = directory;
        this.id = id;
    }

    /// How far an adoption into a directory has come.
    enum State {
        /// Missing or empty.
        NEW,
        /// One that copies was cut short.
        COPYING,
        /// One that moves was cut short.
        MOVING,
        /// Only the mark has to go.
        WHOLE,
        /// It is something else.
        TAKEN
    }

    static State state(Path path) throws IOException {
        Path mark = path.resolve(DataDirectory.ADOPTING);
        if (Files.exists(mark)) {
            return switch (Files.readString(mark).strip()) {
                case "whole" -> State.WHOLE;
                case "moving" -> State.MOVING;
                default -> State.COPYING;
            };
        }
        if (!Files.exists(path)) {
            return State.NEW;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.allMatch(entry -> NOTHING.contains(String.valueOf(entry.getFileName())))
                    ? State.NEW
                    : State.TAKEN;
        }
    }

    /// Takes the directory, made when missing, for this process alone.
    static AdoptTarget take(Path path, Uuid id) throws AdoptRefused {
        try {
            return new AdoptTarget(DataDirectory.take(path), id);
        } catch (StartFailed e) {
            throw AdoptRefused.because(String.valueOf(e.getMessage()));
        }
    }

    DiskStorage storage() {
        return directory.storage();
    }

    Uuid id() {
        return id;
    }

    /// What an earlier copy has left goes; the mark comes first and stays.
    void begin(boolean move) throws IOException {
        DiskStorage storage = storage();
        boolean resume = state(storage.path()) == State.MOVING;
        mark(move ? "moving" : "copying");
        if (!resume) {
            clear();
        }
    }

    /// Takes back what was copied.
    void clear() throws IOException {
        DiskStorage storage = storage();
        for (String folder : storage.directories()) {
            if (!NOTHING.contains(folder)) {
                storage.deleteDirectory(folder);
            }
        }
        for (String file : storage.files()) {
            if (!NOTHING.contains(file) && !file.equals(DataDirectory.ADOPTING)) {
                storage.delete(file);
            }
        }
        storage.syncDirectory();
    }

    void identify(String clusterId, int nodeId) throws AdoptRefused {
        try {
            directory.format(new DataDirectory.Identity(clusterId, nodeId, id));
        } catch (StartFailed e) {
            throw AdoptRefused.because(String.valueOf(e.getMessage()));
        }
    }

    void whole() throws IOException {
        mark("whole");
    }

    private void mark(String state) throws IOException {
        storage()
                .writeAtomically(
                        DataDirectory.ADOPTING,
                        ByteBuffer.wrap((state + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /// From here on a broker starts on it.
    void reveal() throws IOException {
        storage().delete(DataDirectory.ADOPTING);
        storage().syncDirectory();
    }

    /// The last one is that of the metadata: while its mark is there, no broker starts on any of them.
    static void reveal(List<AdoptTarget> targets, AdoptTarget last) throws IOException {
        last.whole();
        for (AdoptTarget target : targets) {
            if (target != last) {
                target.reveal();
            }
        }
        last.reveal();
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
