package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.jspecify.annotations.Nullable;

/// The assignors that there are: Kafka's two, in the library that Kafka ships them in, each followed by [RackPreference].
final class ConsumerAssignors {
    private static final Map<String, ConsumerAssignor> ALL =
            byName(
                    new LibraryAssignor(new UniformAssignor(), RackPreference.Unit.PARTITION),
                    new LibraryAssignor(new RangeAssignor(), RackPreference.Unit.NUMBER));

    private ConsumerAssignors() {}

    private static Map<String, ConsumerAssignor> byName(ConsumerAssignor... assignors) {
        var byName = new TreeMap<String, ConsumerAssignor>();
        for (ConsumerAssignor assignor : assignors) {
            byName.put(assignor.name(), assignor);
        }
        return Collections.unmodifiableMap(byName);
    }

    static @Nullable ConsumerAssignor named(String name) {
        return ALL.get(name);
    }

    static Set<String> names() {
        return ALL.keySet();
    }
}
