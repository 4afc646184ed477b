package dev.millrace.simulator.invariant;

import dev.millrace.simulator.invariant.LogMirror.Batch;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is true of one partition for ever: what was exposed as committed, who has led when, and which batch has which offset and epoch.
final class PartitionTruth {
    private record At(long base, int epoch) {}

    private record Fact(long last, int crc, long beforeBase, int beforeEpoch) {}

    private final String name;
    private final boolean flushed;
    private final Consumer<String> violated;
    private final Map<At, Fact> facts = new HashMap<>();
    private final TreeMap<Long, Batch> committed = new TreeMap<>();
    private final Map<Integer, LogMirror> mirrors = new TreeMap<>();
    private final TreeMap<Integer, Integer> leaders = new TreeMap<>();
    private long committedEnd;

    /// What the last answer has shown to be committed for the first time.
    private List<Batch> lately = List.of();

    private int lastEpoch = -1;

    /// The newest epoch in which a leader has acknowledged something.
    private int acknowledgedEpoch = -1;

    private @Nullable SimMachine lastLeader;
    private int partitionEpoch = -1;

    /// What every partition epoch stands for.
    private final Map<Integer, String> states = new HashMap<>();

    /// @param flushed whether what is told as committed is to be on the platters, not in caches only
    PartitionTruth(String name, boolean flushed, Consumer<String> violated) {
        this.name = name;
        this.flushed = flushed;
        this.violated = violated;
    }

    private void check(boolean holds, String rule, Object... facts) {
        if (!holds) {
            broken(rule, facts);
        }
    }

    /// Where the facts cost time to put together.
    private void broken(String rule, Object... facts) {
        violated.accept(rule + " " + name + " " + List.of(facts));
    }

    LogMirror mirror(SimMachine machine) {
        LogMirror mirror =
                mirrors.computeIfAbsent(
                        machine.id(),
                        id -> new LogMirror(name, (batch, before) -> seen(id, batch, before)));
        mirror.refresh(machine.disk());
        return mirror;
    }

    /// R6: one offset and epoch, one batch, and the same before it.
    private void seen(int machine, Batch batch, @Nullable Batch before) {
        var fact =
                new Fact(
                        batch.last(),
                        batch.crc(),
                        before == null ? -1 : before.base(),
                        before == null ? -1 : before.epoch());
        Fact known = facts.putIfAbsent(new At(batch.base(), batch.epoch()), fact);
        if (known == null) {
            return;
        }
        if (known.equals(fact)) {
            return;
        }
        boolean same = known.last == fact.last && known.crc == fact.crc;
        boolean sameBefore =
                known.beforeBase < 0
                        || fact.beforeBase < 0
                        || (known.beforeBase == fact.beforeBase
                                && known.beforeEpoch == fact.beforeEpoch);
        check(same, "R6 one offset and epoch, one batch", machine, batch, known);
        check(sameBefore, "R6 the same batch, the same before it", machine, fact, known);
    }

    /// R1: what an image says of the partition at one of its epochs.
    void state(int partition, int leader, int leaderEpoch, String state) {
        String known = states.putIfAbsent(partition, state);
        check(
                known == null || known.equals(state),
                "R1 one state in a partition epoch",
                partition,
                state,
                String.valueOf(known));
        partitionEpoch = Math.max(partitionEpoch, partition);
        if (leader >= 0) {
            Integer other = leaders.putIfAbsent(leaderEpoch, leader);
            check(
                    other == null || other == leader,
                    "R1 one leader in an epoch",
                    leaderEpoch,
                    leader,
                    String.valueOf(other));
        }
    }

    /// R5: who leads has all that was ever told to be committed. Who hears late that it was to lead, when somebody leads in a later epoch,
    /// need not have what that one has committed: nobody follows it.
    void leads(SimMachine machine, int epoch) {
        if (!leaders.isEmpty() && leaders.lastKey() > epoch) {
            return;
        }
        LogMirror log = mirror(machine);
        if (!hasAll(committed.values(), machine, log, "R5 who leads has what was committed")) {
            return;
        }
        if (epoch > lastEpoch) {
            lastEpoch = epoch;
            lastLeader = machine;
        }
        check(
                log.end() >= committedEnd,
                "R5 who leads has what was committed",
                "machine " + machine.id(),
                "epoch " + epoch,
                "ends at " + log.end(),
                "committed to " + committedEnd);
    }

