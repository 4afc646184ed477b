package dev.millrace.engine.coordinator.group;

/// The states of a streams group, under Kafka's names. They follow from what the log says; none is written down.
enum StreamsGroupState {
    /// Nobody is in it.
    EMPTY("Empty"),

    /// Topics of its topology are missing, or do not fit each other: nobody gets a task that is new.
    NOT_READY("NotReady"),

    /// Something asks for another assignment, which is not computed yet.
    ASSIGNING("Assigning"),

    /// Members are on the way to what they shall have.
    RECONCILING("Reconciling"),

    /// Everybody has what it shall have.
    STABLE("Stable");

    private final String text;

    StreamsGroupState(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
