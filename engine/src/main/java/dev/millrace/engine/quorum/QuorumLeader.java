package dev.millrace.engine.quorum;

/// Who leads the quorum.
///
/// @param epoch rises with every election (M1)
/// @param id the leader's node id, or -1 while there is none
public record QuorumLeader(int epoch, int id) {
    public static final int NONE = -1;
    public static final QuorumLeader UNKNOWN = new QuorumLeader(0, NONE);

    public boolean known() {
        return id != NONE;
    }
}
