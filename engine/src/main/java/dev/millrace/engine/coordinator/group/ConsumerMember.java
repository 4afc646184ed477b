package dev.millrace.engine.coordinator.group;

/// A member of the consumer protocol.
///
/// @param id made by the client, or by the coordinator for clients of version 0
record ConsumerMember(String id, ConsumerSubscription said, ConsumerAssignment current) {
    static ConsumerMember unknown(String id) {
        return new ConsumerMember(id, ConsumerSubscription.NOTHING, ConsumerAssignment.JOINING);
    }

    ConsumerMember with(ConsumerSubscription now) {
        return new ConsumerMember(id, now, current);
    }

    ConsumerMember with(ConsumerAssignment now) {
        return new ConsumerMember(id, said, now);
    }

    int epoch() {
        return current.epoch();
    }
}
