package dev.millrace.broker;

import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The folders of a node that keeps everything in memory. They outlive the node, so that one that is stopped within its process
/// finds its records again when it is started; they end with the process.
///
/// **Owner.** Used by one node at a time, on the thread that starts it.
public final class MemoryDirectories {
    private final Map<Path, LogDirectory> byPath = new HashMap<>();
    private @Nullable String clusterId;

    /// For a node that founds a cluster or asks for the one it joins.
    public MemoryDirectories() {}

    /// For a node of a known cluster.
    public MemoryDirectories(String clusterId) {
        this.clusterId = clusterId;
    }

    String clusterId(DataDirectories.NewClusterId newClusterId) throws StartFailed, IOException {
        String known = clusterId;
        if (known == null) {
            known = newClusterId.get();
            clusterId = known;
        }
        return known;
    }

    LogDirectory directory(Path path, Entropy entropy) {
        return byPath.computeIfAbsent(
                path, p -> new LogDirectory(entropy.uuid(), p + " (memory)", new MemoryStorage()));
    }
}
