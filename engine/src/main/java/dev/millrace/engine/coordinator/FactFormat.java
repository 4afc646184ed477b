package dev.millrace.engine.coordinator;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Facts as the records of an internal topic, in Kafka's own formats.
///
/// @param <F> the coordinator's facts
public interface FactFormat<F> {
    FactMessages write(F fact);

    /// @return null for a record of a kind that is not known here, which a newer broker may have written: it is skipped
    /// @throws RuntimeException when the record is of a known kind and cannot be read
    @Nullable F read(ByteBuffer key, @Nullable ByteBuffer value);
}
