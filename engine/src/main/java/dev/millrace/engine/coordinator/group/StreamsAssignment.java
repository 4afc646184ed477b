package dev.millrace.engine.coordinator.group;

/// What a streams member has, and how far it has come on the way to its target.
///
/// @param epoch that it is to name in its heartbeats; [#LEFT_FOR_A_WHILE] for a static member that is away
/// @param previousEpoch that it names when it has not heard the last answer
/// @param revoking what it has been told to give up
record StreamsAssignment(
        int epoch,
        int previousEpoch,
        StreamsMemberState state,
        StreamsHoldings assigned,
        StreamsHoldings revoking) {
    /// The member epoch with which a member leaves.
    static final int LEFT = -1;

    /// The member epoch of a static member that will be back.
    static final int LEFT_FOR_A_WHILE = -2;

    static final StreamsAssignment JOINING =
            new StreamsAssignment(
                    0, 0, StreamsMemberState.STABLE, StreamsHoldings.NONE, StreamsHoldings.NONE);

    boolean isReconciledTo(int targetEpoch) {
        return state == StreamsMemberState.STABLE && epoch == targetEpoch;
    }

    StreamsAssignment next(
            int newEpoch,
            StreamsMemberState newState,
            StreamsHoldings nowAssigned,
            StreamsHoldings nowRevoking) {
        return new StreamsAssignment(newEpoch, epoch, newState, nowAssigned, nowRevoking);
    }

    StreamsAssignment leftForAWhile() {
        return new StreamsAssignment(
                LEFT_FOR_A_WHILE,
                previousEpoch,
                state,
                assigned.atEpochZero(),
                StreamsHoldings.NONE);
    }

    StreamsAssignment cameBack() {
        return new StreamsAssignment(0, 0, state, assigned, revoking);
    }
}
