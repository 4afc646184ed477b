package dev.millrace.engine.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.engine.metadata.ConfigDecisions.Origin;
import java.util.Iterator;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/// What a broker says of a change of its own settings that it hands on to the active controller: a tagged field at the resource. Empty: it
/// can be; otherwise why not. (Kafka answers such a resource itself, and wraps the rest in an Envelope.)
final class BrokersVerdict {
    private static final int TAG = 7_771;

    private BrokersVerdict() {}

    /// @param refusal null when the change can be
    static void give(Message resource, @Nullable String refusal) {
        byte[] words = refusal == null ? new byte[0] : refusal.getBytes(UTF_8);
        resource.unknownTaggedFields().add(new RawTaggedField(TAG, words));
    }

    /// A message's `duplicate` leaves out tagged fields that it does not know; what clients send of those goes no further.
    ///
    /// @param from in the same order
    static void carry(Iterable<? extends Message> from, Iterable<? extends Message> to) {
        Iterator<? extends Message> given = from.iterator();
        for (Message each : to) {
            for (RawTaggedField field : given.next().unknownTaggedFields()) {
                if (field.tag() == TAG) {
                    each.unknownTaggedFields().add(field);
                }
            }
        }
    }

    /// @throws InvalidRequestException when the broker has said that it cannot be
    static Origin of(Message resource) {
        for (RawTaggedField field : resource.unknownTaggedFields()) {
            if (field.tag() == TAG) {
                if (field.data().length > 0) {
                    throw new InvalidRequestException(new String(field.data(), UTF_8));
                }
                return Origin.SEEN_BY_BROKER;
            }
        }
        return Origin.OTHER;
    }
}
