package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedRecords;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotReader;
import org.apache.kafka.snapshot.RawSnapshotWriter;
import org.apache.kafka.snapshot.Snapshots;

/// The snapshots of the metadata log: files `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint`, record batches as in the
/// log, beginning with a header and ending with a footer.
///
/// A snapshot is written to a `.part` file, synced and renamed: a crash leaves a `.part` file, removed at the next start, or
/// the whole snapshot.
///
/// **Owner.** The thread that steps the quorum.
final class SnapshotFiles {
    private static final String SUFFIX = ".checkpoint";
    private static final String PART = ".checkpoint.part";

    private final Storage storage;
    private final TreeSet<OffsetAndEpoch> ids = new TreeSet<>();

    SnapshotFiles(Storage storage) throws IOException {
        this.storage = storage;
        for (String file : storage.files()) {
            if (file.endsWith(PART)) {
                storage.delete(file);
            } else if (file.endsWith(SUFFIX)) {
                ids.add(id(file));
            }
        }
    }

    private static OffsetAndEpoch id(String file) {
        String stem = file.substring(0, file.length() - SUFFIX.length());
        int dash = stem.indexOf('-');
        return new OffsetAndEpoch(
                Long.parseLong(stem.substring(0, dash)),
                Integer.parseInt(stem.substring(dash + 1)));
    }

    private static String file(OffsetAndEpoch id) {
        return Snapshots.filenameFromSnapshotId(id) + SUFFIX;
    }

    Optional<OffsetAndEpoch> latest() {
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.last());
    }

    Optional<OffsetAndEpoch> earliest() {
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.first());
    }

    boolean contains(OffsetAndEpoch id) {
        return ids.contains(id);
    }

    /// The snapshot before the latest, when there are two or more.
    Optional<OffsetAndEpoch> beforeLatest() {
        return ids.size() < 2 ? Optional.empty() : Optional.of(ids.lower(ids.last()));
    }

    /// Durable on return.
    void deleteBefore(OffsetAndEpoch id) throws IOException {
        boolean deleted = false;
        while (!ids.isEmpty() && ids.first().compareTo(id) < 0) {
            storage.delete(file(ids.pollFirst()));
            deleted = true;
        }
        if (deleted) {
            storage.syncDirectory();
        }
    }

    Optional<RawSnapshotReader> read(OffsetAndEpoch id) {
        if (!ids.contains(id)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = storage.readAll(file(id));
            Invariant.check(bytes != null, "a snapshot that is listed is there");
            return Optional.of(new Reader(id, ByteBuffer.wrap(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RawSnapshotWriter write(OffsetAndEpoch id, Consumer<OffsetAndEpoch> frozen) {
        try {
            String part = Snapshots.filenameFromSnapshotId(id) + PART;
            storage.delete(part);
            return new Writer(
                    id,
                    storage.open(part),
                    () -> {
                        storage.publish(part, file(id));
                        ids.add(id);
                        frozen.accept(id);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Reader(OffsetAndEpoch snapshotId, ByteBuffer bytes)
            implements RawSnapshotReader {
        @Override
        public long sizeInBytes() {
            return bytes.remaining();
        }

        @Override
        public UnalignedRecords slice(long position, int size) {
            int from = Math.toIntExact(position);
            return new UnalignedMemoryRecords(
                    bytes.slice(from, Math.min(size, bytes.remaining() - from)));
        }

        @Override
        public Records records() {
            return MemoryRecords.readableRecords(bytes.duplicate());
        }
    }

    private interface Publish {
        void run() throws IOException;
    }

    private static final class Writer implements RawSnapshotWriter {
        private final OffsetAndEpoch id;
        private final StoredFile file;
        private final Publish publish;
        private boolean frozen;
        private boolean closed;

        Writer(OffsetAndEpoch id, StoredFile file, Publish publish) {
            this.id = id;
            this.file = file;
            this.publish = publish;
        }

        @Override
        public OffsetAndEpoch snapshotId() {
            return id;
        }

        @Override
        public long sizeInBytes() {
            return file.size();
        }

        @Override
        public void append(MemoryRecords records) {
            append(records.buffer());
        }

        @Override
        public void append(UnalignedMemoryRecords records) {
            append(records.buffer());
        }

        private void append(ByteBuffer bytes) {
            Invariant.check(!frozen, "a frozen snapshot does not change");
            try {
                file.append(bytes.duplicate());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean isFrozen() {
            return frozen;
        }

        @Override
        public void freeze() {
            try {
                file.sync();
                frozen = true;
                close();
                publish.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                try {
                    file.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
