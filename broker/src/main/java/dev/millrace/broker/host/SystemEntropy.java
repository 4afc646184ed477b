package dev.millrace.broker.host;

import dev.millrace.engine.env.Entropy;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Uuid;

/// Chance for ids and jitter; not for secrets, but for the ids, which nobody should guess.
final class SystemEntropy implements Entropy {
    @Override
    public Uuid uuid() {
        return Uuid.randomUuid();
    }

    @Override
    public long below(long bound) {
        return ThreadLocalRandom.current().nextLong(bound);
    }
}
