package dev.millrace.engine.metadata;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One registered broker.
///
/// @param epoch the offset of its registration record: the broker epoch
/// @param incarnation of the process that registered
/// @param endpoints by listener name, in the order registered; empty of a host when none is advertised, in which case a client
///     is told the address that it connected to
/// @param fenced true until its first heartbeat that says it has caught up, and whenever its session ends
public record BrokerImage(
        int id,
        long epoch,
        Uuid incarnation,
        Map<String, Endpoint> endpoints,
        @Nullable String rack,
        boolean fenced,
        boolean inControlledShutdown,
        List<Uuid> directories) {}
