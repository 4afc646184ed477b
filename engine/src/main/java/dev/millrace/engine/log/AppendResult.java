package dev.millrace.engine.log;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What became of an append.
public sealed interface AppendResult {
    /// @param logAppendTimeMs -1 when the records keep their own timestamps (CreateTime)
    record Appended(long baseOffset, long lastOffset, long logAppendTimeMs)
            implements AppendResult {}

    /// A retry of a batch that is in the log already (P1); the offsets are those of the first time.
    record Duplicate(long baseOffset, long lastOffset, long logAppendTimeMs)
            implements AppendResult {}

    /// Nothing was appended.
    ///
    /// @param records the records at fault, where single ones are
    record Refused(Errors error, @Nullable String message, List<RecordError> records)
            implements AppendResult {
        public Refused(Errors error, String message) {
            this(error, message, List.of());
        }
    }

    /// @param batchIndex the record's place within its batch, from 0
    record RecordError(int batchIndex, String message) {}
}
