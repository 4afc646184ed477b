package dev.millrace.broker.config;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.jspecify.annotations.Nullable;

/// Who the controllers are, as far as the settings say.
///
/// @param fixed `controller.quorum.voters`, by node id; empty when the voters are kept in the metadata log
/// @param bootstrap `controller.quorum.bootstrap.servers`: where to ask who leads
public record QuorumVoters(
        SortedMap<Integer, InetSocketAddress> fixed, List<InetSocketAddress> bootstrap) {
    private static final String FIXED = "controller.quorum.voters";
    private static final String BOOTSTRAP = "controller.quorum.bootstrap.servers";
    private static final String FORM = "write it as ID@HOST:PORT,ID@HOST:PORT";

    public QuorumVoters {
        fixed = Collections.unmodifiableSortedMap(fixed);
        bootstrap = List.copyOf(bootstrap);
    }

    /// Reads them, and compares them with what else is said of this node.
    static QuorumVoters of(
            Settings given,
            Roles roles,
            int nodeId,
            List<ListenerSpec> listeners,
            Collection<Endpoint> advertised)
            throws WrongSetting {
        var voters = new QuorumVoters(fixed(given), bootstrap(given));
        if (!voters.fixed.isEmpty()) {
            voters.check(given, roles, nodeId, own(listeners), advertised);
        }
        return voters;
    }

    private static SortedMap<Integer, InetSocketAddress> fixed(Settings given) throws WrongSetting {
        var voters = new TreeMap<Integer, InetSocketAddress>();
        var addresses = new HashSet<InetSocketAddress>();
        String value = given.text(FIXED, "");
        for (String voter : given.list(FIXED)) {
            int at = voter.indexOf('@');
            InetSocketAddress address = address(FIXED, value, voter.substring(at + 1), FORM);
            if (voters.put(id(value, voter.substring(0, Math.max(0, at))), address) != null) {
                throw WrongSetting.of(FIXED, value, "every voter needs an id of its own");
            }
            if (!addresses.add(address)) {
                throw WrongSetting.of(FIXED, value, "every voter needs an address of its own");
            }
        }
        return voters;
    }

    private static int id(String value, String text) throws WrongSetting {
        try {
            int id = Integer.parseInt(text.strip());
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw WrongSetting.of(FIXED, value, FORM);
    }

    private static List<InetSocketAddress> bootstrap(Settings given) throws WrongSetting {
        var servers = new ArrayList<InetSocketAddress>();
        for (String server : given.list(BOOTSTRAP)) {
            servers.add(
                    address(
                            BOOTSTRAP,
                            given.text(BOOTSTRAP, ""),
                            server,
                            "write it as HOST:PORT,HOST:PORT"));
        }
        return servers;
    }

    private static InetSocketAddress address(String key, String value, String text, String form)
            throws WrongSetting {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw WrongSetting.of(key, value, form);
        }
        String host = text.substring(0, colon).strip();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || host.equals("0.0.0.0") || host.equals("::")) {
            throw WrongSetting.of(
                    key, value, "'" + host + "' is no address that other nodes can connect to");
        }
        int port = Listeners.portNumber(key, value, text.substring(colon + 1).strip());
        return InetSocketAddress.createUnresolved(host, port);
    }

    private static @Nullable ListenerSpec own(List<ListenerSpec> listeners) {
        return listeners.stream().filter(ListenerSpec::controller).findFirst().orElse(null);
    }

    private void check(
            Settings given,
            Roles roles,
            int nodeId,
            @Nullable ListenerSpec listener,
            Collection<Endpoint> advertised)
            throws WrongSetting {
        String value = given.text(FIXED, "");
        InetSocketAddress self = fixed.get(nodeId);
        if (!roles.controller()) {
            if (self != null) {
                throw WrongSetting.of(
                        FIXED, value, "node %d is no controller".formatted(nodeId) + ROLES);
            }
            return;
        }
        if (self == null) {
            throw WrongSetting.of(
                    FIXED,
                    value,
                    "node %d is a controller and must be among the voters".formatted(nodeId)
                            + ROLES);
        }
        if (listener == null) {
            if (fixed.size() > 1) {
                throw WrongSetting.of(
                        FIXED,
                        value,
                        "the other voters cannot reach this one: controller.listener.names must name one of the listeners");
            }
            return;
        }
        int port =
                advertised.stream()
                        .filter(endpoint -> listener.name().equals(endpoint.listener()))
                        .findFirst()
                        .map(Endpoint::port)
                        .orElse(listener.port());
        boolean chosenByTheSystem = port == 0;
        if (!chosenByTheSystem && port != self.getPort()) {
            throw WrongSetting.of(
                    FIXED,
                    value,
                    "node %d listens at port %d of %s".formatted(nodeId, port, listener));
        }
    }

    private static final String ROLES = " (process.roles, node.id)";

    /// Whether no other controller is named.
    public boolean isAlone() {
        return fixed.size() < 2 && bootstrap.isEmpty();
    }

    /// Every address that is known.
    public Collection<InetSocketAddress> addresses() {
        return fixed.isEmpty() ? bootstrap : fixed.values();
    }

    /// Of which key they are, for sentences.
    public String key() {
        return fixed.isEmpty() ? BOOTSTRAP : FIXED;
    }
}
