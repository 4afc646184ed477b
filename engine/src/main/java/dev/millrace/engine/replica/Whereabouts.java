package dev.millrace.engine.replica;

import dev.millrace.engine.env.Workers;
import dev.millrace.engine.metadata.Directories;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/// Tells the controller in which directory a replica lies where it thinks otherwise, and that one is lost whose log cannot be used: then
/// another leads that is in sync, or nobody does, and every client is told so (KIP-858). The next start that can use the log tells where it lies.
///
/// What lies in a directory that has failed is not told of one by one: the heartbeats name the directory.
final class Whereabouts {
    private final LogDirectories directories;
    private final HeldReplicas held;
    private final Replication replication;
    private final Workers workers;

    Whereabouts(
            LogDirectories directories,
            HeldReplicas held,
            Replication replication,
            Workers workers) {
        this.directories = directories;
        this.held = held;
        this.replication = replication;
        this.workers = workers;
    }

    /// @param assigned where the controller thinks that it lies
    void compare(HeldReplicas.Held here, MetadataImage now, Uuid assigned) {
        Partition partition = here.partition();
        var key = new HeldReplicas.Key(partition.topicId(), partition.name().partition());
        boolean lost = partition.isOffline();
        tell(key, lost ? Directories.LOST : here.place().directory().id(), now, assigned);
    }

    /// As [#compare], of one whose log could not be opened.
    void compareUnopened(HeldReplicas.Key key, MetadataImage now, Uuid assigned) {
        tell(key, Directories.LOST, now, assigned);
    }

    private void tell(HeldReplicas.Key key, Uuid is, MetadataImage now, Uuid assigned) {
        if (!is.equals(assigned)
                && now.features().metadataVersion().isDirectoryAssignmentSupported()) {
            replication.lies(key.topicId(), key.partition(), is);
        }
    }

    /// In the turn of a partition that goes offline. It is told on a worker: where its directory fails with it, that is known then.
    ///
    /// @param now the newest image
    void wentOffline(HeldReplicas.Key key, Supplier<MetadataImage> now) {
        workers.execute(
                "tell that a log is lost",
                () -> {
                    HeldReplicas.Held here = held.get(key);
                    LogDirectory in = here == null ? null : here.place().directory();
                    if (in != null && !directories.hasFailed(in)) {
                        tell(key, Directories.LOST, now.get(), in.id());
                    }
                });
    }
}
