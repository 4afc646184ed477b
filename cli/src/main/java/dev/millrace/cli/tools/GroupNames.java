package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.jspecify.annotations.Nullable;

/// The lists of states and types that the tools for groups filter by, `stable,empty`.
final class GroupNames {
    private GroupNames() {}

    /// @return the empty set for no list
    static Set<GroupState> states(@Nullable String list, Set<GroupState> valid) {
        return parse(
                list, GroupState.class, GroupState::parse, valid, "state list '", "states are: ");
    }

    /// @return the empty set for no list
    static Set<GroupType> types(@Nullable String list, Set<GroupType> valid) {
        return parse(list, GroupType.class, GroupType::parse, valid, "types list '", "types are: ");
    }

    private static <E extends Enum<E>> Set<E> parse(
            @Nullable String list,
            Class<E> type,
            Function<String, E> parser,
            Set<E> valid,
            String what,
            String which) {
        var parsed = EnumSet.noneOf(type);
        for (String word : list == null || list.isBlank() ? new String[0] : list.split(",", -1)) {
            E value = parser.apply(word.strip().toLowerCase(Locale.ROOT));
            if (!valid.contains(value)) {
                var names = valid.stream().sorted().map(Object::toString).toList();
                throw CommandFailed.usage(
                        "Invalid " + what + list + "'. Valid " + which + String.join(", ", names));
            }
            parsed.add(value);
        }
        return parsed;
    }
}
