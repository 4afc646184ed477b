package dev.millrace.engine.telemetry;

import org.apache.kafka.common.Uuid;

/// Who asks or pushes: what subscriptions are matched against.
///
/// @param instanceId as the client names itself; zero before it has a name
public record TelemetryClient(
        Uuid instanceId,
        String clientId,
        String softwareName,
        String softwareVersion,
        String sourceAddress) {
    TelemetryClient named(Uuid id) {
        return new TelemetryClient(id, clientId, softwareName, softwareVersion, sourceAddress);
    }
}
