package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.GroupRecord.MemberFacts;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// A member of a classic group. Immutable: a change puts another in its place.
///
/// @param instanceId of a static member (KIP-345)
/// @param protocols in the order of its preference; after a reload only the chosen one, which is all that is stored
/// @param assignment empty until the leader has given it one
/// @param isNew true until its first JoinGroup has been answered: it does not know its id and cannot send heartbeats
record ClassicMember(
        String id,
        @Nullable String instanceId,
        String clientId,
        String clientHost,
        int rebalanceTimeoutMs,
        int sessionTimeoutMs,
        List<Protocol> protocols,
        Bytes assignment,
        boolean isNew) {
    static final Bytes NOTHING = Bytes.wrap(new byte[0]);

    /// A way to divide the work ("range"), with what the member says under it (its subscription).
    record Protocol(String name, Bytes metadata) {}

    static ClassicMember stored(MemberFacts facts, @Nullable String protocol) {
        return new ClassicMember(
                facts.id(),
                facts.instanceId(),
                facts.clientId(),
                facts.clientHost(),
                facts.rebalanceTimeoutMs(),
                facts.sessionTimeoutMs(),
                protocol == null
                        ? List.of()
                        : List.of(new Protocol(protocol, facts.subscription())),
                facts.assignment(),
                false);
    }

    MemberFacts facts(@Nullable String protocol, Bytes newAssignment) {
        return new MemberFacts(
                id,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocol == null ? NOTHING : metadata(protocol),
                newAssignment);
    }

    boolean supports(String protocol) {
        for (Protocol p : protocols) {
            if (p.name().equals(protocol)) {
                return true;
            }
        }
        return false;
    }

    Bytes metadata(String protocol) {
        for (Protocol p : protocols) {
            if (p.name().equals(protocol)) {
                return p.metadata();
            }
        }
        return NOTHING;
    }

    ClassicMember withAssignment(Bytes newAssignment) {
        return new ClassicMember(
                id,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocols,
                newAssignment,
                isNew);
    }

    /// As it joins again, under its own or (a static member that comes back) a new id. Where it is and what it calls itself
    /// stay as they were when it first came, as in Kafka.
    ClassicMember rejoining(
            String newId,
            int newRebalanceTimeoutMs,
            int newSessionTimeoutMs,
            List<Protocol> newProtocols) {
        return new ClassicMember(
                newId,
                instanceId,
                clientId,
                clientHost,
                newRebalanceTimeoutMs,
                newSessionTimeoutMs,
                newProtocols,
                assignment,
                isNew);
    }

    ClassicMember known() {
        return new ClassicMember(
                id,
                instanceId,
                clientId,
                clientHost,
                rebalanceTimeoutMs,
                sessionTimeoutMs,
                protocols,
                assignment,
                false);
    }
}
