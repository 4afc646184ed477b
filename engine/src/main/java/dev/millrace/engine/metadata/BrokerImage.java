package dev.millrace.engine.metadata;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One registered broker.
///
/// @param epoch the offset of its registration record: the broker epoch
/// @param incarnation of the process that registered
/// @param endpoints by listener name, in the order registered; empty of a host when none is advertised, in which case a client
///     is told the address that it connected to
/// @param features the levels it can work at, by feature name, in name order
/// @param fenced true until its first heartbeat that says it has caught up, and whenever its session ends
/// @param directories its log directories that are available (KIP-858)
/// @param cordoned directories that take no new partition (KIP-1066); null until the broker has said
public record BrokerImage(
        int id,
        long epoch,
        Uuid incarnation,
        Map<String, Endpoint> endpoints,
        Map<String, FeatureRange> features,
        @Nullable String rack,
        boolean fenced,
        boolean inControlledShutdown,
        List<Uuid> directories,
        @Nullable List<Uuid> cordoned) {

    /// May become the leader of a partition, or hold a new replica.
    public boolean active() {
        return !fenced && !inControlledShutdown;
    }

    /// Whether just these of its directories take no new replica, as far as it has said.
    public boolean hasCordoned(List<Uuid> ids) {
        return Set.copyOf(ids).equals(Set.copyOf(cordonedOrNone()));
    }

    List<Uuid> cordonedOrNone() {
        return cordoned == null ? List.of() : cordoned;
    }

    /// None of its directories takes a new replica.
    public boolean cordonedWhole() {
        return cordoned != null && !directories.isEmpty() && cordoned.containsAll(directories);
    }

    BrokerImage withFenced(boolean now) {
        return new BrokerImage(
                id,
                epoch,
                incarnation,
                endpoints,
                features,
                rack,
                now,
                inControlledShutdown,
                directories,
                cordoned);
    }

    BrokerImage withChange(
            boolean fencedNow,
            boolean inControlledShutdownNow,
            List<Uuid> directoriesNow,
            @Nullable List<Uuid> cordonedNow) {
        return new BrokerImage(
                id,
                epoch,
                incarnation,
                endpoints,
                features,
                rack,
                fencedNow,
                inControlledShutdownNow,
                directoriesNow,
                cordonedNow);
    }
}
