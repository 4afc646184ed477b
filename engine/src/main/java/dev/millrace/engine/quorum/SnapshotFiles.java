package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedRecords;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotReader;
import org.apache.kafka.snapshot.RawSnapshotWriter;
import org.apache.kafka.snapshot.Snapshots;

/// The snapshots of the metadata log: files `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint`, record batches as in the
/// log, beginning with a header and ending with a footer.
///
/// A snapshot is written to a `.part` file, synced and renamed: a crash leaves a `.part` file, removed at the next start, or
/// the whole snapshot. One that is given up, as its fetch from a leader that is none any more, is removed at once.
///
/// **Owner.** The thread that steps the quorum.
final class SnapshotFiles {
    private static final String SUFFIX = ".checkpoint";
    private static final String PART = ".checkpoint.part";
    private static final int LONGEST_SLICE = KafkaRaftClient.MAX_BATCH_SIZE_BYTES;

    private final Storage storage;
    private final TreeSet<OffsetAndEpoch> ids = new TreeSet<>();

    /// Those that are being written.
    private final Map<OffsetAndEpoch, Writer> begun = new TreeMap<>();

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

    private static String part(OffsetAndEpoch id) {
        return Snapshots.filenameFromSnapshotId(id) + PART;
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
        return ids.contains(id) ? Optional.of(new Reader(id)) : Optional.empty();
    }

    RawSnapshotWriter write(OffsetAndEpoch id, Consumer<OffsetAndEpoch> frozen) {
        try {
            // One of the same that was given up: its file must not be deleted when this one has
            // begun.
            Writer before = begun.get(id);
            if (before != null) {
                before.close();
            }
            storage.delete(part(id));
            var writer = new Writer(id, storage.open(part(id)), frozen);
            begun.put(id, writer);
            return writer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Nothing is read before it is asked for: a peer fetches a snapshot in many parts, each of which begins with a new reader.
    private final class Reader implements RawSnapshotReader {
        private final OffsetAndEpoch id;

        Reader(OffsetAndEpoch id) {
            this.id = id;
        }

        @Override
        public OffsetAndEpoch snapshotId() {
            return id;
        }

        @Override
        public long sizeInBytes() {
            try {
                return storage.size(file(id));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// May be shorter than was asked for, by a peer, since all of it is in memory until it is sent.
        @Override
        public UnalignedRecords slice(long position, int size) {
            try (StoredFile file = storage.open(file(id))) {
                long rest = file.size() - position;
                Invariant.check(position >= 0 && rest >= 0, "a slice begins within the snapshot");
                var bytes =
                        ByteBuffer.allocate((int) Math.min(rest, Math.min(size, LONGEST_SLICE)));
                file.read(position, bytes);
                return new UnalignedMemoryRecords(bytes.flip());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Records records() {
            try {
                byte[] bytes = storage.readAll(file(id));
                Invariant.check(bytes != null, "a snapshot that is listed is there");
                return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final class Writer implements RawSnapshotWriter {
        private final OffsetAndEpoch id;
        private final StoredFile file;
        private final Consumer<OffsetAndEpoch> onFrozen;
        private boolean frozen;
        private boolean closed;

        Writer(OffsetAndEpoch id, StoredFile file, Consumer<OffsetAndEpoch> onFrozen) {
            this.id = id;
            this.file = file;
            this.onFrozen = onFrozen;
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
                storage.publish(part(id), file(id));
                ids.add(id);
                onFrozen.accept(id);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            closed = true;
            begun.remove(id);
            try {
                file.close();
                if (!frozen) {
                    storage.delete(part(id));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
