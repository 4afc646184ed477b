package dev.millrace.engine.coordinator;

import org.apache.kafka.common.protocol.Errors;

/// What a client hears when a coordinator could not write: Kafka's translation, which tells "ask again here" from "look for
/// another coordinator". What no batch can hold has no error of its own.
public final class AppendErrors {
    private AppendErrors() {}

    /// No batch of this log can hold it, now or later.
    static boolean isTooLarge(Errors append) {
        return append == Errors.MESSAGE_TOO_LARGE || append == Errors.RECORD_LIST_TOO_LARGE;
    }

    public static Errors answer(Errors append) {
        return switch (append) {
            case UNKNOWN_TOPIC_OR_PARTITION,
                    NOT_ENOUGH_REPLICAS,
                    NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                    REQUEST_TIMED_OUT ->
                    Errors.COORDINATOR_NOT_AVAILABLE;
            // Of asking a transaction's coordinator: a client asks again without looking for ours.
            case NETWORK_EXCEPTION -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
            case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR, FENCED_LEADER_EPOCH ->
                    Errors.NOT_COORDINATOR;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE ->
                    Errors.UNKNOWN_SERVER_ERROR;
            default -> append;
        };
    }
}
