package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.metadata.ConfigsImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is remembered of a group of the consumer protocol and is not in the log, for a heartbeat with nothing new to find that
/// out at the cost of a few comparisons. A crash may forget all of it.
final class ConsumerWatch {
    /// The topics that the group's metadata hash was compared with; images share what did not change.
    private @Nullable TopicsImage checked;

    /// The topics that its regular expressions were last matched with, or later ones with none that is new.
    private @Nullable TopicsImage searched;

    private @Nullable ConfigsImage configs;
    private ConsumerGroupConfig config = ConsumerGroupConfig.DEFAULTS;

    private final Map<String, Session> sessions = new HashMap<>();
    private final Set<String> rejoining = new HashSet<>();

    /// The timer of a member's session, made once.
    record Session(TimerKey key, Supplier<Decision<GroupRecord, ?>> expire) {}

    @SuppressWarnings("ReferenceEquality") // images share what did not change
    boolean hasChecked(TopicsImage topics) {
        return checked == topics;
    }

    @Nullable TopicsImage checked() {
        return checked;
    }

    void checked(TopicsImage topics) {
        checked = topics;
    }

    @Nullable TopicsImage searched() {
        return searched;
    }

    void searched(TopicsImage topics) {
        searched = topics;
    }

    /// The group's settings as of this image.
    @SuppressWarnings("ReferenceEquality") // images share what did not change
    ConsumerGroupConfig config(String group, ConfigsImage now, GroupConfig brokers) {
        if (configs != now) {
            configs = now;
            config = brokers.consumer().forGroup(GroupOverlay.of(group, now, brokers.brokerId()));
        }
        return config;
    }

    /// Members of the classic protocol that have been told to join again.
    Set<String> rejoining() {
        return rejoining;
    }

    Map<String, Session> sessions() {
        return sessions;
    }
}
