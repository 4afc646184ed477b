package dev.millrace.broker.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;

/// Where other nodes reach this one, where its settings name no host: as with Kafka at the canonical name of this machine for an empty
/// host, and nowhere for `0.0.0.0`.
///
/// A node that is alone has nobody to tell. Its clients are told the address that they came by.
///
/// @param advertised what `advertised.listeners` says
record AdvertisedHosts(
        Roles roles,
        List<ListenerSpec> listeners,
        Map<String, Endpoint> advertised,
        QuorumVoters quorum) {
    private static final List<String> THIS_MACHINE = List.of("localhost", "127.0.0.1", "::1");

    static AdvertisedHosts of(BrokerConfig config) {
        return new AdvertisedHosts(
                config.roles(), config.listeners(), config.advertised(), config.quorum());
    }

    /// What is advertised, and the listeners for clients whose host had to be found.
    Map<String, Endpoint> found() throws WrongSetting {
        if (isAlone()) {
            return advertised;
        }
        var all = new LinkedHashMap<>(advertised);
        for (ListenerSpec listener : listeners) {
            Endpoint told = told(listener);
            if (!listener.controller() && isNowhere(told) && told.port() != 0) {
                all.put(listener.name(), atThisMachine(told));
            }
        }
        return all;
    }

    /// A node that may be joined by others later, which would not reach it, says so.
    void warn(List<String> warnings) {
        boolean mayBeJoined =
                listeners.stream()
                        .anyMatch(each -> each.controller() && !THIS_MACHINE.contains(each.host()));
        if (!isAlone() || !mayBeJoined) {
            return;
        }
        for (ListenerSpec listener : listeners) {
            if (!listener.controller() && isNowhere(told(listener))) {
                warnings.add(
                        "Brokers that join this one could not reach it: %s names no host; set advertised.listeners=%s://HOST:%d first"
                                .formatted(listener, listener.name(), listener.port()));
            }
        }
    }

    private boolean isAlone() {
        return roles.controller() && quorum.isAlone();
    }

    private Endpoint told(ListenerSpec listener) {
        return advertised.getOrDefault(
                listener.name(),
                new Endpoint(
                        listener.name(), listener.security(), listener.host(), listener.port()));
    }

    private static boolean isNowhere(Endpoint told) {
        return told.host().isEmpty() || told.host().equals("0.0.0.0") || told.host().equals("::");
    }

    private static Endpoint atThisMachine(Endpoint told) throws WrongSetting {
        String add =
                "; set advertised.listeners=%s://HOST:%d".formatted(told.listener(), told.port());
        if (!told.host().isEmpty()) {
            throw new WrongSetting(
                    "listeners: other nodes cannot connect to %s, which means every interface of this machine"
                                    .formatted(told.host())
                            + add);
        }
        try {
            String host = InetAddress.getLocalHost().getCanonicalHostName();
            return new Endpoint(told.listener(), told.securityProtocol(), host, told.port());
        } catch (UnknownHostException nameless) {
            throw new WrongSetting(
                    "listeners: other nodes cannot be told where this one is, for this machine's name has no address"
                            + add);
        }
    }
}
