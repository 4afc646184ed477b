package dev.millrace.engine.metadata;

import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;

/// One registered member of the quorum (KIP-919).
///
/// @param incarnation of the process that registered
/// @param endpoints by listener name, in the order registered
/// @param features the levels it can work at, by feature name, in name order
public record ControllerImage(
        int id,
        Uuid incarnation,
        Map<String, Endpoint> endpoints,
        Map<String, FeatureRange> features) {}