    /// A leader has told that all below that offset is committed.
    void exposed(SimMachine by, long highWatermark) {
        if (highWatermark <= committedEnd) {
            return;
        }
        LogMirror log = mirror(by);
        if (highWatermark > log.end()) {
            broken(
                    "R10 the high watermark is within the log",
                    "machine " + by.id(),
                    highWatermark,
                    log.end());
        }
        List<Batch> added = log.between(committedEnd, highWatermark);
        long end = committedEnd;
        for (Batch batch : added) {
            end = batch.last() + 1;
            committed.put(batch.base(), batch);
        }
        lately = added;
        committedEnd = Math.max(end, highWatermark);
        SimMachine last = lastLeader;
        // Where somebody was named for a later epoch, it is looked at when it begins; the last one
        // may have given its log up by then.
        boolean isNewest = leaders.isEmpty() || leaders.lastKey() <= lastEpoch;
        if (last != null && last != by && isNewest) {
            hasAll(added, last, mirror(last), "R5 nothing is committed behind a leader's back");
        }
    }

    private boolean hasAll(
            Collection<Batch> batches, SimMachine machine, LogMirror log, String rule) {
        for (Batch batch : batches) {
            if (!batch.equals(log.at(batch.base()))) {
                check(
                        false,
                        rule,
                        "machine " + machine.id(),
                        batch,
                        "there: " + log.at(batch.base()),
                        "log ends at " + log.end());
                return false;
            }
        }
        return true;
    }

    /// R4: what is committed was with so many when that was decided; and with all whom the leader has had named as in sync.
    ///
    /// @param all who may hold it
    void committedWith(List<SimMachine> inSync, int least, List<SimMachine> all) {
        List<Batch> fresh = lately;
        lately = List.of();
        for (Batch batch : fresh) {
            for (SimMachine machine : inSync) {
                if (!machine.isWiped()) {
                    LogMirror log = mirror(machine);
                    hasAll(
                            List.of(batch),
                            machine,
                            log,
                            "R4 what is committed is with all in sync");
                    check(
                            !flushed || log.isDurable(batch.base()),
                            "R4 what is committed is on the platters of all in sync",
                            "machine " + machine.id(),
                            batch);
                }
            }
            int holders = 0;
            for (int i = 0; i < all.size() && holders < least; i++) {
                holders += batch.equals(mirror(all.get(i)).at(batch.base())) ? 1 : 0;
            }
            if (holders < least) {
                broken("R4 what is committed is with enough", batch, "held by " + holders);
            }
        }
    }

    /// R2, R4: who joins the in-sync set has all that is committed.
    void joins(SimMachine machine) {
        if (!machine.isWiped()) {
            hasAll(
                    committed.values(),
                    machine,
                    mirror(machine),
                    "R2 who joins the ISR has what is committed");
        }
    }

    /// A15: where a leader says that its partition ends, when it is the last that was heard of.
    void ends(SimMachine by, int epoch, long offset) {
        if (epoch >= lastEpoch && lastLeader == by && offset < committedEnd) {
            broken(
                    "A15 a partition ends behind what is committed",
                    "machine " + by.id(),
                    "epoch " + epoch,
                    offset,
                    "committed to " + committedEnd);
        }
    }

    /// R8: acknowledged by all that are in sync.
    void acknowledged(SimMachine by, long offset, List<SimMachine> inSync) {
        exposed(by, offset + 1);
        Map.Entry<Long, Batch> entry = committed.floorEntry(offset);
        if (entry == null) {
            return;
        }
        Batch batch = entry.getValue();
        List<String> missing = new ArrayList<>();
        for (SimMachine machine : inSync) {
            // Who has lost its disk had it once; its leader may not know yet that it has not.
            LogMirror log = mirror(machine);
            boolean there =
                    batch.equals(log.at(batch.base())) && (!flushed || log.isDurable(batch.base()));
            if (!machine.isWiped() && !there) {
                missing.add(
                        "machine %d, to %d, there: %s, durable: %s"
                                .formatted(
                                        machine.id(),
                                        log.end(),
                                        log.at(batch.base()),
                                        log.isDurable(batch.base())));
            }
        }
        if (!missing.isEmpty()) {
            broken(
                    "R8 what is acknowledged is with all that are in sync",
                    "by machine " + by.id(),
                    batch,
                    "not with " + missing);
        }
    }

    /// A leader has acknowledged something; it led in that epoch, or in an earlier one.
    void acknowledgedIn(int epoch) {
        acknowledgedEpoch = Math.max(acknowledgedEpoch, epoch);
    }

    /// Whether others have acknowledged what a leader of that epoch need not have.
    boolean isPast(int epoch) {
        return epoch < acknowledgedEpoch;
    }

    /// The newest state that any image has shown.
    int partitionEpoch() {
        return partitionEpoch;
    }

    int leaderEpochs() {
        return leaders.size();
    }

    long committedEnd() {
        return committedEnd;
    }

    /// A21: all replicas hold the same, up to what is committed.
    void agree(List<SimMachine> replicas) {
        for (SimMachine machine : replicas) {
            LogMirror log = mirror(machine);
            hasAll(committed.values(), machine, log, "A21 replicas agree");
            check(
                    log.end() >= committedEnd,
                    "A21 replicas agree",
                    "machine " + machine.id(),
                    log.end(),
                    committedEnd);
        }
    }
}
