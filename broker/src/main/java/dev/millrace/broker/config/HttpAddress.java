package dev.millrace.broker.config;

import dev.millrace.engine.metadata.config.OwnKeys;
import org.jspecify.annotations.Nullable;

/// Where the broker answers HTTP.
///
/// @param host as written: empty for every interface, "localhost" for the loopback addresses
/// @param port 0 for any free one
/// @param given true when somebody chose it: then it must work
public record HttpAddress(String host, int port, boolean given) {
    public static final String KEY = OwnKeys.HTTP_LISTENER;

    private static final String FORM = "write it as HOST:PORT, or leave it empty for none";

    /// @return null for nowhere
    static @Nullable HttpAddress of(Settings settings, Roles roles) throws WrongSetting {
        boolean given = settings.asMap().containsKey(KEY);
        String value = settings.text(KEY, given ? "" : OwnKeys.HTTP_LISTENER_DEFAULT).strip();
        if (value.isEmpty()) {
            return null;
        }
        if (!roles.broker()) {
            if (given) {
                throw WrongSetting.of(KEY, value, "a node that is no broker answers no HTTP");
            }
            return null;
        }
        return parse(value, given);
    }

    private static HttpAddress parse(String value, boolean given) throws WrongSetting {
        int colon = value.lastIndexOf(':');
        String host = value.substring(0, Math.max(0, colon));
        boolean literal = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || host.contains("/") || (host.contains(":") && !literal)) {
            throw WrongSetting.of(KEY, value, FORM);
        }
        return new HttpAddress(
                literal ? host.substring(1, host.length() - 1) : host,
                Listeners.portNumber(KEY, value, value.substring(colon + 1)),
                given);
    }

    /// The same with the port that was found.
    public HttpAddress withPort(int found) {
        return new HttpAddress(host, found, given);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
