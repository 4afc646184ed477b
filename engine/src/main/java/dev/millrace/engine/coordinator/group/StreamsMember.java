package dev.millrace.engine.coordinator.group;

import org.jspecify.annotations.Nullable;

/// A member of a streams group: what it says about itself, and what it has.
record StreamsMember(String id, StreamsProfile said, StreamsAssignment current) {
    static StreamsMember unknown(String id) {
        return new StreamsMember(id, StreamsProfile.UNKNOWN, StreamsAssignment.JOINING);
    }

    StreamsMember with(StreamsProfile now) {
        return new StreamsMember(id, now, current);
    }

    StreamsMember with(StreamsAssignment now) {
        return new StreamsMember(id, said, now);
    }

    int epoch() {
        return current.epoch();
    }

    @Nullable String instanceId() {
        return said.instanceId();
    }
}
