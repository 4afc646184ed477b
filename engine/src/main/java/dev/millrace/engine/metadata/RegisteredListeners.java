package dev.millrace.engine.metadata;

import org.apache.kafka.common.errors.InvalidRegistrationException;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// What the listeners of a node that registers must say of themselves: the metadata log keeps it, and every node reads it for ever.
public final class RegisteredListeners {
    private RegisteredListeners() {}

    /// @throws InvalidRegistrationException when there is no such protocol
    public static SecurityProtocol protocol(String listener, short id) {
        // Null for one that this version does not know, which Kafka's class does not say of itself.
        @Nullable SecurityProtocol protocol = SecurityProtocol.forId(id);
        if (protocol == null) {
            throw new InvalidRegistrationException(
                    "Unknown security protocol " + id + " in listener " + listener);
        }
        return protocol;
    }
}
