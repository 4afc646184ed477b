package dev.millrace.engine.api;

import dev.millrace.engine.log.VerificationGuard;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What is known of the partitions that a transactional request writes to, before it does (KIP-890).
///
/// @param errors of those that must not be written to
/// @param guards of those whose coordinator was asked
record Verified(Map<TopicPartition, Errors> errors, Map<TopicPartition, VerificationGuard> guards) {
    static final Verified NOTHING = new Verified(Map.of(), Map.of());

    /// `NONE` when it may be written to.
    Errors error(TopicPartition partition) {
        return errors.getOrDefault(partition, Errors.NONE);
    }

    @Nullable VerificationGuard guard(TopicPartition partition) {
        return guards.get(partition);
    }

    /// With what a coordinator has answered. Of a partition that it says nothing of, nothing is known.
    Verified with(Map<TopicPartition, Errors> answer) {
        Map<TopicPartition, Errors> all = new HashMap<>(errors);
        for (TopicPartition partition : guards.keySet()) {
            Errors error = answer.getOrDefault(partition, Errors.UNKNOWN_SERVER_ERROR);
            if (error != Errors.NONE) {
                all.put(partition, error);
            }
        }
        return new Verified(all, guards);
    }
}
