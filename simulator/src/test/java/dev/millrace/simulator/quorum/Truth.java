package dev.millrace.simulator.quorum;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the whole cluster has agreed on, as an observer outside sees it, and the rules that hold for it: M1 to M9.
///
/// The first broken rule stands; what follows from it is of no interest.
final class Truth {
    /// A committed record, and the state after it.
    record Entry(int epoch, long record, long chain, long appendedAtMs) {}

    /// A batch in a log: whoever has one at that offset and epoch has the same, and the same before it.
    private record Batch(long crc, long lastOffset, long previousOffset, int previousEpoch) {}

    private record Claim(int node, int incarnation, long heardTo) {}

    /// What a client was promised.
    static final class Proposal {
        final long id;
        final int node;
        final int epoch;
        final long lastOffset;
        boolean committed;

        Proposal(long id, int node, int epoch, long lastOffset) {
            this.id = id;
            this.node = node;
            this.epoch = epoch;
            this.lastOffset = lastOffset;
        }
    }

    private final TreeMap<Long, Entry> ledger = new TreeMap<>();
    private final Map<Long, Batch> batches = new HashMap<>();
    private final TreeMap<Integer, Claim> claims = new TreeMap<>();
    private final Map<Ballot, TreeMap<Integer, Ballot>> votes = new HashMap<>();
    private final Map<Ballot, Integer> epochs = new HashMap<>();
    private final Map<Long, Proposal> proposals = new HashMap<>();
    private @Nullable String violation;
    private int committed;

    void violated(String rule) {
        if (violation == null) {
            violation = rule;
        }
    }

    @Nullable String violation() {
        return violation;
    }

    void check(boolean holds, String rule, Object... facts) {
        if (!holds) {
            violated(rule + " " + List.of(facts));
        }
    }

    // ------------------------------------------------------------------ leaders, epochs and votes

    /// A node has heard that it leads.
    void leads(SimNode node, int epoch, long heardTo) {
        var claim = new Claim(node.id, node.incarnation(), heardTo);
        Claim other = claims.putIfAbsent(epoch, claim);
        check(
                other == null
                        || (other.node == claim.node && other.incarnation == claim.incarnation),
                "M1 one leader in an epoch",
                epoch,
                claim,
                String.valueOf(other));
        for (long offset : ledger.descendingKeySet()) {
            if (offset <= heardTo) {
                break;
            }
            check(
                    Objects.requireNonNull(ledger.get(offset)).epoch >= epoch,
                    "M5 who leads has heard everything of earlier epochs",
                    node.id,
                    epoch,
                    heardTo,
                    offset);
        }
    }

    /// A node has sent something that names its epoch.
    void inEpoch(Ballot node, int epoch) {
        int before = epochs.getOrDefault(node, -1);
        check(epoch >= before, "M1 a node's epoch rises, over restarts too", node, before, epoch);
        epochs.put(node, Math.max(epoch, before));
    }

    /// A node has told another, or by being a candidate itself, whom it has voted for.
    void votes(Ballot voter, int epoch, Ballot candidate) {
        Ballot before =
                votes.computeIfAbsent(voter, _ -> new TreeMap<>()).putIfAbsent(epoch, candidate);
        check(
                before == null || before.equals(candidate),
                "M9 one vote in an epoch, over restarts too",
                voter,
                epoch,
                candidate,
                String.valueOf(before));
    }

    /// A candidate has become leader.
    void elected(Ballot leader, int epoch, Collection<Ballot> voters) {
        long agreed =
                voters.stream()
                        .filter(v ->
                                leader.equals(votes.getOrDefault(v, new TreeMap<>()).get(epoch)))
                        .count();
        check(
                2 * agreed > voters.size(),
                "M1 a majority has voted for the leader",
                leader,
                epoch,
                voters,
                agreed);
    }

    // ------------------------------------------------------------------ the logs

