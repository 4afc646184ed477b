package dev.millrace.simulator.quorum;

import org.apache.kafka.common.Uuid;

/// Who votes: a node with the directory that its log lies in.
record Ballot(int node, Uuid directory) {
    @Override
    public String toString() {
        return node + "/" + directory.toString().substring(0, 4);
    }
}
