package dev.millrace.engine.coordinator.txn;

import java.util.concurrent.CompletionStage;

/// Producer ids that nobody has had.
@FunctionalInterface
public interface NewProducerIds {
    /// Fails when there is none now. Called in no turn.
    CompletionStage<Long> next();
}
