package dev.millrace.compat;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/// What a cluster says that it has.
final class Features {
    private Features() {}

    /// The level of a feature that is in force; 0 when there is none.
    static int finalized(Admin admin, String feature)
            throws ExecutionException, InterruptedException {
        var levels = admin.describeFeatures().featureMetadata().get().finalizedFeatures();
        var level = levels.get(feature);
        return level == null ? 0 : level.maxVersionLevel();
    }
}
