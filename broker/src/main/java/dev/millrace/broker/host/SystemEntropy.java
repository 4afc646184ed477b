package dev.millrace.broker.host;

import dev.millrace.engine.env.Entropy;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Uuid;

/// Chance for ids and jitter. Ids are such that nobody can guess them.
final class SystemEntropy implements Entropy {
    private static final long VERSION_MASK = 0xF000L;
    private static final long VERSION_4 = 0x4000L;
    private static final long VARIANT_MASK = 0xC000_0000_0000_0000L;
    private static final long VARIANT_2 = 0x8000_0000_0000_0000L;

    @Override
    public Uuid uuid() {
        while (true) {
            ByteBuffer random = ByteBuffer.wrap(randomBytes());
            var id =
                    new Uuid(
                            (random.getLong() & ~VERSION_MASK) | VERSION_4,
                            (random.getLong() & ~VARIANT_MASK) | VARIANT_2);
            if (!Uuid.RESERVED.contains(id) && !id.toString().startsWith("-")) {
                return id;
            }
        }
    }

    /// From the system's own source: Java's `SecureRandom` reads the same, but loading its providers would cost a tenth of the
    /// broker's start.
    private static byte[] randomBytes() {
        byte[] bytes = new byte[16];
        try (InputStream source = new FileInputStream("/dev/urandom")) {
            if (source.readNBytes(bytes, 0, bytes.length) == bytes.length) {
                return bytes;
            }
        } catch (IOException e) {
            // no such file on this system
        }
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    @Override
    public long below(long bound) {
        return ThreadLocalRandom.current().nextLong(bound);
    }
}
