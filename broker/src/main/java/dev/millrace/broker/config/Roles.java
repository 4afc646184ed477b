package dev.millrace.broker.config;

import java.util.TreeSet;

/// `process.roles`: what a node does. Both when nothing is said.
///
/// @param broker holds partitions and answers clients
/// @param controller may be a voter of the metadata quorum
public record Roles(boolean broker, boolean controller) {
    static final Roles BOTH = new Roles(true, true);

    static Roles of(Settings given) throws WrongSetting {
        var names = new TreeSet<>(given.list("process.roles"));
        if (names.isEmpty()) {
            return BOTH;
        }
        var roles = new Roles(names.remove("broker"), names.remove("controller"));
        if (!names.isEmpty()) {
            throw wrong(given, "broker, controller, or both are wanted");
        }
        checkVoters(given, roles);
        return roles;
    }

    private static void checkVoters(Settings given, Roles roles) throws WrongSetting {
        boolean named =
                !given.list("controller.quorum.voters").isEmpty()
                        || !given.list("controller.quorum.bootstrap.servers").isEmpty();
        if (!roles.controller && !named) {
            throw wrong(
                    given,
                    "a broker that is no controller needs controller.quorum.voters=ID@HOST:PORT or controller.quorum.bootstrap.servers=HOST:PORT to find one");
        }
        if (!roles.controller && given.list("controller.listener.names").isEmpty()) {
            throw wrong(given, "controller.listener.names must name the controllers' listener");
        }
        if (!roles.broker && given.list("controller.listener.names").isEmpty()) {
            throw wrong(given, "controller.listener.names must name the listener of this node");
        }
    }

    private static WrongSetting wrong(Settings given, String wanted) {
        return WrongSetting.of("process.roles", given.text("process.roles", ""), wanted);
    }
}
