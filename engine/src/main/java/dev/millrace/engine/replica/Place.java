package dev.millrace.engine.replica;

import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.PartitionMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where one partition lies, or will lie once it is written to: the folder of its log, and the names that it gets on its way out.
///
/// **Owner.** The partition, in its turn; [#remove] runs on workers and touches only the disk.
final class Place {
    private static final Logger LOG = LoggerFactory.getLogger(Place.class);

    /// Endings of folders that are no partition's: about to be removed, kept for their owner to look at, a copy that is not whole yet.
    static final String DELETED = "-delete";

    static final String STRAY = "-stray";
    static final String FUTURE = "-future";
    private static final int LONGEST_NAME = 255;

    /// Of a log's end, which holds its last batch or a part of it.
    private static final int TAIL_BYTES = 64 << 10;

    private final LogDirectory directory;
    private final TopicPartition name;
    private final Uuid topicId;
    private final String folder;

    /// What its folder held, which is gone; null otherwise.
    private final @Nullable LogRest missed;

    /// Its folder is on the disk. Changes in the partition's turn.
    private boolean made;

    Place(LogDirectory directory, TopicPartition name, Uuid topicId, boolean made) {
        this(directory, name, topicId, made, folderOf(name), null);
    }

    private Place(
            LogDirectory directory,
            TopicPartition name,
            Uuid topicId,
            boolean made,
            String folder,
            @Nullable LogRest missed) {
        this.folder = folder;
        this.missed = missed;
        this.directory = directory;
        this.name = name;
        this.topicId = topicId;
        this.made = made;
    }

    /// Where a copy of that partition lies until it takes the log's place.
    static Place future(TopicPartition name, Uuid topicId, LogDirectory in, Entropy entropy) {
        String folder = folderOf(name) + "." + random(entropy) + FUTURE;
        return new Place(in, name, topicId, false, folder, null);
    }

    /// Where a log lay that the last run knew, and whose folder is gone.
    static Place missed(LogDirectory in, TopicPartition name, Uuid topicId, LogRest held) {
        return new Place(in, name, topicId, false, folderOf(name), held);
    }

    static String folderOf(TopicPartition name) {
        return name.topic() + "-" + name.partition();
    }

    /// Whether the folder of a copy of that partition may have its name.
    static boolean mayMove(TopicPartition name) {
        return folderOf(name).length() + 1 + Uuid.ZERO_UUID.toString().length() + FUTURE.length()
                <= LONGEST_NAME;
    }

    LogDirectory directory() {
        return directory;
    }

    TopicPartition name() {
        return name;
    }

    Uuid topicId() {
        return topicId;
    }

    String folder() {
        return folder;
    }

    boolean made() {
        return made;
    }

    /// What the last run knew to be in its folder, which is gone; null when nothing is missed.
    @Nullable LogRest missed() {
        return missed;
    }

    /// There is a log here, or there should be one.
    boolean holdsLog() {
        return made || missed != null;
    }

    /// Not durable yet: a folder that a power loss leaves without a whole `partition.metadata` holds nothing that was flushed.
    void make() throws IOException {
        Storage files = directory.storage().directory(folder);
        try (StoredFile file = files.open(PartitionMetadata.FILE)) {
            file.truncate(0);
            file.append(PartitionMetadata.bytes(topicId));
        }
        made = true;
    }

    /// What [#make] did is durable on return.
    ///
    /// @param files the folder, whatever its name is by now: asked for by the name of old it would be made again
    void sync(Storage files) throws IOException {
        try (StoredFile file = files.open(PartitionMetadata.FILE)) {
            file.sync();
        }
        files.syncDirectory();
        directory.storage().syncDirectory();
    }

    /// What the folder says of its topic; null when it says nothing.
    @Nullable String topic() throws IOException {
        return topicOf(directory.storage(), folder);
    }

    static @Nullable String topicOf(Storage directory, String folder) throws IOException {
        byte[] text = directory.directory(folder).readAll(PartitionMetadata.FILE);
        return text == null ? null : new String(text, StandardCharsets.UTF_8);
    }

    /// Whether the logs in the two folders end in the same bytes, as those of a move do that was cut off: neither has a record behind the
    /// other's end.
    boolean endsAs(Place other) throws IOException {
        String mine = lastSegment();
        String its = other.lastSegment();
        if (mine == null || its == null) {
            return mine == null && its == null;
        }
        try (StoredFile one = files().open(mine);
                StoredFile two = other.files().open(its)) {
            int length = (int) Math.min(TAIL_BYTES, Math.min(one.size(), two.size()));
            return length == 0
                    ? mine.equals(its) && one.size() == two.size()
                    : tail(one, length).equals(tail(two, length));
        }
    }

    /// Its folder, which is made when it is missing.
    Storage files() throws IOException {
        return directory.storage().directory(folder);
    }

    private @Nullable String lastSegment() throws IOException {
        return files().files().stream()
                .filter(file -> file.endsWith(".log"))
                .reduce((_, later) -> later)
                .orElse(null);
    }

    private static ByteBuffer tail(StoredFile file, int length) throws IOException {
        ByteBuffer tail = ByteBuffer.allocate(length);
        file.read(file.size() - length, tail);
        return tail.flip();
    }

    /// Takes the folder's name from it, durably; returns the new one.
    String putAside(String ending, Entropy entropy) throws IOException {
        String renamed = aside(folder, ending, entropy);
        rename(directory.storage(), folder, renamed);
        return renamed;
    }

    /// Kafka's shape of the name, cut so that it stays a valid file name.
    static String aside(String folder, String ending, Entropy entropy) {
        String suffix = "." + random(entropy) + ending;
        int kept = Math.min(folder.length(), LONGEST_NAME - suffix.length());
        return folder.substring(0, kept) + suffix;
    }

    /// Whether that is what [#aside] made of the folder's name.
    static boolean isAside(String renamed, String folder) {
        String kept = renamed.substring(0, Math.max(0, renamed.lastIndexOf('.')));
        boolean cut = renamed.length() == LONGEST_NAME;
        return cut ? folder.startsWith(kept) : folder.equals(kept);
    }

    private static String random(Entropy entropy) {
        return entropy.uuid().toString().replace("-", "_");
    }

    /// Durable on return.
    static void rename(Storage storage, String from, String to) throws IOException {
        storage.renameDirectory(from, to);
        storage.syncDirectory();
    }

    /// @return whether a folder has its former name, as far as this process sees
    static boolean takeBack(Storage storage, String now, String former) {
        try {
            if (storage.directories().contains(now)) {
                storage.renameDirectory(now, former);
            }
            return storage.directories().contains(former);
        } catch (IOException e) {
            LOG.warn("{} cannot be named {} again: {}", now, former, e.toString());
            return false;
        }
    }

    /// Removes a folder that was put aside.
    void remove(String renamed) {
        try {
            directory.storage().deleteDirectory(renamed);
        } catch (IOException e) {
            LOG.warn("{}/{} cannot be deleted: {}", directory.path(), renamed, e.toString());
        }
    }

    /// As [#remove], on a worker, once readers that have begun are done.
    ///
    /// @param close gives the log's files back
    void removeLater(String renamed, long delayMs, Env env, Runnable close) {
        Runnable work =
                () -> {
                    close.run();
                    remove(renamed);
                };
        env.timers().schedule(delayMs, () -> env.workers().execute("delete " + renamed, work));
    }

    @Override
    public String toString() {
        return directory.path() + "/" + folder;
    }
}
