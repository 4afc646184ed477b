package dev.millrace.broker.config;

import dev.millrace.broker.net.ConnectionLimits;
import dev.millrace.engine.metadata.config.AddressLimits;
import java.util.Map;

/// Kafka's keys that bound connections; they may change while the broker runs.
public final class ConnectionKeys {
    private static final String ALL = "max.connections";
    private static final String PER_ADDRESS = "max.connections.per.ip";

    /// Kafka's value for "no limit"; ours is finite all the same, for file descriptors are.
    private static final int UNLIMITED = Integer.MAX_VALUE;

    private ConnectionKeys() {}

    /// Where settings are.
    @FunctionalInterface
    public interface Source {
        String of(String key, String otherwise);
    }

    /// As a source has them at the moment.
    public static ConnectionLimits limits(Source source) throws WrongSetting {
        return limits(
                Settings.of(
                        Map.of(
                                ALL,
                                source.of(ALL, "").strip(),
                                PER_ADDRESS,
                                source.of(PER_ADDRESS, "").strip(),
                                AddressLimits.KEY,
                                source.of(AddressLimits.KEY, ""))));
    }

    static ConnectionLimits limits(Settings given) throws WrongSetting {
        var d = ConnectionLimits.DEFAULTS;
        return new ConnectionLimits(
                limited(given.number(ALL, UNLIMITED), d.all()),
                limited(given.number(PER_ADDRESS, UNLIMITED), d.perAddress()),
                overrides(given));
    }

    private static int limited(int given, int ours) {
        return given == UNLIMITED ? ours : given;
    }

    private static Map<String, Integer> overrides(Settings given) throws WrongSetting {
        String value = given.text(AddressLimits.KEY, "");
        Map<String, Integer> overrides = AddressLimits.parse(value);
        if (overrides == null) {
            throw WrongSetting.of(AddressLimits.KEY, value, AddressLimits.ALLOWED);
        }
        return overrides;
    }
}
