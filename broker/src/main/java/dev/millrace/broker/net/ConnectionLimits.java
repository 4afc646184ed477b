package dev.millrace.broker.net;

import java.util.Map;

/// How many connections there may be.
///
/// @param all over all listeners (`max.connections`)
/// @param perAddress from one client address (`max.connections.per.ip`)
/// @param overrides of `perAddress`, by address as text (`max.connections.per.ip.overrides`)
public record ConnectionLimits(int all, int perAddress, Map<String, Integer> overrides) {
    public static final ConnectionLimits DEFAULTS = new ConnectionLimits(20_000, 15_000, Map.of());

    public ConnectionLimits {
        overrides = Map.copyOf(overrides);
    }

    int of(String address) {
        return overrides.getOrDefault(address, perAddress);
    }
}
