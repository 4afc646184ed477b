package dev.millrace.broker.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// Reads Kafka's settings of listeners. Its rules: unique names, unique ports, every name in the security map (a name that is a
/// security protocol stands for itself), nothing advertised that does not listen.
final class Listeners {
    private static final String LISTENERS = "listeners";
    private static final String ADVERTISED = "advertised.listeners";
    private static final String MAP = "listener.security.protocol.map";
    private static final String FORM = "write it as NAME://HOST:PORT,NAME://HOST:PORT";

    private final Settings settings;
    private final Map<String, SecurityProtocol> security;
    private final Set<String> controllers;

    private final Roles roles;

    Listeners(Settings settings, Roles roles) throws WrongSetting {
        this.settings = settings;
        this.roles = roles;
        this.security = securityMap(settings);
        this.controllers = Set.copyOf(settings.list("controller.listener.names"));
    }

    private record Address(String name, String host, int port) {}

    /// @param otherwise what `listeners` is when it was not given
    List<ListenerSpec> bound(String otherwise) throws WrongSetting {
        var specs = new ArrayList<ListenerSpec>();
        var names = new HashSet<String>();
        var ports = new HashSet<String>();
        String value = settings.text(LISTENERS, otherwise);
        for (Address address : addresses(LISTENERS, value)) {
            if (!names.add(address.name())) {
                throw WrongSetting.of(LISTENERS, value, "every listener needs a name of its own");
            }
            boolean another = ports.add(address.host() + ":" + address.port());
            if (!another && address.port() != 0) {
                throw WrongSetting.of(LISTENERS, value, "every listener needs a port of its own");
            }
            specs.add(
                    new ListenerSpec(
                            address.name(),
                            address.host(),
                            address.port(),
                            plaintext(address.name()),
                            controllers.contains(address.name())));
        }
        if (roles.broker() && specs.stream().allMatch(ListenerSpec::controller)) {
            throw WrongSetting.of(
                    LISTENERS,
                    value,
                    "at least one listener must be for clients, not in controller.listener.names");
        }
        if (!roles.broker() && !specs.stream().allMatch(ListenerSpec::controller)) {
            throw WrongSetting.of(
                    LISTENERS,
                    value,
                    "a node that is no broker has listeners of controller.listener.names only");
        }
        if (!roles.controller() && specs.stream().anyMatch(ListenerSpec::controller)) {
            throw WrongSetting.of(
                    LISTENERS,
                    value,
                    "a node that is no controller has no listener of controller.listener.names");
        }
        return List.copyOf(specs);
    }

    /// What clients are told, by listener name; empty when they are told the address that they connected to.
    Map<String, Endpoint> advertised(List<ListenerSpec> bound) throws WrongSetting {
        String value = settings.text(ADVERTISED);
        if (value == null) {
            return Map.of();
        }
        var endpoints = new LinkedHashMap<String, Endpoint>();
        for (Address address : addresses(ADVERTISED, value)) {
            if (bound.stream().noneMatch(spec -> spec.name().equals(address.name()))) {
                throw WrongSetting.of(
                        ADVERTISED, value, address.name() + " is not one of the listeners");
            }
            if (address.host().equals("0.0.0.0") || address.host().equals("::")) {
                throw WrongSetting.of(
                        ADVERTISED,
                        value,
                        "0.0.0.0 means every interface, and no client can connect to it");
            }
            endpoints.put(
                    address.name(),
                    new Endpoint(
                            address.name(),
                            plaintext(address.name()),
                            address.host(),
                            address.port()));
        }
        return endpoints;
    }

    private SecurityProtocol plaintext(String name) throws WrongSetting {
        SecurityProtocol protocol = security.get(name);
        if (protocol == null && controllers.contains(name) && settings.text(MAP) == null) {
            protocol = SecurityProtocol.PLAINTEXT;
        }
        if (protocol == null) {
            throw new WrongSetting(
                    MAP + ": the listener " + name + " is missing; add " + name + ":PLAINTEXT");
        }
        if (protocol != SecurityProtocol.PLAINTEXT) {
            throw new WrongSetting(
                    "listeners: %s wants %s, and this version serves PLAINTEXT only"
                            .formatted(name, protocol));
        }
        return protocol;
    }

    private static Map<String, SecurityProtocol> securityMap(Settings settings)
            throws WrongSetting {
        var map = new LinkedHashMap<String, SecurityProtocol>();
        if (settings.text(MAP) == null) {
            for (SecurityProtocol protocol : SecurityProtocol.values()) {
                map.put(protocol.name, protocol);
            }
            return map;
        }
        for (String element : settings.list(MAP)) {
            int colon = element.indexOf(':');
            SecurityProtocol protocol = protocol(element.substring(colon + 1));
            if (colon <= 0 || protocol == null) {
                throw WrongSetting.of(
                        MAP,
                        settings.text(MAP, ""),
                        "write it as NAME:PROTOCOL, with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
            }
            map.put(element.substring(0, colon).strip().toUpperCase(Locale.ROOT), protocol);
        }
        return map;
    }

    private static @Nullable SecurityProtocol protocol(String name) {
        for (SecurityProtocol protocol : SecurityProtocol.values()) {
            if (protocol.name.equalsIgnoreCase(name.strip())) {
                return protocol;
            }
        }
        return null;
    }

    private static List<Address> addresses(String key, String value) throws WrongSetting {
        var addresses = new ArrayList<Address>();
        for (String element : value.split(",", -1)) {
            addresses.add(address(key, value, element.strip()));
        }
        return addresses;
    }

    private static Address address(String key, String value, String element) throws WrongSetting {
        int scheme = element.indexOf("://");
        int port = element.lastIndexOf(':');
        if (scheme <= 0 || port < scheme + 3) {
            throw WrongSetting.of(key, value, FORM);
        }
        String host = element.substring(scheme + 3, port);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new Address(
                element.substring(0, scheme).toUpperCase(Locale.ROOT),
                host,
                portNumber(key, value, element.substring(port + 1)));
    }

    static int portNumber(String key, String value, String text) throws WrongSetting {
        try {
            int port = Integer.parseInt(text);
            if (0 <= port && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw WrongSetting.of(key, value, "a port is a number from 0 to 65535, not '" + text + "'");
    }
}