    /// A batch is in a node's log.
    ///
    /// @param previousOffset of the last record before it in that log; -1 when that is not known
    void logged(
            int node,
            long baseOffset,
            int epoch,
            long crc,
            long lastOffset,
            long previousOffset,
            int previousEpoch) {
        long key = baseOffset << 20 | epoch;
        Batch known = batches.get(key);
        var batch = new Batch(crc, lastOffset, previousOffset, previousEpoch);
        if (known == null || known.previousOffset < 0) {
            check(
                    known == null || (known.crc == crc && known.lastOffset == lastOffset),
                    "M3 one offset and epoch, one batch",
                    node,
                    baseOffset,
                    epoch);
            batches.put(key, batch);
            return;
        }
        check(
                known.crc == crc && known.lastOffset == lastOffset,
                "M3 one offset and epoch, one batch",
                node,
                baseOffset,
                epoch);
        check(
                previousOffset < 0
                        || (known.previousOffset == previousOffset
                                && known.previousEpoch == previousEpoch),
                "M3 logs that share a batch share what is before it",
                node,
                baseOffset,
                epoch,
                batch,
                known);
    }

    /// One set of voters comes after another in a log.
    void votersChange(int node, Set<Ballot> before, Set<Ballot> after, long offset) {
        long added = after.stream().filter(v -> !before.contains(v)).count();
        long removed = before.stream().filter(v -> !after.contains(v)).count();
        check(added + removed <= 1, "M8 voters change one at a time", node, offset, before, after);
    }

    // ------------------------------------------------------------------ what is committed

    void proposed(Proposal proposal) {
        proposals.put(proposal.id, proposal);
    }

    /// A node has heard a committed record.
    ///
    /// @param heard what it has made of it
    /// @param last the proposal that ends with it; -1 when it goes on
    void committed(int node, long offset, Entry heard, long last) {
        int epoch = heard.epoch;
        Entry entry = ledger.get(offset);
        if (entry != null) {
            check(
                    entry.epoch == epoch && entry.record == heard.record,
                    "M3 M4 what is committed is the same everywhere and for ever",
                    node,
                    offset,
                    epoch,
                    entry);
            check(
                    entry.chain == heard.chain,
                    "M3 all hear the same in the same order",
                    node,
                    offset,
                    epoch);
            check(
                    entry.appendedAtMs == heard.appendedAtMs,
                    "M3 all hear the same of when it was appended",
                    node,
                    offset,
                    heard,
                    entry);
            return;
        }
        check(
                ledger.isEmpty() || ledger.lastKey() < offset,
                "M4 nothing is committed before what is committed",
                node,
                offset);
        for (Map.Entry<Integer, Claim> claim : claims.tailMap(epoch, false).entrySet()) {
            check(
                    offset <= claim.getValue().heardTo,
                    "M5 nothing of an earlier epoch is committed behind a leader's back",
                    offset,
                    epoch,
                    claim);
        }
        ledger.put(offset, heard);
        committed++;
        Proposal proposal = proposals.get(last);
        if (proposal != null) {
            check(!proposal.committed, "M6 a proposal is committed once", last, offset);
            check(
                    proposal.lastOffset == offset && proposal.epoch == epoch,
                    "a proposal is committed where it was promised",
                    last,
                    offset,
                    epoch,
                    proposal.lastOffset,
                    proposal.epoch);
            proposal.committed = true;
        }
    }

    /// The state after the last record up to that offset.
    long chainAt(long offset) {
        Map.Entry<Long, Entry> entry = ledger.floorEntry(offset);
        return entry == null ? 0 : entry.getValue().chain;
    }

    long lastCommitted() {
        return ledger.isEmpty() ? -1 : ledger.lastKey();
    }

    int committedRecords() {
        return committed;
    }

    int elections() {
        return claims.size();
    }

    List<Integer> epochsLed() {
        return new ArrayList<>(claims.keySet());
    }
}
