package dev.millrace.engine.quorum;

final class MemoryQuorumTest extends QuorumContract {
    @Override
    QuorumEngine fresh() {
        return new MemoryQuorum(1, false);
    }
}
