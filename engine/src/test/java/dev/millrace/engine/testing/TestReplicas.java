package dev.millrace.engine.testing;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.replica.LogDirectories;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.replica.TopicSettings;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.Uuid;

/// The replicas of a broker, for tests of what stands above them.
public final class TestReplicas {
    private TestReplicas() {}

    /// Those of broker 1 on an empty disk, with all settings as they are by default.
    public static Replicas onAnEmptyDisk(Env env) throws IOException {
        var directory = new LogDirectory(new Uuid(8, 1), "/data", new HeapStorage());
        return new Replicas(
                1,
                env,
                new LogDirectories(List.of(directory), 0, env),
                (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1));
    }
}
