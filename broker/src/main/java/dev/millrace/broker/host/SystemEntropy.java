package dev.millrace.broker.host;

import dev.millrace.engine.env.Entropy;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Uuid;

/// Chance for ids and jitter; not for secrets, but for the ids, which nobody should guess.
///
/// The bytes of an id come from the system's own generator, where there is one: it is what `SecureRandom` reads on Linux, without
/// the JDK's search for a provider, which costs a start more than reading its settings does.
final class SystemEntropy implements Entropy {
    private static final String SYSTEM = "/dev/urandom";
    private static final long VERSION = 0xF000L;
    private static final long RANDOM = 0x4000L;
    private static final long VARIANT = 0xC000_0000_0000_0000L;
    private static final long IETF = 0x8000_0000_0000_0000L;

    @Override
    public Uuid uuid() {
        while (true) {
            Uuid id = random();
            if (!Uuid.RESERVED.contains(id) && !id.toString().startsWith("-")) {
                return id;
            }
        }
    }

    /// A UUID of version 4 (RFC 9562).
    private static Uuid random() {
        try (InputStream system = new FileInputStream(SYSTEM)) {
            byte[] bytes = system.readNBytes(2 * Long.BYTES);
            if (bytes.length == 2 * Long.BYTES) {
                ByteBuffer both = ByteBuffer.wrap(bytes);
                return new Uuid(
                        (both.getLong() & ~VERSION) | RANDOM, (both.getLong() & ~VARIANT) | IETF);
            }
        } catch (IOException e) {
            // Not every system has it; every JDK has a generator.
        }
        return Uuid.randomUuid();
    }

    @Override
    public long below(long bound) {
        return ThreadLocalRandom.current().nextLong(bound);
    }
}
