package dev.millrace.broker.config;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Values that are right beyond doubt, of the keys that a `server.properties` usually has.
///
/// Kafka's definitions are what decides about a value, and to load them takes longer than all the rest of a start. So they are asked
/// only when this table does not say yes: it may know too little, never too much (a test holds it against the definitions).
final class PlainValues {
    private PlainValues() {}

    /// True when Kafka's definitions know the key and accept the value. False says nothing.
    static boolean hold(String key, String value) {
        return switch (key) {
            case "advertised.listeners",
                    "controller.listener.names",
                    "listeners",
                    "log.dir",
                    "log.dirs" ->
                    isList(value);
            case "process.roles" -> isList(value) && ROLES.containsAll(Set.of(value.split(",")));
            case "controller.quorum.voters" -> isList(value) && all(value, PlainValues::isVoter);
            case "controller.quorum.bootstrap.servers" ->
                    isList(value) && all(value, PlainValues::isAddress);
            case "auto.create.topics.enable",
                    "controlled.shutdown.enable",
                    "delete.topic.enable",
                    "unclean.leader.election.enable" ->
                    value.equals("true") || value.equals("false");
            case "broker.rack",
                    "inter.broker.listener.name",
                    "listener.security.protocol.map",
                    "metadata.log.dir",
                    "millrace.http.listener" ->
                    true;
            case "group.initial.rebalance.delay.ms",
                    "log.retention.hours",
                    "log.retention.minutes",
                    "max.connections",
                    "max.connections.per.ip",
                    "socket.receive.buffer.bytes",
                    "socket.send.buffer.bytes" ->
                    isNumber(value, 0, Integer.MAX_VALUE);
            case "broker.id", "node.id" -> isNumber(value, 0, Integer.MAX_VALUE);
            case "log.retention.bytes", "log.retention.ms" -> isNumber(value, -1, Long.MAX_VALUE);
            case "connections.max.idle.ms",
                    "log.retention.check.interval.ms",
                    "queued.max.request.bytes" ->
                    isNumber(value, 1, Long.MAX_VALUE);
            case "log.segment.bytes", "socket.request.max.bytes", "message.max.bytes" ->
                    isNumber(value, 1 << 20, Integer.MAX_VALUE);
            case "min.insync.replicas",
                    "num.io.threads",
                    "num.network.threads",
                    "num.partitions",
                    "num.recovery.threads.per.data.dir",
                    "offsets.topic.num.partitions",
                    "share.coordinator.state.topic.num.partitions",
                    "socket.listen.backlog.size",
                    "transaction.state.log.min.isr",
                    "transaction.state.log.num.partitions" ->
                    isNumber(value, 1, Integer.MAX_VALUE);
            case "default.replication.factor",
                    "offsets.topic.replication.factor",
                    "share.coordinator.state.topic.min.isr",
                    "share.coordinator.state.topic.replication.factor",
                    "transaction.state.log.replication.factor" ->
                    isNumber(value, 1, Short.MAX_VALUE);
            default -> false;
        };
    }

    private static final Set<String> ROLES = Set.of("broker", "controller");

    /// Digits, and no more than a long has.
    private static boolean isNumber(String value, long least, long most) {
        try {
            long number = Long.parseLong(value);
            return least <= number && number <= most;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /// Elements that are there and differ.
    private static boolean isList(String value) {
        var elements = new HashSet<String>();
        for (String element : value.split(",", -1)) {
            if (element.isBlank() || !elements.add(element.strip())) {
                return false;
            }
        }
        return true;
    }

    private static boolean all(String list, Predicate<String> rule) {
        return Stream.of(list.split(",", -1)).allMatch(rule);
    }

    /// `1@localhost:9093`
    private static boolean isVoter(String value) {
        int at = value.indexOf('@');
        return 0 < at
                && isNumber(value.substring(0, at), 0, Integer.MAX_VALUE)
                && isAddress(value.substring(at + 1));
    }

    /// `localhost:9093`
    private static boolean isAddress(String value) {
        int colon = value.lastIndexOf(':');
        return 0 < colon
                && isHost(value.substring(0, colon))
                && isNumber(value.substring(colon + 1), 1, 65_535);
    }

    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letter = c >= 'a' && c <= 'z';
            boolean digit = c >= '0' && c <= '9';
            if (!letter && !digit && c != '.' && c != '-') {
                return false;
            }
        }
        return true;
    }
}
