package dev.millrace.engine.doctor;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Names of folders in a data directory.
final class Folders {
    /// What is being deleted ends so.
    static final String DELETED = "-delete";

    private Folders() {}

    /// The partition whose folder has that name; null when it is none.
    static @Nullable TopicPartition partition(String folder) {
        int dash = folder.lastIndexOf('-');
        try {
            int number = Integer.parseInt(folder.substring(dash + 1));
            var name = new TopicPartition(folder.substring(0, Math.max(0, dash)), number);
            return dash > 0 && folder.equals(of(name)) ? name : null;
        } catch (NumberFormatException other) {
            return null;
        }
    }

    static String of(TopicPartition name) {
        return name.topic() + "-" + name.partition();
    }
}
