package dev.millrace.engine;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.jspecify.annotations.Nullable;

/// Where brokers are reached by brokers: at the listener between them (`inter.broker.listener.name`), or at their first where they do
/// not have it.
record PeerAddresses(String listener, Supplier<MetadataImage> metadata) {
    static PeerAddresses of(NodeSettings settings, Supplier<MetadataImage> metadata) {
        String protocol = value(settings, "security.inter.broker.protocol", "PLAINTEXT");
        return new PeerAddresses(value(settings, "inter.broker.listener.name", protocol), metadata);
    }

    /// As the names of listeners are kept: in upper case. A blank value is none.
    private static String value(NodeSettings settings, String key, String otherwise) {
        String value = settings.file().getOrDefault(key, "").strip();
        return value.isEmpty() ? otherwise : value.toUpperCase(Locale.ROOT);
    }

    /// Null when the broker is not there, or nobody can tell where it is.
    Peers.@Nullable Address of(int brokerId) {
        BrokerImage broker = metadata.get().cluster().broker(brokerId);
        if (broker == null || broker.fenced() || broker.endpoints().isEmpty()) {
            return null;
        }
        Endpoint endpoint =
                broker.endpoints()
                        .getOrDefault(listener, broker.endpoints().values().iterator().next());
        String host = endpoint.host();
        return host == null || host.isEmpty() ? null : new Peers.Address(host, endpoint.port());
    }
}
