package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ClassicMember.Protocol;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which protocol a classic group uses: one that every member supports, by vote.
final class ProtocolSelection {
    private ProtocolSelection() {}

    /// May somebody with these join? An empty group takes any type; others only their own, and a protocol in common with
    /// every member.
    static boolean admits(ClassicGroup group, String protocolType, List<Protocol> protocols) {
        if (protocolType.isEmpty() || protocols.isEmpty()) {
            return false;
        }
        if (group.isEmpty()) {
            return true;
        }
        return protocolType.equals(group.protocolType())
                && protocols.stream().anyMatch(p -> inCommon(group.members(), p.name()));
    }

    /// Plain loops: a join asks this of every member there is.
    private static boolean inCommon(Collection<ClassicMember> members, String protocol) {
        for (ClassicMember member : members) {
            if (!member.supports(protocol)) {
                return false;
            }
        }
        return true;
    }

    /// Each member votes for the first on its list that all support; the most votes win, the earliest voter's choice among
    /// equals.
    static String choose(Collection<ClassicMember> members) {
        Map<String, Integer> supporters = supporters(members);
        Map<String, Integer> votes = new LinkedHashMap<>();
        for (ClassicMember member : members) {
            for (Protocol protocol : member.protocols()) {
                if (supporters.getOrDefault(protocol.name(), 0) == members.size()) {
                    votes.merge(protocol.name(), 1, Integer::sum);
                    break;
                }
            }
        }
        String chosen = "";
        int most = 0;
        for (Map.Entry<String, Integer> entry : votes.entrySet()) {
            if (entry.getValue() > most) {
                chosen = entry.getKey();
                most = entry.getValue();
            }
        }
        return chosen;
    }

    /// How many support each. Counted once, for there may be thousands of members.
    private static Map<String, Integer> supporters(Collection<ClassicMember> members) {
        Map<String, Integer> supporters = new HashMap<>();
        for (ClassicMember member : members) {
            for (String name : new HashSet<>(names(member))) {
                supporters.merge(name, 1, Integer::sum);
            }
        }
        return supporters;
    }

    private static List<String> names(ClassicMember member) {
        return member.protocols().stream().map(Protocol::name).toList();
    }
}
