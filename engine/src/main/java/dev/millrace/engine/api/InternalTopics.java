package dev.millrace.engine.api;

/// Makes the topics that coordinators keep their state in, when the first client asks for them.
@FunctionalInterface
public interface InternalTopics {
    /// Asks the controller to create the internal topic, with the partitions and settings that are configured for it.
    /// Returns at once; a request that is under way is not repeated. Called in no turn.
    void ensure(String topic);
}
