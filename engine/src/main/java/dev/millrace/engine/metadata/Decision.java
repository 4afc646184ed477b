package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// What the controller answers to a request, and the records that make the answer true: one atomic batch (M6). A refusal has
/// an answer and no records.
public record Decision<R>(List<ApiMessageAndVersion> records, R response) {
    public Decision {
        records = List.copyOf(records);
    }

    /// Nothing changes.
    public static <R> Decision<R> answer(R response) {
        return new Decision<>(List.of(), response);
    }
}
